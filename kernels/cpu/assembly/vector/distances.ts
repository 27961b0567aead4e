/** @file Distances between the rows of two matrices, and their gradient, of float32 and float64. */
import { bytesOf, sumOfLanes } from "./lanes";

/** Σ|x − y|, or √Σ(x − y)² if `squared`. */
@inline
function distance<T>(x: usize, y: usize, size: i32, squared: bool): T {
  let sums = v128.splat<T>(0);
  const end = x + bytesOf<T>(size);
  const whole = x + (bytesOf<T>(size) & ~15);
  for (; x < whole; x += 16, y += 16) {
    const d = v128.sub<T>(v128.load(x), v128.load(y));
    sums = v128.add<T>(sums, squared ? v128.mul<T>(d, d) : v128.abs<T>(d));
  }
  let sum = sumOfLanes<T>(sums);
  for (; x < end; x += sizeof<T>(), y += sizeof<T>()) {
    const d: T = <T>(load<T>(x) - load<T>(y));
    sum += squared ? <T>(d * d) : abs<T>(d);
  }
  return squared ? sqrt<T>(sum) : sum;
}

@inline
function distances<T>(
  out: usize, x: usize, y: usize, rows: i32, others: i32, size: i32, first: i32, count: i32, squared: bool,
): void {
  const line = bytesOf<T>(size);
  out += bytesOf<T>(others) * <usize>first;
  for (let row = first; row < first + count; row++) {
    const own = x + line * <usize>row;
    let other = y + line * <usize>others * <usize>(row / rows);
    for (let i = 0; i < others; i++, other += line, out += sizeof<T>()) {
      store<T>(out, distance<T>(own, other, size, squared));
    }
  }
}

/** out += the gradient of one distance for x: factor·(x − y), or factor·sign(x − y). */
@inline
function addGrad<T>(out: usize, x: usize, y: usize, size: i32, factor: T, squared: bool): void {
  const factors = v128.splat<T>(factor);
  const zero = v128.splat<T>(0);
  const end = out + bytesOf<T>(size);
  const whole = out + (bytesOf<T>(size) & ~15);
  for (; out < whole; out += 16, x += 16, y += 16) {
    const d = v128.sub<T>(v128.load(x), v128.load(y));
    const change = squared
      ? v128.mul<T>(factors, d)
      : v128.sub<T>(v128.and(v128.gt<T>(d, zero), factors), v128.and(v128.lt<T>(d, zero), factors));
    v128.store(out, v128.add<T>(v128.load(out), change));
  }
  for (; out < end; out += sizeof<T>(), x += sizeof<T>(), y += sizeof<T>()) {
    const d: T = <T>(load<T>(x) - load<T>(y));
    const change: T = squared ? <T>(factor * d) : d > 0 ? factor : d < 0 ? -factor : 0;
    store<T>(out, <T>(load<T>(out) + change));
  }
}

@inline
function distancesGrad<T>(
  out: usize, grad: usize, x: usize, y: usize, found: usize, rows: i32, others: i32, size: i32, first: i32, count: i32,
  squared: bool,
): void {
  const line = bytesOf<T>(size);
  const skipped = bytesOf<T>(others) * <usize>first;
  grad += skipped;
  found += skipped;
  for (let row = first; row < first + count; row++) {
    const to = out + line * <usize>row;
    const own = x + line * <usize>row;
    let other = y + line * <usize>others * <usize>(row / rows);
    memory.fill(to, 0, line);
    for (let i = 0; i < others; i++, other += line, grad += sizeof<T>(), found += sizeof<T>()) {
      const length = load<T>(found);
      if (length == 0) continue;
      addGrad<T>(to, own, other, size, squared ? <T>(load<T>(grad) / length) : load<T>(grad), squared);
    }
  }
}

/**
 * Distances of `count` rows of x from the `first` on, of all matrices of `rows` rows, from the `others` of y's: Euclidean
 * ones if `squared`, else sums of the differences.
 */
export function cdist_f32(
  out: usize, x: usize, y: usize, rows: i32, others: i32, size: i32, first: i32, count: i32, squared: bool,
): void {
  if (squared) distances<f32>(out, x, y, rows, others, size, first, count, true);
  else distances<f32>(out, x, y, rows, others, size, first, count, false);
}

export function cdist_f64(
  out: usize, x: usize, y: usize, rows: i32, others: i32, size: i32, first: i32, count: i32, squared: bool,
): void {
  if (squared) distances<f64>(out, x, y, rows, others, size, first, count, true);
  else distances<f64>(out, x, y, rows, others, size, first, count, false);
}

/** The gradient of {@link cdist_f32} for `count` rows of x, from that of the distances that were `found`; 0 where they are. */
export function cdistGrad_f32(
  out: usize, grad: usize, x: usize, y: usize, found: usize, rows: i32, others: i32, size: i32, first: i32, count: i32,
  squared: bool,
): void {
  if (squared) distancesGrad<f32>(out, grad, x, y, found, rows, others, size, first, count, true);
  else distancesGrad<f32>(out, grad, x, y, found, rows, others, size, first, count, false);
}

export function cdistGrad_f64(
  out: usize, grad: usize, x: usize, y: usize, found: usize, rows: i32, others: i32, size: i32, first: i32, count: i32,
  squared: bool,
): void {
  if (squared) distancesGrad<f64>(out, grad, x, y, found, rows, others, size, first, count, true);
  else distancesGrad<f64>(out, grad, x, y, found, rows, others, size, first, count, false);
}
