/** @file Iterable-style datasets, and the shuffle buffer. */
import { keyword, optional, required, signature } from "../core/arguments.ts";
import { DataError, ValueError } from "../core/errors.ts";
import type { Generator } from "../tensor/random/generator.ts";
import { aGenerator } from "../tensor/random/generator.ts";
import { drawSeed } from "../tensor/random/sampling.ts";
import { anIterable, aPositiveInteger } from "./arguments.ts";
import { PythonRandom } from "./python-random.ts";

/**
 * Base class of iterable-style datasets: streams without indices. Define `[Symbol.iterator]`, or `[Symbol.asyncIterator]`
 * where samples have to be awaited; every epoch begins a new iteration. With a `length`, the loader has one too.
 *
 * @example
 * class Count extends data.IterableDataset<number> {
 *   override *[Symbol.iterator]() {
 *     yield* [1, 2, 3];
 *   }
 * }
 * for (const batch of new data.DataLoader(new Count(), { batchSize: 3 })) expect(String(batch)).toBe("tensor([1, 2, 3])");
 */
export abstract class IterableDataset<T> {
  /** Distinguishes it from a map-style dataset, also for the compiler. */
  readonly iterable = true;
  [Symbol.iterator]?(): Iterator<T>;
  [Symbol.asyncIterator]?(): AsyncIterator<Awaited<T>>;
  /** Number of samples per epoch, if it is known. */
  readonly length?: number;
  // Libraries that wrap plain objects in a Proxy, as Vue does, leave others alone.
  static {
    Object.defineProperty(IterableDataset.prototype, Symbol.toStringTag, { value: "IterableDataset" });
  }

  /** The same samples in a random order: a {@link ShuffleBuffer} over this dataset. */
  shuffle(bufferSize?: number, options?: ShuffleOptions): ShuffleBuffer<T>;
  shuffle(options: ShuffleOptions & { readonly bufferSize?: number | undefined }): ShuffleBuffer<T>;
  shuffle(...given: readonly unknown[]): ShuffleBuffer<T> {
    return new ShuffleBuffer<T>(this, ...(given as [number?, ShuffleOptions?]));
  }
}

/** Options of {@link ShuffleBuffer}. */
export interface ShuffleOptions {
  /** Generator of each epoch's seed. Default: the default generator. */
  readonly generator?: Generator | undefined;
}

/** PyTorch's default. */
const DEFAULT_BUFFER = 10_000;

const SHUFFLE = signature("ShuffleBuffer", {
  source: required(anIterable),
  bufferSize: optional(aPositiveInteger, DEFAULT_BUFFER),
  generator: keyword(aGenerator),
});

/**
 * Shuffles a stream with a buffer: PyTorch's `Shuffler`, in the same order for the same seed.
 *
 * The buffer is filled first; then each new sample replaces a random one, which is yielded. So a sample comes at most
 * `bufferSize` places early, and a buffer as large as the dataset shuffles it uniformly. Where files are sorted by class,
 * shuffle the list of files too. Each epoch draws one number from the generator, as its seed.
 *
 * @example
 * const shuffled = new data.ShuffleBuffer([1, 2, 3, 4, 5], 3);
 * [...shuffled].length; // 5
 */
export class ShuffleBuffer<T> extends IterableDataset<T> {
  /** The stream. */
  readonly source: Iterable<T> | AsyncIterable<T>;
  /** Number of samples in memory. */
  readonly bufferSize: number;
  /** Generator of each epoch's seed; undefined for the default generator. */
  readonly generator: Generator | undefined;
  declare readonly length?: number;

  /**
   * @param source - An {@link IterableDataset}, or any other iterable.
   * @param bufferSize - How many samples are kept in memory. Default 10000.
   * @throws ValueError for a source that is not iterable, or a size that is not a positive integer.
   */
  constructor(
    source: Iterable<T> | AsyncIterable<T> | IterableDataset<T>,
    bufferSize?: number,
    options?: ShuffleOptions,
  );
  constructor(...given: readonly unknown[]) {
    super();
    const { source, bufferSize, generator } = SHUFFLE.read(given);
    this.source = source as Iterable<T> | AsyncIterable<T>;
    this.bufferSize = bufferSize;
    this.generator = generator;
    const length: unknown = Reflect.get(source, "length");
    if (typeof length === "number") this.length = length;
  }

  /** @throws DataError if the source can only be waited for */
  override [Symbol.iterator](): Iterator<T> {
    const { source } = this;
    const iterate = Symbol.iterator in source ? source[Symbol.iterator] : undefined;
    if (iterate === undefined) throw new DataError("[ShuffleBuffer] this dataset is asynchronous. Use for await.");
    return this.#shuffled({ [Symbol.iterator]: () => iterate.call(source) }, this.#start());
  }

  override [Symbol.asyncIterator](): AsyncIterator<Awaited<T>> {
    return this.#shuffledAsync(this.source, this.#start());
  }

  /** Starts an epoch when its iterator is created: the seed is drawn then. */
  #start(): PythonRandom {
    return new PythonRandom(drawSeed(this.generator));
  }

  *#shuffled(source: Iterable<T>, random: PythonRandom): IterableIterator<T> {
    const buffer: T[] = [];
    for (const sample of source) {
      if (buffer.length < this.bufferSize) buffer.push(sample);
      else yield swap(buffer, random, sample);
    }
    while (buffer.length > 0) yield take(buffer, random);
  }

  async *#shuffledAsync(
    source: Iterable<T> | AsyncIterable<T>,
    random: PythonRandom,
  ): AsyncIterableIterator<Awaited<T>> {
    const buffer: Awaited<T>[] = [];
    for await (const sample of source) {
      if (buffer.length < this.bufferSize) buffer.push(sample);
      else yield swap(buffer, random, sample);
    }
    while (buffer.length > 0) yield take(buffer, random);
  }
}

/** A random sample of the buffer, whose place another one takes. */
function swap<T>(buffer: T[], random: PythonRandom, sample: T): T {
  const at = random.below(buffer.length);
  const out = buffer[at] as T;
  buffer[at] = sample;
  return out;
}

/** A random sample of the buffer; those behind it move up. */
function take<T>(buffer: T[], random: PythonRandom): T {
  return buffer.splice(random.below(buffer.length), 1)[0] as T;
}

/** How many batches a loader makes of a dataset. */
export function lengthInBatches(dataset: IterableDataset<unknown>, batchSize: number, dropLast: boolean): number {
  if (dataset.length === undefined) {
    const name = dataset.constructor.name;
    throw new ValueError(`[DataLoader] ${name} has no length. Give it a "length" to ask for the number of batches.`);
  }
  return dropLast ? Math.floor(dataset.length / batchSize) : Math.ceil(dataset.length / batchSize);
}

/** The samples of one epoch in lists of `size`. @throws DataError if the dataset can only be waited for */
export function* listsOf<T>(dataset: IterableDataset<T>, size: number, dropLast: boolean): IterableIterator<T[]> {
  const iterate = dataset[Symbol.iterator];
  if (iterate === undefined) {
    const reason =
      dataset[Symbol.asyncIterator] === undefined ? noIterator(dataset) : "is asynchronous. Use for await.";
    throw new DataError(`[DataLoader] this dataset ${reason}`);
  }
  let list: T[] = [];
  for (const sample of { [Symbol.iterator]: () => iterate.call(dataset) }) {
    if (list.push(sample) < size) continue;
    yield list;
    list = [];
  }
  if (list.length > 0 && !dropLast) yield list;
}

/** As {@link listsOf}, for datasets of both kinds. */
export async function* listsOfAsync<T>(
  dataset: IterableDataset<T>,
  size: number,
  dropLast: boolean,
): AsyncIterableIterator<Awaited<T>[]> {
  const iterate = dataset[Symbol.asyncIterator];
  if (iterate === undefined) {
    for (const list of listsOf(dataset, size, dropLast)) yield await Promise.all(list);
    return;
  }
  let list: Awaited<T>[] = [];
  for await (const sample of { [Symbol.asyncIterator]: () => iterate.call(dataset) }) {
    if (list.push(sample) < size) continue;
    yield list;
    list = [];
  }
  if (list.length > 0 && !dropLast) yield list;
}

function noIterator(dataset: IterableDataset<unknown>): string {
  return `is not iterable: ${dataset.constructor.name} needs a method [Symbol.iterator]`;
}
