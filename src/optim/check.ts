/** @file What options of optimizers must be, in PyTorch's words. */
import { ValueError } from "../tensor/errors.ts";

/** Throws unless `value` is a finite number of at least 0. `what` is PyTorch's word, as "learning rate". */
export function checkNotNegative(op: string, what: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY) return;
  throw new ValueError(`[${op}] Invalid ${what}: ${shown(value)}. Expected a number of at least 0.`);
}

/** Throws unless `betas` are two numbers in 0 … 1, 1 excluded. */
export function checkBetas(op: string, betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new ValueError(`[${op}] Invalid betas: ${shown(betas)}. Expected an array of two numbers.`);
  }
  for (const [i, beta] of betas.entries()) {
    if (typeof beta === "number" && beta >= 0 && beta < 1) continue;
    throw new ValueError(
      `[${op}] Invalid beta parameter at index ${i}: ${shown(beta)}. Expected a number of at least 0 and below 1.`,
    );
  }
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}
