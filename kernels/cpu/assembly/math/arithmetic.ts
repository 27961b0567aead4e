/**
 * @file Multiply-adds, polynomials and bit masks that the functions of one or the other precision share.
 *
 * A multiply-add rounds once in the relaxed build and twice in the plain one. It stands only where either is accurate
 * enough: in polynomials, and where the product is exact anyway.
 */

/** a·b + c on float64. */
@inline
export function madd64(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** c − a·b on float64. */
@inline
export function nmadd64(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, c);
  return f64x2.sub(c, f64x2.mul(a, b));
}

/** c − a·b on float32. */
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** Whether a lane of a mask is set. To read the signs takes V8 fewer instructions than `any_true` and `all_true`. */
@inline
export function any(mask: v128): bool {
  return i32x4.bitmask(mask) != 0;
}

/** Whether all lanes of a mask are set. */
@inline
export function all(mask: v128): bool {
  return i32x4.bitmask(mask) == 15;
}

/** a where all bits of a lane of the mask are set, b where none is. */
@inline
export function select(a: v128, b: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(a, b, mask);
  return v128.bitselect(a, b, mask);
}

/** (q·x + p₀)·x + p₁, with float64 coefficients at an address. */
@inline
export function more2(q: v128, x: v128, p: usize): v128 {
  return madd64(madd64(q, x, v128.load_splat<f64>(p)), x, v128.load_splat<f64>(p, 8));
}

/** q·x³ + p₀·x² + p₁·x + p₂. */
@inline
export function more3(q: v128, x: v128, p: usize): v128 {
  return madd64(more2(q, x, p), x, v128.load_splat<f64>(p, 16));
}

/** q·x⁴ + p₀·x³ + … + p₃. */
@inline
export function more4(q: v128, x: v128, p: usize): v128 {
  return more2(more2(q, x, p), x, p + 16);
}

/** q·x⁵ + p₀·x⁴ + … + p₄. */
@inline
export function more5(q: v128, x: v128, p: usize): v128 {
  return more3(more2(q, x, p), x, p + 16);
}

/**
 * q·w² + p₀·w + p₂: every other coefficient, for one half of a polynomial in x, where w = x². The halves do not wait
 * for each other.
 */
@inline
export function other2(q: v128, w: v128, p: usize): v128 {
  return madd64(madd64(q, w, v128.load_splat<f64>(p)), w, v128.load_splat<f64>(p, 16));
}

/** The same with three more coefficients. */
@inline
export function other3(q: v128, w: v128, p: usize): v128 {
  return madd64(other2(q, w, p), w, v128.load_splat<f64>(p, 32));
}

/** `size` with the sign of `x`; `size` must not be negative. */
@inline
export function withSign64(size: v128, x: v128): v128 {
  return v128.or(size, v128.and(x, f64x2.splat(-0.0)));
}

/** Lanes 0 and 1 as float64. */
@inline
export function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** Lanes 2 and 3 as float64. */
@inline
export function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
}

/** Four float32 from two times two float64. */
@inline
export function demote(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}
