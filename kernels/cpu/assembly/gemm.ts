/**
 * @file Float32 matrix products, in pieces that a caller puts together.
 *
 * All functions work on addresses and steps in bytes and keep no state, so threads may run them side by side on parts
 * of one product, each with pack buffers of its own. Common arguments: `ldc` leads from row to row of C; `bias` is the
 * address of n floats that are added to every row, or 0; `flags` is the sum of 1 (add to C) and 2 (store max(0, ·));
 * `tile` is the address of 192 bytes for a tile on its way to C.
 */
import { dot } from "./gemm/dot";
import { finishColumns, finishTile, TILE_ROW } from "./gemm/epilogue";
import { inPlace4x8, inPlace5x8, inPlace6x8 } from "./gemm/microkernel-unpacked";
import { tile2x4, tile3x4, tile4x4, tile5x4, tile6x4 } from "./gemm/microkernel-6x4";
import { heightOf, packA, packB, packRows, widthOf } from "./gemm/pack";
import { rowTimesMatrix, small } from "./gemm/gemv";
import { keep4x8, keep5x8, keep6x8, tile2x8, tile3x8, tile4x8, tile5x8, tile6x8 } from "./gemm/microkernel-6x8";

export { dot, packA, packB, packRows, rowTimesMatrix, small };

/** What the sums of a tile start with. */
const ZEROS: usize = memory.data(32, 16);

/**
 * Whether a tile can go straight to C. Sums never start with the bias or with C: what one block of k sums up is rounded
 * on its own, which is more exact, and what other libraries do.
 */
@inline
function isDirect(cols: i32, bias: usize, flags: i32): bool {
  return cols == 8 && !bias && !flags;
}

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
  bias: usize, flags: i32, tile: usize,
): void {
  while (n > 0) {
    const cols = n < 8 ? n : 8;
    if (kept) {
      panel(m, 8, k, a, aStep, b, bStep, kept, c, ldc, bias, flags, tile);
      kept += <usize>k << 5;
    } else {
      const step = bStep ? bStep : <usize>widthOf(cols) << 2;
      panel(m, cols, k, a, aStep, b, step, 0, c, ldc, bias, flags, tile);
    }
    n -= cols;
    b += bStep ? 32 : <usize>k << 5;
    c += 32;
    if (bias) bias += 32;
  }
}

/** One panel of B, which stays in the first-level cache, with all panels of A, the first of which may pack it. */
function panel(
  m: i32, cols: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize,
  bias: usize, flags: i32, tile: usize,
): void {
  const direct = isDirect(cols, bias, flags);
  const toStep = direct ? ldc : TILE_ROW;
  while (m > 0) {
    const rows = heightOf(m);
    const step = aStep ? aStep : <usize>rows << 2;
    const target = direct ? c : tile;
    if (kept) {
      if (rows == 6) keep6x8(k, a, step, b, bStep, kept, ZEROS, 0, target, toStep);
      else if (rows == 5) keep5x8(k, a, step, b, bStep, kept, ZEROS, 0, target, toStep);
      else keep4x8(k, a, step, b, bStep, kept, ZEROS, 0, target, toStep);
      b = kept;
      bStep = 32;
      kept = 0;
    } else if (cols > 4) {
      if (rows == 6) tile6x8(k, a, step, b, bStep, ZEROS, 0, target, toStep);
      else if (rows == 5) tile5x8(k, a, step, b, bStep, ZEROS, 0, target, toStep);
      else if (rows == 4) tile4x8(k, a, step, b, bStep, ZEROS, 0, target, toStep);
      else if (rows == 3) tile3x8(k, a, step, b, bStep, ZEROS, 0, target, toStep);
      else tile2x8(k, a, step, b, bStep, ZEROS, 0, target, toStep);
    } else {
      if (rows == 6) tile6x4(k, a, step, b, bStep, tile, TILE_ROW);
      else if (rows == 5) tile5x4(k, a, step, b, bStep, tile, TILE_ROW);
      else if (rows == 4) tile4x4(k, a, step, b, bStep, tile, TILE_ROW);
      else if (rows == 3) tile3x4(k, a, step, b, bStep, tile, TILE_ROW);
      else tile2x4(k, a, step, b, bStep, tile, TILE_ROW);
    }
    if (!direct) finishTile(tile, rows, cols, c, ldc, bias, flags);
    m -= rows;
    a += aStep ? <usize>rows << 2 : (<usize>rows * k) << 2;
    c += <usize>rows * ldc;
  }
}

@inline
function inPlace(
  rows: i32, k: i32, a: usize, aRow: usize, b: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  if (rows == 6) inPlace6x8(k, a, aRow, b, from, fromStep, c, ldc);
  else if (rows == 5) inPlace5x8(k, a, aRow, b, from, fromStep, c, ldc);
  else inPlace4x8(k, a, aRow, b, from, fromStep, c, ldc);
}

/**
 * C[m,n] = A[m,k]·B[k,n] with A in place, its rows contiguous along k and `aRow` apart, m ≥ 8.
 *
 * @param b Packed by `packB`; n % 8 must be 0 or above 4.
 */
export function rowsInPlace(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, bias: usize, flags: i32, tile: usize,
): void {
  while (m > 0) {
    const rows = heightOf(m);
    for (let j = 0; j < n; j += 8) {
      const cols = n - j < 8 ? n - j : 8;
      const columns = b + ((<usize>j * k) << 2);
      const to = c + (<usize>j << 2);
      const start = bias ? bias + (<usize>j << 2) : 0;
      if (isDirect(cols, bias, flags)) {
        inPlace(rows, k, a, aRow, columns, ZEROS, 0, to, ldc);
      } else {
        inPlace(rows, k, a, aRow, columns, ZEROS, 0, tile, TILE_ROW);
        finishTile(tile, rows, cols, to, ldc, start, flags);
      }
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
  m: i32, n: i32, k: i32, a: usize, b: usize, bCol: usize, c: usize, ldc: usize, bias: usize, flags: i32, tile: usize,
): void {
  while (n > 0) {
    const cols = heightOf(n);
    for (let i = 0; i < m; i += 8) {
      inPlace(cols, k, b, bCol, a + ((<usize>i * k) << 2), ZEROS, 0, tile, TILE_ROW);
      finishColumns(tile, m - i < 8 ? m - i : 8, cols, c + <usize>i * ldc, ldc, bias, flags);
    }
    n -= cols;
    b += <usize>cols * bCol;
    c += <usize>cols << 2;
    if (bias) bias += <usize>cols << 2;
  }
}

/**
 * Runs 30 rows × 8 columns `times` times, in tiles of the best height, on one pair of packed panels that stay in the
 * first-level cache: the speed that no product of this kind can exceed. `a`, `b` and `c` hold 6·k, 8·k and 48 floats.
 */
export function peak(times: i32, k: i32, a: usize, b: usize, c: usize): void {
  const rows = heightOf(30);
  for (times *= 30 / rows; times > 0; times--) {
    if (rows == 6) tile6x8(k, a, 24, b, 32, ZEROS, 0, c, 32);
    else tile5x8(k, a, 20, b, 32, ZEROS, 0, c, 32);
  }
}
