/** @file Views by strides, and copies in which a part is replaced: asStrided, selectScatter, sliceScatter, diagonalScatter. */
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { anInteger, aSize, aTensor, integers, nullable } from "../../core/kinds.ts";
import { bracketed, checkSizes } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { type DiagonalOptions, diagonal } from "./diagonals.ts";
import { withGradFnName } from "./grad-fn-name.ts";
import { select } from "./shape.ts";

/** The arguments of {@link asStrided} by name. */
export interface AsStridedOptions {
  /** Sizes of the view. */
  readonly size: readonly number[];
  /** Steps in elements from one position of each dimension to the next. */
  readonly stride: readonly number[];
  /** Position of the first element in the memory. Default: that of the tensor. */
  readonly storageOffset?: number | null | undefined;
}

export type AsStridedArgs = Args<
  [size: readonly number[], stride: readonly number[]],
  [storageOffset: number | null],
  AsStridedOptions
>;

const AS_STRIDED = signature("asStrided", {
  input: required(aTensor),
  size: required(integers),
  stride: required(integers),
  storageOffset: optional(nullable(aSize), null),
});

/**
 * A view of the memory of a tensor with any sizes and strides; places that overlap share their elements, and their
 * gradients add up.
 *
 * @throws ShapeError for lists of different lengths; ValueError for negative strides or a view that reaches beyond the
 * elements of the tensor.
 * @example asStrided(arange(4), [3, 2], [1, 1]); // tensor([[0, 1], [1, 2], [2, 3]])
 */
export function asStrided(x: Tensor, ...args: AsStridedArgs): Tensor {
  const { input, size, stride, storageOffset } = AS_STRIDED.read([x, ...args]);
  checkSizes("asStrided", size);
  if (size.length !== stride.length) {
    throw new ShapeError(
      `[asStrided] mismatch in length of strides and shape: sizes ${bracketed(size)}, strides ${bracketed(stride)}`,
    );
  }
  if (stride.some((step) => step < 0)) {
    throw new ValueError(
      `[asStrided] Negative strides are not supported at the moment, got strides: ${bracketed(stride)}`,
    );
  }
  const reach = (shape: readonly number[], strides: readonly number[]): number =>
    sizeOf(shape) === 0 ? 0 : shape.reduce((last, n, d) => last + (n - 1) * (strides[d] as number), 1);
  const offset = (storageOffset ?? input.offset) - input.offset;
  const [needed, known] = [offset + reach(size, stride), reach(input.shape, input.strides)];
  if (offset < 0 || needed > known) {
    throw new ValueError(
      `[asStrided] sizes ${bracketed(size)}, strides ${bracketed(stride)} and offset ${offset} need ${needed} elements of a tensor that spans ${known}`,
    );
  }
  const view = { shape: [...size], strides: [...stride], offset, layout: input.strides };
  return apply(ops.asStrided, [input], view);
}

/** A copy of x with `src` written into the part of it that `part` views; gradients reach both. */
function replaced(name: string, x: Tensor, src: Tensor, part: (copy: Tensor) => Tensor): Tensor {
  const copy = x.clone();
  const target = part(copy);
  if (target.ndim !== src.ndim || target.shape.some((size, d) => size !== src.shape[d])) {
    throw new ShapeError(
      `[${name}] expected src to have the shape ${bracketed(target.shape)} of the part it replaces, but got ${bracketed(src.shape)}`,
    );
  }
  target.copy_(src);
  return withGradFnName(`${name[0]?.toUpperCase()}${name.slice(1)}Backward0`, copy);
}

/** The arguments of {@link selectScatter} by name. */
export interface SelectScatterOptions {
  /** What replaces the part. */
  readonly src: Tensor;
  /** The dimension. */
  readonly dim: number;
  /** The index along the dimension. */
  readonly index: number;
}

export type SelectScatterArgs = Args<[src: Tensor, dim: number, index: number], [], SelectScatterOptions>;

const SELECT_SCATTER = signature("selectScatter", {
  input: required(aTensor),
  src: required(aTensor),
  dim: required(anInteger),
  index: required(anInteger),
});

/**
 * A copy in which `src` stands at one index of a dimension.
 *
 * @throws ShapeError for a `src` of another shape than `x.select(dim, index)`.
 * @example selectScatter(zeros(2, 2), ones(2), 0, 1); // tensor([[0., 0.], [1., 1.]])
 */
export function selectScatter(x: Tensor, ...args: SelectScatterArgs): Tensor {
  const { input, src, dim, index } = SELECT_SCATTER.read([x, ...args]);
  return replaced("selectScatter", input, src, (copy) => select(copy, dim, index));
}

/** The arguments of {@link sliceScatter} by name. */
export interface SliceScatterOptions {
  /** What replaces the part. */
  readonly src: Tensor;
  /** The dimension. Default 0. */
  readonly dim?: number | undefined;
  /** First index. Default: 0. */
  readonly start?: number | null | undefined;
  /** Index behind the last. Default: the size. */
  readonly end?: number | null | undefined;
  /** Step. Default 1. */
  readonly step?: number | undefined;
}

export type SliceScatterArgs = Args<
  [src: Tensor],
  [dim: number, start: number | null, end: number | null, step: number],
  SliceScatterOptions
>;

const SLICE_SCATTER = signature("sliceScatter", {
  input: required(aTensor),
  src: required(aTensor),
  dim: optional(anInteger, 0),
  start: optional(nullable(anInteger), null),
  end: optional(nullable(anInteger), null),
  step: optional(anInteger, 1),
});

/**
 * A copy in which `src` stands in a slice of a dimension.
 *
 * @throws ShapeError for a `src` of another shape than the slice.
 * @example sliceScatter(zeros(4), ones(2), { start: 0, step: 2 }); // tensor([1., 0., 1., 0.])
 */
export function sliceScatter(x: Tensor, ...args: SliceScatterArgs): Tensor {
  const { input, src, dim, start, end, step } = SLICE_SCATTER.read([x, ...args]);
  return replaced("sliceScatter", input, src, (copy) => copy.slice(dim, start, end, step));
}

export type DiagonalScatterArgs = Args<
  [src: Tensor],
  [offset: number, dim1: number, dim2: number],
  DiagonalOptions & { readonly src: Tensor }
>;

const DIAGONAL_SCATTER = signature("diagonalScatter", {
  input: required(aTensor),
  src: required(aTensor),
  offset: optional(anInteger, 0),
  dim1: optional(anInteger, 0),
  dim2: optional(anInteger, 1),
});

/**
 * A copy in which `src` stands on a diagonal of two dimensions, as {@link diagonal} views it.
 *
 * @throws ShapeError for a `src` of another shape than the diagonal.
 * @example diagonalScatter(zeros(2, 2), tensor([1, 2])); // tensor([[1., 0.], [0., 2.]])
 */
export function diagonalScatter(x: Tensor, ...args: DiagonalScatterArgs): Tensor {
  const { input, src, offset, dim1, dim2 } = DIAGONAL_SCATTER.read([x, ...args]);
  return replaced("diagonalScatter", input, src, (copy) => diagonal(copy, offset, dim1, dim2));
}
