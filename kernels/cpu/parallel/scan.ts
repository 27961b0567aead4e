/** @file Running sums and products on all threads: rows, blocks or columns are shared. */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE } from "./partition.ts";

const TYPES = [
  ["f32", 4],
  ["f64", 8],
  ["i32", 4],
] as const;

/** Kernels of the same names, which use the pool's threads where that pays. */
export function parallelScan(pool: ThreadPool, vector: VectorExports): Partial<VectorExports> {
  const scratchBytes = vector.scanScratch();
  const kernels: Partial<VectorExports> = { scanScratch: () => pool.size * scratchBytes };
  for (const op of ["cumsum", "cumprod"] as const) {
    for (const [suffix, bytes] of TYPES) {
      kernels[`${op}Rows_${suffix}`] = (out, x, rows, n) => {
        const parts = Math.min(rows, pool.parts(rows * n, GRAIN_SIZE.heavy));
        pool.run(parts, (k, part) => {
          // Four rows are done together.
          const { first, count } = chunkOf(part, parts, rows, 4);
          const at = first * n * bytes;
          if (count > 0) k.vector[`${op}Rows_${suffix}`](out + at, x + at, count, n);
        });
      };
      kernels[`${op}Columns_${suffix}`] = (out, x, outer, n, cols, row, scratch) => {
        const parts = pool.parts(outer * n * cols, GRAIN_SIZE.light);
        pool.run(parts, (k, part) => {
          const own = scratch + part * scratchBytes;
          if (outer >= parts) {
            const { first, count } = chunkOf(part, parts, outer, 1);
            const at = first * n * row;
            k.vector[`${op}Columns_${suffix}`](out + at, x + at, count, n, cols, row, own);
            return;
          }
          const { first, count } = chunkOf(part, parts, cols, CACHE_LINE);
          const at = first * bytes;
          if (count > 0) k.vector[`${op}Columns_${suffix}`](out + at, x + at, outer, n, count, row, own);
        });
      };
    }
  }
  return kernels;
}
