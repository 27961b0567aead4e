/** @file erf of two float64, to 2 units in the last place. */
import { madd64, more2, more4, more5, withSign64 } from "./arithmetic";
import { expNear64, one64 } from "./exp64";

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
]);

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
  if (i64x2.all_true(f64x2.le(f64x2.abs(x), one64()))) return erfNear64(x);
  return erfFar64(x);
}
