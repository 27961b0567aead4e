/** @file Random integers: uniform, permutations and multinomial samples. */
import type { DType } from "../../../kernels/backend.ts";
import { integers, permutation } from "../../../kernels/reference/random.ts";
import { defaultGenerator, type Generator } from "./generator.ts";
import { fillExponential, nextUniform } from "./uniform.ts";

/** From here on an integer takes two draws. */
export const TWO_32 = 2n ** 32n;

type IntegerTarget = Float32Array | Float64Array | Int32Array | Uint8Array;

function dtypeOf(out: IntegerTarget): DType {
  if (out instanceof Uint8Array) return "uint8";
  if (out instanceof Int32Array) return "int32";
  return out instanceof Float32Array ? "float32" : "float64";
}

/** Bounds of what a dtype holds, and PyTorch's name of it. */
function limitsOf(dtype: DType): { name: string; min: bigint; max: bigint; digits: number } {
  if (dtype === "uint8" || dtype === "bool") return { name: "unsigned char", min: 0n, max: 255n, digits: 64 };
  if (dtype === "int32") return { name: "int", min: -(2n ** 31n), max: 2n ** 31n - 1n, digits: 64 };
  return { name: "long", min: -(2n ** 63n), max: 2n ** 63n - 1n, digits: dtype === "float32" ? 24 : 53 };
}

/** The nearest integer to `value` that a float of 24 or 53 bits holds. */
function roundTo(digits: number, value: bigint): bigint {
  return BigInt(digits === 24 ? Math.fround(Number(value)) : Number(value));
}

/** Distance of neighbouring floats of `digits` bits at |value|: PyTorch's step away from a bound that rounds over. */
function stepAt(digits: number, value: bigint): bigint {
  const size = value < 0n ? -value : value;
  return 2n ** BigInt(size.toString(2).length - digits);
}

/**
 * Fills `out` with integers distributed uniformly over low … high − 1: PyTorch's `randint`.
 *
 * One draw each while high − low is below 2³², from there on two. An `Int32Array` stands for PyTorch's int64 here, so
 * this rule holds for it too. Floats take bounds up to ±2⁶³; those that they cannot hold exactly are moved inwards, as
 * in PyTorch, so that no number reaches `high` by rounding.
 *
 * @throws RangeError if the bounds are no integers, if low ≥ high, or if `out` cannot hold low and high − 1. Whether a
 * `Uint8Array` holds booleans is not known here: their bounds are the caller's to check.
 */
export function fillRandint(
  out: IntegerTarget,
  low: number,
  high: number,
  generator: Generator = defaultGenerator,
): void {
  const { from, range } = rangeOf(dtypeOf(out), low, high);
  if (range < TWO_32) integers(out, Number(from), Number(range), generator.engine);
  else fillFromTwoDraws(out, from, range, generator);
}

/**
 * The first of the integers that {@link fillRandint} draws from, and how many there are.
 *
 * @throws RangeError as it says.
 */
export function rangeOf(dtype: DType, low: number, high: number): { from: bigint; range: bigint } {
  for (const bound of [low, high]) {
    if (!Number.isInteger(bound)) throw new RangeError(`randint expects integer bounds, but got ${bound}`);
  }
  if (low >= high) {
    throw new RangeError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  }
  const { name, min, max, digits } = limitsOf(dtype);
  let from = BigInt(low);
  let to = BigInt(high);
  if (from < min || from > max) throw new RangeError(`from is out of bounds for ${name}`);
  if (to - 1n > max) throw new RangeError(`to - 1 is out of bounds for ${name}`);
  if (digits < 64) {
    const next = roundTo(digits, from + 1n);
    if (next < from) from = next + stepAt(digits, from + 1n);
    const last = roundTo(digits, to - 1n);
    if (last >= to) to = last - stepAt(digits, to - 1n);
    if (from >= to) {
      throw new RangeError(
        `random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got from=${from} >= to=${to}`,
      );
    }
  }
  return { from, range: to - from };
}

function fillFromTwoDraws(out: IntegerTarget, from: bigint, range: bigint, generator: Generator): void {
  for (let i = 0; i < out.length; i++) out[i] = Number((generator.random64() % range) + from);
}

/**
 * A random order of 0 … n − 1, the same as PyTorch's `randperm`: n − 1 draws.
 *
 * @param n - How many, below 2³¹.
 * @throws RangeError if `n` is not such a number.
 */
export function randperm(n: number, generator: Generator = defaultGenerator): Int32Array {
  checkLength(n);
  const order = new Int32Array(n);
  permutation(order, generator.engine);
  return order;
}

/** @throws RangeError if there is no permutation of so many. */
export function checkLength(n: number): void {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31) {
    throw new RangeError(`randperm expects an integer n from 0 to 2^31 - 1, but got ${n}`);
  }
}

/**
 * Indices drawn with probabilities proportional to `weights`, the same as PyTorch's `multinomial` of one row. A
 * matrix is handled row by row. The precision of the weights counts: PyTorch's `WeightedRandomSampler` uses float64.
 *
 * With replacement each choice takes two draws. Without, each weight takes two draws, whatever `count` is, and the
 * chosen positions come in falling order of weight/exponential number; where `count` exceeds the number of positive
 * weights, the order of those of weight 0 is not PyTorch's.
 *
 * @throws RangeError if a weight is negative or not finite, if all are 0, if count < 1, or if count exceeds the number
 * of weights without replacement.
 */
export function multinomial(
  weights: Float32Array | Float64Array,
  count: number,
  replacement = false,
  generator: Generator = defaultGenerator,
): Int32Array {
  if (!Number.isInteger(count)) throw new RangeError(`multinomial expects an integer n_sample, but got ${count}`);
  if (count <= 0) throw new RangeError("cannot sample n_sample <= 0 samples");
  if (!replacement && count > weights.length) {
    throw new RangeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement");
  }
  let largest = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError("probability tensor contains either `inf`, `nan` or element < 0");
    }
    if (weight > largest) largest = weight;
  }
  if (largest === 0) throw new RangeError("invalid multinomial distribution (sum of probabilities <= 0)");
  return replacement ? chooseAgain(weights, count, generator) : chooseOnce(weights, count, generator);
}

/** With replacement: each uniform number is looked up in the cumulative distribution, by bisection. */
function chooseAgain(weights: Float32Array | Float64Array, count: number, generator: Generator): Int32Array {
  const cumulative = weights.slice();
  // Each sum is stored in the precision of the weights before the next is added, as PyTorch does.
  for (let i = 1; i < cumulative.length; i++) cumulative[i] = cumulative[i - 1]! + weights[i]!;
  const total = cumulative[cumulative.length - 1]!;
  for (let i = 0; i < cumulative.length; i++) cumulative[i] = cumulative[i]! / total;
  cumulative[cumulative.length - 1] = 1;

  const chosen = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const uniform = nextUniform(generator);
    let left = 0;
    let right = cumulative.length;
    while (left < right) {
      const middle = (left + right) >>> 1;
      if (cumulative[middle]! < uniform) left = middle + 1;
      else right = middle;
    }
    chosen[i] = left;
  }
  return chosen;
}

/** Without replacement: the largest quotients of a weight and an exponentially distributed number win. */
function chooseOnce(weights: Float32Array | Float64Array, count: number, generator: Generator): Int32Array {
  const score = weights.slice();
  fillExponential(score, 1, generator);
  for (let i = 0; i < score.length; i++) score[i] = weights[i]! / score[i]!;
  // Those that are no smaller than the last one chosen, of which some may be equal to it.
  const least = score.toSorted()[score.length - count]!;
  const order: number[] = [];
  for (let i = 0; i < score.length; i++) if (score[i]! >= least) order.push(i);
  return Int32Array.from(order.sort((a, b) => score[b]! - score[a]!).slice(0, count));
}
