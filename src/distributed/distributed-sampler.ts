/** @file DistributedSampler: the part of a dataset that is a rank's own. */
import { optional, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aBoolean, anInteger, aSize, type Kind, kind } from "../core/kinds.ts";
import { Sampler, type Sized } from "../data/sampler.ts";
import { Generator } from "../tensor/random/generator.ts";
import { randperm } from "../tensor/random/integers.ts";
import { defaultGroup } from "./process-group.ts";

/** Options of {@link DistributedSampler}. */
export interface DistributedSamplerOptions {
  /** Number of processes that take part. Default: the world size. */
  readonly numReplicas?: number | undefined;
  /** Rank of this process among them. Default: its rank. */
  readonly rank?: number | undefined;
  /** Shuffle the indices in every epoch. Default true. */
  readonly shuffle?: boolean | undefined;
  /** Seed of the shuffling: the same on all ranks. Default 0. */
  readonly seed?: number | undefined;
  /**
   * Drop the tail of the data, so that it is evenly divisible across the ranks. If false, the first indices are added
   * once more instead. Default false.
   */
  readonly dropLast?: boolean | undefined;
}

const aDataset: Kind<Sized> = kind(
  "something with a length: a dataset or an array",
  (value) => typeof value === "object" && value !== null && "length" in value && typeof value.length === "number",
);

const SAMPLER = signature("DistributedSampler", {
  dataset: required(aDataset),
  numReplicas: optional(aSize),
  rank: optional(aSize),
  shuffle: optional(aBoolean, true),
  seed: optional(anInteger, 0),
  dropLast: optional(aBoolean, false),
});

/**
 * Samples the part of a dataset that belongs to one rank. All parts have the same length, and the order is PyTorch's for
 * the same seed and epoch. Call {@link setEpoch} before every epoch: otherwise all have the same order.
 *
 * @example
 * const sampler = new DistributedSampler({ length: 5 }, { numReplicas: 2, rank: 0, shuffle: false });
 * [...sampler]; // [0, 2, 4]
 * [...new DistributedSampler({ length: 5 }, { numReplicas: 2, rank: 1, shuffle: false })]; // [1, 3, 0]
 */
export class DistributedSampler extends Sampler {
  /** The dataset, or anything else with a length. */
  readonly dataset: Sized;
  /** Number of processes that take part. */
  readonly numReplicas: number;
  /** Rank of this process among them. */
  readonly rank: number;
  /** Whether the indices are shuffled. */
  readonly shuffle: boolean;
  /** Seed of the shuffling. */
  readonly seed: number;
  /** Whether the tail of the data is dropped. */
  readonly dropLast: boolean;
  /** The epoch, as {@link setEpoch} set it. */
  epoch = 0;

  /** @throws ValueError for a rank outside 0 … numReplicas − 1 */
  constructor(dataset: Sized, options: DistributedSamplerOptions = {}) {
    super();
    const given = SAMPLER.read([dataset, options]);
    this.dataset = dataset;
    this.numReplicas = given.numReplicas ?? defaultGroup("DistributedSampler").size;
    this.rank = given.rank ?? defaultGroup("DistributedSampler").rank;
    this.shuffle = given.shuffle;
    this.seed = given.seed;
    this.dropLast = given.dropLast;
    if (this.rank >= this.numReplicas) {
      throw new ValueError(
        `[DistributedSampler] Invalid rank ${this.rank}, rank should be in the interval [0, ${this.numReplicas - 1}]`,
      );
    }
  }

  /** Number of samples of this rank per epoch. */
  get numSamples(): number {
    const { length } = this.dataset;
    const whole = this.dropLast ? length - (length % this.numReplicas) : length;
    return Math.ceil(whole / this.numReplicas);
  }

  get length(): number {
    return this.numSamples;
  }

  /**
   * Sets the epoch, on which the order depends when shuffling.
   *
   * @example
   * const sampler = new DistributedSampler({ length: 6 }, { numReplicas: 2, rank: 0 });
   * sampler.setEpoch(1);
   * sampler.epoch; // 1
   */
  setEpoch(epoch: number): void {
    this.epoch = epoch;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    const { length } = this.dataset;
    const order = this.shuffle ? randperm(length, new Generator().manualSeed(this.seed + this.epoch)) : null;
    for (let i = this.rank; i < this.numSamples * this.numReplicas; i += this.numReplicas) {
      const index = i % length;
      yield order === null ? index : (order[index] as number);
    }
  }
}
