/**
 * @file Sums, extrema and their positions, along rows and down columns.
 *
 * Sums form short chains in single precision and add those up in double precision, so that the error does not grow
 * with the number of terms.
 */
import { maxLanes, promoteSum, storeTail, tailMask } from "./lanes";

/** Sum of n neighbours. */
export function sumOf(x: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  let p = x;
  const main = x + (<usize>(n & ~255) << 2);
  while (p < main) {
    let a = v128.load(p);
    let b = v128.load(p, 16);
    let c = v128.load(p, 32);
    let d = v128.load(p, 48);
    let e = v128.load(p, 64);
    let f = v128.load(p, 80);
    let g = v128.load(p, 96);
    let h = v128.load(p, 112);
    const end = p + 1024;
    for (p += 128; p < end; p += 128) {
      a = f32x4.add(a, v128.load(p));
      b = f32x4.add(b, v128.load(p, 16));
      c = f32x4.add(c, v128.load(p, 32));
      d = f32x4.add(d, v128.load(p, 48));
      e = f32x4.add(e, v128.load(p, 64));
      f = f32x4.add(f, v128.load(p, 80));
      g = f32x4.add(g, v128.load(p, 96));
      h = f32x4.add(h, v128.load(p, 112));
    }
    a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    e = f32x4.add(f32x4.add(e, f), f32x4.add(g, h));
    total = f64x2.add(total, promoteSum(f32x4.add(a, e)));
  }
  const main32 = x + (<usize>(n & ~31) << 2);
  for (; p < main32; p += 128) {
    const a = f32x4.add(f32x4.add(v128.load(p), v128.load(p, 16)), f32x4.add(v128.load(p, 32), v128.load(p, 48)));
    const b = f32x4.add(f32x4.add(v128.load(p, 64), v128.load(p, 80)), f32x4.add(v128.load(p, 96), v128.load(p, 112)));
    total = f64x2.add(total, promoteSum(f32x4.add(a, b)));
  }
  const whole = x + (<usize>(n & ~3) << 2);
  for (; p < whole; p += 16) total = f64x2.add(total, promoteSum(v128.load(p)));
  if (n & 3) total = f64x2.add(total, promoteSum(v128.and(v128.load(p), tailMask(n & 3))));
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

export function sumRows(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    store<f32>(out, <f32>sumOf(x, cols));
    out += 4;
    x += <usize>cols << 2;
  }
}

/** Adds v to the four doubles at `address`. */
@inline
function accumulate(address: usize, v: v128): void {
  const high = v128.shuffle<i32>(v, v, 2, 3, 2, 3);
  v128.store(address, f64x2.add(v128.load(address), f64x2.promote_low_f32x4(v)));
  v128.store(address, f64x2.add(v128.load(address, 16), f64x2.promote_low_f32x4(high)), 16, 8);
}

/** Columns that are summed together. */
const STRIP = 512;

/** Bytes of the scratch that {@link sumColumns} needs. */
export function sumColumnsScratch(): i32 {
  return STRIP * 8;
}

/** out[o][c] = sum over r of x[o][r][c], of rows `xRow` bytes apart. */
export function sumColumns(
  out: usize,
  x: usize,
  outer: i32,
  rows: i32,
  cols: i32,
  xRow: usize,
  scratch: usize,
): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < cols; c += STRIP) {
      const width = min(STRIP, cols - c);
      sumStrip(out + (<usize>c << 2), x + (<usize>c << 2), rows, width, xRow, scratch);
    }
    out += <usize>cols << 2;
    x += <usize>rows * xRow;
  }
}

function sumStrip(out: usize, x: usize, rows: i32, cols: i32, xRow: usize, scratch: usize): void {
  // Rounded up to whole vectors: what lies beyond the last column is summed too and not used.
  const bytes = <usize>((cols + 3) & ~3) << 2;
  memory.fill(scratch, 0, bytes << 1);
  let r = 0;
  for (; r + 8 <= rows; r += 8) {
    const x4 = x + 4 * xRow;
    for (let at: usize = 0; at < bytes; at += 16) {
      const p = x + at;
      const q = x4 + at;
      const a = f32x4.add(v128.load(p), v128.load(p + xRow));
      const b = f32x4.add(v128.load(p + 2 * xRow), v128.load(p + 3 * xRow));
      const c = f32x4.add(v128.load(q), v128.load(q + xRow));
      const d = f32x4.add(v128.load(q + 2 * xRow), v128.load(q + 3 * xRow));
      accumulate(scratch + (at << 1), f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    }
    x += 8 * xRow;
  }
  for (; r < rows; r++) {
    for (let at: usize = 0; at < bytes; at += 16) accumulate(scratch + (at << 1), v128.load(x + at));
    x += xRow;
  }
  for (let c = 0; c < cols; c++) store<f32>(out + (<usize>c << 2), <f32>load<f64>(scratch + (<usize>c << 3)));
}

/** The larger (or smaller) lanes; where a lane of x is NaN, that of `best` stays. */
@inline
function better(largest: bool, best: v128, x: v128): v128 {
  return largest ? f32x4.pmax(best, x) : f32x4.pmin(best, x);
}

/** The largest (or smallest) of n ≥ 1 neighbours; NaN if there is one. */
@inline
function extreme(largest: bool, x: usize, n: i32): f32 {
  const worst = f32x4.splat(largest ? -Infinity : Infinity);
  let a = worst;
  let b = worst;
  let nan = i32x4.splat(0);
  const main = x + (<usize>(n & ~7) << 2);
  const whole = x + (<usize>(n & ~3) << 2);
  for (; x < main; x += 32) {
    const v = v128.load(x);
    const w = v128.load(x, 16);
    a = better(largest, a, v);
    b = better(largest, b, w);
    nan = v128.or(nan, v128.or(f32x4.ne(v, v), f32x4.ne(w, w)));
  }
  if (x < whole) {
    const v = v128.load(x);
    a = better(largest, a, v);
    nan = v128.or(nan, f32x4.ne(v, v));
    x += 16;
  }
  if (n & 3) {
    const v = v128.bitselect(v128.load(x), worst, tailMask(n & 3));
    b = better(largest, b, v);
    nan = v128.or(nan, f32x4.ne(v, v));
  }
  if (v128.any_true(nan)) return NaN;
  a = better(largest, a, b);
  return largest ? maxLanes(a) : -maxLanes(f32x4.neg(a));
}

export function maxOf(x: usize, n: i32): f32 {
  return extreme(true, x, n);
}

export function minOf(x: usize, n: i32): f32 {
  return extreme(false, x, n);
}

export function maxRows(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) store<f32>(out + (<usize>r << 2), maxOf(x + (<usize>(r * cols) << 2), cols));
}

export function minRows(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) store<f32>(out + (<usize>r << 2), minOf(x + (<usize>(r * cols) << 2), cols));
}

@inline
function position(largest: bool, x: usize, n: i32): i32 {
  const best = extreme(largest, x, n);
  const wanted = f32x4.splat(best);
  const isNan = best != best;
  for (let i = 0; i < n; i += 4) {
    const v = v128.load(x + (<usize>i << 2));
    const found = i32x4.bitmask(isNan ? f32x4.ne(v, v) : f32x4.eq(v, wanted));
    if (found) return i + ctz(found);
  }
  return 0;
}

/** Position of the first maximum of each row (of the first NaN if there is one), as int32. */
export function argmaxRows(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) store<i32>(out + (<usize>r << 2), position(true, x + (<usize>(r * cols) << 2), cols));
}

export function argminRows(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) store<i32>(out + (<usize>r << 2), position(false, x + (<usize>(r * cols) << 2), cols));
}

@inline
function extremeColumns(largest: bool, out: usize, x: usize, outer: i32, rows: i32, cols: i32, xRow: usize): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < cols; c += 4) {
      let p = x + (<usize>c << 2);
      let best = v128.load(p);
      for (let r = 1; r < rows; r++) {
        p += xRow;
        const v = v128.load(p);
        best = largest ? f32x4.max(best, v) : f32x4.min(best, v);
      }
      if (c + 4 <= cols) v128.store(out + (<usize>c << 2), best);
      else storeTail(out + (<usize>c << 2), best, cols - c);
    }
    out += <usize>cols << 2;
    x += <usize>rows * xRow;
  }
}

/** out[o][c] = maximum over r of x[o][r][c], of rows `xRow` bytes apart; NaN if there is one. */
export function maxColumns(out: usize, x: usize, outer: i32, rows: i32, cols: i32, xRow: usize): void {
  extremeColumns(true, out, x, outer, rows, cols, xRow);
}

export function minColumns(out: usize, x: usize, outer: i32, rows: i32, cols: i32, xRow: usize): void {
  extremeColumns(false, out, x, outer, rows, cols, xRow);
}
