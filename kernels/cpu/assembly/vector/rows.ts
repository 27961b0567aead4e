/** @file Steps of the functions that go along a row several times. */
import { maxLanes, pairSum, promoteSum, storeTail, tailMask } from "./lanes";
import { expBelow, logOf } from "../math/float32";

/** The largest element; NaN if there is one. */
@inline
export function rowMax(x: usize, n: i32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let best = lowest;
  let nan = i32x4.splat(0);
  const whole = x + (<usize>(n & ~3) << 2);
  for (; x < whole; x += 16) {
    const v = v128.load(x);
    best = f32x4.pmax(best, v);
    nan = v128.or(nan, f32x4.ne(v, v));
  }
  if (n & 3) {
    const v = v128.bitselect(v128.load(x), lowest, tailMask(n & 3));
    best = f32x4.pmax(best, v);
    nan = v128.or(nan, f32x4.ne(v, v));
  }
  return v128.any_true(nan) ? NaN : maxLanes(best);
}

/** Terms that are added in single precision before they go to a double. */
const RUN = 256;

/**
 * Writes e^(x − max) unless `out` is 0, and gives the sum. Both are NaN where no difference is a number: if `max` is
 * NaN or infinite.
 */
@inline
export function expRow(out: usize, x: usize, n: i32, max: f32): f64 {
  const write = out != 0;
  // x − x is NaN for these, and 0 otherwise.
  if (max - max != 0) {
    if (write) for (let i = 0; i < n; i++) store<f32>(out + (<usize>i << 2), NaN);
    return NaN;
  }
  const m = f32x4.splat(max);
  let total = f64x2.splat(0);
  const whole = x + (<usize>(n & ~3) << 2);
  while (x < whole) {
    let run = f32x4.splat(0);
    const end = min(x + RUN * 4, whole);
    for (; x < end; x += 16) {
      const y = expBelow(f32x4.sub(v128.load(x), m));
      run = f32x4.add(run, y);
      if (write) {
        v128.store(out, y);
        out += 16;
      }
    }
    total = f64x2.add(total, promoteSum(run));
  }
  if (n & 3) {
    const y = v128.and(expBelow(f32x4.sub(v128.load(x), m)), tailMask(n & 3));
    total = f64x2.add(total, promoteSum(y));
    if (write) storeTail(out, y, n & 3);
  }
  return pairSum(total);
}

@inline
export function logOne(x: f32): f32 {
  return f32x4.extract_lane(logOf(f32x4.splat(x)), 0);
}

/** Divides a row in place. */
@inline
export function divideRow(y: usize, n: i32, divisor: f32): void {
  const d = f32x4.splat(divisor);
  const whole = y + (<usize>(n & ~3) << 2);
  for (; y < whole; y += 16) v128.store(y, f32x4.div(v128.load(y), d));
  if (n & 3) storeTail(y, f32x4.div(v128.load(y), d), n & 3);
}
