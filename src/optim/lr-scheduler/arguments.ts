/** @file Arguments of schedulers. */
import { isOptions, optional, type Parameter, required, signature } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { aBoolean, type Kind, kind } from "../../core/kinds.ts";

export type { SomeThenOptions } from "../../core/arguments.ts";

/**
 * Reads the arguments of a scheduler after the optimizer.
 *
 * @param names - All names in PyTorch's order, each with its default; undefined where there is none. `verbose` follows them.
 * @throws ValueError for unknown names, and if one without a default is missing.
 */
export function readOptions<O extends object>(op: string, names: object, given: readonly unknown[]): O {
  const parameters: Record<string, Parameter<unknown>> = {};
  for (const [name, value] of Object.entries(names)) {
    if (value === undefined) parameters[name] = required(anyValue);
    else parameters[name] = optional(typeof value === "boolean" ? aBoolean : anyValue, value);
  }
  return signature(op, { ...parameters, verbose: VERBOSE }).read(given) as O;
}

/** What the check of a scheduler's own can tell. Objects are options here, and no values. */
const anyValue: Kind<unknown> = kind("given", (value) => !isOptions(value));
/** An option of all schedulers, and the last one. */
const VERBOSE = optional(aBoolean, false);

/** Throws unless `value` is an integer of at least `least`. */
export function checkInteger(op: string, name: string, value: unknown, least: number): void {
  if (Number.isInteger(value) && (value as number) >= least) return;
  throw new ValueError(`[${op}] ${name} should be an integer of at least ${least}, but got ${describeValue(value)}`);
}

/** Throws unless `value` is a finite number. */
export function checkFinite(op: string, name: string, value: unknown): void {
  if (typeof value === "number" && Number.isFinite(value)) return;
  throw new ValueError(`[${op}] ${name} should be a number, but got ${describeValue(value)}`);
}

/** One value for each group of parameters, from one for all or a list. */
export function perGroup<T>(op: string, name: string, value: T | readonly T[], groups: number): readonly T[] {
  if (!Array.isArray(value)) return Array<T>(groups).fill(value as T);
  if (value.length !== groups) {
    throw new ValueError(`[${op}] expected ${groups} values for ${name}, got ${value.length}`);
  }
  return [...value];
}
