/** @file progress: a bar on the terminal that follows a loop. */

import { keyword, required, signature } from "../core/arguments.ts";
import { aSize, aString, kind } from "../core/kinds.ts";
import { type ProgressStream, stepBar } from "../platform/progress.ts";
import { anIterable } from "./arguments.ts";
import { iteratorOf, type Prefetched } from "./prefetch.ts";
import { lengthOf } from "./sampler.ts";

export interface ProgressOptions {
  /** What stands before the bar. */
  readonly name?: string | undefined;
  /** How many elements there will be. Default: what the source says; without that, elements are only counted. */
  readonly total?: number | undefined;
  /** What the bar is drawn on, if it is a terminal. Default: the standard error output. */
  readonly stream?: ProgressStream | undefined;
}

const aStream = kind<ProgressStream>(
  "a stream with a method write",
  (value) => typeof value === "object" && value !== null && "write" in value && typeof value.write === "function",
);

const PROGRESS = signature("progress", {
  source: required(anIterable),
  name: keyword(aString, ""),
  total: keyword(aSize),
  stream: keyword(aStream),
});

/**
 * Walks a loader, or anything else that can be walked, and shows on the terminal how far the loop is. Where the output
 * is no terminal, and in browsers, nothing is shown.
 *
 * @example
 * for await (const [X, y] of progress(loader, { name: `epoch ${epoch}` })) {
 *   …
 * }
 */
export function progress<T>(source: AsyncIterable<T> | Iterable<T>, options?: ProgressOptions): Prefetched<Awaited<T>>;
export function progress(...given: readonly unknown[]): Prefetched<unknown> {
  const { source, name, total, stream } = PROGRESS.read(given);
  return {
    get length(): number {
      return lengthOf("progress", source as Iterable<unknown>);
    },
    [Symbol.asyncIterator]: () => shown(iteratorOf(source), name, total ?? knownLength(source), stream),
  };
}

async function* shown<T>(
  iterator: AsyncIterator<T> | Iterator<T>,
  name: string,
  total: number | undefined,
  stream: ProgressStream | undefined,
): AsyncIterableIterator<Awaited<T>> {
  const bar = stepBar(name, total, stream);
  let ended = true;
  try {
    for (let done = 1; ; done++) {
      const next = await iterator.next();
      if (next.done) return;
      ended = false;
      yield await next.value;
      ended = true;
      bar.update(done);
    }
  } finally {
    bar.stop();
    if (!ended) await iterator.return?.();
  }
}

/** Undefined for a stream, whose loader refuses to tell. */
function knownLength(source: unknown): number | undefined {
  try {
    return lengthOf("progress", source as Iterable<unknown>);
  } catch {
    return undefined;
  }
}
