/** @file Steps of the functions that go along a row several times, for float32 and float64. */
import { exp64 } from "../math/exp64";
import { expBelow, expOf, logOf } from "../math/float32";
import { log64 } from "../math/log64";
import { bytesOf, halves, keep, keepMask, lanesOf, maxLanes, pairSum, put } from "./lanes";

/** eˣ for any x. */
@inline
export function expAny<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp64(x) : expOf(x);
}

/** The largest element; NaN if there is one. */
export function rowMax<T>(x: usize, n: i32): T {
  const lowest = v128.splat<T>(<T>-Infinity);
  let best = lowest;
  let nan = i32x4.splat(0);
  let left = n;
  for (; left >= lanesOf<T>(); left -= lanesOf<T>(), x += 16) {
    const v = v128.load(x);
    best = v128.pmax<T>(best, v);
    nan = v128.or(nan, v128.ne<T>(v, v));
  }
  if (left > 0) {
    const v = v128.bitselect(v128.load(x), lowest, keepMask<T>(left));
    best = v128.pmax<T>(best, v);
    nan = v128.or(nan, v128.ne<T>(v, v));
  }
  if (v128.any_true(nan)) return <T>NaN;
  if (sizeof<T>() == 4) return <T>maxLanes(best);
  return <T>max<f64>(f64x2.extract_lane(best, 0), f64x2.extract_lane(best, 1));
}

/** Vectors that are added in single precision before they go to a double. */
const RUN = 64;

/**
 * Writes e^(x − max) unless `out` is 0, and gives the sum. Both are NaN where no difference is a number: if `max` is
 * NaN or infinite.
 */
export function expRow<T>(out: usize, x: usize, n: i32, max: T): f64 {
  const write = out != 0;
  // x − x is NaN for these, and 0 otherwise.
  if (max - max != 0) {
    if (write) for (let i = 0; i < n; i++) store<T>(out + bytesOf<T>(i), <T>NaN);
    return NaN;
  }
  const m = v128.splat<T>(max);
  let total = f64x2.splat(0);
  let left = n;
  while (left >= lanesOf<T>()) {
    let run = v128.splat<T>(0);
    for (let i = min<i32>(RUN, left / lanesOf<T>()); i > 0; i--, x += 16, left -= lanesOf<T>()) {
      const below = v128.sub<T>(v128.load(x), m);
      const y = sizeof<T>() == 8 ? exp64(below) : expBelow(below);
      run = v128.add<T>(run, y);
      if (write) {
        v128.store(out, y);
        out += 16;
      }
    }
    total = f64x2.add(total, halves<T>(run));
  }
  if (left > 0) {
    const y = keep<T>(expAny<T>(v128.sub<T>(v128.load(x), m)), left);
    total = f64x2.add(total, halves<T>(y));
    if (write) put<T>(out, y, left);
  }
  return pairSum(total);
}

@inline
export function logOne<T>(x: f64): T {
  if (sizeof<T>() == 8) return <T>f64x2.extract_lane(log64(f64x2.splat(x)), 0);
  return <T>f32x4.extract_lane(logOf(f32x4.splat(<f32>x)), 0);
}

/** Divides a row in place. */
export function divideRow<T>(y: usize, n: i32, divisor: f64): void {
  const d = v128.splat<T>(<T>divisor);
  for (let left = n; left > 0; left -= lanesOf<T>(), y += 16) put<T>(y, v128.div<T>(v128.load(y), d), left);
}
