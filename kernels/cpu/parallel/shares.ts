/**
 * @file How work is cut into shares.
 *
 * Shares begin at multiples of 16 elements, a cache line, so that no two threads write to the same one, and each
 * element goes the same path through a kernel as with one thread.
 */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";

/**
 * How many elements a share must have at least, by what is done with them. A job is handed over in 1 µs to a worker that
 * is awake, so from shares of some 4 µs on two threads gain.
 */
export const LEAST = {
  /** Copies, comparisons and arithmetic, 0.1 ns for each element. */
  light: 32768,
  /** Exponentials, roots, and updates with several arrays, 0.5 ns and more. */
  heavy: 8192,
} as const;

/** Elements of a cache line. */
export const LINE = 16;

/** Some of a number of things: the first of them, and how many. */
export interface Range {
  readonly first: number;
  readonly count: number;
}

/** Share `part` of `parts` of `count` things, of which `unit` stay together. */
export function rangeOf(part: number, parts: number, count: number, unit: number): Range {
  const start = (p: number): number => Math.min(count, Math.ceil((count * p) / parts / unit) * unit);
  const first = start(part);
  return { first, count: start(part + 1) - first };
}

/** Part of a plane: a range of rows and a range of columns, one of them the whole. */
export interface Cut {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
}

export function cut(part: number, parts: number, rows: number, cols: number): Cut {
  // Fewer rows would come out too unequal.
  if (rows >= 8 * parts) {
    const { first, count } = rangeOf(part, parts, rows, rows >= 8 * LINE * parts ? LINE : 1);
    return { row: first, rows: count, col: 0, cols };
  }
  const { first, count } = rangeOf(part, parts, cols, LINE);
  return { row: 0, rows, col: first, cols: count };
}

/** Calls `share` for every part of a plane. */
export function overPlane(
  pool: ThreadPool,
  parts: number,
  rows: number,
  cols: number,
  share: (kernels: VectorExports, part: Cut) => void,
): void {
  pool.run(parts, (kernels, part) => share(kernels.vector, cut(part, parts, rows, cols)));
}

/** Calls `share` for ranges of rows, which have `cols` elements each. */
export function overRows(
  pool: ThreadPool,
  least: number,
  rows: number,
  cols: number,
  share: (kernels: VectorExports, range: Range) => void,
): void {
  const parts = Math.min(rows, pool.parts(rows * cols, least));
  pool.run(parts, (kernels, part) => share(kernels.vector, rangeOf(part, parts, rows, 1)));
}

/** Calls `share` for ranges of neighbouring elements: how many bytes from the start, and how many elements. */
export function overElements(
  pool: ThreadPool,
  least: number,
  n: number,
  share: (kernels: VectorExports, bytes: number, count: number) => void,
): void {
  const parts = pool.parts(n, least);
  pool.run(parts, (kernels, part) => {
    const { first, count } = rangeOf(part, parts, n, LINE);
    share(kernels.vector, 4 * first, count);
  });
}
