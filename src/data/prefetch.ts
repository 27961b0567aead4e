/** @file Loading batches ahead of their use. */
import { readArgument } from "../core/arguments.ts";
import { anIterable, checkPositiveInteger } from "./arguments.ts";
import { lengthOf } from "./sampler.ts";

/** An iterable with the length of its source, for `for await`. */
export interface Prefetched<T> extends AsyncIterable<T> {
  /** Number of elements. @throws ValueError if the source has no length. */
  readonly length: number;
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/**
 * Iterates a loader ahead of the loop that uses it: up to `size` batches are loaded while the loop awaits something else.
 * This pays for datasets that read files or query servers. The order stays the same; an error is thrown at its batch;
 * leaving the loop ends the iteration of the source after the batch in flight.
 *
 * Transforms draw their random numbers ahead as well: in another order relative to the draws of the loop.
 *
 * @param source - A loader, or any other iterable.
 * @throws ValueError if `size` is not a positive integer.
 * @example
 * const loader = new data.DataLoader(new data.TensorDataset(arange(6)), { batchSize: 3 });
 * const sums: number[] = [];
 * for await (const [x] of data.prefetch(loader)) sums.push(await x.sum().item());
 * sums; // [3, 12]
 */
export function prefetch<T>(source: AsyncIterable<T> | Iterable<T>, size = 2): Prefetched<Awaited<T>> {
  readArgument("prefetch", "source", anIterable, source);
  checkPositiveInteger("prefetch", "size", size);
  return {
    get length(): number {
      return lengthOf("prefetch", source as Iterable<unknown>);
    },
    [Symbol.asyncIterator]: () => ahead(iteratorOf(source), size),
  };
}

/** A new iterator, created here, so that a loader draws its seed now and not at the first batch. */
export function iteratorOf<T>(source: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

async function* ahead<T>(iterator: AsyncIterator<T> | Iterator<T>, size: number): AsyncIterableIterator<Awaited<T>> {
  const queue: Promise<IteratorResult<T>>[] = [];
  let ended = false;
  let left = false;
  let last: Promise<void> = Promise.resolve();
  // One after the other: then leaving the loop need not wait for all that is in the queue.
  const enqueue = (): void => {
    const entry = last.then(() => (ended || left ? { done: true as const, value: undefined } : iterator.next()));
    last = entry.then(
      ({ done }) => {
        ended ||= done === true && !left;
      },
      () => {
        ended = true;
      },
    );
    queue.push(entry);
  };
  try {
    while (queue.length < size) enqueue();
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      enqueue();
      const { done, value } = await entry;
      if (done) return;
      yield await value;
    }
  } finally {
    left = true;
    await last;
    if (!ended) await iterator.return?.();
  }
}
