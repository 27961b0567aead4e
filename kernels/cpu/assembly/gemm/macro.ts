/** @file Blocks of a product: panels of packed operands, or of operands in place, multiplied tile by tile. */
import { finishColumns, finishTile, TILE_ROW } from "./epilogue";
import { inPlace4, inPlace5, inPlace6 } from "./microkernel-unpacked";
import { narrow2, narrow3, narrow4, narrow5, narrow6 } from "./microkernel-narrow";
import { heightOf, widthOf } from "./pack";
import { keep4, keep5, keep6, tile2, tile3, tile4, tile5, tile6 } from "./microkernel";

/** What the sums of a tile start with. */
const ZEROS: usize = memory.data(32, 16);

/**
 * Whether a tile can go straight to C. Sums never start with the bias or with C: what one block of k sums up is rounded
 * on its own, which is more exact, and what other libraries do.
 */
@inline
function isDirect<T>(cols: i32, bias: usize, flags: i32): bool {
  return cols == <i32>(32 / sizeof<T>()) && !bias && !flags;
}

/**
 * C[m,n] = A[m,k]·B[k,n] for m ≥ 2, each operand packed, or in place if the elements of a panel are neighbours.
 *
 * @param a Packed by `packA` (`aStep` 0), or in place: rows are neighbours and `aStep` leads to the next k.
 * @param b Packed by `packB` (`bStep` 0), or in place: columns are neighbours, `bStep` leads to the next k, and n must
 *   be whole panels.
 * @param kept If not 0, B is in place, and gets packed to this address while the first rows are worked on; needs
 *   m ≥ 4. What has been packed may serve further calls.
 */
export function macro<T>(
  m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize,
  bias: usize, flags: i32, tile: usize,
): void {
  const width = <i32>(32 / sizeof<T>());
  while (n > 0) {
    const cols = n < width ? n : width;
    if (kept) {
      panel<T>(m, width, k, a, aStep, b, bStep, kept, c, ldc, bias, flags, tile);
      kept += <usize>k << 5;
    } else {
      const step = bStep ? bStep : <usize>widthOf<T>(cols) * sizeof<T>();
      panel<T>(m, cols, k, a, aStep, b, step, 0, c, ldc, bias, flags, tile);
    }
    n -= cols;
    b += bStep ? 32 : <usize>k << 5;
    c += 32;
    if (bias) bias += 32;
  }
}

/** One panel of B, which stays in the first-level cache, with all panels of A, the first of which may pack it. */
function panel<T>(
  m: i32, cols: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize, kept: usize, c: usize, ldc: usize,
  bias: usize, flags: i32, tile: usize,
): void {
  const direct = isDirect<T>(cols, bias, flags);
  const toStep = direct ? ldc : TILE_ROW;
  while (m > 0) {
    const rows = heightOf<T>(m);
    const step = aStep ? aStep : <usize>rows * sizeof<T>();
    const target = direct ? c : tile;
    if (kept) {
      if (rows == 6) keep6<T>(k, a, step, b, bStep, kept, ZEROS, 0, target, toStep);
      else if (rows == 5) keep5<T>(k, a, step, b, bStep, kept, ZEROS, 0, target, toStep);
      else keep4<T>(k, a, step, b, bStep, kept, ZEROS, 0, target, toStep);
      b = kept;
      bStep = 32;
      kept = 0;
    } else if (cols > <i32>(16 / sizeof<T>())) {
      if (rows == 6) tile6<T>(k, a, step, b, bStep, ZEROS, 0, target, toStep);
      else if (rows == 5) tile5<T>(k, a, step, b, bStep, ZEROS, 0, target, toStep);
      else if (rows == 4) tile4<T>(k, a, step, b, bStep, ZEROS, 0, target, toStep);
      else if (rows == 3) tile3<T>(k, a, step, b, bStep, ZEROS, 0, target, toStep);
      else tile2<T>(k, a, step, b, bStep, ZEROS, 0, target, toStep);
    } else {
      if (rows == 6) narrow6<T>(k, a, step, b, bStep, tile, TILE_ROW);
      else if (rows == 5) narrow5<T>(k, a, step, b, bStep, tile, TILE_ROW);
      else if (rows == 4) narrow4<T>(k, a, step, b, bStep, tile, TILE_ROW);
      else if (rows == 3) narrow3<T>(k, a, step, b, bStep, tile, TILE_ROW);
      else narrow2<T>(k, a, step, b, bStep, tile, TILE_ROW);
    }
    if (!direct) finishTile<T>(tile, rows, cols, c, ldc, bias, flags);
    m -= rows;
    a += (aStep ? <usize>rows : <usize>rows * k) * sizeof<T>();
    c += <usize>rows * ldc;
  }
}

@inline
function inPlace<T>(
  rows: i32, k: i32, a: usize, aRow: usize, b: usize, from: usize, fromStep: usize, c: usize, ldc: usize,
): void {
  if (rows == 6) inPlace6<T>(k, a, aRow, b, from, fromStep, c, ldc);
  else if (rows == 5) inPlace5<T>(k, a, aRow, b, from, fromStep, c, ldc);
  else inPlace4<T>(k, a, aRow, b, from, fromStep, c, ldc);
}

/**
 * C[m,n] = A[m,k]·B[k,n] with A in place, its rows contiguous along k and `aRow` apart, m ≥ 8.
 *
 * @param b Packed by `packB`; a last panel must be more than half full.
 */
export function rowsInPlace<T>(
  m: i32, n: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, ldc: usize, bias: usize, flags: i32, tile: usize,
): void {
  const width = <i32>(32 / sizeof<T>());
  while (m > 0) {
    const rows = heightOf<T>(m);
    for (let j = 0; j < n; j += width) {
      const cols = n - j < width ? n - j : width;
      const columns = b + <usize>j * k * sizeof<T>();
      const to = c + <usize>j * sizeof<T>();
      const start = bias ? bias + <usize>j * sizeof<T>() : 0;
      if (isDirect<T>(cols, bias, flags)) {
        inPlace<T>(rows, k, a, aRow, columns, ZEROS, 0, to, ldc);
      } else {
        inPlace<T>(rows, k, a, aRow, columns, ZEROS, 0, tile, TILE_ROW);
        finishTile<T>(tile, rows, cols, to, ldc, start, flags);
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
 * @param a The transpose of A, packed by `packB`; a last panel must be more than half full.
 */
export function columnsInPlace<T>(
  m: i32, n: i32, k: i32, a: usize, b: usize, bCol: usize, c: usize, ldc: usize, bias: usize, flags: i32, tile: usize,
): void {
  const width = <i32>(32 / sizeof<T>());
  while (n > 0) {
    const cols = heightOf<T>(n);
    for (let i = 0; i < m; i += width) {
      inPlace<T>(cols, k, b, bCol, a + <usize>i * k * sizeof<T>(), ZEROS, 0, tile, TILE_ROW);
      finishColumns<T>(tile, m - i < width ? m - i : width, cols, c + <usize>i * ldc, ldc, bias, flags);
    }
    n -= cols;
    b += <usize>cols * bCol;
    c += <usize>cols * sizeof<T>();
    if (bias) bias += <usize>cols * sizeof<T>();
  }
}

/**
 * Runs 30 rows × a panel `times` times, in tiles of the best height, on one pair of packed panels that stay in the
 * first-level cache: the speed that no product of this kind can exceed. `a` holds 6·k elements, `b` 32·k bytes and
 * `c` 192 bytes.
 */
export function peak<T>(times: i32, k: i32, a: usize, b: usize, c: usize): void {
  const rows = heightOf<T>(30);
  for (times *= 30 / rows; times > 0; times--) {
    if (rows == 6) tile6<T>(k, a, 6 * sizeof<T>(), b, 32, ZEROS, 0, c, 32);
    else tile5<T>(k, a, 5 * sizeof<T>(), b, 32, ZEROS, 0, c, 32);
  }
}
