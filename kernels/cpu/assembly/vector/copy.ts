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

/** As {@link copyRows}, for elements of one byte. */
export function copyRows_u8(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xRow: i32): void {
  const bytes = <usize>cols;
  for (let r = 0; r < rows; r++) {
    if (bytes >= BULK) {
      memory.copy(out, x, bytes);
    } else {
      const whole = bytes & ~15;
      for (let at: usize = 0; at < whole; at += 16) v128.store(out + at, v128.load(x + at));
      for (let at = whole; at < bytes; at++) store<u8>(out + at, load<u8>(x + at));
    }
    out += outRow;
    x += xRow;
  }
}

/** Fills rows with the bytes of `v`, which repeats the element; those of the last, shorter vector one element at a time. */
@inline
function fillBy<T>(out: usize, value: T, v: v128, rows: i32, cols: i32, outRow: i32): void {
  const bytes = <usize>cols * sizeof<T>();
  for (let r = 0; r < rows; r++) {
    let o = out;
    const main = out + (bytes & ~63);
    const whole = out + (bytes & ~15);
    const end = out + bytes;
    for (; o < main; o += 64) {
      v128.store(o, v);
      v128.store(o, v, 16);
      v128.store(o, v, 32);
      v128.store(o, v, 48);
    }
    for (; o < whole; o += 16) v128.store(o, v);
    for (; o < end; o += sizeof<T>()) store<T>(o, value);
    out += outRow;
  }
}

/** Sets every element. */
export function fillRows(out: usize, value: f32, rows: i32, cols: i32, outRow: i32): void {
  fillBy<f32>(out, value, f32x4.splat(value), rows, cols, outRow);
}

export function fillRows_f64(out: usize, value: f64, rows: i32, cols: i32, outRow: i32): void {
  fillBy<f64>(out, value, f64x2.splat(value), rows, cols, outRow);
}

export function fillRows_i32(out: usize, value: i32, rows: i32, cols: i32, outRow: i32): void {
  fillBy<i32>(out, value, i32x4.splat(value), rows, cols, outRow);
}

export function fillRows_u8(out: usize, value: i32, rows: i32, cols: i32, outRow: i32): void {
  fillBy<u8>(out, <u8>value, i8x16.splat(<i8>value), rows, cols, outRow);
}

@inline
function strided<T>(
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
      store<T>(o, load<T>(p));
      o += outCol;
      p += xCol;
    }
    out += outRow;
    x += xRow;
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
  strided<u32>(out, x, rows, cols, outRow, outCol, xRow, xCol);
}

/** As {@link copyStrided}, for elements of one byte. */
export function copyStrided_u8(
  out: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  xRow: i32,
  xCol: i32,
): void {
  strided<u8>(out, x, rows, cols, outRow, outCol, xRow, xCol);
}

/** As {@link copyStrided}, for elements of eight bytes. */
export function copyStrided_u64(
  out: usize,
  x: usize,
  rows: i32,
  cols: i32,
  outRow: i32,
  outCol: i32,
  xRow: i32,
  xCol: i32,
): void {
  strided<u64>(out, x, rows, cols, outRow, outCol, xRow, xCol);
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

/** Two columns of x, two elements of eight bytes each, to two rows. */
@inline
function transpose2(out: usize, x: usize, outRow: usize, xCol: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + xCol);
  v128.store(out, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(out + outRow, v128.shuffle<i64>(a, b, 1, 3));
}

/** The bytes of a and b in turns. */
@inline
function interleave(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Two rows of eight bytes, from their first and last four. */
@inline
function storePair(out: usize, outRow: usize, rows: v128): void {
  v128.store64_lane(out, rows, 0);
  v128.store64_lane(out + outRow, rows, 1);
}

/** Eight columns of x, eight bytes each, to eight rows. */
@inline
function transpose8(out: usize, x: usize, outRow: usize, xCol: usize): void {
  const ab = interleave(v128.load64_zero(x), v128.load64_zero(x + xCol));
  const cd = interleave(v128.load64_zero(x + 2 * xCol), v128.load64_zero(x + 3 * xCol));
  const ef = interleave(v128.load64_zero(x + 4 * xCol), v128.load64_zero(x + 5 * xCol));
  const gh = interleave(v128.load64_zero(x + 6 * xCol), v128.load64_zero(x + 7 * xCol));
  const abcd = v128.shuffle<i16>(ab, cd, 0, 8, 1, 9, 2, 10, 3, 11);
  const ABCD = v128.shuffle<i16>(ab, cd, 4, 12, 5, 13, 6, 14, 7, 15);
  const efgh = v128.shuffle<i16>(ef, gh, 0, 8, 1, 9, 2, 10, 3, 11);
  const EFGH = v128.shuffle<i16>(ef, gh, 4, 12, 5, 13, 6, 14, 7, 15);
  storePair(out, outRow, v128.shuffle<i32>(abcd, efgh, 0, 4, 1, 5));
  storePair(out + 2 * outRow, outRow, v128.shuffle<i32>(abcd, efgh, 2, 6, 3, 7));
  storePair(out + 4 * outRow, outRow, v128.shuffle<i32>(ABCD, EFGH, 0, 4, 1, 5));
  storePair(out + 6 * outRow, outRow, v128.shuffle<i32>(ABCD, EFGH, 2, 6, 3, 7));
}

/**
 * Rows of a tile, and bytes of its columns. 64 bytes are a cache line of a row of the result, which is written in one
 * go; 64 rows of four bytes are four lines of each column that is read. Other tiles, and the other order within them,
 * took up to twice as long.
 */
const TILE_ROWS = 64;
const TILE_BYTES = 64;

@inline
function transpose<T>(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xCol: i32): void {
  const size = <i32>sizeof<T>();
  // Rows and columns that are transposed in registers at a time.
  const step = size == 4 ? 4 : size == 8 ? 2 : 8;
  const tileCols = TILE_BYTES / size;
  // 64 rows of eight bytes are more lines than stay: three times as slow.
  const tileRows = size == 8 ? TILE_ROWS / 2 : TILE_ROWS;
  for (let r0 = 0; r0 < rows; r0 += tileRows) {
    const r1 = min(r0 + tileRows, rows);
    const whole = r0 + ((r1 - r0) & -step);
    for (let c0 = 0; c0 < cols; c0 += tileCols) {
      const c1 = min(c0 + tileCols, cols);
      const wholeCols = c0 + ((c1 - c0) & -step);
      for (let r = r0; r < whole; r += step) {
        let o = out + r * outRow + c0 * size;
        let p = x + r * size + c0 * xCol;
        for (let c = c0; c < wholeCols; c += step) {
          if (sizeof<T>() == 4) transpose4(o, p, outRow, xCol);
          else if (sizeof<T>() == 8) transpose2(o, p, outRow, xCol);
          else transpose8(o, p, outRow, xCol);
          o += step * size;
          p += step * xCol;
        }
      }
      if (wholeCols < c1) {
        const from = x + r0 * size + wholeCols * xCol;
        strided<T>(out + r0 * outRow + wholeCols * size, from, r1 - r0, c1 - wholeCols, outRow, size, size, xCol);
      }
      if (whole < r1) {
        const from = x + whole * size + c0 * xCol;
        strided<T>(out + whole * outRow + c0 * size, from, r1 - whole, wholeCols - c0, outRow, size, size, xCol);
      }
    }
  }
}

/** out[r][c] = x[c][r]: element (r, c) of x lies r elements and c times `xCol` bytes after its start. */
export function transposeRows(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xCol: i32): void {
  transpose<u32>(out, x, rows, cols, outRow, xCol);
}

/** As {@link transposeRows}, for elements of one byte. */
export function transposeRows_u8(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xCol: i32): void {
  transpose<u8>(out, x, rows, cols, outRow, xCol);
}

/** As {@link transposeRows}, for elements of eight bytes. */
export function transposeRows_u64(out: usize, x: usize, rows: i32, cols: i32, outRow: i32, xCol: i32): void {
  transpose<u64>(out, x, rows, cols, outRow, xCol);
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
