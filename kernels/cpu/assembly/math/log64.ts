/** @file Logarithms of two float64, and the area functions, which are made of them: to 3 units in the last place. */
import { all, any, madd64, other3, withSign64 } from "./arithmetic";

const NUMBERS: usize = memory.data<f64>([
  // 0: (2·atanh(s) − 2s) / s³ in s², s ≤ 0.172, to 3e-18; interpolated at Chebyshev nodes, highest power first
  0.13088034850927555, 0.13268638369266825, 0.15386244737621665, 0.18181795547521137, 0.22222222392581045,
  0.28571428570799784, 0.40000000000000885, 0.6666666666666666,
  // 8: ln 2 in two parts, the first short enough that its product with an exponent is exact
  0.6931471803691238, 1.9082149292705877e-10,
  // 10: 1, 2, ½; the smallest normal number; 2⁵², and 2⁵² + 1023
  1.0, 2.0, 0.5, 2.2250738585072014e-308, 4503599627370496.0, 4503599627371519.0,
  // 16: log₂ e, and log₁₀ e with log₁₀ 2 in two parts
  1.4426950408889634, 0.4342944819032518, 0.3010299955494702, 1.1451100898021838e-10,
  // 20: ln 2; 2²⁸, whose square is so large that 1 more makes no difference
  0.6931471805599453, 268435456.0,
]);

const BITS: usize = memory.data<i64>([
  // 0: the bits of √½, and of 1 less those; the fraction
  0x3fe6a09e667f3bcd, 0x00095f619980c433, 0x000fffffffffffff,
]);

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(NUMBERS + (index << 3));
}

@inline
function bits(index: usize): v128 {
  return v128.load_splat<i64>(BITS + (index << 3));
}

/** The exponent k and 1023 more, in the low bits, of x = 2ᵏ·m with m in [√½, √2); with the fraction of m above √½. */
@inline
export function shifted(x: v128): v128 {
  return i64x2.add(x, bits(1));
}

/** k from {@link shifted}, as a number. */
@inline
export function exponentOf(s: v128): v128 {
  return f64x2.sub(v128.or(i64x2.shr_u(s, 52), d(14)), d(15));
}

/** m from {@link shifted}. */
@inline
export function fractionOf(s: v128): v128 {
  return i64x2.add(v128.and(s, bits(2)), bits(0));
}

/** ln(1 + d) + rest without the d itself, which has to be added last. */
@inline
function lessLarge(d0: v128, rest: v128): v128 {
  const s = f64x2.div(d0, f64x2.add(d0, d(11)));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  const r = f64x2.mul(z, madd64(other3(d(0), w, NUMBERS + 16), z, other3(d(1), w, NUMBERS + 24)));
  const h = f64x2.mul(f64x2.mul(d(12), d0), d0);
  // ln(1 + d) = d − (h − s·(h + r))
  return f64x2.sub(madd64(s, f64x2.add(h, r), rest), h);
}

/** k·ln 2 + ln(1 + d) + rest. */
@inline
function logSum(k: v128, d0: v128, rest: v128): v128 {
  return madd64(k, d(8), f64x2.add(lessLarge(d0, rest), d0));
}

/** ln x of positive normal numbers, with e more powers of two. */
@inline
function logNear64(x: v128, e: v128): v128 {
  const s = shifted(x);
  const k = f64x2.add(exponentOf(s), e);
  return logSum(k, f64x2.sub(fractionOf(s), d(10)), f64x2.mul(k, d(9)));
}

/** What ln x is for zero, for infinity and where it is not a number, and y elsewhere. */
@inline
function edges(y: v128, x: v128): v128 {
  const zero = f64x2.splat(0);
  y = v128.bitselect(f64x2.splat(-Infinity), y, f64x2.eq(x, zero));
  y = v128.bitselect(f64x2.splat(NaN), y, f64x2.lt(x, zero));
  // Infinity and NaN are their own logarithms.
  return v128.bitselect(y, x, f64x2.lt(x, f64x2.splat(Infinity)));
}

/** ln x of anything. */
function logFar64(x: v128): v128 {
  const tiny = f64x2.lt(x, d(13));
  const normal = v128.bitselect(f64x2.mul(x, d(14)), x, tiny);
  return edges(logNear64(normal, v128.and(tiny, f64x2.splat(-52))), x);
}

/** Which lanes are positive normal numbers. */
@inline
export function isPositiveNormal(x: v128): v128 {
  return v128.and(f64x2.ge(x, d(13)), f64x2.lt(x, f64x2.splat(Infinity)));
}

@inline
export function log64(x: v128): v128 {
  if (!all(isPositiveNormal(x))) return logFar64(x);
  return logNear64(x, f64x2.splat(0));
}

/** ln(1 + x) for finite x > −1; what the sum 1 + x loses is divided by it and added. */
@inline
function log1pNear64(x: v128): v128 {
  const sum = f64x2.add(x, d(10));
  const back = f64x2.sub(sum, d(10));
  const lost = f64x2.add(f64x2.sub(d(10), f64x2.sub(sum, back)), f64x2.sub(x, back));
  const s = shifted(sum);
  const k = exponentOf(s);
  const y = logSum(k, f64x2.sub(fractionOf(s), d(10)), madd64(k, d(9), f64x2.div(lost, sum)));
  return v128.or(y, v128.and(x, f64x2.splat(-0.0)));
}

function log1pFar64(x: v128): v128 {
  const inside = v128.and(f64x2.gt(x, f64x2.splat(-1)), f64x2.lt(x, f64x2.splat(Infinity)));
  return v128.bitselect(log1pNear64(v128.and(x, inside)), edges(f64x2.splat(0), f64x2.add(x, d(10))), inside);
}

@inline
export function log1p64(x: v128): v128 {
  if (!all(v128.and(f64x2.gt(x, f64x2.splat(-1)), f64x2.lt(x, f64x2.splat(Infinity))))) {
    return log1pFar64(x);
  }
  return log1pNear64(x);
}

/** k·a + (k·b + c·ln m) of x = 2ᵏ⁻ᵉ·m: a logarithm to another base, where a + b is that of 2 and c that of e. */
@inline
function logTo(x: v128, e: v128, a: v128, b: v128, c: v128): v128 {
  const s = shifted(x);
  const k = f64x2.add(exponentOf(s), e);
  const fraction = f64x2.sub(fractionOf(s), d(10));
  const ln = f64x2.add(lessLarge(fraction, f64x2.splat(0)), fraction);
  return madd64(k, a, madd64(k, b, f64x2.mul(c, ln)));
}

/** The same of anything. */
function logToFar(x: v128, a: v128, b: v128, c: v128): v128 {
  const tiny = f64x2.lt(x, d(13));
  const normal = v128.bitselect(f64x2.mul(x, d(14)), x, tiny);
  return edges(logTo(normal, v128.and(tiny, f64x2.splat(-52)), a, b, c), x);
}

@inline
export function log264(x: v128): v128 {
  const zero = f64x2.splat(0);
  if (!all(isPositiveNormal(x))) return logToFar(x, d(10), zero, d(16));
  return logTo(x, zero, d(10), zero, d(16));
}

@inline
export function log1064(x: v128): v128 {
  if (!all(isPositiveNormal(x))) return logToFar(x, d(18), d(19), d(17));
  return logTo(x, f64x2.splat(0), d(18), d(19), d(17));
}

/** y, or ln 2x where x is large. */
@inline
function orLogOfTwice(y: v128, x: v128): v128 {
  const large = f64x2.gt(x, d(21));
  if (!any(large)) return y;
  return v128.bitselect(f64x2.add(log64(x), d(20)), y, large);
}

/** ln(x + √(x² + 1)) as ln(1 + x + x² / (1 + √(x² + 1))). */
export function asinh64(x: v128): v128 {
  const size = f64x2.abs(x);
  const inside = f64x2.pmin(size, d(21));
  const square = f64x2.mul(inside, inside);
  const root = f64x2.sqrt(f64x2.add(square, d(10)));
  const y = log1p64(f64x2.add(inside, f64x2.div(square, f64x2.add(root, d(10)))));
  return withSign64(orLogOfTwice(y, size), x);
}

/** ln(x + √(x² − 1)) as ln(1 + t + √(2t + t²)) with t = x − 1. */
export function acosh64(x: v128): v128 {
  const t = f64x2.sub(f64x2.pmin(x, d(21)), d(10));
  const y = log1p64(f64x2.add(t, f64x2.sqrt(f64x2.mul(t, f64x2.add(t, d(11))))));
  return v128.bitselect(f64x2.splat(NaN), orLogOfTwice(y, x), f64x2.lt(x, d(10)));
}

/** ln((1 + x) / (1 − x)) / 2 as ln(1 + 2x / (1 − x)) / 2. */
export function atanh64(x: v128): v128 {
  const size = f64x2.abs(x);
  const y = log1p64(f64x2.div(f64x2.add(size, size), f64x2.sub(d(10), size)));
  return withSign64(f64x2.mul(d(12), y), x);
}
