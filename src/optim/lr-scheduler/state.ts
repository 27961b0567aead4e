/** @file State dictionaries of schedulers, under PyTorch's names. */
import { ValueError } from "../../core/errors.ts";

/** A value in a {@link SchedulerStateDict}. */
export type SchedulerValue =
  | number
  | string
  | boolean
  | null
  | readonly SchedulerValue[]
  | { readonly [name: string]: SchedulerValue };

/**
 * PyTorch's `scheduler.state_dict()`, without its internal entries (`verbose`, `_get_lr_called_within_step`, `anneal_func`).
 */
export type SchedulerStateDict = { readonly [name: string]: SchedulerValue };

/** PyTorch's name of an option. */
export function stateKey(name: string): string {
  return name === "tMax" ? "T_max" : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Options under PyTorch's names. Lists and records are copied. */
export function packOptions(options: object): SchedulerStateDict {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [stateKey(name), structuredClone(value) as SchedulerValue]),
  );
}

/**
 * The values of a dictionary that a scheduler has as well.
 *
 * @param own - The scheduler's present state: says which values there must be, and of which kind.
 * @throws ValueError if one is missing or of another kind.
 */
export function readState(op: string, given: SchedulerStateDict, own: SchedulerStateDict): SchedulerStateDict {
  if (!isRecord(given)) throw new ValueError(`[${op}.loadStateDict] expected an object, as stateDict() gives`);
  const checked = Object.entries(own).map(([name, value]) => {
    const loaded = given[name];
    if (loaded === undefined) {
      throw new ValueError(`[${op}.loadStateDict] the state lacks ${name}. Is it that of another scheduler?`);
    }
    if (!alike(loaded, value)) {
      const got = JSON.stringify(loaded);
      throw new ValueError(`[${op}.loadStateDict] ${name} should be like ${JSON.stringify(value)}, but is ${got}`);
    }
    return [name, structuredClone(loaded)];
  });
  return Object.fromEntries(checked);
}

/** Whether two values are of one kind: lists of one length, records of numbers and names, and so on. */
function alike(given: SchedulerValue, own: SchedulerValue): boolean {
  if (own === null) return true;
  if (isList(own)) {
    if (!isList(given) || given.length !== own.length) return false;
    return own.every((value, i) => alike(given[i] as SchedulerValue, value));
  }
  if (isRecord(own)) {
    return isRecord(given) && Object.values(given).every((value) => ["number", "string"].includes(typeof value));
  }
  return typeof given === typeof own && !Number.isNaN(given);
}

function isList(value: unknown): value is readonly SchedulerValue[] {
  return Array.isArray(value);
}

function isRecord(value: unknown): value is SchedulerStateDict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
