/** @file Mathematics of the initializers: inverse error function, Gram-Schmidt, arrays of a tensor's dtype. */
import { erf } from "../../kernels/reference/special.ts";
import { newTypedArray } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Inverse error function: Winitzki's approximation (relative error 2e-3), refined by Newton's method. */
export function erfinv(y: number): number {
  if (!(Math.abs(y) < 1)) return Math.abs(y) === 1 ? y * Number.POSITIVE_INFINITY : Number.NaN;
  const a = 0.147;
  const log = Math.log1p(-y * y);
  const k = 2 / (Math.PI * a) + log / 2;
  let x = Math.sign(y) * Math.sqrt(Math.sqrt(k * k - log / a) - k);
  // Each step doubles the number of right digits.
  for (let step = 0; step < 3; step++) x -= ((erf(x) - y) * Math.sqrt(Math.PI) * Math.exp(x * x)) / 2;
  return x;
}

/**
 * The columns of Q in the QR decomposition whose R has a positive diagonal, by the Gram-Schmidt process. Projections
 * are subtracted twice, for orthogonality to rounding error.
 */
export function orthonormalColumns(columns: readonly Float64Array[]): Float64Array[] {
  const result: Float64Array[] = [];
  for (const column of columns) {
    const remainder = column.slice();
    for (const earlier of [...result, ...result]) {
      const projection = dot(remainder, earlier);
      for (let i = 0; i < remainder.length; i++) remainder[i]! -= projection * earlier[i]!;
    }
    const norm = Math.sqrt(dot(remainder, remainder));
    result.push(remainder.map((value) => value / norm));
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** A typed array of zeros of a tensor's dtype. @throws DTypeError unless that is a floating one. */
export function floatsFor(op: string, { dtype }: Tensor, length: number): Float32Array | Float64Array {
  const array = newTypedArray(dtype, length);
  if (array instanceof Float32Array || array instanceof Float64Array) return array;
  throw new DTypeError(`[${op}] expected a floating point tensor, but this one is ${dtype}`);
}
