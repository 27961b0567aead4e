/**
 * @file Decompositions where there is no LAPACK, in browsers and in Node without koffi: eigenvalues and singular values by
 * ml-matrix, the others by loops.
 */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import type {
  Decompositions,
  Eigen,
  LeastSquares,
  LuFactors,
  QrFactors,
  Singular,
  SymmetricEigen,
} from "./decompositions.ts";
import { choleskyAt, lstsqByReflections, luAt, qrByReflections, solveTriangularAt, type Triangle } from "./loops.ts";

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

function lu(a: Float64Array, n: number): LuFactors {
  const x = a.slice();
  const pivots = new Int32Array(n);
  luAt(x, 0, n, pivots, 0);
  return { lu: x, pivots };
}

function cholesky(a: Float64Array, n: number): Float64Array | number {
  const x = a.slice();
  return choleskyAt(x, 0, n) || x;
}

function qr(a: Float64Array, m: number, n: number, complete: boolean): QrFactors {
  return qrByReflections(a, m, n, complete ? m : Math.min(m, n));
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

function eigvalsh(a: Float64Array, n: number): Float64Array {
  if (n === 0) return new Float64Array(0);
  const { realEigenvalues } = new EigenvalueDecomposition(symmetric(a, n), { assumeSymmetric: true });
  return Float64Array.from(realEigenvalues).sort();
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

function svdvals(a: Float64Array, m: number, n: number): Float64Array {
  const k = Math.min(m, n);
  if (k === 0) return new Float64Array(0);
  const { diagonal } = new SingularValueDecomposition(matrixOf(a, m, n), {
    autoTranspose: true,
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  });
  return Float64Array.from(diagonal.slice(0, k));
}

function lstsq(a: Float64Array, b: Float64Array, m: number, n: number, k: number, rtol: number): LeastSquares {
  const found = lstsqByReflections(a, b, m, n, k, rtol);
  if (found !== null) return found;
  const { u, s, vt } = svd(a, m, n);
  const small = Math.min(m, n);
  const bound = rtol * (s[0] ?? 0);
  const rank = s.findLastIndex((value) => value > bound) + 1;
  const x = new Float64Array(n * k);
  for (let l = 0; l < rank; l++) {
    for (let c = 0; c < k; c++) {
      let dot = 0;
      for (let i = 0; i < m; i++) dot += u[i * small + l]! * b[i * k + c]!;
      dot /= s[l]!;
      for (let j = 0; j < n; j++) x[j * k + c]! += vt[l * n + j]! * dot;
    }
  }
  return { x, rank };
}

function solveTriangular(t: Float64Array, b: Float64Array, n: number, k: number, how: Triangle): Float64Array {
  const x = b.slice();
  solveTriangularAt(t, 0, x, 0, n, k, how);
  return x;
}

/** Decompositions in JavaScript. */
export const javascript: Decompositions = {
  name: "javascript",
  lu,
  cholesky,
  qr,
  eigh,
  eigvalsh,
  eig,
  svd,
  svdvals,
  lstsq,
  solveTriangular,
};
