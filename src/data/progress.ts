/** @file Progress bar of a loop. */
import { keyword, required, signature } from "../core/arguments.ts";
import { aSize, aString, kind } from "../core/kinds.ts";
import { isRecord } from "../core/realm.ts";
import { type Progress, type ProgressStream, stepBar } from "../platform/progress.ts";
import type { Tensor } from "../tensor/tensor.ts";
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

const POSTFIX = signature("setPostfix", {
  values: required(kind<Readonly<Record<string, PostfixValue>>>("an object of numbers, texts or tensors", isRecord)),
});

/** A number, text, or a tensor with one element. */
export type PostfixValue = number | string | Tensor;

/** A loop with a progress bar. */
export interface ProgressLoop<T> extends Prefetched<T> {
  /** Sets what is shown behind the bar, such as the last loss. Tensors are read when they are shown. */
  setPostfix(values: Readonly<Record<string, PostfixValue>>): void;
}

/** Values behind a bar: `, loss=0.2930`. */
class Postfix {
  #values: Readonly<Record<string, PostfixValue>> = {};
  /** What tensors on the GPU had when they were last read. */
  readonly #read = new Map<string, number>();

  set(values: Readonly<Record<string, PostfixValue>>): void {
    this.#values = values;
  }
  readonly text = (): string =>
    Object.entries(this.#values)
      .map(([name, value]) => `, ${name}=${this.#format(name, value)}`)
      .join("");

  #format(name: string, value: PostfixValue): string {
    if (typeof value === "string") return value;
    if (typeof value === "number") return formatNumber(value);
    if (value.device === "cpu") return formatNumber(Number(value.detach().itemSync()));
    // Nothing waits for the GPU: what it has now is shown the next time.
    value
      .detach()
      .item()
      .then((number) => void this.#read.set(name, Number(number)))
      .catch(() => {});
    const last = this.#read.get(name);
    return last === undefined ? "?" : formatNumber(last);
  }
}

/** Integers as they are, others with four decimals or three digits. */
function formatNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 1e-3 ? value.toFixed(4) : value.toExponential(2);
}

/**
 * Shows a progress bar on the terminal for a loop over a loader or any other iterable: steps, time, time left, rate, and
 * what the loop sets behind it. Lines that the loop prints go above the bar. Nothing is shown where the output is not a
 * terminal, and in browsers.
 *
 * @example
 * const loader = new data.DataLoader(new data.TensorDataset(arange(6)), { batchSize: 2 });
 * let batches = 0;
 * const loop = data.progress(loader, { name: "epoch 1" });
 * for await (const [x] of loop) {
 *   batches += x.size(0) / 2;
 *   loop.setPostfix({ batches });
 * }
 * batches; // 3
 */
export function progress<T>(
  source: AsyncIterable<T> | Iterable<T>,
  options?: ProgressOptions,
): ProgressLoop<Awaited<T>>;
export function progress(...given: readonly unknown[]): ProgressLoop<unknown> {
  const { source, name, total, stream } = PROGRESS.read(given);
  const postfix = new Postfix();
  return {
    setPostfix: (values) => postfix.set(POSTFIX.read([values]).values),
    get length(): number {
      return lengthOf("progress", source as Iterable<unknown>);
    },
    [Symbol.asyncIterator]: () =>
      shown(iteratorOf(source), stepBar(name, total ?? knownLength(source), stream), postfix),
  };
}

async function* shown<T>(
  iterator: AsyncIterator<T> | Iterator<T>,
  bar: Progress,
  postfix: Postfix,
): AsyncIterableIterator<Awaited<T>> {
  let ended = true;
  try {
    for (let done = 1; ; done++) {
      const next = await iterator.next();
      if (next.done) return;
      ended = false;
      yield await next.value;
      ended = true;
      bar.update(done, postfix.text);
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
