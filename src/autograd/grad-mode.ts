/** @file Grad mode: recording on or off for the length of a call. */
import { ValueError } from "../core/errors.ts";
import { ScopedValue } from "./scoped-value.ts";

const recording = new ScopedValue(true);

/**
 * Whether grad mode is enabled: operations on tensors that require a gradient are recorded.
 *
 * @example
 * isGradEnabled(); // true
 * noGrad(() => isGradEnabled()); // false
 */
export function isGradEnabled(): boolean {
  return recording.current;
}

/** Runs `fn` with grad mode on or off, and restores the previous mode afterwards: see {@link ScopedValue.run}. */
export function withGradMode<T>(mode: boolean, fn: () => T): T {
  return recording.run(mode, fn);
}

/**
 * Runs `fn` with gradient calculation disabled: no result in it requires a gradient, which saves the memory of the graph.
 * Sync, async and generator functions alike. Returns the result of `fn`.
 *
 * @example
 * const x = tensor([1], { requiresGrad: true });
 * noGrad(() => x.mul(2)).requiresGrad; // false
 */
export function noGrad<T>(fn: () => T): T {
  checkFunction("noGrad", fn);
  return withGradMode(false, fn);
}

/**
 * Runs `fn` with gradient calculation enabled, also inside {@link noGrad}. Returns the result of `fn`.
 *
 * @example
 * const x = tensor([1], { requiresGrad: true });
 * noGrad(() => enableGrad(() => x.mul(2))); // tensor([2.], grad_fn=<MulBackward0>)
 */
export function enableGrad<T>(fn: () => T): T {
  checkFunction("enableGrad", fn);
  return withGradMode(true, fn);
}

function checkFunction(op: string, fn: unknown): void {
  if (typeof fn === "function") return;
  throw new ValueError(`[${op}] expected a function, as ${op}(() => …), but got ${fn === null ? "null" : typeof fn}`);
}
