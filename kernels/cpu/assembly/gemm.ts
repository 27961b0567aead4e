/**
 * @file Float32 matrix products, in pieces that a caller puts together.
 *
 * All functions work on addresses and steps in bytes and keep no state, so threads may run them side by side on parts
 * of one product, each with pack buffers of its own. Common arguments: `ldc` leads from row to row of C; `bias` is the
 * address of n floats that are added to every row, or 0; `flags` is the sum of 1 (add to C) and 2 (store max(0, ·)).
 */
import { dot } from "./gemm/dot";
import { tile2x4, tile2x8, tile3x4, tile3x8, tile4x4, tile5x4, tile6x4 } from "./gemm/edge";
import { column4, column5, column6, row4, row5, row6 } from "./gemm/inplace";
import { heightOf, packA, packB, packRows, widthOf } from "./gemm/pack";
import { rowTimesMatrix, small } from "./gemm/plain";
import { keep4x8, keep5x8, keep6x8, tile4x8, tile5x8, tile6x8 } from "./gemm/wide";

export { dot, packA, packB, packRows, rowTimesMatrix, small };

/**
 * C[m,n] = A[m,k]·B[k,n] for m ≥ 2, each operand packed, or in place if the elements of a panel are neighbours.
 *
 * @param a Packed by `packA` (`aStep` 0), or in place: rows are neighbours and `aStep` leads to the next k.
 * @param b Packed by `packB` (`bStep` 0), or in place: columns are neighbours, `bStep` leads to the next k, and n must
 *   be a multiple of 8.
 * @param kept If not 0, B is in place, and gets packed to this address while the first rows are worked on; needs
 *   m ≥ 4. What has been packed may serve further calls.
 */
export function macro(
  m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize,
  bias: usize, flags: i32,
): void {
  while (n > 0) {
    const cols = n < 8 ? n : 8;
    if (kept) {
      const rows = keep(m, k, a, aStep, b, bStep, kept, c, ldc, bias, flags);
      const skip = <usize>rows << 2;
      if (rows < m) {
        column(m - rows, 8, k, a + (aStep ? skip : skip * k), aStep, kept, 32, c + <usize>rows * ldc, ldc, bias, flags);
      }
      kept += <usize>k << 5;
    } else {
      column(m, cols, k, a, aStep, b, bStep ? bStep : <usize>widthOf(cols) << 2, c, ldc, bias, flags);
    }
    n -= cols;
    b += bStep ? 32 : <usize>k << 5;
    c += 32;
    if (bias) bias += 32;
  }
}

/** The first panel of A with 8 columns of B in place, which it packs. Returns the panel's rows. */
function keep(
  m: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize, bias: usize,
  flags: i32,
): i32 {
  const rows = heightOf(m);
  const step = aStep ? aStep : <usize>rows << 2;
  if (rows == 6) keep6x8(k, a, step, b, bStep, kept, c, ldc, bias, flags);
  else if (rows == 5) keep5x8(k, a, step, b, bStep, kept, c, ldc, bias, flags);
  else keep4x8(k, a, step, b, bStep, kept, c, ldc, bias, flags);
  return rows;
}

/** One panel of B, which stays in the first-level cache, with all panels of A. */
function column(
  m: i32, cols: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, ldc: usize, bias: usize,
  flags: i32,
): void {
  while (m > 0) {
    const rows = heightOf(m);
    const step = aStep ? aStep : <usize>rows << 2;
    if (cols > 4) {
      if (rows == 6) tile6x8(k, a, step, b, bStep, c, ldc, cols, bias, flags);
      else if (rows == 5) tile5x8(k, a, step, b, bStep, c, ldc, cols, bias, flags);
      else if (rows == 4) tile4x8(k, a, step, b, bStep, c, ldc, cols, bias, flags);
      else if (rows == 3) tile3x8(k, a, step, b, bStep, c, ldc, cols, bias, flags);
      else tile2x8(k, a, step, b, bStep, c, ldc, cols, bias, flags);
    } else {
      if (rows == 6) tile6x4(k, a, step, b, bStep, c, ldc, cols, bias, flags);
      else if (rows == 5) tile5x4(k, a, step, b, bStep, c, ldc, cols, bias, flags);
      else if (rows == 4) tile4x4(k, a, step, b, bStep, c, ldc, cols, bias, flags);
      else if (rows == 3) tile3x4(k, a, step, b, bStep, c, ldc, cols, bias, flags);
      else tile2x4(k, a, step, b, bStep, c, ldc, cols, bias, flags);
    }
    m -= rows;
    a += aStep ? <usize>rows << 2 : (<usize>rows * k) << 2;
    c += <usize>rows * ldc;
  }
}

/**
 * C[m,n] = A[m,k]·B[k,n] with A in place, its rows contiguous along k and `aRow` apart, m ≥ 8.
 *
 * @param b Packed by `packB`; n % 8 must be 0 or above 4.
 */
export function rowsInPlace(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  while (m > 0) {
    const rows = heightOf(m);
    for (let j = 0; j < n; j += 8) {
      const cols = n - j < 8 ? n - j : 8;
      const panel = b + ((<usize>j * k) << 2);
      const to = c + (<usize>j << 2);
      const start = bias ? bias + (<usize>j << 2) : 0;
      if (rows == 6) row6(k, a, aRow, panel, to, ldc, cols, start, flags);
      else if (rows == 5) row5(k, a, aRow, panel, to, ldc, cols, start, flags);
      else row4(k, a, aRow, panel, to, ldc, cols, start, flags);
    }
    m -= rows;
    a += <usize>rows * aRow;
    c += <usize>rows * ldc;
  }
}

/**
 * C[m,n] = A[m,k]·B[k,n] with B in place, its columns contiguous along k and `bCol` apart, n ≥ 8.
 *
 * @param a The transpose of A, packed by `packB`; m % 8 must be 0 or above 4.
 */
export function columnsInPlace(
  m: i32, n: i32, k: i32, a: usize, b: usize, bCol: usize, c: usize, ldc: usize, bias: usize, flags: i32,
): void {
  while (n > 0) {
    const cols = heightOf(n);
    for (let i = 0; i < m; i += 8) {
      const rows = m - i < 8 ? m - i : 8;
      const panel = a + ((<usize>i * k) << 2);
      const to = c + <usize>i * ldc;
      if (cols == 6) column6(k, b, bCol, panel, to, ldc, rows, bias, flags);
      else if (cols == 5) column5(k, b, bCol, panel, to, ldc, rows, bias, flags);
      else column4(k, b, bCol, panel, to, ldc, rows, bias, flags);
    }
    n -= cols;
    b += <usize>cols * bCol;
    c += <usize>cols << 2;
    if (bias) bias += <usize>cols << 2;
  }
}

/**
 * Runs the 6×8 tile `times` times on packed panels that stay in the first-level cache: the speed that no product of
 * this kind can exceed. `a`, `b` and `c` hold 6·k, 8·k and 48 floats.
 */
export function peak(times: i32, k: i32, a: usize, b: usize, c: usize): void {
  for (; times > 0; times--) tile6x8(k, a, 24, b, 32, c, 32, 8, 0, 0);
}
