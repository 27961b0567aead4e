/** @file erf, erfc and the inverse of erf of two float64: to 4 units in the last place. */
import { all, demote, high, low, madd64, more2, more3, more4, more5, nmadd64, withSign64 } from "./arithmetic";
import { expNear64, expShort, one64, timesExp64 } from "./exp64";
import { log64 } from "./log64";

/** Interpolated at Chebyshev nodes, highest power first. */
const NUMBERS: usize = memory.data<f64>([
  // 0: erf x / x − 1 in x², x ≤ 1, to 8e-18
  -7.795898827002142e-10, 1.3720064546777686e-8, -1.6208483801871705e-7, 1.6447424703317362e-6,
  -1.492473690741966e-5, 0.00012055294904839707, -0.0008548325975389692, 0.0052239776071164225,
  -0.02686617064323777, 0.11283791670945006, -0.37612638903183543, 0.12837916709551256,
  // 12: eˣˣ·(1 + 2x)·erfc x in (x − 3.75) / (x + 3.75), 0 ≤ x ≤ 27, to 3e-18
  -9.921347794914466e-10, -5.055214468221198e-9, 1.9158605093656686e-10, 4.091132542746263e-8,
  1.8264316849114232e-8, -2.6313889641213286e-7, -5.3794593807020394e-8, 1.755812497069953e-6,
  -9.748829168847783e-7, -1.1446447909647177e-5, 2.2384493540989033e-5, 5.164990151337814e-5,
  -0.00029015408195359147, 0.0002937134862014863, 0.0017556258428584601, -0.009746579532922168,
  0.028362277421013132, -0.05869339859170242, 0.09230432116020099, -0.10880393014166093,
  0.08227673849015149, 0.003585415485462957, -0.14024059858554702, 1.2375126308378275,
  // 36: 3.75; where erf is 1
  3.75, 6.0,
  // 38: inverse: y / x for erf y = x, in w − 2.5, w = −ln(1 − x²) ≤ 5, to 2e-8
  -8.931925970244222e-9, 2.3335967195708108e-8, 4.6813134805534123e-7, -3.4639852676333717e-6,
  -4.9724196894547514e-6, 0.00021834938623976644, -0.001252726391773229, -0.004177392875203149,
  0.24664027905463662, 1.501409360450329,
  // 48: the same in √w − 4, 5 ≤ w ≤ 37, to 7e-7
  7.487112024295612e-7, -2.1081640778847674e-6, -8.068718442406344e-6, 3.781907830551948e-5,
  -4.525517136497394e-5, 2.4618744613575104e-5, -9.398605490761386e-5, 0.00034356517137569157,
  -0.0008844489225847532, 0.0012537879200803185, 1.0094958901269615, 3.8397840632102818,
  // 60: 2.5, 4, 5; √π / 2, 2
  2.5, 4.0, 5.0, 0.886226925452758, 2.0,
  // 65: where erfc is 0, and where that of float32 is
  27.5, 10.5,
  // 67: eˣˣ·(x + 3)·erfc x in (x − 3) / (x + 3), 0 ≤ x ≤ 10.6, to 3e-9; then 3, and 6
  -0.00032289941019563747, -0.00047851766757980966, 0.003081245737328276, -0.001228917943005026,
  -0.02684074362076087, 0.11952950130195228, -0.31046585784566466, 0.5902282716987589, -0.8833944917997272,
  1.0740069080652153, 3.0, 6.0,
]);

/** The upper half of a number's digits. */
const UPPER: i64 = 0xfffffffff8000000;

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(NUMBERS + (index << 3));
}

/** erf x, |x| ≤ 1. */
@inline
function erfNear64(x: v128): v128 {
  const z = f64x2.mul(x, x);
  const p = more2(more4(more5(d(0), z, NUMBERS + 8), z, NUMBERS + 48), z, NUMBERS + 80);
  return madd64(x, p, x);
}

/** eˣˣ·erfc x, 0 ≤ x ≤ 27. */
@inline
function scaledErfc64(x: v128): v128 {
  const t = f64x2.div(f64x2.sub(x, d(36)), f64x2.add(x, d(36)));
  let p = more4(more5(more5(d(12), t, NUMBERS + 104), t, NUMBERS + 144), t, NUMBERS + 184);
  p = more4(more5(p, t, NUMBERS + 216), t, NUMBERS + 256);
  return f64x2.div(p, f64x2.add(one64(), f64x2.add(x, x)));
}

/** erf x of anything. */
function erfFar64(x: v128): v128 {
  const size = f64x2.abs(x);
  const inside = f64x2.pmin(size, d(37));
  const rest = f64x2.mul(scaledErfc64(inside), expNear64(f64x2.neg(f64x2.mul(inside, inside))));
  const y = withSign64(f64x2.sub(one64(), rest), x);
  return v128.bitselect(y, erfNear64(x), f64x2.gt(size, one64()));
}

@inline
export function erf64(x: v128): v128 {
  if (all(f64x2.le(f64x2.abs(x), one64()))) return erfNear64(x);
  return erfFar64(x);
}

/**
 * erfc x, 0 ≤ x ≤ 27.5, with x² in two parts: the square of the upper half of x's digits is exact, the rest is
 * (x − upper)(x + upper).
 */
function erfcOfSize(x: v128): v128 {
  const upper = v128.and(x, i64x2.splat(UPPER));
  const rest = f64x2.mul(f64x2.sub(upper, x), f64x2.add(upper, x));
  return timesExp64(scaledErfc64(x), f64x2.neg(f64x2.mul(upper, upper)), rest);
}

/** erfc x: up to ½ as 1 − erf x; for negative x it is 2 − erfc |x|. */
export function erfc64(x: v128): v128 {
  const size = f64x2.abs(x);
  const y = erfcOfSize(f64x2.pmin(size, d(65)));
  const signed = v128.bitselect(f64x2.sub(d(64), y), y, f64x2.lt(x, f64x2.splat(0)));
  return v128.bitselect(f64x2.sub(one64(), erfNear64(x)), signed, f64x2.lt(size, f64x2.splat(0.5)));
}

/** erfc x of float32 numbers that are given as float64; their squares are exact. */
@inline
function erfcPair(x: v128): v128 {
  const size = f64x2.pmin(f64x2.abs(x), d(66));
  const inverse = f64x2.div(one64(), f64x2.add(size, d(77)));
  const t = nmadd64(inverse, d(78), one64());
  const p = more5(more4(d(67), t, NUMBERS + 544), t, NUMBERS + 576);
  const y = f64x2.mul(f64x2.mul(p, inverse), expShort(f64x2.neg(f64x2.mul(size, size))));
  return v128.bitselect(f64x2.sub(d(64), y), y, f64x2.lt(x, f64x2.splat(0)));
}

@inline
export function erfcOf(x: v128): v128 {
  return demote(erfcPair(low(x)), erfcPair(high(x)));
}

/** The y of erf y = x: an approximation, and one step of Halley's method. */
export function erfinv64(x: v128): v128 {
  const size = f64x2.abs(x);
  const left = f64x2.sub(one64(), size);
  const w = f64x2.neg(log64(f64x2.mul(left, f64x2.add(one64(), size))));
  const s = f64x2.sub(w, d(60));
  const p = more4(more5(d(38), s, NUMBERS + 312), s, NUMBERS + 352);
  const t = f64x2.sub(f64x2.sqrt(w), d(61));
  const q = more3(more4(more4(d(48), t, NUMBERS + 392), t, NUMBERS + 424), t, NUMBERS + 456);
  const y = f64x2.mul(size, v128.bitselect(q, p, f64x2.gt(w, d(62))));
  // Above ½ in terms of erfc, whose value 1 − x is exact.
  const near = f64x2.sub(erfNear64(y), size);
  const far = f64x2.sub(left, erfcOfSize(y));
  const miss = v128.bitselect(near, far, f64x2.lt(size, f64x2.splat(0.5)));
  // miss / erf′ y, and erf″ / erf′ = −2y
  const step = f64x2.div(f64x2.mul(miss, d(63)), expNear64(f64x2.neg(f64x2.mul(y, y))));
  const better = f64x2.sub(y, f64x2.div(step, madd64(y, step, one64())));
  const end = v128.bitselect(f64x2.splat(Infinity), better, f64x2.eq(size, one64()));
  return withSign64(end, x);
}
