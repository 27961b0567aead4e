/**
 * @file Factorizations and triangular systems as plain loops over one matrix of float64, row-major, that begins somewhere in
 * an array. They work in place: for small matrices of a batch, a call of LAPACK takes longer than its work.
 */

/**
 * Matrices up to this size are factored by loops. Measured: a call of LAPACK takes 4 to 8 µs, as the loops do for a matrix of
 * 16 to 20.
 */
export const SMALL = 16;

/** Which triangle of a matrix is read, and whether its diagonal is taken for ones. */
export interface Triangle {
  readonly upper: boolean;
  readonly unit: boolean;
}

/** Gaussian elimination of the matrix at `at`, with the largest element of each column as the pivot. */
export function luAt(a: Float64Array, at: number, n: number, pivots: Int32Array, pivotsAt: number): void {
  for (let k = 0; k < n; k++) {
    const top = at + k * n;
    let best = k;
    let largest = Math.abs(a[top + k]!);
    for (let i = k + 1; i < n; i++) {
      const size = Math.abs(a[at + i * n + k]!);
      if (size > largest) {
        largest = size;
        best = i;
      }
    }
    pivots[pivotsAt + k] = best;
    if (best !== k) exchangeRows(a, top, at + best * n, n);
    const pivot = a[top + k]!;
    if (pivot === 0) continue;
    for (let i = k + 1; i < n; i++) {
      const row = at + i * n;
      const factor = a[row + k]! / pivot;
      a[row + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[row + j] = a[row + j]! - factor * a[top + j]!;
    }
  }
}

/** Exchanges n numbers at two places. */
export function exchangeRows(a: Float64Array, first: number, second: number, n: number): void {
  for (let j = 0; j < n; j++) {
    const number = a[first + j]!;
    a[first + j] = a[second + j]!;
    a[second + j] = number;
  }
}

/**
 * L of the matrix at `at`, of which the lower triangle is read, with zeros above: 0, or the order of the leading minor that is
 * not positive.
 */
export function choleskyAt(a: Float64Array, at: number, n: number): number {
  for (let j = 0; j < n; j++) {
    const top = at + j * n;
    for (let i = j; i < n; i++) {
      const row = at + i * n;
      let sum = a[row + j]!;
      for (let k = 0; k < j; k++) sum -= a[row + k]! * a[top + k]!;
      if (i > j) a[row + j] = sum / a[top + j]!;
      else if (sum > 0) a[top + j] = Math.sqrt(sum);
      else return j + 1;
    }
    a.fill(0, top + j + 1, top + n);
  }
  return 0;
}

/** X of T·X = B in the place of B [n,k]. */
export function solveTriangularAt(
  t: Float64Array,
  tAt: number,
  x: Float64Array,
  xAt: number,
  n: number,
  k: number,
  { upper, unit }: Triangle,
): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const row = tAt + i * n;
    const to = xAt + i * k;
    const end = upper ? n : i;
    for (let j = upper ? i + 1 : 0; j < end; j++) {
      const factor = t[row + j]!;
      if (factor === 0) continue;
      const from = xAt + j * k;
      for (let c = 0; c < k; c++) x[to + c] = x[to + c]! - factor * x[from + c]!;
    }
    if (unit) continue;
    const pivot = t[row + i]!;
    for (let c = 0; c < k; c++) x[to + c] = x[to + c]! / pivot;
  }
}

/** x − factor·v·(vᵀ·x) for the columns from `first` of a matrix with n columns, from row `top` on; v is a column of `of`. */
function reflect(
  x: Float64Array,
  of: Float64Array,
  shape: { readonly m: number; readonly n: number; readonly ofN: number },
  column: number,
  factor: number,
  first: number,
): void {
  const { m, n, ofN } = shape;
  for (let c = first; c < n; c++) {
    let dot = x[column * n + c]!;
    for (let i = column + 1; i < m; i++) dot += of[i * ofN + column]! * x[i * n + c]!;
    dot *= factor;
    x[column * n + c] = x[column * n + c]! - dot;
    for (let i = column + 1; i < m; i++) x[i * n + c] = x[i * n + c]! - dot * of[i * ofN + column]!;
  }
}

/** Q [m,k] and R [k,n] of a matrix [m,n], by Householder's reflections with LAPACK's signs; k ≥ min(m, n). */
export function qrByReflections(
  a: Float64Array,
  m: number,
  n: number,
  k: number,
): { readonly q: Float64Array; readonly r: Float64Array } {
  const small = Math.min(m, n);
  const x = a.slice();
  const factors = new Float64Array(small);
  for (let j = 0; j < small; j++) {
    let square = 0;
    for (let i = j + 1; i < m; i++) square += x[i * n + j]! * x[i * n + j]!;
    if (square === 0) continue;
    const alpha = x[j * n + j]!;
    const beta = alpha < 0 ? Math.sqrt(alpha * alpha + square) : -Math.sqrt(alpha * alpha + square);
    factors[j] = (beta - alpha) / beta;
    for (let i = j + 1; i < m; i++) x[i * n + j] = x[i * n + j]! / (alpha - beta);
    reflect(x, x, { m, n, ofN: n }, j, factors[j]!, j + 1);
    x[j * n + j] = beta;
  }
  const q = new Float64Array(m * k);
  for (let i = 0; i < Math.min(m, k); i++) q[i * k + i] = 1;
  for (let j = small - 1; j >= 0; j--) reflect(q, x, { m, n: k, ofN: n }, j, factors[j]!, j);
  const r = new Float64Array(k * n);
  for (let i = 0; i < Math.min(k, m); i++) for (let j = i; j < n; j++) r[i * n + j] = x[i * n + j]!;
  return { q, r };
}
