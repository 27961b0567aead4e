/** @file Softmax of rows, its logarithm and their gradients. Sums across a row are formed in double precision. */
import { pairSum, promoteSum, put, storeTail, tailMask } from "./lanes";
import { expOf } from "../math/float32";
import { divideRow, expRow, logOne, rowMax } from "./rows";

export function softmaxRows(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    divideRow(out, cols, <f32>expRow(out, x, cols, rowMax(x, cols)));
    out += <usize>cols << 2;
    x += <usize>cols << 2;
  }
}

export function logSoftmaxRows(out: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    const max = rowMax(x, cols);
    const m = f32x4.splat(max);
    const l = f32x4.splat(logOne(<f32>expRow(0, x, cols, max)));
    for (let left = cols; left > 0; left -= 4) {
      const y = f32x4.sub(f32x4.sub(v128.load(x), m), l);
      const step = min(left, 4);
      if (step == 4) v128.store(out, y);
      else storeTail(out, y, step);
      out += step << 2;
      x += step << 2;
    }
  }
}

/** out = scale·y·(g − Σ g·y) */
export function softmaxGradRows(out: usize, g: usize, y: usize, rows: i32, cols: i32, scale: f32): void {
  const s = f32x4.splat(scale);
  for (let r = 0; r < rows; r++) {
    const row = <usize>cols << 2;
    const whole = <usize>(cols & ~3) << 2;
    let total = f64x2.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      total = f64x2.add(total, promoteSum(f32x4.mul(v128.load(g + at), v128.load(y + at))));
    }
    if (cols & 3) {
      const last = f32x4.mul(v128.load(g + whole), v128.load(y + whole));
      total = f64x2.add(total, promoteSum(v128.and(last, tailMask(cols & 3))));
    }
    const sum = f32x4.splat(<f32>pairSum(total));
    for (let at: usize = 0; at < row; at += 16) {
      const z = f32x4.mul(f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(g + at), sum)), s);
      if (at < whole) v128.store(out + at, z);
      else storeTail(out + at, z, cols & 3);
    }
    out += row;
    g += row;
    y += row;
  }
}

/** out = g − eʸ·Σ g */
export function logSoftmaxGradRows(out: usize, g: usize, y: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    const row = <usize>cols << 2;
    const whole = <usize>(cols & ~3) << 2;
    let total = f64x2.splat(0);
    for (let at: usize = 0; at < whole; at += 16) total = f64x2.add(total, promoteSum(v128.load(g + at)));
    if (cols & 3) total = f64x2.add(total, promoteSum(v128.and(v128.load(g + whole), tailMask(cols & 3))));
    const sum = f32x4.splat(<f32>pairSum(total));
    for (let at: usize = 0; at < row; at += 16) {
      const z = f32x4.sub(v128.load(g + at), f32x4.mul(expOf(v128.load(y + at)), sum));
      if (at < whole) v128.store(out + at, z);
      else storeTail(out + at, z, cols & 3);
    }
    out += row;
    g += row;
    y += row;
  }
}

/** What the mask of {@link maskedSoftmaxRows} holds: numbers to add, or bytes that are 0 where nothing is to be seen. */
const ADDED = 1;
const BYTES = 2;

/** out = x·scale + mask of n neighbours. */
@inline
function maskRow(out: usize, x: usize, n: i32, scale: f32, mask: usize, kind: i32): void {
  const s = f32x4.splat(scale);
  const hidden = f32x4.splat(-Infinity);
  for (let left = n; left > 0; left -= 4, x += 16, out += 16) {
    let v = f32x4.mul(v128.load(x), s);
    if (kind == ADDED) {
      v = f32x4.add(v, v128.load(mask));
      mask += 16;
    } else if (kind == BYTES) {
      const seen = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(mask)));
      v = v128.bitselect(v, hidden, i32x4.ne(seen, i32x4.splat(0)));
      mask += 4;
    }
    put<f32>(out, v, left);
  }
}

/**
 * out = softmax of x·scale + mask in `rows` rows from the `first` on, `queries` of which make a block. A block's mask
 * begins `maskBlock` bytes after the one before, and a row's `maskRow` bytes. With `causal`, row i of a block sees its
 * first i + 1 columns, and the others become 0.
 */
export function maskedSoftmaxRows(
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
  const row = <usize>cols << 2;
  for (let r = first; r < first + rows; r++) {
    const at = <usize>r * row;
    const query = r % queries;
    const width = causal ? min(cols, query + 1) : cols;
    maskRow(out + at, x + at, width, scale, mask + (r / queries) * maskBlock + query * maskStep, kind);
    divideRow(out + at, width, <f32>expRow(out + at, out + at, width, rowMax(out + at, width)));
    if (width < cols) memory.fill(out + at + (<usize>width << 2), 0, <usize>(cols - width) << 2);
  }
}
