/** @file Uniform, Bernoulli and exponential random numbers. */
import type { DType } from "../../../kernels/backend.ts";
import { bernoulli, bernoulliOf, exponential, uniform, unit53 } from "../../../kernels/reference/random.ts";
import { defaultGenerator, type Generator } from "./generator.ts";

const MAX_FLOAT32 = 3.4028234663852886e38;

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
  checkBounds(out instanceof Float32Array ? "float32" : "float64", from, to);
  uniform(out, from, to, generator.engine);
}

/** @throws RangeError as {@link fillUniform}. */
export function checkBounds(dtype: DType, from: number, to: number): void {
  const [name, title, max] =
    dtype === "float32" ? ["float", "Float", MAX_FLOAT32] : ["double", "Double", Number.MAX_VALUE];
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
    checkProbability(p);
    bernoulli(out, p, 1, generator.engine);
    return;
  }
  if (p.length !== out.length) {
    throw new RangeError(`bernoulli_ expects one p per element, but got ${p.length} for ${out.length} elements`);
  }
  for (const value of p) checkProbability(value);
  bernoulliOf(out, p, generator.engine);
}

/** @throws RangeError for a probability outside [0, 1]. */
export function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`bernoulli_ expects p to be in [0, 1], but got p=${p}`);
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
  exponential(out, -1 / lambda, generator.engine);
}
