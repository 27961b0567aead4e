/** @file sin, cos and tan of four float32 and of two float64: to 2 units in the last place, tan of float64 to 4. */
import { isCommon, quarters, quartersFar, remainder, remainderFar } from "./angle";
import { all, demote, high, low, madd64, more2, more3, nmadd, select, withSign64 } from "./arithmetic";
import { madd } from "../vector/lanes";

/** Interpolated at Chebyshev nodes for |r| ≤ π/4, highest power first. */
const DOUBLES: usize = memory.data<f64>([
  // 0: (sin r − r) / r³ in r², to 2e-17
  1.591810123027412e-10, -2.5051131455427946e-8, 2.755731610068303e-6, -0.0001984126983675497,
  0.008333333333330946, -0.16666666666666666,
  // 6: (cos r − 1 + r²/2) / r⁴ in r², to 1e-18; then −½ and 1
  -1.1382614868556325e-11, 2.0876146024689747e-9, -2.7557317270560326e-7, 2.4801587298763433e-5,
  -0.0013888888888887395, 0.041666666666666664, -0.5, 1.0,
]);

const FLOATS: usize = memory.data<f32>([
  // 0: (sin r − r) / r³ in r², to 2e-8
  -0.00019587840521305324, 0.008332748037517147, -0.16666664661114838,
  // 3: (cos r − 1 + r²/2) / r⁴ in r², to 2e-9; then −½ and 1
  2.454789161981386e-5, -0.0013888302802309161, 0.04166666465830042, -0.5, 1.0,
  // 8: the largest |x| of the common case: 2¹⁰·π, so n has 11 bits; 2/π; 1.5·2²³
  3216.0, 0.6366197723675814, 12582912.0,
  // 11: π/2 in parts: three of 13 bits, and what is left
  1.570556640625, 0.0002396702766418457, 1.5890691429376602e-8, 2.5633440682570896e-12,
  // 15: (tan r − r) / r³ in r², to 1e-9; then −1
  0.004373353905975819, 9.715575288282707e-5, 0.01082809641957283, 0.021286042407155037, 0.05405892804265022,
  0.13332675397396088, 0.33333349227905273, -1.0,
]);

/** The sign of a number. */
const SIGN: usize = memory.data<i32>([0x80000000]);

@inline
function sign(): v128 {
  return v128.load_splat<i32>(SIGN);
}

@inline
function f(index: usize): v128 {
  return v128.load_splat<f32>(FLOATS + (index << 2));
}

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(DOUBLES + (index << 3));
}

/** sin r, |r| ≤ π/4. */
@inline
function sinNear64(r: v128, z: v128): v128 {
  const p = more3(more2(d(0), z, DOUBLES + 8), z, DOUBLES + 24);
  return withSign64(madd64(f64x2.mul(r, z), p, r), r);
}

/** cos r, |r| ≤ π/4, of z = r². */
@inline
function cosNear64(z: v128): v128 {
  const p = more3(more2(d(6), z, DOUBLES + 56), z, DOUBLES + 72);
  return more2(p, z, DOUBLES + 96);
}

/** sin(r + q·π/2), where q is the low bits of each lane. */
@inline
function sinQuarter64(r: v128, q: v128): v128 {
  const z = f64x2.mul(r, r);
  const odd = i32x4.shr_s(i32x4.shl(v128.shuffle<i32>(q, q, 0, 0, 2, 2), 31), 31);
  const y = v128.bitselect(cosNear64(z), sinNear64(r, z), odd);
  return v128.xor(y, i64x2.shl(i64x2.shr_u(q, 1), 63));
}

function sinFar64(x: v128, quarter: v128): v128 {
  return sinQuarter64(remainderFar(x), i64x2.add(quartersFar(x), quarter));
}

@inline
export function sin64(x: v128): v128 {
  if (!isCommon(x)) return sinFar64(x, i64x2.splat(0));
  const t = quarters(x);
  return sinQuarter64(remainder(x, t), t);
}

@inline
export function cos64(x: v128): v128 {
  if (!isCommon(x)) return sinFar64(x, i64x2.splat(1));
  const t = quarters(x);
  return sinQuarter64(remainder(x, t), i64x2.add(t, i64x2.splat(1)));
}

/** tan x, or where q is odd, −cot r. */
@inline
function tanQuarter64(r: v128, q: v128): v128 {
  const z = f64x2.mul(r, r);
  const odd = i32x4.shr_s(i32x4.shl(v128.shuffle<i32>(q, q, 0, 0, 2, 2), 31), 31);
  const sin = sinNear64(r, z);
  const cos = cosNear64(z);
  return f64x2.div(v128.bitselect(f64x2.neg(cos), sin, odd), v128.bitselect(sin, cos, odd));
}

function tanFar64(x: v128): v128 {
  return tanQuarter64(remainderFar(x), quartersFar(x));
}

@inline
export function tan64(x: v128): v128 {
  if (!isCommon(x)) return tanFar64(x);
  const t = quarters(x);
  return tanQuarter64(remainder(x, t), t);
}

/** The nearest multiple of ½ to x ≥ 0, twice; beyond 2⁵² all are even. */
@inline
function halves(x: v128): v128 {
  return f64x2.nearest(f64x2.add(x, x));
}

/** π·(x − n/2) */
@inline
function piRemainder(x: v128, n: v128): v128 {
  return f64x2.mul(f64x2.sub(x, f64x2.mul(n, f64x2.splat(0.5))), f64x2.splat(Math.PI));
}

/** n in the low bits. */
@inline
function integerOf(n: v128): v128 {
  return f64x2.add(f64x2.pmin(n, f64x2.splat(4503599627370496)), f64x2.splat(6755399441055744));
}

/** sin πx for x ≥ 0; exactly 0 at integers. */
@inline
export function sinPi64(x: v128): v128 {
  const n = halves(x);
  return sinQuarter64(piRemainder(x, n), integerOf(n));
}

/** tan πx for x ≥ 0. */
@inline
export function tanPi64(x: v128): v128 {
  const n = halves(x);
  return tanQuarter64(piRemainder(x, n), integerOf(n));
}

/** n + 1.5·2²³, where n is the nearest integer to x·2/π: n is in the low bits. */
@inline
function quartersOf(x: v128): v128 {
  return madd(x, f(9), f(10));
}

/** x − n·(p₀ + p₁), exactly: n has 11 bits, and the parts have 13. */
@inline
function lessTwoParts(x: v128, n: v128): v128 {
  return nmadd(n, f(12), nmadd(n, f(11), x));
}

/** What x − n·π/2 lacks when it is rounded to r, where r = s − w. */
@inline
function restOf(n: v128, s: v128, w: v128, r: v128): v128 {
  return nmadd(n, f(14), f32x4.sub(f32x4.sub(s, r), w));
}

/** sin(x + quarter·π/2) of common angles. */
@inline
function sinQuarter(x: v128, quarter: v128): v128 {
  const t = quartersOf(x);
  const n = f32x4.sub(t, f(10));
  const s = lessTwoParts(x, n);
  const w = f32x4.mul(n, f(13));
  const r = f32x4.sub(s, w);
  const q = i32x4.add(t, quarter);
  const z = f32x4.mul(r, r);
  const rest = madd(f32x4.mul(r, z), madd(madd(f(0), z, f(1)), z, f(2)), restOf(n, s, w, r));
  const sin = f32x4.add(r, rest);
  const signed = v128.or(sin, v128.and(r, sign()));
  const cos = madd(madd(madd(madd(f(3), z, f(4)), z, f(5)), z, f(6)), z, f(7));
  const y = select(cos, signed, i32x4.shr_s(i32x4.shl(q, 31), 31));
  return v128.xor(y, i32x4.shl(i32x4.shr_u(q, 1), 31));
}

/** Which lanes are angles whose n has 11 bits. */
@inline
function isCommonFloat(x: v128): v128 {
  return f32x4.le(f32x4.abs(x), f(8));
}

/** The same of anything. What a lane gives does not depend on the others. */
function sinFar(x: v128, quarter: i32): v128 {
  const q = i64x2.splat(<i64>quarter);
  const far = demote(sinFar64(low(x), q), sinFar64(high(x), q));
  return v128.bitselect(sinQuarter(x, i32x4.splat(quarter)), far, isCommonFloat(x));
}

@inline
export function sinOf(x: v128): v128 {
  if (!all(isCommonFloat(x))) return sinFar(x, 0);
  return sinQuarter(x, i32x4.splat(0));
}

@inline
export function cosOf(x: v128): v128 {
  if (!all(isCommonFloat(x))) return sinFar(x, 1);
  return sinQuarter(x, i32x4.splat(1));
}

/** tan x of common angles: tan r, or where n is odd, −1 / tan r. */
@inline
function tanNear(x: v128): v128 {
  const t = quartersOf(x);
  const n = f32x4.sub(t, f(10));
  const s = lessTwoParts(x, n);
  const w = f32x4.mul(n, f(13));
  const r = f32x4.sub(s, w);
  const z = f32x4.mul(r, r);
  let p = madd(madd(madd(f(15), z, f(16)), z, f(17)), z, f(18));
  p = madd(madd(madd(p, z, f(19)), z, f(20)), z, f(21));
  const lost = restOf(n, s, w, r);
  const rest = madd(f32x4.mul(r, z), p, madd(lost, z, lost));
  const tan = f32x4.add(r, rest);
  const signed = v128.or(tan, v128.and(r, sign()));
  // −1 / (tan + e) is about −1 / tan + e / tan².
  const e = f32x4.add(f32x4.sub(r, tan), rest);
  const inverse = f32x4.div(f(22), tan);
  const cot = madd(f32x4.mul(inverse, inverse), e, inverse);
  return select(cot, signed, i32x4.shr_s(i32x4.shl(t, 31), 31));
}

function tanFar(x: v128): v128 {
  return v128.bitselect(tanNear(x), demote(tanFar64(low(x)), tanFar64(high(x))), isCommonFloat(x));
}

@inline
export function tanOf(x: v128): v128 {
  if (!all(isCommonFloat(x))) return tanFar(x);
  return tanNear(x);
}
