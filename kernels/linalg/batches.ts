/** @file Factorizations and triangular systems of batches of matrices, in place: each by LAPACK, or small ones by loops. */
import { systemDecompositions } from "./index.ts";
import { choleskyAt, exchangeRows, luAt, SMALL, solveTriangularAt, type Triangle } from "./loops.ts";

/** P·L·U of each matrix [n,n], in one array in its place; the pivots of all. */
export function luOfBatch(a: Float64Array, count: number, n: number): Int32Array {
  const pivots = new Int32Array(count * n);
  for (let b = 0; b < count; b++) {
    const at = b * n * n;
    if (n <= SMALL) luAt(a, at, n, pivots, b * n);
    else {
      const factors = systemDecompositions().lu(a.subarray(at, at + n * n), n);
      a.set(factors.lu, at);
      pivots.set(factors.pivots, b * n);
    }
  }
  return pivots;
}

/** L of each matrix [n,n] in its place; or which of them has a leading minor of what order that is not positive. */
export function choleskyOfBatch(
  a: Float64Array,
  count: number,
  n: number,
): { readonly which: number; readonly order: number } | null {
  for (let which = 0; which < count; which++) {
    const at = which * n * n;
    if (n <= SMALL) {
      const order = choleskyAt(a, at, n);
      if (order > 0) return { which, order };
    } else {
      const factor = systemDecompositions().cholesky(a.subarray(at, at + n * n), n);
      if (typeof factor === "number") return { which, order: factor };
      a.set(factor, at);
    }
  }
  return null;
}

/** X of T·X = B for each triangular T [n,n] and B [n,k], in the place of B. */
export function solveTriangularBatch(
  t: Float64Array,
  x: Float64Array,
  count: number,
  n: number,
  k: number,
  how: Triangle,
): void {
  for (let b = 0; b < count; b++) {
    const [at, to] = [b * n * n, b * n * k];
    if (n <= SMALL) solveTriangularAt(t, at, x, to, n, k, how);
    else {
      const [triangle, right] = [t.subarray(at, at + n * n), x.subarray(to, to + n * k)];
      x.set(systemDecompositions().solveTriangular(triangle, right, n, k, how), to);
    }
  }
}

/** X of A·X = B for each B [n,k], in its place, from what {@link luOfBatch} gave. */
export function solveFactoredBatch(
  lu: Float64Array,
  pivots: Int32Array,
  x: Float64Array,
  count: number,
  n: number,
  k: number,
): void {
  for (let b = 0; b < count; b++) {
    for (let i = 0; i < n; i++) {
      const p = pivots[b * n + i]!;
      if (p !== i) exchangeRows(x, (b * n + i) * k, (b * n + p) * k, k);
    }
  }
  solveTriangularBatch(lu, x, count, n, k, { upper: false, unit: true });
  solveTriangularBatch(lu, x, count, n, k, { upper: true, unit: false });
}
