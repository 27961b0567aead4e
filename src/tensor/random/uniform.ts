/** @file Uniform, Bernoulli and exponential random numbers. */
import { fma32, fma64 } from "./fma.ts";
import { defaultGenerator, type Generator } from "./generator.ts";

const MAX_FLOAT32 = 3.4028234663852886e38;

/** Raw words on their way into numbers: few enough to stay in the fastest cache. */
const words = new Int32Array(1024);

/** Calls `body(start, end)` for consecutive ranges of 0 … length, each time with `perItem` fresh words per item. */
export function drawInChunks(
  generator: Generator,
  length: number,
  perItem: 1 | 2,
  body: (words: Int32Array, start: number, end: number) => void,
): void {
  const step = words.length / perItem;
  for (let start = 0; start < length; start += step) {
    const end = Math.min(start + step, length);
    generator.engine.fill(words, (end - start) * perItem);
    body(words, start, end);
  }
}

/** The low 24 bits of a word as a number in [0, 1). */
function unit24(word: number): number {
  return (word & 0xffffff) * 2 ** -24;
}

/** The low 53 bits of a pair of words, upper half first, as a number in [0, 1). */
function unit53(high: number, low: number): number {
  return (high & 0x1fffff) * 2 ** -21 + (low >>> 0) * 2 ** -53;
}

/** One uniform double in [0, 1): two draws. */
export function nextUniform(generator: Generator): number {
  const high = generator.engine.next();
  return unit53(high, generator.engine.next());
}

/**
 * Fills `out` with numbers distributed uniformly over [from, to), the same as PyTorch's `uniform_`: 24 random bits of
 * one draw for float32, 53 bits of two draws for float64.
 *
 * PyTorch fills a tensor in the order of its memory, also where that is not the order of its elements. Rounding may give
 * `to` itself, as it may in PyTorch.
 *
 * @throws RangeError if the bounds are not finite in the precision of `out`, if from > to, or if to − from overflows.
 */
export function fillUniform(
  out: Float32Array | Float64Array,
  from = 0,
  to = 1,
  generator: Generator = defaultGenerator,
): void {
  checkBounds(out, from, to);
  if (out instanceof Float32Array) {
    const low = Math.fround(from);
    const range = Math.fround(Math.fround(to) - low);
    drawInChunks(generator, out.length, 1, (words, start, end) => {
      for (let i = start; i < end; i++) out[i] = fma32(unit24(words[i - start]!), range, low);
    });
  } else {
    const range = to - from;
    drawInChunks(generator, out.length, 2, (words, start, end) => {
      for (let i = start, w = 0; i < end; i++, w += 2) out[i] = fma64(unit53(words[w]!, words[w + 1]!), range, from);
    });
  }
}

function checkBounds(out: Float32Array | Float64Array, from: number, to: number): void {
  const [name, title, max] =
    out instanceof Float32Array ? ["float", "Float", MAX_FLOAT32] : ["double", "Double", Number.MAX_VALUE];
  if (!(Math.abs(from) <= max)) throw new RangeError(`from is out of bounds for ${name}`);
  if (!(Math.abs(to) <= max)) throw new RangeError(`to is out of bounds for ${name}`);
  if (from > to) {
    throw new RangeError(`uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`);
  }
  if (to - from > max) {
    throw new RangeError(
      `uniform_ expects to-from <= std::numeric_limits<${title}>::max(), but found to=${to} and from=${from} which result in to-from to exceed the limit`,
    );
  }
}

/**
 * Fills `out` with Bernoulli samples, 1 with probability `p` and else 0: PyTorch's `bernoulli_`.
 *
 * One probability for all is compared with 53-bit uniform numbers, two draws each, whatever the type of `out`: this is
 * what dropout does. An array of them, one per element, is compared in its own precision: one draw each for float32.
 *
 * @throws RangeError if a probability is outside [0, 1], or if there are not as many as elements.
 */
export function fillBernoulli(
  out: Float32Array | Float64Array | Int32Array | Uint8Array,
  p: number | Float32Array | Float64Array,
  generator: Generator = defaultGenerator,
): void {
  if (typeof p === "number") {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`bernoulli_ expects p to be in [0, 1], but got p=${p}`);
    drawInChunks(generator, out.length, 2, (words, start, end) => {
      for (let i = start, w = 0; i < end; i++, w += 2) out[i] = unit53(words[w]!, words[w + 1]!) < p ? 1 : 0;
    });
    return;
  }
  if (p.length !== out.length) {
    throw new RangeError(`bernoulli_ expects one p per element, but got ${p.length} for ${out.length} elements`);
  }
  const bad = p.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad >= 0) throw new RangeError(`bernoulli_ expects p to be in [0, 1], but got p=${p[bad]}`);
  if (p instanceof Float32Array) {
    drawInChunks(generator, out.length, 1, (words, start, end) => {
      for (let i = start; i < end; i++) out[i] = unit24(words[i - start]!) < p[i]! ? 1 : 0;
    });
  } else {
    drawInChunks(generator, out.length, 2, (words, start, end) => {
      for (let i = start, w = 0; i < end; i++, w += 2) out[i] = unit53(words[w]!, words[w + 1]!) < p[i]! ? 1 : 0;
    });
  }
}

/**
 * Fills `out` with exponentially distributed numbers of mean 1/lambda: PyTorch's `exponential_`, −ln(1 − u)/lambda of a
 * 53-bit uniform u, two draws each.
 *
 * @throws RangeError if lambda is not positive.
 */
export function fillExponential(
  out: Float32Array | Float64Array,
  lambda = 1,
  generator: Generator = defaultGenerator,
): void {
  if (!(lambda > 0)) throw new RangeError(`exponential_ expects lambda > 0.0, but found lambda=${lambda}`);
  const scale = -1 / lambda;
  drawInChunks(generator, out.length, 2, (words, start, end) => {
    for (let i = start, w = 0; i < end; i++, w += 2) out[i] = scale * Math.log(1 - unit53(words[w]!, words[w + 1]!));
  });
}
