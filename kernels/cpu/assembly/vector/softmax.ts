/**
 * @file Softmax of rows, its logarithm, softmax of scores with a mask, and their gradients, of float32 and float64. Sums
 * across a row are formed in double precision.
 */
import { bytesOf, halves, keep, lanesOf, pairSum, put } from "./lanes";
import { divideRow, expAny, expRow, logOne, rowMax } from "./rows";

@inline
function softmax<T>(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    divideRow<T>(out, cols, expRow<T>(out, x, cols, rowMax<T>(x, cols)));
    out += bytesOf<T>(cols);
    x += bytesOf<T>(cols);
  }
}

@inline
function logSoftmax<T>(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    const max = rowMax<T>(x, cols);
    const m = v128.splat<T>(max);
    const l = v128.splat<T>(logOne<T>(expRow<T>(0, x, cols, max)));
    let at: usize = 0;
    for (let left = cols; left > 0; left -= lanesOf<T>(), at += 16) {
      put<T>(out + at, v128.sub<T>(v128.sub<T>(v128.load(x + at), m), l), left);
    }
    out += bytesOf<T>(cols);
    x += bytesOf<T>(cols);
  }
}

/** out = scale·y·(g − Σ g·y) */
@inline
function softmaxGrad<T>(out: usize, g: usize, y: usize, rows: i32, cols: i32, scale: T): void {
  const s = v128.splat<T>(scale);
  for (let r = 0; r < rows; r++) {
    let total = f64x2.splat(0);
    let at: usize = 0;
    for (let left = cols; left > 0; left -= lanesOf<T>(), at += 16) {
      total = f64x2.add(total, halves<T>(keep<T>(v128.mul<T>(v128.load(g + at), v128.load(y + at)), left)));
    }
    const sum = v128.splat<T>(<T>pairSum(total));
    at = 0;
    for (let left = cols; left > 0; left -= lanesOf<T>(), at += 16) {
      const z = v128.mul<T>(v128.load(y + at), v128.sub<T>(v128.load(g + at), sum));
      put<T>(out + at, v128.mul<T>(z, s), left);
    }
    out += bytesOf<T>(cols);
    g += bytesOf<T>(cols);
    y += bytesOf<T>(cols);
  }
}

/** out = g − eʸ·Σ g */
@inline
function logSoftmaxGrad<T>(out: usize, g: usize, y: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    let total = f64x2.splat(0);
    let at: usize = 0;
    for (let left = cols; left > 0; left -= lanesOf<T>(), at += 16) {
      total = f64x2.add(total, halves<T>(keep<T>(v128.load(g + at), left)));
    }
    const sum = v128.splat<T>(<T>pairSum(total));
    at = 0;
    for (let left = cols; left > 0; left -= lanesOf<T>(), at += 16) {
      put<T>(out + at, v128.sub<T>(v128.load(g + at), v128.mul<T>(expAny<T>(v128.load(y + at)), sum)), left);
    }
    out += bytesOf<T>(cols);
    g += bytesOf<T>(cols);
    y += bytesOf<T>(cols);
  }
}

/** What the mask of {@link maskedSoftmax} holds: numbers to add, or bytes that are 0 where nothing is to be seen. */
const ADDED = 1;
const BYTES = 2;

/** out = x·scale + mask of n neighbours. */
@inline
function maskRow<T>(out: usize, x: usize, n: i32, scale: T, mask: usize, kind: i32): void {
  const s = v128.splat<T>(scale);
  const hidden = v128.splat<T>(<T>-Infinity);
  for (let left = n; left > 0; left -= lanesOf<T>(), x += 16, out += 16) {
    let v = v128.mul<T>(v128.load(x), s);
    if (kind == ADDED) {
      v = v128.add<T>(v, v128.load(mask));
      mask += 16;
    } else if (kind == BYTES) {
      let seen = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(mask)));
      if (sizeof<T>() == 8) seen = i64x2.extend_low_i32x4_u(seen);
      v = v128.bitselect(hidden, v, sizeof<T>() == 8 ? i64x2.eq(seen, i64x2.splat(0)) : i32x4.eq(seen, i32x4.splat(0)));
      mask += lanesOf<T>();
    }
    put<T>(out, v, left);
  }
}

/**
 * out = softmax of x·scale + mask in `rows` rows from the `first` on, `queries` of which make a block. A block's mask
 * begins `maskBlock` bytes after the one before, and a row's `maskStep` bytes. With `causal`, row i of a block sees its
 * first i + 1 columns, and the others become 0.
 */
@inline
function maskedSoftmax<T>(
  out: usize,
  x: usize,
  mask: usize,
  kind: i32,
  maskBlock: i32,
  maskStep: i32,
  first: i32,
  rows: i32,
  queries: i32,
  cols: i32,
  scale: T,
  causal: i32,
): void {
  for (let r = first; r < first + rows; r++) {
    const at = <usize>r * bytesOf<T>(cols);
    const query = r % queries;
    const width = causal ? min(cols, query + 1) : cols;
    maskRow<T>(out + at, x + at, width, scale, mask + (r / queries) * maskBlock + query * maskStep, kind);
    divideRow<T>(out + at, width, expRow<T>(out + at, out + at, width, rowMax<T>(out + at, width)));
    if (width < cols) memory.fill(out + at + bytesOf<T>(width), 0, bytesOf<T>(cols - width));
  }
}

export function softmaxRows_f32(out: usize, x: usize, rows: i32, cols: i32): void {
  softmax<f32>(out, x, rows, cols);
}

export function softmaxRows_f64(out: usize, x: usize, rows: i32, cols: i32): void {
  softmax<f64>(out, x, rows, cols);
}

export function logSoftmaxRows_f32(out: usize, x: usize, rows: i32, cols: i32): void {
  logSoftmax<f32>(out, x, rows, cols);
}

export function logSoftmaxRows_f64(out: usize, x: usize, rows: i32, cols: i32): void {
  logSoftmax<f64>(out, x, rows, cols);
}

export function softmaxGradRows_f32(out: usize, g: usize, y: usize, rows: i32, cols: i32, scale: f32): void {
  softmaxGrad<f32>(out, g, y, rows, cols, scale);
}

export function softmaxGradRows_f64(out: usize, g: usize, y: usize, rows: i32, cols: i32, scale: f64): void {
  softmaxGrad<f64>(out, g, y, rows, cols, scale);
}

export function logSoftmaxGradRows_f32(out: usize, g: usize, y: usize, rows: i32, cols: i32): void {
  logSoftmaxGrad<f32>(out, g, y, rows, cols);
}

export function logSoftmaxGradRows_f64(out: usize, g: usize, y: usize, rows: i32, cols: i32): void {
  logSoftmaxGrad<f64>(out, g, y, rows, cols);
}

export function maskedSoftmaxRows_f32(
  out: usize,
  x: usize,
  mask: usize,
  kind: i32,
  maskBlock: i32,
  maskStep: i32,
  first: i32,
  rows: i32,
  queries: i32,
  cols: i32,
  scale: f32,
  causal: i32,
): void {
  maskedSoftmax<f32>(out, x, mask, kind, maskBlock, maskStep, first, rows, queries, cols, scale, causal);
}

export function maskedSoftmaxRows_f64(
  out: usize,
  x: usize,
  mask: usize,
  kind: i32,
  maskBlock: i32,
  maskStep: i32,
  first: i32,
  rows: i32,
  queries: i32,
  cols: i32,
  scale: f64,
  causal: i32,
): void {
  maskedSoftmax<f64>(out, x, mask, kind, maskBlock, maskStep, first, rows, queries, cols, scale, causal);
}
