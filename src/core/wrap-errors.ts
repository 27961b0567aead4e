/** @file Errors of kernels and number functions, with the name of the operation added. */
import { FreedStorageError } from "../../kernels/backend.ts";
import { GpuError } from "../../kernels/gpu/runtime.ts";
import { DeviceError, GraphError, ValueError } from "./errors.ts";

/**
 * What went wrong in `op`: a RangeError becomes a ValueError with its name, one of the GPU a DeviceError, and the use of
 * memory that was given back a GraphError.
 */
export function errorIn(op: string, error: unknown): unknown {
  if (error instanceof RangeError) return new ValueError(`[${op}] ${error.message}`, { cause: error });
  if (error instanceof GpuError) return new DeviceError(`[${op}] ${error.message}`, { cause: error });
  if (error instanceof FreedStorageError) return new GraphError(`[${op}] ${error.message}`, { cause: error });
  return error;
}

/** The result of `fn`, whose RangeErrors become ValueErrors of `op`. */
export function within<T>(op: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw errorIn(op, error);
  }
}
