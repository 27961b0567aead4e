/**
 * @file Decompositions by ml-matrix, where there is no LAPACK: in browsers, and in Node without koffi. What that package
 * has not in the form that is needed are plain loops.
 */
import {
  CholeskyDecomposition,
  EigenvalueDecomposition,
  Matrix,
  QrDecomposition,
  SingularValueDecomposition,
} from "ml-matrix";
import type { Decompositions, Eigen, LuFactors, QrFactors, Singular, SymmetricEigen } from "./decompositions.ts";

function matrixOf(a: Float64Array, rows: number, cols: number): Matrix {
  const matrix = new Matrix(rows, cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) matrix.set(i, j, a[i * cols + j] as number);
  return matrix;
}

function arrayOf(matrix: Matrix, rows = matrix.rows, cols = matrix.columns): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[i * cols + j] = matrix.get(i, j);
  return out;
}

/** The matrix whose upper triangle mirrors the lower one. */
function symmetric(a: Float64Array, n: number): Matrix {
  const matrix = new Matrix(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) matrix.set(i, j, a[Math.max(i, j) * n + Math.min(i, j)] as number);
  return matrix;
}

/** Gaussian elimination with the largest element of each column as the pivot. */
function lu(a: Float64Array, n: number): LuFactors {
  const x = a.slice();
  const pivots = new Int32Array(n);
  const at = (i: number, j: number): number => x[i * n + j] as number;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(at(i, k)) > Math.abs(at(best, k))) best = i;
    pivots[k] = best;
    if (best !== k) {
      for (let j = 0; j < n; j++) [x[k * n + j], x[best * n + j]] = [at(best, j), at(k, j)];
    }
    const pivot = at(k, k);
    if (pivot === 0) continue;
    for (let i = k + 1; i < n; i++) {
      const factor = at(i, k) / pivot;
      x[i * n + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) x[i * n + j] = at(i, j) - factor * at(k, j);
    }
  }
  return { lu: x, pivots };
}

function cholesky(a: Float64Array, n: number): Float64Array | number {
  const decomposition = new CholeskyDecomposition(symmetric(a, n));
  if (!decomposition.isPositiveDefinite()) return firstBadMinor(a, n);
  return arrayOf(decomposition.lowerTriangularMatrix);
}

/** The order of the first leading minor that is not positive. */
function firstBadMinor(a: Float64Array, n: number): number {
  for (let k = 1; k < n; k++) {
    const minor = new Float64Array(k * k);
    for (let i = 0; i < k; i++) minor.set(a.subarray(i * n, i * n + k), i * k);
    if (!new CholeskyDecomposition(symmetric(minor, k)).isPositiveDefinite()) return k;
  }
  return n;
}

/** ml-matrix wants at least as many rows as columns, and gives min(m, n) columns of Q. */
function qr(a: Float64Array, m: number, n: number, complete: boolean): QrFactors {
  const k = complete ? m : Math.min(m, n);
  if (m === 0 || n === 0) return { q: identity(m, k), r: new Float64Array(k * n) };
  // The reflections see the columns one after the other: more columns of a matrix that begins with A do not change Q.
  const square = Math.min(m, n);
  const source = new Matrix(m, k);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < square; j++) source.set(i, j, a[i * n + j] as number);
    // Columns beyond those of A complete the basis; random ones are independent of them.
    for (let j = square; j < k; j++) source.set(i, j, Math.sin(1 + i * 12.9898 + j * 78.233));
  }
  const q = arrayOf(new QrDecomposition(source).orthogonalMatrix, m, k);
  const r = new Float64Array(k * n);
  for (let i = 0; i < Math.min(k, square || k); i++) {
    for (let j = i; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < m; l++) sum += (q[l * k + i] as number) * (a[l * n + j] as number);
      r[i * n + j] = sum;
    }
  }
  return { q, r };
}

function identity(rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < Math.min(rows, cols); i++) out[i * cols + i] = 1;
  return out;
}

function eigh(a: Float64Array, n: number): SymmetricEigen {
  if (n === 0) return { values: new Float64Array(0), vectors: new Float64Array(0) };
  const decomposition = new EigenvalueDecomposition(symmetric(a, n), { assumeSymmetric: true });
  const raw = decomposition.realEigenvalues;
  const order = [...raw.keys()].sort((i, j) => (raw[i] as number) - (raw[j] as number));
  const vectors = decomposition.eigenvectorMatrix;
  const sorted = new Float64Array(n * n);
  for (const [to, from] of order.entries()) for (let i = 0; i < n; i++) sorted[i * n + to] = vectors.get(i, from);
  return { values: Float64Array.from(order, (i) => raw[i] as number), vectors: sorted };
}

function eig(a: Float64Array, n: number): Eigen {
  if (n === 0) return { real: new Float64Array(0), imaginary: new Float64Array(0), vectors: new Float64Array(0) };
  const decomposition = new EigenvalueDecomposition(matrixOf(a, n, n), { assumeSymmetric: false });
  const vectors = arrayOf(decomposition.eigenvectorMatrix);
  for (let j = 0; j < n; j++) {
    let square = 0;
    for (let i = 0; i < n; i++) square += (vectors[i * n + j] as number) ** 2;
    const length = Math.sqrt(square);
    for (let i = 0; i < n; i++) vectors[i * n + j] = (vectors[i * n + j] as number) / length;
  }
  return {
    real: Float64Array.from(decomposition.realEigenvalues),
    imaginary: Float64Array.from(decomposition.imaginaryEigenvalues),
    vectors,
  };
}

function svd(a: Float64Array, m: number, n: number): Singular {
  const k = Math.min(m, n);
  if (k === 0) return { u: new Float64Array(0), s: new Float64Array(0), vt: new Float64Array(0) };
  const decomposition = new SingularValueDecomposition(matrixOf(a, m, n), { autoTranspose: true });
  const [left, right] = [decomposition.leftSingularVectors, decomposition.rightSingularVectors];
  return {
    u: arrayOf(left, m, k),
    s: Float64Array.from(decomposition.diagonal.slice(0, k)),
    vt: arrayOf(right.transpose(), k, n),
  };
}

function solveTriangular(
  t: Float64Array,
  b: Float64Array,
  n: number,
  k: number,
  { upper, unit }: { readonly upper: boolean; readonly unit: boolean },
): Float64Array {
  const x = b.slice();
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    for (let j = upper ? i + 1 : 0; j < (upper ? n : i); j++) {
      const factor = t[i * n + j] as number;
      if (factor === 0) continue;
      for (let c = 0; c < k; c++) x[i * k + c] = (x[i * k + c] as number) - factor * (x[j * k + c] as number);
    }
    if (unit) continue;
    const pivot = t[i * n + i] as number;
    for (let c = 0; c < k; c++) x[i * k + c] = (x[i * k + c] as number) / pivot;
  }
  return x;
}

/** Decompositions in JavaScript. */
export const javascript: Decompositions = {
  name: "javascript",
  lu,
  cholesky,
  qr,
  eigh,
  eig,
  svd,
  solveTriangular,
};
