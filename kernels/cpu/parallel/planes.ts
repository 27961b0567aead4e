/** @file Partitioning of work on planes, each of which is one thread's. */
import type { Heap } from "../heap.ts";
import type { ThreadPool } from "../threads.ts";
import type { VectorExports } from "../wasm.ts";
import { type Chunk, chunkOf, GRAIN_SIZE } from "./partition.ts";

/** A range of planes, and memory of the thread that works on it. */
export interface PlanePart extends Chunk {
  readonly scratch: number;
}

/** Calls `run` for ranges of planes of `size` elements, on as many threads as pay, with `bytes` of memory for each. */
export function overPlanes(
  heap: Heap,
  pool: ThreadPool,
  planes: number,
  size: number,
  bytes: number,
  run: (vector: VectorExports, part: PlanePart) => void,
): void {
  const parts = Math.min(planes, pool.parts(planes * size, GRAIN_SIZE.light));
  const own = Math.ceil(bytes / 64) * 64;
  const scratch = own === 0 ? 0 : heap.scratch(own * parts);
  pool.run(parts, ({ vector }, part) =>
    run(vector, { ...chunkOf(part, parts, planes, 1), scratch: scratch + part * own }),
  );
}
