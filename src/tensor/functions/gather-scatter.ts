/** @file Gather, scatter, one-hot encoding and sorting. */
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { batchOf } from "../../autograd/batching.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { filledLike } from "../../autograd/tensor-base.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, anOperand, aTensor, oneOf } from "../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import { checkCount, stored } from "../range.ts";
import type { Tensor, ValuesAndIndices } from "../tensor.ts";
import { checkTensor, type Operand, scalarLike } from "../type-promotion.ts";
import { cast } from "./convert.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";

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

function applyScatter(op: "scatter" | "scatterAdd", x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  const d = normalizeDim(op, dim, x.ndim);
  const positions = indexTensor(op, index);
  if (src.dtype !== x.dtype) {
    throw new DTypeError(`[${op}] Expected self.dtype to be equal to src.dtype, but got ${x.dtype} and ${src.dtype}`);
  }
  if (x.ndim === 0) {
    const placedOne = applyScatter(op, x.view(1), 0, positions.reshape(-1), src.reshape(-1));
    return asNonView(ops[op].gradName, placedOne.view([]));
  }
  if (positions.ndim !== x.ndim || src.ndim !== x.ndim) {
    throw new ShapeError(
      `[${op}] Index tensor must have the same number of dimensions as self tensor, but got index ${bracketed(positions.shape)}, src ${bracketed(src.shape)} and self ${bracketed(x.shape)}`,
    );
  }
  checkCount(op, positions.shape, x.dtype);
  return apply(ops[op], [x, positions, src], d);
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
  /** "add" adds, as {@link scatterAdd}. Default: the last write counts. */
  readonly reduce?: "add" | null | undefined;
}

export type ScatterArgs =
  | Args<[dim: number, index: Tensor, src: Tensor | number], [], ScatterOptions>
  | readonly [dim: number, index: Tensor, options: Omit<ScatterOptions, "dim" | "index">];

const SCATTER = signature("scatter", {
  input: required(aTensor),
  dim: required(anInteger),
  index: required(aTensor),
  src: optional(anOperand),
  value: keyword(anOperand),
  reduce: keyword(oneOf("add"), null),
});

/**
 * A copy of the input with the elements of `src`, or one number, written along a dimension: `out[index[i][j]][j] =
 * src[i][j]` for dim 0. With `reduce: "add"` they are added.
 *
 * @throws ShapeError for shapes that do not match; ValueError for an index out of bounds; DTypeError for an index that
 * is not an integer tensor or a `src` of another dtype.
 * @example scatter(zeros(4), 0, tensor([1, 3]).int(), tensor([10, 20])); // tensor([0., 10., 0., 20.])
 */
export function scatter(x: Tensor, ...args: ScatterArgs): Tensor {
  const { input, dim, index, src = undefined, value, reduce } = SCATTER.read([x, ...args]);
  const source: Operand | undefined = src ?? value;
  if (source === undefined || (src !== undefined && value !== undefined)) {
    throw new ValueError(`[scatter] expected either "src" or "value". Usage: ${SCATTER}`);
  }
  const op = reduce === "add" ? "scatterAdd" : "scatter";
  if (typeof source === "object") return applyScatter(op, input, dim, index, source);
  const filled = scalarLike(stored("scatter", source, input.dtype), input.dtype, input).expand(index.shape);
  return withGradFnName("ScatterBackward1", applyScatter(op, input, dim, index, filled));
}

export type ScatterAddArgs = Args<
  [dim: number, index: Tensor, src: Tensor],
  [],
  { readonly dim: number; readonly index: Tensor; readonly src: Tensor }
>;

const SCATTER_ADD = signature("scatterAdd", {
  input: required(aTensor),
  dim: required(anInteger),
  index: required(aTensor),
  src: required(aTensor),
});

/**
 * A copy of the input with the elements of `src` added along a dimension: `out[index[i][j]][j] += src[i][j]` for dim 0.
 *
 * @throws ShapeError for shapes that do not match; ValueError for an index out of bounds; DTypeError for an index that
 * is not an integer tensor or a `src` of another dtype.
 * @example scatterAdd(zeros(2), 0, tensor([0, 1, 1]).int(), tensor([1, 2, 3])); // tensor([1., 5.])
 */
export function scatterAdd(x: Tensor, ...args: ScatterAddArgs): Tensor {
  const { input, dim, index, src } = SCATTER_ADD.read([x, ...args]);
  return applyScatter("scatterAdd", input, dim, index, src);
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
