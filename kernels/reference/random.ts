/**
 * @file Random numbers from the words of mt19937: PyTorch's numbers for the same state.
 *
 * Normal numbers come from the Box-Muller transform in blocks of 16, in the precision of the result. In single precision
 * PyTorch computes it with its own vector code on x86 (AVX2), whose logarithm and sine are Cephes' float32 polynomials;
 * the same roundings in the same order are taken here, so that the numbers agree in every bit. A multiplication followed
 * by an addition is rounded once there (a fused multiply-add). A double holds the product of two floats exactly, and
 * `Math.fround(a * b + c)` below equals the fused form for each of the 2²⁴ uniform numbers that can come in: all were
 * tried against {@link fma32}.
 */
import type { Distribution, TypedArray } from "../backend.ts";
import type { Mt19937 } from "../mt19937.ts";
import { fma32, fma64 } from "./fma.ts";

type Floats = Float32Array | Float64Array;

/** Raw words on their way into numbers: few enough to stay in the fastest cache. */
const words = new Int32Array(1024);

/** Calls `body(start, end)` for consecutive ranges of 0 … length, each time with `perItem` fresh words per item. */
function drawInChunks(
  engine: Mt19937,
  length: number,
  perItem: 1 | 2,
  body: (start: number, end: number) => void,
): void {
  const step = words.length / perItem;
  for (let start = 0; start < length; start += step) {
    const end = Math.min(start + step, length);
    engine.fill(words, (end - start) * perItem);
    body(start, end);
  }
}

/** The low 24 bits of a word as a number in [0, 1). */
function unit24(word: number): number {
  return (word & 0xffffff) * 2 ** -24;
}

/** The low 53 bits of a pair of words, upper half first, as a number in [0, 1). */
export function unit53(high: number, low: number): number {
  return (high & 0x1fffff) * 2 ** -21 + (low >>> 0) * 2 ** -53;
}

/** Uniform numbers in [from, to): 24 bits of one word for float32, 53 bits of two words for float64. */
export function uniform(out: Floats, from: number, to: number, engine: Mt19937): void {
  if (out instanceof Float32Array) {
    const low = Math.fround(from);
    const range = Math.fround(Math.fround(to) - low);
    drawInChunks(engine, out.length, 1, (start, end) => {
      for (let i = start; i < end; i++) out[i] = fma32(unit24(words[i - start]!), range, low);
    });
  } else {
    const range = to - from;
    drawInChunks(engine, out.length, 2, (start, end) => {
      for (let i = start, w = 0; i < end; i++, w += 2) out[i] = fma64(unit53(words[w]!, words[w + 1]!), range, from);
    });
  }
}

/** `one` with probability `p`, else 0: 53 bits of two words, whatever the type of `out`. */
export function bernoulli(out: TypedArray, p: number, one: number, engine: Mt19937): void {
  drawInChunks(engine, out.length, 2, (start, end) => {
    for (let i = start, w = 0; i < end; i++, w += 2) out[i] = unit53(words[w]!, words[w + 1]!) < p ? one : 0;
  });
}

/** 1 with the probability in `p`, else 0: as many bits as {@link uniform} draws for the type of `p`. */
export function bernoulliOf(out: TypedArray, p: Floats, engine: Mt19937): void {
  if (p instanceof Float32Array) {
    drawInChunks(engine, out.length, 1, (start, end) => {
      for (let i = start; i < end; i++) out[i] = unit24(words[i - start]!) < p[i]! ? 1 : 0;
    });
  } else {
    drawInChunks(engine, out.length, 2, (start, end) => {
      for (let i = start, w = 0; i < end; i++, w += 2) out[i] = unit53(words[w]!, words[w + 1]!) < p[i]! ? 1 : 0;
    });
  }
}

/** Exponentially distributed numbers of mean −scale: scale · ln(1 − u) of a 53-bit uniform u. */
export function exponential(out: Floats, scale: number, engine: Mt19937): void {
  drawInChunks(engine, out.length, 2, (start, end) => {
    for (let i = start, w = 0; i < end; i++, w += 2) out[i] = scale * Math.log(1 - unit53(words[w]!, words[w + 1]!));
  });
}

/** Integers from + word mod range, range < 2³². */
export function integers(out: TypedArray, from: number, range: number, engine: Mt19937): void {
  // Operands and result that are seen to be unsigned make `%` an integer division, 5 times as fast as one of doubles.
  drawInChunks(engine, out.length, 1, (start, end) => {
    for (let i = start; i < end; i++) out[i] = (((words[i - start]! >>> 0) % (range >>> 0)) >>> 0) + from;
  });
}

/** A random order of 0 … n − 1, by n − 1 swaps of one word each. */
export function permutation(order: TypedArray, engine: Mt19937): void {
  const n = order.length;
  for (let i = 0; i < n; i++) order[i] = i;
  drawInChunks(engine, Math.max(n - 1, 0), 1, (start, end) => {
    for (let i = start; i < end; i++) {
      const other = i + (((words[i - start]! >>> 0) % ((n - i) >>> 0)) >>> 0);
      const swap = order[i]!;
      order[i] = order[other]!;
      order[other] = swap;
    }
  });
}

const f32 = Math.fround;

/** Normal numbers that are made together: 8 pairs. Fewer are drawn in another way. */
export const NORMAL_BLOCK = 16;

const SQRT_HALF = f32(Math.SQRT1_2);
const TWO_PI = f32(2 * Math.PI);
const FOUR_OVER_PI = f32(4 / Math.PI);

// Cephes logf: log(1 + x) ≈ x − x²/2 + x³·P(x); ln 2 = LN2_HIGH + LN2_LOW.
const L0 = f32(7.0376836292e-2);
const L1 = f32(-1.151461031e-1);
const L2 = f32(1.167699874e-1);
const L3 = f32(-1.2420140846e-1);
const L4 = f32(1.4249322787e-1);
const L5 = f32(-1.6668057665e-1);
const L6 = f32(2.0000714765e-1);
const L7 = f32(-2.4999993993e-1);
const L8 = f32(3.3333331174e-1);
const LN2_LOW = f32(-2.1219444e-4);
const LN2_HIGH = 0.693359375;

// Cephes sinf and cosf: π/4 = PI4_A + PI4_B + PI4_C.
const PI4_A = 0.78515625;
const PI4_B = f32(2.4187564849853516e-4);
const PI4_C = f32(3.774894977445941e-8);
const S0 = f32(-1.9515295891e-4);
const S1 = f32(8.3321608736e-3);
const S2 = f32(-1.6666654611e-1);
const C0 = f32(2.443315711809948e-5);
const C1 = f32(-1.388731625493765e-3);
const C2 = f32(4.166664568298827e-2);

/** √(−2 ln u) in float32, where u = n·2⁻²⁴ for an integer n of 1 … 2²⁴. */
function radiusFloat(n: number): number {
  const bits = 32 - Math.clz32(n);
  let e = bits - 24;
  let x = n / (1 << bits);
  if (x < SQRT_HALF) {
    e -= 1;
    x += x;
  }
  x -= 1;
  const z = f32(x * x);
  let y = f32(L0 * x + L1);
  y = f32(y * x + L2);
  y = f32(y * x + L3);
  y = f32(y * x + L4);
  y = f32(y * x + L5);
  y = f32(y * x + L6);
  y = f32(y * x + L7);
  y = f32(y * x + L8);
  y = f32(y * x);
  y = f32(y * z + f32(e * LN2_LOW));
  y = f32(y - 0.5 * z);
  const log = f32(e * LN2_HIGH + f32(x + y));
  return f32(Math.sqrt(-2 * log));
}

/**
 * Turns 16 uniform numbers at `start` into normal ones: the first 8 give radii, the last 8 angles; then the first 8
 * places take the cosines, the last 8 the sines.
 */
function transformBlockFloat(data: Float32Array, start: number, mean: number, std: number): void {
  for (let i = start; i < start + 8; i++) {
    const radius = radiusFloat((1 - data[i]!) * 0x1000000);

    // Sine and cosine of the angle, reduced to x in [−π/4, π/4] around a multiple of π/2.
    const theta = f32(TWO_PI * data[i + 8]!);
    const octant = (Math.trunc(f32(theta * FOUR_OVER_PI)) + 1) & ~1;
    let x = f32(theta - octant * PI4_A);
    x = f32(x - octant * PI4_B);
    x = f32(x - octant * PI4_C);
    const z = f32(x * x);
    let cos = f32(C0 * z + C1);
    cos = f32(cos * z + C2);
    cos = f32(cos * z);
    cos = f32(cos * z - 0.5 * z);
    cos = f32(cos + 1);
    let sin = f32(S0 * z + S1);
    sin = f32(sin * z + S2);
    sin = f32(sin * z);
    sin = f32(sin * x + x);
    if ((octant & 2) !== 0) {
      const swap = sin;
      sin = cos;
      cos = swap;
    }
    if ((octant & 4) !== 0) sin = -sin;
    if (((octant + 2) & 4) !== 0) cos = -cos;

    const first = f32(radius * cos);
    const second = f32(radius * sin);
    data[i] = fma32(first, std, mean);
    data[i + 8] = fma32(second, std, mean);
  }
}

/** As {@link transformBlockFloat}, in double precision. */
function transformBlockDouble(data: Float64Array, start: number, mean: number, std: number): void {
  for (let i = start; i < start + 8; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - data[i]!));
    const theta = 2 * Math.PI * data[i + 8]!;
    data[i] = fma64(radius * Math.cos(theta), std, mean);
    data[i + 8] = fma64(radius * Math.sin(theta), std, mean);
  }
}

/** At least 16 normal numbers. What is left over from whole blocks makes the last 16 places be drawn again. */
export function normal(out: Floats, mean: number, std: number, engine: Mt19937): void {
  const transform =
    out instanceof Float32Array
      ? (start: number) => transformBlockFloat(out, start, f32(mean), f32(std))
      : (start: number) => transformBlockDouble(out, start, mean, std);
  uniform(out, 0, 1, engine);
  for (let start = 0; start + NORMAL_BLOCK <= out.length; start += NORMAL_BLOCK) transform(start);
  if (out.length % NORMAL_BLOCK !== 0) {
    const start = out.length - NORMAL_BLOCK;
    uniform(out.subarray(start), 0, 1, engine);
    transform(start);
  }
}

/** Fills `out` from a distribution; `probabilities` are the elements of its `p` if that is an array. */
export function random(out: TypedArray, from: Distribution, engine: Mt19937, probabilities: Floats | null): void {
  if (from.name === "uniform") uniform(out as Floats, from.from, from.to, engine);
  else if (from.name === "normal") normal(out as Floats, from.mean, from.std, engine);
  else if (from.name === "integers") integers(out, from.from, from.range, engine);
  else if (from.name === "permutation") permutation(out, engine);
  else if (probabilities !== null) bernoulliOf(out, probabilities, engine);
  else bernoulli(out, from.p as number, from.one, engine);
}
