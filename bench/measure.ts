/** @file Timing: medians of many samples, after a warm-up. */

/** The middle one of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Median milliseconds of `run`, over `samples` calls after `warmup` milliseconds of calls that do not count. */
export function medianMs(run: () => void, samples: number, warmup = 300): number {
  for (const end = performance.now() + warmup; performance.now() < end; ) run();
  const times: number[] = [];
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return median(times);
}
