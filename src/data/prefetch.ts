/** @file prefetch: what comes next is loaded while what came last is used. */
import { readArgument } from "../core/arguments.ts";
import { anIterable, checkPositiveInteger } from "./arguments.ts";
import { lengthOf } from "./sampler.ts";

/** What {@link prefetch} gives: as long as its source, to be walked with `for await`. */
export interface Prefetched<T> extends AsyncIterable<T> {
  /** Number of elements. @throws ValueError if the source does not know it */
  readonly length: number;
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/**
 * Walks a loader ahead of the loop that uses it: while the loop waits for anything else, up to `size` batches are
 * loaded and kept. This pays for data sets that read files or ask servers. The order stays; an error comes at the batch
 * that it belongs to; leaving the loop ends the walk of the source, after the batch that is just being loaded.
 *
 * Random numbers that a transform draws are drawn ahead as well: they come in another order relative to those that
 * the loop draws.
 *
 * @param source - A loader, or anything else that can be walked.
 * @throws ValueError if `size` is not a positive integer.
 *
 * @example
 * for await (const [X, y] of prefetch(loader)) {
 *   …
 * }
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

/** A new walk. It begins here, so that a loader draws its seed now and not with the first batch. */
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
