/** @file Samplers: in which order a loader goes through a data set. The same numbers as PyTorch's from the same seed. */

import { keyword, readArgument, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { type Kind, kind } from "../core/kinds.ts";
import type { Generator } from "../tensor/random/generator.ts";
import { aGenerator } from "../tensor/random/generator.ts";
import { fillRandint, multinomial, randperm } from "../tensor/random/integers.ts";
import { samplerGenerator } from "../tensor/random/sampling.ts";
import {
  aNumberList,
  aSized,
  checkBoolean,
  checkPositiveInteger,
  type GeneratorOption,
  generatorOf,
} from "./arguments.ts";

/** A value that is checked elsewhere. */
const anything: Kind<unknown> = kind("a value", () => true);

/** Indices one after the other. */
const anOrder: Kind<Iterable<number>> = kind(
  "a sampler, or other iterable of indices",
  (value) => typeof value === "object" && value !== null && Symbol.iterator in value,
);

/** Anything that knows how many elements it has: a data set, an array. */
export interface Sized {
  readonly length: number;
}

/** Base of all samplers: an order of indices, or of batches of them, that can be walked any number of times. */
export abstract class Sampler<T = number> implements Iterable<T> {
  /** How many elements one walk gives. */
  abstract get length(): number;
  abstract [Symbol.iterator](): Iterator<T>;
  // Libraries that wrap plain objects in a Proxy, as Vue does, leave others alone.
  static {
    Object.defineProperty(Sampler.prototype, Symbol.toStringTag, { value: "Sampler" });
  }
}

/** 0, 1, 2, … */
export class SequentialSampler extends Sampler {
  readonly dataSource: Sized;

  constructor(dataSource: Sized) {
    super();
    this.dataSource = readArgument("SequentialSampler", "dataSource", aSized, dataSource);
  }

  get length(): number {
    return this.dataSource.length;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (let i = 0; i < this.dataSource.length; i++) yield i;
  }
}

const RANDOM = signature("RandomSampler", {
  dataSource: required(aSized),
  // Their values are checked in PyTorch's words.
  replacement: keyword(anything as Kind<boolean>, false),
  numSamples: keyword(anything as Kind<number>),
  generator: keyword(aGenerator),
});

const WEIGHTED = signature("WeightedRandomSampler", {
  replacement: keyword(anything as Kind<boolean>, true),
  generator: keyword(aGenerator),
});

export interface RandomSamplerOptions {
  /** Whether an index may come again before all others had their turn. Default false. */
  readonly replacement?: boolean | undefined;
  /** How many indices one walk gives. Default: as many as the data source has elements. */
  readonly numSamples?: number | undefined;
  /** Default: at each walk a fresh one, seeded from the default generator. */
  readonly generator?: Generator | undefined;
}

/** A random order; with replacement, random indices. */
export class RandomSampler extends Sampler {
  readonly dataSource: Sized;
  readonly replacement: boolean;
  readonly generator: Generator | undefined;
  readonly #numSamples: number | undefined;

  /** @throws ValueError if `numSamples`, or the number of elements, is not positive. */
  constructor(dataSource: Sized, options: RandomSamplerOptions = {}) {
    super();
    const { replacement, numSamples, generator } = RANDOM.read([dataSource, options]);
    this.dataSource = dataSource;
    this.replacement = replacement;
    this.generator = generator;
    this.#numSamples = numSamples;
    checkBoolean("RandomSampler", "replacement", this.replacement);
    checkPositiveInteger("RandomSampler", "num_samples", this.numSamples);
  }

  /** How many indices one walk gives. Follows the data source if that grows. */
  get numSamples(): number {
    return this.#numSamples ?? this.dataSource.length;
  }

  get length(): number {
    return this.numSamples;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    const { numSamples } = this;
    const n = this.dataSource.length;
    const generator = samplerGenerator(this.generator);
    if (this.replacement) {
      // PyTorch draws 32 at a time, so a walk that is left early has used up the draws of whole chunks.
      for (let left = numSamples; left > 0; left -= 32) {
        const chunk = new Int32Array(Math.min(left, 32));
        fillRandint(chunk, 0, n, generator);
        yield* chunk;
      }
      return;
    }
    for (let round = 0; round < Math.floor(numSamples / n); round++) yield* randperm(n, generator);
    // PyTorch draws this last permutation even if no number of it is used, and the next walk feels it.
    yield* randperm(n, generator).subarray(0, numSamples % n);
  }
}

/** Given indices in a random order. */
export class SubsetRandomSampler extends Sampler {
  readonly indices: readonly number[];
  readonly generator: Generator | undefined;

  constructor(indices: readonly number[], generator: GeneratorOption = {}) {
    super();
    this.indices = readArgument("SubsetRandomSampler", "indices", aNumberList, indices);
    this.generator = generatorOf("SubsetRandomSampler", generator);
  }

  get length(): number {
    return this.indices.length;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (const i of randperm(this.indices.length, this.generator)) yield this.indices[i] as number;
  }
}

export interface WeightedRandomSamplerOptions {
  /** Whether an index may come more than once. Default true. */
  readonly replacement?: boolean | undefined;
  readonly generator?: Generator | undefined;
}

/** Indices 0 … weights.length−1, drawn with probabilities in proportion to their weights. */
export class WeightedRandomSampler extends Sampler {
  readonly weights: Float64Array;
  readonly numSamples: number;
  readonly replacement: boolean;
  readonly generator: Generator | undefined;

  /**
   * @param weights not negative, not all 0; they need not sum to 1
   * @param numSamples how many indices one walk gives
   * @throws ValueError if the weights or the count cannot be used
   */
  constructor(weights: ArrayLike<number>, numSamples: number, options: WeightedRandomSamplerOptions = {}) {
    super();
    checkPositiveInteger("WeightedRandomSampler", "num_samples", numSamples);
    this.weights = Float64Array.from(readArgument("WeightedRandomSampler", "weights", aNumberList, weights));
    this.numSamples = numSamples;
    const { replacement, generator } = WEIGHTED.read([options]);
    this.replacement = replacement;
    this.generator = generator;
    checkBoolean("WeightedRandomSampler", "replacement", this.replacement);
  }

  get length(): number {
    return this.numSamples;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    yield* this.#draw();
  }

  #draw(): Int32Array {
    try {
      return multinomial(this.weights, this.numSamples, this.replacement, this.generator);
    } catch (error) {
      throw error instanceof RangeError ? new ValueError(`[WeightedRandomSampler] ${error.message}`) : error;
    }
  }
}

/** Batches of another sampler's indices. */
export class BatchSampler extends Sampler<number[]> {
  readonly sampler: Iterable<number>;
  readonly batchSize: number;
  readonly dropLast: boolean;

  /**
   * @param sampler any iterable of indices
   * @param dropLast whether a last batch that is not full is left out
   * @throws ValueError if `batchSize` is not a positive integer
   */
  constructor(sampler: Iterable<number>, batchSize: number, dropLast = false) {
    super();
    readArgument("BatchSampler", "sampler", anOrder, sampler);
    checkPositiveInteger("BatchSampler", "batch_size", batchSize);
    checkBoolean("BatchSampler", "drop_last", dropLast);
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  /** @throws ValueError if the sampler does not know its length. */
  get length(): number {
    const batches = lengthOf("BatchSampler", this.sampler) / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  *[Symbol.iterator](): IterableIterator<number[]> {
    let batch: number[] = [];
    for (const index of this.sampler) {
      if (batch.push(index) < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }
}

/** How many elements an iterable says it has: its `length`, or the `size` of a Set. */
export function lengthOf(op: string, iterable: Iterable<unknown>): number {
  for (const name of ["length", "size"]) {
    const value: unknown = Reflect.get(iterable, name);
    if (typeof value === "number") return value;
  }
  throw new ValueError(`[${op}] this sampler has no length. Give it a "length" to ask for the number of batches.`);
}
