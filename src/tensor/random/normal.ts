/**
 * @file Normally distributed numbers, by the Box-Muller transform, in PyTorch's three ways: one by one in double
 * precision, in blocks of 16 in double precision, and in blocks of 16 in single precision.
 *
 * The single-precision way is the one of `randn`. PyTorch computes it with its own vector code on x86 (AVX2), whose
 * logarithm and sine are Cephes' float32 polynomials; the same roundings in the same order are taken here, so that the
 * numbers agree in every bit. A multiplication followed by an addition is rounded once there (a fused multiply-add).
 * A double holds the product of two floats exactly, and `Math.fround(a * b + c)` below equals the fused form for each
 * of the 2²⁴ uniform numbers that can come in: all were tried against {@link fma32}.
 */
import { fma32, fma64 } from "./fma.ts";
import { defaultGenerator, type Generator } from "./generator.ts";
import { fillUniform, nextUniform } from "./uniform.ts";

const f32 = Math.fround;

/** Elements that are transformed together: 8 pairs. */
const BLOCK = 16;

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

/** Uniform numbers, turned into normal ones block by block. What is left over makes the last 16 places be drawn again. */
function fillBlocks<T extends Float32Array | Float64Array>(
  out: T,
  generator: Generator,
  transform: (data: T, start: number) => void,
): void {
  fillUniform(out, 0, 1, generator);
  for (let start = 0; start + BLOCK <= out.length; start += BLOCK) transform(out, start);
  if (out.length % BLOCK !== 0) {
    const start = out.length - BLOCK;
    fillUniform(out.subarray(start), 0, 1, generator);
    transform(out, start);
  }
}

function checkStd(std: number): void {
  if (!(std >= 0)) throw new RangeError(`normal expects std >= 0.0, but found std ${std}`);
}

/**
 * Fills `out` with normally distributed numbers, as `normal_` fills a contiguous CPU tensor: from 16 elements on in
 * blocks, in the precision of `out`; fewer go through {@link fillNormalSerial}.
 *
 * float32 agrees with PyTorch on x86 in every bit. float64, and float32 below 16 elements, rest on the JavaScript
 * engine's logarithm, sine and cosine, which may differ from those of PyTorch's C library in the last bit: of a million
 * float64 numbers under Node 24, 94 % agreed in every bit and the rest within 3 units in the last place. Rounded to
 * float32, none of 150,000 differed.
 *
 * @param std - Standard deviation, at least 0.
 * @throws RangeError if `std` is negative or NaN.
 */
export function fillNormal(
  out: Float32Array | Float64Array,
  mean = 0,
  std = 1,
  generator: Generator = defaultGenerator,
): void {
  checkStd(std);
  if (out.length < BLOCK) {
    fillNormalSerial(out, mean, std, generator);
  } else if (out instanceof Float32Array) {
    const mean32 = f32(mean);
    const std32 = f32(std);
    fillBlocks(out, generator, (data, start) => transformBlockFloat(data, start, mean32, std32));
  } else {
    fillBlocks(out, generator, (data, start) => transformBlockDouble(data, start, mean, std));
  }
}

/**
 * Fills `out` with normally distributed numbers drawn one by one in double precision, as `normal_` fills a CPU tensor
 * that has fewer than 16 elements or is not contiguous. They come in pairs: the second of a pair waits in the generator
 * for the next number, also across calls.
 *
 * @throws RangeError if `std` is negative or NaN.
 */
export function fillNormalSerial(
  out: Float32Array | Float64Array,
  mean = 0,
  std = 1,
  generator: Generator = defaultGenerator,
): void {
  checkStd(std);
  for (let i = 0; i < out.length; i++) out[i] = fma64(nextNormal(generator), std, mean);
}

function nextNormal(generator: Generator): number {
  const cached = generator.cachedNormal;
  if (cached !== undefined) {
    generator.cachedNormal = undefined;
    return cached;
  }
  const theta = 2 * Math.PI * nextUniform(generator);
  const radius = Math.sqrt(-2 * Math.log1p(-nextUniform(generator)));
  generator.cachedNormal = radius * Math.sin(theta);
  return radius * Math.cos(theta);
}
