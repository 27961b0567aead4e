/**
 * @file Sums, products, extrema and their positions, along rows and down columns, of every dtype.
 *
 * Sums of floats form short chains in their own precision and add those up in double precision, so that the error does
 * not grow with the number of terms. Integers wrap. Bytes have extrema alone, which of truth values are "any" and "all".
 */
import { bitsOf, bytesOf, halves, highOf, keepMask, lanesOf, lowOf, pairSum, put } from "./lanes";

/** What a reduction does; the numbers are those of `FOLDS` in reduce.ts of the CPU. */
const SUM = 0;
const PROD = 1;
const MAX = 2;
const MIN = 3;

/** The two vectors together. NaN is passed over by extrema of floats: see {@link anyNaN}. */
@inline
function join<T>(op: i32, a: v128, b: v128): v128 {
  if (op == MAX) return isFloat<T>() ? v128.pmax<T>(a, b) : v128.max<T>(a, b);
  if (op == MIN) return isFloat<T>() ? v128.pmin<T>(a, b) : v128.min<T>(a, b);
  if (sizeof<T>() > 1 && op == PROD) return v128.mul<T>(a, b);
  return v128.add<T>(a, b);
}

/** What changes nothing that it is joined with. */
@inline
function unit<T>(op: i32): v128 {
  if (op == SUM) return v128.splat<T>(0);
  if (op == PROD) return v128.splat<T>(1);
  if (isFloat<T>()) return v128.splat<T>(op == MAX ? <T>-Infinity : <T>Infinity);
  if (sizeof<T>() == 1) return v128.splat<T>(op == MAX ? <T>0 : <T>255);
  return v128.splat<T>(op == MAX ? <T>i32.MIN_VALUE : <T>i32.MAX_VALUE);
}

/** Marks the lanes that are NaN, where that matters. */
@inline
function anyNaN<T>(op: i32, nan: v128, v: v128): v128 {
  return isFloat<T>() && op >= MAX ? v128.or(nan, v128.ne<T>(v, v)) : nan;
}

/** All lanes in one. */
@inline
function across<T>(op: i32, v: v128): f64 {
  v = join<T>(op, v, v128.shuffle<i64>(v, v, 1, 0));
  if (sizeof<T>() <= 4) v = join<T>(op, v, v128.shuffle<i32>(v, v, 1, 0, 3, 2));
  if (sizeof<T>() == 1) {
    v = join<T>(op, v, v128.shuffle<i16>(v, v, 1, 0, 3, 2, 5, 4, 7, 6));
    v = join<T>(op, v, v128.shuffle<i8>(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  }
  return <f64>v128.extract_lane<T>(v, 0);
}

/** The sum of n neighbouring floats. */
function sumOf<T>(x: usize, n: i32): f64 {
  let total = f64x2.splat(0);
  let p = x;
  const bytes = bytesOf<T>(n);
  const main = x + (bytes & ~1023);
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
      a = v128.add<T>(a, v128.load(p));
      b = v128.add<T>(b, v128.load(p, 16));
      c = v128.add<T>(c, v128.load(p, 32));
      d = v128.add<T>(d, v128.load(p, 48));
      e = v128.add<T>(e, v128.load(p, 64));
      f = v128.add<T>(f, v128.load(p, 80));
      g = v128.add<T>(g, v128.load(p, 96));
      h = v128.add<T>(h, v128.load(p, 112));
    }
    a = v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d));
    e = v128.add<T>(v128.add<T>(e, f), v128.add<T>(g, h));
    total = f64x2.add(total, halves<T>(v128.add<T>(a, e)));
  }
  const main128 = x + (bytes & ~127);
  for (; p < main128; p += 128) {
    const a = v128.add<T>(v128.add<T>(v128.load(p), v128.load(p, 16)), v128.add<T>(v128.load(p, 32), v128.load(p, 48)));
    const b = v128.add<T>(
      v128.add<T>(v128.load(p, 64), v128.load(p, 80)),
      v128.add<T>(v128.load(p, 96), v128.load(p, 112)),
    );
    total = f64x2.add(total, halves<T>(v128.add<T>(a, b)));
  }
  const whole = x + (bytes & ~15);
  for (; p < whole; p += 16) total = f64x2.add(total, halves<T>(v128.load(p)));
  const left = n & (lanesOf<T>() - 1);
  if (left) total = f64x2.add(total, halves<T>(v128.and(v128.load(p), keepMask<T>(left))));
  return pairSum(total);
}

/** n neighbours in one; an extremum of floats is NaN if one of them is. */
@inline
function foldOf<T>(op: i32, x: usize, n: i32): f64 {
  if (isFloat<T>() && op == SUM) return sumOf<T>(x, n);
  const none = unit<T>(op);
  let a = none;
  let b = none;
  let c = none;
  let d = none;
  let nan = i32x4.splat(0);
  const end = x + bytesOf<T>(n);
  for (; x + 64 <= end; x += 64) {
    const p = v128.load(x);
    const q = v128.load(x, 16);
    const r = v128.load(x, 32);
    const s = v128.load(x, 48);
    a = join<T>(op, a, p);
    b = join<T>(op, b, q);
    c = join<T>(op, c, r);
    d = join<T>(op, d, s);
    nan = anyNaN<T>(op, anyNaN<T>(op, nan, p), q);
    nan = anyNaN<T>(op, anyNaN<T>(op, nan, r), s);
  }
  for (; x < end; x += 16) {
    let v = v128.load(x);
    if (x + 16 > end) v = v128.bitselect(v, none, keepMask<T>(<i32>((end - x) >> alignof<T>())));
    a = join<T>(op, a, v);
    nan = anyNaN<T>(op, nan, v);
  }
  if (isFloat<T>() && op >= MAX && v128.any_true(nan)) return NaN;
  return across<T>(op, join<T>(op, join<T>(op, a, b), join<T>(op, c, d)));
}

function foldRow<T>(op: i32, x: usize, n: i32): f64 {
  if (op == MAX) return foldOf<T>(MAX, x, n);
  if (op == MIN) return foldOf<T>(MIN, x, n);
  if (sizeof<T>() > 1 && op == PROD) return foldOf<T>(PROD, x, n);
  return foldOf<T>(SUM, x, n);
}

/** Of pieces `first` and following of n neighbours, `length` in each but the last: doubles. */
@inline
function foldPieces<T>(op: i32, out: usize, x: usize, n: i32, length: i32, first: i32, count: i32): void {
  for (let p = first; p < first + count; p++) {
    store<f64>(out + bytesOf<f64>(p), foldRow<T>(op, x + bytesOf<T>(p * length), min<i32>(length, n - p * length)));
  }
}

export function foldPieces_f32(
  op: i32,
  out: usize,
  x: usize,
  n: i32,
  length: i32,
  first: i32,
  count: i32,
): void {
  foldPieces<f32>(op, out, x, n, length, first, count);
}

export function foldPieces_f64(
  op: i32,
  out: usize,
  x: usize,
  n: i32,
  length: i32,
  first: i32,
  count: i32,
): void {
  foldPieces<f64>(op, out, x, n, length, first, count);
}

export function foldPieces_i32(
  op: i32,
  out: usize,
  x: usize,
  n: i32,
  length: i32,
  first: i32,
  count: i32,
): void {
  foldPieces<i32>(op, out, x, n, length, first, count);
}

export function foldPieces_u8(
  op: i32,
  out: usize,
  x: usize,
  n: i32,
  length: i32,
  first: i32,
  count: i32,
): void {
  foldPieces<u8>(op, out, x, n, length, first, count);
}

export function foldRows_f32(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++, x += bytesOf<f32>(n)) store<f32>(out + bytesOf<f32>(r), <f32>foldRow<f32>(op, x, n));
}

export function foldRows_f64(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++, x += bytesOf<f64>(n)) store<f64>(out + bytesOf<f64>(r), foldRow<f64>(op, x, n));
}

export function foldRows_i32(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++, x += bytesOf<i32>(n)) store<i32>(out + bytesOf<i32>(r), <i32>foldRow<i32>(op, x, n));
}

export function foldRows_u8(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++, x += n) store<u8>(out + r, <u8>foldRow<u8>(op, x, n));
}

/** Bytes of the columns that are folded together. */
const STRIP = 2048;

/** Bytes of the scratch that sums of columns need. */
export function foldColumnsScratch(): i32 {
  return 2 * STRIP;
}

/** Adds v to the doubles at `address`. */
@inline
function accumulate<T>(address: usize, v: v128): void {
  v128.store(address, f64x2.add(v128.load(address), lowOf<T>(v)));
  if (sizeof<T>() == 4) v128.store(address, f64x2.add(v128.load(address, 16), highOf<T>(v)), 16);
}

/** Sums of columns that fit in a strip. */
function sumStrip<T>(out: usize, x: usize, rows: i32, cols: i32, xRow: usize, scratch: usize): void {
  // Rounded up to whole vectors: what lies beyond the last column is summed too and not used.
  const bytes = (bytesOf<T>(cols) + 15) & ~15;
  const wide = 8 / sizeof<T>();
  memory.fill(scratch, 0, bytes * wide);
  let r = 0;
  for (; r + 8 <= rows; r += 8) {
    const x4 = x + 4 * xRow;
    for (let at: usize = 0; at < bytes; at += 16) {
      const p = x + at;
      const q = x4 + at;
      const a = v128.add<T>(v128.load(p), v128.load(p + xRow));
      const b = v128.add<T>(v128.load(p + 2 * xRow), v128.load(p + 3 * xRow));
      const c = v128.add<T>(v128.load(q), v128.load(q + xRow));
      const d = v128.add<T>(v128.load(q + 2 * xRow), v128.load(q + 3 * xRow));
      accumulate<T>(scratch + at * wide, v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d)));
    }
    x += 8 * xRow;
  }
  for (; r < rows; r++) {
    for (let at: usize = 0; at < bytes; at += 16) accumulate<T>(scratch + at * wide, v128.load(x + at));
    x += xRow;
  }
  for (let c = 0; c < cols; c++) store<T>(out + bytesOf<T>(c), <T>load<f64>(scratch + (<usize>c << 3)));
}

/** As {@link join}, but an extremum of floats is NaN where one of them is. */
@inline
function joinExactly<T>(op: i32, a: v128, b: v128): v128 {
  if (op == MAX) return v128.max<T>(a, b);
  if (op == MIN) return v128.min<T>(a, b);
  return join<T>(op, a, b);
}

/** Everything but sums of floats: the strip's results are where they end. */
@inline
function foldStrip<T>(op: i32, out: usize, x: usize, rows: i32, cols: i32, xRow: usize): void {
  for (let r = 0; r < rows; r += 4) {
    const left = rows - r;
    for (let at: usize = 0, c = cols; c > 0; at += 16, c -= lanesOf<T>()) {
      const p = x + at;
      let v = v128.load(p);
      if (left > 1) v = joinExactly<T>(op, v, v128.load(p + xRow));
      if (left > 2) v = joinExactly<T>(op, v, v128.load(p + 2 * xRow));
      if (left > 3) v = joinExactly<T>(op, v, v128.load(p + 3 * xRow));
      if (r > 0) v = joinExactly<T>(op, v, v128.load(out + at));
      put<T>(out + at, v, c);
    }
    x += 4 * xRow;
  }
}

/** out[o][c] = all x[o][r][c] in one, of rows `xRow` bytes apart. */
@inline
function foldColumns<T>(
  op: i32,
  out: usize,
  x: usize,
  outer: i32,
  rows: i32,
  cols: i32,
  xRow: usize,
  scratch: usize,
): void {
  const strip = STRIP / sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < cols; c += strip) {
      const width = min<i32>(strip, cols - c);
      const to = out + bytesOf<T>(c);
      const from = x + bytesOf<T>(c);
      if (op == MAX) foldStrip<T>(MAX, to, from, rows, width, xRow);
      else if (op == MIN) foldStrip<T>(MIN, to, from, rows, width, xRow);
      else if (sizeof<T>() > 1 && op == PROD) foldStrip<T>(PROD, to, from, rows, width, xRow);
      else if (isFloat<T>()) sumStrip<T>(to, from, rows, width, xRow, scratch);
      else if (sizeof<T>() > 1) foldStrip<T>(SUM, to, from, rows, width, xRow);
    }
    out += bytesOf<T>(cols);
    x += <usize>rows * xRow;
  }
}

export function foldColumns_f32(
  op: i32,
  out: usize,
  x: usize,
  outer: i32,
  rows: i32,
  cols: i32,
  xRow: usize,
  scratch: usize,
): void {
  foldColumns<f32>(op, out, x, outer, rows, cols, xRow, scratch);
}

export function foldColumns_f64(
  op: i32,
  out: usize,
  x: usize,
  outer: i32,
  rows: i32,
  cols: i32,
  xRow: usize,
  scratch: usize,
): void {
  foldColumns<f64>(op, out, x, outer, rows, cols, xRow, scratch);
}

export function foldColumns_i32(
  op: i32,
  out: usize,
  x: usize,
  outer: i32,
  rows: i32,
  cols: i32,
  xRow: usize,
  scratch: usize,
): void {
  foldColumns<i32>(op, out, x, outer, rows, cols, xRow, scratch);
}

export function foldColumns_u8(
  op: i32,
  out: usize,
  x: usize,
  outer: i32,
  rows: i32,
  cols: i32,
  xRow: usize,
  scratch: usize,
): void {
  foldColumns<u8>(op, out, x, outer, rows, cols, xRow, scratch);
}

/** Position of the first extremum of n neighbours, or of the first NaN if there is one. */
@inline
function position<T>(op: i32, x: usize, n: i32): i32 {
  const best = foldRow<T>(op, x, n);
  const wanted = v128.splat<T>(<T>best);
  const isNan = best != best;
  for (let i = 0; i < n; i += lanesOf<T>()) {
    const v = v128.load(x + bytesOf<T>(i));
    const found = bitsOf<T>(isFloat<T>() && isNan ? v128.ne<T>(v, v) : v128.eq<T>(v, wanted));
    if (found) return i + ctz(found);
  }
  return 0;
}

/** Position of the first maximum or minimum of each row (of the first NaN if there is one), as int32. */
function positions<T>(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++, x += bytesOf<T>(n)) store<i32>(out + bytesOf<i32>(r), position<T>(op, x, n));
}

export function argRows_f32(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  positions<f32>(op, out, x, rows, n);
}

export function argRows_f64(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  positions<f64>(op, out, x, rows, n);
}

export function argRows_i32(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  positions<i32>(op, out, x, rows, n);
}

export function argRows_u8(op: i32, out: usize, x: usize, rows: i32, n: i32): void {
  positions<u8>(op, out, x, rows, n);
}
