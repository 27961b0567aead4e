/** @file Progress bar of a loop. */
import { keyword, required, signature } from "../core/arguments.ts";
import { aSize, aString, kind } from "../core/kinds.ts";
import { type ProgressStream, stepBar } from "../platform/progress.ts";
import { anIterable } from "./arguments.ts";
import { iteratorOf, type Prefetched } from "./prefetch.ts";
import { lengthOf } from "./sampler.ts";

/** Options of {@link progress}. */
export interface ProgressOptions {
  /** Text in front of the bar. Default "". */
  readonly name?: string | undefined;
  /** Number of elements. Default: the length of the source; without one, elements are only counted. */
  readonly total?: number | undefined;
  /** Stream the bar is drawn on if it is a terminal. Default: standard error. */
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
 * Shows a progress bar on the terminal for a loop over a loader or any other iterable. Nothing is shown where the output
 * is not a terminal, and in browsers.
 *
 * @example
 * const loader = new data.DataLoader(new data.TensorDataset(arange(6)), { batchSize: 2 });
 * let batches = 0;
 * for await (const [x] of data.progress(loader, { name: "epoch 1" })) batches += x.size(0) / 2;
 * batches; // 3
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
