/** @file exp, exp2, expm1, tanh, sinh, cosh and sigmoid of two float64, to 3 units in the last place. */
import { all, madd64, nmadd64, other2, other3, withSign64 } from "./arithmetic";

const NUMBERS: usize = memory.data<f64>([
  // 0: log2 e; ln 2 in two parts, the first short enough that its product with an exponent is exact
  1.4426950408889634, 0.6931471803691238, 1.9082149292705877e-10,
  // 3: 1.5·2⁵²: adding it leaves the nearest integer in the low bits
  6755399441055744.0,
  // 4: exp: (eʳ − 1 − r) / r², |r| ≤ ln 2 / 2, to 2e-18; interpolated at Chebyshev nodes, highest power first
  2.09147553258932e-9, 2.5105312729622103e-8, 2.755727347871858e-7, 2.755725517000089e-6, 2.480158732567746e-5,
  0.0001984126987500228, 0.0013888888888883711, 0.008333333333326084, 0.04166666666666667, 0.1666666666666667, 0.5,
  // 15: 1, 2; the largest |x| for which exp needs one step; the arguments of exp that matter
  1.0, 2.0, 708.0, 711.0, -746.0,
  // 20: where tanh is 1, and e⁻ˣ is nothing beside eˣ
  22.0,
  // 21: the arguments of exp2 that matter; ln 2; ½
  1025.0, -1076.0, 0.6931471805599453, 0.5,
  // 25: as from 4 on, but to 3e-11
  2.485969439475207e-5, 0.00019899390183679232, 0.001388885390994504, 0.008333298344023092, 0.041666666719295684,
  0.1666666671931248, 0.5,
]);

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(NUMBERS + (index << 3));
}

@inline
export function one64(): v128 {
  return d(15);
}

/** x·log2 e + 1.5·2⁵², which is rounded to an integer. */
@inline
function scaled(x: v128): v128 {
  return madd64(x, d(0), d(3));
}

/** eʳ − 1 for |r| ≤ ln 2 / 2. */
@inline
function nearLess1(r: v128): v128 {
  const w = f64x2.mul(r, r);
  const even = other2(other3(d(4), w, NUMBERS + 48), w, NUMBERS + 96);
  const odd = madd64(other3(d(5), w, NUMBERS + 56), w, d(13));
  return madd64(w, madd64(odd, r, even), r);
}

/** eʳ − 1 with r = x − n·ln 2, where t = n + 1.5·2⁵². */
@inline
function reducedLess1(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, d(3));
  return nearLess1(nmadd64(n, d(2), nmadd64(n, d(1), x)));
}

/** 2ⁿ, where t = n + 1.5·2⁵² and the result is a normal number. */
@inline
function powerOf2(t: v128): v128 {
  return i64x2.add(i64x2.shl(t, 52), d(15));
}

/** eˣ for |x| ≤ 708, where the result is a normal number. */
@inline
export function expNear64(x: v128): v128 {
  const t = scaled(x);
  return i64x2.add(f64x2.add(d(15), reducedLess1(x, t)), i64x2.shl(t, 52));
}

/** eˣ for |x| ≤ 700, to 3e-11 of it: enough for float32. */
@inline
export function expShort(x: v128): v128 {
  const t = scaled(x);
  const r = nmadd64(f64x2.sub(t, d(3)), d(23), x);
  const w = f64x2.mul(r, r);
  const q = madd64(other2(d(26), w, NUMBERS + 224), r, other3(d(25), w, NUMBERS + 216));
  return i64x2.add(f64x2.add(d(15), madd64(w, q, r)), i64x2.shl(t, 52));
}

/** y·2ⁿ, in two steps, so that the result may leave the normal numbers at either end. */
@inline
export function scaleFar64(y: v128, t: v128): v128 {
  const half = madd64(f64x2.sub(t, d(3)), f64x2.splat(0.5), d(3));
  const rest = f64x2.add(f64x2.sub(t, half), d(3));
  return f64x2.mul(f64x2.mul(y, powerOf2(half)), powerOf2(rest));
}

/** 2ˣ for every x. */
export function exp264(x: v128): v128 {
  const gone = f64x2.lt(x, d(22));
  const inside = v128.andnot(f64x2.pmin(x, d(21)), gone);
  const t = f64x2.add(inside, d(3));
  const r = f64x2.mul(f64x2.sub(inside, f64x2.sub(t, d(3))), d(23));
  return v128.andnot(scaleFar64(f64x2.add(d(15), nearLess1(r)), t), gone);
}

/** y·eˣ⁺ᵉ for tiny e and y near 1, rounded once where the result is subnormal. */
@inline
export function timesExp64(y: v128, x: v128, e: v128): v128 {
  const gone = f64x2.lt(x, d(19));
  const inside = v128.andnot(f64x2.pmin(x, d(18)), gone);
  const t = scaled(inside);
  const n = f64x2.sub(t, d(3));
  const r = f64x2.add(nmadd64(n, d(2), nmadd64(n, d(1), inside)), e);
  return v128.andnot(scaleFar64(madd64(y, nearLess1(r), y), t), gone);
}

/**
 * eˣ for every x. Where that is 0, it is not found by multiplication: an underflow takes processors 100 cycles and
 * more.
 */
function expFar64(x: v128): v128 {
  const gone = f64x2.lt(x, d(19));
  const inside = v128.andnot(f64x2.pmin(x, d(18)), gone);
  const t = scaled(inside);
  return v128.andnot(scaleFar64(f64x2.add(d(15), reducedLess1(inside, t)), t), gone);
}

/** Whether a lane is NaN or beyond ±708. */
@inline
function isFar(x: v128): bool {
  return !all(f64x2.le(f64x2.abs(x), d(17)));
}

@inline
export function exp64(x: v128): v128 {
  if (isFar(x)) return expFar64(x);
  return expNear64(x);
}

/** eˣ − 1 for |x| ≤ 708; +0 for −0. */
@inline
function expm1Near64(x: v128): v128 {
  const t = scaled(x);
  const power = powerOf2(t);
  return madd64(power, reducedLess1(x, t), f64x2.sub(power, d(15)));
}

function expm1Far64(x: v128): v128 {
  return v128.bitselect(expm1Near64(x), f64x2.sub(expFar64(x), d(15)), f64x2.le(f64x2.abs(x), d(17)));
}

@inline
export function expm164(x: v128): v128 {
  const y = isFar(x) ? expm1Far64(x) : expm1Near64(x);
  return v128.or(y, v128.and(x, f64x2.splat(-0.0)));
}

/** t / (t + 2) with t = e²ˣ − 1. */
@inline
export function tanh64(x: v128): v128 {
  const size = f64x2.pmin(f64x2.abs(x), d(20));
  const t = expm1Near64(f64x2.add(size, size));
  return withSign64(f64x2.div(t, f64x2.add(t, d(16))), x);
}

/** 1 / (1 + e⁻ˣ), for negative x as eˣ / (1 + eˣ): no exponential overflows, and small results keep their digits. */
@inline
export function sigmoid64(x: v128): v128 {
  const e = exp64(v128.or(x, f64x2.splat(-0.0)));
  return f64x2.div(v128.bitselect(e, d(15), f64x2.lt(x, f64x2.splat(0))), f64x2.add(e, d(15)));
}

/** (t + t / (t + 1)) / 2 with t = eˣ − 1; for large x (eˣ⸍²)² / 2, which overflows no sooner than the result. */
export function sinh64(x: v128): v128 {
  const size = f64x2.abs(x);
  const t = expm1Near64(f64x2.pmin(size, d(20)));
  const near = f64x2.mul(d(24), f64x2.add(t, f64x2.div(t, f64x2.add(t, d(15)))));
  const root = exp64(f64x2.mul(d(24), size));
  const far = f64x2.mul(f64x2.mul(d(24), root), root);
  return withSign64(v128.bitselect(far, near, f64x2.gt(size, d(20))), x);
}

/** eˣ / 2 + 1 / (2·eˣ), with eˣ as a square for the same reason. */
export function cosh64(x: v128): v128 {
  const root = exp64(f64x2.mul(d(24), f64x2.abs(x)));
  const half = f64x2.mul(d(24), root);
  return madd64(half, root, f64x2.div(d(24), f64x2.mul(root, root)));
}
