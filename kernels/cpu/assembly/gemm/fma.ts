/**
 * @file Arithmetic on vectors of any element type: multiply-add, ReLU, and loads and stores of a part.
 *
 * All kernels of this module are generic over `T`: `f32`, `f64` or `i32`. A vector is 16 bytes, and so are what the
 * functions call lanes, panels and tiles measured in: only how many elements that makes depends on `T`.
 */

/** a·b + c: rounded once by the relaxed build, twice by the plain one; integers wrap. */
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD && isFloat<T>()) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** max(v, 0) in one instruction; pmax(v, 0) is v unless v < 0, so NaN stays NaN. */
@inline
export function relu<T>(v: v128): v128 {
  const zero = i32x4.splat(0);
  return isFloat<T>() ? v128.pmax<T>(v, zero) : i32x4.max_s(v, zero);
}

/** The first elements at an address, fewer than a vector has, then zeros; the bytes behind may be beyond the memory's end. */
export function loadPart<T>(p: usize, count: i32): v128 {
  if (sizeof<T>() == 8) return v128.load64_zero(p);
  if (count == 1) return v128.load32_zero(p);
  const pair = v128.load64_zero(p);
  return count == 2 ? pair : v128.load32_lane(p, pair, 2, 8);
}

/** Stores the first elements, fewer than a vector has. */
export function storePart<T>(p: usize, v: v128, count: i32): void {
  if (sizeof<T>() == 8) {
    v128.store64_lane(p, v, 0);
  } else if (count == 1) {
    v128.store32_lane(p, v, 0);
  } else {
    v128.store64_lane(p, v, 0);
    if (count == 3) v128.store32_lane(p, v, 2, 8);
  }
}
