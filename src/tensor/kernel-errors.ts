/** @file Errors of the parts that know numbers but not the operation that they serve. */
import { ValueError } from "./errors.ts";

/** What went wrong in `op`: a RangeError becomes a ValueError with its name. */
export function errorIn(op: string, error: unknown): unknown {
  return error instanceof RangeError ? new ValueError(`[${op}] ${error.message}`, { cause: error }) : error;
}

/** The result of `fn`, whose RangeErrors become ValueErrors of `op`. */
export function within<T>(op: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw errorIn(op, error);
  }
}
