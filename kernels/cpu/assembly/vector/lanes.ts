/** @file Loads and stores of a row's last one to three elements, and sums across a vector. */

/** The first `left` (1 to 3) lanes of v to memory. */
@inline
export function storeTail(address: usize, v: v128, left: i32): void {
  if (left & 2) {
    v128.store64_lane(address, v, 0);
    if (left & 1) v128.store32_lane(address, v, 2, 8);
  } else {
    v128.store32_lane(address, v, 0);
  }
}

/** All bits set in the first `left` lanes. */
@inline
export function tailMask(left: i32): v128 {
  return i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3));
}

/** The sum of all lanes. */
@inline
export function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest lane; NaN lanes are passed over unless all are NaN. */
@inline
export function maxLanes(v: v128): f32 {
  const pairs = f32x4.pmax(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** Lanes 0 and 1 of v as doubles, plus lanes 2 and 3. */
@inline
export function promoteSum(v: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3)));
}

/** a·b + c; fused where that is fast. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
