/**
 * @file The Mersenne Twister mt19937 in blocks, and numbers made from its words: uniform, normal, Bernoulli, integers,
 * permutations.
 *
 * A word becomes a number by itself (a normal one in a block of 16), so that threads can share what was drawn. Where
 * PyTorch rounds once after a multiplication and an addition, the relaxed build relies on the machine's fused
 * multiply-add ({@link canDrawNormals}); the plain build makes the sum in double precision.
 */
import { madd, storeTail } from "./lanes";

/** Words of a block, and the distance of the word that a new one is mixed with. */
const N = 624;
const M = 397;

/** The new values of four words from their own upper bits and their successors' lower bits. */
@inline
function twist4(words: v128, successors: v128): v128 {
  const mixed = v128.bitselect(words, successors, i32x4.splat(0x80000000));
  const odd = i32x4.neg(v128.and(successors, i32x4.splat(1)));
  return v128.xor(i32x4.shr_u(mixed, 1), v128.and(odd, i32x4.splat(0x9908b0df)));
}

@inline
function twist(word: u32, successor: u32): u32 {
  return (((word & 0x80000000) | (successor & 0x7fffffff)) >> 1) ^ (-(successor & 1) & 0x9908b0df);
}

/** Replaces a block by the next one. */
function makeBlock(words: usize): void {
  const first: usize = 4 * (N - M);
  let at: usize = 0;
  for (; at + 16 <= first; at += 16) {
    const p = words + at;
    v128.store(p, v128.xor(v128.load(p, 4 * M), twist4(v128.load(p), v128.load(p, 4))));
  }
  for (; at < first; at += 4) {
    const p = words + at;
    store<u32>(p, load<u32>(p, 4 * M) ^ twist(load<u32>(p), load<u32>(p, 4)));
  }
  // 396 words, in which the distance is to words of the new block.
  for (; at < 4 * (N - 1); at += 16) {
    const p = words + at;
    v128.store(p, v128.xor(v128.load(p - first), twist4(v128.load(p), v128.load(p, 4))));
  }
  const last = words + at;
  store<u32>(last, load<u32>(last - first) ^ twist(load<u32>(last), load<u32>(words)));
}

@inline
function temper4(words: v128): v128 {
  let y = v128.xor(words, i32x4.shr_u(words, 11));
  y = v128.xor(y, v128.and(i32x4.shl(y, 7), i32x4.splat(0x9d2c5680)));
  y = v128.xor(y, v128.and(i32x4.shl(y, 15), i32x4.splat(0xefc60000)));
  return v128.xor(y, i32x4.shr_u(y, 18));
}

/**
 * Writes the next `count` words of a stream to `out`.
 *
 * @param words The block, 624 words, which is changed when it is used up.
 * @param next Position of the next word in the block; 624 if there is none.
 * @returns The new position.
 */
export function drawWords(out: usize, words: usize, next: i32, count: i32): i32 {
  while (count > 0) {
    if (next == N) {
      makeBlock(words);
      next = 0;
    }
    const take = min(N - next, count);
    let from = words + (<usize>next << 2);
    const whole = out + (<usize>(take & ~3) << 2);
    for (; out < whole; out += 16, from += 16) v128.store(out, temper4(v128.load(from)));
    if (take & 3) storeTail(out, temper4(v128.load(from)), take & 3);
    out += <usize>(take & 3) << 2;
    next += take;
    count -= take;
  }
  return next;
}

/** The low 24 bits of four words as numbers in [0, 1). */
@inline
function unit24(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(v128.and(words, i32x4.splat(0xffffff))), f32x4.splat(5.9604644775390625e-8));
}

/** The low 53 bits of two pairs of words, upper half first. */
@inline
function bits53(words: v128): v128 {
  return v128.and(v128.shuffle<i32>(words, words, 1, 0, 3, 2), i64x2.splat(0x1fffffffffffff));
}

/** 53 bits as a number in [0, 1): both halves are exact doubles, and so is their sum. */
@inline
function unit53(bits: v128): v128 {
  // An integer below 2³² in the last bits of 2⁵² is 2⁵² and it; the same for the upper half in those of 2⁸⁴.
  const low = v128.or(v128.and(bits, i64x2.splat(0xffffffff)), i64x2.splat(0x4330000000000000));
  const high = v128.or(i64x2.shr_u(bits, 32), i64x2.splat(0x4530000000000000));
  const sum = f64x2.add(f64x2.sub(high, f64x2.splat(19342813118337666422669312.0)), low);
  return f64x2.mul(sum, f64x2.splat(1.1102230246251565e-16));
}

/** Adds to `sum` what its rounding lost, if that is not 0, by making its last bit odd: a later rounding is then right. */
@inline
function roundToOdd(product: v128, c: v128): v128 {
  const sum = f64x2.add(product, c);
  const part = f64x2.sub(sum, product);
  const lost = f64x2.add(f64x2.sub(product, f64x2.sub(sum, part)), f64x2.sub(c, part));
  const inexact = f64x2.ne(lost, f64x2.splat(0));
  const isOdd = i64x2.ne(v128.and(sum, i64x2.splat(1)), i64x2.splat(0));
  // Away from 0 if what was lost has the sign of the sum, else towards it.
  const step = v128.or(i64x2.shr_s(v128.xor(sum, lost), 63), i64x2.splat(1));
  return i64x2.add(sum, v128.and(step, v128.andnot(inexact, isOdd)));
}

@inline
function highHalf(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(v, v, 2, 3, 2, 3));
}

/** a·b + c rounded once. */
@inline
function fma4(a: v128, b: v128, c: v128): v128 {
  const low = f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
  const high = f64x2.mul(highHalf(a), highHalf(b));
  const x = f32x4.demote_f64x2_zero(roundToOdd(low, f64x2.promote_low_f32x4(c)));
  const y = f32x4.demote_f64x2_zero(roundToOdd(high, highHalf(c)));
  return v128.shuffle<i64>(x, y, 0, 2);
}

/** a·b + c rounded once, or by way of doubles twice: the same for all arguments of {@link normal_f32}. */
@inline
function fastFma4(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return madd(a, b, c);
  const low = f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
  const high = f64x2.mul(highHalf(a), highHalf(b));
  const x = f32x4.demote_f64x2_zero(f64x2.add(low, f64x2.promote_low_f32x4(c)));
  const y = f32x4.demote_f64x2_zero(f64x2.add(high, highHalf(c)));
  return v128.shuffle<i64>(x, y, 0, 2);
}

/** a·b + c rounded once, for finite numbers of moderate size: by Dekker's exact product and Knuth's exact sum. */
@inline
function fma2(a: v128, b: v128, c: v128): v128 {
  const splitter = f64x2.splat(134217729);
  const product = f64x2.mul(a, b);
  const aBig = f64x2.mul(splitter, a);
  const aHigh = f64x2.sub(aBig, f64x2.sub(aBig, a));
  const aLow = f64x2.sub(a, aHigh);
  const bBig = f64x2.mul(splitter, b);
  const bHigh = f64x2.sub(bBig, f64x2.sub(bBig, b));
  const bLow = f64x2.sub(b, bHigh);
  const rest = f64x2.sub(f64x2.sub(f64x2.sub(product, f64x2.mul(aHigh, bHigh)), f64x2.mul(aLow, bHigh)), f64x2.mul(aHigh, bLow));
  const productLost = f64x2.sub(f64x2.mul(aLow, bLow), rest);
  const sum = f64x2.add(product, c);
  const part = f64x2.sub(sum, product);
  const sumLost = f64x2.add(f64x2.sub(product, f64x2.sub(sum, part)), f64x2.sub(c, part));
  const result = f64x2.add(sum, f64x2.add(sumLost, productLost));
  const finite = f64x2.eq(f64x2.sub(result, result), f64x2.splat(0));
  return v128.bitselect(result, f64x2.add(product, c), finite);
}

/**
 * Whether {@link normal_f32} gives the right numbers: in the relaxed build, if the machine's multiply-add rounds once.
 * The host gives x = 1 + 2⁻¹² and c = −(1 + 2⁻¹¹), so that the compiler cannot know x² + c.
 */
export function canDrawNormals(x: f32, c: f32): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return true;
  return f32x4.extract_lane(madd(f32x4.splat(x), f32x4.splat(x), f32x4.splat(c)), 0) != 0;
}

/** out[i] = low + range·u from one word each; in place if `words` is `out`. */
export function uniform_f32(out: usize, words: usize, n: i32, low: f32, range: f32): void {
  const l = f32x4.splat(low);
  const r = f32x4.splat(range);
  const exact = low == 0 && range == 1;
  for (let i = 0; i < n; i += 4, out += 16, words += 16) {
    const u = unit24(v128.load(words));
    const x = exact ? u : fma4(u, r, l);
    if (i + 4 <= n) v128.store(out, x);
    else storeTail(out, x, n - i);
  }
}

/** out[i] = low + range·u from two words each; in place if `words` is `out`. */
export function uniform_f64(out: usize, words: usize, n: i32, low: f64, range: f64): void {
  const l = f64x2.splat(low);
  const r = f64x2.splat(range);
  const exact = low == 0 && range == 1;
  for (let i = 0; i < n; i += 2, out += 16, words += 16) {
    const u = unit53(bits53(v128.load(words)));
    const x = exact ? u : fma2(u, r, l);
    if (i + 1 < n) v128.store(out, x);
    else v128.store64_lane(out, x, 0);
  }
}

// Cephes' float32 logarithm and sine, as in kernels/reference/random.ts.
@inline
function normalBlock(out: usize, words: usize, std: v128, mean: v128): void {
  const one = f32x4.splat(1);
  const u = unit24(v128.load(words));
  const w = unit24(v128.load(words, 32));

  // √(−2 ln(1 − u)), from a mantissa in [√½, √2).
  const bits = f32x4.sub(one, u);
  let e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(bits, 23), i32x4.splat(126)));
  let x = v128.or(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f000000));
  const small = f32x4.lt(x, f32x4.splat(0.707106769084930419921875));
  e = f32x4.sub(e, v128.and(small, one));
  x = f32x4.sub(f32x4.add(x, v128.and(small, x)), one);
  let z = f32x4.mul(x, x);
  let y = fastFma4(f32x4.splat(7.0376836292e-2), x, f32x4.splat(-1.151461031e-1));
  y = fastFma4(y, x, f32x4.splat(1.167699874e-1));
  y = fastFma4(y, x, f32x4.splat(-1.2420140846e-1));
  y = fastFma4(y, x, f32x4.splat(1.4249322787e-1));
  y = fastFma4(y, x, f32x4.splat(-1.6668057665e-1));
  y = fastFma4(y, x, f32x4.splat(2.0000714765e-1));
  y = fastFma4(y, x, f32x4.splat(-2.4999993993e-1));
  y = fastFma4(y, x, f32x4.splat(3.3333331174e-1));
  y = f32x4.mul(y, x);
  y = fastFma4(y, z, f32x4.mul(e, f32x4.splat(-2.1219444e-4)));
  y = f32x4.sub(y, f32x4.mul(f32x4.splat(0.5), z));
  const log = f32x4.add(f32x4.mul(e, f32x4.splat(0.693359375)), f32x4.add(x, y));
  const radius = f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log));

  // The angle, reduced to [−π/4, π/4] around a multiple of π/2.
  const theta = f32x4.mul(f32x4.splat(6.283185482025146484375), w);
  const sector = i32x4.trunc_sat_f32x4_s(f32x4.mul(theta, f32x4.splat(1.2732394933700561523438)));
  const octant = v128.and(i32x4.add(sector, i32x4.splat(1)), i32x4.splat(~1));
  const turns = f32x4.convert_i32x4_s(octant);
  x = fastFma4(turns, f32x4.splat(-0.78515625), theta);
  x = fastFma4(turns, f32x4.splat(-2.4187564849853515625e-4), x);
  x = fastFma4(turns, f32x4.splat(-3.774894977445941e-8), x);
  z = f32x4.mul(x, x);
  let cos = fastFma4(f32x4.splat(2.443315711809948e-5), z, f32x4.splat(-1.388731625493765e-3));
  cos = fastFma4(cos, z, f32x4.splat(4.166664568298827e-2));
  cos = f32x4.mul(cos, z);
  cos = fastFma4(cos, z, f32x4.mul(f32x4.splat(-0.5), z));
  cos = f32x4.add(cos, one);
  let sin = fastFma4(f32x4.splat(-1.9515295891e-4), z, f32x4.splat(8.3321608736e-3));
  sin = fastFma4(sin, z, f32x4.splat(-1.6666654611e-1));
  sin = f32x4.mul(sin, z);
  sin = fastFma4(sin, x, x);
  const swap = i32x4.ne(v128.and(octant, i32x4.splat(2)), i32x4.splat(0));
  const s = v128.bitselect(cos, sin, swap);
  const c = v128.bitselect(sin, cos, swap);
  const sSign = i32x4.shl(v128.and(octant, i32x4.splat(4)), 29);
  const cSign = i32x4.shl(v128.and(i32x4.add(octant, i32x4.splat(2)), i32x4.splat(4)), 29);
  const first = f32x4.mul(radius, v128.xor(c, cSign));
  const second = f32x4.mul(radius, v128.xor(s, sSign));
  v128.store(out, ASC_FEATURE_RELAXED_SIMD ? madd(first, std, mean) : fma4(first, std, mean));
  v128.store(out, ASC_FEATURE_RELAXED_SIMD ? madd(second, std, mean) : fma4(second, std, mean), 32);
}

/** Normal numbers from blocks of 16 words, by the Box-Muller transform; in place if `words` is `out`. */
export function normal_f32(out: usize, words: usize, blocks: i32, mean: f32, std: f32): void {
  const m = f32x4.splat(mean);
  const d = f32x4.splat(std);
  for (let i = 0; i < 2 * blocks; i++) {
    normalBlock(out, words, d, m);
    // A block is 16 words: its other half lies 16 bytes further.
    const step: usize = i & 1 ? 48 : 16;
    out += step;
    words += step;
  }
}

/** ln x for x in [2⁻⁵³, 1], by fdlibm's series in s = f / (2 + f) for 1 + f in [√½, √2). */
@inline
function logPair(x: v128): v128 {
  const shifted = i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd));
  const k = i64x2.shr_s(shifted, 52);
  const f = f64x2.sub(i64x2.sub(x, i64x2.shl(k, 52)), f64x2.splat(1));
  const e = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(k, k, 0, 2, 0, 2));
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let even = f64x2.add(f64x2.splat(0.22222198432149784), f64x2.mul(w, f64x2.splat(0.15313837699209373)));
  even = f64x2.mul(w, f64x2.add(f64x2.splat(0.3999999999940942), f64x2.mul(w, even)));
  let odd = f64x2.add(f64x2.splat(0.1818357216161805), f64x2.mul(w, f64x2.splat(0.14798198605116586)));
  odd = f64x2.add(f64x2.splat(0.2857142874366239), f64x2.mul(w, odd));
  odd = f64x2.mul(z, f64x2.add(f64x2.splat(0.6666666666666735), f64x2.mul(w, odd)));
  const half = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f);
  const tail = f64x2.add(
    f64x2.mul(s, f64x2.add(half, f64x2.add(odd, even))),
    f64x2.mul(e, f64x2.splat(1.9082149292705877e-10)),
  );
  return f64x2.sub(f64x2.mul(e, f64x2.splat(0.6931471803691238)), f64x2.sub(f64x2.sub(half, tail), f));
}

/** Normal numbers from blocks of 16 doubles of two words each; in place if `words` is `out`. */
export function normal_f64(out: usize, words: usize, blocks: i32, mean: f64, std: f64): void {
  const m = f64x2.splat(mean);
  const d = f64x2.splat(std);
  for (let i = 0; i < 4 * blocks; i++) {
    const u = unit53(bits53(v128.load(words)));
    const theta = f64x2.mul(f64x2.splat(6.283185307179586), unit53(bits53(v128.load(words, 64))));
    const radius = f64x2.sqrt(f64x2.mul(f64x2.splat(-2), logPair(f64x2.sub(f64x2.splat(1), u))));

    // fdlibm: the angle less a multiple of π/2, as a sum of two doubles.
    const turns = f64x2.nearest(f64x2.mul(theta, f64x2.splat(0.6366197723675814)));
    const quadrant = i32x4.trunc_sat_f64x2_s_zero(turns);
    const q = v128.shuffle<i32>(quadrant, quadrant, 0, 0, 1, 1);
    const near = f64x2.sub(theta, f64x2.mul(turns, f64x2.splat(1.5707963267341256)));
    const fine = f64x2.mul(turns, f64x2.splat(6.077100506303966e-11));
    const r = f64x2.sub(near, fine);
    const finer = f64x2.sub(
      f64x2.mul(turns, f64x2.splat(2.0222662487959506e-21)),
      f64x2.sub(f64x2.sub(near, r), fine),
    );
    const x = f64x2.sub(r, finer);
    const y = f64x2.sub(f64x2.sub(r, x), finer);

    const z = f64x2.mul(x, x);
    const v = f64x2.mul(z, x);
    let p = f64x2.add(f64x2.splat(-2.5050760253406863e-8), f64x2.mul(z, f64x2.splat(1.58969099521155e-10)));
    p = f64x2.add(f64x2.splat(2.7557313707070068e-6), f64x2.mul(z, p));
    p = f64x2.add(f64x2.splat(-1.984126982985795e-4), f64x2.mul(z, p));
    p = f64x2.add(f64x2.splat(8.33333333332249e-3), f64x2.mul(z, p));
    const inner = f64x2.sub(f64x2.mul(f64x2.splat(0.5), y), f64x2.mul(v, p));
    const sin = f64x2.sub(
      x,
      f64x2.sub(f64x2.sub(f64x2.mul(z, inner), y), f64x2.mul(v, f64x2.splat(-1.6666666666666632e-1))),
    );

    let c = f64x2.add(f64x2.splat(2.087572321298175e-9), f64x2.mul(z, f64x2.splat(-1.1359647557788195e-11)));
    c = f64x2.add(f64x2.splat(-2.7557314351390663e-7), f64x2.mul(z, c));
    c = f64x2.add(f64x2.splat(2.480158728947673e-5), f64x2.mul(z, c));
    c = f64x2.add(f64x2.splat(-1.388888888887411e-3), f64x2.mul(z, c));
    c = f64x2.mul(z, f64x2.add(f64x2.splat(4.16666666666666e-2), f64x2.mul(z, c)));
    const hz = f64x2.mul(f64x2.splat(0.5), z);
    const rest = f64x2.sub(f64x2.splat(1), hz);
    const cos = f64x2.add(
      rest,
      f64x2.add(
        f64x2.sub(f64x2.sub(f64x2.splat(1), rest), hz),
        f64x2.sub(f64x2.mul(z, c), f64x2.mul(x, y)),
      ),
    );

    const swap = i32x4.ne(v128.and(q, i32x4.splat(1)), i32x4.splat(0));
    const sSign = i64x2.shl(v128.and(q, i64x2.splat(2)), 62);
    const cSign = i64x2.shl(v128.and(i32x4.add(q, i32x4.splat(1)), i64x2.splat(2)), 62);
    const s = v128.xor(v128.bitselect(cos, sin, swap), sSign);
    const k = v128.xor(v128.bitselect(sin, cos, swap), cSign);
    v128.store(out, fma2(f64x2.mul(radius, k), d, m));
    v128.store(out, fma2(f64x2.mul(radius, s), d, m), 64);
    const step: usize = (i & 3) == 3 ? 80 : 16;
    out += step;
    words += step;
  }
}

/** out[i] = `one` with the probability that 53 bits are below `limit` of 2⁵³, else 0; two words each. */
export function bernoulli_f32(out: usize, words: usize, n: i32, limit: f64, one: f32): void {
  const l = i64x2.splat(<i64>limit);
  const v = f32x4.splat(one);
  const whole = out + (<usize>(n & ~3) << 2);
  for (; out < whole; out += 16, words += 32) {
    const a = i64x2.lt_s(bits53(v128.load(words)), l);
    const b = i64x2.lt_s(bits53(v128.load(words, 16)), l);
    v128.store(out, v128.and(v, v128.shuffle<i32>(a, b, 0, 2, 4, 6)));
  }
  for (let i = 0; i < (n & 3); i++, words += 8) {
    const bits = ((<i64>load<u32>(words) << 32) | load<u32>(words, 4)) & 0x1fffffffffffff;
    store<f32>(out + (<usize>i << 2), bits < <i64>limit ? one : 0);
  }
}

/** As {@link bernoulli_f32}; in place if `words` is `out`. */
export function bernoulli_f64(out: usize, words: usize, n: i32, limit: f64, one: f64): void {
  const l = i64x2.splat(<i64>limit);
  const v = f64x2.splat(one);
  for (let i = 0; i < n; i += 2, out += 16, words += 16) {
    const x = v128.and(v, i64x2.lt_s(bits53(v128.load(words)), l));
    if (i + 1 < n) v128.store(out, x);
    else v128.store64_lane(out, x, 0);
  }
}

/** out[i] = 1 with probability p[i], else 0; one word each. `out` may be `words`. */
export function bernoulliOf_f32(out: usize, words: usize, p: usize, n: i32): void {
  const one = f32x4.splat(1);
  const whole = out + (<usize>(n & ~3) << 2);
  for (; out < whole; out += 16, words += 16, p += 16) {
    v128.store(out, v128.and(one, f32x4.lt(unit24(v128.load(words)), v128.load(p))));
  }
  if (n & 3) storeTail(out, v128.and(one, f32x4.lt(unit24(v128.load(words)), v128.load(p))), n & 3);
}

/** As {@link bernoulliOf_f32}, with two words each. */
export function bernoulliOf_f64(out: usize, words: usize, p: usize, n: i32): void {
  const one = f64x2.splat(1);
  for (let i = 0; i < n; i += 2, out += 16, words += 16, p += 16) {
    const x = v128.and(one, f64x2.lt(unit53(bits53(v128.load(words))), v128.load(p)));
    if (i + 1 < n) v128.store(out, x);
    else v128.store64_lane(out, x, 0);
  }
}

/** out[i] = from + word mod range. */
@inline
function integers<T>(out: usize, words: usize, n: i32, range: u32, from: f64): void {
  for (let i = 0; i < n; i++, words += 4, out += sizeof<T>()) {
    const rest = load<u32>(words) % range;
    if (isFloat<T>()) store<T>(out, <T>(<f64>rest + from));
    else store<T>(out, <T>(<i32>rest + <i32>from));
  }
}

export function integers_f32(out: usize, words: usize, n: i32, range: u32, from: f64): void {
  integers<f32>(out, words, n, range, from);
}

export function integers_f64(out: usize, words: usize, n: i32, range: u32, from: f64): void {
  integers<f64>(out, words, n, range, from);
}

export function integers_i32(out: usize, words: usize, n: i32, range: u32, from: f64): void {
  integers<i32>(out, words, n, range, from);
}

export function integers_u8(out: usize, words: usize, n: i32, range: u32, from: f64): void {
  integers<u8>(out, words, n, range, from);
}

/** order[i] = start + i. */
export function iota(order: usize, n: i32, start: i32): void {
  let v = i32x4.add(i32x4.splat(start), i32x4(0, 1, 2, 3));
  const whole = order + (<usize>(n & ~3) << 2);
  for (; order < whole; order += 16) {
    v128.store(order, v);
    v = i32x4.add(v, i32x4.splat(4));
  }
  if (n & 3) storeTail(order, v, n & 3);
}

/** Swaps order[i] with order[i + word mod (n − i)] for i from `first` to `end` − 1, one word each. */
export function shuffleOrder(order: usize, words: usize, first: i32, end: i32, n: i32): void {
  for (let i = first; i < end; i++, words += 4) {
    const a = order + (<usize>i << 2);
    const b = a + (<usize>(load<u32>(words) % <u32>(n - i)) << 2);
    const swap = load<i32>(a);
    store<i32>(a, load<i32>(b));
    store<i32>(b, swap);
  }
}
