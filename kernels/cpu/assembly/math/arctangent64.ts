/** @file atan2 of two float64, and asin, acos and atan as angles of points: to 3 units in the last place. */
import { madd64, more3, more4, withSign64 } from "./arithmetic";

const NUMBERS: usize = memory.data<f64>([
  // 0: (atan u − u) / u³ in u², u ≤ tan π/8, to 2e-18; interpolated at Chebyshev nodes, highest power first
  0.016282993238924487, -0.034568068014968874, 0.0455149623749493, -0.052304330074828924, 0.05878926110528101,
  -0.06666424634599337, 0.07692296361048218, -0.09090908753017178, 0.11111111105145725, -0.14285714285659729,
  0.19999999999999804, -0.3333333333333333,
  // 12: tan π/8; π/4, π/2 and π, and what they lack
  0.41421356237309503, 0.7853981633974483, 1.5707963267948966, 3.141592653589793, 3.061616997868383e-17,
  6.123233995736766e-17, 1.2246467991473532e-16,
  // 19: 1, ½; beyond which sums might overflow
  1.0, 0.5, 1e300,
]);

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(NUMBERS + (index << 3));
}

/** The angle of the point (x, y), with y's sign. */
export function atan264(y: v128, x: v128): v128 {
  const height = f64x2.abs(y);
  const width = f64x2.abs(x);
  const steep = f64x2.gt(height, width);
  let long = v128.bitselect(height, width, steep);
  let short = v128.bitselect(width, height, steep);
  // The angles of 0/0 and ∞/∞ are those of 0/1 and 1/1.
  long = v128.bitselect(d(19), long, f64x2.eq(long, f64x2.splat(0)));
  const infinite = v128.and(f64x2.eq(short, f64x2.splat(Infinity)), f64x2.eq(long, f64x2.splat(Infinity)));
  long = v128.bitselect(d(19), long, infinite);
  short = v128.bitselect(d(19), short, infinite);
  // atan q = π/4 + atan((q − 1) / (q + 1)), where q is above tan π/8
  const unit = v128.bitselect(d(20), d(19), f64x2.gt(long, d(21)));
  const a = f64x2.mul(long, unit);
  const b = f64x2.mul(short, unit);
  const middle = f64x2.gt(b, f64x2.mul(a, d(12)));
  const u = f64x2.div(v128.bitselect(f64x2.sub(b, a), short, middle), v128.bitselect(f64x2.add(b, a), long, middle));
  const z = f64x2.mul(u, u);
  const p = more4(more4(more3(d(0), z, NUMBERS + 8), z, NUMBERS + 32), z, NUMBERS + 64);
  const small = madd64(f64x2.mul(u, z), p, u);
  // The angle is base ± small. Where the point is steep it is π/2 − (…), and left of the axis π − (…).
  const left = i64x2.lt_s(x, i64x2.splat(0));
  const outer = v128.bitselect(d(14), v128.and(left, d(15)), steep);
  const lack = v128.bitselect(d(17), v128.and(left, d(18)), steep);
  const minus = v128.xor(steep, left);
  const quarter = v128.and(middle, v128.xor(d(13), v128.and(minus, f64x2.splat(-0.0))));
  const rest = v128.and(middle, v128.xor(d(16), v128.and(minus, f64x2.splat(-0.0))));
  const signed = v128.xor(small, v128.and(minus, f64x2.splat(-0.0)));
  const sum = f64x2.add(f64x2.add(outer, quarter), f64x2.add(f64x2.add(lack, rest), signed));
  return withSign64(f64x2.abs(sum), y);
}

@inline
export function atan64(x: v128): v128 {
  return atan264(x, d(19));
}

/** √(1 − x²) without its rounding near 1. */
@inline
function legOf(x: v128): v128 {
  return f64x2.sqrt(f64x2.mul(f64x2.sub(d(19), x), f64x2.add(d(19), x)));
}

@inline
export function asin64(x: v128): v128 {
  return atan264(x, legOf(x));
}

@inline
export function acos64(x: v128): v128 {
  return atan264(legOf(x), x);
}
