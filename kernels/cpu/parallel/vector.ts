/** @file The vector kernels on all threads: the same functions, which partition large work. */
import type { ThreadPool } from "../threads.ts";
import type { VectorExports, WasmKernels } from "../wasm.ts";
import { parallelCopies } from "./copy.ts";
import { parallelIndexing } from "./indexing.ts";
import { parallelRandom } from "./random.ts";
import { parallelScan } from "./scan.ts";
import { parallelSort } from "./sort.ts";

/** Kernels that can be called as those of one thread, and use the pool's threads where that pays. */
export function parallelVector(pool: ThreadPool, { vector }: WasmKernels): VectorExports {
  return {
    ...vector,
    ...parallelCopies(pool, vector),
    ...parallelSort(pool, vector),
    ...parallelScan(pool, vector),
    ...parallelIndexing(pool),
    ...parallelRandom(pool),
  };
}
