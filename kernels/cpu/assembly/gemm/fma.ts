/** @file Fused multiply-add, ReLU and partial loads and stores, for all kernels of the module. */

/** a·b + c. The plain build rounds twice. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** max(v, 0) in one instruction; pmax(v, 0) is v unless v < 0, so NaN stays NaN. */
@inline
export function relu(v: v128): v128 {
  return f32x4.pmax(v, f32x4.splat(0));
}

/** The first 1 to 3 floats at an address, then zeros; the bytes behind may be beyond the memory's end. */
export function loadPart(p: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(p);
  const pair = v128.load64_zero(p);
  return count == 2 ? pair : v128.load32_lane(p, pair, 2, 8);
}

/** Stores the first 1 to 3 floats. */
export function storePart(p: usize, v: v128, count: i32): void {
  if (count == 1) {
    v128.store32_lane(p, v, 0);
  } else {
    v128.store64_lane(p, v, 0);
    if (count == 3) v128.store32_lane(p, v, 2, 8);
  }
}
