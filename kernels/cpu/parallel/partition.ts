/**
 * @file Partitioning of work for threads.
 *
 * Chunks begin at multiples of 16 elements, a cache line, so that no two threads write to the same one, and each
 * element goes the same path through a kernel as with one thread.
 */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";

/**
 * Fewest elements of a chunk (the grain size of at::parallel_for), by the cost of one. A worker that is awake takes a
 * job in 1 µs, so two threads gain from chunks of some 4 µs on.
 */
export const GRAIN_SIZE = {
  /** Copies, comparisons and arithmetic, 0.1 ns for each element. */
  light: 32768,
  /** Exponentials, roots, and updates with several arrays, 0.5 ns and more. */
  heavy: 8192,
} as const;

/** Elements of a cache line. */
export const CACHE_LINE = 16;

/** A range of items: the first, and how many. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
}

/** Chunk `part` of `parts` of `count` items, in multiples of `unit`. */
export function chunkOf(part: number, parts: number, count: number, unit: number): Chunk {
  const start = (p: number): number => Math.min(count, Math.ceil((count * p) / parts / unit) * unit);
  const first = start(part);
  return { first, count: start(part + 1) - first };
}

/** Chunk of a plane: a range of rows or of columns. */
export interface PlaneChunk {
  readonly row: number;
  readonly rows: number;
  readonly col: number;
  readonly cols: number;
}

function planeChunkOf(part: number, parts: number, rows: number, cols: number): PlaneChunk {
  // With fewer rows the chunks would be too unequal.
  if (rows >= 8 * parts) {
    const { first, count } = chunkOf(part, parts, rows, rows >= 8 * CACHE_LINE * parts ? CACHE_LINE : 1);
    return { row: first, rows: count, col: 0, cols };
  }
  const { first, count } = chunkOf(part, parts, cols, CACHE_LINE);
  return { row: 0, rows, col: first, cols: count };
}

/** Calls `run` for every part of a plane. */
export function overPlane(
  pool: ThreadPool,
  parts: number,
  rows: number,
  cols: number,
  run: (kernels: VectorExports, part: PlaneChunk) => void,
): void {
  pool.run(parts, (kernels, part) => run(kernels.vector, planeChunkOf(part, parts, rows, cols)));
}

/** Calls `run` for ranges of rows, which have `cols` elements each. */
export function overRows(
  pool: ThreadPool,
  grainSize: number,
  rows: number,
  cols: number,
  run: (kernels: VectorExports, range: Chunk) => void,
): void {
  const parts = Math.min(rows, pool.parts(rows * cols, grainSize));
  pool.run(parts, (kernels, part) => run(kernels.vector, chunkOf(part, parts, rows, 1)));
}

/** Calls `run` for ranges of neighbouring elements: how many bytes from the start, and how many elements. */
export function overElements(
  pool: ThreadPool,
  grainSize: number,
  n: number,
  run: (kernels: VectorExports, bytes: number, count: number) => void,
): void {
  const parts = pool.parts(n, grainSize);
  pool.run(parts, (kernels, part) => {
    const { first, count } = chunkOf(part, parts, n, CACHE_LINE);
    run(kernels.vector, 4 * first, count);
  });
}
