/** @file Running extrema and running sums of exponentials: cummax, cummin, logcumsumexp. */
import { apply } from "../../autograd/apply.ts";
import { type Args, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { anInteger, aTensor } from "../../core/kinds.ts";
import { normalizeDim } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import { withName } from "./arguments.ts";
import { withGradFnName } from "./grad-fn-name.ts";

/** `(dim)` of an operation along one dimension. */
export type OneDimArgs = Args<[dim: number], [], { readonly dim: number }>;

function alongOne(op: string) {
  return signature(op, { input: required(aTensor), dim: required(anInteger) });
}

function cumExtreme(name: "cummax" | "cummin", gradFn: string) {
  const SIGNATURE = alongOne(name);
  return withName(name, (x: Tensor, ...args: OneDimArgs): ValuesAndIndices => {
    const { input, dim } = SIGNATURE.read([x, ...args]);
    const d = normalizeDim(name, dim, input.ndim);
    const indices = apply(name === "cummax" ? ops.cummaxIndices : ops.cumminIndices, [input], d);
    const values = input.ndim === 0 ? input.clone() : input.gather(d, indices);
    return { values: withGradFnName(gradFn, values), indices };
  });
}

/**
 * The largest element so far along a dimension, and its index: of equal ones the last. From a NaN on all are NaN. Reads
 * synchronously on a GPU.
 *
 * @example cummax(tensor([1, 3, 2]), 0); // { values: tensor([1., 3., 3.]), indices: tensor([0, 1, 1]) }
 */
export const cummax = cumExtreme("cummax", "CummaxBackward0");

/**
 * The smallest element so far along a dimension, and its index: of equal ones the last. From a NaN on all are NaN. Reads
 * synchronously on a GPU.
 *
 * @example cummin(tensor([3, 1, 2]), 0); // { values: tensor([3., 1., 1.]), indices: tensor([0, 1, 1]) }
 */
export const cummin = cumExtreme("cummin", "CumminBackward0");

const LOGCUMSUMEXP = alongOne("logcumsumexp");

/**
 * Logarithm of the cumulative sum of exponentials along a dimension, computed without overflow. Reads
 * synchronously on a GPU.
 *
 * @throws DTypeError for integers and bools.
 * @example logcumsumexp(tensor([0, 0, 1000]), 0); // tensor([0.0000e+00, 6.9315e-01, 1.0000e+03])
 */
export function logcumsumexp(x: Tensor, ...args: OneDimArgs): Tensor {
  const { input, dim } = LOGCUMSUMEXP.read([x, ...args]);
  if (!isFloat(input.dtype)) {
    throw new DTypeError(`[logcumsumexp] not implemented for ${input.dtype}. Convert with .float().`);
  }
  return apply(ops.logcumsumexp, [input], normalizeDim("logcumsumexp", dim, input.ndim));
}
