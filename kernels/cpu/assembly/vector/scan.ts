/**
 * @file Running sums and products, along rows and down columns.
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
