/** @file Statistics that leave NaN out: nansum, nanmean, nanmedian, nanquantile. */
import { apply } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { forgetBase } from "../../autograd/tape-state.ts";
import { keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aDType, aNumber, anInteger, aTensor, either, oneOf } from "../../core/kinds.ts";
import { normalizeDim } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import { type Dims, REDUCE, REDUCE_ONE, type ReduceOptions } from "./arguments.ts";
import { cast } from "./convert.ts";
import { lerp } from "./elementwise.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";
import { dimsOf, type SumArgs, sum } from "./reduction.ts";
import { stack } from "./shape.ts";
import { median, type QuantileArgs, quantile } from "./statistics.ts";

const NANSUM = signature("nansum", { ...REDUCE, dtype: keyword(aDType, null) });
const NANMEAN = signature("nanmean", { ...REDUCE, dtype: keyword(aDType, null) });

/** The sum of the elements that are not NaN. */
function sumOfNumbers(op: string, x: Tensor, dim: Dims | null, keepdim: boolean): Tensor {
  if (!isFloat(x.dtype)) return sum(x, dim, keepdim);
  return apply(ops.nansum, [x], { dims: dimsOf(op, dim, x.ndim), keepdim });
}

/**
 * Sum of all elements, or over one or several dimensions, with NaN as 0. Integers and bools are summed as int32; `dtype`
 * converts the input first.
 *
 * @example nansum(tensor([1, Number.NaN, 2])); // tensor(3.)
 */
export function nansum(x: Tensor, ...args: SumArgs): Tensor {
  const { input, dim, keepdim, dtype } = NANSUM.read([x, ...args]);
  const source = dtype === null ? input : cast(input, dtype);
  return withGradFnName("NansumBackward0", sumOfNumbers("nansum", source, dim, keepdim));
}

/**
 * Mean of all elements that are not NaN, or over one or several dimensions; NaN where there is none.
 *
 * @throws DTypeError for integers and bools.
 * @example nanmean(tensor([1, Number.NaN, 2])); // tensor(1.5000)
 */
export function nanmean(x: Tensor, ...args: SumArgs): Tensor {
  const { input, dim, keepdim, dtype } = NANMEAN.read([x, ...args]);
  if (!isFloat(input.dtype)) {
    throw new DTypeError(
      `[nanmean] expected input to have floating point dtype but got ${input.dtype}. Convert with .float().`,
    );
  }
  const source = dtype === null ? input : cast(input, dtype);
  const count = source.detach().isnan().logicalNot().sum(dim, keepdim);
  return sumOfNumbers("nanmean", source, dim, keepdim).div(count);
}

const NANMEDIAN = signature("nanmedian", REDUCE_ONE);

/**
 * Median of all elements that are not NaN, or along a dimension with its index. Of an even number of elements it is the lower
 * one; NaN where all are. Reads synchronously.
 *
 * @throws DTypeError for a bool tensor; ShapeError for an empty dimension.
 * @example
 * ```ts
 * nanmedian(tensor([3, 1, Number.NaN])); // tensor(1.)
 * nanmedian(tensor([[3, 1, Number.NaN]]), 1); // { values: tensor([1.]), indices: tensor([1]) }
 * ```
 */
export function nanmedian(input: Tensor): Tensor;
export function nanmedian(input: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function nanmedian(
  input: Tensor,
  dim: number,
  options: { readonly keepdim?: boolean | undefined },
): ValuesAndIndices;
export function nanmedian(input: Tensor, options: ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
export function nanmedian(...args: readonly unknown[]): Tensor | ValuesAndIndices {
  const { input: x, dim, keepdim } = NANMEDIAN.read(args);
  const isNumber = isFloat(x.dtype) ? x.detach().isnan().logicalNot() : null;
  const count = isNumber === null ? x.numel() : isNumber.sum().itemSync();
  if (dim === null) {
    const some = isNumber !== null && count > 0 && count < x.numel();
    return withGradFnName("NanmedianBackward0", median(some ? x.maskedSelect(isNumber) : x));
  }
  if (isNumber === null || count === x.numel() || x.ndim === 0) {
    const { values, indices } = median(x, dim, keepdim);
    return { values: withGradFnName("NanmedianBackward1", values), indices };
  }
  const d = normalizeDim("nanmedian", dim, x.ndim);
  const order = x.detach().argsort(d);
  const rank = isNumber.sum(d, true).sub(1).clamp(0).floorDivide(2);
  const indices = order.gather(d, rank);
  const values = x.gather(d, indices);
  if (keepdim) return { values: withGradFnName("NanmedianBackward1", values), indices };
  return { values: asNonView("NanmedianBackward1", values.squeeze(d)), indices: forgetBase(indices.squeeze(d)) };
}

const NANQUANTILE = signature("nanquantile", {
  input: required(aTensor),
  q: required(either(aNumber, aTensor, "a number or a Tensor")),
  dim: optional(anInteger, null),
  keepdim: optional(aBoolean, false),
  interpolation: keyword(oneOf("linear", "lower", "higher", "midpoint", "nearest"), "linear"),
});

/**
 * The q-th quantiles, 0 ≤ q ≤ 1, of the elements that are not NaN, as {@link quantile}; NaN where all are. Reads
 * synchronously.
 *
 * @throws DTypeError for integers; ShapeError for an empty tensor; ValueError for q outside [0, 1].
 * @example nanquantile(tensor([1, 2, Number.NaN]), 0.5); // tensor(1.5000)
 */
export function nanquantile(...args: readonly [input: Tensor, ...QuantileArgs]): Tensor {
  const { input: x, q, dim, keepdim, interpolation } = NANQUANTILE.read(args);
  const hasNaN = isFloat(x.dtype) && x.detach().isnan().any().itemSync();
  if (!hasNaN) return quantile(x, q, dim, keepdim, { interpolation });
  if (isTensor(q)) {
    if (q.ndim > 1) throw new ShapeError("[nanquantile] q must be a scalar or 1D tensor");
    if (q.dtype !== x.dtype) throw new DTypeError("[nanquantile] q tensor must be same dtype as the input tensor");
  }
  const shares = isTensor(q) ? noGrad(() => Array.from(q.dataSync())) : [q];
  if (shares.some((share) => !(share >= 0 && share <= 1))) {
    throw new ValueError("[nanquantile] q values must be in the range [0, 1]");
  }
  const list = dim === null || x.ndim === 0 ? x.reshape(-1) : x;
  const d = dim === null || x.ndim === 0 ? 0 : normalizeDim("nanquantile", dim, x.ndim);
  const sorted = list.sort(d).values;
  const last = sorted.detach().isnan().logicalNot().sum(d, true).sub(1).clamp(0).to(x.dtype);
  const at = (share: Tensor | number): Tensor => {
    const rank = last.mul(share);
    const place = roundRank(rank, interpolation);
    const low = sorted.gather(d, place.detach().floor().int());
    const between = (): Tensor => {
      const high = sorted.gather(d, place.detach().ceil().int());
      const weight = interpolation === "midpoint" ? rank.detach().mul(0).add(0.5) : rank.sub(rank.detach().floor());
      return lerp(low, high, weight);
    };
    const result = interpolation === "linear" || interpolation === "midpoint" ? between() : low;
    if (keepdim) return dim === null || x.ndim === 0 ? result.reshape(x.shape.map(() => 1)) : result;
    return result.squeeze(d);
  };
  if (!isTensor(q)) return at(q);
  if (q.ndim === 0) return at(q);
  return stack(shares.map((share, i) => at(q.requiresGrad ? q.select(0, i) : share)));
}

function roundRank(rank: Tensor, interpolation: string): Tensor {
  if (interpolation === "lower") return rank.floor();
  if (interpolation === "higher") return rank.ceil();
  return interpolation === "nearest" ? rank.round() : rank;
}
