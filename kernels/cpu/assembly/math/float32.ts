/**
 * @file exp, exp2, expm1, logarithms, log1p, tanh, sigmoid and erf of four float32, to 2 units in the last place.
 *
 * Polynomials are minimax fits of the function named beside them. Constants
 * are loaded from memory where they are used: V8 does not hoist vector constants out of loops, and builds each one in
 * three instructions, where a load is one.
 */
import { madd } from "../vector/lanes";
import { all, any, nmadd, select } from "./arithmetic";

const FLOATS: usize = memory.data<f32>([
  // 0: log2 e; ln 2 in two parts, the first short enough that its product with an exponent is exact
  1.44269504, 0.693359375, -2.12194440e-4,
  // 3: 1.5·2²³: adding it leaves the nearest integer in the low bits
  12582912.0,
  // 4: exp: (eʳ − 1 − r) / r², |r| ≤ ln 2 / 2, to 3e-9; highest power first
  0.0013814595203880571, 0.008368922560095724, 0.041668402513025865, 0.1666651893847974, 0.49999993339117416,
  // 9: the largest and the smallest argument of exp, and of exp / 2, that matter
  90.0, -104.0,
  // 11: log: (2·atanh(s) − 2s) / s³ in s², s ≤ 0.172, to 2e-9
  0.2987264826329886, 0.3997751757873131, 0.6666677642511389,
  // 14: tanh: (tanh x − x) / x³ in x², x ≤ 0.625, to 4e-9
  -0.005717471820243711, 0.020651161830283638, -0.05374374985163236, 0.1333149545380413, -0.3333328413516032,
  // 19: erf: erf x / x − 1 in x², x ≤ 0.85, to 6e-9
  -0.0006332368107390266, 0.005054245080460655, -0.0268045707695836, 0.11282770738844429, -0.376125767959945,
  0.1283791609683433,
  // 25: erf: ln(1 − erf x), 0.85 ≤ x ≤ 3.95, to 2e-9 of erf x
  0.00020366584092735098, -0.003117754487079774, 0.022518687307110218, -0.10452523263986807, -0.6365196599021781,
  -1.128060616074583, -0.00010460921156645438,
  // 32: numbers
  1.0, 2.0, 0.5, 0.625, 0.85, 3.95, 10.0, -87.0, 0.9,
  // 41: exp2: (2ʳ − 1) / r, |r| ≤ ½, to 3e-9; the arguments of exp2 that matter
  0.00015327802975662053, 0.0013390997191891074, 0.009618503041565418, 0.05550359562039375, 0.24022647738456726,
  0.6931471824645996, 129.0, -151.0,
  // 49: log₂ e and log₁₀ e, each whole and in two parts, the first of 12 bits; log₁₀ 2 in two parts
  1.44269504, 1.4423828125, 0.00031222839606925845, 0.4342944819, 0.4342041015625, 9.038033749675378e-5,
  0.301025390625, 4.605039066518657e-6,
]);

const INTEGERS: usize = memory.data<i32>([
  // 0: the bits of 1.5·2²³, of 87, of √½, of the smallest normal number, of infinity
  0x4b400000, 0x42ae0000, 0x3f3504f3, 0x00800000, 0x7f800000,
  // 5: bias of exponents, all bits but the sign, the fraction
  127, 0x7fffffff, 0x007fffff,
  // 8: the bits of 126; the sign; a number's upper 12 bits
  0x42fc0000, 0x80000000, 0xfffff000,
  // 11: the bits of infinity less those of the smallest normal number
  0x7f000000,
]);

@inline
function f(index: usize): v128 {
  return v128.load_splat<f32>(FLOATS + (index << 2));
}

@inline
function i(index: usize): v128 {
  return v128.load_splat<i32>(INTEGERS + (index << 2));
}

@inline
export function one(): v128 {
  return f(32);
}

@inline
export function sign(): v128 {
  return i(9);
}

/** |x| as an integer: in the order of the numbers, with NaN above all. */
@inline
export function magnitude(x: v128): v128 {
  return v128.and(x, i(6));
}

/** Which lanes are NaN or beyond ±87. */
@inline
function isFar(x: v128): v128 {
  return i32x4.gt_s(magnitude(x), i(1));
}

/** x·log2 e + 1.5·2²³, which is rounded to an integer. */
@inline
function scaled(x: v128): v128 {
  return madd(x, f(0), f(3));
}

/** eʳ − 1 with r = x − n·ln 2, where t = n + 1.5·2²³. */
@inline
function reducedLess1(x: v128, t: v128): v128 {
  const n = f32x4.sub(t, f(3));
  const r = nmadd(n, f(2), nmadd(n, f(1), x));
  const w = f32x4.mul(r, r);
  const q = madd(madd(f(5), w, f(7)), r, madd(madd(f(4), w, f(6)), w, f(8)));
  return madd(w, q, r);
}

/** eʳ with r = x − n·ln 2, where t = n + 1.5·2²³. */
@inline
function reduced(x: v128, t: v128): v128 {
  return f32x4.add(one(), reducedLess1(x, t));
}

/** eˣ for |x| ≤ 87, where the result and 2ⁿ are normal numbers. */
@inline
export function expNear(x: v128): v128 {
  const t = scaled(x);
  return i32x4.add(reduced(x, t), i32x4.shl(t, 23));
}

/** eˣ for x ≤ 0; 0 below −87, and garbage for NaN. */
@inline
export function expBelow(x: v128): v128 {
  return v128.and(expNear(f32x4.pmax(x, f(39))), f32x4.ge(x, f(39)));
}

/** y·2ⁿ in two steps, so that the result may leave the normal numbers at either end. */
@inline
function scaledFar(y: v128, n: v128): v128 {
  const half = i32x4.shr_s(n, 1);
  const first = i32x4.shl(i32x4.add(half, i(5)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), i(5)), 23);
  return f32x4.mul(f32x4.mul(y, first), second);
}

/**
 * 2ᵉ·eˣ for every x. Where that is 0, it is not found by multiplication: an underflow takes processors 100 cycles and
 * more.
 */
function expFar(x: v128, e: i32): v128 {
  const gone = f32x4.lt(x, f(10));
  const inside = v128.andnot(f32x4.pmin(x, f(9)), gone);
  const t = scaled(inside);
  const y = scaledFar(reduced(inside, t), i32x4.add(i32x4.sub(t, i(0)), i32x4.splat(e)));
  return v128.andnot(y, gone);
}

@inline
export function expOf(x: v128): v128 {
  if (any(isFar(x))) return expFar(x, 0);
  return expNear(x);
}

/** 2ʳ of |r| ≤ ½. */
@inline
function exp2Reduced(r: v128): v128 {
  const q = madd(madd(madd(madd(madd(f(41), r, f(42)), r, f(43)), r, f(44)), r, f(45)), r, f(46));
  return madd(q, r, one());
}

/** 2ˣ for every x. */
function exp2Far(x: v128): v128 {
  const gone = f32x4.lt(x, f(48));
  const inside = v128.andnot(f32x4.pmin(x, f(47)), gone);
  const t = f32x4.add(inside, f(3));
  return v128.andnot(scaledFar(exp2Reduced(f32x4.sub(inside, f32x4.sub(t, f(3)))), i32x4.sub(t, i(0))), gone);
}

@inline
export function exp2Of(x: v128): v128 {
  if (any(i32x4.gt_s(magnitude(x), i(8)))) return exp2Far(x);
  const t = f32x4.add(x, f(3));
  return i32x4.add(exp2Reduced(f32x4.sub(x, f32x4.sub(t, f(3)))), i32x4.shl(t, 23));
}

/** eˣ / 2 for x ≥ 0. */
@inline
export function halfExpOf(x: v128): v128 {
  if (any(isFar(x))) return expFar(x, -1);
  return f32x4.mul(expNear(x), f(34));
}

/** eˣ − 1 for |x| ≤ 87. */
@inline
function expm1Near(x: v128): v128 {
  const t = scaled(x);
  const power = i32x4.add(i32x4.shl(t, 23), one());
  const y = madd(power, reducedLess1(x, t), f32x4.sub(power, one()));
  // The sign is that of x, which zero has lost.
  return v128.or(y, v128.and(x, sign()));
}

function expm1Far(x: v128): v128 {
  return v128.bitselect(f32x4.sub(expFar(x, 0), one()), expm1Near(x), isFar(x));
}

@inline
export function expm1Of(x: v128): v128 {
  if (any(isFar(x))) return expm1Far(x);
  return expm1Near(x);
}

/** x less √½, as integers. */
@inline
function shifted(x: v128): v128 {
  return i32x4.sub(x, i(2));
}

/** k + e of x = 2ᵏ·m with m in [√½, √2). */
@inline
function exponentOf(shifted: v128, e: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.add(i32x4.shr_s(shifted, 23), e));
}

/** m − 1. */
@inline
function fractionOf(shifted: v128): v128 {
  return f32x4.sub(i32x4.add(v128.and(shifted, i(7)), i(2)), one());
}

/** ln(1 + d) − d + rest. */
@inline
function lessLarge(d: v128, rest: v128): v128 {
  // s = d / (2 + d), ln(1 + d) = 2·atanh s = d − (h − s·(h + r))
  const s = f32x4.div(d, f32x4.add(d, f(33)));
  const z = f32x4.mul(s, s);
  const r = f32x4.mul(z, madd(madd(f(11), z, f(12)), z, f(13)));
  const h = f32x4.mul(f32x4.mul(f(34), d), d);
  return f32x4.sub(madd(s, f32x4.add(h, r), rest), h);
}

/** ln x + rest of positive normal numbers, with e more powers of two. */
@inline
export function logSum(x: v128, e: v128, rest: v128): v128 {
  const bits = shifted(x);
  const k = exponentOf(bits, e);
  const d = fractionOf(bits);
  // The large part is added last.
  return madd(k, f(1), f32x4.add(lessLarge(d, madd(k, f(2), rest)), d));
}

/**
 * k·a + (k·b + c·ln m) with c at the index, whole and in two parts: the logarithm to another base, where a + b is that
 * of 2.
 */
@inline
function logTo(x: v128, e: v128, index: usize, a: v128, b: v128): v128 {
  const bits = shifted(x);
  const k = exponentOf(bits, e);
  const d = fractionOf(bits);
  const large = v128.and(d, i(10));
  const small = f32x4.add(f32x4.sub(d, large), lessLarge(d, f32x4.splat(0)));
  // large·c₀ is exact.
  const rest = madd(large, f(index + 2), madd(small, f(index), f32x4.mul(k, b)));
  return madd(k, a, madd(large, f(index + 1), rest));
}

@inline
function log2Near(x: v128, e: v128): v128 {
  return logTo(x, e, 49, one(), f32x4.splat(0));
}

@inline
function log10Near(x: v128, e: v128): v128 {
  return logTo(x, e, 52, f(55), f(56));
}

/** ln x of positive normal numbers. */
@inline
function logNear(x: v128): v128 {
  return logSum(x, i32x4.splat(0), sign());
}

/** What ln x is for zero, for infinity and where it is not a number, and y elsewhere. */
@inline
function logEdges(y: v128, x: v128): v128 {
  const zero = f32x4.splat(0);
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, zero));
  y = v128.bitselect(f32x4.splat(NaN), y, f32x4.lt(x, zero));
  // Infinity and NaN are their own logarithms.
  return v128.bitselect(y, x, f32x4.lt(x, i(4)));
}

/** Which lanes are not positive normal numbers. */
@inline
function isRare(x: v128): v128 {
  // As unsigned numbers, positive normal ones lie between the smallest of them and infinity.
  return i32x4.ge_u(i32x4.sub(x, i(3)), i(11));
}

/** x, or 2²³·x where x is subnormal. */
@inline
function normal(x: v128): v128 {
  return v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, f32x4.lt(x, i(3)));
}

/** −23 where x is subnormal. */
@inline
function extra(x: v128): v128 {
  return v128.and(f32x4.lt(x, i(3)), i32x4.splat(-23));
}

/** ln x of anything. */
function logFar(x: v128): v128 {
  return logEdges(logSum(normal(x), extra(x), f32x4.splat(-0.0)), x);
}

@inline
export function logOf(x: v128): v128 {
  if (any(isRare(x))) return logFar(x);
  return logNear(x);
}

function log2Far(x: v128): v128 {
  return logEdges(log2Near(normal(x), extra(x)), x);
}

@inline
export function log2Of(x: v128): v128 {
  if (any(isRare(x))) return log2Far(x);
  return log2Near(x, i32x4.splat(0));
}

function log10Far(x: v128): v128 {
  return logEdges(log10Near(normal(x), extra(x)), x);
}

@inline
export function log10Of(x: v128): v128 {
  if (any(isRare(x))) return log10Far(x);
  return log10Near(x, i32x4.splat(0));
}

/** ln(1 + x) for finite x > −1; what the sum 1 + x loses is divided by it and added. */
@inline
function log1pNear(x: v128): v128 {
  const sum = f32x4.add(x, one());
  const back = f32x4.sub(sum, one());
  const lost = f32x4.add(f32x4.sub(one(), f32x4.sub(sum, back)), f32x4.sub(x, back));
  const y = logSum(sum, i32x4.splat(0), f32x4.div(lost, sum));
  return v128.or(y, v128.and(x, sign()));
}

@inline
function isAboveMinus1(x: v128): v128 {
  return v128.and(f32x4.gt(x, f32x4.splat(-1)), f32x4.lt(x, i(4)));
}

/** ln(1 + x) of anything. */
function log1pFar(x: v128): v128 {
  const inside = isAboveMinus1(x);
  return v128.bitselect(log1pNear(v128.and(x, inside)), logEdges(f32x4.splat(0), f32x4.add(x, one())), inside);
}

@inline
export function log1pOf(x: v128): v128 {
  if (!all(isAboveMinus1(x))) return log1pFar(x);
  return log1pNear(x);
}

@inline
export function tanhOf(x: v128): v128 {
  const size = magnitude(x);
  const z = f32x4.mul(x, x);
  const p = madd(madd(madd(madd(f(14), z, f(15)), z, f(16)), z, f(17)), z, f(18));
  const near = madd(f32x4.mul(x, z), p, x);
  // 1 − 2 / (e²ˣ + 1), which is 1 from 10 on
  const clipped = f32x4.pmin(size, f(38));
  const e = expNear(f32x4.add(clipped, clipped));
  const far = f32x4.sub(one(), f32x4.div(f(33), f32x4.add(e, one())));
  // NaN is not far. The sign is always that of x.
  return v128.bitselect(select(far, near, f32x4.ge(size, f(35))), x, i(6));
}

/** 1 / (1 + e⁻ˣ), for negative x as eˣ / (1 + eˣ): no exponential overflows, and small results keep their digits. */
@inline
export function sigmoidOf(x: v128): v128 {
  const e = expOf(v128.or(x, sign()));
  const sum = f32x4.add(one(), e);
  const y = f32x4.div(select(e, one(), i32x4.shr_s(x, 31)), sum);
  // The sum lost `lost`, so y is too large by y·lost / sum. Where sum is far from 1, less of that matters.
  const lost = f32x4.sub(e, f32x4.sub(sum, one()));
  return nmadd(y, f32x4.mul(lost, f(40)), y);
}

@inline
export function erfOf(x: v128): v128 {
  const size = magnitude(x);
  const z = f32x4.mul(x, x);
  const p = madd(madd(madd(madd(madd(f(19), z, f(20)), z, f(21)), z, f(22)), z, f(23)), z, f(24));
  const near = madd(x, p, x);
  const t = f32x4.pmin(size, f(37));
  let q = madd(madd(madd(f(25), t, f(26)), t, f(27)), t, f(28));
  q = madd(madd(madd(q, t, f(29)), t, f(30)), t, f(31));
  const far = f32x4.sub(one(), expNear(q));
  const signed = v128.bitselect(far, x, i(6));
  return select(signed, near, f32x4.ge(size, f(36)));
}
