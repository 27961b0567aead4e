/**
 * @file ln |Γ(x)| and its derivative of two float64: to 5 units in the last place where x is positive. Left of 0, where
 * the functions cross zero between any two poles, an error is small beside the terms that cancel there.
 */
import { any, madd64, more3, more4, more5 } from "./arithmetic";
import { log64 } from "./log64";
import { sinPi64, tanPi64 } from "./trigonometric";

/** Interpolated at Chebyshev nodes, highest power first. */
const NUMBERS: usize = memory.data<f64>([
  // 0: ln Γ(2 + d) / d, |d| ≤ ½, to 6e-19
  -1.3219945666117874e-7, 2.78740805211359e-7, -4.3252393445604814e-7, 9.200527894968101e-7,
  -2.0439048107029907e-6, 4.38470440459836e-6, -9.438715099211532e-6, 2.0505590755833454e-5,
  -4.49263133791557e-5, 9.945767355819498e-5, -0.00022315475400520507, 0.0005096695154115458,
  -0.0011927539118428156, 0.002890510331034267, -0.0073855510286719986, 0.02058080842778038,
  -0.0673523010531981, 0.32246703342411326, 0.42278433509846713,
  // 19: (ln Γ(x) − (x − ½)·ln x + x − ln √2π)·x in 1/x², x ≥ 8, to 6e-19
  0.005065904614765912, -0.0018903829559755586, 0.0008414700845084233, -0.0005952365844987332,
  0.000793650789752374, -0.002777777777773988, 0.08333333333333333,
  // 26: ln √2π − ½; ln π; 1, 1½, 2, ½, 8
  0.4189385332046727, 1.1447298858494002, 1.0, 1.5, 2.0, 0.5, 8.0,
  // 33: ψ(x) / (x − x₀) in x − 1.5, 1 ≤ x ≤ 2, to 3e-18
  0.00011881232908510335, -0.0001782188548855923, 9.653646261410062e-5, -0.00014480643368061614,
  0.00032395945401345196, -0.00048595039220036254, 0.0006909255761282986, -0.0010364584817312839,
  0.0015633696313653504, -0.0023454947397380833, 0.003518106563802472, -0.005279937255532708,
  0.007927021796868154, -0.011908220105959716, 0.017907248317313294, -0.026975796659787055,
  0.040760833940846085, -0.06192213327548831, 0.09498872445289039, -0.14840492305388092,
  0.24054248424078697, -0.4236274212814606, 0.9510558760318328,
  // 56: x₀, the positive zero of ψ, in two parts
  1.4616321449683622, 9.549995429965697e-17,
  // 58: (ln x − 1 / 2x − ψ(x))·x² in 1/x², x ≥ 8, to 2e-19
  -0.29942529766578396, 0.08002337037084563, -0.021051060807439938, 0.007575459919165197, -0.004166665501509004,
  0.003968253965999675, -0.008333333333331664, 0.08333333333333333,
  // 66: π; below which sin πx is πx
  3.141592653589793, 1e-100,
]);

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(NUMBERS + (index << 3));
}

/** ln Γ(x) for x > 0. */
function lgammaRight(x: v128): v128 {
  // Up to 8: Γ(x) = Γ(2 + d)·q with the factors x − 1, x − 2 … that leave 1½ ≤ rest < 2½; or from 1½ down Γ(2 + d) / q.
  const left = f64x2.lt(x, d(29));
  const low = f64x2.lt(x, d(31));
  let rest = x;
  let q = d(28);
  for (let step = 0; step < 6; step++) {
    const less = f64x2.sub(rest, d(28));
    const isFactor = f64x2.ge(less, d(29));
    rest = v128.bitselect(less, rest, isFactor);
    q = v128.bitselect(f64x2.mul(q, less), q, isFactor);
  }
  const delta = v128.bitselect(x, f64x2.sub(rest, v128.bitselect(d(28), d(30), left)), low);
  q = v128.bitselect(v128.bitselect(f64x2.mul(x, f64x2.add(x, d(28))), x, low), q, left);
  const far = f64x2.ge(x, d(32));
  const log = log64(v128.bitselect(x, q, far));
  let p = more4(more5(more5(d(0), delta, NUMBERS + 8), delta, NUMBERS + 48), delta, NUMBERS + 88);
  p = more4(p, delta, NUMBERS + 120);
  const near = madd64(delta, p, v128.xor(log, v128.and(left, f64x2.splat(-0.0))));
  if (!any(far)) return near;
  const inverse = f64x2.div(d(28), x);
  const z = f64x2.mul(inverse, inverse);
  const w = madd64(more3(more3(d(19), z, NUMBERS + 160), z, NUMBERS + 184), inverse, d(26));
  const stirling = madd64(f64x2.sub(x, d(31)), f64x2.sub(log, d(28)), w);
  return v128.bitselect(stirling, near, far);
}

/** ln |Γ(x)|; left of 0 it is ln π − ln |sin πx| − ln Γ(1 − x). */
export function lgamma64(x: v128): v128 {
  const negative = f64x2.lt(x, f64x2.splat(0));
  if (!any(negative)) return lgammaRight(x);
  const y = lgammaRight(v128.bitselect(f64x2.sub(d(28), x), x, negative));
  const size = f64x2.abs(x);
  // Near 0 the product πx may be a subnormal number with few digits, but there ln |sin πx| − ln π is ln |x|.
  const tiny = f64x2.lt(size, d(67));
  const sine = v128.bitselect(size, f64x2.abs(sinPi64(size)), tiny);
  const reflected = f64x2.sub(f64x2.sub(v128.andnot(d(27), tiny), log64(sine)), y);
  // At −∞, as at every integer before it.
  const pole = f64x2.eq(x, f64x2.splat(-Infinity));
  return v128.bitselect(f64x2.splat(Infinity), v128.bitselect(reflected, y, negative), pole);
}

/** ψ(x) for x > 0. */
function digammaRight(x: v128): v128 {
  // Up to 8: ψ(x) = ψ(rest) + Σ 1 / (x − j), 1 ≤ rest < 2, or from 1 down ψ(x + 1) − 1 / x
  const low = f64x2.lt(x, d(28));
  let rest = v128.bitselect(f64x2.add(x, d(28)), x, low);
  let sum = v128.and(low, f64x2.div(f64x2.splat(-1), x));
  for (let step = 0; step < 6; step++) {
    const less = f64x2.sub(rest, d(28));
    const isTerm = f64x2.ge(less, d(28));
    rest = v128.bitselect(less, rest, isTerm);
    sum = f64x2.add(sum, v128.and(isTerm, f64x2.div(d(28), less)));
  }
  const t = f64x2.sub(rest, d(29));
  let p = more4(more5(more5(d(33), t, NUMBERS + 272), t, NUMBERS + 312), t, NUMBERS + 352);
  p = more4(more4(p, t, NUMBERS + 384), t, NUMBERS + 416);
  const near = madd64(f64x2.sub(f64x2.sub(rest, d(56)), d(57)), p, sum);
  const far = f64x2.ge(x, d(32));
  if (!any(far)) return near;
  const inverse = f64x2.div(d(28), x);
  const z = f64x2.mul(inverse, inverse);
  const w = more3(more4(d(58), z, NUMBERS + 472), z, NUMBERS + 504);
  const asymptotic = f64x2.sub(log64(x), madd64(z, w, f64x2.mul(d(31), inverse)));
  return v128.bitselect(asymptotic, near, far);
}

/** ψ(x), the derivative of ln Γ; left of 0 it is ψ(1 − x) − π / tan πx. At 0 it is −1/x, at the other poles NaN. */
export function digamma64(x: v128): v128 {
  const zero = f64x2.splat(0);
  const negative = f64x2.lt(x, zero);
  const right = digammaRight(v128.bitselect(f64x2.sub(d(28), x), x, negative));
  const y = v128.bitselect(f64x2.div(f64x2.splat(-1), x), right, f64x2.eq(x, zero));
  if (!any(negative)) return y;
  const reflected = f64x2.add(y, f64x2.div(d(66), tanPi64(f64x2.abs(x))));
  const pole = f64x2.eq(x, f64x2.floor(x));
  return v128.bitselect(v128.bitselect(f64x2.splat(NaN), reflected, pole), y, negative);
}
