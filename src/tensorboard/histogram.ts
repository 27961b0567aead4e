/** @file Histograms as TensorBoard keeps them: with buckets that grow by a tenth. */
import type { Message } from "./messages.ts";

/** The limits of TensorFlow's buckets: 0 in the middle, growing by 10 % on both sides up to 1e20. */
function defaultLimits(): number[] {
  const positive: number[] = [];
  for (let limit = 1e-12; limit < 1e20; limit *= 1.1) positive.push(limit);
  return [...positive.map((limit) => -limit).reverse(), 0, ...positive];
}

let limits: readonly number[] | undefined;

/** The bucket of a value: the first whose upper limit is above it, or for the last limit not below. */
function bucketOf(value: number, edges: readonly number[]): number {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < (edges[middle + 1] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** As many buckets of equal width, or TensorFlow's. */
function edgesOf(bins: number | "tensorflow", min: number, max: number): readonly number[] {
  if (bins === "tensorflow") {
    limits ??= defaultLimits();
    return limits;
  }
  const [low, high] = min === max ? [min - 0.5, max + 0.5] : [min, max];
  return Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
}

/** The message of a histogram. Values must be finite. */
export function histogramOf(values: ArrayLike<number>, bins: number | "tensorflow"): Message {
  let [min, max, sum, sumSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
  }
  const edges = edgesOf(bins, min, max);
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (let i = 0; i < values.length; i++) {
    const at = bucketOf(values[i] as number, edges);
    counts[at] = (counts[at] as number) + 1;
  }
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  // Only right limits are kept, so an empty bucket holds the left limit of the first one.
  return {
    min,
    max,
    num: values.length,
    sum,
    sumSquares,
    bucketLimit: edges.slice(first, last + 2),
    bucket: [0, ...counts.slice(first, last + 1)],
  };
}
