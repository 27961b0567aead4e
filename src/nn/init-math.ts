/** @file What initialisers compute with: the inverse error function, orthonormal columns, arrays for a tensor's numbers. */
import { erf } from "../../kernels/reference/special.ts";
import { newTypedArray } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The x with erf x = y, by Winitzki's approximation (relative error 2e-3) and Newton's method.
 */
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
 * The columns of the Q of A = Q·R with a positive diagonal of R: each column without its parts along the earlier ones,
 * at length 1. The parts are taken off twice, so that rounding leaves nothing of them.
 */
export function orthonormalColumns(columns: readonly Float64Array[]): Float64Array[] {
  const result: Float64Array[] = [];
  for (const column of columns) {
    const rest = column.slice();
    for (const earlier of [...result, ...result]) {
      const part = dot(rest, earlier);
      for (let i = 0; i < rest.length; i++) rest[i]! -= part * earlier[i]!;
    }
    const length = Math.sqrt(dot(rest, rest));
    result.push(rest.map((value) => value / length));
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** An array of zeros of the dtype of a tensor. @throws DTypeError for one that is not of floats. */
export function floatsFor(op: string, { dtype }: Tensor, length: number): Float32Array | Float64Array {
  const array = newTypedArray(dtype, length);
  if (array instanceof Float32Array || array instanceof Float64Array) return array;
  throw new DTypeError(`[${op}] expected a floating point tensor, but this one is ${dtype}`);
}
