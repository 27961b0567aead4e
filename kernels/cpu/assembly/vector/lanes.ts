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

/** The sum of all lanes of T. */
@inline
export function sumOfLanes<T>(v: v128): T {
  let sum: T = <T>(v128.extract_lane<T>(v, 0) + v128.extract_lane<T>(v, 1));
  if (sizeof<T>() == 4) sum = <T>(sum + <T>(v128.extract_lane<T>(v, 2) + v128.extract_lane<T>(v, 3)));
  return sum;
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

/** Elements of a vector. */
@inline
export function lanesOf<T>(): i32 {
  return <i32>(16 / sizeof<T>());
}

/** Bytes of n elements. */
@inline
export function bytesOf<T>(n: i32): usize {
  return <usize>n << alignof<T>();
}

/** All bits set in the first `left` lanes, of which there are fewer than all. */
@inline
export function keepMask<T>(left: i32): v128 {
  if (sizeof<T>() == 8) return i64x2(-1, 0);
  if (sizeof<T>() == 4) return tailMask(left);
  return i8x16.lt_u(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>left));
}

/** The first `left` lanes of v to memory: all of them if there are so many. */
@inline
export function put<T>(address: usize, v: v128, left: i32): void {
  if (left >= lanesOf<T>()) {
    v128.store(address, v);
  } else if (sizeof<T>() == 8) {
    v128.store64_lane(address, v, 0);
  } else if (sizeof<T>() == 4) {
    storeTail(address, v, left);
  } else {
    putBytes(address, v, left);
  }
}

function putBytes(address: usize, v: v128, left: i32): void {
  if (left & 8) {
    v128.store64_lane(address, v, 0);
    v = v128.shuffle<i64>(v, v, 1, 0);
    address += 8;
  }
  if (left & 4) {
    v128.store32_lane(address, v, 0);
    v = v128.shuffle<i32>(v, v, 1, 0, 3, 2);
    address += 4;
  }
  if (left & 2) {
    v128.store16_lane(address, v, 0);
    v = v128.shuffle<i16>(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
    address += 2;
  }
  if (left & 1) v128.store8_lane(address, v, 0);
}

/** One bit for each lane of a mask. */
@inline
export function bitsOf<T>(mask: v128): i32 {
  if (sizeof<T>() == 8) return i64x2.bitmask(mask);
  return sizeof<T>() == 4 ? i32x4.bitmask(mask) : i8x16.bitmask(mask);
}

/** v with zeros but for the first `left` lanes. */
@inline
export function keep<T>(v: v128, left: i32): v128 {
  return left >= lanesOf<T>() ? v : v128.and(v, keepMask<T>(left));
}

/** The lower half of the lanes, as doubles. */
@inline
export function lowOf<T>(v: v128): v128 {
  return sizeof<T>() == 8 ? v : f64x2.promote_low_f32x4(v);
}

/** The upper half of the lanes, as doubles: nothing if they are doubles already. */
@inline
export function highOf<T>(v: v128): v128 {
  return sizeof<T>() == 8 ? i64x2.splat(0) : f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
}

/** Doubles as a vector of T. */
@inline
export function fromHalves<T>(low: v128, high: v128): v128 {
  if (sizeof<T>() == 8) return low;
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** The lanes as two doubles with the same sum. */
@inline
export function halves<T>(v: v128): v128 {
  return sizeof<T>() == 8 ? v : promoteSum(v);
}

/** Both lanes. */
@inline
export function pairSum(total: v128): f64 {
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** a·b + c; fused where that is fast. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
