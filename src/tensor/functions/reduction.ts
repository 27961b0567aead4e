/** @file Reductions: sums, extrema, norms, variance, softmax, cumulative sums and products. */

import type { DType } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { batchingHook, composite } from "../../autograd/batching.ts";
import { forgetBase } from "../../autograd/tape-state.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { getDefaultDtype } from "../../core/defaults.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aDType, anInteger, aTensor, dims, either, kind, nullable } from "../../core/kinds.ts";
import { bracketed, normalizeDim, normalizeDims } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import {
  type DimArgs,
  type Dims,
  type DTypeOption,
  isTensorAndIntegers,
  REDUCE,
  REDUCE_ONE,
  type ReduceArgs,
  type ReduceOptions,
  withName,
} from "./arguments.ts";
import { maximum, minimum } from "./arithmetic.ts";
import { cast } from "./convert.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";

/** All dimensions for null and, as in PyTorch, the empty list. */
export function dimsOf(op: string, dim: Dims | null, rank: number): number[] {
  const given = dim === null || (typeof dim === "object" && dim.length === 0) ? undefined : dim;
  return normalizeDims(op, given, rank);
}

/** Converts to `dtype`; without one, integers and bools to int32. */
function toSummable(x: Tensor, dtype: DType | null): Tensor {
  if (dtype !== null) return cast(x, dtype);
  return isFloat(x.dtype) || x.dtype === "int32" ? x : cast(x, "int32");
}

const dtypeParameter = keyword(aDType, null);

export type SumArgs = ReduceArgs<Dims, DTypeOption>;

const SUM = signature("sum", { ...REDUCE, dtype: dtypeParameter });

/**
 * Sum of all elements, or over one or several dimensions. Integers and bools are summed as int32; `dtype` converts the
 * input first.
 *
 * @throws ShapeError for a dimension out of range.
 * @example
 * ```ts
 * const x = tensor([[1, 2], [3, 4]]);
 * sum(x); // tensor(10.)
 * sum(x, 0); // tensor([4., 6.])
 * sum(x, 1, true); // tensor([[3.], [7.]])
 * ```
 */
export function sum(x: Tensor, ...args: SumArgs): Tensor {
  const [first] = args;
  if (isTensor(x) && (args.length === 0 || (args.length === 1 && typeof first === "number"))) {
    return sumOver(toSummable(x, null), (first as number | undefined) ?? null, false);
  }
  const { input, dim, keepdim, dtype } = SUM.read([x, ...args]);
  return sumOver(toSummable(input, dtype), dim, keepdim);
}

function sumOver(x: Tensor, dim: Dims | null, keepdim: boolean): Tensor {
  const result = apply(ops.sum, [x], { dims: dimsOf("sum", dim, x.ndim), keepdim });
  return dim === null ? withGradFnName("SumBackward0", result) : result;
}

function checkFloat(op: string, x: Tensor): void {
  if (isFloat(x.dtype)) return;
  throw new DTypeError(
    `[${op}] could not infer output dtype. Input dtype must be a floating point dtype. Got: ${x.dtype}. Convert with .float() first.`,
  );
}

const MEAN = signature("mean", { ...REDUCE, dtype: dtypeParameter });

/**
 * Mean of all elements, or over one or several dimensions.
 *
 * @throws DTypeError for integers and bools without a floating `dtype`.
 * @example
 * ```ts
 * const x = tensor([[1, 2], [3, 4]]);
 * mean(x); // tensor(2.5000)
 * mean(x, 0); // tensor([2., 3.])
 * ```
 */
export function mean(x: Tensor, ...args: SumArgs): Tensor {
  if (args.length === 0 && isTensor(x)) return meanOver(x, null, false);
  const { input, dim, keepdim, dtype } = MEAN.read([x, ...args]);
  return meanOver(dtype === null ? input : cast(input, dtype), dim, keepdim);
}

function meanOver(x: Tensor, dim: Dims | null, keepdim: boolean): Tensor {
  checkFloat("mean", x);
  const dims = dimsOf("mean", dim, x.ndim);
  if (batchingHook !== null) return composite("mean", [x], { dims, keepdim }, () => meanOfDims(x, dim, dims, keepdim));
  return meanOfDims(x, dim, dims, keepdim);
}

function meanOfDims(x: Tensor, dim: Dims | null, dims: readonly number[], keepdim: boolean): Tensor {
  const total = apply(ops.sum, [x], { dims, keepdim });
  const count = sizeOf(dims.map((d) => x.shape[d] as number));
  return withGradFnName(dim === null ? "MeanBackward0" : "MeanBackward1", total.div(count));
}

const PROD = signature("prod", { ...REDUCE_ONE, dtype: dtypeParameter });

/**
 * Product of all elements, or along one dimension. Products of integers and bools are int32.
 *
 * @example prod(tensor([[1, 2], [3, 4]]), 1); // tensor([2., 12.])
 */
export function prod(x: Tensor, ...args: ReduceArgs<number, DTypeOption>): Tensor {
  const { input, dim, keepdim, dtype } = PROD.read([x, ...args]);
  const source = toSummable(input, dtype);
  if (dim !== null) return apply(ops.prod, [source], { dim: normalizeDim("prod", dim, source.ndim), keepdim });
  return withGradFnName("ProdBackward0", apply(ops.prod, [source.reshape(-1)], { dim: 0, keepdim: false }));
}

/** The overloads of `max` and `min`: of all elements, along a dimension, or element-wise with another tensor. */
export interface MaxMin {
  (input: Tensor): Tensor;
  (input: Tensor, other: Tensor): Tensor;
  (input: Tensor, options: { readonly other: Tensor }): Tensor;
  (input: Tensor, dim: number, keepdim?: boolean, options?: { readonly keepdim?: boolean }): ValuesAndIndices;
  (input: Tensor, dim: number, options: { readonly keepdim?: boolean | undefined }): ValuesAndIndices;
  (input: Tensor, options: ReduceOptions<number> & { readonly dim: number }): ValuesAndIndices;
}

function maxMin(which: "max" | "min"): MaxMin {
  const SIGNATURE = signature(which, {
    input: required(aTensor),
    dim: optional(either(anInteger, aTensor, "an integer or a Tensor"), null),
    keepdim: optional(aBoolean, false),
    other: keyword(aTensor),
  });
  const pairwise = which === "max" ? maximum : minimum;
  function compute(...args: readonly unknown[]): Tensor | ValuesAndIndices {
    const { input, dim, keepdim, other } = SIGNATURE.read(args);
    if (other !== undefined) return pairwise(input, other);
    if (isTensor(dim)) return pairwise(input, dim);
    return dim === null ? maxMinOfAll(which, input) : maxMinAlong(which, input, dim, keepdim);
  }
  return withName(which, compute) as MaxMin;
}

/**
 * Maximum of all elements; the maxima along a dimension with their indices; or, with another tensor, the element-wise
 * {@link maximum}. NaN is propagated.
 *
 * @throws ShapeError for an empty tensor or dimension.
 * @example
 * ```ts
 * const x = tensor([[1, 5], [4, 2]]);
 * max(x); // tensor(5.)
 * max(x, 1); // { values: tensor([5., 4.]), indices: tensor([1, 0]) }
 * ```
 */
export const max = maxMin("max");

/**
 * Minimum of all elements; the minima along a dimension with their indices; or, with another tensor, the element-wise
 * {@link minimum}. NaN is propagated.
 *
 * @throws ShapeError for an empty tensor or dimension.
 * @example
 * ```ts
 * const x = tensor([[1, 5], [4, 2]]);
 * min(x); // tensor(1.)
 * min(x, 1); // { values: tensor([1., 2.]), indices: tensor([0, 1]) }
 * ```
 */
export const min = maxMin("min");

function maxMinOfAll(which: "max" | "min", x: Tensor): Tensor {
  if (x.numel() === 0) {
    throw new ShapeError(
      `[${which}] Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
    );
  }
  return apply(ops[which], [x], { dims: normalizeDims(which, undefined, x.ndim), keepdim: false });
}

function maxMinAlong(which: "max" | "min", x: Tensor, dim: number, keepdim: boolean): ValuesAndIndices {
  const d = normalizeDim(which, dim, x.ndim);
  if (x.shape[d] === 0) {
    throw new ShapeError(
      `[${which}] Expected reduction dim ${d} to have non-zero size. Got shape ${bracketed(x.shape)}.`,
    );
  }
  const comparable = x.dtype === "bool" ? cast(x, "uint8") : x;
  const indices = argReduce(which === "max" ? "argmax" : "argmin", comparable, d, true);
  const picked = x.ndim === 0 ? x.clone() : x.gather(d, indices);
  const name = which === "max" ? "MaxBackward0" : "MinBackward0";
  if (keepdim || x.ndim === 0) return { values: withGradFnName(name, picked), indices };
  return { values: asNonView(name, picked.squeeze(d)), indices: forgetBase(indices.squeeze(d)) };
}

const AMAX = signature("amax", REDUCE);
const AMIN = signature("amin", REDUCE);

/**
 * Maximum of all elements, or over one or several dimensions. The gradient is divided evenly among equal maxima.
 *
 * @example amax(tensor([[1, 5], [4, 2]]), 0); // tensor([4., 5.])
 */
export function amax(x: Tensor, ...args: ReduceArgs): Tensor {
  const { input, dim, keepdim } = AMAX.read([x, ...args]);
  return apply(ops.amax, [input], { dims: dimsOf("amax", dim, input.ndim), keepdim });
}

/**
 * Minimum of all elements, or over one or several dimensions. The gradient is divided evenly among equal minima.
 *
 * @example amin(tensor([[1, 5], [4, 2]]), 0); // tensor([1., 2.])
 */
export function amin(x: Tensor, ...args: ReduceArgs): Tensor {
  const { input, dim, keepdim } = AMIN.read([x, ...args]);
  return apply(ops.amin, [input], { dims: dimsOf("amin", dim, input.ndim), keepdim });
}

const AMINMAX = signature("aminmax", {
  input: required(aTensor),
  dim: keyword(anInteger, null),
  keepdim: keyword(aBoolean, false),
});

/**
 * Minimum and maximum of all elements, or along one dimension. NaN is propagated; the gradient is divided evenly among equal
 * elements.
 *
 * @throws ShapeError for an empty tensor.
 * @example aminmax(tensor([3, 1, 2])); // { min: tensor(1.), max: tensor(3.) }
 */
export function aminmax(
  x: Tensor,
  options?: { readonly dim?: number | null | undefined; readonly keepdim?: boolean | undefined },
): { min: Tensor; max: Tensor } {
  const { input, dim, keepdim } = AMINMAX.read([x, options]);
  const params = { dims: dimsOf("aminmax", dim, input.ndim), keepdim };
  const name = "AminmaxBackward0";
  return {
    min: withGradFnName(name, apply(ops.amin, [input], params)),
    max: withGradFnName(name, apply(ops.amax, [input], params)),
  };
}

const ARGMAX = signature("argmax", REDUCE_ONE);
const ARGMIN = signature("argmin", REDUCE_ONE);

/**
 * Index of the maximum, int32: in the flattened tensor, or along a dimension. Of equal maxima the first counts; NaN
 * counts as the largest.
 *
 * @throws DTypeError for a bool tensor.
 * @example argmax(tensor([[1, 5], [4, 2]]), 1); // tensor([1, 0])
 */
export function argmax(x: Tensor, ...args: ReduceArgs<number>): Tensor {
  const { input, dim, keepdim } = ARGMAX.read([x, ...args]);
  return argReduce("argmax", input, dim, keepdim);
}

/**
 * Index of the minimum, int32: in the flattened tensor, or along a dimension. Of equal minima the first counts.
 *
 * @throws DTypeError for a bool tensor.
 * @example argmin(tensor([[1, 5], [4, 2]]), 1); // tensor([0, 1])
 */
export function argmin(x: Tensor, ...args: ReduceArgs<number>): Tensor {
  const { input, dim, keepdim } = ARGMIN.read([x, ...args]);
  return argReduce("argmin", input, dim, keepdim);
}

function argReduce(which: "argmax" | "argmin", x: Tensor, dim: number | null, keepdim: boolean): Tensor {
  if (x.dtype === "bool")
    throw new DTypeError(`[${which}] not implemented for bool tensors. Convert with .int() first.`);
  if (dim === null) {
    const flat = apply(ops[which], [x.detach().reshape(-1)], { dim: 0, keepdim: false });
    return keepdim ? flat.reshape(x.shape.map(() => 1)) : flat;
  }
  return apply(ops[which], [x], { dim: normalizeDim(which, dim, x.ndim), keepdim });
}

/** Options of `var` and `std`. */
export interface VarianceOptions {
  /** The dimension or dimensions to reduce. Default: all. */
  readonly dim?: Dims | null | undefined;
  /** Difference between the number of elements and the divisor. Default 1; 0 for the biased estimator. */
  readonly correction?: number | null | undefined;
  /** `correction` 1 if true, 0 if false. */
  readonly unbiased?: boolean | undefined;
  /** If true, reduced dimensions are kept with size 1. Default false. */
  readonly keepdim?: boolean | undefined;
}

/** `(dim, unbiased, keepdim)` or `(unbiased)`, any of them by name in an object that comes last. */
export type VarianceArgs =
  | Args<[], [dim: Dims | null, unbiased: boolean, keepdim: boolean], VarianceOptions>
  | Args<[], [unbiased: boolean], VarianceOptions>;

function varianceSignature(op: string) {
  return signature(op, {
    input: required(aTensor),
    dim: optional(either(dims, aBoolean, "an integer, a list of integers, a boolean"), null),
    unbiased: optional(aBoolean),
    keepdim: optional(aBoolean, false),
    correction: keyword(nullable(anInteger)),
  });
}

const VAR = varianceSignature("var");
const STD = varianceSignature("std");

/**
 * Variance of all elements, or over dimensions: the sum of squared deviations divided by n − `correction`. The default
 * correction 1 is Bessel's; `unbiased: false` is correction 0.
 *
 * @throws DTypeError for integers and bools.
 * @example
 * ```ts
 * import { var as variance } from "tapegrad";
 * variance(tensor([1, 2, 3, 4])); // tensor(1.6667)
 * variance(tensor([1, 2, 3, 4]), { correction: 0 }); // tensor(1.2500)
 * ```
 */
function variance(x: Tensor, ...args: VarianceArgs): Tensor {
  return varianceOf("var", VAR.read([x, ...args]));
}

export { variance as var };

/**
 * Standard deviation of all elements, or over dimensions: the square root of the variance, with the same `correction`.
 *
 * @throws DTypeError for integers and bools.
 * @example std(tensor([1, 2, 3, 4])); // tensor(1.2910)
 */
export function std(x: Tensor, ...args: VarianceArgs): Tensor {
  return apply(ops.std, [varianceOf("std", STD.read([x, ...args]))], null);
}

const VAR_MEAN = varianceSignature("varMean");
const STD_MEAN = varianceSignature("stdMean");

/** The mean over the dimensions of a variance. */
function meanBeside({ input, dim, keepdim }: ReturnType<typeof VAR.read>): Tensor {
  return meanOver(input, typeof dim === "boolean" ? null : dim, keepdim);
}

/**
 * Variance and mean of all elements, or over dimensions, with the `correction` of {@link var}.
 *
 * @returns [variance, mean].
 * @throws DTypeError for integers and bools.
 * @example varMean(tensor([1, 2, 3, 4])); // [tensor(1.6667), tensor(2.5000)]
 */
export function varMean(x: Tensor, ...args: VarianceArgs): [variance: Tensor, mean: Tensor] {
  const given = VAR_MEAN.read([x, ...args]);
  const name = "VarMeanBackward0";
  return [withGradFnName(name, varianceOf("varMean", given)), withGradFnName(name, meanBeside(given))];
}

/**
 * Standard deviation and mean of all elements, or over dimensions, with the `correction` of {@link std}.
 *
 * @returns [standard deviation, mean].
 * @throws DTypeError for integers and bools.
 * @example stdMean(tensor([1, 2, 3, 4])); // [tensor(1.2910), tensor(2.5000)]
 */
export function stdMean(x: Tensor, ...args: VarianceArgs): [std: Tensor, mean: Tensor] {
  const given = STD_MEAN.read([x, ...args]);
  const name = "StdMeanBackward0";
  const deviation = apply(ops.std, [varianceOf("stdMean", given)], null);
  return [withGradFnName(name, deviation), withGradFnName(name, meanBeside(given))];
}

function varianceOf(op: string, given: ReturnType<typeof VAR.read>): Tensor {
  const { input, keepdim, correction } = given;
  checkFloat(op, input);
  const first = typeof given.dim === "boolean" ? given.dim : undefined;
  if (first !== undefined && given.unbiased !== undefined) {
    throw new ValueError(`[${op}] got multiple values for argument "unbiased"`);
  }
  const unbiased = first ?? given.unbiased;
  if (unbiased !== undefined && correction != null) {
    throw new ValueError(`[${op}] "unbiased" and "correction" are the same option: give one of them`);
  }
  const dim = typeof given.dim === "boolean" ? null : given.dim;
  const whole = dim === null || input.ndim === 0;
  const subtracted = correction ?? ((unbiased ?? true) ? 1 : 0);
  return apply(ops.variance, [input], { dims: dimsOf(op, dim, input.ndim), keepdim, correction: subtracted, whole });
}

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions, DTypeOption {
  /** Order of the norm. Default 2; ±Infinity for the largest or smallest |x|. */
  readonly p?: number | "fro" | null | undefined;
}

export type NormArgs = Args<[], [p: number | "fro" | null, dim: Dims | null, keepdim: boolean], NormOptions>;

const NORM = signature("norm", {
  input: required(aTensor),
  p: optional(
    nullable(kind<number | "fro">("a number", (v) => v === "fro" || (typeof v === "number" && !Number.isNaN(v)))),
    2,
  ),
  dim: REDUCE.dim,
  keepdim: REDUCE.keepdim,
  dtype: optional(aDType, null),
});

/**
 * Vector norm of all elements, or over dimensions: (Σ|x|ᵖ)^(1/p), the largest |x| for p = ∞, the smallest for p = −∞,
 * the number of non-zeros for p = 0. Default p = 2.
 *
 * @throws DTypeError for integers and bools.
 * @example
 * ```ts
 * norm(tensor([3, 4])); // tensor(5.)
 * norm(tensor([3, -4]), 1); // tensor(7.)
 * ```
 */
export function norm(x: Tensor, ...args: NormArgs): Tensor {
  const { input, p: order, dim, keepdim, dtype } = NORM.read([x, ...args]);
  const source = dtype === null ? input : cast(input, dtype);
  checkFloat("norm", source);
  const p = order === "fro" || order === null ? 2 : order;
  const params = { dims: dimsOf("norm", dim, source.ndim), keepdim };
  const result = () => {
    if (p === 1 || source.numel() === 0) return apply(ops.sum, [source.abs()], params);
    if (p === Number.POSITIVE_INFINITY) return apply(ops.amax, [source.abs()], params);
    if (p === Number.NEGATIVE_INFINITY) return apply(ops.amin, [source.abs()], params);
    if (p === 0) return apply(ops.sum, [source.floor().maskedFill(source.ne(0), 1)], params);
    if (p === 2) return apply(ops.norm2, [source], params);
    return apply(ops.normP, [source], { ...params, p });
  };
  return withGradFnName("NormBackward1", result());
}

const ALL = signature("all", REDUCE_ONE);
const ANY = signature("any", REDUCE_ONE);

/**
 * Tests that all elements are not 0, in the whole tensor or along a dimension. The result is bool; of uint8 it is
 * uint8.
 *
 * @example all(tensor([[true, true], [true, false]]), 1); // tensor([True, False])
 */
export function all(x: Tensor, ...args: ReduceArgs<number>): Tensor {
  return anyAll("all", ALL.read([x, ...args]));
}

/**
 * Tests that at least one element is not 0, in the whole tensor or along a dimension. The result is bool; of uint8 it
 * is uint8.
 *
 * @example any(tensor([[false, false], [true, false]]), 1); // tensor([False, True])
 */
export function any(x: Tensor, ...args: ReduceArgs<number>): Tensor {
  return anyAll("any", ANY.read([x, ...args]));
}

function anyAll(which: "any" | "all", { input, dim, keepdim }: ReturnType<typeof ALL.read>): Tensor {
  const result = apply(ops[which], [cast(input, "bool")], { dims: dimsOf(which, dim, input.ndim), keepdim });
  return input.dtype === "uint8" ? cast(result, "uint8") : result;
}

export type LogsumexpArgs = Args<[dim: Dims], [keepdim: boolean], { readonly dim: Dims; readonly keepdim?: boolean }>;

const LOGSUMEXP = signature("logsumexp", {
  input: required(aTensor),
  dim: required(dims),
  keepdim: optional(aBoolean, false),
});

/**
 * Logarithm of the sum of exponentials over dimensions, log Σ eˣ, stabilized by subtracting the maximum.
 *
 * @example logsumexp(tensor([[0, 0], [1000, 1000]]), 1); // tensor([6.9315e-01, 1.0007e+03])
 */
export function logsumexp(x: Tensor, ...args: LogsumexpArgs): Tensor {
  const { input: given, dim, keepdim } = LOGSUMEXP.read([x, ...args]);
  const input = isFloat(given.dtype) ? given : cast(given, getDefaultDtype());
  const dims = dimsOf("logsumexp", dim, input.ndim);
  const total = (terms: Tensor) => apply(ops.sum, [terms], { dims, keepdim: true }).log();
  const shifted = () => {
    const peak = input.detach().amax(dims, true);
    const shift = peak.maskedFill(peak.isfinite().logicalNot(), 0);
    return total(input.sub(shift).exp()).add(shift);
  };
  const logs = input.numel() === 0 ? total(input.exp()) : shifted();
  const kept = input.shape.filter((_, d) => !dims.includes(d));
  return asNonView("LogsumexpBackward0", keepdim ? logs : logs.view(kept));
}

function alongSignature(op: string) {
  return signature(op, { input: required(aTensor), dim: required(anInteger), dtype: dtypeParameter });
}

const SOFTMAX = alongSignature("softmax");
const LOG_SOFTMAX = alongSignature("logSoftmax");

/**
 * Softmax along a dimension, eˣ / Σ eˣ: the elements become positive and sum to 1.
 *
 * @throws DTypeError for integers and bools without a floating `dtype`.
 * @example softmax(tensor([[0, 0], [0, 1]]), 1); // tensor([[0.5000, 0.5000], [0.2689, 0.7311]])
 */
export function softmax(x: Tensor, ...args: DimArgs): Tensor {
  const { input, dim, dtype } = isTensorAndIntegers<readonly [number]>(x, args, 1)
    ? { input: x, dim: args[0], dtype: null }
    : SOFTMAX.read([x, ...args]);
  const source = dtype === null ? input : cast(input, dtype);
  checkFloat("softmax", source);
  return apply(ops.softmax, [source], normalizeDim("softmax", dim, source.ndim));
}

/**
 * Logarithm of the softmax along a dimension, x − log Σ eˣ: stable where the softmax itself would underflow.
 *
 * @throws DTypeError for integers and bools without a floating `dtype`.
 * @example logSoftmax(tensor([0, 1]), 0); // tensor([-1.3133, -0.3133])
 */
export function logSoftmax(x: Tensor, ...args: DimArgs): Tensor {
  const { input, dim, dtype } = isTensorAndIntegers<readonly [number]>(x, args, 1)
    ? { input: x, dim: args[0], dtype: null }
    : LOG_SOFTMAX.read([x, ...args]);
  const source = dtype === null ? input : cast(input, dtype);
  checkFloat("logSoftmax", source);
  return apply(ops.logSoftmax, [source], normalizeDim("logSoftmax", dim, source.ndim));
}

const CUMSUM = alongSignature("cumsum");
const CUMPROD = alongSignature("cumprod");

/**
 * Cumulative sum along a dimension. Integers and bools give int32.
 *
 * @example cumsum(tensor([1, 2, 3]), 0); // tensor([1., 3., 6.])
 */
export function cumsum(x: Tensor, ...args: DimArgs): Tensor {
  const { input, dim, dtype } = CUMSUM.read([x, ...args]);
  return apply(ops.cumsum, [toSummable(input, dtype)], normalizeDim("cumsum", dim, input.ndim));
}

/**
 * Cumulative product along a dimension. Integers and bools give int32.
 *
 * @example cumprod(tensor([1, 2, 3]), 0); // tensor([1., 2., 6.])
 */
export function cumprod(x: Tensor, ...args: DimArgs): Tensor {
  const { input, dim, dtype } = CUMPROD.read([x, ...args]);
  return apply(ops.cumprod, [toSummable(input, dtype)], normalizeDim("cumprod", dim, input.ndim));
}
