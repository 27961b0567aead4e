/** @file asin, acos, atan and atan2 of four float32, to 2 units in the last place. */
import { madd } from "../vector/lanes";
import { nmadd, select } from "./arithmetic";

/** Minimax fits, highest power first. */
const FLOATS: usize = memory.data<f32>([
  // 0: (atan q − q) / q³ in q², q ≤ 1, to 3e-9
  -0.0017875476041808724, 0.010887361131608486, -0.031127002090215683, 0.05790654569864273, -0.08400475233793259,
  0.10951174795627594, -0.14264051616191864, 0.1999853104352951, -0.33333298563957214,
  // 9: (asin u − u) / u³ in u², u ≤ 0.55, to 2e-8
  0.04912338778376579, 0.019930226728320122, 0.04635772109031677, 0.07488075643777847, 0.1666693240404129,
  // 14: π/2 and π, and what they lack
  1.5707963705062866, -4.371138828673793e-8, 3.1415927410125732, -8.742277657347586e-8,
  // 18: numbers
  1.0, 0.5, 2.0, -1.0, 0.55, -2.0,
]);

const INTEGERS: usize = memory.data<i32>([
  // 0: all bits but the sign, the sign
  0x7fffffff, 0x80000000,
]);

@inline
function f(index: usize): v128 {
  return v128.load_splat<f32>(FLOATS + (index << 2));
}

@inline
function i(index: usize): v128 {
  return v128.load_splat<i32>(INTEGERS + (index << 2));
}

/** atan q − q + c for 0 ≤ q ≤ 1. */
@inline
function atanLessQ(q: v128, c: v128): v128 {
  const z = f32x4.mul(q, q);
  let p = madd(madd(madd(madd(f(0), z, f(1)), z, f(2)), z, f(3)), z, f(4));
  p = madd(madd(madd(madd(p, z, f(5)), z, f(6)), z, f(7)), z, f(8));
  return madd(f32x4.mul(q, z), p, c);
}

/** The angle of the point (x, y), with y's sign: base ± the angle to the nearer axis, which is at most π/4. */
@inline
export function atan2Of(y: v128, x: v128): v128 {
  const height = v128.and(y, i(0));
  const width = v128.and(x, i(0));
  // The order of the arguments makes one of both NaN if either is.
  const long = f32x4.pmax(height, width);
  const short = f32x4.pmin(width, height);
  // The angles of 0/0 and ∞/∞ are those of 0/1 and 1/1.
  const same = f32x4.pmin(long, f(18));
  const q = select(f32x4.ceil(same), f32x4.div(short, long), f32x4.eq(long, short));
  const steep = f32x4.gt(height, width);
  const left = i32x4.shr_s(x, 31);
  const minus = v128.and(v128.xor(steep, left), i(1));
  const base = select(f(14), v128.and(left, f(16)), steep);
  const lack = select(f(15), v128.and(left, f(17)), steep);
  const angle = f32x4.add(q, atanLessQ(q, v128.xor(lack, minus)));
  return v128.bitselect(f32x4.add(base, v128.xor(angle, minus)), y, i(0));
}

/** atan |x|, or where |x| is above 1, π/2 − atan 1/|x|. */
@inline
export function atanOf(x: v128): v128 {
  const size = v128.and(x, i(0));
  const steep = f32x4.gt(size, f(18));
  const q = f32x4.div(f32x4.pmin(size, f(18)), f32x4.pmax(size, f(18)));
  const angle = f32x4.add(q, atanLessQ(q, v128.and(steep, f32x4.neg(f(15)))));
  return v128.bitselect(f32x4.sub(v128.and(steep, f(14)), angle), x, i(0));
}

/** asin u − u of z = u², u ≤ 0.55. */
@inline
function asinLessU(u: v128, z: v128): v128 {
  return f32x4.mul(f32x4.mul(u, z), madd(madd(madd(madd(f(9), z, f(10)), z, f(11)), z, f(12)), z, f(13)));
}

/**
 * asin |x|, or where |x| is above 0.55, π/2 − 2·asin u with u² = (1 − |x|) / 2. From there on twice u is below 1, so
 * what it is off by is at most half a unit in the last place of the result.
 */
@inline
export function asinOf(x: v128): v128 {
  const size = v128.and(x, i(0));
  const far = f32x4.gt(size, f(22));
  const z = select(nmadd(f(19), size, f(19)), f32x4.mul(x, x), far);
  const u = select(f32x4.sqrt(z), size, far);
  const times = select(f(23), f(18), far);
  // u·times is exact.
  const small = madd(u, times, madd(asinLessU(u, z), times, v128.and(far, f(15))));
  return v128.bitselect(f32x4.add(v128.and(far, f(14)), small), x, i(0));
}

/** π/2 − asin x; where |x| is above 0.55, 2·asin u or π − 2·asin u, with the same u. */
@inline
export function acosOf(x: v128): v128 {
  const size = v128.and(x, i(0));
  const far = f32x4.gt(size, f(22));
  const left = i32x4.shr_s(x, 31);
  const z = select(nmadd(f(19), size, f(19)), f32x4.mul(x, x), far);
  const u = v128.bitselect(select(f32x4.sqrt(z), size, far), x, i(0));
  const times = select(f(20), f(21), far);
  const base = select(v128.and(left, f(16)), f(14), far);
  const lack = select(v128.and(left, f(17)), f(15), far);
  return f32x4.add(base, madd(u, times, madd(asinLessU(u, z), times, lack)));
}
