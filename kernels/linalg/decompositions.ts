/**
 * @file The contract of linear algebra: decompositions of one matrix of float64, row-major, on the host. float32 is
 * computed in float64 too and rounded at the end.
 */

import type { Triangle } from "./loops.ts";

/** A square matrix as P·L·U: L below the diagonal (which is 1 there) and U on and above it, in one array. */
export interface LuFactors {
  readonly lu: Float64Array;
  /** Row i was exchanged with row `pivots[i]`, one after the other. */
  readonly pivots: Int32Array;
}

/** Eigenvalues in ascending order, and orthonormal eigenvectors in the columns. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Eigenvalues, and eigenvectors of length 1 in the columns; those of complex values are not given. */
export interface Eigen {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly vectors: Float64Array;
}

/** U [m,k], S in descending order, Vᵀ [k,n], k = min(m, n). */
export interface Singular {
  readonly u: Float64Array;
  readonly s: Float64Array;
  readonly vt: Float64Array;
}

/** A least-squares solution X [n,k], and the rank of the matrix. */
export interface LeastSquares {
  readonly x: Float64Array;
  readonly rank: number;
}

/** Q [m,k] and R [k,n]. */
export interface QrFactors {
  readonly q: Float64Array;
  readonly r: Float64Array;
}

/** Who computes decompositions: the system's LAPACK, or a JavaScript library. */
export interface Decompositions {
  readonly name: "lapack" | "javascript";
  lu(a: Float64Array, n: number): LuFactors;
  /** L of A = L·Lᵀ, with zeros above; or the order of the leading minor that is not positive. Reads the lower triangle. */
  cholesky(a: Float64Array, n: number): Float64Array | number;
  /** With k = m if `complete`, else min(m, n). */
  qr(a: Float64Array, m: number, n: number, complete: boolean): QrFactors;
  /** Reads the lower triangle. Null if it does not converge. */
  eigh(a: Float64Array, n: number): SymmetricEigen | null;
  /** The eigenvalues of {@link eigh} alone. Null if it does not converge. */
  eigvalsh(a: Float64Array, n: number): Float64Array | null;
  /** Null if it does not converge. */
  eig(a: Float64Array, n: number): Eigen | null;
  /** Null if it does not converge. */
  svd(a: Float64Array, m: number, n: number): Singular | null;
  /** The singular values of {@link svd} alone. Null if it does not converge. */
  svdvals(a: Float64Array, m: number, n: number): Float64Array | null;
  /**
   * The smallest X of the smallest |A·X − B|, for B [m,k], where singular values below `rtol` times the largest count as 0.
   * Null if it does not converge.
   */
  lstsq(a: Float64Array, b: Float64Array, m: number, n: number, k: number, rtol: number): LeastSquares | null;
  /** X of T·X = B [n,k] for a triangular T [n,n], whose other triangle is not read. */
  solveTriangular(t: Float64Array, b: Float64Array, n: number, k: number, how: Triangle): Float64Array;
  /** As {@link solveTriangular}, in the place of B and in single precision; missing where that is not faster. */
  solveTriangularSingle?(t: Float32Array, b: Float32Array, n: number, k: number, how: Triangle): void;
}
