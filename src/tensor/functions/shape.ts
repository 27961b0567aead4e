/** @file Shape operations; the result is a view where possible. */
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { markPartsOf } from "../../autograd/tape-state.ts";
import { type Args, optional, required, rest, signature } from "../../core/arguments.ts";
import { isFloat, promoteTypes } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import {
  aNumber,
  anInteger,
  aTensor,
  dims as dimsKind,
  either,
  integers,
  numbers,
  oneOf,
  tensors as tensorList,
} from "../../core/kinds.ts";
import { bracketed, checkSizes, inferSizes, normalizeDim, normalizeDims, viewStrides } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import type { EdgeMode } from "../ops/movement.ts";
import { checkListLength, stored } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import {
  DIAGONAL_NUMBER,
  type DiagonalNumberArgs,
  type Dims,
  isTensorAndIntegers,
  plainSizes,
  type Sizes,
  unary,
} from "./arguments.ts";
import { cast } from "./convert.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";

const RESHAPE = signature("reshape", { input: required(aTensor), shape: rest(numbers) });

/**
 * The same elements in another shape: a view if the strides allow it, else a copy. One size may be −1 and is inferred.
 *
 * @throws ShapeError if the number of elements differs.
 * @example reshape(tensor([1, 2, 3, 4]), 2, -1); // tensor([[1., 2.], [3., 4.]])
 */
export function reshape(x: Tensor, ...sizes: Sizes<"shape">): Tensor {
  const plain = isTensor(x) ? plainSizes(sizes) : undefined;
  const { input, shape: wanted } = plain === undefined ? RESHAPE.read([x, ...sizes]) : { input: x, shape: plain };
  const shape = inferSizes("reshape", wanted, input.numel());
  if (viewStrides(input.shape, input.strides, shape) !== null) {
    return withGradFnName("ReshapeAliasBackward0", apply(ops.view, [input], shape));
  }
  return asNonView("UnsafeViewBackward0", apply(ops.view, [input.clone()], shape));
}

const VIEW = signature("view", { input: required(aTensor), size: rest(numbers) });

/**
 * A view in another shape. One size may be −1 and is inferred.
 *
 * @throws ShapeError if the strides do not allow a view, or the number of elements differs.
 * @example ones(4).view(2, 2); // tensor([[1., 1.], [1., 1.]])
 */
export function view(x: Tensor, ...sizes: Sizes): Tensor {
  const plain = isTensor(x) ? plainSizes(sizes) : undefined;
  const { input, size } = plain === undefined ? VIEW.read([x, ...sizes]) : { input: x, size: plain };
  return apply(ops.view, [input], inferSizes("view", size, input.numel()));
}

const VIEW_AS = signature("viewAs", { input: required(aTensor), other: required(aTensor) });

/**
 * A view in the shape of another tensor.
 *
 * @throws ShapeError if the strides do not allow a view, or the number of elements differs.
 * @example ones(4).viewAs(ones(2, 2)).shape; // [2, 2]
 */
export function viewAs(x: Tensor, ...args: Args<[other: Tensor], [], { readonly other: Tensor }>): Tensor {
  const { input, other } = VIEW_AS.read([x, ...args]);
  return view(input, other.shape);
}

/** Options of `flatten`. */
export interface FlattenOptions {
  /** First dimension to flatten. Default 0. */
  readonly startDim?: number | undefined;
  /** Last dimension to flatten. Default −1. */
  readonly endDim?: number | undefined;
}

export type FlattenArgs = Args<[], [startDim: number, endDim: number], FlattenOptions>;

const FLATTEN = signature("flatten", {
  input: required(aTensor),
  startDim: optional(anInteger, 0),
  endDim: optional(anInteger, -1),
});

/**
 * Flattens the dimensions startDim … endDim (both included) into one; a view if the strides allow it.
 *
 * @throws ShapeError if startDim comes after endDim.
 * @example
 * ```ts
 * flatten(ones(2, 3, 4)).shape; // [24]
 * flatten(ones(2, 3, 4), 1).shape; // [2, 12]
 * ```
 */
export function flatten(x: Tensor, ...args: FlattenArgs): Tensor {
  const { input, startDim, endDim } = FLATTEN.read([x, ...args]);
  const { shape } = input;
  const start = normalizeDim("flatten", startDim, input.ndim);
  const end = normalizeDim("flatten", endDim, input.ndim);
  if (start > end) throw new ShapeError("[flatten] flatten() has invalid args: start_dim cannot come after end_dim");
  if (input.ndim === 0) return reshape(input, 1);
  if (start === end) return input;
  return reshape(input, [...shape.slice(0, start), sizeOf(shape.slice(start, end + 1)), ...shape.slice(end + 1)]);
}

export type UnflattenArgs = Args<
  [dim: number, sizes: readonly number[]],
  [],
  { readonly dim: number; readonly sizes: readonly number[] }
>;

const UNFLATTEN = signature("unflatten", {
  input: required(aTensor),
  dim: required(anInteger),
  sizes: required(integers),
});

/**
 * Splits one dimension into several. One size may be −1 and is inferred.
 *
 * @throws ShapeError if the product of the sizes is not that of the dimension.
 * @example unflatten(ones(2, 6), 1, [3, -1]).shape; // [2, 3, 2]
 */
export function unflatten(x: Tensor, ...args: UnflattenArgs): Tensor {
  const { input, dim, sizes } = UNFLATTEN.read([x, ...args]);
  const d = normalizeDim("unflatten", dim, input.ndim);
  const inner = inferSizes("unflatten", sizes, input.shape[d] ?? 1);
  return view(input, [...input.shape.slice(0, d), ...inner, ...input.shape.slice(d + 1)]);
}

export type SqueezeArgs = Args<[], [dim: number | null], { readonly dim?: number | null | undefined }>;

const SQUEEZE = signature("squeeze", { input: required(aTensor), dim: optional(anInteger, null) });

/**
 * A view without the dimensions of size 1, or without `dim` if its size is 1.
 *
 * @example
 * ```ts
 * squeeze(ones(1, 2, 1)).shape; // [2]
 * squeeze(ones(1, 2, 1), 0).shape; // [2, 1]
 * ```
 */
export function squeeze(x: Tensor, ...args: SqueezeArgs): Tensor {
  const { input, dim } = isTensorAndIntegers<readonly [number]>(x, args, 1)
    ? { input: x, dim: args[0] }
    : SQUEEZE.read([x, ...args]);
  if (dim === null) return apply(ops.squeeze, [input], [...input.shape.keys()]);
  return apply(ops.squeezeDim, [input], [normalizeDim("squeeze", dim, input.ndim)]);
}

export type UnsqueezeArgs = Args<[dim: number], [], { readonly dim: number }>;

const UNSQUEEZE = signature("unsqueeze", { input: required(aTensor), dim: required(anInteger) });

/**
 * A view with a new dimension of size 1 at position `dim`.
 *
 * @example unsqueeze(tensor([1, 2]), 1); // tensor([[1.], [2.]])
 */
export function unsqueeze(x: Tensor, ...args: UnsqueezeArgs): Tensor {
  const { input, dim } = isTensorAndIntegers<readonly [number]>(x, args, 1)
    ? { input: x, dim: args[0] }
    : UNSQUEEZE.read([x, ...args]);
  return apply(ops.unsqueeze, [input], normalizeDim("unsqueeze", dim, input.ndim + 1));
}

export type TransposeArgs = Args<[dim0: number, dim1: number], [], { readonly dim0: number; readonly dim1: number }>;

const TRANSPOSE = signature("transpose", {
  input: required(aTensor),
  dim0: required(anInteger),
  dim1: required(anInteger),
});

/**
 * A view with two dimensions swapped.
 *
 * @example transpose(tensor([[1, 2], [3, 4]]), 0, 1); // tensor([[1., 3.], [2., 4.]])
 */
export function transpose(x: Tensor, ...args: TransposeArgs): Tensor {
  if (isTensorAndIntegers<readonly [number, number]>(x, args, 2)) return swapDims("transpose", x, args[0], args[1]);
  const { input, dim0, dim1 } = TRANSPOSE.read([x, ...args]);
  return swapDims("transpose", input, dim0, dim1);
}

export type SwapaxesArgs = Args<[axis0: number, axis1: number], [], { readonly axis0: number; readonly axis1: number }>;

const SWAPAXES = signature("swapaxes", {
  input: required(aTensor),
  axis0: required(anInteger),
  axis1: required(anInteger),
});

/**
 * A view with two dimensions swapped: NumPy's name of {@link transpose}.
 *
 * @example swapaxes(ones(2, 3, 4), 0, 2).shape; // [4, 3, 2]
 */
export function swapaxes(x: Tensor, ...args: SwapaxesArgs): Tensor {
  const { input, axis0, axis1 } = SWAPAXES.read([x, ...args]);
  return swapDims("swapaxes", input, axis0, axis1);
}

function swapDims(op: string, x: Tensor, dim0: number, dim1: number): Tensor {
  const a = normalizeDim(op, dim0, x.ndim);
  const b = normalizeDim(op, dim1, x.ndim);
  const order = [...x.shape.keys()];
  if (x.ndim > 0) {
    order[a] = b;
    order[b] = a;
  }
  return apply(ops.transpose, [x], order);
}

/**
 * The transpose of a matrix as a view; vectors and scalars are returned unchanged.
 *
 * @throws ShapeError for more than two dimensions.
 * @example t(tensor([[1, 2], [3, 4]])); // tensor([[1., 3.], [2., 4.]])
 */
export const t = unary("t", (x) => {
  if (x.ndim > 2) throw new ShapeError(`[t] t() expects a tensor with <= 2 dimensions, but self is ${x.ndim}D`);
  return apply(ops.t, [x], x.ndim === 2 ? [1, 0] : [...x.shape.keys()]);
});

/**
 * A view with the last two dimensions swapped: the transpose of each matrix of a batch. PyTorch takes the conjugate of
 * complex numbers too.
 *
 * @throws ShapeError for fewer than two dimensions.
 * @example adjoint(ones(2, 3, 4)).shape; // [2, 4, 3]
 */
export const adjoint = unary("adjoint", (x) => {
  if (x.ndim < 2)
    throw new ShapeError(
      `[adjoint] tensor.adjoint() is only supported on matrices or batches of matrices. Got ${x.ndim}-D tensor.`,
    );
  return swapDims("adjoint", x, -2, -1);
});

const PERMUTE = signature("permute", { input: required(aTensor), dims: rest(integers) });

/**
 * A view with the dimensions in the order `dims`.
 *
 * @throws ShapeError unless dims names each dimension once.
 * @example permute(ones(2, 3, 4), 2, 0, 1).shape; // [4, 2, 3]
 */
export function permute(x: Tensor, ...given: Sizes<"dims">): Tensor {
  const plain = isTensor(x) ? plainSizes(given) : undefined;
  const { input, dims } = plain === undefined ? PERMUTE.read([x, ...given]) : { input: x, dims: plain };
  const order = dims.map((d) => normalizeDim("permute", d, input.ndim));
  if (order.length !== input.ndim || new Set(order).size !== order.length) {
    throw new ShapeError(
      `[permute] permute(dims): expected each of the ${input.ndim} dimensions of ${bracketed(input.shape)} once, got ${bracketed(dims)}`,
    );
  }
  return apply(ops.permute, [input], order);
}

const EXPAND = signature("expand", { input: required(aTensor), size: rest(numbers) });

/**
 * A view with dimensions of size 1 (and new leading ones) expanded by a stride of 0; −1 keeps a size.
 *
 * @throws ShapeError for a size that neither matches nor expands a dimension of size 1.
 * @example
 * ```ts
 * const x = tensor([[1], [2]]);
 * x.expand(2, 3); // tensor([[1., 1., 1.], [2., 2., 2.]])
 * ```
 */
export function expand(x: Tensor, ...sizes: Sizes): Tensor {
  const plain = isTensor(x) ? plainSizes(sizes) : undefined;
  const { input, size } = plain === undefined ? EXPAND.read([x, ...sizes]) : { input: x, size: plain };
  return apply(ops.expand, [input], size);
}

const BROADCAST_TO = signature("broadcastTo", { input: required(aTensor), size: rest(numbers) });

/**
 * A view broadcast to a shape: another name of {@link Tensor.expand}.
 *
 * @example broadcastTo(tensor([1, 2]), 2, 2); // tensor([[1., 2.], [1., 2.]])
 */
export function broadcastTo(x: Tensor, ...sizes: Sizes): Tensor {
  const { input, size } = BROADCAST_TO.read([x, ...sizes]);
  return apply(ops.expand, [input], size);
}

const RESHAPE_AS = signature("reshapeAs", { input: required(aTensor), other: required(aTensor) });

/**
 * The elements in the shape of another tensor: a view where the strides allow it.
 *
 * @throws ShapeError if the number of elements differs.
 * @example ones(4).reshapeAs(ones(2, 2)).shape; // [2, 2]
 */
export function reshapeAs(x: Tensor, ...args: Args<[other: Tensor], [], { readonly other: Tensor }>): Tensor {
  const { input, other } = RESHAPE_AS.read([x, ...args]);
  return reshape(input, other.shape);
}

const SUM_TO_SIZE = signature("sumToSize", { input: required(aTensor), size: rest(numbers) });

/**
 * The sums over those dimensions in which the tensor was broadcast from `size`.
 *
 * @throws ShapeError for a size that does not broadcast to the shape.
 * @example ones(2, 3).sumToSize(2, 1); // tensor([[3.], [3.]])
 */
export function sumToSize(x: Tensor, ...args: Sizes): Tensor {
  const { input, size } = SUM_TO_SIZE.read([x, ...args]);
  const added = input.ndim - size.length;
  if (added < 0 || size.some((n, d) => n !== 1 && n !== input.shape[added + d])) {
    throw new ShapeError(`[sumToSize] size ${bracketed(size)} is not expandable to size ${bracketed(input.shape)}`);
  }
  const dims = input.shape.flatMap((n, d) => (d < added || (size[d - added] === 1 && n !== 1) ? [d] : []));
  if (dims.length === 0) return input;
  const summed = input.sum(dims, true);
  return added === 0 ? summed : summed.view(size);
}

const EXPAND_AS = signature("expandAs", { input: required(aTensor), other: required(aTensor) });

/**
 * A view expanded to the shape of another tensor.
 *
 * @example tensor([[1], [2]]).expandAs(ones(2, 2)); // tensor([[1., 1.], [2., 2.]])
 */
export function expandAs(x: Tensor, ...args: Args<[other: Tensor], [], { readonly other: Tensor }>): Tensor {
  const { input, other } = EXPAND_AS.read([x, ...args]);
  return apply(ops.expand, [input], other.shape);
}

export type NarrowArgs = Args<
  [dim: number, start: number | Tensor, length: number],
  [],
  { readonly dim: number; readonly start: number | Tensor; readonly length: number }
>;

/** A position that a 0-d tensor of integers holds. */
function positionOf(start: Tensor): number {
  if (start.ndim > 0 || isFloat(start.dtype) || start.dtype === "bool") {
    throw new ValueError(
      `[narrow] start must be an 0-dim integral Tensor, but got ${start.dtype} ${bracketed(start.shape)}`,
    );
  }
  return start.itemSync();
}

const NARROW = signature("narrow", {
  input: required(aTensor),
  dim: required(anInteger),
  start: required(either(anInteger, aTensor, "an integer or a 0-d Tensor of integers")),
  length: required(anInteger),
});

/**
 * A view of `length` positions of a dimension from `start` on.
 *
 * @throws ShapeError if start + length exceeds the size.
 * @example narrow(tensor([1, 2, 3, 4]), 0, 1, 2); // tensor([2., 3.])
 */
export function narrow(x: Tensor, ...args: NarrowArgs): Tensor {
  const {
    input,
    dim,
    start: given,
    length,
  } = isTensorAndIntegers<readonly [number, number, number]>(x, args, 3)
    ? { input: x, dim: args[0], start: args[1], length: args[2] }
    : NARROW.read([x, ...args]);
  const start = typeof given === "number" ? given : positionOf(given);
  if (input.ndim === 0) throw new ShapeError("[narrow] narrow() cannot be applied to a 0-dim tensor.");
  const d = normalizeDim("narrow", dim, input.ndim);
  const size = input.shape[d] as number;
  // In an empty dimension PyTorch takes −1 for 0.
  const from = start < 0 ? start + Math.max(size, 1) : start;
  if (from < 0 || length < 0 || from + length > size) {
    throw new ShapeError(
      `[narrow] start (${start}) + length (${length}) exceeds dimension size (${size}) of dimension ${d}`,
    );
  }
  return apply(ops.slice, [input], { dim: d, start: from, end: from + length, step: 1 });
}

export type SelectArgs = Args<[dim: number, index: number], [], { readonly dim: number; readonly index: number }>;

const SELECT = signature("select", {
  input: required(aTensor),
  dim: required(anInteger),
  index: required(anInteger),
});

/**
 * A view of one position of a dimension; the dimension is removed. A negative index counts from the end.
 *
 * @throws ShapeError for an index out of bounds.
 * @example select(tensor([[1, 2], [3, 4]]), 0, 1); // tensor([3., 4.])
 */
export function select(x: Tensor, ...args: SelectArgs): Tensor {
  if (isTensorAndIntegers<readonly [number, number]>(x, args, 2)) return selectAt("select", x, args[0], args[1]);
  const { input, dim, index } = SELECT.read([x, ...args]);
  return selectAt("select", input, dim, index);
}

/** {@link select} for `op`. */
export function selectAt(op: string, x: Tensor, dim: number, index: number): Tensor {
  if (x.ndim === 0) throw new ShapeError(`[${op}] select() cannot be applied to a 0-dim tensor.`);
  const d = normalizeDim(op, dim, x.ndim);
  const size = x.shape[d] as number;
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new ShapeError(`[${op}] index ${index} is out of bounds for dimension ${d} with size ${size}`);
  }
  return apply(ops.select, [x], { dim: d, index: index < 0 ? index + size : index });
}

/** Options of `slice`. */
export interface SliceOptions {
  /** The dimension. */
  readonly dim: number;
  /** First position. Default 0. */
  readonly start?: number | null | undefined;
  /** Position after the last one. Default: the size. */
  readonly end?: number | null | undefined;
  /** Distance of positions. Default 1. */
  readonly step?: number | undefined;
}

export type SliceArgs = Args<[dim: number], [start: number | null, end: number | null, step: number], SliceOptions>;

const SLICE = signature("slice", {
  input: required(aTensor),
  dim: required(anInteger),
  start: optional(anInteger, null),
  end: optional(anInteger, null),
  step: optional(anInteger, 1),
});

/**
 * A view of the positions start, start + step, … before end of a dimension; negative positions count from the end.
 *
 * @throws ValueError for a step below 1.
 * @example tensor([0, 1, 2, 3, 4]).slice(0, 1, null, 2); // tensor([1., 3.])
 */
export function slice(x: Tensor, ...args: SliceArgs): Tensor {
  const { input, dim, start, end, step } = SLICE.read([x, ...args]);
  return sliceAt("slice", input, dim, start, end, step);
}

/** {@link slice} for `op`. */
export function sliceAt(
  op: string,
  x: Tensor,
  dim: number,
  start?: number | null,
  end?: number | null,
  step?: number | null,
): Tensor {
  if (x.ndim === 0) throw new ShapeError(`[${op}] slice() cannot be applied to a 0-dim tensor.`);
  const by = step ?? 1;
  if (!Number.isSafeInteger(by) || by < 1) {
    const hint = by < 0 ? ". Reverse a dimension with flip" : "";
    throw new ValueError(
      `[${op}] slice step must be positive: step must be greater than zero, and an integer, but got ${step}${hint}`,
    );
  }
  const d = normalizeDim(op, dim, x.ndim);
  const size = x.shape[d] as number;
  const clip = (position: number) => Math.min(Math.max(position < 0 ? position + size : position, 0), size);
  const from = clip(start ?? 0);
  const upTo = Math.max(clip(end ?? size), from);
  if (!Number.isInteger(from) || !Number.isInteger(upTo)) {
    throw new ValueError(`[${op}] start and end must be integers, but got ${start} and ${end}`);
  }
  return apply(ops.slice, [x], { dim: d, start: from, end: upTo, step: by });
}

export type UnfoldArgs = Args<
  [dimension: number, size: number, step: number],
  [],
  { readonly dimension: number; readonly size: number; readonly step: number }
>;

const UNFOLD = signature("unfold", {
  input: required(aTensor),
  dimension: required(anInteger),
  size: required(anInteger),
  step: required(anInteger),
});

/**
 * A view of all slices of `size` elements along a dimension, `step` apart, as a new last dimension.
 *
 * @throws ShapeError if size exceeds the dimension; ValueError for a step below 1.
 * @example unfold(tensor([1, 2, 3, 4]), 0, 2, 1); // tensor([[1., 2.], [2., 3.], [3., 4.]])
 */
export function unfold(x: Tensor, ...args: UnfoldArgs): Tensor {
  const { input, dimension, size, step } = UNFOLD.read([x, ...args]);
  const d = normalizeDim("unfold", dimension, input.ndim);
  const length = input.shape[d] ?? 1;
  if (size < 0 || size > length) {
    throw new ShapeError(`[unfold] maximum size for tensor at dimension ${d} is ${length} but size is ${size}`);
  }
  if (step < 1) throw new ValueError(`[unfold] step is ${step} but must be > 0`);
  return apply(ops.unfold, [input], { dim: d, size, step });
}

const TRIL = signature("tril", DIAGONAL_NUMBER);
const TRIU = signature("triu", DIAGONAL_NUMBER);

/**
 * Lower triangle of a matrix or of each matrix of a batch, up to and including a diagonal; zeros elsewhere.
 *
 * @throws ShapeError for fewer than two dimensions.
 * @example tril(tensor([[1, 2], [3, 4]])); // tensor([[1., 0.], [3., 4.]])
 */
export function tril(x: Tensor, ...args: DiagonalNumberArgs): Tensor {
  const { input, diagonal } = TRIL.read([x, ...args]);
  return apply(ops.tril, [input], diagonal);
}

/**
 * Upper triangle of a matrix or of each matrix of a batch, from a diagonal on; zeros elsewhere.
 *
 * @throws ShapeError for fewer than two dimensions.
 * @example triu(tensor([[1, 2], [3, 4]])); // tensor([[1., 2.], [0., 4.]])
 */
export function triu(x: Tensor, ...args: DiagonalNumberArgs): Tensor {
  const { input, diagonal } = TRIU.read([x, ...args]);
  return apply(ops.triu, [input], diagonal);
}

export type JoinArgs = Args<
  [tensors: readonly Tensor[]],
  [dim: number],
  { readonly tensors: readonly Tensor[]; readonly dim?: number | undefined }
>;

const CAT = signature("cat", { tensors: required(tensorList), dim: optional(anInteger, 0) });
const STACK = signature("stack", { tensors: required(tensorList), dim: optional(anInteger, 0) });

/**
 * Concatenates tensors along an existing dimension, with type promotion. All other sizes must match.
 *
 * @throws ShapeError for shapes that do not match; ValueError for an empty list.
 * @example
 * ```ts
 * cat([tensor([1, 2]), tensor([3])]); // tensor([1., 2., 3.])
 * cat([ones(2, 1), zeros(2, 1)], 1); // tensor([[1., 0.], [1., 0.]])
 * ```
 */
export function cat(...args: JoinArgs): Tensor {
  const { tensors, dim } = CAT.read(args);
  return concatenate("cat", tensors, dim);
}

function concatenate(op: string, tensors: readonly Tensor[], dim: number): Tensor {
  if (tensors.length === 0) throw new ValueError(`[${op}] expected a non-empty array of Tensors`);
  const dtype = tensors.map((x) => x.dtype).reduce(promoteTypes);
  const rank = tensors.reduce((most, x) => Math.max(most, x.ndim), 0);
  if (tensors.some((x) => x.ndim === 0)) {
    throw new ShapeError(`[${op}] zero-dimensional tensor cannot be concatenated. Use stack.`);
  }
  const d = normalizeDim(op, dim, rank);
  return apply(
    ops.cat,
    tensors.map((x) => cast(x, dtype)),
    d,
  );
}

/** Of so many tensors, views take longer than the copying. */
const MANY_TENSORS = 16;

/**
 * Concatenates tensors of one shape along a new dimension.
 *
 * @throws ShapeError for different shapes; ValueError for an empty list.
 * @example stack([tensor([1, 2]), tensor([3, 4])]); // tensor([[1., 2.], [3., 4.]])
 */
export function stack(...args: JoinArgs): Tensor {
  const { tensors, dim } = STACK.read(args);
  const [first] = tensors;
  if (first === undefined) throw new ValueError("[stack] expected a non-empty array of Tensors");
  const d = normalizeDim("stack", dim, first.ndim + 1);
  tensors.forEach((x, i) => {
    if (x.ndim !== first.ndim || x.shape.some((s, j) => s !== first.shape[j])) {
      throw new ShapeError(
        `[stack] stack expects each tensor to be equal size, but got ${bracketed(first.shape)} at entry 0 and ${bracketed(x.shape)} at entry ${i}`,
      );
    }
  });
  // Behind one another they lie as beside one another, without a view of each.
  const size = first.shape[d];
  if (tensors.length >= MANY_TENSORS && size !== undefined && size > 0) {
    return asNonView("StackBackward0", unflatten(concatenate("stack", tensors, d), d, [tensors.length, size]));
  }
  return withGradFnName(
    "StackBackward0",
    concatenate(
      "stack",
      tensors.map((x) => unsqueeze(x, d)),
      d,
    ),
  );
}

/** Options of `split`. */
export interface SplitOptions {
  /** The size of each part, or the list of sizes. */
  readonly splitSizeOrSections: number | readonly number[];
  /** The dimension. Default 0. */
  readonly dim?: number | undefined;
}

export type SplitArgs = Args<[splitSizeOrSections: number | readonly number[]], [dim: number], SplitOptions>;

const SPLIT = signature("split", {
  input: required(aTensor),
  splitSizeOrSections: required(dimsKind),
  dim: optional(anInteger, 0),
});

/**
 * Splits a dimension into views of one size (the last may be smaller) or of given sizes.
 *
 * @throws ShapeError if given sizes do not sum to that of the dimension; ValueError for a size below 1.
 * @example
 * ```ts
 * split(tensor([1, 2, 3]), 2); // [tensor([1., 2.]), tensor([3.])]
 * split(tensor([1, 2, 3]), [1, 2]); // [tensor([1.]), tensor([2., 3.])]
 * ```
 */
export function split(x: Tensor, ...args: SplitArgs): Tensor[] {
  const { input, splitSizeOrSections, dim } = SPLIT.read([x, ...args]);
  return splitInto("split", input, splitSizeOrSections, dim);
}

/** The arguments of {@link splitWithSizes} by name. */
export interface SplitWithSizesOptions {
  /** The sizes of the parts. */
  readonly splitSizes: readonly number[];
  /** The dimension. Default 0. */
  readonly dim?: number | undefined;
}

export type SplitWithSizesArgs = Args<[splitSizes: readonly number[]], [dim: number], SplitWithSizesOptions>;

const SPLIT_WITH_SIZES = signature("splitWithSizes", {
  input: required(aTensor),
  splitSizes: required(integers),
  dim: optional(anInteger, 0),
});

/**
 * Splits a dimension into views of given sizes.
 *
 * @throws ShapeError if the sizes do not sum to that of the dimension.
 * @example splitWithSizes(tensor([1, 2, 3]), [1, 2]); // [tensor([1.]), tensor([2., 3.])]
 */
export function splitWithSizes(x: Tensor, ...args: SplitWithSizesArgs): Tensor[] {
  const { input, splitSizes, dim } = SPLIT_WITH_SIZES.read([x, ...args]);
  return splitInto("splitWithSizes", input, splitSizes, dim);
}

function splitInto(op: string, x: Tensor, sizes: number | readonly number[], dim: number): Tensor[] {
  if (x.ndim === 0) throw new ShapeError(`[${op}] expects at least a 1-dimensional tensor`);
  const d = normalizeDim(op, dim, x.ndim);
  const total = x.size(d);
  const given = typeof sizes === "number" ? evenSizes(op, total, sizes) : sizes;
  checkSizes(op, given);
  if (given.reduce((a, b) => a + b, 0) !== total) {
    throw new ShapeError(
      `[${op}] split_with_sizes expects split_sizes to sum exactly to ${total} (input tensor's size at dimension ${d}), but got split_sizes=${bracketed(given)}`,
    );
  }
  const name = typeof sizes === "number" ? "SplitBackward0" : "SplitWithSizesBackward0";
  let start = 0;
  const pieces = given.map((size) => {
    const piece = withGradFnName(name, narrow(x, d, start, size));
    start += size;
    return piece;
  });
  return markPartsOf("split", name, pieces);
}

function evenSizes(op: string, total: number, size: number): number[] {
  if (size < 1) throw new ValueError(`[${op}] split_size must be a positive integer, but got ${size}`);
  const count = Math.max(Math.ceil(total / size), 1);
  checkListLength(op, count, "tensors");
  return Array.from({ length: count }, (_, i) => Math.min(size, total - i * size));
}

export type ChunkArgs = Args<
  [chunks: number],
  [dim: number],
  { readonly chunks: number; readonly dim?: number | undefined }
>;

const CHUNK = signature("chunk", {
  input: required(aTensor),
  chunks: required(anInteger),
  dim: optional(anInteger, 0),
});

/**
 * Splits a dimension into at most `chunks` views of one size; the last may be smaller.
 *
 * @throws ValueError for less than one chunk.
 * @example chunk(tensor([1, 2, 3]), 2); // [tensor([1., 2.]), tensor([3.])]
 */
export function chunk(x: Tensor, ...args: ChunkArgs): Tensor[] {
  const { input, chunks, dim } = CHUNK.read([x, ...args]);
  if (chunks < 1) {
    throw new ValueError(`[chunk] chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
  }
  const size = input.ndim === 0 ? 1 : (input.shape[normalizeDim("chunk", dim, input.ndim)] as number);
  if (size > 0) return splitInto("chunk", input, Math.max(Math.ceil(size / chunks), 1), dim);
  checkListLength("chunk", chunks, "tensors");
  return splitInto("chunk", input, new Array<number>(chunks).fill(0), dim);
}

export type UnbindArgs = Args<[], [dim: number], { readonly dim?: number | undefined }>;

const UNBIND = signature("unbind", { input: required(aTensor), dim: optional(anInteger, 0) });

/**
 * Removes a dimension: a list of views, one for each of its positions.
 *
 * @throws ShapeError for a 0-d tensor.
 * @example unbind(tensor([[1, 2], [3, 4]])); // [tensor([1., 2.]), tensor([3., 4.])]
 */
export function unbind(x: Tensor, ...args: UnbindArgs): Tensor[] {
  const { input, dim } = UNBIND.read([x, ...args]);
  const d = normalizeDim("unbind", dim, input.ndim);
  if (input.ndim === 0) throw new ShapeError("[unbind] Dimension specified as 0 but tensor has no dimensions");
  checkListLength("unbind", input.size(d), "tensors");
  const name = "UnbindBackward0";
  return markPartsOf(
    "unbind",
    name,
    Array.from({ length: input.size(d) }, (_, i) => withGradFnName(name, selectAt("unbind", input, d, i))),
  );
}

const FLIP = signature("flip", { input: required(aTensor), dims: rest(integers) });

/**
 * Reverses the order along dimensions; a copy.
 *
 * @example flip(tensor([[1, 2], [3, 4]]), 0); // tensor([[3., 4.], [1., 2.]])
 */
export function flip(x: Tensor, ...given: Sizes<"dims">): Tensor {
  const { input, dims } = FLIP.read([x, ...given]);
  return apply(ops.flip, [input], normalizeDims("flip", dims, input.ndim));
}

export type RollArgs = Args<
  [shifts: Dims],
  [dims: Dims | null],
  { readonly shifts: Dims; readonly dims?: Dims | null | undefined }
>;

const ROLL = signature("roll", {
  input: required(aTensor),
  shifts: required(dimsKind),
  dims: optional(dimsKind, null),
});

/**
 * Rolls elements along dimensions: those shifted beyond the last position reappear at the first. Without dimensions the
 * flattened tensor is rolled.
 *
 * @throws ValueError if shifts and dims differ in number.
 * @example roll(tensor([1, 2, 3]), 1); // tensor([3., 1., 2.])
 */
export function roll(x: Tensor, ...args: RollArgs): Tensor {
  const { input, shifts, dims } = ROLL.read([x, ...args]);
  const by = typeof shifts === "number" ? [shifts] : shifts;
  if (dims === null || (typeof dims === "object" && dims.length === 0)) {
    if (by.length !== 1) throw new ValueError(`[roll] shifts and dimensions must align. shifts: ${by.length}, dims:0`);
    return asNonView("RollBackward0", roll(input.reshape(-1), by, [0]).view(input.shape));
  }
  const along = typeof dims === "number" ? [dims] : dims;
  if (along.length !== by.length) {
    throw new ValueError(`[roll] shifts and dimensions must align. shifts: ${by.length}, dims:${along.length}`);
  }
  if (input.ndim === 0) throw new ShapeError("[roll] Dimension specified as 0 but tensor has no dimensions");
  return by.reduce((y, shift, i) => {
    const dim = normalizeDim("roll", along[i] as number, input.ndim);
    const size = Math.max(input.size(dim), 1);
    return apply(ops.roll, [y], { dim, shift: ((shift % size) + size) % size });
  }, input);
}

/** What stands beyond the edges: a constant, the elements mirrored at the edge, those of the edge, or from the other end. */
export type PadMode = "constant" | EdgeMode;

/** Options of `pad`. */
export interface PadOptions {
  /** Numbers of elements: [left, right, top, bottom, …], beginning with the last dimension. */
  readonly pad?: readonly number[] | undefined;
  /** Default "constant". */
  readonly mode?: PadMode | undefined;
  /** The constant. Default 0. */
  readonly value?: number | null | undefined;
}

export type PadArgs = Args<
  [pad: readonly number[]],
  [mode: PadMode, value: number | null],
  PadOptions & { readonly pad: readonly number[] }
>;

const PAD = signature("pad", {
  input: required(aTensor),
  pad: required(integers),
  mode: optional(oneOf("constant", "reflect", "replicate", "circular"), "constant"),
  value: optional(aNumber, null),
});

/**
 * Pads with a constant, 0 by default, or with elements of the input. `pad` is [left, right, top, bottom, …], beginning with
 * the last dimension, as in PyTorch; negative numbers crop.
 *
 * The modes "reflect" (mirrored at the edge, which is not repeated), "replicate" (the edge) and "circular" (from the other
 * end) pad the last dimension of a 2-d or 3-d input, the last two of a 3-d or 4-d one, or the last three of a 4-d or 5-d
 * one; the first two are for floating dtypes, "circular" needs a batch dimension.
 *
 * @throws ValueError for an odd number of entries, another mode, or a `value` without the mode "constant"; ShapeError for
 * more than two entries per dimension, a rank that a mode is not for, or a padding larger than the input allows; DTypeError
 * for integers in the modes "reflect" and "replicate".
 * @example
 * ```ts
 * pad(tensor([[1, 2]]), [1, 0, 0, 1]); // tensor([[0., 1., 2.], [0., 0., 0.]])
 * pad(tensor([[1, 2, 3]]), [2, 1], "reflect"); // tensor([[3., 2., 1., 2., 3., 2.]])
 * ```
 */
export function pad(x: Tensor, ...args: PadArgs): Tensor {
  const { input, pad: padding, mode, value } = PAD.read([x, ...args]);
  if (padding.length % 2 !== 0) throw new ValueError("[pad] Padding length must be divisible by 2");
  if (padding.length / 2 > input.ndim) throw new ShapeError("[pad] Padding length too large");
  const before = input.shape.map(() => 0);
  const after = input.shape.map(() => 0);
  for (let i = 0; i < padding.length / 2; i++) {
    before[input.ndim - 1 - i] = padding[2 * i] as number;
    after[input.ndim - 1 - i] = padding[2 * i + 1] as number;
  }
  if (mode !== "constant") return padWithEdges(input, mode, padding.length / 2, value, { before, after });
  return apply(ops.pad, [input], { before, after, value: stored("pad", value ?? 0, input.dtype) });
}

function padWithEdges(
  x: Tensor,
  mode: EdgeMode,
  dims: number,
  value: number | null,
  { before, after }: { readonly before: readonly number[]; readonly after: readonly number[] },
): Tensor {
  if (value !== null && value !== 0)
    throw new ValueError(`[pad] Padding mode "${mode}" doesn't take in value argument`);
  if (!isFloat(x.dtype) && mode !== "circular") {
    throw new DTypeError(`[pad] mode "${mode}" is not implemented for ${x.dtype}. Convert with .float().`);
  }
  const fits = dims >= 1 && dims <= 3 && (x.ndim === dims + 2 || (x.ndim === dims + 1 && mode !== "circular"));
  if (!fits) {
    const wanted = mode === "circular" ? `${dims + 2}D` : `${dims + 1}D or ${dims + 2}D`;
    const what =
      dims >= 1 && dims <= 3 ? `${2 * dims} entries pad a ${wanted} input` : "2, 4 or 6 entries are expected";
    throw new ShapeError(
      `[pad] Only 2D, 3D, 4D, 5D padding with non-constant padding are supported: ${what} in mode "${mode}", but got ${2 * dims} entries for ${x.ndim}D`,
    );
  }
  const added = (numbers: readonly number[]) => numbers.map((n) => Math.max(n, 0));
  const cropped = (y: Tensor): Tensor =>
    y.shape.reduce((part, size, d) => {
      const [start, end] = [Math.max(-(before[d] as number), 0), size - Math.max(-(after[d] as number), 0)];
      return start === 0 && end === size ? part : narrow(part, d, start, Math.max(end - start, 0));
    }, y);
  for (let d = x.ndim - dims; d < x.ndim; d++) checkEdgePadding(mode, x, d, before[d] as number, after[d] as number);
  // A circle closes after the crop; the other modes look at what is cropped.
  const source = mode === "circular" ? cropped(x) : x;
  const padded = apply(ops.padEdges, [source], { mode, before: added(before), after: added(after) });
  if (mode === "circular") return withGradFnName("CopySlices", padded);
  const node = `${mode === "reflect" ? "Reflection" : "Replication"}Pad${dims}DBackward0`;
  return withGradFnName(node, cropped(padded).contiguous());
}

function checkEdgePadding(mode: EdgeMode, x: Tensor, d: number, before: number, after: number): void {
  const size = x.size(d);
  const least = mode === "circular" ? 0 : 1;
  if (size < least || size + before + after < least) {
    throw new ShapeError(
      `[pad] input ${bracketed(x.shape)} is too small: padding (${before}, ${after}) of dimension ${d} leaves no element`,
    );
  }
  const most = mode === "reflect" ? size - 1 : mode === "circular" ? size : Number.POSITIVE_INFINITY;
  if (Math.max(before, after) <= most) return;
  throw new ShapeError(
    mode === "reflect"
      ? `[pad] Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) at dimension ${d} of input ${bracketed(x.shape)}`
      : `[pad] Padding value causes wrapping around more than once: padding (${before}, ${after}) at dimension ${d} of input ${bracketed(x.shape)}`,
  );
}
