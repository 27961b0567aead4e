/**
 * @file Running sums, products, extremes and sums of exponentials, along rows and down columns.
 *
 * float32 is accumulated in double precision and rounded when stored. Rows are done four at a time, because each
 * result waits for the one before it in its own row only.
 */

/** The type that elements are accumulated in is wider for float32 alone. */
@inline
function combine<A>(product: bool, a: A, b: A): A {
  return <A>(product ? a * b : a + b);
}

@inline
function scanRows<T, A>(product: bool, out: usize, x: usize, rows: i32, n: i32): void {
  const row = <usize>n * sizeof<T>();
  const unit: A = product ? <A>1 : <A>0;
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    let a = unit;
    let b = unit;
    let c = unit;
    let d = unit;
    for (let at: usize = 0; at < row; at += sizeof<T>()) {
      const p = x + at;
      const o = out + at;
      a = combine<A>(product, a, <A>load<T>(p));
      b = combine<A>(product, b, <A>load<T>(p + row));
      c = combine<A>(product, c, <A>load<T>(p + 2 * row));
      d = combine<A>(product, d, <A>load<T>(p + 3 * row));
      store<T>(o, <T>a);
      store<T>(o + row, <T>b);
      store<T>(o + 2 * row, <T>c);
      store<T>(o + 3 * row, <T>d);
    }
    x += 4 * row;
    out += 4 * row;
  }
  for (; r < rows; r++) {
    let a = unit;
    for (let at: usize = 0; at < row; at += sizeof<T>()) {
      a = combine<A>(product, a, <A>load<T>(x + at));
      store<T>(out + at, <T>a);
    }
    x += row;
    out += row;
  }
}

/** Columns that are accumulated together, down all rows. */
const STRIP = 512;

/** Bytes of the scratch that the kernels down columns need. */
export function scanScratch(): i32 {
  return STRIP * 8 + 64;
}

/** Down columns in double precision, of rows `row` bytes apart. */
@inline
function scanStrip_f32(product: bool, out: usize, x: usize, n: i32, cols: i32, row: usize, scratch: usize): void {
  const unit = f64x2.splat(product ? 1 : 0);
  const whole = <usize>(cols & ~3) << 2;
  const bytes = <usize>cols << 2;
  for (let at: usize = 0; at < bytes << 1; at += 16) v128.store(scratch + at, unit);
  for (let i = 0; i < n; i++) {
    let at: usize = 0;
    for (; at < whole; at += 16) {
      const v = v128.load(x + at);
      const s = scratch + (at << 1);
      const low = f64x2.promote_low_f32x4(v);
      const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
      const a = product ? f64x2.mul(v128.load(s), low) : f64x2.add(v128.load(s), low);
      const b = product ? f64x2.mul(v128.load(s, 16), high) : f64x2.add(v128.load(s, 16), high);
      v128.store(s, a);
      v128.store(s, b, 16);
      const p = f32x4.demote_f64x2_zero(a);
      v128.store(out + at, v128.shuffle<i64>(p, f32x4.demote_f64x2_zero(b), 0, 2));
    }
    for (; at < bytes; at += 4) {
      const s = scratch + (at << 1);
      const a = combine<f64>(product, load<f64>(s), <f64>load<f32>(x + at));
      store<f64>(s, a);
      store<f32>(out + at, <f32>a);
    }
    x += row;
    out += row;
  }
}

/** Down columns, each row from the one before it in `out`. */
@inline
function scanStrip<T>(product: bool, out: usize, x: usize, n: i32, cols: i32, row: usize): void {
  const bytes = <usize>cols * sizeof<T>();
  const whole = bytes & ~15;
  for (let i = 0; i < n; i++) {
    const before = out - row;
    let at: usize = 0;
    if (i == 0) {
      memory.copy(out, x, bytes);
      at = bytes;
    } else {
      for (; at < whole; at += 16) {
        const a = v128.load(before + at);
        const b = v128.load(x + at);
        v128.store(out + at, product ? v128.mul<T>(a, b) : v128.add<T>(a, b));
      }
    }
    for (; at < bytes; at += sizeof<T>()) {
      store<T>(out + at, combine<T>(product, load<T>(before + at), load<T>(x + at)));
    }
    x += row;
    out += row;
  }
}

@inline
function scanColumns<T>(
  product: bool,
  out: usize,
  x: usize,
  outer: i32,
  n: i32,
  cols: i32,
  row: usize,
  scratch: usize,
): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < cols; c += STRIP) {
      const at = <usize>c * sizeof<T>();
      const width = min(STRIP, cols - c);
      if (sizeof<T>() == 4 && isFloat<T>()) scanStrip_f32(product, out + at, x + at, n, width, row, scratch);
      else scanStrip<T>(product, out + at, x + at, n, width, row);
    }
    out += <usize>n * row;
    x += <usize>n * row;
  }
}

export function cumsumRows_f32(out: usize, x: usize, rows: i32, n: i32): void {
  scanRows<f32, f64>(false, out, x, rows, n);
}

/** Running sums down the columns of `outer` blocks of n rows, which are `row` bytes apart. */
export function cumsumColumns_f32(
  out: usize,
  x: usize,
  outer: i32,
  n: i32,
  cols: i32,
  row: usize,
  scratch: usize,
): void {
  scanColumns<f32>(false, out, x, outer, n, cols, row, scratch);
}

export function cumsumRows_f64(out: usize, x: usize, rows: i32, n: i32): void {
  scanRows<f64, f64>(false, out, x, rows, n);
}

/** Running sums down the columns of `outer` blocks of n rows, which are `row` bytes apart. */
export function cumsumColumns_f64(
  out: usize,
  x: usize,
  outer: i32,
  n: i32,
  cols: i32,
  row: usize,
  scratch: usize,
): void {
  scanColumns<f64>(false, out, x, outer, n, cols, row, scratch);
}

export function cumsumRows_i32(out: usize, x: usize, rows: i32, n: i32): void {
  scanRows<i32, i32>(false, out, x, rows, n);
}

/** Running sums down the columns of `outer` blocks of n rows, which are `row` bytes apart. */
export function cumsumColumns_i32(
  out: usize,
  x: usize,
  outer: i32,
  n: i32,
  cols: i32,
  row: usize,
  scratch: usize,
): void {
  scanColumns<i32>(false, out, x, outer, n, cols, row, scratch);
}

export function cumprodRows_f32(out: usize, x: usize, rows: i32, n: i32): void {
  scanRows<f32, f64>(true, out, x, rows, n);
}

/** Running products down the columns of `outer` blocks of n rows, which are `row` bytes apart. */
export function cumprodColumns_f32(
  out: usize,
  x: usize,
  outer: i32,
  n: i32,
  cols: i32,
  row: usize,
  scratch: usize,
): void {
  scanColumns<f32>(true, out, x, outer, n, cols, row, scratch);
}

export function cumprodRows_f64(out: usize, x: usize, rows: i32, n: i32): void {
  scanRows<f64, f64>(true, out, x, rows, n);
}

/** Running products down the columns of `outer` blocks of n rows, which are `row` bytes apart. */
export function cumprodColumns_f64(
  out: usize,
  x: usize,
  outer: i32,
  n: i32,
  cols: i32,
  row: usize,
  scratch: usize,
): void {
  scanColumns<f64>(true, out, x, outer, n, cols, row, scratch);
}

export function cumprodRows_i32(out: usize, x: usize, rows: i32, n: i32): void {
  scanRows<i32, i32>(true, out, x, rows, n);
}

/** Running products down the columns of `outer` blocks of n rows, which are `row` bytes apart. */
export function cumprodColumns_i32(
  out: usize,
  x: usize,
  outer: i32,
  n: i32,
  cols: i32,
  row: usize,
  scratch: usize,
): void {
  scanColumns<i32>(true, out, x, outer, n, cols, row, scratch);
}

/** Whether a value takes the place of the extreme so far: of equal ones the last, and of NaNs, which win, too. */
@inline
function replaces<T>(isMax: bool, value: T, best: T): bool {
  return (isMax ? value >= best : value <= best) || value != value;
}

@inline
function extremeRows<T>(isMax: bool, out: usize, x: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    let best = load<T>(x);
    let at = 0;
    for (let i = 0; i < n; i++, x += sizeof<T>(), out += 4) {
      const value = load<T>(x);
      if (replaces<T>(isMax, value, best)) {
        best = value;
        at = i;
      }
      store<i32>(out, at);
    }
  }
}

/** The lanes in which {@link replaces} holds, of elements of four bytes. */
@inline
function replacing<T>(isMax: bool, value: v128, best: v128): v128 {
  const wins = isMax ? v128.ge<T>(value, best) : v128.le<T>(value, best);
  return isFloat<T>() ? v128.or(wins, v128.ne<T>(value, value)) : wins;
}

/** Down a strip of columns; what was found lies in the row of `out` before, and the extremes in the scratch. */
@inline
function extremeStrip<T>(isMax: bool, out: usize, x: usize, n: i32, cols: i32, row: i32, scratch: usize): void {
  const xRow = <usize>row * sizeof<T>();
  const outRow = <usize>row << 2;
  memory.copy(scratch, x, <usize>cols * sizeof<T>());
  for (let i = 0; i < n; i++, x += xRow, out += outRow) {
    const before = i > 0 ? out - outRow : out;
    if (i == 0) memory.fill(out, 0, <usize>cols << 2);
    let j = 0;
    if (sizeof<T>() == 4) {
      const now = i32x4.splat(i);
      for (; j + 4 <= cols; j += 4) {
        const at = <usize>j << 2;
        const value = v128.load(x + at);
        const best = v128.load(scratch + at);
        const mask = replacing<T>(isMax, value, best);
        v128.store(scratch + at, v128.bitselect(value, best, mask));
        v128.store(out + at, v128.bitselect(now, v128.load(before + at), mask));
      }
    }
    for (; j < cols; j++) {
      const value = load<T>(x + <usize>j * sizeof<T>());
      const place = scratch + <usize>j * sizeof<T>();
      const wins = replaces<T>(isMax, value, load<T>(place));
      if (wins) store<T>(place, value);
      store<i32>(out + (<usize>j << 2), wins ? i : load<i32>(before + (<usize>j << 2)));
    }
  }
}

@inline
function extremeColumns<T>(
  isMax: bool, out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < cols; c += STRIP) {
      const width = min(STRIP, cols - c);
      extremeStrip<T>(isMax, out + (<usize>c << 2), x + <usize>c * sizeof<T>(), n, width, row, scratch);
    }
    out += <usize>(n * row) << 2;
    x += <usize>(n * row) * sizeof<T>();
  }
}

/** log(eᵃ + eᵇ) */
@inline
function logAddExp(a: f64, b: f64): f64 {
  const low = a < b ? a : b;
  const high = a < b ? b : a;
  if (low == -Infinity || (high == Infinity && low == low)) return high;
  return high + Math.log1p(Math.exp(low - high));
}

@inline
function logSumColumns<T>(out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize): void {
  const line = <usize>row * sizeof<T>();
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < cols; c += STRIP) {
      const width = min(STRIP, cols - c);
      for (let j = 0; j < width; j++) store<f64>(scratch + (<usize>j << 3), -Infinity);
      let from = x + <usize>c * sizeof<T>();
      let to = out + <usize>c * sizeof<T>();
      for (let i = 0; i < n; i++, from += line, to += line) {
        for (let j = 0; j < width; j++) {
          const place = scratch + (<usize>j << 3);
          const sum = logAddExp(load<f64>(place), <f64>load<T>(from + <usize>j * sizeof<T>()));
          store<f64>(place, sum);
          store<T>(to + <usize>j * sizeof<T>(), <T>sum);
        }
      }
    }
    out += <usize>n * line;
    x += <usize>n * line;
  }
}

/** Logarithms of running sums of exponentials, down columns as in {@link cumsumColumns_f32}; rows are columns of one. */
export function logcumsumexpColumns_f32(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  logSumColumns<f32>(out, x, outer, n, cols, row, scratch);
}

export function logcumsumexpColumns_f64(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  logSumColumns<f64>(out, x, outer, n, cols, row, scratch);
}

/** The place of the largest element so far in rows of n. */
export function cummaxRows_f32(out: usize, x: usize, rows: i32, n: i32): void {
  extremeRows<f32>(true, out, x, rows, n);
}

/** The same down `cols` columns of `outer` blocks of n rows, which have `row` elements. */
export function cummaxColumns_f32(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  extremeColumns<f32>(true, out, x, outer, n, cols, row, scratch);
}

/** The place of the largest element so far in rows of n. */
export function cummaxRows_f64(out: usize, x: usize, rows: i32, n: i32): void {
  extremeRows<f64>(true, out, x, rows, n);
}

/** The same down `cols` columns of `outer` blocks of n rows, which have `row` elements. */
export function cummaxColumns_f64(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  extremeColumns<f64>(true, out, x, outer, n, cols, row, scratch);
}

/** The place of the largest element so far in rows of n. */
export function cummaxRows_i32(out: usize, x: usize, rows: i32, n: i32): void {
  extremeRows<i32>(true, out, x, rows, n);
}

/** The same down `cols` columns of `outer` blocks of n rows, which have `row` elements. */
export function cummaxColumns_i32(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  extremeColumns<i32>(true, out, x, outer, n, cols, row, scratch);
}

/** The place of the largest element so far in rows of n. */
export function cummaxRows_u8(out: usize, x: usize, rows: i32, n: i32): void {
  extremeRows<u8>(true, out, x, rows, n);
}

/** The same down `cols` columns of `outer` blocks of n rows, which have `row` elements. */
export function cummaxColumns_u8(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  extremeColumns<u8>(true, out, x, outer, n, cols, row, scratch);
}

/** The place of the smallest element so far in rows of n. */
export function cumminRows_f32(out: usize, x: usize, rows: i32, n: i32): void {
  extremeRows<f32>(false, out, x, rows, n);
}

/** The same down `cols` columns of `outer` blocks of n rows, which have `row` elements. */
export function cumminColumns_f32(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  extremeColumns<f32>(false, out, x, outer, n, cols, row, scratch);
}

/** The place of the smallest element so far in rows of n. */
export function cumminRows_f64(out: usize, x: usize, rows: i32, n: i32): void {
  extremeRows<f64>(false, out, x, rows, n);
}

/** The same down `cols` columns of `outer` blocks of n rows, which have `row` elements. */
export function cumminColumns_f64(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  extremeColumns<f64>(false, out, x, outer, n, cols, row, scratch);
}

/** The place of the smallest element so far in rows of n. */
export function cumminRows_i32(out: usize, x: usize, rows: i32, n: i32): void {
  extremeRows<i32>(false, out, x, rows, n);
}

/** The same down `cols` columns of `outer` blocks of n rows, which have `row` elements. */
export function cumminColumns_i32(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  extremeColumns<i32>(false, out, x, outer, n, cols, row, scratch);
}

/** The place of the smallest element so far in rows of n. */
export function cumminRows_u8(out: usize, x: usize, rows: i32, n: i32): void {
  extremeRows<u8>(false, out, x, rows, n);
}

/** The same down `cols` columns of `outer` blocks of n rows, which have `row` elements. */
export function cumminColumns_u8(
  out: usize, x: usize, outer: i32, n: i32, cols: i32, row: i32, scratch: usize,
): void {
  extremeColumns<u8>(false, out, x, outer, n, cols, row, scratch);
}
