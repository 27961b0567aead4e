/** @file Data sets that can only be walked: streams, files read line by line, samples made on the way. */
import { DataError, ValueError } from "../tensor/errors.ts";

/**
 * Base of data sets without indices. One of your own has `[Symbol.iterator]`, or `[Symbol.asyncIterator]` if samples
 * must be waited for; every walk of a loader begins a new iteration. With a `length`, the loader has one too.
 *
 * @example
 * class Lines extends IterableDataset<string> {
 *   override async *[Symbol.asyncIterator]() {
 *     yield* (await open("text.txt")).readLines();
 *   }
 * }
 */
export abstract class IterableDataset<T> {
  /** Tells it from a data set with indices, also to the compiler. */
  readonly iterable = true;
  [Symbol.iterator]?(): Iterator<T>;
  [Symbol.asyncIterator]?(): AsyncIterator<Awaited<T>>;
  /** Number of samples in one walk, if it is known. */
  readonly length?: number;
  // Libraries that wrap plain objects in a Proxy, as Vue does, leave others alone.
  static {
    Object.defineProperty(IterableDataset.prototype, Symbol.toStringTag, { value: "IterableDataset" });
  }
}

/** How many batches a loader makes of a data set. */
export function lengthInBatches(dataset: IterableDataset<unknown>, batchSize: number, dropLast: boolean): number {
  if (dataset.length === undefined) {
    const name = dataset.constructor.name;
    throw new ValueError(`[DataLoader] ${name} has no length. Give it a "length" to ask for the number of batches.`);
  }
  return dropLast ? Math.floor(dataset.length / batchSize) : Math.ceil(dataset.length / batchSize);
}

/** The samples of one walk in lists of `size`. @throws DataError if the data set can only be waited for */
export function* listsOf<T>(dataset: IterableDataset<T>, size: number, dropLast: boolean): IterableIterator<T[]> {
  const iterate = dataset[Symbol.iterator];
  if (iterate === undefined) {
    const reason =
      dataset[Symbol.asyncIterator] === undefined ? noIterator(dataset) : "is asynchronous. Use for await.";
    throw new DataError(`[DataLoader] this data set ${reason}`);
  }
  let list: T[] = [];
  for (const sample of { [Symbol.iterator]: () => iterate.call(dataset) }) {
    if (list.push(sample) < size) continue;
    yield list;
    list = [];
  }
  if (list.length > 0 && !dropLast) yield list;
}

/** As {@link listsOf}, for data sets of both kinds. */
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
  return `cannot be walked: ${dataset.constructor.name} needs a method [Symbol.iterator]`;
}
