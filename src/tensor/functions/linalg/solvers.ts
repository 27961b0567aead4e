/** @file Systems of equations, inverses and determinants. */
import { apply } from "../../../autograd/apply.ts";
import { allSamples } from "../../../autograd/batching.ts";
import { type Args, keyword, optional, required, signature } from "../../../core/arguments.ts";
import { ShapeError, ValueError } from "../../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aTensor, either, integers, nullable, oneOf } from "../../../core/kinds.ts";
import { bracketed, broadcastShapes, normalizeDim, times } from "../../../core/shape.ts";
import { eye } from "../../create.ts";
import { ops } from "../../ops/index.ts";
import { lstsqParts } from "../../ops/linalg.ts";
import type { Tensor } from "../../tensor.ts";
import { asNonView, withGradFnName } from "../grad-fn-name.ts";
import { checkMatrix, checkSameDType, checkSquare, defaultRtol } from "./checks.ts";
import { type MatrixArgs, svdvals } from "./decompositions.ts";

const SOLVE = signature("solve", { A: required(aTensor), B: required(aTensor), left: keyword(aBoolean, true) });

/** Options of {@link solve}. */
export interface SolveOptions {
  /** Solve A·X = B; otherwise X·A = B. Default: true. */
  readonly left?: boolean | undefined;
}

/**
 * The solution X of A·X = B, for matrices A [..., n, n] and B [..., n, k] whose batches broadcast, or vectors B [..., n]:
 * one vector, or one for each matrix of A.
 *
 * @throws LinAlgError for a singular matrix; ShapeError for sizes that do not match.
 * @example linalg.solve(tensor([[2, 0], [0, 4]]), tensor([2, 8])); // tensor([1., 2.])
 */
export function solve(
  ...args: Args<[A: Tensor, B: Tensor], [], { readonly A: Tensor; readonly B: Tensor } & SolveOptions>
): Tensor {
  const { A, B, left } = SOLVE.read(args);
  checkSquare("solve", A);
  checkSameDType("solve", A, B);
  const isVector =
    B.ndim === 1 || (B.ndim === A.ndim - 1 && B.shape.every((size, d) => size === (A.shape[d] as number)));
  const columns = isVector ? B.unsqueeze(-1) : B;
  const name = "LinalgSolveExBackward0";
  if (left) {
    const X = solveBatches("solve", name, A, columns, "AX = B", (a, b) => apply(ops.solve, [a, b], null));
    return isVector ? asNonView(name, X.squeeze(-1)) : X;
  }
  // X·A = B is Aᵀ·Xᵀ = Bᵀ; a vector is the same on both sides.
  const transposed = isVector ? columns : columns.mT;
  const X = solveBatches("solve", name, A.mT, transposed, "XA = B", (a, b) => apply(ops.solve, [a, b], null));
  return asNonView(name, isVector ? X.squeeze(-1) : X.mT);
}

/** Calls `solver` with matrices of one batch. Where A is one matrix, the right sides of the whole batch lie side by side. */
function solveBatches(
  op: string,
  name: string,
  A: Tensor,
  B: Tensor,
  equation: string,
  solver: (A: Tensor, B: Tensor) => Tensor,
): Tensor {
  if (A.size(-1) !== B.size(-2)) {
    throw new ShapeError(
      `[${op}] Incompatible shapes of A and B for the equation ${equation} (${times(A.shape.slice(-2))} and ${times(B.shape.slice(-2))})`,
    );
  }
  const batch = broadcastShapes(op, A.shape.slice(0, -2), B.shape.slice(0, -2));
  if (B.ndim > 2 && B.numel() > 0 && A.shape.slice(0, -2).every((size) => size === 1)) {
    const [n, k] = B.shape.slice(-2) as [number, number];
    const sides = B.reshape([-1, n, k]).permute(1, 0, 2).reshape([n, -1]);
    const X = solver(A.reshape([n, n]), sides).view([n, -1, k]);
    return asNonView(name, X.permute(1, 0, 2).reshape([...batch, n, k]));
  }
  return solver(A.expand([...batch, ...A.shape.slice(-2)]), B.expand([...batch, ...B.shape.slice(-2)]));
}

const SOLVE_TRIANGULAR = signature("solveTriangular", {
  A: required(aTensor),
  B: required(aTensor),
  upper: keyword(aBoolean),
  left: keyword(aBoolean, true),
  unitriangular: keyword(aBoolean, false),
});

/** Options of {@link solveTriangular}. */
export interface SolveTriangularOptions extends SolveOptions {
  /** Whether A is upper triangular; otherwise it is lower triangular. Required. */
  readonly upper: boolean;
  /** Take the diagonal for ones, without reading it. Default: false. */
  readonly unitriangular?: boolean | undefined;
}

/**
 * The solution X of A·X = B for triangular matrices A [..., n, n], of which the other triangle is not read, and B
 * [..., n, k]. A zero on the diagonal gives infinities, not an error.
 *
 * @example linalg.solveTriangular(tensor([[2, 0], [1, 4]]), tensor([[2], [9]]), { upper: false }); // tensor([[1.], [2.]])
 */
export function solveTriangular(A: Tensor, B: Tensor, options: SolveTriangularOptions): Tensor {
  const { upper, left, unitriangular: unit } = SOLVE_TRIANGULAR.read([A, B, options]);
  if (upper === undefined) throw new ValueError('[solveTriangular] missing argument "upper": true or false');
  checkSquare("solveTriangular", A);
  checkMatrix("solveTriangular", B, "B");
  checkSameDType("solveTriangular", A, B);
  const solver = (isUpper: boolean) => (a: Tensor, b: Tensor) =>
    apply(ops.solveTriangular, [a, b], { upper: isUpper, unit });
  const name = "LinalgSolveTriangularBackward0";
  if (left) return solveBatches("solveTriangular", name, A, B, "AX = B", solver(upper));
  return asNonView(name, solveBatches("solveTriangular", name, A.mT, B.mT, "XA = B", solver(!upper)).mT);
}

const CHOLESKY_SOLVE = signature("choleskySolve", {
  B: required(aTensor),
  L: required(aTensor),
  upper: optional(aBoolean, false),
});

/**
 * The solution X of A·X = B [..., n, k] from the Cholesky factor of A: `choleskySolve(B, linalg.cholesky(A))`.
 *
 * @param L - The factor [..., n, n], lower triangular unless `upper`.
 * @example choleskySolve(tensor([[8], [9]]), tensor([[2, 0], [1, 2]])); // tensor([[1.3750], [1.2500]])
 */
export function choleskySolve(
  B: Tensor,
  ...args: Args<[L: Tensor], [upper: boolean], { readonly L: Tensor; readonly upper?: boolean }>
): Tensor {
  const { L, upper } = CHOLESKY_SOLVE.read([B, ...args]);
  const lower = upper ? L.mT : L;
  const half = solveTriangular(lower, B, { upper: false });
  return withGradFnName("CholeskySolveBackward0", solveTriangular(lower.mT, half, { upper: true }));
}

const CHOLESKY_INVERSE = signature("choleskyInverse", { L: required(aTensor), upper: optional(aBoolean, false) });

/**
 * The inverse of A from its Cholesky factor [n, n].
 *
 * @example choleskyInverse(tensor([[2, 0], [0, 4]])); // tensor([[0.2500, 0.0000], [0.0000, 0.0625]])
 */
export function choleskyInverse(L: Tensor, ...args: Args<[], [upper: boolean], { readonly upper?: boolean }>): Tensor {
  const { upper } = CHOLESKY_INVERSE.read([L, ...args]);
  checkSquare("choleskyInverse", L);
  const unit = eye(L.size(-1), { dtype: L.dtype, device: L.device }).expand(L.shape);
  return withGradFnName("CholeskyInverseBackward0", choleskySolve(unit, L, upper));
}

const INV = signature("inv", { A: required(aTensor) });

/**
 * The inverse of matrices [..., n, n]. To solve equations, {@link solve} is faster and more accurate.
 *
 * @throws LinAlgError for a singular matrix.
 * @example linalg.inv(tensor([[2, 0], [0, 4]])); // tensor([[0.5000, 0.0000], [0.0000, 0.2500]])
 */
export function inv(...args: MatrixArgs): Tensor {
  const { A } = INV.read(args);
  checkSquare("inv", A);
  return apply(ops.inv, [A], null);
}

const DET = signature("det", { A: required(aTensor) });

/**
 * The determinant of matrices [..., n, n]. Its gradient is right for singular matrices too.
 *
 * @example linalg.det(tensor([[1, 2], [3, 4]])); // tensor(-2.)
 */
export function det(...args: MatrixArgs): Tensor {
  const { A } = DET.read(args);
  checkSquare("det", A);
  return apply(ops.det, [A], null);
}

/** The result of {@link slogdet}. */
export interface SlogdetResult {
  /** 1, −1, or 0 for a singular matrix. */
  readonly sign: Tensor;
  /** −∞ for a singular matrix. */
  readonly logabsdet: Tensor;
}

const SLOGDET = signature("slogdet", { A: required(aTensor) });

/**
 * The sign of the determinant of matrices [..., n, n] and the logarithm of its absolute value, which does not overflow.
 *
 * @throws LinAlgError from the backward pass of a singular matrix.
 * @example linalg.slogdet(tensor([[0, 2], [3, 0]])); // { sign: tensor(-1.), logabsdet: tensor(1.7918) }
 */
export function slogdet(...args: MatrixArgs): SlogdetResult {
  const { A } = SLOGDET.read(args);
  checkSquare("slogdet", A);
  const pair = apply(ops.slogdet, [A], null);
  return {
    sign: pair.detach().select(-1, 0).clone(),
    logabsdet: asNonView("LinalgSlogdetBackward0", pair.select(-1, 1)),
  };
}

/**
 * The logarithm of the determinant of matrices [..., n, n]: −∞ for a singular one, NaN for a negative determinant.
 *
 * @example logdet(tensor([[2, 0], [0, 3]])); // tensor(1.7918)
 */
export function logdet(A: Tensor): Tensor {
  const { sign, logabsdet } = slogdet(A);
  return withGradFnName("WhereBackward0", logabsdet.maskedFill(sign.lt(0), Number.NaN));
}

/** Options of {@link pinv} and {@link matrixRank}. */
export interface ToleranceOptions {
  /** Absolute bound below which singular values count as 0. Default: 0. */
  readonly atol?: number | null | undefined;
  /** Bound relative to the largest one. Default: epsilon · max(m, n), or 0 where `atol` is given. */
  readonly rtol?: number | null | undefined;
  /** The matrices are symmetric. Default: false. The result is the same. */
  readonly hermitian?: boolean | undefined;
}

const TOLERANCES = {
  A: required(aTensor),
  atol: keyword(nullable(aNumber), null),
  rtol: keyword(nullable(aNumber), null),
  hermitian: keyword(aBoolean, false),
};
const PINV = signature("pinv", TOLERANCES);
const MATRIX_RANK = signature("matrixRank", TOLERANCES);

function tolerancesOf(A: Tensor, atol: number | null, rtol: number | null) {
  return { atol: atol ?? 0, rtol: rtol ?? ((atol ?? 0) > 0 ? 0 : defaultRtol(A)) };
}

/**
 * The Moore-Penrose pseudoinverse [..., n, m] of matrices [..., m, n].
 *
 * @example linalg.pinv(tensor([[2, 0], [0, 0]])); // tensor([[0.5000, 0.0000], [0.0000, 0.0000]])
 */
export function pinv(...args: Args<[A: Tensor], [], { readonly A: Tensor } & ToleranceOptions>): Tensor {
  const { A, atol, rtol } = PINV.read(args);
  checkMatrix("pinv", A);
  return apply(ops.pinv, [A], tolerancesOf(A, atol, rtol));
}

/**
 * The numerical rank of matrices [..., m, n]: how many singular values are above the bounds. Not differentiable.
 *
 * @example linalg.matrixRank(tensor([[1, 2], [2, 4]])); // tensor(1)
 */
export function matrixRank(...args: Args<[A: Tensor], [], { readonly A: Tensor } & ToleranceOptions>): Tensor {
  const { A, ...given } = MATRIX_RANK.read(args);
  checkMatrix("matrixRank", A);
  const { atol, rtol } = tolerancesOf(A, given.atol, given.rtol);
  const s = svdvals(A.detach());
  if (s.size(-1) === 0) return A.newZeros(A.shape.slice(0, -2)).int();
  const bound = s.narrow(-1, 0, 1).mul(rtol).clamp(atol);
  return s.gt(bound).sum(-1);
}

/** The result of {@link lstsq}. */
export interface LstsqResult {
  /** X [..., n, k] of the smallest |A·X − B|, and of those the smallest. */
  readonly solution: Tensor;
  /** Sums of squares of A·X − B for each column, with the drivers "gels", "gelsd" and "gelss" for m > n and full rank; else empty. */
  readonly residuals: Tensor;
  /** The rank of A: int32. */
  readonly rank: Tensor;
  /** Of A, with the drivers "gelsd" and "gelss"; else empty. */
  readonly singularValues: Tensor;
}

/** Options of {@link lstsq}. */
export interface LstsqOptions {
  /** Bound relative to the largest singular value below which one counts as 0. Default: epsilon · max(m, n). */
  readonly rcond?: number | null | undefined;
  /** Which parts of the result are given, as for PyTorch's drivers; the solution is the same. Default: "gelsy". */
  readonly driver?: "gels" | "gelsy" | "gelsd" | "gelss" | null | undefined;
}

const LSTSQ = signature("lstsq", {
  A: required(aTensor),
  B: required(aTensor),
  rcond: optional(nullable(aNumber), null),
  driver: keyword(nullable(oneOf("gels", "gelsy", "gelsd", "gelss")), null),
});

/**
 * The least-squares solution of A·X = B, for A [..., m, n] and B [..., m, k] or vectors: that of the pseudoinverse, so that
 * of several solutions it is the smallest one.
 *
 * @example linalg.lstsq(tensor([[1, 0], [0, 1], [0, 0]]), tensor([[1], [2], [3]])).solution; // tensor([[1.], [2.]])
 */
export function lstsq(
  ...args: Args<
    [A: Tensor, B: Tensor],
    [rcond: number | null],
    { readonly A: Tensor; readonly B: Tensor } & LstsqOptions
  >
): LstsqResult {
  const { A, B, rcond, driver } = LSTSQ.read(args);
  checkMatrix("lstsq", A);
  checkSameDType("lstsq", A, B);
  const isVector = B.ndim === A.ndim - 1 && B.shape.every((size, d) => size === (A.shape[d] as number));
  const columns = isVector ? B.unsqueeze(-1) : B;
  if (columns.ndim < 2 || columns.size(-2) !== A.size(-2)) {
    throw new ShapeError(
      `[lstsq] input.size(-2) should match other.size(-2), but got shapes ${bracketed(A.shape)} and ${bracketed(B.shape)}`,
    );
  }
  const rtol = rcond ?? defaultRtol(A);
  const batch = broadcastShapes("lstsq", A.shape.slice(0, -2), columns.shape.slice(0, -2));
  const [m, n] = A.shape.slice(-2) as [number, number];
  const k = columns.size(-1);
  const row = apply(ops.lstsq, [A.expand([...batch, m, n]), columns.expand([...batch, m, k])], { rtol, atol: 0 });
  const { x: X, rank: found } = lstsqParts(row, n, k);
  const rank = found.detach().int();
  const hasResiduals =
    driver !== null && driver !== "gelsy" && m > n && allSamples(rank.eq(n)).all().itemSync<boolean>();
  const none = A.newZeros([0]);
  return {
    solution: asNonView("LinalgLstsqBackward0", isVector ? X.squeeze(-1) : X),
    residuals: hasResiduals ? A.matmul(X).sub(columns).square().sum(-2) : none,
    rank,
    singularValues: driver === "gelsd" || driver === "gelss" ? svdvals(A.detach()) : none,
  };
}

const TENSORINV = signature("tensorinv", { A: required(aTensor), ind: optional(anInteger, 2) });

/**
 * The inverse of A as a map from its last dimensions to its first `ind` ones: the `tensordot` of both is the identity.
 *
 * @throws ShapeError unless the first `ind` sizes multiply to the same as the others.
 * @example linalg.tensorinv(eye(4).view(2, 2, 4), 2).shape; // [4, 2, 2]
 */
export function tensorinv(
  ...args: Args<[A: Tensor], [ind: number], { readonly A: Tensor; readonly ind?: number }>
): Tensor {
  const { A, ind } = TENSORINV.read(args);
  if (ind <= 0) throw new ValueError("[tensorinv] Expected a strictly positive integer for 'ind'");
  const [first, last] = [A.shape.slice(0, ind), A.shape.slice(ind)];
  const [rows, columns] = [first, last].map((sizes) => sizes.reduce((a, b) => a * b, 1)) as [number, number];
  if (rows !== columns) {
    throw new ShapeError(
      `[tensorinv] Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got ${columns} != ${rows}`,
    );
  }
  return inv(A.reshape([rows, columns])).reshape([...last, ...first]);
}

const TENSORSOLVE = signature("tensorsolve", {
  A: required(aTensor),
  B: required(aTensor),
  dims: keyword(nullable(either(integers, integers, "a list of integers")), null),
});

/**
 * The solution X of tensordot(A, X) = B: A as a matrix from the dimensions of X to those of B.
 *
 * @param options - `dims`: dimensions of A that are moved to its end first.
 * @example linalg.tensorsolve(eye(4).view(2, 2, 4), tensor([[1, 2], [3, 4]])); // tensor([1., 2., 3., 4.])
 */
export function tensorsolve(
  A: Tensor,
  B: Tensor,
  options: { readonly dims?: readonly number[] | null | undefined } = {},
): Tensor {
  const { dims } = TENSORSOLVE.read([A, B, options]);
  const moved = dims === null ? A : movedToEnd(A, dims);
  const last = moved.shape.slice(B.ndim);
  const columns = last.reduce((a, b) => a * b, 1);
  if (columns !== B.numel()) {
    throw new ShapeError(
      `[tensorsolve] Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got shapes ${bracketed(A.shape)} and ${bracketed(B.shape)}`,
    );
  }
  return solve(moved.reshape([B.numel(), columns]), B.reshape(-1)).reshape(last);
}

function movedToEnd(A: Tensor, dims: readonly number[]): Tensor {
  const wanted = dims.map((dim) => normalizeDim("tensorsolve", dim, A.ndim));
  return A.permute([...[...A.shape.keys()].filter((d) => !wanted.includes(d)), ...wanted]);
}
