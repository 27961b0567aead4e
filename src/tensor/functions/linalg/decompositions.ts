/** @file Decompositions of matrices: Cholesky, QR, eigenvalues, singular values. */
import { apply } from "../../../autograd/apply.ts";
import { type Args, keyword, optional, required, signature } from "../../../core/arguments.ts";
import { aBoolean, aString, aTensor, oneOf } from "../../../core/kinds.ts";
import { ops } from "../../ops/index.ts";
import { eigenParts, qrParts, singularParts } from "../../ops/linalg.ts";
import type { Tensor } from "../../tensor.ts";
import { asNonView } from "../grad-fn-name.ts";
import { checkMatrix, checkSquare } from "./checks.ts";

/** Options of `cholesky`. */
export interface CholeskyOptions {
  /** Give the upper factor U of A = Uᵀ·U. Default: false. */
  readonly upper?: boolean | undefined;
}

const CHOLESKY = signature("cholesky", { A: required(aTensor), upper: keyword(aBoolean, false) });

/**
 * The Cholesky factor L of symmetric positive-definite matrices [..., n, n], A = L·Lᵀ. Only the lower triangle is read.
 *
 * @throws LinAlgError for a matrix that is not positive-definite; ShapeError unless the matrices are square.
 * @example linalg.cholesky(tensor([[4, 2], [2, 5]])); // tensor([[2., 0.], [1., 2.]])
 */
export function cholesky(...args: Args<[A: Tensor], [], { readonly A: Tensor } & CholeskyOptions>): Tensor {
  const { A, upper } = CHOLESKY.read(args);
  checkSquare("cholesky", A);
  const factor = apply(ops.cholesky, [A], null);
  return upper ? factor.mT : factor;
}

/** The factors of a QR decomposition. */
export interface QrResult {
  /** Orthonormal columns; empty with mode "r". */
  readonly Q: Tensor;
  /** Upper triangular. */
  readonly R: Tensor;
}

const QR = signature("qr", { A: required(aTensor), mode: optional(oneOf("reduced", "complete", "r"), "reduced") });

/** How much of a QR decomposition is computed. */
export type QrMode = "reduced" | "complete" | "r";

/**
 * The QR decomposition A = Q·R of matrices [..., m, n]: Q has orthonormal columns, R is upper triangular. The signs of
 * the rows of R are not determined.
 *
 * @param mode - "reduced": Q [..., m, k], R [..., k, n] with k = min(m, n). "complete": k = m. "r": R alone.
 * @throws GraphError from the backward pass of mode "r", and of "complete" for more rows than columns.
 * @example
 * const { Q, R } = linalg.qr(tensor([[3, 1], [4, 2]]));
 * Q.matmul(R).round(); // tensor([[3., 1.], [4., 2.]])
 */
export function qr(...args: Args<[A: Tensor], [mode: QrMode], { readonly A: Tensor; mode?: QrMode }>): QrResult {
  const { A, mode } = QR.read(args);
  checkMatrix("qr", A);
  const [m, n] = A.shape.slice(-2) as [number, number];
  const complete = mode === "complete";
  const row = apply(ops.qr, [A], { complete, onlyR: mode === "r" });
  const { q, r } = qrParts(row, m, complete ? m : Math.min(m, n), n);
  const R = asNonView("LinalgQrBackward0", r);
  return { Q: mode === "r" ? A.newZeros([0]) : asNonView("LinalgQrBackward0", q), R };
}

/** Which triangle of a symmetric matrix is read. */
export type Uplo = "L" | "U";

const EIGH = signature("eigh", { A: required(aTensor), UPLO: optional(oneOf("L", "U"), "L") });
const EIGVALSH = signature("eigvalsh", { A: required(aTensor), UPLO: optional(oneOf("L", "U"), "L") });

/** Arguments of {@link eigh} and {@link eigvalsh}. */
export type EighArgs = Args<[A: Tensor], [UPLO: Uplo], { readonly A: Tensor; readonly UPLO?: Uplo }>;

/** The result of `eigh` and `eig`. */
export interface EigenResult {
  /** [..., n]; those of symmetric matrices ascend. */
  readonly eigenvalues: Tensor;
  /** In the columns, [..., n, n], each of length 1. */
  readonly eigenvectors: Tensor;
}

/**
 * Eigenvalues and orthonormal eigenvectors of symmetric matrices [..., n, n], A = V·diag(L)·Vᵀ. The signs of the
 * vectors are not determined, so a gradient through them means something only for functions that do not depend on those;
 * equal eigenvalues give infinite gradients of the vectors.
 *
 * @param UPLO - The triangle that is read: "L", the lower one, or "U".
 * @throws LinAlgError for elements that are not finite.
 * @example linalg.eigh(tensor([[2, 1], [1, 2]])).eigenvalues.round(); // tensor([1., 3.])
 */
export function eigh(...args: EighArgs): EigenResult {
  const { A, UPLO } = EIGH.read(args);
  return eigenOf("eigh", A, UPLO);
}

function eigenOf(op: string, A: Tensor, UPLO: Uplo): EigenResult {
  checkSquare(op, A);
  const row = apply(ops.eigh, [UPLO === "U" ? A.mT : A], null);
  const { values, vectors } = eigenParts(row, A.size(-1));
  return {
    eigenvalues: asNonView("LinalgEighBackward0", values),
    eigenvectors: asNonView("LinalgEighBackward0", vectors),
  };
}

/**
 * The eigenvalues of symmetric matrices, ascending: those of {@link eigh}.
 *
 * @example linalg.eigvalsh(tensor([[2, 1], [1, 2]])).round(); // tensor([1., 3.])
 */
export function eigvalsh(...args: EighArgs): Tensor {
  const { A, UPLO } = EIGVALSH.read(args);
  checkSquare("eigvalsh", A);
  return apply(ops.eigvalsh, [UPLO === "U" ? A.mT : A], null);
}

const EIG = signature("eig", { A: required(aTensor) });
const EIGVALS = signature("eigvals", { A: required(aTensor) });

/** The argument of functions of one matrix. */
export type MatrixArgs = Args<[A: Tensor], [], { readonly A: Tensor }>;

/**
 * Eigenvalues and eigenvectors of matrices [..., n, n] with real eigenvalues: A·V = V·diag(L). They come in no
 * particular order. PyTorch gives complex tensors, which there are none of here.
 *
 * @throws LinAlgError for a matrix with complex eigenvalues.
 * @example linalg.eig(tensor([[2, 1], [0, 3]])).eigenvalues; // tensor([2., 3.])
 */
export function eig(...args: MatrixArgs): EigenResult {
  return realEigen("eig", EIG.read(args).A);
}

/**
 * The eigenvalues of matrices that has only real ones: see {@link eig}.
 *
 * @throws LinAlgError for a matrix with complex eigenvalues.
 * @example linalg.eigvals(tensor([[2, 1], [0, 3]])); // tensor([2., 3.])
 */
export function eigvals(...args: MatrixArgs): Tensor {
  return realEigen("eigvals", EIGVALS.read(args).A).eigenvalues;
}

function realEigen(op: string, A: Tensor): EigenResult {
  checkSquare(op, A);
  const { values, vectors } = eigenParts(apply(ops.eig, [A], null), A.size(-1));
  return {
    eigenvalues: asNonView("LinalgEigBackward0", values),
    eigenvectors: asNonView("LinalgEigBackward0", vectors),
  };
}

/** The factors of a singular value decomposition, A = U·diag(S)·Vh. */
export interface SvdResult {
  /** Left singular vectors in the columns. */
  readonly U: Tensor;
  /** Singular values, descending. */
  readonly S: Tensor;
  /** Right singular vectors in the rows. */
  readonly Vh: Tensor;
}

const SVD = signature("svd", {
  A: required(aTensor),
  fullMatrices: optional(aBoolean, true),
  driver: keyword(aString, null),
});
const SVDVALS = signature("svdvals", { A: required(aTensor), driver: keyword(aString, null) });

/**
 * The singular value decomposition A = U·diag(S)·Vh of matrices [..., m, n]. The signs of the vectors are not determined,
 * so a gradient through them means something only for functions that do not depend on those.
 *
 * @param fullMatrices - Whether U and Vh are square; otherwise they have k = min(m, n) columns and rows. What is beyond k
 * has no gradient.
 * @throws LinAlgError for elements that are not finite.
 * @example linalg.svd(tensor([[3, 0], [0, -2], [0, 0]]), false).S; // tensor([3., 2.])
 */
export function svd(
  ...args: Args<[A: Tensor], [fullMatrices: boolean], { readonly A: Tensor; readonly fullMatrices?: boolean }>
): SvdResult {
  const { A, fullMatrices } = SVD.read(args);
  return singular("svd", A, fullMatrices);
}

/** {@link svd} for `op`. */
export function singular(op: string, A: Tensor, fullMatrices: boolean): SvdResult {
  checkMatrix(op, A);
  const [m, n] = A.shape.slice(-2) as [number, number];
  const { u, s, vt } = singularParts(apply(ops.svd, [A], null), m, n);
  const name = "LinalgSvdBackward0";
  const S = asNonView(name, s);
  if (!fullMatrices || m === n) return { U: asNonView(name, u), S, Vh: asNonView(name, vt) };
  const U = m > n ? apply(ops.cat, [u, apply(ops.completeBasis, [u.detach()], null)], u.ndim - 1) : u;
  const Vh = m < n ? apply(ops.cat, [vt, apply(ops.completeBasis, [vt.detach().mT], null).mT], vt.ndim - 2) : vt;
  return { U: asNonView(name, U), S, Vh: asNonView(name, Vh) };
}

/**
 * The singular values of matrices [..., m, n], descending.
 *
 * @example linalg.svdvals(tensor([[3, 0], [0, -2]])); // tensor([3., 2.])
 */
export function svdvals(...args: MatrixArgs): Tensor {
  const { A } = SVDVALS.read(args);
  checkMatrix("svdvals", A);
  return apply(ops.svdvals, [A], null);
}
