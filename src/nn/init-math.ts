/** @file Arrays of a tensor's dtype for the initializers. */
import { newTypedArray } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A typed array of zeros of a tensor's dtype. @throws DTypeError unless that is a floating one. */
export function floatsFor(op: string, { dtype }: Tensor, length: number): Float32Array | Float64Array {
  const array = newTypedArray(dtype, length);
  if (array instanceof Float32Array || array instanceof Float64Array) return array;
  throw new DTypeError(`[${op}] expected a floating point tensor, but this one is ${dtype}`);
}
