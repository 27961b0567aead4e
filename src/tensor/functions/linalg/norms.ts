/** @file Norms of vectors and matrices, and condition numbers. */
import type { DType } from "../../../../kernels/backend.ts";
import { type Args, keyword, optional, required, signature } from "../../../core/arguments.ts";
import { isFloat } from "../../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../../core/errors.ts";
import { aBoolean, aDType, aNumber, aTensor, dims, either, integers, nullable, oneOf } from "../../../core/kinds.ts";
import { bracketed, normalizeDim } from "../../../core/shape.ts";
import { eye } from "../../create.ts";
import type { Tensor } from "../../tensor.ts";
import { cast } from "../convert.ts";
import { withGradFnName } from "../grad-fn-name.ts";
import { norm as normOver } from "../reduction.ts";
import { checkMatrix, checkSquare } from "./checks.ts";
import { svdvals } from "./decompositions.ts";
import { inv, slogdet } from "./solvers.ts";

/** A matrix norm: Frobenius, nuclear (the sum of singular values), or a number: 2 the largest singular value, 1 and ∞ the largest sum of a column and of a row; negative ones the smallest. */
export type MatrixOrder = "fro" | "nuc" | number;

const anOrder = either(aNumber, oneOf("fro", "nuc"), "a number, 'fro' or 'nuc'");

/** Options of the norms. */
export interface NormOptions {
  /** Convert to this dtype first. */
  readonly dtype?: DType | null | undefined;
}

const VECTOR_NORM = signature("vectorNorm", {
  x: required(aTensor),
  ord: optional(aNumber, 2),
  dim: optional(nullable(dims), null),
  keepdim: optional(aBoolean, false),
  dtype: keyword(nullable(aDType), null),
});

/**
 * The vector norm (Σ|x|ᵖ)^(1/p) of all elements, or over dimensions, for p = `ord`: ±∞ for the largest and the smallest
 * |x|, 0 for the number of elements that are not 0.
 *
 * @example linalg.vectorNorm(tensor([[3, 4], [6, 8]]), 2, 1); // tensor([ 5., 10.])
 */
export function vectorNorm(
  ...args: Args<
    [x: Tensor],
    [ord: number, dim: number | readonly number[] | null, keepdim: boolean],
    {
      readonly x: Tensor;
      readonly ord?: number;
      readonly dim?: number | readonly number[] | null;
      readonly keepdim?: boolean;
    } & NormOptions
  >
): Tensor {
  const { x, ord, dim, keepdim, dtype } = VECTOR_NORM.read(args);
  return vectorNormOf("vectorNorm", dtype === null ? x : cast(x, dtype), ord, dim, keepdim);
}

function vectorNormOf(
  op: string,
  x: Tensor,
  ord: number,
  dim: number | readonly number[] | null,
  keepdim: boolean,
): Tensor {
  if (!isFloat(x.dtype)) {
    throw new DTypeError(`[${op}] Expected a floating point tensor as input. Got ${x.dtype}; use x.float().`);
  }
  return withGradFnName("LinalgVectorNormBackward0", normOver(x, ord, dim, keepdim));
}

const MATRIX_NORM = signature("matrixNorm", {
  A: required(aTensor),
  ord: optional(anOrder, "fro" as MatrixOrder),
  dim: optional(integers, [-2, -1]),
  keepdim: optional(aBoolean, false),
  dtype: keyword(nullable(aDType), null),
});

/**
 * The norm of matrices, which lie in two dimensions (by default the last ones).
 *
 * @param ord - "fro" (default), "nuc", or ±1, ±2, ±∞: see {@link MatrixOrder}.
 * @example linalg.matrixNorm(tensor([[1, -2], [3, 4]]), Infinity); // tensor(7.)
 */
export function matrixNorm(
  ...args: Args<
    [A: Tensor],
    [ord: MatrixOrder, dim: readonly number[], keepdim: boolean],
    {
      readonly A: Tensor;
      readonly ord?: MatrixOrder;
      readonly dim?: readonly number[];
      readonly keepdim?: boolean;
    } & NormOptions
  >
): Tensor {
  const { A, ord, dim, keepdim, dtype } = MATRIX_NORM.read(args);
  return matrixNormOf("matrixNorm", dtype === null ? A : cast(A, dtype), ord, dim, keepdim);
}

function matrixNormOf(op: string, A: Tensor, ord: MatrixOrder, dim: readonly number[], keepdim: boolean): Tensor {
  checkMatrix(op, A);
  if (dim.length !== 2) throw new ShapeError(`[${op}] dim must be two dimensions, but got ${bracketed(dim)}`);
  const [rows, columns] = dim.map((d) => normalizeDim(op, d, A.ndim)) as [number, number];
  if (rows === columns) throw new ShapeError(`[${op}] dims must be different. Got ${bracketed(dim)}`);
  const rest = [...A.shape.keys()].filter((d) => d !== rows && d !== columns);
  const moved = A.permute([...rest, rows, columns]);
  const norms = normsOfLast(op, moved, ord);
  if (!keepdim) return norms;
  return norms.reshape(A.shape.map((size, d) => (d === rows || d === columns ? 1 : size)));
}

function normsOfLast(op: string, A: Tensor, ord: MatrixOrder): Tensor {
  if (ord === "fro") return vectorNormOf(op, A, 2, [-2, -1], false);
  if (ord === "nuc") return svdvals(A).sum(-1);
  switch (Math.abs(ord)) {
    case 2:
      return ord > 0 ? svdvals(A).amax(-1) : svdvals(A).amin(-1);
    case 1:
    case Number.POSITIVE_INFINITY: {
      const sums = A.abs().sum(Math.abs(ord) === 1 ? -2 : -1);
      return ord > 0 ? sums.amax(-1) : sums.amin(-1);
    }
    default:
      throw new ValueError(`[${op}] Order ${ord} not supported.`);
  }
}

const NORM = signature("norm", {
  A: required(aTensor),
  ord: optional(nullable(anOrder), null),
  dim: optional(nullable(dims), null),
  keepdim: optional(aBoolean, false),
  dtype: keyword(nullable(aDType), null),
});

/**
 * A norm of a vector or a matrix: {@link matrixNorm} where two dimensions are given, or none and a matrix with an order;
 * otherwise {@link vectorNorm}. Without an order it is that of all elements, for any shape.
 *
 * @example
 * linalg.norm(tensor([[3, 0], [0, 4]])); // tensor(5.)
 * linalg.norm(tensor([[3, 0], [0, 4]]), 2); // tensor(4.)
 */
export function norm(
  ...args: Args<
    [A: Tensor],
    [ord: MatrixOrder | null, dim: number | readonly number[] | null, keepdim: boolean],
    {
      readonly A: Tensor;
      readonly ord?: MatrixOrder | null;
      readonly dim?: number | readonly number[] | null;
      readonly keepdim?: boolean;
    } & NormOptions
  >
): Tensor {
  const { A: given, ord, dim, keepdim, dtype } = NORM.read(args);
  const A = dtype === null ? given : cast(given, dtype);
  const list = typeof dim === "number" ? [dim] : dim;
  if (ord !== null && list === null && A.ndim !== 1 && A.ndim !== 2) {
    throw new ShapeError(`[norm] If dim is not specified but ord is, the input must be 1D or 2D. Got ${A.ndim}D.`);
  }
  if (ord !== null && (list === null ? A.ndim === 2 : list.length === 2)) {
    return matrixNormOf("norm", A, ord, list ?? [0, 1], keepdim);
  }
  if (typeof ord === "string") {
    throw new ShapeError(
      `[norm] The order '${ord}' is one of matrices: give two dimensions, got ${bracketed(list ?? A.shape)}`,
    );
  }
  return vectorNormOf("norm", A, ord ?? 2, list, keepdim);
}

const COND = signature("cond", { A: required(aTensor), p: optional(nullable(anOrder), null) });

/**
 * The condition number of matrices: with p = null or ±2 the ratio of the largest and the smallest singular value, otherwise
 * the product of the norms of A and of its inverse; ∞ for a singular matrix.
 *
 * @example linalg.cond(tensor([[4, 0], [0, 2]])); // tensor(2.)
 */
export function cond(
  ...args: Args<[A: Tensor], [p: MatrixOrder | null], { readonly A: Tensor; readonly p?: MatrixOrder | null }>
): Tensor {
  const { A, p } = COND.read(args);
  checkMatrix("cond", A);
  if (p === null || p === 2 || p === -2) {
    const s = svdvals(A);
    const [largest, smallest] = [s.select(-1, 0), s.select(-1, -1)];
    return p === -2 ? smallest.div(largest) : largest.div(smallest);
  }
  checkSquare("cond", A);
  const isSingular = slogdet(A.detach()).sign.eq(0);
  const unit = eye(A.size(-1), { dtype: A.dtype, device: A.device });
  const mask = isSingular.unsqueeze(-1).unsqueeze(-1);
  const regular = unit.expand(A.shape).where(mask, A);
  const product = matrixNormOf("cond", regular, p, [-2, -1], false).mul(
    matrixNormOf("cond", inv(regular), p, [-2, -1], false),
  );
  return product.maskedFill(isSingular, Number.POSITIVE_INFINITY);
}
