/** @file Reductions as PyTorch names them: dimensions in any form, dtype rules, statistics. */
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { isFloat } from "../dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../errors.ts";
import { ops } from "../ops/index.ts";
import { readArguments } from "../options.ts";
import { bracketed, normalizeDim, normalizeDims } from "../shape.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import { fresh, named } from "./named.ts";

type Dims = number | readonly number[] | null | undefined;

/** All dimensions for null, undefined and, as in PyTorch, the empty list. */
function dimsOf(op: string, dim: Dims, rank: number): number[] {
  const given = dim == null || (typeof dim === "object" && dim.length === 0) ? undefined : dim;
  return normalizeDims(op, given, rank);
}

function summable(x: Tensor): Tensor {
  return isFloat(x.dtype) || x.dtype === "int32" ? x : x.to("int32");
}

export function sum(x: Tensor, dim?: Dims, keepdim = false): Tensor {
  const result = apply(ops.sum, [summable(x)], { dims: dimsOf("sum", dim, x.ndim), keepdim });
  return dim == null ? named("SumBackward0", result) : result;
}

/** Sums to a shape that broadcasts to this one. */
export function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  const lead = x.ndim - shape.length;
  const dims = x.shape.flatMap((size, d) => (d < lead || (shape[d - lead] === 1 && size !== 1) ? [d] : []));
  if (dims.length === 0) return x;
  return apply(ops.sum, [x], { dims, keepdim: true }).view(shape).forgetBase();
}

function checkFloat(op: string, x: Tensor): void {
  if (isFloat(x.dtype)) return;
  throw new DTypeError(
    `[${op}] could not infer output dtype. Input dtype must be a floating point dtype. Got: ${x.dtype}. Convert with .float() first.`,
  );
}

function countOf(x: Tensor, dims: readonly number[]): number {
  return sizeOf(dims.map((d) => x.shape[d] as number));
}

export function mean(x: Tensor, dim?: Dims, keepdim = false): Tensor {
  checkFloat("mean", x);
  const dims = dimsOf("mean", dim, x.ndim);
  const total = apply(ops.sum, [x], { dims, keepdim });
  return named(dim == null ? "MeanBackward0" : "MeanBackward1", total.div(countOf(x, dims)));
}

/** Product of all elements or along one dimension. */
export function prod(x: Tensor, dim?: number | null, keepdim = false): Tensor {
  const source = summable(x);
  if (dim != null) return apply(ops.prod, [source], { dim: normalizeDim("prod", dim, x.ndim), keepdim });
  return named("ProdBackward0", apply(ops.prod, [source.reshape(-1)], { dim: 0, keepdim: false }));
}

/** max / min: of all elements, along a dimension, or element-wise. */
export function extremum(
  which: "max" | "min",
  x: Tensor,
  dim?: number | Tensor | null,
  keepdim = false,
): Tensor | ValuesAndIndices {
  if (dim == null) {
    if (x.numel() === 0) {
      throw new ShapeError(
        `[${which}] Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
      );
    }
    return apply(ops[which], [x], { dims: normalizeDims(which, undefined, x.ndim), keepdim: false });
  }
  if (typeof dim === "object") return which === "max" ? x.maximum(dim) : x.minimum(dim);
  const d = normalizeDim(which, dim, x.ndim);
  if (x.shape[d] === 0) {
    throw new ShapeError(
      `[${which}] Expected reduction dim ${d} to have non-zero size. Got shape ${bracketed(x.shape)}.`,
    );
  }
  const comparable = x.dtype === "bool" ? x.to("uint8") : x;
  const indices = argExtremum(which === "max" ? "argmax" : "argmin", comparable, d, true);
  const picked = x.ndim === 0 ? x.clone() : x.gather(d, indices);
  const name = which === "max" ? "MaxBackward0" : "MinBackward0";
  if (keepdim || x.ndim === 0) return { values: named(name, picked), indices };
  return { values: fresh(name, picked.squeeze(d)), indices: indices.squeeze(d).forgetBase() };
}

/** The extreme values of all elements or along dims; equal ones share the gradient. */
export function sharedExtremum(which: "amax" | "amin", x: Tensor, dim: Dims, keepdim: boolean): Tensor {
  return apply(ops[which], [x], { dims: dimsOf(which, dim, x.ndim), keepdim });
}

export function argExtremum(which: "argmax" | "argmin", x: Tensor, dim?: number | null, keepdim = false): Tensor {
  if (x.dtype === "bool")
    throw new DTypeError(`[${which}] not implemented for bool tensors. Convert with .int() first.`);
  if (dim == null) {
    const flat = apply(ops[which], [x.detach().reshape(-1)], { dim: 0, keepdim: false });
    return keepdim ? flat.reshape(x.shape.map(() => 1)) : flat;
  }
  return apply(ops[which], [x], { dim: normalizeDim(which, dim, x.ndim), keepdim });
}

export interface VarianceOptions {
  /** Default: all dimensions. */
  readonly dim?: number | readonly number[] | null;
  /** Subtracted from the number of elements in the divisor. Default 1; 0 for the biased form. */
  readonly correction?: number | null;
  /** The same as `correction` 1 or 0. */
  readonly unbiased?: boolean;
  readonly keepdim?: boolean;
}

/** `(dim, unbiased, keepdim)` or `(unbiased)`, any of them by name in an object that comes last. */
export type VarianceArguments = readonly [
  dim?: number | readonly number[] | boolean | null | VarianceOptions,
  unbiased?: boolean | VarianceOptions,
  keepdim?: boolean | VarianceOptions,
];

const VARIANCE_DEFAULTS = {
  dim: null as number | readonly number[] | null,
  unbiased: true,
  keepdim: false,
  correction: null as number | null,
};

export function variance(x: Tensor, ...given: VarianceArguments): Tensor {
  return varianceOf("var", x, given);
}

function varianceOf(op: string, x: Tensor, given: VarianceArguments): Tensor {
  checkFloat(op, x);
  const [first, ...rest] = given;
  const list =
    typeof first === "boolean" ? [null, ...given] : [first === undefined && rest.length > 0 ? null : first, ...rest];
  const { dim, keepdim, unbiased, ...rules } = readArguments(op, VARIANCE_DEFAULTS, list);
  const correction = rules.correction ?? (unbiased ? 1 : 0);
  const whole = dim == null || x.ndim === 0;
  return apply(ops.variance, [x], { dims: dimsOf(op, dim, x.ndim), keepdim, correction, whole });
}

export function std(x: Tensor, ...given: VarianceArguments): Tensor {
  return apply(ops.rootOfVariance, [varianceOf("std", x, given)], null);
}

/** (Σ|x|ᵖ)^(1/p); the largest or smallest |x| for ±Infinity, the count of non-zeros for 0. Of nothing it is 0. */
export function norm(x: Tensor, p = 2, dim?: Dims, keepdim = false): Tensor {
  checkFloat("norm", x);
  if (typeof p !== "number" || Number.isNaN(p)) throw new ValueError(`[norm] expected a number as the order, got ${p}`);
  const dims = dimsOf("norm", dim, x.ndim);
  const params = { dims, keepdim };
  const result = () => {
    if (p === 1 || x.numel() === 0) return apply(ops.sum, [x.abs()], params);
    if (p === Number.POSITIVE_INFINITY) return apply(ops.amax, [x.abs()], params);
    if (p === Number.NEGATIVE_INFINITY) return apply(ops.amin, [x.abs()], params);
    if (p === 0) return apply(ops.sum, [x.floor().maskedFill(x.ne(0), 1)], params);
    if (p === 2) return apply(ops.norm2, [x], params);
    return apply(ops.normP, [x], { ...params, p });
  };
  return named("NormBackward1", result());
}

export function truth(which: "any" | "all", x: Tensor, dim?: number | null, keepdim = false): Tensor {
  const result = apply(ops[which], [x.to("bool")], { dims: dimsOf(which, dim, x.ndim), keepdim });
  return x.dtype === "uint8" ? result.to("uint8") : result;
}

/** log Σ eˣ, from the largest element down so that nothing overflows. */
export function logsumexp(x: Tensor, dim: number | readonly number[], keepdim = false): Tensor {
  if (!isFloat(x.dtype)) return logsumexp(x.float(), dim, keepdim);
  const dims = dimsOf("logsumexp", dim, x.ndim);
  const total = (terms: Tensor) => apply(ops.sum, [terms], { dims, keepdim: true }).log();
  const shifted = () => {
    const peak = x.detach().amax(dims, true);
    const shift = peak.maskedFill(peak.isfinite().logicalNot(), 0);
    return total(x.sub(shift).exp()).add(shift);
  };
  const logs = x.numel() === 0 ? total(x.exp()) : shifted();
  const kept = x.shape.filter((_, d) => !dims.includes(d));
  return fresh("LogsumexpBackward0", keepdim ? logs : logs.view(kept));
}

export function softmax(x: Tensor, dim: number): Tensor {
  checkFloat("softmax", x);
  return apply(ops.softmax, [x], normalizeDim("softmax", dim, x.ndim));
}

export function logSoftmax(x: Tensor, dim: number): Tensor {
  checkFloat("logSoftmax", x);
  return apply(ops.logSoftmax, [x], normalizeDim("logSoftmax", dim, x.ndim));
}

export function cumsum(x: Tensor, dim: number): Tensor {
  if (typeof dim !== "number") {
    throw new ValueError(
      `[cumsum] expected the dimension to sum along, got ${dim}. The shape is ${bracketed(x.shape)}.`,
    );
  }
  return apply(ops.cumsum, [summable(x)], normalizeDim("cumsum", dim, x.ndim));
}
