/** @file Generator: the CPU random number generator of PyTorch, its seeding and its state. */

import { Mt19937 } from "../../../kernels/mt19937.ts";
import { captureHook } from "../../autograd/capture-hook.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { type Kind, kind } from "../../core/kinds.ts";

/** The default seed of PyTorch's generators. */
const DEFAULT_SEED = 67280421310721n;

/** Sizes and positions in bytes of PyTorch's `CPUGeneratorImplState`, little-endian. */
const STATE = {
  size: 5056,
  seed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  wordCount: 624,
  normal: 5024,
  hasNormal: 5040,
} as const;

/** A seed as the unsigned 64-bit number it stands for; negative ones count from 2⁶⁴ down. */
function checkSeed(seed: number | bigint): bigint {
  if (typeof seed !== "bigint" && !Number.isInteger(seed)) {
    throw new ValueError(`[manualSeed] expected an integer or a bigint, but got ${describeValue(seed)}`);
  }
  const value = BigInt(seed);
  if (value < -(2n ** 63n) || value >= 2n ** 64n) {
    throw new ValueError(`[manualSeed] expected a seed in [-2^63, 2^64), but got ${value}`);
  }
  return BigInt.asUintN(64, value);
}

/**
 * A pseudorandom number generator, mt19937: the numbers of PyTorch's `torch.Generator()` on the CPU. Pass one as
 * `generator` to any function that draws random numbers.
 *
 * A new generator has PyTorch's default seed 67280421310721, so two new generators give the same numbers.
 *
 * @example
 * const generator = new Generator().manualSeed(42);
 * rand(3, { generator }); // tensor([0.8823, 0.9150, 0.3829])
 */
export class Generator {
  readonly #engine = new Mt19937();

  /**
   * Second number of the last Box-Muller pair, or undefined: normal numbers drawn one by one come in pairs, and the
   * second waits here for the next call.
   *
   * @internal
   */
  cachedNormal: number | undefined = undefined;

  #seed = 0n;

  constructor() {
    this.manualSeed(DEFAULT_SEED);
  }

  /** The mt19937 engine, for code that draws many numbers at once on the host. @internal */
  get engine(): Mt19937 {
    captureHook?.interrupt("random numbers were drawn on the host");
    return this.#engine;
  }

  /** The same for a kernel that draws them, which every call of a compiled function runs. @internal */
  get kernelEngine(): Mt19937 {
    captureHook?.stateUsed(this);
    return this.#engine;
  }

  /**
   * Sets the seed and drops the cached normal number.
   *
   * @param seed - An integer from −2⁶³ to 2⁶⁴ − 1. Only its low 32 bits choose the stream, as in PyTorch.
   * @throws ValueError for any other number.
   */
  manualSeed(seed: number | bigint): this {
    this.#seed = checkSeed(seed);
    this.#engine.seed(Number(BigInt.asIntN(32, this.#seed)));
    this.cachedNormal = undefined;
    return this;
  }

  /** The seed, from 0 to 2⁶⁴ − 1. */
  initialSeed(): bigint {
    return this.#seed;
  }

  /** Sets a seed from the entropy of the system, and returns it. */
  seed(): bigint {
    const seed = crypto.getRandomValues(new BigUint64Array(1))[0]!;
    this.manualSeed(seed);
    return seed;
  }

  /** The next 32 random bits, 0 … 2³² − 1. */
  random(): number {
    return this.engine.next();
  }

  /** The next 64 random bits: two draws, of which the first is the upper half. */
  random64(): bigint {
    const high = this.engine.next();
    return (BigInt(high) << 32n) | BigInt(this.engine.next());
  }

  /** The state of the generator: the 5056 bytes that PyTorch's `get_state()` returns. */
  getState(): Uint8Array {
    const bytes = new Uint8Array(STATE.size);
    const view = new DataView(bytes.buffer);
    const { words, left, next } = this.#engine.save();
    view.setBigUint64(STATE.seed, this.#seed, true);
    view.setInt32(STATE.left, left, true);
    view.setInt32(STATE.seeded, 1, true);
    view.setUint32(STATE.next, next, true);
    for (let i = 0; i < STATE.wordCount; i++) view.setInt32(STATE.words + 8 * i, words[i]!, true);
    if (this.cachedNormal !== undefined) {
      view.setFloat64(STATE.normal, this.cachedNormal, true);
      view.setInt32(STATE.hasNormal, 1, true);
    }
    return bytes;
  }

  /**
   * Restores a state of {@link getState} or of PyTorch.
   *
   * @throws RangeError for bytes that are not a valid state; the generator is then unchanged.
   */
  setState(state: Uint8Array): this {
    if (state.length !== STATE.size) {
      throw new RangeError(
        `Expected a CPUGeneratorImplState of size ${STATE.size} but found the input RNG state size to be ${state.length}`,
      );
    }
    const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
    const left = view.getInt32(STATE.left, true);
    const next = view.getUint32(STATE.next, true);
    // Between two draws the two counters move together; only a fresh seed has `next` at 0.
    const consistent = left + next === STATE.wordCount + 1 || (left === 1 && next === 0);
    if (view.getInt32(STATE.seeded, true) === 0 || left < 1 || left > STATE.wordCount || !consistent) {
      throw new RangeError("Invalid mt19937 state");
    }
    const words = new Int32Array(STATE.wordCount);
    for (let i = 0; i < words.length; i++) words[i] = view.getInt32(STATE.words + 8 * i, true);
    this.#engine.restore({ words, left, next });
    this.#seed = view.getBigUint64(STATE.seed, true);
    const hasNormal = view.getInt32(STATE.hasNormal, true) !== 0;
    this.cachedNormal = hasNormal ? view.getFloat64(STATE.normal, true) : undefined;
    return this;
  }
  // Libraries that wrap plain objects in a Proxy, as Vue does, leave others alone.
  static {
    Object.defineProperty(Generator.prototype, Symbol.toStringTag, { value: "Generator" });
  }
}

/**
 * The generator of every random function that is not given another one. Its first seed comes from the entropy of the
 * system, as in PyTorch: call {@link manualSeed} for the same numbers in every run.
 */
export const defaultGenerator: Generator = new Generator();
defaultGenerator.seed();

/**
 * Sets the seed of the {@link defaultGenerator} and returns that generator.
 *
 * @param seed - An integer from −2⁶³ to 2⁶⁴ − 1. Only its low 32 bits choose the stream, as in PyTorch.
 * @throws ValueError for any other number.
 * @example
 * manualSeed(0);
 * rand(3); // tensor([0.4963, 0.7682, 0.0885])
 */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator.manualSeed(seed);
}

/** The kind of the argument `generator`. */
export const aGenerator: Kind<Generator> = kind("a Generator", (value) => value instanceof Generator);
