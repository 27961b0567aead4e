/** @file Softmax of rows, its logarithm and their gradients. Sums across a row are formed in double precision. */
import { pairSum, promoteSum, storeTail, tailMask } from "./lanes";
import { expOf } from "./math";
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

/** out = y·(g − Σ g·y) */
export function softmaxGradRows(out: usize, g: usize, y: usize, rows: i32, cols: i32): void {
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
      const z = f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(g + at), sum));
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
