/** @file DataLoader. */
import { isOptions, keyword, optional, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { DataError, ValueError } from "../core/errors.ts";
import { aBoolean, aFunction, aNumber, aSize, aString, type Kind, kind, nullable, REFUSED } from "../core/kinds.ts";
import { isTurnDue, nextTurn } from "../platform/event-loop.ts";
import { Generator } from "../tensor/random/generator.ts";
import { drawSeed } from "../tensor/random/sampling.ts";
import { aDataset } from "./arguments.ts";
import { type Batch, defaultCollate } from "./collate.ts";
import type { Dataset } from "./dataset.ts";
import { IterableDataset, lengthInBatches, listsOf, listsOfAsync } from "./iterable-dataset.ts";
import { BatchSampler, lengthOf, RandomSampler, SequentialSampler } from "./sampler.ts";

/** Options of {@link DataLoader}. */
export interface DataLoaderOptions<Sample, Collated> {
  /** How many samples per batch to load. Default 1. */
  readonly batchSize?: number | undefined;
  /** Reshuffle the data at every epoch. Default false. */
  readonly shuffle?: boolean | undefined;
  /** Drop the last incomplete batch. Default false. */
  readonly dropLast?: boolean | undefined;
  /** The order of the samples: any iterable of indices. Mutually exclusive with `shuffle`. */
  readonly sampler?: Iterable<number> | undefined;
  /**
   * The batches: any iterable of lists of indices. Mutually exclusive with `batchSize`, `shuffle`, `sampler`, `dropLast`.
   */
  readonly batchSampler?: Iterable<readonly number[]> | undefined;
  /** Merges a list of samples into a batch. Default {@link defaultCollate}. */
  readonly collateFn?: ((samples: Sample[]) => Collated) | undefined;
  /** Source of the random order. Default: the default generator gives a seed for each epoch. */
  readonly generator?: Generator | undefined;
  /** Accepted for programs written for PyTorch: samples are loaded in this process, in the same order. */
  readonly numWorkers?: number | undefined;
  /** Accepted for programs written for PyTorch: there is no pinned memory. */
  readonly pinMemory?: boolean | undefined;
  /** Accepted for programs written for PyTorch: there are no worker processes. */
  readonly persistentWorkers?: boolean | undefined;
  /** Accepted for programs written for PyTorch: there are no worker processes. */
  readonly prefetchFactor?: number | null | undefined;
  /** Accepted for programs written for PyTorch: there are no worker processes. */
  readonly timeout?: number | undefined;
  /** Accepted for programs written for PyTorch: there are no worker processes. */
  readonly workerInitFn?: ((workerId: number) => unknown) | null | undefined;
  /** Accepted for programs written for PyTorch: there are no worker processes. */
  readonly multiprocessingContext?: string | null | undefined;
}

/** A value that {@link checkDataset} or {@link readOptions} checks, in PyTorch's words. */
const unchecked = <T>(): Kind<T> => kind("a value", () => true);
/** Such a value in a place where options may stand as well. */
const placed = <T>(): Kind<T> => kind("a value", (value) => !isOptions(value));

const LOADER = signature("DataLoader", {
  batchSize: optional(placed<number>(), 1),
  shuffle: optional(placed<boolean>(), false),
  dropLast: keyword(unchecked<boolean>(), false),
  sampler: keyword(unchecked<Iterable<number>>()),
  batchSampler: keyword(unchecked<Iterable<readonly number[]>>()),
  collateFn: keyword(unchecked()),
  generator: keyword(unchecked<Generator>()),
  numWorkers: keyword(aSize, 0),
  pinMemory: keyword(aBoolean, false),
  persistentWorkers: keyword(aBoolean, false),
  prefetchFactor: keyword(nullable(aSize), null),
  timeout: keyword(aNumber, 0),
  workerInitFn: keyword(nullable(aFunction), null),
  multiprocessingContext: keyword(nullable(aString), null),
});

/** Options without a function that collates: the batches are those of {@link defaultCollate}. */
type PlainOptions<T> = DataLoaderOptions<Awaited<T>, never> & { readonly collateFn?: undefined };

/** The first options in their places, then the others by name: `batchSize`, or `batchSize` and `shuffle`. */
type Placed<Options> =
  | readonly [batchSize: number, options?: Options]
  | readonly [batchSize: number | undefined, shuffle: boolean, options?: Options];

type AnyDataset<T> = Dataset<T> | IterableDataset<T>;

/** Loads a dataset of samples of type T in batches of type B. See the constructor of the same name. */
export interface DataLoader<B, T = unknown, D = Dataset<T>> extends Iterable<B>, AsyncIterable<Awaited<B>> {
  /** The dataset. */
  readonly dataset: D;
  /** Samples per batch; undefined with a `batchSampler`. */
  readonly batchSize: number | undefined;
  /** Whether the last incomplete batch is dropped. */
  readonly dropLast: boolean;
  /** The order of the samples. */
  readonly sampler: Iterable<number>;
  /** The batches of indices. */
  readonly batchSampler: Iterable<readonly number[]>;
  /** Merges a list of samples into a batch. */
  readonly collateFn: (samples: never[]) => B;
  /** Source of the random order; undefined for the default generator. */
  readonly generator: Generator | undefined;
  /** Number of batches. @throws ValueError if the sampler, or an {@link IterableDataset}, has no length. */
  readonly length: number;
  [Symbol.iterator](): IterableIterator<B>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Awaited<B>>;
}

/**
 * B comes first in the type, since that is what a loop sees; the constructor finds T first and B from it.
 * Without a `collateFn` B must not be inferred: what is expected of the loader would then pass for what it gives.
 */
interface DataLoaderConstructor {
  /** @throws ValueError for options that are out of range or mutually exclusive. */
  new <T>(dataset: Dataset<T>, options?: PlainOptions<T>): DataLoader<Batch<Awaited<T>>, T>;
  new <T>(dataset: Dataset<T>, ...placed: Placed<PlainOptions<T>>): DataLoader<Batch<Awaited<T>>, T>;
  new <T, B>(dataset: Dataset<T>, options: DataLoaderOptions<Awaited<T>, B>): DataLoader<B, T>;
  new <T>(dataset: IterableDataset<T>, options?: PlainOptions<T>): DataLoader<Batch<Awaited<T>>, T, IterableDataset<T>>;
  new <T, B>(
    dataset: IterableDataset<T>,
    options: DataLoaderOptions<Awaited<T>, B>,
  ): DataLoader<B, T, IterableDataset<T>>;
  new <T>(options: PlainOptions<T> & { readonly dataset: Dataset<T> }): DataLoader<Batch<Awaited<T>>, T>;
  new <T, B>(options: DataLoaderOptions<Awaited<T>, B> & { readonly dataset: Dataset<T> }): DataLoader<B, T>;
}

/**
 * Loads a dataset in batches: `for (const [X, y] of loader)`, or `for await`, which yields to the event loop between batches
 * and also takes datasets whose `get` is asynchronous.
 *
 * The order is PyTorch's for the same seed: each epoch draws one number from the generator when its iterator is created,
 * and another one for the order if it shuffles.
 *
 * `batchSize` and `shuffle` may stand in their places: `new DataLoader(dataset, 2, true)`. All arguments may have names:
 * `new DataLoader({ dataset, batchSize: 2 })`.
 *
 * @throws ValueError for options that are out of range or mutually exclusive.
 * @example
 * const dataset = new data.TensorDataset(arange(5).float());
 * manualSeed(0);
 * const batches: string[] = [];
 * for await (const [x] of new data.DataLoader(dataset, { batchSize: 2, shuffle: true })) batches.push(String(x));
 * batches.join(" "); // tensor([1., 4.]) tensor([2., 3.]) tensor([0.])
 */
export const DataLoader: DataLoaderConstructor = class DataLoader<T, B, D extends AnyDataset<T>> {
  readonly dataset: D;
  readonly batchSize: number | undefined;
  readonly dropLast: boolean;
  readonly sampler: Iterable<number>;
  readonly batchSampler: Iterable<readonly number[]>;
  readonly collateFn: (samples: Awaited<T>[]) => B;
  readonly generator: Generator | undefined;

  constructor(first: D | { readonly dataset: D }, ...more: readonly unknown[]) {
    const [dataset, given] = datasetOf<D>(first, more);
    checkDataset(dataset);
    const checked = readOptions<Awaited<T>, B>(dataset, given);
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
      ? this.#collateLists(listsOf(dataset, batchSize, dropLast))
      : this.#batches(dataset, batches);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Awaited<B>> {
    const { batchSize = 1, dropLast } = this;
    const dataset: AnyDataset<T> = this.dataset;
    const batches = this.#start();
    return dataset instanceof IterableDataset
      ? this.#collateListsAsync(listsOfAsync(dataset, batchSize, dropLast))
      : this.#batchesAsync(dataset, batches);
  }

  /** Starts an epoch when its iterator is created, not at the first batch: PyTorch draws its seed then. */
  #start(): Iterable<readonly number[]> {
    const batches = this.batchSampler[Symbol.iterator]();
    drawSeed(this.generator);
    return { [Symbol.iterator]: () => batches };
  }

  *#collateLists(lists: Iterable<T[]>): IterableIterator<B> {
    for (const samples of lists) yield this.#collateNow(samples);
  }

  async *#collateListsAsync(lists: AsyncIterable<Awaited<T>[]>): AsyncIterableIterator<Awaited<B>> {
    for await (const samples of lists) {
      if (isTurnDue()) await nextTurn();
      yield await this.collateFn(samples);
    }
  }

  *#batches(dataset: Dataset<T>, batches: Iterable<readonly number[]>): IterableIterator<B> {
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
      throw new DataError("[DataLoader] this dataset returns promises. Iterate the loader with for await.");
    }
    return this.collateFn(samples as Awaited<T>[]);
  }

  async *#batchesAsync(dataset: Dataset<T>, batches: Iterable<readonly number[]>): AsyncIterableIterator<Awaited<B>> {
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

  /** A whole batch from a dataset with getBatch, unless there is a collateFn. */
  #batchAtOnce(dataset: Dataset<T>, indices: readonly number[]): B | undefined {
    if (this.collateFn !== (defaultCollate as unknown)) return undefined;
    return dataset.getBatch?.(new Int32Array(indices)) as B | undefined;
  }
  // Libraries that wrap plain objects in a Proxy, as Vue does, leave others alone.
  static {
    Object.defineProperty(DataLoader.prototype, Symbol.toStringTag, { value: "DataLoader" });
  }
};

/** An {@link IterableDataset} has an order of its own, and no indices. */
function orderOf(dataset: AnyDataset<unknown>, shuffle: boolean, generator?: Generator) {
  if (dataset instanceof IterableDataset) return [];
  return shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset);
}

/** The dataset and the arguments after it, also where an object has them all by name. */
function datasetOf<D>(first: D | { readonly dataset: D }, more: readonly unknown[]): readonly [D, readonly unknown[]] {
  const isNamed = isOptions(first) && Object.hasOwn(first, "dataset") && aDataset.read(first) === REFUSED;
  if (!isNamed || more.length > 0) return [first as D, more];
  const { dataset, ...options } = first as { readonly dataset: D };
  return [dataset, [options]];
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

function readOptions<S, C>(dataset: unknown, given: readonly unknown[]): CheckedOptions<S, C> {
  const checked = LOADER.read(given) as CheckedOptions<S, C>;
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
