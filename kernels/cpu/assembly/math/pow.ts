/**
 * @file xʸ of float32 (to 1 unit in the last place) and of float64 (to 2), with the edge cases of C.
 *
 * The float64 logarithm must be right to some 64 bits, because y multiplies its error up to a thousand times: it is a
 * sum of two numbers. Products are split into exact ones, with or without fused multiply-adds.
 */
import { all, any, demote, high, low, madd64, more2, more4, nmadd64 } from "./arithmetic";
import { exp64, expShort, timesExp64 } from "./exp64";
import { exponentOf, fractionOf, isPositiveNormal, log64, shifted } from "./log64";

const NUMBERS: usize = memory.data<f64>([
  // 0: (2·atanh(s) − 2s − 2s³/3) / s⁵ in s², s ≤ 0.172, to 3e-16; interpolated at Chebyshev nodes, highest power first
  0.1291471218393509, 0.13285868837545742, 0.15385577463308145, 0.18181808210921882, 0.22222222271326808,
  0.2857142857133801, 0.4000000000000003,
  // 7: ⅔, and what it lacks; ln 2 in two parts, the first short enough that its product with an exponent is exact
  0.6666666666666666, 3.700743415417185e-17, 0.6931471803691238, 1.9082149292705877e-10,
  // 11: 1, 2; 2⁵²; beyond this exponent every result but 1 is 0 or infinite
  1.0, 2.0, 4503599627370496.0, 1e21,
  // 15: for float32: (2·atanh(s) − 2s) / s³ in s², s ≤ 0.172, to 8e-12
  0.19363884986633198, 0.22191337428065783, 0.28571755535032944, 0.3999999879244169, 0.6666666666737868,
  // 20: ln 2; the largest |y·ln x| of the common case
  0.6931471805599453, 700.0,
]);

/** The upper half of a number's digits. */
const UPPER: i64 = 0xfffffffff8000000;

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(NUMBERS + (index << 3));
}

@inline
function upper(x: v128): v128 {
  return v128.and(x, i64x2.splat(UPPER));
}

/** What a·b lacks when it is rounded to p, in numbers of half the digits; exact while nothing overflows or underflows. */
@inline
export function productError(a: v128, b: v128, p: v128): v128 {
  const a1 = upper(a);
  const b1 = upper(b);
  const a0 = f64x2.sub(a, a1);
  const b0 = f64x2.sub(b, b1);
  const middle = f64x2.add(f64x2.sub(f64x2.mul(a1, b1), p), f64x2.mul(a1, b0));
  return f64x2.add(f64x2.add(middle, f64x2.mul(a0, b1)), f64x2.mul(a0, b0));
}

/** Whether multiply-adds round once. The relaxed build may run where they do not. */
@inline
function isFused(): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return false;
  return any(f64x2.ne(nmadd64(d(7), d(7), f64x2.mul(d(7), d(7))), f64x2.splat(0)));
}

/** {@link productError}, by a multiply-add that rounds once if `fused`. */
@inline
function errorOf(a: v128, b: v128, p: v128, fused: bool): v128 {
  return fused ? f64x2.neg(nmadd64(a, b, p)) : productError(a, b, p);
}

/** {@link powNear64}; `fused` says how the errors of products are found. */
@inline
function powSum(x: v128, y: v128, e: v128, fused: bool): v128 {
  const bits = shifted(x);
  const k = f64x2.add(exponentOf(bits), e);
  const m = fractionOf(bits);
  // s = (m − 1) / (m + 1) in two parts; a sum that starts with the larger number is off by what can be read off it.
  const n = f64x2.sub(m, d(11));
  const sum = f64x2.add(m, d(11));
  const sumRest = f64x2.sub(m, f64x2.sub(sum, d(11)));
  const s = f64x2.div(n, sum);
  const product = f64x2.mul(s, sum);
  const left = f64x2.sub(f64x2.sub(f64x2.sub(n, product), errorOf(s, sum, product, fused)), f64x2.mul(s, sumRest));
  const sRest = f64x2.div(left, sum);
  // z = s², t = ⅔·z + z²·(…), both in two parts
  const z = f64x2.mul(s, s);
  const zRest = f64x2.add(errorOf(s, s, z, fused), f64x2.mul(f64x2.add(s, s), sRest));
  const r = f64x2.mul(f64x2.mul(z, z), more4(more2(d(0), z, NUMBERS + 8), z, NUMBERS + 24));
  const t0 = f64x2.mul(z, d(7));
  const t0Rest = f64x2.add(errorOf(z, d(7), t0, fused), f64x2.add(f64x2.mul(z, d(8)), f64x2.mul(zRest, d(7))));
  const t = f64x2.add(t0, r);
  const tRest = f64x2.add(f64x2.add(f64x2.sub(t0, t), r), t0Rest);
  // ln m = 2s + s·t
  const u = f64x2.mul(s, t);
  const uRest = f64x2.add(errorOf(s, t, u, fused), f64x2.add(f64x2.mul(s, tRest), f64x2.mul(sRest, t)));
  const s2 = f64x2.add(s, s);
  const v = f64x2.add(s2, u);
  const vRest = f64x2.add(f64x2.add(f64x2.sub(s2, v), u), f64x2.add(uRest, f64x2.add(sRest, sRest)));
  // ln x = k·ln 2 + ln m
  const k2 = f64x2.mul(k, d(9));
  const l = f64x2.add(k2, v);
  const lRest = f64x2.add(f64x2.add(f64x2.sub(k2, l), v), madd64(k, d(10), vRest));
  const p = f64x2.mul(y, l);
  const pRest = f64x2.add(errorOf(y, l, p, fused), f64x2.mul(y, lRest));
  // Where p is too large for a finite result, pRest need not be small.
  const inside = f64x2.le(f64x2.abs(p), f64x2.splat(1000));
  return timesExp64(d(11), p, v128.and(pRest, inside));
}

/** xʸ for positive normal x, e more powers of two in it, and |y| up to 10²¹. */
function powNear64(x: v128, y: v128, e: v128): v128 {
  return isFused() ? powSum(x, y, e, true) : powSum(x, y, e, false);
}

/** What C says of xʸ: where x is negative, 1, −1 or not finite, or y is 0, given |x|ʸ as r. */
@inline
function edges(x: v128, y: v128, r: v128): v128 {
  const size = f64x2.abs(x);
  const half = f64x2.mul(y, f64x2.splat(0.5));
  const isInteger = f64x2.eq(y, f64x2.nearest(y));
  const isOdd = v128.and(isInteger, f64x2.ne(half, f64x2.nearest(half)));
  const isMinus = i64x2.lt_s(x, i64x2.splat(0));
  // (−1)^±∞ is 1, and so is NaN⁰ and 1 to the NaN.
  let result = v128.bitselect(d(11), r, v128.and(f64x2.eq(size, d(11)), f64x2.eq(y, y)));
  result = v128.xor(result, v128.and(v128.and(isOdd, isMinus), f64x2.splat(-0.0)));
  const isNegative = v128.and(f64x2.lt(x, f64x2.splat(0)), f64x2.gt(x, f64x2.splat(-Infinity)));
  result = v128.bitselect(f64x2.splat(NaN), result, v128.andnot(isNegative, isInteger));
  return v128.bitselect(d(11), result, v128.or(f64x2.eq(y, f64x2.splat(0)), f64x2.eq(x, d(11))));
}

/** xʸ of anything. */
function powFar64(x: v128, y: v128): v128 {
  const size = f64x2.abs(x);
  const tiny = f64x2.lt(size, f64x2.splat(f64.MIN_NORMAL_VALUE));
  const normal = v128.bitselect(f64x2.mul(size, d(13)), size, tiny);
  const inside = f64x2.pmin(f64x2.pmax(y, f64x2.neg(d(14))), d(14));
  const positive = v128.bitselect(normal, d(11), isPositiveNormal(normal));
  const r = powNear64(positive, inside, v128.and(tiny, f64x2.splat(-52)));
  // Of 0, infinity and NaN, and to the infinite: the logarithm alone decides.
  const isFine = v128.and(isPositiveNormal(normal), f64x2.lt(f64x2.abs(y), f64x2.splat(Infinity)));
  return edges(x, y, v128.bitselect(r, exp64(f64x2.mul(y, log64(size))), isFine));
}

@inline
export function pow64(x: v128, y: v128): v128 {
  if (!all(v128.and(isPositiveNormal(x), f64x2.le(f64x2.abs(y), d(14))))) return powFar64(x, y);
  return powNear64(x, y, f64x2.splat(0));
}

/** y·ln x of positive normal float64, to 8e-12 of it. */
@inline
function exponentNear(x: v128, y: v128): v128 {
  const bits = shifted(x);
  const n = f64x2.sub(fractionOf(bits), d(11));
  const s = f64x2.div(n, f64x2.add(n, d(12)));
  const z = f64x2.mul(s, s);
  const q = more4(d(15), z, NUMBERS + 128);
  const ln = madd64(f64x2.mul(s, z), q, f64x2.add(s, s));
  return f64x2.mul(y, madd64(exponentOf(bits), d(20), ln));
}

/** Where x is a positive normal number and its power p = y·ln x neither overflows nor underflows. */
@inline
function isCommon(x: v128, p: v128): v128 {
  return v128.and(isPositiveNormal(x), f64x2.le(f64x2.abs(p), d(21)));
}

/** xʸ of two float32 that are given as float64. What a lane gives does not depend on the other. */
function powPair(x: v128, y: v128): v128 {
  const p = exponentNear(x, y);
  const far = edges(x, y, exp64(f64x2.mul(y, log64(f64x2.abs(x)))));
  return v128.bitselect(expShort(p), far, isCommon(x, p));
}

@inline
export function powOf(x: v128, y: v128): v128 {
  const x0 = low(x);
  const x1 = high(x);
  const y0 = low(y);
  const y1 = high(y);
  const p0 = exponentNear(x0, y0);
  const p1 = exponentNear(x1, y1);
  if (all(v128.and(isCommon(x0, p0), isCommon(x1, p1)))) return demote(expShort(p0), expShort(p1));
  return demote(powPair(x0, y0), powPair(x1, y1));
}
