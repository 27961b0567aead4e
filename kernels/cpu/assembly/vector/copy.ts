/** @file Copies between views of two dimensions. */
import { storeTail } from "./lanes";

/** Rows shorter than this many bytes are copied by vectors: a bulk copy takes longer to begin. */
const BULK: usize = 256;

export function copyRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  const bytes = <usize>cols << 2;
  for (let r = 0; r < rows; r++) {
    if (bytes >= BULK) {
      memory.copy(out, x, bytes);
    } else {
      const whole = bytes & ~15;
      for (let at: usize = 0; at < whole; at += 16) v128.store(out + at, v128.load(x + at));
      if (cols & 3) storeTail(out + whole, v128.load(x + whole), cols & 3);
    }
    out += outRow;
    x += xRow;
  }
}

export function fillRows(out: usize, value: f32, rows: i32, cols: i32, outRow: i32): void {
  const v = f32x4.splat(value);
  for (let r = 0; r < rows; r++) {
    let o = out;
    const main = out + (<usize>(cols & ~15) << 2);
    const whole = out + (<usize>(cols & ~3) << 2);
    for (; o < main; o += 64) {
      v128.store(o, v);
      v128.store(o, v, 16);
      v128.store(o, v, 32);
      v128.store(o, v, 48);
    }
    for (; o < whole; o += 16) v128.store(o, v);
    if (cols & 3) storeTail(o, v, cols & 3);
    out += outRow;
  }
}

/** Any steps in both directions, one element at a time. */
export function copyStrided(
  out: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  xRow: i32,
  xCol: i32,
): void {
  for (let r = 0; r < rows; r++) {
    let o = out;
    let p = x;
    for (let c = 0; c < cols; c++) {
      store<f32>(o, load<f32>(p));
      o += outCol;
      p += xCol;
    }
    out += outRow;
    x += xRow;
  }
}

/** Four columns of x, four elements each, to four rows. */
@inline
function transpose4(out: usize, x: usize, outRow: usize, xCol: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + xCol);
  const c = v128.load(x + 2 * xCol);
  const d = v128.load(x + 3 * xCol);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const AB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const CD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(out + outRow, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(out + 2 * outRow, v128.shuffle<i64>(AB, CD, 0, 2));
  v128.store(out + 3 * outRow, v128.shuffle<i64>(AB, CD, 1, 3));
}

/**
 * Rows and columns of a tile. 16 columns are a cache line of a row of the result, which is written in one go; 64 rows
 * are four lines of each column that is read. Other tiles, and the other order within them, took up to twice as long.
 */
const TILE_ROWS = 64;
const TILE_COLS = 16;

/** out[r][c] = x[c][r]: element (r, c) of x lies r elements and c times `xCol` bytes after its start. */
export function transposeRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xCol: i32): void {
  for (let r0 = 0; r0 < rows; r0 += TILE_ROWS) {
    const r1 = min(r0 + TILE_ROWS, rows);
    const r4 = r0 + ((r1 - r0) & ~3);
    for (let c0 = 0; c0 < cols; c0 += TILE_COLS) {
      const c1 = min(c0 + TILE_COLS, cols);
      const c4 = c0 + ((c1 - c0) & ~3);
      for (let r = r0; r < r4; r += 4) {
        let o = out + r * outRow + (<usize>c0 << 2);
        let p = x + (<usize>r << 2) + c0 * xCol;
        for (let c = c0; c < c4; c += 4) {
          transpose4(o, p, outRow, xCol);
          o += 16;
          p += 4 * xCol;
        }
      }
      if (c4 < c1) {
        const from = x + (<usize>r0 << 2) + c4 * xCol;
        copyStrided(out + r0 * outRow + (<usize>c4 << 2), from, r1 - r0, c1 - c4, outRow, 4, 4, xCol);
      }
      if (r4 < r1) {
        const from = x + (<usize>r4 << 2) + c0 * xCol;
        copyStrided(out + r4 * outRow + (<usize>c0 << 2), from, r1 - r4, c4 - c0, outRow, 4, 4, xCol);
      }
    }
  }
}

/** out[i] = x[i] / divisor from n bytes, as the division of floats gives it. */
export function divideBytes(out: usize, x: usize, n: i32, divisor: f32): void {
  const d = f32x4.splat(divisor);
  const end = out + (<usize>(n & ~3) << 2);
  for (; out < end; out += 16, x += 4) {
    const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x)));
    v128.store(out, f32x4.div(f32x4.convert_i32x4_s(wide), d));
  }
  for (let i = 0; i < (n & 3); i++) store<f32>(out + (i << 2), <f32>load<u8>(x + i) / divisor);
}
