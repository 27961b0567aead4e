/** @file Samplers. */
import { isOptions, keyword, optional, readArgument, required, signature } from "../core/arguments.ts";
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
const anything: Kind<unknown> = kind("a value", (value) => !isOptions(value));

/** Indices one after the other. */
const anOrder: Kind<Iterable<number>> = kind(
  "a sampler, or other iterable of indices",
  (value) => typeof value === "object" && value !== null && Symbol.iterator in value,
);

/** Anything with a length: a dataset, an array. */
export interface Sized {
  /** Number of elements. */
  readonly length: number;
}

/**
 * Base class of samplers: an iterable of indices, or of batches of them, that can be iterated any number of times.
 *
 * @example
 * class Evens extends data.Sampler {
 *   readonly length = 3;
 *   *[Symbol.iterator]() {
 *     yield* [0, 2, 4];
 *   }
 * }
 * [...new Evens()]; // [0, 2, 4]
 */
export abstract class Sampler<T = number> implements Iterable<T> {
  /** Number of elements per epoch. */
  abstract get length(): number;
  abstract [Symbol.iterator](): Iterator<T>;
  // Libraries that wrap plain objects in a Proxy, as Vue does, leave others alone.
  static {
    Object.defineProperty(Sampler.prototype, Symbol.toStringTag, { value: "Sampler" });
  }
}

/**
 * Samples elements sequentially: 0, 1, 2, …
 *
 * @example
 * [...new data.SequentialSampler(["a", "b", "c"])]; // [0, 1, 2]
 */
export class SequentialSampler extends Sampler {
  /** The dataset, or anything else with a length. */
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
  numSamples: required(anything as Kind<number>),
  replacement: optional(anything as Kind<boolean>, true),
  generator: keyword(aGenerator),
});

const BATCHES = signature("BatchSampler", {
  batchSize: required(anything as Kind<number>),
  dropLast: optional(anything as Kind<boolean>, false),
});

/** Arguments of {@link BatchSampler} by name. */
export interface BatchSamplerOptions {
  /** Size of a batch. */
  readonly batchSize: number;
  /** Drop the last batch if it is incomplete. Default false. */
  readonly dropLast?: boolean | undefined;
}

/** Options of {@link RandomSampler}. */
export interface RandomSamplerOptions {
  /** Draw samples with replacement. Default false. */
  readonly replacement?: boolean | undefined;
  /** Number of samples to draw per epoch. Default: the length of the data source. */
  readonly numSamples?: number | undefined;
  /** Generator of the random order. Default: a new one each epoch, seeded from the default generator. */
  readonly generator?: Generator | undefined;
}

/**
 * Samples elements randomly, without or with replacement. The order is PyTorch's for the same seed.
 *
 * @example
 * manualSeed(0);
 * [...new data.RandomSampler({ length: 6 })]; // [0, 1, 2, 3, 5, 4]
 */
export class RandomSampler extends Sampler {
  /** The dataset, or anything else with a length. */
  readonly dataSource: Sized;
  /** Whether samples are drawn with replacement. */
  readonly replacement: boolean;
  /** Generator of the random order; undefined for the default generator. */
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

  /** Number of samples per epoch; follows the length of the data source unless it was given. */
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
      // PyTorch draws 32 at a time, so an epoch that is left early has used up the draws of whole chunks.
      for (let left = numSamples; left > 0; left -= 32) {
        const chunk = new Int32Array(Math.min(left, 32));
        fillRandint(chunk, 0, n, generator);
        yield* chunk;
      }
      return;
    }
    for (let round = 0; round < Math.floor(numSamples / n); round++) yield* randperm(n, generator);
    // PyTorch draws this last permutation even if no number of it is used, so it affects the draws of the next epoch.
    yield* randperm(n, generator).subarray(0, numSamples % n);
  }
}

/**
 * Samples elements randomly from a list of indices, without replacement. The order is PyTorch's for the same seed.
 *
 * @example
 * manualSeed(0);
 * [...new data.SubsetRandomSampler([10, 20, 30, 40])]; // [10, 20, 40, 30]
 */
export class SubsetRandomSampler extends Sampler {
  /** The indices. */
  readonly indices: readonly number[];
  /** Generator of the random order; undefined for the default generator. */
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

/** Options of {@link WeightedRandomSampler}. */
export interface WeightedRandomSamplerOptions {
  /** Draw samples with replacement. Default true. */
  readonly replacement?: boolean | undefined;
  /** Generator of the draws. Default: the default generator. */
  readonly generator?: Generator | undefined;
}

/**
 * Samples indices from 0 to weights.length − 1 with the given probabilities (weights). The draws are PyTorch's for the same
 * seed.
 *
 * @example
 * manualSeed(0);
 * [...new data.WeightedRandomSampler([1, 0, 3], 6)]; // [2, 2, 2, 2, 2, 2]
 */
export class WeightedRandomSampler extends Sampler {
  /** The weights, not necessarily summing to 1. */
  readonly weights: Float64Array;
  /** Number of samples per epoch. */
  readonly numSamples: number;
  /** Whether samples are drawn with replacement. */
  readonly replacement: boolean;
  /** Generator of the draws; undefined for the default generator. */
  readonly generator: Generator | undefined;

  /**
   * @param weights not negative, not all 0; they need not sum to 1
   * @param numSamples number of samples per epoch
   * @throws ValueError if the weights or the count cannot be used
   */
  constructor(weights: ArrayLike<number>, numSamples: number, options?: WeightedRandomSamplerOptions);
  constructor(
    weights: ArrayLike<number>,
    numSamples: number,
    replacement: boolean,
    options?: WeightedRandomSamplerOptions,
  );
  constructor(
    weights: ArrayLike<number>,
    options: WeightedRandomSamplerOptions & {
      /** Number of samples per epoch. */
      readonly numSamples: number;
    },
  );
  constructor(weights: ArrayLike<number>, ...given: readonly unknown[]) {
    super();
    const { numSamples, replacement, generator } = WEIGHTED.read(given);
    checkPositiveInteger("WeightedRandomSampler", "num_samples", numSamples);
    this.weights = Float64Array.from(readArgument("WeightedRandomSampler", "weights", aNumberList, weights));
    this.numSamples = numSamples;
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

/**
 * Wraps another sampler to yield batches of indices.
 *
 * @example
 * [...new data.BatchSampler([0, 1, 2, 3, 4], 2)]; // [[0, 1], [2, 3], [4]]
 * [...new data.BatchSampler([0, 1, 2, 3, 4], 2, true)]; // [[0, 1], [2, 3]]
 */
export class BatchSampler extends Sampler<number[]> {
  /** The wrapped sampler: any iterable of indices. */
  readonly sampler: Iterable<number>;
  /** Size of a batch. */
  readonly batchSize: number;
  /** Whether the last incomplete batch is dropped. */
  readonly dropLast: boolean;

  /**
   * @param sampler any iterable of indices
   * @param dropLast whether a last batch that is not full is left out
   * @throws ValueError if `batchSize` is not a positive integer
   */
  constructor(sampler: Iterable<number>, batchSize: number, dropLast?: boolean);
  constructor(sampler: Iterable<number>, options: BatchSamplerOptions);
  constructor(sampler: Iterable<number>, batchSize: number, options?: Omit<BatchSamplerOptions, "batchSize">);
  constructor(sampler: Iterable<number>, ...given: readonly unknown[]) {
    super();
    const { batchSize, dropLast } = BATCHES.read(given);
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
