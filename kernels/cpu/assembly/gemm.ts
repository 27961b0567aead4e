/**
 * @file Float32 matrix products, in pieces that a caller puts together.
 *
 * All functions work on addresses and steps in bytes and keep no state, so threads may run them side by side on parts
 * of one product, each with pack buffers of its own.
 */
import { dot } from "./gemm/dot";
import { heightOf, packA, packB, packRows, widthOf } from "./gemm/pack";
import { rowTimesMatrix, small } from "./gemm/plain";
import {
  tile2x4,
  tile2x8,
  tile3x4,
  tile3x8,
  tile4x4,
  tile4x8,
  tile5x4,
  tile5x8,
  tile6x4,
  tile6x8,
} from "./gemm/tile";

export { dot, packA, packB, packRows, rowTimesMatrix, small };

/**
 * C[m,n] = A[m,k]·B[k,n], m ≥ 2, from packed operands, or from operands in place whose panels are contiguous.
 *
 * @param a Packed by `packA` (`aStep` 0), or in place: rows are neighbours and `aStep` leads to the next k.
 * @param b Packed by `packB` (`bStep` 0), or in place: columns are neighbours and `bStep` leads to the next k. In
 *   place, n must be a multiple of 8.
 * @param bias n floats that are added to every row, or 0.
 * @param flags Sum of 1 (add to C) and 2 (store max(0, ·)).
 */
export function macro(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  bias: usize,
  flags: i32,
): void {
  while (n > 0) {
    const cols = n < 8 ? n : 8;
    const step = bStep ? bStep : <usize>widthOf(cols) << 2;
    column(m, cols, k, a, aStep, b, step, c, ldc, bias, flags);
    n -= cols;
    b += bStep ? 32 : <usize>k << 5;
    c += 32;
    if (bias) bias += 32;
  }
}

/** One panel of B, which stays in the first-level cache, with all panels of A. */
function column(
  m: i32,
  cols: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  bias: usize,
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
    a += aStep ? <usize>rows << 2 : (<usize>rows * <usize>k) << 2;
    c += <usize>rows * ldc;
  }
}

/** Runs the 6×8 tile `times` times on one packed pair of panels: the speed that no product can exceed. */
export function peak(times: i32, k: i32, a: usize, b: usize, c: usize): void {
  for (; times > 0; times--) tile6x8(k, a, 24, b, 32, c, 32, 8, 0, 0);
}
