/** @file Order statistics and histograms. */

import { apply } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { forgetBase } from "../../autograd/tape-state.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat, newTypedArray } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aSize, aTensor, either, oneOf } from "../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../core/shape.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { checkCount } from "../range.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import { REDUCE_ONE, type ReduceOptions } from "./arguments.ts";
import { lerp } from "./elementwise.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";
import { stack } from "./shape.ts";

function refuseBool(op: string, x: Tensor): void {
  if (x.dtype === "bool") throw new DTypeError(`[${op}] not implemented for bool tensors. Convert with .int() first.`);
}

export type KthvalueArgs = Args<
  [k: number],
  [dim: number, keepdim: boolean],
  { readonly k: number; readonly dim?: number | undefined; readonly keepdim?: boolean | undefined }
>;

const KTHVALUE = signature("kthvalue", {
  input: required(aTensor),
  k: required(anInteger),
  dim: optional(anInteger, -1),
  keepdim: optional(aBoolean, false),
});

/**
 * The k-th smallest element along a dimension, counted from 1, and its index. NaN counts as the largest.
 *
 * @throws ShapeError for k out of range; DTypeError for a bool tensor.
 * @example kthvalue(tensor([30, 10, 20]), 2); // { values: tensor(20.), indices: tensor(2) }
 */
export function kthvalue(...args: readonly [input: Tensor, ...KthvalueArgs]): ValuesAndIndices {
  const { input: x, k, dim, keepdim } = KTHVALUE.read(args);
  refuseBool("kthvalue", x);
  const d = normalizeDim("kthvalue", dim, x.ndim);
  const size = x.ndim === 0 ? 1 : x.size(d);
  if (k < 1 || k > size) {
    throw new ShapeError(`[kthvalue] selected number k out of range for dimension ${d}: k is ${k}, the size ${size}`);
  }
  return gatherValues("KthvalueBackward0", x, apply(ops.selectRank, [x], { dim: d, rank: k - 1 }), d, keepdim);
}

/** The values at indices along a dimension that they have one of. */
function gatherValues(name: string, x: Tensor, indices: Tensor, d: number, keepdim: boolean): ValuesAndIndices {
  if (x.ndim === 0) return { values: withGradFnName(name, x.clone()), indices };
  const values = x.gather(d, indices);
  if (keepdim) return { values: withGradFnName(name, values), indices };
  return { values: asNonView(name, values.squeeze(d)), indices: forgetBase(indices.squeeze(d)) };
}

const MEDIAN = signature("median", REDUCE_ONE);

/**
 * Median of all elements, or along a dimension with its index. Of an even number of elements it is the lower one; NaN
 * if there is a NaN.
 *
 * @throws DTypeError for a bool tensor; ShapeError for an empty dimension.
 * @example
 * ```ts
 * median(tensor([3, 1, 2, 4])); // tensor(2.)
 * median(tensor([[3, 1, 2]]), 1); // { values: tensor([2.]), indices: tensor([2]) }
 * ```
 */
export function median(input: Tensor): Tensor;
export function median(input: Tensor, dim: number, keepdim?: boolean): ValuesAndIndices;
export function median(
  input: Tensor,
  dim: number,
  options: { readonly keepdim?: boolean | undefined },
): ValuesAndIndices;
export function median(input: Tensor, options: ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
export function median(...args: readonly unknown[]): Tensor | ValuesAndIndices {
  const { input, dim, keepdim } = MEDIAN.read(args);
  return dim === null ? medianOfAll(input) : medianAlong(input, dim, keepdim);
}

function medianOfAll(x: Tensor): Tensor {
  refuseBool("median", x);
  if (x.numel() === 0) {
    if (!isFloat(x.dtype))
      throw new ShapeError("[median] expected at least one element, but got an empty tensor of integers");
    return withGradFnName("MedianBackward0", x.sum().add(Number.NaN));
  }
  const middle = medianAlong(x.detach().reshape(-1), 0, false).values;
  if (!x.requiresGrad) return middle;
  // The maximum of the elements up to the median: all that are equal to it share the gradient, as in PyTorch.
  return withGradFnName("MedianBackward0", x.maskedFill(x.detach().gt(middle), Number.NEGATIVE_INFINITY).max());
}

function medianAlong(x: Tensor, dim: number, keepdim: boolean): ValuesAndIndices {
  refuseBool("median", x);
  const d = normalizeDim("median", dim, x.ndim);
  if (x.ndim === 0)
    return {
      values: withGradFnName("MedianBackward1", x.clone()),
      indices: newFrom(x, "int32", new Int32Array(1), []),
    };
  const size = x.size(d);
  if (size === 0) {
    throw new ShapeError(
      `[median] Expected reduction dim ${d} to have non-zero size. Got shape ${bracketed(x.shape)}.`,
    );
  }
  const middle = apply(ops.selectRank, [x], { dim: d, rank: Math.floor((size - 1) / 2) });
  if (!isFloat(x.dtype)) return gatherValues("MedianBackward1", x, middle, d, keepdim);
  // The maximum is the first NaN if there is one.
  const largest = x.detach().argmax(d, true);
  const nans = x.detach().gather(d, largest).isnan();
  return gatherValues("MedianBackward1", x, largest.where(nans, middle), d, keepdim);
}

/** How a quantile between two elements is computed. */
export type Interpolation = "linear" | "lower" | "higher" | "nearest" | "midpoint";

/** Options of `quantile`. */
export interface QuantileOptions {
  /** The dimension. Default: the tensor is flattened. */
  readonly dim?: number | null | undefined;
  /** If true, the reduced dimension is kept with size 1. Default false. */
  readonly keepdim?: boolean | undefined;
  /** Interpolation between the two nearest elements. Default "linear". */
  readonly interpolation?: Interpolation | undefined;
}

export type QuantileArgs = Args<
  [q: number | Tensor],
  [dim: number | null, keepdim: boolean],
  { readonly q: number | Tensor } & QuantileOptions
>;

const QUANTILE = signature("quantile", {
  input: required(aTensor),
  q: required(either(aNumber, aTensor, "a number or a Tensor")),
  dim: optional(anInteger, null),
  keepdim: optional(aBoolean, false),
  interpolation: keyword(oneOf("linear", "lower", "higher", "midpoint", "nearest"), "linear"),
});

type QuantileParams = Pick<ReturnType<typeof QUANTILE.read>, "dim" | "keepdim" | "interpolation">;

/**
 * The q-th quantiles, 0 ≤ q ≤ 1, of all elements or along a dimension, interpolated between the two nearest elements. A
 * vector of q adds a first dimension. NaN if there is a NaN.
 *
 * @throws DTypeError for integers; ShapeError for an empty tensor; ValueError for q outside [0, 1].
 * @example
 * ```ts
 * quantile(tensor([1, 2, 3, 4]), 0.5); // tensor(2.5000)
 * quantile(tensor([1, 2, 3, 4]), tensor([0, 1])); // tensor([1., 4.])
 * ```
 */
export function quantile(...args: readonly [input: Tensor, ...QuantileArgs]): Tensor {
  const { input: x, q, ...given } = QUANTILE.read(args);
  if (!isFloat(x.dtype)) {
    throw new DTypeError(`[quantile] input tensor must be either float or double dtype, got ${x.dtype}`);
  }
  if (x.numel() === 0) throw new ShapeError("[quantile] input tensor must be non-empty");
  if (typeof q === "number") return quantileAt(x, q, given);
  if (q.ndim > 1) throw new ShapeError("[quantile] q must be a scalar or 1D tensor");
  if (q.dtype !== x.dtype) throw new DTypeError("[quantile] q tensor must be same dtype as the input tensor");
  const shares = [...noGrad(() => q.dataSync())];
  if (q.ndim === 0) return quantileAt(x, shares[0] as number, given, q);
  return stack(shares.map((share, i) => quantileAt(x, share, given, q.requiresGrad ? q.select(0, i) : undefined)));
}

/** One quantile. `share` is q as a tensor: its gradient is the distance of the two nearest elements. */
function quantileAt(x: Tensor, q: number, { dim, keepdim, interpolation }: QuantileParams, share?: Tensor): Tensor {
  if (!(q >= 0 && q <= 1)) throw new ValueError("[quantile] q values must be in the range [0, 1]");
  if (dim === null) {
    const flat = quantileAt(x.reshape(-1), q, { dim: 0, keepdim: false, interpolation }, share);
    return keepdim ? flat.reshape(x.shape.map(() => 1)) : flat;
  }
  const d = normalizeDim("quantile", dim, x.ndim);
  const line = x.ndim === 0 ? x.view(1) : x;
  const last = line.size(d) - 1;
  const at = (indices: Tensor): Tensor => withGradFnName("SortBackward0", line.gather(d, indices));
  const ranked = (rank: number): Tensor => at(apply(ops.selectRank, [line], { dim: d, rank }));
  // The rank is computed in the dtype of the input, as in PyTorch.
  const round = x.dtype === "float32" ? Math.fround : (v: number): number => v;
  const place = neighboursOf(round(round(q) * last), interpolation);
  const low = ranked(place.low);
  const high = place.high === place.low ? low : ranked(place.high);
  const weight = share?.requiresGrad === true && interpolation === "linear" ? share.mul(last).sub(place.low) : null;
  const between =
    weight !== null ? lerp(low, high, weight) : place.low === place.high ? low : lerp(low, high, place.weight);
  // The maximum is NaN if an element is.
  const top = at(line.detach().argmax(d, true));
  const result = top.where(top.detach().isnan(), between);
  return x.ndim === 0 ? result.view([]) : keepdim ? result : result.squeeze(d);
}

/** The ranks of the two nearest elements, and the weight of the second. */
function neighboursOf(place: number, interpolation: Interpolation): { low: number; high: number; weight: number } {
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  switch (interpolation) {
    case "linear":
      return { low, high, weight: place - low };
    case "midpoint":
      return { low, high, weight: 0.5 };
    case "lower":
      return { low, high: low, weight: 0 };
    case "higher":
      return { low: high, high, weight: 0 };
    case "nearest": {
      const half = place - low === 0.5;
      const near = half ? low + (low % 2) : Math.round(place);
      return { low: near, high: near, weight: 0 };
    }
  }
}

/** Options of `histc`. */
export interface HistcOptions {
  /** Number of bins. Default 100. */
  readonly bins?: number | undefined;
  /** Lower bound. Default 0. */
  readonly min?: number | undefined;
  /** Upper bound. Default 0; with equal bounds the range of the elements is used. */
  readonly max?: number | undefined;
}

export type HistcArgs = Args<[], [bins: number, min: number, max: number], HistcOptions>;

const HISTC = signature("histc", {
  input: required(aTensor),
  bins: optional(aSize, 100),
  min: optional(aNumber, 0),
  max: optional(aNumber, 0),
});

/**
 * Histogram: the number of elements in each of `bins` bins of equal width between min and max. If they are equal, the
 * range of the elements is used. Elements outside are not counted. Reads synchronously.
 *
 * @throws DTypeError for integers; ValueError for min > max, a range that is not finite, or no bins.
 * @example histc(tensor([1, 2, 1, 4]), 4, 0, 4); // tensor([0., 2., 1., 1.])
 */
export function histc(x: Tensor, ...args: HistcArgs): Tensor {
  const { input, bins, min, max } = HISTC.read([x, ...args]);
  if (!isFloat(input.dtype)) throw new DTypeError(`[histc] not implemented for ${input.dtype}. Convert with .float().`);
  if (bins < 1) throw new ValueError(`[histc] bins must be > 0, but got ${bins}`);
  checkCount("histc", [bins], input.dtype);
  const values = noGrad(() => input.dataSync());
  let [low, high] = [min, max];
  if (low === high && values.length > 0) {
    low = Number.POSITIVE_INFINITY;
    high = Number.NEGATIVE_INFINITY;
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low === high) [low, high] = [low - 1, high + 1];
  if (!Number.isFinite(low) || !Number.isFinite(high))
    throw new ValueError(`[histc] range of [${low}, ${high}] is not finite`);
  if (low > high) throw new ValueError("[histc] max must be larger than min");
  const counts = newTypedArray(input.dtype, bins);
  for (const value of values) {
    if (!(value >= low && value <= high)) continue;
    const bin = Math.min(Math.floor(((value - low) / (high - low)) * bins), bins - 1);
    counts[bin] = (counts[bin] as number) + 1;
  }
  return newFrom(input, input.dtype, counts, [bins]);
}
