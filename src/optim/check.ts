/** @file Options of optimizers: read by name, and what they must be, in PyTorch's words. */
import { isOptions, keyword, type Parameter, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { aBoolean, type Kind, kind } from "../core/kinds.ts";
import { ValueError } from "../tensor/errors.ts";

/** What only the check of an optimizer's own can tell. */
const anyValue: Kind<unknown> = kind("an option", () => true);

/**
 * The options of an optimizer or a group, in one object.
 *
 * @param given - What was given after the parameters.
 * @throws ValueError for names that `defaults` lacks, for what is no boolean where the default is one, and for more than
 * one object.
 */
export function readOptions<O extends object>(op: string, defaults: O, given: readonly unknown[]): O {
  const parameters: Record<string, Parameter<unknown>> = {};
  for (const [name, value] of Object.entries(defaults)) {
    parameters[name] = keyword(typeof value === "boolean" ? aBoolean : anyValue, value);
  }
  const [first] = given;
  if (first !== undefined && !isOptions(first)) {
    const example = Object.keys(defaults)[0];
    throw new ValueError(`[${op}] expected options by name, as { ${example}: … }, but got ${describeValue(first)}`);
  }
  return signature(op, parameters).read(given) as O;
}

/** What schedulers write into groups, and a group that was taken from another optimizer has with it. */
const SCHEDULED = ["initialLr", "maxLr", "minLr", "maxMomentum", "baseMomentum"];

export function scheduled(group: object): object {
  return Object.fromEntries(Object.entries(group).filter(([name]) => SCHEDULED.includes(name)));
}

/** What PyTorch's groups hold besides: how it computes, and what its users call them. */
const NOT_HERE = ["foreach", "fused", "capturable", "name", "paramNames"];

/**
 * Checks the options of a group that comes from a state dictionary. What PyTorch has and does not use, as
 * `differentiable: false`, may be among them.
 *
 * @throws ValueError as {@link readOptions} does.
 */
export function checkLoaded(op: string, defaults: object, options: Readonly<Record<string, unknown>>): void {
  const own = { ...defaults, ...scheduled(options) };
  const used = Object.entries(options).filter(
    ([name, value]) => name in own || !(NOT_HERE.includes(name) || value === false || value === null),
  );
  readOptions(op, own, [Object.fromEntries(used)]);
}

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
