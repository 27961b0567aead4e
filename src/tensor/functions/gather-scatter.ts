/** @file Gather, scatter, one-hot encoding and sorting. */

import { apply, applyInPlace } from "../../autograd/apply.ts";
import { batchOf } from "../../autograd/batching.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { filledLike } from "../../autograd/tensor-base.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, anOperand, aTensor, oneOf } from "../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import { checkCount, RANGES, stored } from "../range.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import { checkTensor, type Operand, scalarLike } from "../type-promotion.ts";
import { cast } from "./convert.ts";
import { asNonView, renameInPlace, withGradFnName } from "./grad-fn-name.ts";

/** An integer tensor as int32. Throws for floats and bools. */
export function indexTensor(op: string, index: Tensor): Tensor {
  checkTensor(op, index);
  if (index.dtype === "int32") return index;
  if (index.dtype === "uint8") return cast(index, "int32");
  throw new DTypeError(`[${op}] expected an index of dtype int32, but got ${index.dtype}. Convert it with .int().`);
}

/** Options of `gather`. */
export interface GatherOptions {
  /** The dimension to index. */
  readonly dim: number;
  /** The indices: an integer tensor. */
  readonly index: Tensor;
  /** Sparse gradients are not supported: only false. */
  readonly sparseGrad?: false | undefined;
}

export type GatherArgs = Args<[dim: number, index: Tensor], [], GatherOptions>;

const GATHER = signature("gather", {
  input: required(aTensor),
  dim: required(anInteger),
  index: required(aTensor),
  sparseGrad: keyword(aBoolean, false),
});

/**
 * Gathers elements along a dimension: `out[i][j] = input[index[i][j]][j]` for dim 0. The result has the shape of the
 * index.
 *
 * @throws ShapeError for an index of another rank; ValueError for one out of bounds; DTypeError for one that is not an
 * integer tensor.
 * @example gather(tensor([[1, 2], [3, 4]]), 1, tensor([[0, 0], [1, 0]]).int()); // tensor([[1., 1.], [4., 3.]])
 */
export function gather(x: Tensor, ...args: GatherArgs): Tensor {
  const { input, dim, index, sparseGrad } = GATHER.read([x, ...args]);
  if (sparseGrad) throw new ValueError("[gather] sparse gradients are not supported. Leave sparseGrad out.");
  const d = normalizeDim("gather", dim, input.ndim);
  const positions = indexTensor("gather", index);
  if (input.ndim === 0) {
    return asNonView("GatherBackward0", gather(input.view(1), 0, positions.reshape(-1)).view(positions.shape));
  }
  if (positions.ndim !== input.ndim) {
    throw new ShapeError(
      `[gather] Index tensor must have the same number of dimensions as input tensor, but got ${bracketed(positions.shape)} and ${bracketed(input.shape)}`,
    );
  }
  checkCount("gather", positions.shape, input.dtype);
  return apply(ops.gather, [input, positions], d);
}

/** The operations that write to the places of an index. */
type ScatterName = "scatter" | "scatterAdd" | "scatterProd" | "scatterAmax" | "scatterAmin";

/** Where a scatter writes: to a copy, or into its input. */
interface Target {
  /** The name in errors. */
  readonly op: string;
  readonly inPlace: boolean;
}

function applyScatter(name: ScatterName, to: Target, x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  const { op, inPlace } = to;
  const d = normalizeDim(op, dim, x.ndim);
  const positions = indexTensor(op, index);
  if (src.dtype !== x.dtype) {
    throw new DTypeError(`[${op}] Expected self.dtype to be equal to src.dtype, but got ${x.dtype} and ${src.dtype}`);
  }
  if (x.ndim === 0) {
    const placedOne = applyScatter(name, to, x.view(1), 0, positions.reshape(-1), src.reshape(-1));
    return inPlace ? x : asNonView(ops[name].gradName, placedOne.view([]));
  }
  if (positions.ndim !== x.ndim || src.ndim !== x.ndim) {
    throw new ShapeError(
      `[${op}] Index tensor must have the same number of dimensions as self tensor, but got index ${bracketed(positions.shape)}, src ${bracketed(src.shape)} and self ${bracketed(x.shape)}`,
    );
  }
  checkCount(op, positions.shape, x.dtype);
  return inPlace ? applyInPlace(ops[name], op, x, [positions, src], d) : apply(ops[name], [x, positions, src], d);
}

/** Options of `scatter`. */
export interface ScatterOptions {
  /** The dimension to index. */
  readonly dim: number;
  /** The indices: an integer tensor. */
  readonly index: Tensor;
  /** The elements to write, or one number. */
  readonly src?: Tensor | number | undefined;
  /** One number in place of `src`. */
  readonly value?: number | undefined;
  /** "add" adds, as {@link scatterAdd}, and "multiply" multiplies. Default: the last write counts. */
  readonly reduce?: "add" | "multiply" | null | undefined;
}

export type ScatterArgs =
  | Args<[dim: number, index: Tensor, src: Tensor | number], [], ScatterOptions>
  | readonly [dim: number, index: Tensor, options: Omit<ScatterOptions, "dim" | "index">];

function scatterSignature(op: string) {
  return signature(op, {
    input: required(aTensor),
    dim: required(anInteger),
    index: required(aTensor),
    src: optional(anOperand),
    value: keyword(anOperand),
    reduce: keyword(oneOf("add", "multiply"), null),
  });
}

const SCATTER = scatterSignature("scatter");
const SCATTER_ = scatterSignature("scatter_");

function rename(op: ScatterName | "div", name: string, inPlace: boolean, result: Tensor): Tensor {
  return inPlace ? renameInPlace(ops[op].gradName, name, result) : withGradFnName(name, result);
}

const SCATTER_MODES = { add: "scatterAdd", multiply: "scatterProd" } as const;

function scatterBy(read: typeof SCATTER, x: Tensor, args: ScatterArgs, inPlace: boolean): Tensor {
  const { input, dim, index, src = undefined, value, reduce } = read.read([x, ...args]);
  const source: Operand | undefined = src ?? value;
  if (source === undefined || (src !== undefined && value !== undefined)) {
    throw new ValueError(`[${read.op}] expected either "src" or "value". Usage: ${read}`);
  }
  const to = { op: read.op, inPlace };
  const name = reduce === null ? "scatter" : SCATTER_MODES[reduce];
  if (typeof source === "object") return applyScatter(name, to, input, dim, index, source);
  const filled = scalarLike(stored(read.op, source, input.dtype), input.dtype, input).expand(index.shape);
  return rename(name, "ScatterBackward1", inPlace, applyScatter(name, to, input, dim, index, filled));
}

/**
 * A copy of the input with the elements of `src`, or one number, written along a dimension: `out[index[i][j]][j] =
 * src[i][j]` for dim 0. With `reduce: "add"` they are added, with "multiply" they are multiplied.
 *
 * @throws ShapeError for shapes that do not match; ValueError for an index out of bounds; DTypeError for an index that
 * is not an integer tensor or a `src` of another dtype.
 * @example scatter(zeros(4), 0, tensor([1, 3]).int(), tensor([10, 20])); // tensor([0., 10., 0., 20.])
 */
export function scatter(x: Tensor, ...args: ScatterArgs): Tensor {
  return scatterBy(SCATTER, x, args, false);
}

/**
 * In-place {@link scatter}.
 *
 * @example zeros(2, 3).scatter_(1, tensor([[2], [0]]).int(), 1); // tensor([[0., 0., 1.], [1., 0., 0.]])
 */
export function scatter_(x: Tensor, ...args: ScatterArgs): Tensor {
  return scatterBy(SCATTER_, x, args, true);
}

export type ScatterAddArgs = Args<
  [dim: number, index: Tensor, src: Tensor],
  [],
  { readonly dim: number; readonly index: Tensor; readonly src: Tensor }
>;

function scatterAddSignature(op: string) {
  return signature(op, {
    input: required(aTensor),
    dim: required(anInteger),
    index: required(aTensor),
    src: required(aTensor),
  });
}

const SCATTER_ADD = scatterAddSignature("scatterAdd");
const SCATTER_ADD_ = scatterAddSignature("scatterAdd_");

/**
 * A copy of the input with the elements of `src` added along a dimension: `out[index[i][j]][j] += src[i][j]` for dim 0.
 *
 * @throws ShapeError for shapes that do not match; ValueError for an index out of bounds; DTypeError for an index that
 * is not an integer tensor or a `src` of another dtype.
 * @example scatterAdd(zeros(2), 0, tensor([0, 1, 1]).int(), tensor([1, 2, 3])); // tensor([1., 5.])
 */
export function scatterAdd(x: Tensor, ...args: ScatterAddArgs): Tensor {
  const { input, dim, index, src } = SCATTER_ADD.read([x, ...args]);
  return applyScatter("scatterAdd", { op: "scatterAdd", inPlace: false }, input, dim, index, src);
}

/**
 * In-place {@link scatterAdd}.
 *
 * @example zeros(2).scatterAdd_(0, tensor([0, 1, 1]).int(), tensor([1, 2, 3])); // tensor([1., 5.])
 */
export function scatterAdd_(x: Tensor, ...args: ScatterAddArgs): Tensor {
  const { input, dim, index, src } = SCATTER_ADD_.read([x, ...args]);
  return applyScatter("scatterAdd", { op: "scatterAdd_", inPlace: true }, input, dim, index, src);
}

/** How `scatterReduce` combines the elements of one place. */
export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** Options of `scatterReduce`. */
export interface ScatterReduceOptions {
  /** The dimension to index. */
  readonly dim: number;
  /** The indices: an integer tensor. */
  readonly index: Tensor;
  /** The elements. */
  readonly src: Tensor;
  /** How the elements of one place are combined. */
  readonly reduce: ScatterReduction;
  /** Whether the element that is there already takes part. Default true. */
  readonly includeSelf?: boolean | undefined;
}

export type ScatterReduceArgs = Args<
  [dim: number, index: Tensor, src: Tensor, reduce: ScatterReduction],
  [],
  ScatterReduceOptions
>;

function scatterReduceSignature(op: string) {
  return signature(op, {
    input: required(aTensor),
    dim: required(anInteger),
    index: required(aTensor),
    src: required(aTensor),
    reduce: required(oneOf("sum", "prod", "mean", "amax", "amin")),
    includeSelf: keyword(aBoolean, true),
  });
}

const SCATTER_REDUCE = scatterReduceSignature("scatterReduce");
const SCATTER_REDUCE_ = scatterReduceSignature("scatterReduce_");

const REDUCTIONS = {
  sum: "scatterAdd",
  mean: "scatterAdd",
  prod: "scatterProd",
  amax: "scatterAmax",
  amin: "scatterAmin",
} as const;

/** What changes nothing: where the elements that are there do not take part, they become this. */
const NEUTRAL: Readonly<Record<ScatterReduction, number>> = {
  sum: 0,
  mean: 0,
  prod: 1,
  amax: Number.NEGATIVE_INFINITY,
  amin: Number.POSITIVE_INFINITY,
};

/** Whole numbers on the GPU end here. */
const GPU_LIMIT = 2 ** 24;

function neutral(reduce: ScatterReduction, { dtype, device }: Tensor): number {
  const value = NEUTRAL[reduce];
  if (isFloat(dtype) || Number.isFinite(value)) return value;
  if (dtype === "bool") return Number(value > 0);
  if (dtype === "int32" && device === "gpu") return Math.sign(value) * GPU_LIMIT;
  return value < 0 ? RANGES[dtype][0] : RANGES[dtype][1];
}

function scatterReduceBy(read: typeof SCATTER_REDUCE, x: Tensor, args: ScatterReduceArgs, inPlace: boolean): Tensor {
  const { input, dim, index, src, reduce, includeSelf } = read.read([x, ...args]);
  const to = { op: read.op, inPlace };
  const first = includeSelf ? input : scatterNumber(to, input, dim, index, neutral(reduce, input));
  const out = applyScatter(REDUCTIONS[reduce], to, first, dim, index, src);
  if (reduce !== "mean") return rename(REDUCTIONS[reduce], "ScatterReduceBackward0", inPlace, out);
  return rename("div", "ScatterReduceBackward0", inPlace, meanOf(to, out, dim, index, includeSelf));
}

function scatterNumber(to: Target, x: Tensor, dim: number, index: Tensor, value: number): Tensor {
  const all = scalarLike(value, x.dtype, x).expand(index.shape);
  return applyScatter("scatter", to, x, dim, index, all);
}

/** Sums divided by how many elements there were. Integers are rounded down, as in PyTorch. */
function meanOf({ op, inPlace }: Target, sums: Tensor, dim: number, index: Tensor, includeSelf: boolean): Tensor {
  const counts = filledLike(sums, sums, includeSelf ? 1 : 0);
  const ones = scalarLike(1, sums.dtype, sums).expand(index.shape);
  applyScatter("scatterAdd", { op, inPlace: true }, counts, dim, index, ones);
  const divisor = counts.maximum(1);
  if (isFloat(sums.dtype)) return inPlace ? sums.div_(divisor) : sums.div(divisor);
  return inPlace ? sums.div_(divisor, { roundingMode: "floor" }) : sums.div(divisor, { roundingMode: "floor" });
}

/**
 * A copy of the input in which the elements of `src` are combined along a dimension with what is there, or with
 * `includeSelf: false` with one another: `out[index[i][j]][j] = reduce(out[index[i][j]][j], src[i][j])` for dim 0.
 *
 * @throws ShapeError for shapes that do not match; ValueError for an index out of bounds; DTypeError for an index that
 * is not an integer tensor or a `src` of another dtype.
 * @example
 * ```ts
 * const index = tensor([0, 1, 1]).int();
 * scatterReduce(ones(2), 0, index, tensor([2, 3, 4]), "prod"); // tensor([2., 12.])
 * scatterReduce(ones(2), 0, index, tensor([2, 3, 4]), "mean", { includeSelf: false }); // tensor([2.0000, 3.5000])
 * ```
 */
export function scatterReduce(x: Tensor, ...args: ScatterReduceArgs): Tensor {
  return scatterReduceBy(SCATTER_REDUCE, x, args, false);
}

/**
 * In-place {@link scatterReduce}.
 *
 * @example zeros(2).scatterReduce_(0, tensor([0, 1, 1]).int(), tensor([2, 3, 4]), "amax"); // tensor([2., 4.])
 */
export function scatterReduce_(x: Tensor, ...args: ScatterReduceArgs): Tensor {
  return scatterReduceBy(SCATTER_REDUCE_, x, args, true);
}

export type IndexSelectArgs = Args<[dim: number, index: Tensor], [], { readonly dim: number; readonly index: Tensor }>;

const INDEX_SELECT = signature("indexSelect", {
  input: required(aTensor),
  dim: required(anInteger),
  index: required(aTensor),
});

/**
 * Selects slices along a dimension by a vector of indices; a copy.
 *
 * @throws ShapeError for an index that is not a vector; ValueError for one out of bounds; DTypeError for one that is
 * not an integer tensor.
 * @example indexSelect(tensor([[1, 2], [3, 4]]), 0, tensor([1, 1]).int()); // tensor([[3., 4.], [3., 4.]])
 */
export function indexSelect(x: Tensor, ...args: IndexSelectArgs): Tensor {
  const { input, dim, index } = INDEX_SELECT.read([x, ...args]);
  const d = normalizeDim("indexSelect", dim, input.ndim);
  if (input.ndim > 0) checkCount("indexSelect", input.shape.with(d, index.numel()), input.dtype);
  return apply(ops.indexSelect, [input, indexTensor("indexSelect", index)], d);
}

/** Option of `oneHot`. */
export interface OneHotOptions {
  /** Number of classes. Default −1: the largest class + 1. */
  readonly numClasses?: number | undefined;
}

export type OneHotArgs = Args<[], [numClasses: number], OneHotOptions>;

const ONE_HOT = signature("oneHot", { input: required(aTensor), numClasses: optional(anInteger, -1) });

/**
 * One-hot encoding of class indices: [*] → int32 [*, numClasses]. The default −1 infers the number of classes.
 *
 * @throws ValueError for a class that is negative or too large, and for an empty tensor without `numClasses`.
 * @example oneHot(tensor([0, 2]).int()); // tensor([[1, 0, 0], [0, 0, 1]])
 */
export function oneHot(x: Tensor, ...args: OneHotArgs): Tensor {
  const { input, numClasses } = ONE_HOT.read([x, ...args]);
  const classes = indexTensor("oneHot", input);
  let count = numClasses;
  if (count === -1) {
    if (classes.numel() === 0)
      throw new ValueError("[oneHot] Can not infer total number of classes from empty tensor.");
    if (classes.device !== "cpu") {
      throw new ValueError(
        `[oneHot] numClasses is required, because device "${classes.device}" cannot be read synchronously to infer it`,
      );
    }
    count = 1 + noGrad(() => classes.max().itemSync());
  }
  if (count < 1) {
    throw new ValueError(`[oneHot] numClasses must be a positive integer or -1, but got ${numClasses}`);
  }
  checkCount("oneHot", [...classes.shape, count], "int32");
  const shape = [...classes.shape, count];
  const rows = filledLike(classes, { shape, dtype: "int32", device: classes.device }, 0);
  const ones = scalarLike(1, "int32", classes).expand([...classes.shape, 1]);
  try {
    const positions = classes.unsqueeze(-1);
    if (batchOf(classes) !== null) return apply(ops.scatter, [rows, positions, ones], classes.ndim);
    return applyInPlace(ops.scatter, "oneHot", rows, [positions, ones], classes.ndim);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ValueError(
      `[oneHot] Class values must be non-negative and smaller than num_classes, which is ${count}: ${error.message}`,
      { cause: error },
    );
  }
}

/** Options of `sort` and `argsort`. */
export interface SortOptions {
  /** The dimension. Default −1. */
  readonly dim?: number | undefined;
  /** If true, the order is descending. Default false. */
  readonly descending?: boolean | undefined;
  /** Accepted for compatibility with PyTorch; every sort is stable here. */
  readonly stable?: boolean | undefined;
}

export type SortArgs = Args<[], [dim: number, descending: boolean], SortOptions>;

function sortSignature(op: string) {
  return signature(op, {
    input: required(aTensor),
    dim: optional(anInteger, -1),
    descending: optional(aBoolean, false),
    stable: keyword(aBoolean, null),
  });
}

const SORT = sortSignature("sort");
const ARGSORT = sortSignature("argsort");

/**
 * Sorts along a dimension: the sorted values and their indices. The sort is stable; NaN counts as the largest.
 *
 * @example sort(tensor([3, 1, 2])); // { values: tensor([1., 2., 3.]), indices: tensor([1, 2, 0]) }
 */
export function sort(x: Tensor, ...args: SortArgs): ValuesAndIndices {
  const { input, dim, descending } = SORT.read([x, ...args]);
  const d = normalizeDim("sort", dim, input.ndim);
  const indices = apply(ops.argsort, [input], { dim: d, descending });
  return {
    values: withGradFnName("SortBackward0", input.ndim === 0 ? input.clone() : gather(input, d, indices)),
    indices,
  };
}

/**
 * Indices that sort a dimension, int32. The sort is stable; NaN counts as the largest.
 *
 * @example argsort(tensor([3, 1, 2])); // tensor([1, 2, 0])
 */
export function argsort(x: Tensor, ...args: SortArgs): Tensor {
  const { input, dim, descending } = ARGSORT.read([x, ...args]);
  return apply(ops.argsort, [input], { dim: normalizeDim("argsort", dim, input.ndim), descending });
}

/** Options of `topk`. */
export interface TopkOptions {
  /** Number of elements. */
  readonly k: number;
  /** The dimension. Default −1. */
  readonly dim?: number | undefined;
  /** If true (default) the largest elements, else the smallest. */
  readonly largest?: boolean | undefined;
  /** Accepted for compatibility with PyTorch; the result is always sorted here. */
  readonly sorted?: boolean | undefined;
}

export type TopkArgs = Args<[k: number], [dim: number, largest: boolean, sorted: boolean], TopkOptions>;

const TOPK = signature("topk", {
  input: required(aTensor),
  k: required(aNumber),
  dim: optional(anInteger, -1),
  largest: optional(aBoolean, true),
  sorted: optional(aBoolean, true),
});

/**
 * The k largest (or smallest) elements along a dimension in sorted order, and their indices.
 *
 * @throws ShapeError for k out of range; DTypeError for a bool tensor.
 * @example topk(tensor([1, 4, 3]), 2); // { values: tensor([4., 3.]), indices: tensor([1, 2]) }
 */
export function topk(x: Tensor, ...args: TopkArgs): ValuesAndIndices {
  const { input, k, dim, largest } = TOPK.read([x, ...args]);
  const d = normalizeDim("topk", dim, input.ndim);
  if (input.dtype === "bool")
    throw new DTypeError("[topk] not implemented for bool tensors. Convert with .int() first.");
  const size = input.ndim === 0 ? 1 : input.size(d);
  if (!Number.isInteger(k) || k < 0 || k > size) {
    throw new ShapeError(`[topk] selected index k out of range: k is ${k}, dimension ${d} has size ${size}`);
  }
  if (input.ndim === 0) {
    const order = apply(ops.argsort, [input], { dim: d, descending: largest });
    return { values: withGradFnName("TopkBackward0", input.clone()), indices: order };
  }
  const indices = apply(ops.topk, [input], { k, dim: d, largest });
  return { values: withGradFnName("TopkBackward0", gather(input, d, indices)), indices };
}
