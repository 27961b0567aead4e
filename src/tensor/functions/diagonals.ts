/** @file Diagonals, and differences of neighbours. */

import { apply } from "../../autograd/apply.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { DTypeError, ShapeError } from "../../core/errors.ts";
import { anInteger, aSize, aTensor } from "../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../core/shape.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { checkCount } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { DIAGONAL_NUMBER, type DiagonalNumberArgs, unary } from "./arguments.ts";
import { named } from "./grad-fn-name.ts";
import { cat } from "./shape.ts";

export interface DiagonalOptions {
  /** How far above the main diagonal. Default 0. */
  readonly offset?: number | undefined;
  /** Default 0. */
  readonly dim1?: number | undefined;
  /** Default 1. */
  readonly dim2?: number | undefined;
}

export type DiagonalArgs = Args<[], [offset: number, dim1: number, dim2: number], DiagonalOptions>;

const DIAGONAL = signature("diagonal", {
  input: required(aTensor),
  offset: optional(anInteger, 0),
  dim1: optional(anInteger, 0),
  dim2: optional(anInteger, 1),
});

/** A view of the elements whose positions in two dimensions differ by `offset`; they become the last dimension. */
export function diagonal(x: Tensor, ...args: DiagonalArgs): Tensor {
  const { input, offset, dim1, dim2 } = DIAGONAL.read([x, ...args]);
  const [a, b] = [normalizeDim("diagonal", dim1, input.ndim), normalizeDim("diagonal", dim2, input.ndim)];
  if (a === b) throw new ShapeError(`[diagonal] diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  return apply(ops.diagonal, [input], { dim1: a, dim2: b, offset });
}

const DIAG = signature("diag", DIAGONAL_NUMBER);

/** A vector as a matrix with it on a diagonal, or the diagonal of a matrix; a copy. */
export function diag(x: Tensor, ...args: DiagonalNumberArgs): Tensor {
  const { input, diagonal: offset } = DIAG.read([x, ...args]);
  if (input.ndim === 2) return named("DiagBackward0", diagonal(input, offset, 0, 1).clone());
  if (input.ndim !== 1)
    throw new ShapeError(`[diag] expected a matrix or a vector, but got shape ${bracketed(input.shape)}`);
  const n = input.size(0);
  const size = n + Math.abs(offset);
  checkCount("diag", [size, size], input.dtype);
  const identity = new Uint8Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  const square = input.unsqueeze(1).where(newFrom(input, "bool", identity, [n, n]), input.newZeros([]));
  const [up, down] = [Math.max(offset, 0), Math.max(-offset, 0)];
  return named("DiagBackward0", square.pad([up, down, down, up]));
}

/** Sum of the main diagonal of a matrix. */
export const trace = unary("trace", (x) => {
  if (x.ndim !== 2) throw new ShapeError(`[trace] expected a matrix, but got shape ${bracketed(x.shape)}`);
  if (x.dtype === "bool") throw new DTypeError("[trace] not implemented for bool tensors. Convert with .int() first.");
  return named("TraceBackward0", diagonal(x, 0, 0, 1).sum());
});

export interface DiffOptions {
  /** How many times over. Default 1. */
  readonly n?: number | undefined;
  /** Default −1. */
  readonly dim?: number | undefined;
  /** Joined in front of the input along the dimension. */
  readonly prepend?: Tensor | null | undefined;
  /** Joined to the end of the input along the dimension. */
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

/** Differences of neighbours along a dimension, `n` times over. Bools give exclusive or. */
export function diff(x: Tensor, ...args: DiffArgs): Tensor {
  const { input, n, dim, prepend, append } = DIFF.read([x, ...args]);
  if (input.ndim === 0) throw new ShapeError("[diff] diff expects input to be at least one-dimensional");
  const d = normalizeDim("diff", dim, input.ndim);
  if (n === 0) return named("CopyBackwards", input.clone());
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
