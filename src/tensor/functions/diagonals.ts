/** @file Diagonals, trace and finite differences. */

import { contiguousStrides } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { DTypeError, ShapeError } from "../../core/errors.ts";
import { anInteger, aSize, aTensor } from "../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import { checkCount } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { DIAGONAL_NUMBER, type DiagonalNumberArgs, unary } from "./arguments.ts";
import { withGradFnName } from "./grad-fn-name.ts";
import { movedim } from "./movement.ts";
import { cat } from "./shape.ts";

/** Options of `diagonal`. */
export interface DiagonalOptions {
  /** The diagonal: 0 is the main one (default), positive ones lie above it. */
  readonly offset?: number | undefined;
  /** The first dimension. Default 0. */
  readonly dim1?: number | undefined;
  /** The second dimension. Default 1. */
  readonly dim2?: number | undefined;
}

export type DiagonalArgs = Args<[], [offset: number, dim1: number, dim2: number], DiagonalOptions>;

const DIAGONAL = signature("diagonal", {
  input: required(aTensor),
  offset: optional(anInteger, 0),
  dim1: optional(anInteger, 0),
  dim2: optional(anInteger, 1),
});

/**
 * A view of a diagonal of two dimensions: the elements with i₂ − i₁ = `offset`, as a new last dimension.
 *
 * @throws ShapeError if dim1 and dim2 are the same dimension.
 * @example
 * ```ts
 * const x = tensor([[1, 2], [3, 4]]);
 * diagonal(x); // tensor([1., 4.])
 * diagonal(x, 1); // tensor([2.])
 * ```
 */
export function diagonal(x: Tensor, ...args: DiagonalArgs): Tensor {
  const { input, offset, dim1, dim2 } = DIAGONAL.read([x, ...args]);
  const [a, b] = [normalizeDim("diagonal", dim1, input.ndim), normalizeDim("diagonal", dim2, input.ndim)];
  if (a === b) throw new ShapeError(`[diagonal] diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  return apply(ops.diagonal, [input], { dim1: a, dim2: b, offset });
}

const DIAG = signature("diag", DIAGONAL_NUMBER);

/**
 * A square matrix with a vector on its diagonal, or the diagonal of a matrix as a vector; both are copies.
 *
 * @throws ShapeError unless the input is 1-d or 2-d.
 * @example
 * ```ts
 * diag(tensor([1, 2])); // tensor([[1., 0.], [0., 2.]])
 * diag(tensor([[1, 2], [3, 4]])); // tensor([1., 4.])
 * ```
 */
export function diag(x: Tensor, ...args: DiagonalNumberArgs): Tensor {
  const { input, diagonal: offset } = DIAG.read([x, ...args]);
  if (input.ndim === 2) return withGradFnName("DiagBackward0", diagonal(input, offset, 0, 1).clone());
  if (input.ndim !== 1)
    throw new ShapeError(`[diag] expected a matrix or a vector, but got shape ${bracketed(input.shape)}`);
  return withGradFnName("DiagBackward0", embedDiagonal("diag", input, offset));
}

/** Matrices with the last dimension of x on a diagonal and zeros elsewhere. */
function embedDiagonal(op: string, x: Tensor, offset: number): Tensor {
  const n = x.size(-1);
  const size = n + Math.abs(offset);
  const shape = [...x.shape.slice(0, -1), size, size];
  checkCount(op, shape, x.dtype);
  const layout = contiguousStrides(shape);
  const strides = [...layout.slice(0, -2), size + 1];
  const view = { shape: x.shape, strides, offset: offset < 0 ? -offset * size : offset, layout };
  return apply(ops.stridedScatterAdd, [x], { shape, view });
}

const DIAG_EMBED = signature("diagEmbed", {
  input: required(aTensor),
  offset: optional(anInteger, 0),
  dim1: optional(anInteger, -2),
  dim2: optional(anInteger, -1),
});

/** The arguments of {@link diagEmbed} by name. */
export interface DiagEmbedOptions {
  /** The diagonal: 0 is the main one (default), positive ones lie above it. */
  readonly offset?: number | undefined;
  /** The first of the two new dimensions. Default −2. */
  readonly dim1?: number | undefined;
  /** The second of the two new dimensions. Default −1. */
  readonly dim2?: number | undefined;
}

export type DiagEmbedArgs = Args<[], [offset: number, dim1: number, dim2: number], DiagEmbedOptions>;

/**
 * Matrices with the last dimension of the input on a diagonal and zeros elsewhere; they lie along two new dimensions.
 *
 * @throws ShapeError for a 0-d tensor, or if dim1 and dim2 are the same dimension.
 * @example diagEmbed(tensor([1, 2])); // tensor([[1., 0.], [0., 2.]])
 */
export function diagEmbed(x: Tensor, ...args: DiagEmbedArgs): Tensor {
  const { input, offset, dim1, dim2 } = DIAG_EMBED.read([x, ...args]);
  if (input.ndim === 0) throw new ShapeError("[diagEmbed] expected at least one dimension, but got a 0-d tensor");
  const rank = input.ndim + 1;
  const [a, b] = [normalizeDim("diagEmbed", dim1, rank), normalizeDim("diagEmbed", dim2, rank)];
  if (a === b) throw new ShapeError(`[diagEmbed] diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  const matrices = embedDiagonal("diagEmbed", input, offset);
  return withGradFnName("DiagEmbedBackward0", movedim(matrices, [rank - 2, rank - 1], [a, b]));
}

const DIAGFLAT = signature("diagflat", { input: required(aTensor), offset: optional(anInteger, 0) });

export type DiagflatArgs = Args<[], [offset: number], { readonly offset?: number | undefined }>;

/**
 * A square matrix with the elements of a tensor, in row-major order, on its diagonal.
 *
 * @example diagflat(tensor([[1], [2]])); // tensor([[1., 0.], [0., 2.]])
 */
export function diagflat(x: Tensor, ...args: DiagflatArgs): Tensor {
  const { input, offset } = DIAGFLAT.read([x, ...args]);
  return withGradFnName("DiagBackward0", embedDiagonal("diagflat", input.reshape(-1), offset));
}

/**
 * Trace of a matrix: the sum of its main diagonal.
 *
 * @throws ShapeError unless the input is 2-d; DTypeError for a bool tensor.
 * @example trace(tensor([[1, 2], [3, 4]])); // tensor(5.)
 */
export const trace = unary("trace", (x) => {
  if (x.ndim !== 2) throw new ShapeError(`[trace] expected a matrix, but got shape ${bracketed(x.shape)}`);
  if (x.dtype === "bool") throw new DTypeError("[trace] not implemented for bool tensors. Convert with .int() first.");
  return withGradFnName("TraceBackward0", diagonal(x, 0, 0, 1).sum());
});

/** Options of `diff`. */
export interface DiffOptions {
  /** How many times differences are taken. Default 1. */
  readonly n?: number | undefined;
  /** The dimension. Default −1. */
  readonly dim?: number | undefined;
  /** Values prepended to the input along the dimension. */
  readonly prepend?: Tensor | null | undefined;
  /** Values appended to the input along the dimension. */
  readonly append?: Tensor | null | undefined;
}

export type DiffArgs = Args<[], [n: number, dim: number, prepend: Tensor | null, append: Tensor | null], DiffOptions>;

const DIFF = signature("diff", {
  input: required(aTensor),
  n: optional(aSize, 1),
  dim: optional(anInteger, -1),
  prepend: optional(aTensor, null),
  append: optional(aTensor, null),
});

/**
 * n-th forward difference along a dimension, out[i] = x[i+1] − x[i]. `prepend` and `append` are joined to the input
 * first. Bools give exclusive or.
 *
 * @throws ShapeError for a 0-d tensor.
 * @example
 * ```ts
 * diff(tensor([1, 3, 6, 10])); // tensor([2., 3., 4.])
 * diff(tensor([1, 3, 6, 10]), 2); // tensor([1., 1.])
 * ```
 */
export function diff(x: Tensor, ...args: DiffArgs): Tensor {
  const { input, n, dim, prepend, append } = DIFF.read([x, ...args]);
  if (input.ndim === 0) throw new ShapeError("[diff] diff expects input to be at least one-dimensional");
  const d = normalizeDim("diff", dim, input.ndim);
  if (n === 0) return withGradFnName("CopyBackwards", input.clone());
  const parts = [prepend, input, append].filter((part) => part !== null);
  let result = parts.length > 1 ? cat(parts, d) : input;
  for (let i = 0; i < n; i++) {
    const size = result.size(d);
    if (size === 0) return result;
    const [later, sooner] = [result.narrow(d, 1, size - 1), result.narrow(d, 0, size - 1)];
    result = result.dtype === "bool" ? later.ne(sooner) : later.sub(sooner);
  }
  return result;
}
