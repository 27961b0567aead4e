/** @file Slices and elements written at indices: index_add, index_copy, index_fill, masked_scatter, put. */

import { sameShape } from "../../../kernels/layout.ts";
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DeviceError, DTypeError, ShapeError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, anOperand, aTensor } from "../../core/kinds.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import type { IndexParams } from "../ops/merge-dims.ts";
import { stored } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { type Operand, scalarLike } from "../type-promotion.ts";
import { cast } from "./convert.ts";
import { indexTensor } from "./gather-scatter.ts";
import { renameInPlace, withGradFnName } from "./grad-fn-name.ts";

function rename(op: "indexFill" | "indexPut", name: string, inPlace: boolean, result: Tensor): Tensor {
  return inPlace ? renameInPlace(ops[op].gradName, name, result) : withGradFnName(name, result);
}

/** Options of `indexAdd`. */
export interface IndexAddOptions {
  /** The dimension to index. */
  readonly dim: number;
  /** The indices: an integer vector. */
  readonly index: Tensor;
  /** The slices to add. */
  readonly source: Tensor;
  /** Multiplier of the source. Default 1. */
  readonly alpha?: number | undefined;
}

export type IndexAddArgs = Args<[dim: number, index: Tensor, source: Tensor], [], IndexAddOptions>;

const INDEX_ADD = {
  input: required(aTensor),
  dim: required(anInteger),
  index: required(aTensor),
  source: required(aTensor),
  alpha: keyword(aNumber, 1),
} as const;

const INDEX_ADD_COPY = signature("indexAdd", INDEX_ADD);
const INDEX_ADD_ = signature("indexAdd_", INDEX_ADD);

/** The dimension and the positions of slices, checked against a source. */
function slicesAt(op: string, x: Tensor, dim: number, index: Tensor, source: Tensor): { d: number; positions: Tensor } {
  const positions = indexTensor(op, index);
  const d = normalizeDim(op, dim, x.ndim);
  checkVector(op, positions);
  if (source.dtype !== x.dtype) {
    throw new DTypeError(`[${op}] self (${x.dtype}) and source (${source.dtype}) must have the same dtype`);
  }
  const fits =
    x.ndim === 0
      ? source.numel() === 1 && positions.numel() === 1
      : source.ndim === x.ndim && source.shape.every((size, i) => (i === d ? positions.numel() : x.size(i)) === size);
  if (!fits) {
    throw new ShapeError(
      `[${op}] source ${bracketed(source.shape)} does not fit ${positions.numel()} positions along dimension ${d} of ${bracketed(x.shape)}`,
    );
  }
  return { d, positions };
}

function checkVector(op: string, positions: Tensor): void {
  if (positions.ndim <= 1) return;
  throw new ShapeError(`[${op}] Index is supposed to be a vector, but got one of shape ${bracketed(positions.shape)}`);
}

function addSlices(read: typeof INDEX_ADD_COPY, x: Tensor, args: IndexAddArgs, inPlace: boolean): Tensor {
  const { input, dim, index, source, alpha } = read.read([x, ...args]);
  const { op } = read;
  const { d, positions } = slicesAt(op, input, dim, index, source);
  if (!isFloat(input.dtype)) stored(op, alpha, input.dtype);
  const scaled = alpha === 1 ? source : source.mul(alpha);
  return inPlace
    ? applyInPlace(ops.indexAdd, op, input, [positions, scaled], d)
    : apply(ops.indexAdd, [input, positions, scaled], d);
}

/**
 * Adds slices of `source`, scaled by `alpha`, at the indices of a dimension: `out[index[i]] += alpha·source[i]` for dim
 * 0.
 *
 * @throws ShapeError for a source of another shape; ValueError for an index out of bounds; DTypeError for a source of
 * another dtype.
 * @example indexAdd(zeros(3), 0, tensor([0, 2]).int(), tensor([1, 2])); // tensor([1., 0., 2.])
 */
export function indexAdd(x: Tensor, ...args: IndexAddArgs): Tensor {
  return addSlices(INDEX_ADD_COPY, x, args, false);
}

/**
 * In-place {@link indexAdd}.
 *
 * @example zeros(3).indexAdd_(0, tensor([0, 0]).int(), tensor([1, 2])); // tensor([3., 0., 0.])
 */
export function indexAdd_(x: Tensor, ...args: IndexAddArgs): Tensor {
  return addSlices(INDEX_ADD_, x, args, true);
}

export type IndexCopyArgs = Args<
  [dim: number, index: Tensor, source: Tensor],
  [],
  { readonly dim: number; readonly index: Tensor; readonly source: Tensor }
>;

const INDEX_COPY = {
  input: required(aTensor),
  dim: required(anInteger),
  index: required(aTensor),
  source: required(aTensor),
} as const;

const INDEX_COPY_COPY = signature("indexCopy", INDEX_COPY);
const INDEX_COPY_ = signature("indexCopy_", INDEX_COPY);

function copySlicesAt(read: typeof INDEX_COPY_COPY, x: Tensor, args: IndexCopyArgs, inPlace: boolean): Tensor {
  const { input, dim, index, source } = read.read([x, ...args]);
  const { d, positions } = slicesAt(read.op, input, dim, index, source);
  return inPlace
    ? applyInPlace(ops.indexCopy, read.op, input, [positions, source], d)
    : apply(ops.indexCopy, [input, positions, source], d);
}

/**
 * Copies slices of `source` to the indices of a dimension: `out[index[i]] = source[i]` for dim 0. Of equal indices the
 * last one counts.
 *
 * @throws ShapeError for a source of another shape; ValueError for an index out of bounds; DTypeError for a source of
 * another dtype.
 * @example indexCopy(zeros(3), 0, tensor([0, 2]).int(), tensor([1, 2])); // tensor([1., 0., 2.])
 */
export function indexCopy(x: Tensor, ...args: IndexCopyArgs): Tensor {
  return copySlicesAt(INDEX_COPY_COPY, x, args, false);
}

/**
 * In-place {@link indexCopy}.
 *
 * @example zeros(3).indexCopy_(0, tensor([0, 2]).int(), tensor([1, 2])); // tensor([1., 0., 2.])
 */
export function indexCopy_(x: Tensor, ...args: IndexCopyArgs): Tensor {
  return copySlicesAt(INDEX_COPY_, x, args, true);
}

export type IndexFillArgs = Args<
  [dim: number, index: Tensor, value: Operand],
  [],
  { readonly dim: number; readonly index: Tensor; readonly value: Operand }
>;

const INDEX_FILL = {
  input: required(aTensor),
  dim: required(anInteger),
  index: required(aTensor),
  value: required(anOperand),
} as const;

const INDEX_FILL_COPY = signature("indexFill", INDEX_FILL);
const INDEX_FILL_ = signature("indexFill_", INDEX_FILL);

function fillSlices(read: typeof INDEX_FILL_COPY, x: Tensor, args: IndexFillArgs, inPlace: boolean): Tensor {
  const { input, dim, index, value } = read.read([x, ...args]);
  const { op } = read;
  const positions = indexTensor(op, index);
  checkVector(op, positions);
  const d = normalizeDim(op, dim, input.ndim);
  if (typeof value === "object" && value.ndim > 0) {
    throw new ShapeError(
      `[${op}] only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s)`,
    );
  }
  const { dtype } = input;
  const one = typeof value === "object" ? cast(value, dtype) : scalarLike(stored(op, value, dtype), dtype, input);
  const name = typeof value === "object" ? "IndexFillBackward1" : "IndexFillBackward0";
  const result = inPlace
    ? applyInPlace(ops.indexFill, op, input, [positions, one], d)
    : apply(ops.indexFill, [input, positions, one], d);
  return rename("indexFill", name, inPlace, result);
}

/**
 * Fills slices at the indices of a dimension with one value, a number or a 0-d tensor.
 *
 * @throws ShapeError for a value with dimensions; ValueError for an index out of bounds.
 * @example indexFill(ones(2, 3), 1, tensor([0, 2]).int(), -1); // tensor([[-1., 1., -1.], [-1., 1., -1.]])
 */
export function indexFill(x: Tensor, ...args: IndexFillArgs): Tensor {
  return fillSlices(INDEX_FILL_COPY, x, args, false);
}

/**
 * In-place {@link indexFill}.
 *
 * @example ones(3).indexFill_(0, tensor([1]).int(), 7); // tensor([1., 7., 1.])
 */
export function indexFill_(x: Tensor, ...args: IndexFillArgs): Tensor {
  return fillSlices(INDEX_FILL_, x, args, true);
}

export type MaskedScatterArgs = Args<
  [mask: Tensor, source: Tensor],
  [],
  { readonly mask: Tensor; readonly source: Tensor }
>;

const MASKED_SCATTER = { input: required(aTensor), mask: required(aTensor), source: required(aTensor) } as const;

const MASKED_SCATTER_COPY = signature("maskedScatter", MASKED_SCATTER);
const MASKED_SCATTER_ = signature("maskedScatter_", MASKED_SCATTER);

function scatterMasked(read: typeof MASKED_SCATTER_COPY, x: Tensor, args: MaskedScatterArgs, inPlace: boolean): Tensor {
  const { input, mask, source } = read.read([x, ...args]);
  const { op } = read;
  if (mask.dtype !== "bool") {
    throw new DTypeError(`[${op}] only supports boolean masks, but got a mask of dtype ${mask.dtype}`);
  }
  if (source.dtype !== input.dtype) {
    throw new DTypeError(
      `[${op}] expected self and source to have same dtypes but got ${input.dtype} and ${source.dtype}`,
    );
  }
  const shape = inPlace ? input.shape : broadcastShapes(op, input.shape, mask.shape);
  const wide = sameShape(shape, input.shape) ? input : input.expand(shape);
  const flat = truePositions(op, mask.expand(shape));
  if (source.numel() < flat.numel()) {
    throw new ShapeError(
      `[${op}] Number of elements of source < number of ones in mask: ${source.numel()} < ${flat.numel()}`,
    );
  }
  const values = source.reshape(-1).narrow(0, 0, flat.numel());
  return rename("indexPut", "MaskedScatterBackward0", inPlace, putFlat(op, wide, flat, values, false, inPlace));
}

function truePositions(op: string, mask: Tensor): Tensor {
  try {
    return apply(ops.nonzero, [mask.reshape(-1)], null).view(-1);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    throw new DeviceError(
      `[${op}] reads the mask, which is on device "${mask.device}". Move the tensors first, \`await mask.cpu()\`, or use where.`,
      { cause: error },
    );
  }
}

/** Writes to, or adds at, positions of the flattened tensor. */
function putFlat(op: string, x: Tensor, flat: Tensor, values: Tensor, accumulate: boolean, inPlace: boolean): Tensor {
  if (x.ndim === 0) {
    const one = putFlat(op, x.view(1), flat, values, accumulate, inPlace);
    return inPlace ? x : one.view([]);
  }
  const params = { dims: [...x.shape.keys()], shape: [flat.numel()], accumulate };
  return inPlace
    ? applyInPlace(ops.indexPut, op, x, [flat, values], params)
    : apply(ops.indexPut, [x, flat, values], params);
}

/**
 * A copy in which the elements where the mask is true are those of `source`, in their order. Mask and input broadcast.
 * Reads the mask synchronously.
 *
 * @throws DTypeError for a mask that is not bool, or a source of another dtype; ShapeError for a source with too few
 * elements.
 * @example
 * ```ts
 * const mask = tensor([true, false, true]);
 * maskedScatter(zeros(3), mask, tensor([5, 6])); // tensor([5., 0., 6.])
 * ```
 */
export function maskedScatter(x: Tensor, ...args: MaskedScatterArgs): Tensor {
  return scatterMasked(MASKED_SCATTER_COPY, x, args, false);
}

/**
 * In-place {@link maskedScatter}.
 *
 * @example zeros(3).maskedScatter_(tensor([true, false, true]), tensor([5, 6])); // tensor([5., 0., 6.])
 */
export function maskedScatter_(x: Tensor, ...args: MaskedScatterArgs): Tensor {
  return scatterMasked(MASKED_SCATTER_, x, args, true);
}

/** Options of `put`. */
export interface PutOptions {
  /** Positions in the flattened tensor: integers, of any shape. */
  readonly index: Tensor;
  /** As many values. */
  readonly source: Tensor;
  /** If true, the values are added. Default false: the last write counts. */
  readonly accumulate?: boolean | undefined;
}

export type PutArgs = Args<[index: Tensor, source: Tensor], [accumulate: boolean], PutOptions>;

const PUT = {
  input: required(aTensor),
  index: required(aTensor),
  source: required(aTensor),
  accumulate: optional(aBoolean, false),
} as const;

const PUT_COPY = signature("put", PUT);
const PUT_ = signature("put_", PUT);

/** Positions in the flattened tensor, and what {@link ops.index} needs to know; negative indices count from the end. */
export function flatPositions(op: string, x: Tensor, index: Tensor): { flat: Tensor; params: IndexParams } {
  const positions = indexTensor(op, index);
  const { shape } = positions;
  const flat = apply(ops.flatIndex, [positions], { shape, sizes: [x.numel()], dims: [0] });
  return { flat, params: { dims: [...x.shape.keys()], shape } };
}

function putBy(read: typeof PUT_COPY, x: Tensor, args: PutArgs, inPlace: boolean): Tensor {
  const { input, index, source, accumulate } = read.read([x, ...args]);
  const { op } = read;
  if (source.dtype !== input.dtype) {
    throw new DTypeError(
      `[${op}] expected self and source to have the same dtype, but got ${input.dtype} and ${source.dtype}`,
    );
  }
  if (source.numel() !== index.numel()) {
    throw new ShapeError(
      `[${op}] expected source and index to have the same number of elements, but got ${source.numel()} and ${index.numel()}`,
    );
  }
  const { flat } = flatPositions(op, input, index);
  const result = putFlat(op, input, flat, source.reshape(-1), accumulate, inPlace);
  return rename("indexPut", "PutBackward0", inPlace, result);
}

/**
 * A copy with values written, or added, at positions of the flattened tensor. Negative positions count from the end.
 *
 * @throws ValueError for a position out of bounds; ShapeError for another number of values; DTypeError for values of
 * another dtype.
 * @example put(zeros(2, 2), tensor([0, 3]).int(), tensor([5, 6])); // tensor([[5., 0.], [0., 6.]])
 */
export function put(x: Tensor, ...args: PutArgs): Tensor {
  return putBy(PUT_COPY, x, args, false);
}

/**
 * In-place {@link put}.
 *
 * @example zeros(3).put_(tensor([0, 0]).int(), tensor([5, 6]), true); // tensor([11., 0., 0.])
 */
export function put_(x: Tensor, ...args: PutArgs): Tensor {
  return putBy(PUT_, x, args, true);
}
