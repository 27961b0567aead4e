/** @file The remainder of a division whose quotient is rounded towards zero; exact, as in C. */
import { all, demote, high, low, nmadd64 } from "./arithmetic";
import { productError } from "./pow";

/** Bounds within which products neither overflow nor underflow, and quotients are integers that float64 holds. */
const LARGEST: f64 = 1e300;
const SMALLEST: f64 = 1e-250;
const LARGEST_QUOTIENT: f64 = 4503599627370496;
const LARGEST_FLOAT_QUOTIENT: f64 = 134217728;

/** The remainder of a lane, bit by bit. */
function fmodLanes(x: v128, y: v128): v128 {
  const a = f64x2.extract_lane(x, 0) % f64x2.extract_lane(y, 0);
  const b = f64x2.extract_lane(x, 1) % f64x2.extract_lane(y, 1);
  return f64x2(a, b);
}

/** Whether |quotient| is small enough, and x and y neither too large nor too small. */
@inline
function isModerate(x: v128, y: v128, quotient: v128): bool {
  const size = f64x2.abs(y);
  const common = v128.and(
    v128.and(f64x2.lt(f64x2.abs(x), f64x2.splat(LARGEST)), f64x2.gt(size, f64x2.splat(SMALLEST))),
    v128.and(f64x2.lt(size, f64x2.splat(LARGEST)), f64x2.lt(f64x2.abs(quotient), f64x2.splat(LARGEST_QUOTIENT))),
  );
  return all(common);
}

/** r ≥ 0 or r + y where the quotient was rounded up to an integer; all positive. */
@inline
function corrected(r: v128, y: v128): v128 {
  return f64x2.add(r, v128.and(y, f64x2.lt(r, f64x2.splat(0))));
}

/** The remainder with the sign of x, also where it is 0. */
export function fmod64(x: v128, y: v128): v128 {
  const size = f64x2.abs(x);
  const divisor = f64x2.abs(y);
  const quotient = f64x2.trunc(f64x2.div(size, divisor));
  if (!isModerate(x, y, quotient)) return fmodLanes(x, y);
  const product = f64x2.mul(quotient, divisor);
  const r = f64x2.sub(f64x2.sub(size, product), productError(quotient, divisor, product));
  return v128.or(corrected(r, divisor), v128.and(x, f64x2.splat(-0.0)));
}

/** |x| less the multiple of |y| that the quotient, which is an integer of at most 27 bits, says: exact for float32. */
@inline
function remainderPair(x: v128, y: v128, quotient: v128): v128 {
  return corrected(nmadd64(quotient, y, x), y);
}

/** Both as float64, whose digits hold the product of y and a quotient of up to 27 bits. */
@inline
export function fmodOf(x: v128, y: v128): v128 {
  const size = f32x4.abs(x);
  const divisor = f32x4.abs(y);
  const x0 = low(size);
  const x1 = high(size);
  const y0 = low(divisor);
  const y1 = high(divisor);
  const q0 = f64x2.trunc(f64x2.div(x0, y0));
  const q1 = f64x2.trunc(f64x2.div(x1, y1));
  const large = f64x2.splat(LARGEST_FLOAT_QUOTIENT);
  const fine = v128.and(f64x2.lt(q0, large), f64x2.lt(q1, large));
  if (!all(fine) || !all(f32x4.lt(divisor, f32x4.splat(Infinity)))) return fmodFar(x, y);
  return v128.or(demote(remainderPair(x0, y0, q0), remainderPair(x1, y1, q1)), v128.and(x, f32x4.splat(-0.0)));
}

/** The same of anything. */
function fmodFar(x: v128, y: v128): v128 {
  return demote(fmod64(low(x), low(y)), fmod64(high(x), high(y)));
}
