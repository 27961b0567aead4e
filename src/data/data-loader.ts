/** @file The loader: goes through a data set in batches, in an order that a sampler gives. */
import { keyword, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { DataError, ValueError } from "../core/errors.ts";
import { type Kind, kind, REFUSED } from "../core/kinds.ts";
import { isTurnDue, nextTurn } from "../platform/event-loop.ts";
import { Generator } from "../tensor/random/generator.ts";
import { drawSeed } from "../tensor/random/sampling.ts";
import { aDataset } from "./arguments.ts";
import { type Batch, defaultCollate } from "./collate.ts";
import type { Dataset } from "./dataset.ts";
import { IterableDataset, lengthInBatches, listsOf, listsOfAsync } from "./iterable-dataset.ts";
import { BatchSampler, lengthOf, RandomSampler, SequentialSampler } from "./sampler.ts";

export interface DataLoaderOptions<Sample, Collated> {
  /** Samples in a batch. Default 1. */
  readonly batchSize?: number | undefined;
  /** Whether every walk has a new random order. Default false. */
  readonly shuffle?: boolean | undefined;
  /** Whether a last batch that is not full is left out. Default false. */
  readonly dropLast?: boolean | undefined;
  /** The order of the samples: any iterable of indices. Not together with `shuffle`. */
  readonly sampler?: Iterable<number> | undefined;
  /** The batches: any iterable of lists of indices. Not together with `batchSize`, `shuffle`, `sampler`, `dropLast`. */
  readonly batchSampler?: Iterable<readonly number[]> | undefined;
  /** Makes a batch of samples. Default {@link defaultCollate}. */
  readonly collateFn?: ((samples: Sample[]) => Collated) | undefined;
  /** Where the order comes from. Default: the default generator gives a seed for each walk. */
  readonly generator?: Generator | undefined;
}

/** A value that {@link checkDataset} or {@link readOptions} checks, in PyTorch's words. */
const unchecked = <T>(): Kind<T> => kind("a value", () => true);

const LOADER = signature("DataLoader", {
  batchSize: keyword(unchecked<number>(), 1),
  shuffle: keyword(unchecked<boolean>(), false),
  dropLast: keyword(unchecked<boolean>(), false),
  sampler: keyword(unchecked<Iterable<number>>()),
  batchSampler: keyword(unchecked<Iterable<readonly number[]>>()),
  collateFn: keyword(unchecked()),
  generator: keyword(unchecked<Generator>()),
});

type AnyDataset<T> = Dataset<T> | IterableDataset<T>;

/** Goes through a data set in batches of type B, made of samples of type T. See the constructor of the same name. */
export interface DataLoader<B, T = unknown, D = Dataset<T>> extends Iterable<B>, AsyncIterable<Awaited<B>> {
  readonly dataset: D;
  /** Undefined with a `batchSampler`. */
  readonly batchSize: number | undefined;
  readonly dropLast: boolean;
  readonly sampler: Iterable<number>;
  readonly batchSampler: Iterable<readonly number[]>;
  readonly collateFn: (samples: never[]) => B;
  readonly generator: Generator | undefined;
  /** Number of batches. @throws ValueError if a sampler of one's own, or an {@link IterableDataset}, does not know it */
  readonly length: number;
  [Symbol.iterator](): IterableIterator<B>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Awaited<B>>;
}

/**
 * B comes first in the type, since that is what a loop sees; the constructor finds T first and B from it.
 * Without a `collateFn` B must not be inferred: what is expected of the loader would then pass for what it gives.
 */
interface DataLoaderConstructor {
  /** @throws ValueError for options that make no sense or exclude each other */
  new <T>(
    dataset: Dataset<T>,
    options?: DataLoaderOptions<Awaited<T>, never> & { readonly collateFn?: undefined },
  ): DataLoader<Batch<Awaited<T>>, T>;
  new <T, B>(dataset: Dataset<T>, options: DataLoaderOptions<Awaited<T>, B>): DataLoader<B, T>;
  new <T>(
    dataset: IterableDataset<T>,
    options?: DataLoaderOptions<Awaited<T>, never> & { readonly collateFn?: undefined },
  ): DataLoader<Batch<Awaited<T>>, T, IterableDataset<T>>;
  new <T, B>(
    dataset: IterableDataset<T>,
    options: DataLoaderOptions<Awaited<T>, B>,
  ): DataLoader<B, T, IterableDataset<T>>;
}

/**
 * Goes through a data set in batches: `for (const [X, y] of loader)`, or with `for await`, which lets timers, input
 * and finalizers run in between and also takes data sets whose `get` is asynchronous.
 *
 * From the same seed the order is PyTorch's. Every walk draws one number from the generator when it starts, and
 * another one for its order when shuffling, whether or not it is walked to its end.
 *
 * @example
 * const loader = new DataLoader(dataset, { batchSize: 128, shuffle: true });
 * for await (const [X, y] of loader) {
 *   …
 * }
 */
export const DataLoader: DataLoaderConstructor = class DataLoader<T, B, D extends AnyDataset<T>> {
  readonly dataset: D;
  readonly batchSize: number | undefined;
  readonly dropLast: boolean;
  readonly sampler: Iterable<number>;
  readonly batchSampler: Iterable<readonly number[]>;
  readonly collateFn: (samples: Awaited<T>[]) => B;
  readonly generator: Generator | undefined;

  constructor(dataset: D, options: DataLoaderOptions<Awaited<T>, B> = {}) {
    checkDataset(dataset);
    const checked = readOptions(dataset, options);
    const { batchSize, shuffle, dropLast, sampler, batchSampler, collateFn, generator } = checked;
    this.dataset = dataset;
    this.dropLast = dropLast;
    this.generator = generator;
    this.collateFn = collateFn ?? (defaultCollate as (samples: Awaited<T>[]) => B);
    this.batchSize = batchSampler === undefined ? batchSize : undefined;
    this.sampler = sampler ?? orderOf(dataset, shuffle, generator);
    this.batchSampler = batchSampler ?? new BatchSampler(this.sampler, batchSize, dropLast);
  }

  get length(): number {
    if (this.dataset instanceof IterableDataset) {
      return lengthInBatches(this.dataset, this.batchSize as number, this.dropLast);
    }
    return lengthOf("DataLoader", this.batchSampler);
  }

  [Symbol.iterator](): IterableIterator<B> {
    const { batchSize = 1, dropLast } = this;
    const dataset: AnyDataset<T> = this.dataset;
    const batches = this.#start();
    return dataset instanceof IterableDataset
      ? this.#walkLists(listsOf(dataset, batchSize, dropLast))
      : this.#walk(dataset, batches);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Awaited<B>> {
    const { batchSize = 1, dropLast } = this;
    const dataset: AnyDataset<T> = this.dataset;
    const batches = this.#start();
    return dataset instanceof IterableDataset
      ? this.#walkListsAsync(listsOfAsync(dataset, batchSize, dropLast))
      : this.#walkAsync(dataset, batches);
  }

  /** A walk begins when its iterator is made, not when the first batch is asked for: PyTorch draws its seed then. */
  #start(): Iterable<readonly number[]> {
    const batches = this.batchSampler[Symbol.iterator]();
    drawSeed(this.generator);
    return { [Symbol.iterator]: () => batches };
  }

  *#walkLists(lists: Iterable<T[]>): IterableIterator<B> {
    for (const samples of lists) yield this.#collateNow(samples);
  }

  async *#walkListsAsync(lists: AsyncIterable<Awaited<T>[]>): AsyncIterableIterator<Awaited<B>> {
    for await (const samples of lists) {
      if (isTurnDue()) await nextTurn();
      yield await this.collateFn(samples);
    }
  }

  *#walk(dataset: Dataset<T>, batches: Iterable<readonly number[]>): IterableIterator<B> {
    for (const indices of batches) {
      const ready = this.#batchAtOnce(dataset, indices);
      if (ready !== undefined) {
        yield ready;
        continue;
      }
      yield this.#collateNow(indices.map((index) => dataset.get(index)));
    }
  }

  #collateNow(samples: readonly T[]): B {
    if (samples.some(isPromise)) {
      throw new DataError("[DataLoader] this data set answers with promises. Walk the loader with for await.");
    }
    return this.collateFn(samples as Awaited<T>[]);
  }

  async *#walkAsync(dataset: Dataset<T>, batches: Iterable<readonly number[]>): AsyncIterableIterator<Awaited<B>> {
    for (const indices of batches) {
      if (isTurnDue()) await nextTurn();
      const ready = this.#batchAtOnce(dataset, indices);
      if (ready !== undefined) {
        yield ready as Awaited<B>;
        continue;
      }
      const samples = indices.map((index) => dataset.get(index));
      yield await this.collateFn(samples.some(isPromise) ? await Promise.all(samples) : (samples as Awaited<T>[]));
    }
  }

  /** A batch from a data set that makes whole ones, unless the user collates. */
  #batchAtOnce(dataset: Dataset<T>, indices: readonly number[]): B | undefined {
    if (this.collateFn !== (defaultCollate as unknown)) return undefined;
    return dataset.getBatch?.(new Int32Array(indices)) as B | undefined;
  }
  // Libraries that wrap plain objects in a Proxy, as Vue does, leave others alone.
  static {
    Object.defineProperty(DataLoader.prototype, Symbol.toStringTag, { value: "DataLoader" });
  }
};

/** An {@link IterableDataset} comes in its own order and has no indices. */
function orderOf(dataset: AnyDataset<unknown>, shuffle: boolean, generator?: Generator) {
  if (dataset instanceof IterableDataset) return [];
  return shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset);
}

function checkDataset(dataset: unknown): void {
  if (dataset instanceof IterableDataset) return;
  if (aDataset.read(dataset) !== REFUSED) return;
  throw new ValueError(`[DataLoader] expected ${aDataset.description}, but got ${describeValue(dataset)}`);
}

type CheckedOptions<S, C> = Omit<DataLoaderOptions<S, C>, "batchSize" | "shuffle" | "dropLast"> & {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
};

function readOptions<S, C>(dataset: unknown, options: DataLoaderOptions<S, C>): CheckedOptions<S, C> {
  const checked = LOADER.read([options]) as CheckedOptions<S, C>;
  const { batchSize, shuffle, dropLast, sampler, batchSampler, collateFn, generator } = checked;
  if (typeof shuffle !== "boolean") {
    throw new ValueError(`[DataLoader] shuffle should be a boolean value, but got shuffle=${describeValue(shuffle)}`);
  }
  if (sampler !== undefined && shuffle) {
    throw new ValueError("[DataLoader] sampler option is mutually exclusive with shuffle");
  }
  if (batchSampler !== undefined && (batchSize !== 1 || shuffle || sampler !== undefined || dropLast)) {
    throw new ValueError(
      "[DataLoader] batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
    );
  }
  if (collateFn !== undefined && typeof collateFn !== "function") {
    throw new ValueError(`[DataLoader] collateFn should be a function, but got ${typeof collateFn}`);
  }
  if (generator !== undefined && !(generator instanceof Generator)) {
    throw new ValueError("[DataLoader] generator should be a Generator");
  }
  if (dataset instanceof IterableDataset) {
    const given = shuffle ? "shuffle" : sampler !== undefined ? "sampler" : batchSampler && "batchSampler";
    if (given !== undefined) {
      const hint = given === "shuffle" ? ". Use dataset.shuffle(bufferSize)." : "";
      throw new ValueError(`[DataLoader] DataLoader with IterableDataset: expected unspecified ${given} option${hint}`);
    }
  }
  return checked;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
