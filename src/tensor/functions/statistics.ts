/** @file Order statistics and histograms. */

import type { TypedArray } from "../../../kernels/backend.ts";
import { sameShape } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { forgetBase } from "../../autograd/tape-state.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat, newTypedArray } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aNumber, anInteger, aSize, aTensor, either, numbers, oneOf } from "../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../core/shape.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { checkCount } from "../range.ts";
import { linspaceValues } from "../spacing.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import { REDUCE_ONE, type ReduceOptions, unary } from "./arguments.ts";
import { cast } from "./convert.ts";
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

const MODE = signature("mode", {
  input: required(aTensor),
  dim: optional(anInteger, -1),
  keepdim: optional(aBoolean, false),
});

export type ModeArgs = Args<[], [dim: number, keepdim: boolean], ReduceOptions<number>>;

/**
 * The most frequent element along a dimension, of equally frequent ones the smallest, and the index of its last occurrence.
 * Reads synchronously.
 *
 * @throws ShapeError for an empty dimension.
 * @example mode(tensor([1, 2, 2, 3])); // { values: tensor(2.), indices: tensor(2) }
 */
export function mode(x: Tensor, ...args: ModeArgs): ValuesAndIndices {
  const { input, dim, keepdim } = MODE.read([x, ...args]);
  const d = normalizeDim("mode", dim, input.ndim);
  if (input.ndim === 0)
    return gatherValues("ModeBackward0", input, newFrom(input, "int32", new Int32Array(1), []), d, keepdim);
  if (input.size(d) === 0) {
    throw new ShapeError(
      `[mode] Expected reduction dim ${d} to have non-zero size. Got shape ${bracketed(input.shape)}.`,
    );
  }
  const order = apply(ops.argsort, [input.detach()], { dim: d, descending: false });
  const places = apply(ops.longestRun, [input.detach().gather(d, order)], d);
  return gatherValues("ModeBackward0", input, order.gather(d, places), d, keepdim);
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
  const elements = input.detach().reshape(-1);
  let [low, high] = [min, max];
  if (low === high && elements.numel() > 0) [low, high] = extremesOf(elements);
  if (low === high) [low, high] = [low - 1, high + 1];
  if (!Number.isFinite(low) || !Number.isFinite(high))
    throw new ValueError(`[histc] range of [${low}, ${high}] is not finite`);
  if (low > high) throw new ValueError("[histc] max must be larger than min");
  const places = elements
    .sub(low)
    .div(high - low)
    .mul(bins)
    .floor()
    .clamp(0, bins - 1)
    .int();
  // What lies outside is counted behind the last bin.
  const isInside = elements.ge(low).logicalAnd(elements.le(high));
  const counts = elements.newZeros([bins + 1]);
  const ones = elements.newOnes([]).expand(elements.shape);
  return counts.scatterAdd(0, places.maskedFill(isInside.logicalNot(), bins), ones).narrow(0, 0, bins).clone();
}

/** The smallest and the largest element; NaN if there is one. */
function extremesOf(x: Tensor): [low: number, high: number] {
  return [x.amin().itemSync(), x.amax().itemSync()];
}

/** The arguments of {@link histogram} by name. */
export interface HistogramOptions {
  /** Number of bins, or their edges as an ascending vector. */
  readonly bins?: number | Tensor | undefined;
  /** Lower and upper bound of the bins, where their number is given. Default: the range of the elements. */
  readonly range?: readonly number[] | null | undefined;
  /** A weight for each element, of the input's shape. Default: 1 each. */
  readonly weight?: Tensor | null | undefined;
  /** If true, the result is a density, whose integral over the bins is 1. Default false. */
  readonly density?: boolean | undefined;
}

export type HistogramArgs = Args<[bins: number | Tensor], [], HistogramOptions> | readonly [options: HistogramOptions];

const HISTOGRAM = signature("histogram", {
  input: required(aTensor),
  bins: required(either(anInteger, aTensor, "an integer or a Tensor")),
  range: keyword(numbers, null),
  weight: keyword(aTensor, null),
  density: keyword(aBoolean, false),
});

/**
 * Histogram: the number, or the sum of the weights, of the elements in each bin, and the edges of the bins. A bin holds its
 * left edge, the last one both. Elements outside are not counted. Reads synchronously.
 *
 * @throws DTypeError for integers; ValueError for no bins or a range that is not finite; ShapeError for weights of another
 * shape.
 * @example
 * ```ts
 * histogram(tensor([1, 2, 1, 4]), 3);
 * // { hist: tensor([2., 1., 1.]), binEdges: tensor([1., 2., 3., 4.]) }
 * ```
 */
export function histogram(x: Tensor, ...args: HistogramArgs): { hist: Tensor; binEdges: Tensor } {
  const { input, bins, range, weight, density } = HISTOGRAM.read([x, ...args]);
  if (!isFloat(input.dtype)) {
    throw new DTypeError(`[histogram] not implemented for ${input.dtype}. Convert with .float().`);
  }
  if (weight !== null && (weight.dtype !== input.dtype || !sameShape(weight.shape, input.shape))) {
    throw new ShapeError(
      `[histogram] weight must have the shape and dtype of input, ${bracketed(input.shape)} and ${input.dtype}, but has ${bracketed(weight.shape)} and ${weight.dtype}`,
    );
  }
  const values = noGrad(() => input.dataSync());
  const binEdges = isTensor(bins) ? readEdges(bins, input) : evenEdges(input, bins, range);
  const edges = noGrad(() => binEdges.dataSync());
  const count = edges.length - 1;
  const find = isTensor(bins) ? binOf(edges) : evenBinOf(edges);
  const sums = countInBins(values, edges, find, weight === null ? null : noGrad(() => weight.dataSync()));
  if (density) {
    const total = sums.reduce((a, b) => a + b, 0);
    for (let i = 0; i < count; i++) {
      sums[i] = (sums[i] as number) / total / ((edges[i + 1] as number) - (edges[i] as number));
    }
  }
  const hist = newTypedArray(input.dtype, count);
  hist.set(sums);
  return { hist: newFrom(input, input.dtype, hist, [count]), binEdges };
}

function readEdges(bins: Tensor, input: Tensor): Tensor {
  if (bins.ndim !== 1 || bins.numel() < 2 || bins.dtype !== input.dtype) {
    throw new ShapeError(
      `[histogram] bins tensor should be a vector of at least 2 edges of dtype ${input.dtype}, but got shape ${bracketed(bins.shape)} and dtype ${bins.dtype}`,
    );
  }
  return bins.detach();
}

function evenEdges(input: Tensor, bins: number, range: readonly number[] | null): Tensor {
  if (bins < 1) throw new ValueError(`[histogram] bins must be > 0, but got ${bins}`);
  let [low, high] = range ?? [];
  if (low === undefined || high === undefined) {
    [low, high] = input.numel() === 0 ? [0, 1] : extremesOf(input.detach());
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new ValueError(`[histogram] dimension 0's range [${low}, ${high}] is not finite`);
  }
  if (low > high) throw new ValueError(`[histogram] min should not exceed max, but got ${low} and ${high}`);
  checkCount("histogram", [bins + 1], input.dtype);
  const edges = newTypedArray(input.dtype, bins + 1);
  linspaceValues(edges, input.dtype, low, high);
  return newFrom(input, input.dtype, edges, [bins + 1]);
}

/** The sum of the weights in each bin. */
function countInBins(
  values: TypedArray,
  edges: TypedArray,
  find: (value: number) => number,
  weights: TypedArray | null,
): Float64Array {
  const count = edges.length - 1;
  const sums = new Float64Array(count);
  const [low, high] = [edges[0] as number, edges[count] as number];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= low && value <= high)) continue;
    const bin = find(value);
    sums[bin] = (sums[bin] as number) + (weights === null ? 1 : (weights[i] as number));
  }
  return sums;
}

/** Finds the bin of a value within the edges by a binary search. */
function binOf(edges: TypedArray): (value: number) => number {
  const last = edges.length - 1;
  return (value) => {
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value < (edges[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return Math.min(low, last) - 1;
  };
}

/** {@link binOf} for edges that are evenly spaced: by the place of the value, and from there step by step. */
function evenBinOf(edges: TypedArray): (value: number) => number {
  const count = edges.length - 1;
  const low = edges[0] as number;
  const scale = count / ((edges[count] as number) - low);
  return (value) => {
    let bin = Math.min(Math.max(Math.floor((value - low) * scale), 0), count - 1);
    while (bin > 0 && value < (edges[bin] as number)) bin--;
    while (bin < count - 1 && value >= (edges[bin + 1] as number)) bin++;
    return bin;
  };
}

/** Weights of the observations of {@link cov}. */
export interface CovOptions {
  /** Difference between the number of observations and the divisor. Default 1. */
  readonly correction?: number | undefined;
  /** How often each observation is counted: a vector of integers. */
  readonly fweights?: Tensor | null | undefined;
  /** How much each observation counts: a vector of floats. */
  readonly aweights?: Tensor | null | undefined;
}

const COV = signature("cov", {
  input: required(aTensor),
  correction: keyword(anInteger, 1),
  fweights: keyword(aTensor, null),
  aweights: keyword(aTensor, null),
});

/**
 * Covariance matrix of variables, which are the rows, from observations, which are the columns; of a vector its variance.
 * Integers become float32.
 *
 * @throws ShapeError for more than two dimensions, or weights that do not fit; DTypeError for weights of another dtype.
 * @example cov(tensor([[1, 2, 3], [3, 2, 1]])); // tensor([[ 1., -1.], [-1.,  1.]])
 */
export function cov(x: Tensor, options?: CovOptions): Tensor {
  const { input, correction, fweights, aweights } = COV.read([x, options]);
  if (input.ndim > 2) {
    throw new ShapeError(
      `[cov] expected input to have two or fewer dimensions but got an input with ${input.ndim} dimensions`,
    );
  }
  if (input.dtype === "bool")
    throw new DTypeError("[cov] bool dtype is not supported for input. Convert with .float().");
  const source = isFloat(input.dtype) ? input : cast(input, "float32");
  const rows = source.ndim === 2 ? source : source.reshape(1, -1);
  const count = rows.size(1);
  const checked = (weights: Tensor | null, name: string, float: boolean): Tensor | null => {
    if (weights === null) return null;
    if (weights.ndim > 1 || weights.numel() !== count) {
      throw new ShapeError(
        `[cov] expected ${name} to have one weight for each of ${count} observations, but got shape ${bracketed(weights.shape)}`,
      );
    }
    if (isFloat(weights.dtype) !== float) {
      throw new DTypeError(
        `[cov] expected ${name} to have ${float ? "floating point" : "integral"} dtype but got ${weights.dtype}`,
      );
    }
    if (weights.device === "cpu" && noGrad(() => weights.lt(0).any().itemSync())) {
      throw new ValueError(`[cov] ${name} cannot be negative`);
    }
    return weights;
  };
  const [often, much] = [checked(fweights, "fweights", false), checked(aweights, "aweights", true)];
  const weights = often !== null && much !== null ? often.mul(much) : (often ?? much);
  const total = weights === null ? null : weights.sum();
  const weighted = (t: Tensor): Tensor => (weights === null ? t : t.mul(weights));
  const centered = rows.sub(
    weighted(rows)
      .sum(1, true)
      .div(total ?? count),
  );
  const products = centered.matmul(weighted(centered).t());
  if (total === null) return products.div(Math.max(count - correction, 0)).squeeze();
  const spent =
    much !== null && correction !== 0 ? (weights as Tensor).mul(much).sum().div(total).mul(correction) : correction;
  return products.div(total.sub(spent).clamp(0)).squeeze();
}

/**
 * Correlation coefficients of Pearson of variables, which are the rows, from observations, which are the columns: the
 * covariances divided by the standard deviations. Integers become float32.
 *
 * @throws ShapeError for more than two dimensions.
 * @example corrcoef(tensor([[1, 2, 3], [3, 2, 1]])); // tensor([[ 1., -1.], [-1.,  1.]])
 */
export const corrcoef = unary("corrcoef", (x) => {
  if (x.ndim > 2) {
    throw new ShapeError(
      `[corrcoef] expected input to have two or fewer dimensions but got an input with ${x.ndim} dimensions`,
    );
  }
  const c = cov(x);
  if (c.ndim === 0) return c.div(c);
  const deviation = c.diagonal().sqrt();
  return c.div(deviation.unsqueeze(1)).div(deviation).clamp(-1, 1);
});
