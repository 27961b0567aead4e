/** @file sinh, cosh and the area functions of four float32, to 2 units in the last place. */
import { madd } from "../vector/lanes";
import { select } from "./arithmetic";
import { halfExpOf, logOf, logSum, magnitude, one, sign } from "./float32";

/** Minimax fits, highest power first. */
const FLOATS: usize = memory.data<f32>([
  // 0: (sinh x − x) / x³ in x², x ≤ 1, to 3e-10
  2.7822131869470468e-6, 0.00019842895562760532, 0.00833331048488617, 0.1666666716337204,
  // 4: (asinh x − x) / x³ in x², x ≤ 1, to 3e-9
  0.0006739852833561599, -0.0038384394720196724, 0.010430843569338322, -0.01918206736445427, 0.029456287622451782,
  -0.04448787868022919, 0.07498715817928314, -0.16666629910469055,
  // 12: (acosh(1 + t) / √2t − 1) / t, t ≤ 1, to 4e-9
  8.279759640572593e-5, -0.0005068487371318042, 0.0017882655374705791, -0.005546307656913996, 0.018745046108961105,
  -0.0833330899477005,
  // 18: (atanh x − x) / x³ in x², x ≤ ½, to 1e-9
  0.1763785034418106, 0.05160436034202576, 0.11816386133432388, 0.1422378569841385, 0.2000245302915573,
  0.33333301544189453,
  // 24: numbers
  0.25, 0.5, 8192.0,
]);

@inline
function f(index: usize): v128 {
  return v128.load_splat<f32>(FLOATS + (index << 2));
}

/** Up to 1 a polynomial; then h − 1 / 4h with h = eˣ / 2, which overflows no sooner than the result. */
@inline
export function sinhOf(x: v128): v128 {
  const size = magnitude(x);
  const z = f32x4.mul(x, x);
  const p = madd(madd(madd(f(0), z, f(1)), z, f(2)), z, f(3));
  const near = madd(f32x4.mul(size, z), p, size);
  const h = halfExpOf(size);
  const far = f32x4.sub(h, f32x4.div(f(24), h));
  return v128.or(select(far, near, f32x4.gt(size, one())), v128.and(x, sign()));
}

@inline
export function coshOf(x: v128): v128 {
  const h = halfExpOf(magnitude(x));
  return f32x4.add(h, f32x4.div(f(24), h));
}

/** ln(x + w), or ln 2x where x is so large that w is x. What the sum loses is divided by it and added. */
@inline
function logOfSum(x: v128, w: v128): v128 {
  const large = f32x4.gt(x, f(26));
  const part = v128.andnot(w, large);
  const sum = f32x4.add(x, part);
  const lost = f32x4.sub(x, f32x4.sub(sum, part));
  return logSum(sum, v128.and(large, i32x4.splat(1)), f32x4.div(lost, sum));
}

/** Up to 1 a polynomial; then ln(x + √(x² + 1)). */
@inline
export function asinhOf(x: v128): v128 {
  const size = magnitude(x);
  const z = f32x4.mul(x, x);
  let p = madd(madd(madd(f(4), z, f(5)), z, f(6)), z, f(7));
  p = madd(madd(madd(madd(p, z, f(8)), z, f(9)), z, f(10)), z, f(11));
  const near = madd(f32x4.mul(size, z), p, size);
  const far = logOfSum(size, f32x4.sqrt(f32x4.add(z, one())));
  const y = select(far, near, f32x4.gt(size, one()));
  // Infinity and NaN are their own.
  return v128.bitselect(v128.or(y, v128.and(x, sign())), x, f32x4.lt(size, f32x4.splat(Infinity)));
}

/** Up to 2 √2t times a polynomial in t = x − 1, which is NaN below 1; then ln(x + √(x² − 1)). */
@inline
export function acoshOf(x: v128): v128 {
  const t = f32x4.sub(x, one());
  const u = f32x4.sqrt(f32x4.add(t, t));
  const p = madd(madd(madd(madd(madd(f(12), t, f(13)), t, f(14)), t, f(15)), t, f(16)), t, f(17));
  const near = madd(f32x4.mul(u, t), p, u);
  const far = logOfSum(x, f32x4.sqrt(madd(x, x, f32x4.neg(one()))));
  const y = select(far, near, f32x4.gt(t, one()));
  return v128.bitselect(y, x, f32x4.lt(x, f32x4.splat(Infinity)));
}

/** Up to ½ a polynomial; then ln((1 + x) / (1 − x)) / 2. */
@inline
export function atanhOf(x: v128): v128 {
  const size = magnitude(x);
  const z = f32x4.mul(x, x);
  const p = madd(madd(madd(madd(madd(f(18), z, f(19)), z, f(20)), z, f(21)), z, f(22)), z, f(23));
  const near = madd(f32x4.mul(size, z), p, size);
  const far = f32x4.mul(f(25), logOf(f32x4.div(f32x4.add(one(), size), f32x4.sub(one(), size))));
  return v128.bitselect(select(far, near, f32x4.gt(size, f(25))), x, v128.not(sign()));
}
