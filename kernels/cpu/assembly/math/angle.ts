/**
 * @file Angles less the nearest multiple of π/2: x = n·π/2 + r with |r| ≤ π/4, r to one unit in the last place.
 *
 * Up to a million, n times four parts of π/2 are subtracted; the products with the first three are exact. Beyond, the
 * bits of 2/π that matter for n modulo 4 and for r are multiplied as integers (Payne and Hanek).
 */
import { all, madd64, nmadd64 } from "./arithmetic";

const NUMBERS: usize = memory.data<f64>([
  // 0: 2/π, and 1.5·2⁵²: adding it leaves the nearest integer in the low bits
  0.6366197723675814, 6755399441055744.0,
  // 2: π/2 in parts: three of 33 bits, and what is left
  1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32,
  // 6: the largest |x| of the common case: 2¹⁹·π, so n has 20 bits
  1647099.0,
]);

/** 2/π as a fraction in base 2⁶⁴, behind a word of zeros. */
const TWO_OVER_PI: usize = memory.data<u64>([
  0, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
  0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
  0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
  0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
]);

@inline
function d(index: usize): v128 {
  return v128.load_splat<f64>(NUMBERS + (index << 3));
}

/** Whether every lane is in the common case: none is NaN either. */
@inline
export function isCommon(x: v128): bool {
  return all(f64x2.le(f64x2.abs(x), d(6)));
}

/** n + 1.5·2⁵²: n is in the low bits. */
@inline
export function quarters(x: v128): v128 {
  return madd64(x, d(0), d(1));
}

/** r in the common case, where t = n + 1.5·2⁵². */
@inline
export function remainder(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, d(1));
  return nmadd64(n, d(5), nmadd64(n, d(4), nmadd64(n, d(3), nmadd64(n, d(2), x))));
}

/** 64 bits of 2/π from a position on. */
@inline
function bitsAt(position: i32): u64 {
  const word = TWO_OVER_PI + (<usize>(position >> 6) << 3);
  const shift = <u64>(position & 63);
  // Two shifts, because one by 64 does nothing.
  return (load<u64>(word) << shift) | ((load<u64>(word, 8) >> 1) >> (63 - shift));
}

/** The upper half of the product of two u64. */
@inline
function highProduct(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & 0xffffffff)) >> 32);
}

/**
 * r in lane 0 and an integer that is n modulo 4 in lane 1, of a number beyond the common case; r is NaN if x is not
 * finite.
 */
function reduceHuge(x: f64): v128 {
  const raw = reinterpret<u64>(x);
  const exponent = <i32>((raw >> 52) & 0x7ff);
  if (exponent == 0x7ff) return f64x2.splat(NaN);
  // |x| = m·2^(exponent − 1075). The bits of 2/π that are worth 4 and more after multiplication with 2^… are dropped.
  const m = (raw & 0x000fffffffffffff) | 0x0010000000000000;
  const position = exponent - 1075 + 62;
  const a = bitsAt(position);
  const b = bitsAt(position + 64);
  const c = bitsAt(position + 128);
  // m·2/π modulo 4, in units of 2⁻⁶² and 2⁻¹²⁶
  const below = m * b;
  let low = below + highProduct(m, c);
  let high = m * a + highProduct(m, b) + u64(low < below);
  const n = (high + 0x2000000000000000) >> 62;
  high -= n << 62;
  const negative = <i64>high < 0;
  if (negative) {
    low = 0 - low;
    high = ~high + u64(low == 0);
  }
  let scale: i64 = 1023 - 62;
  if (high == 0) {
    high = low;
    low = 0;
    scale -= 64;
  }
  const zeros = clz(high);
  if (zeros > 0) high = (high << zeros) | (low >> (64 - zeros));
  const r = <f64>high * reinterpret<f64>((scale - <i64>zeros) << 52) * 1.5707963267948966;
  const flip = negative != x < 0;
  return i64x2(reinterpret<i64>(flip ? -r : r), <i64>(x < 0 ? 0 - n : n));
}

/** {@link remainder} of any number. */
export function remainderFar(x: v128): v128 {
  const far = v128.shuffle<i64>(reduceLane(x, 0), reduceLane(x, 1), 0, 2);
  return v128.bitselect(remainder(x, quarters(x)), far, f64x2.le(f64x2.abs(x), d(6)));
}

/** {@link quarters} of any number: the low 2 bits count. */
export function quartersFar(x: v128): v128 {
  const far = v128.shuffle<i64>(reduceLane(x, 0), reduceLane(x, 1), 1, 3);
  return v128.bitselect(quarters(x), far, f64x2.le(f64x2.abs(x), d(6)));
}

/** {@link reduceHuge} of a lane, if that is beyond the common case. */
@inline
function reduceLane(x: v128, lane: i32): v128 {
  const value = lane == 0 ? f64x2.extract_lane(x, 0) : f64x2.extract_lane(x, 1);
  return Math.abs(value) <= load<f64>(NUMBERS, 48) ? x : reduceHuge(value);
}
