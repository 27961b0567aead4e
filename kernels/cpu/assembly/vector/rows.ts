/** @file Steps of the functions that go along a row several times. */
import { maxLanes, promoteSum, storeTail, tailMask } from "./lanes";
import { expBelow, logOf } from "./math";

/** The largest element; NaN elements are passed over, for they reach every result through the sum. */
@inline
export function rowMax(x: usize, n: i32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let best = lowest;
  const whole = x + (<usize>(n & ~3) << 2);
  for (; x < whole; x += 16) best = f32x4.pmax(best, v128.load(x));
  if (n & 3) best = f32x4.pmax(best, v128.bitselect(v128.load(x), lowest, tailMask(n & 3)));
  return maxLanes(best);
}

/** e^(x − max); a NaN stays one. */
@inline
function shifted(x: v128, max: v128): v128 {
  const d = f32x4.sub(x, max);
  return v128.bitselect(d, expBelow(d), f32x4.ne(d, d));
}

@inline
export function pairSum(total: v128): f64 {
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** Writes e^(x − max) unless `out` is 0, and gives the sum. */
@inline
export function expRow(out: usize, x: usize, n: i32, max: f32): f64 {
  const m = f32x4.splat(max);
  let total = f64x2.splat(0);
  const write = out != 0;
  const whole = x + (<usize>(n & ~3) << 2);
  for (; x < whole; x += 16) {
    const y = shifted(v128.load(x), m);
    total = f64x2.add(total, promoteSum(y));
    if (write) {
      v128.store(out, y);
      out += 16;
    }
  }
  if (n & 3) {
    const y = v128.and(shifted(v128.load(x), m), tailMask(n & 3));
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
