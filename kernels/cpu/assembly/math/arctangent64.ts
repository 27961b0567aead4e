/** @file asin, acos, atan and atan2 of two float64: to 3 units in the last place. */
import { madd64, nmadd64, other2, other3, select, withSign64 } from "./arithmetic";

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
  // 22: (asin u − u) / u³ in u², u ≤ ½, to 2e-17; interpolated at Chebyshev nodes, highest power first
  0.02877844261259304, -0.014881409392818066, 0.017419357964884856, 0.00545087818772055, 0.010324318288744113,
  0.011478952690257387, 0.013971235301124539, 0.017352391265909227, 0.022372173002005596, 0.030381944137085216,
  0.04464285714637338, 0.07499999999998425, 0.16666666666666669,
  // 35: tan 3π/8, −1, 2, −2
  2.414213562373095, -1.0, 2.0, -2.0,
]);

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(NUMBERS + (index << 3));
}

/** (atan u − u) / u³ of z = u², u ≤ tan π/8. */
@inline
function atanPolynomial(z: v128): v128 {
  const w = f64x2.mul(z, z);
  const odd = other2(other3(d(0), w, NUMBERS + 16), w, NUMBERS + 64);
  const even = other2(other3(d(1), w, NUMBERS + 24), w, NUMBERS + 72);
  return madd64(odd, z, even);
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
  const p = atanPolynomial(z);
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

/** atan |x| = base + atan u: 0 + atan |x|, π/4 + atan((|x| − 1) / (|x| + 1)) or π/2 + atan(−1 / |x|). */
@inline
export function atan64(x: v128): v128 {
  const size = f64x2.abs(x);
  const flat = f64x2.lt(size, d(12));
  const middle = f64x2.lt(size, d(35));
  const above = select(f64x2.sub(size, d(19)), d(36), middle);
  const below = select(f64x2.add(size, d(19)), size, middle);
  const u = f64x2.div(select(size, above, flat), select(d(19), below, flat));
  const z = f64x2.mul(u, u);
  const p = atanPolynomial(z);
  const lack = v128.andnot(select(d(16), d(17), middle), flat);
  const base = v128.andnot(select(d(13), d(14), middle), flat);
  return withSign64(f64x2.add(base, f64x2.add(u, madd64(f64x2.mul(u, z), p, lack))), x);
}

/** asin u − u of z = u², u ≤ ½. */
@inline
function asinLessU(u: v128, z: v128): v128 {
  const w = f64x2.mul(z, z);
  const even = other3(other3(d(22), w, NUMBERS + 192), w, NUMBERS + 240);
  const odd = other2(other3(d(23), w, NUMBERS + 200), w, NUMBERS + 248);
  return f64x2.mul(f64x2.mul(u, z), madd64(odd, z, even));
}

/** x², or (1 − |x|) / 2 where |x| is above ½. */
@inline
function squareOf(x: v128, size: v128, far: v128): v128 {
  return select(nmadd64(d(20), size, d(20)), f64x2.mul(x, x), far);
}

/** asin |x|, or where |x| is above ½, π/2 − 2·asin u with u² = (1 − |x|) / 2. */
@inline
export function asin64(x: v128): v128 {
  const size = f64x2.abs(x);
  const far = f64x2.gt(size, d(20));
  const z = squareOf(x, size, far);
  const u = select(f64x2.sqrt(z), size, far);
  const times = select(d(38), d(19), far);
  // u·times is exact.
  const small = madd64(u, times, madd64(asinLessU(u, z), times, v128.and(far, d(17))));
  return withSign64(f64x2.add(v128.and(far, d(14)), small), x);
}

/** π/2 − asin x; where |x| is above ½, 2·asin u or π − 2·asin u, with the same u. */
@inline
export function acos64(x: v128): v128 {
  const size = f64x2.abs(x);
  const far = f64x2.gt(size, d(20));
  const left = f64x2.lt(x, f64x2.splat(0));
  const z = squareOf(x, size, far);
  const u = withSign64(select(f64x2.sqrt(z), size, far), x);
  const times = select(d(37), d(36), far);
  const base = select(v128.and(left, d(15)), d(14), far);
  const lack = select(v128.and(left, d(18)), d(17), far);
  return f64x2.add(base, madd64(u, times, madd64(asinLessU(u, z), times, lack)));
}
