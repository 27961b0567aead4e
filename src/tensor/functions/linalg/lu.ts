/** @file The LU decomposition, its parts, and systems of equations from it. */
import { apply } from "../../../autograd/apply.ts";
import { type Args, keyword, required, signature } from "../../../core/arguments.ts";
import { DTypeError, ShapeError, ValueError } from "../../../core/errors.ts";
import { aBoolean, aTensor } from "../../../core/kinds.ts";
import { bracketed, broadcastShapes } from "../../../core/shape.ts";
import { ops } from "../../ops/index.ts";
import { luParts, permutationOf } from "../../ops/linalg.ts";
import type { Tensor } from "../../tensor.ts";
import { asNonView } from "../grad-fn-name.ts";
import { checkMatrix, checkSameDType, checkSquare } from "./checks.ts";

/** Options of the LU decomposition. */
export interface LuOptions {
  /** Exchange rows, so that no small number is divided by. Only true. */
  readonly pivot?: boolean | undefined;
}

/** A matrix and options. */
export type LuArgs = Args<[A: Tensor], [], { readonly A: Tensor } & LuOptions>;

/** The result of {@link luFactor}. */
export interface LuFactorResult {
  /** U in the upper triangle, L below it, whose diagonal of ones is not kept: [..., n, n]. */
  readonly LU: Tensor;
  /** Row i was exchanged with row `pivots[i]`, counted from 1, one after the other: int32 [..., n]. */
  readonly pivots: Tensor;
}

const LU_FACTOR = signature("luFactor", { A: required(aTensor), pivot: keyword(aBoolean, true) });
const LU = signature("lu", { A: required(aTensor), pivot: keyword(aBoolean, true) });

function factorsOf(op: string, A: Tensor, pivot: boolean): Tensor {
  checkSquare(op, A);
  if (!pivot) throw new ValueError(`[${op}] LU without pivoting is not available on the CPU`);
  return apply(ops.luFactor, [A], null);
}

/**
 * The LU decomposition A = P·L·U of square matrices [..., n, n] in its compact form, for {@link luSolve}. A singular matrix
 * has zeros on the diagonal of U.
 *
 * @throws ShapeError unless the matrices are square; ValueError for `pivot: false`.
 * @example
 * const { LU, pivots } = linalg.luFactor(tensor([[1, 2], [4, 4]]));
 * LU; // tensor([[4.0000, 4.0000], [0.2500, 1.0000]])
 * pivots; // tensor([2, 2])
 */
export function luFactor(...args: LuArgs): LuFactorResult {
  const { A, pivot } = LU_FACTOR.read(args);
  const factors = factorsOf("luFactor", A, pivot);
  const n = A.size(-1);
  return {
    LU: asNonView("LinalgLuFactorExBackward0", factors.narrow(-1, 0, n)),
    pivots: factors.select(-1, n).detach().int(),
  };
}

/** The factors of {@link lu}. */
export interface LuResult {
  /** Permutation matrices. */
  readonly P: Tensor;
  /** Lower triangular, with ones on the diagonal. */
  readonly L: Tensor;
  /** Upper triangular. */
  readonly U: Tensor;
}

/**
 * The LU decomposition A = P·L·U of square matrices [..., n, n].
 *
 * @throws ShapeError unless the matrices are square; ValueError for `pivot: false`.
 * @example
 * const { P, L, U } = linalg.lu(tensor([[1, 2], [4, 4]]));
 * L; // tensor([[1.0000, 0.0000], [0.2500, 1.0000]])
 * P.matmul(L).matmul(U); // tensor([[1., 2.], [4., 4.]])
 */
export function lu(...args: LuArgs): LuResult {
  const { A, pivot } = LU.read(args);
  const { p, l, u } = luParts(factorsOf("lu", A, pivot));
  return { P: p, L: asNonView("LinalgLuBackward0", l), U: asNonView("LinalgLuBackward0", u) };
}

/** Options of {@link luSolve}. */
export interface LuSolveOptions {
  /** Solve A·X = B; otherwise X·A = B. Default: true. */
  readonly left?: boolean | undefined;
  /** Take the transpose of A. Default: false. */
  readonly adjoint?: boolean | undefined;
}

const LU_SOLVE = signature("luSolve", {
  LU: required(aTensor),
  pivots: required(aTensor),
  B: required(aTensor),
  left: keyword(aBoolean, true),
  adjoint: keyword(aBoolean, false),
});

/**
 * The solution X of A·X = B [..., n, k] from the LU decomposition of A.
 *
 * @throws ShapeError for sizes that do not match; DTypeError for pivots that are not int32.
 * @example
 * const { LU, pivots } = linalg.luFactor(tensor([[2, 0], [0, 4]]));
 * linalg.luSolve(LU, pivots, tensor([[2], [2]])); // tensor([[1.0000], [0.5000]])
 */
export function luSolve(
  ...args: Args<
    [LU: Tensor, pivots: Tensor, B: Tensor],
    [],
    { readonly LU: Tensor; readonly pivots: Tensor; readonly B: Tensor } & LuSolveOptions
  >
): Tensor {
  const { LU: factors, pivots, B, left, adjoint } = LU_SOLVE.read(args);
  return solveFactored("luSolve", factors, pivots, B, left, adjoint);
}

/** {@link luSolve} for `op`, whose arguments have been read. */
export function solveFactored(
  op: string,
  factors: Tensor,
  pivots: Tensor,
  B: Tensor,
  left: boolean,
  adjoint: boolean,
): Tensor {
  checkSquare(op, factors, "LU");
  checkMatrix(op, B, "B");
  checkSameDType(op, factors, B);
  if (pivots.dtype !== "int32") throw new DTypeError(`[${op}] expected pivots of dtype int32, but got ${pivots.dtype}`);
  if (String(pivots.shape) !== String(factors.shape.slice(0, -1))) {
    throw new ShapeError(
      `[${op}] Number of pivots per batch should be same as the dimension of the matrix, but got shapes ${bracketed(pivots.shape)} and ${bracketed(factors.shape)}`,
    );
  }
  const right = left ? B : B.mT;
  if (right.size(-2) !== factors.size(-1)) {
    throw new ShapeError(
      `[${op}] Incompatible shapes of A and B: ${bracketed(factors.shape)} and ${bracketed(B.shape)}`,
    );
  }
  const batch = broadcastShapes(op, factors.shape.slice(0, -2), B.shape.slice(0, -2));
  const wide = (t: Tensor): Tensor => t.expand([...batch, ...t.shape.slice(-2)]);
  const [a, b] = [wide(factors), wide(right)];
  const p = wide(permutationOf(pivots).to(B.dtype));
  const triangle = (t: Tensor, y: Tensor, upper: boolean, unit: boolean): Tensor =>
    apply(ops.solveTriangular, [t, y], { upper, unit });
  // X·A = B is Aᵀ·Xᵀ = Bᵀ.
  const x =
    left === adjoint
      ? p.matmul(triangle(a.mT, triangle(a.mT, b, false, false), true, true))
      : triangle(a, triangle(a, p.mT.matmul(b), false, true), true, false);
  return asNonView("LinalgLuSolveBackward0", left ? x : x.mT);
}
