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

/** Factors of rows that there are not. */
const NONE = [0, 0, 0] as const;

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
      const [q, r, s] = j + 4 <= end ? [t[row + j + 1]!, t[row + j + 2]!, t[row + j + 3]!] : NONE;
      if (factor !== 0 && q !== 0 && r !== 0 && s !== 0) {
        // Four rows at a time: what is written is read and written once for them.
        const from = xAt + j * k;
        for (let c = 0; c < k; c++) {
          const at = from + c;
          x[to + c] = x[to + c]! - (factor * x[at]! + q * x[at + k]! + (r * x[at + 2 * k]! + s * x[at + 3 * k]!));
        }
        j += 3;
        continue;
      }
      if (factor === 0) continue;
      const from = xAt + j * k;
      for (let c = 0; c < k; c++) x[to + c] = x[to + c]! - factor * x[from + c]!;
    }
    if (unit) continue;
    const pivot = t[row + i]!;
    for (let c = 0; c < k; c++) x[to + c] = x[to + c]! / pivot;
  }
}

/**
 * How many times the bound of the rank the smallest pivot of a QR decomposition has to be above it, for each column: it is
 * an estimate of the smallest singular value.
 */
const CLEARLY_ABOVE = 100;

/**
 * The smallest X [n,k] of the smallest |A·X − B|, for A [m,n] and B [m,k], by Householder's reflections with the longest
 * column first; null where the rank is not clearly full.
 */
export function lstsqByReflections(
  a: Float64Array,
  b: Float64Array,
  m: number,
  n: number,
  k: number,
  rtol: number,
): { readonly x: Float64Array; readonly rank: number } | null {
  const isTall = m >= n;
  const [rows, cols] = isTall ? [m, n] : [n, m];
  const columns = isTall ? transposed(a, m, n) : a.slice();
  const qr = pivotedQr(columns, rows, cols);
  const { diagonal, factors, order } = qr;
  const bound = CLEARLY_ABOVE * cols * rtol * Math.abs(diagonal[0] ?? 0);
  for (let j = 0; j < cols; j++) if (!(Math.abs(diagonal[j]!) > bound)) return null;
  const x = new Float64Array(n * k);
  const side = new Float64Array(rows);
  for (let c = 0; c < k; c++) {
    if (isTall) {
      for (let i = 0; i < m; i++) side[i] = b[i * k + c]!;
      for (let j = 0; j < cols; j++) reflectVector(side, 0, columns, rows, j, factors[j]!);
      for (let i = cols - 1; i >= 0; i--) {
        let sum = side[i]!;
        for (let j = i + 1; j < cols; j++) sum -= columns[j * rows + i]! * side[j]!;
        side[i] = sum / diagonal[i]!;
      }
      for (let j = 0; j < n; j++) x[order[j]! * k + c] = side[j]!;
    } else {
      // Aᵀ·P = Q·R, so that X = Q·R⁻ᵀ·Pᵀ·B.
      side.fill(0);
      for (let i = 0; i < cols; i++) {
        let sum = b[order[i]! * k + c]!;
        for (let j = 0; j < i; j++) sum -= columns[i * rows + j]! * side[j]!;
        side[i] = sum / diagonal[i]!;
      }
      for (let j = cols - 1; j >= 0; j--) reflectVector(side, 0, columns, rows, j, factors[j]!);
      for (let i = 0; i < n; i++) x[i * k + c] = side[i]!;
    }
  }
  return { x, rank: cols };
}

/** A row-major matrix column by column, or back; in tiles, whose columns do not push each other out of the cache. */
export function transposed(a: Float64Array, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let top = 0; top < rows; top += 8) {
    const bottom = Math.min(top + 8, rows);
    for (let j = 0; j < cols; j++) for (let i = top; i < bottom; i++) out[j * rows + i] = a[i * cols + j]!;
  }
  return out;
}

/** x − factor·v·(vᵀ·x) for the x that begins at `from`, where v is 1 at `at` and what lies below in that column. */
function reflectVector(
  x: Float64Array,
  from: number,
  columns: Float64Array,
  rows: number,
  at: number,
  factor: number,
): void {
  const v = at * rows;
  let dot = x[from + at]!;
  for (let i = at + 1; i < rows; i++) dot += columns[v + i]! * x[from + i]!;
  dot *= factor;
  x[from + at] = x[from + at]! - dot;
  for (let i = at + 1; i < rows; i++) x[from + i] = x[from + i]! - dot * columns[v + i]!;
}

/**
 * Q·R of columns that lie one after the other, at least as long as many, in their place: R above the diagonal, whose
 * elements are apart, and the vectors of the reflections below. Column j is the given one `order[j]`.
 */
function pivotedQr(
  columns: Float64Array,
  rows: number,
  cols: number,
): { readonly diagonal: Float64Array; readonly factors: Float64Array; readonly order: Int32Array } {
  const [diagonal, factors] = [new Float64Array(cols), new Float64Array(cols)];
  const order = Int32Array.from({ length: cols }, (_, j) => j);
  const squareBelow = (j: number, top: number): number => {
    let square = 0;
    for (let i = top; i < rows; i++) square += columns[j * rows + i]! * columns[j * rows + i]!;
    return square;
  };
  for (let j = 0; j < cols; j++) {
    let [longest, most] = [j, -1];
    for (let other = j; other < cols; other++) {
      const square = squareBelow(other, j);
      if (square > most) [longest, most] = [other, square];
    }
    if (longest !== j) {
      exchangeRows(columns, j * rows, longest * rows, rows);
      const here = order[j]!;
      order[j] = order[longest]!;
      order[longest] = here;
    }
    const top = j * rows + j;
    const alpha = columns[top]!;
    const below = squareBelow(j, j + 1);
    diagonal[j] = alpha;
    if (below === 0) continue;
    const beta = alpha < 0 ? Math.sqrt(alpha * alpha + below) : -Math.sqrt(alpha * alpha + below);
    diagonal[j] = beta;
    factors[j] = (beta - alpha) / beta;
    for (let i = j + 1; i < rows; i++) columns[j * rows + i] = columns[j * rows + i]! / (alpha - beta);
    for (let other = j + 1; other < cols; other++) {
      reflectVector(columns, other * rows, columns, rows, j, factors[j]!);
    }
  }
  return { diagonal, factors, order };
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
