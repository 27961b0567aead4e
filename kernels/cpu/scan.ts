/** @file Running sums, products, extremes and sums of exponentials along the middle of contiguous blocks of the heap. */
import type { ArgScanOp, Block, NDArray } from "../backend.ts";
import { BYTES } from "../layout.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";
import { SUFFIX } from "./suffix.ts";
import type { VectorExports } from "./wasm.ts";

/** Writes the running sums or products of a block that is not empty; of floats or int32. */
export function scanArray(
  { heap, vector }: KernelContext,
  op: "cumsum" | "cumprod",
  x: NDArray,
  { outer, n, inner }: Block,
  out: NDArray,
): void {
  const suffix = SUFFIX[x.dtype] as "f32" | "f64" | "i32";
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  if (inner === 1) {
    vector[`${op}Rows_${suffix}`](target.address, from, outer, n);
  } else {
    const scratch = heap.scratch(vector.scanScratch());
    vector[`${op}Columns_${suffix}`](target.address, from, outer, n, inner, BYTES[x.dtype] * inner, scratch);
  }
  copyOut(heap, out, target);
}

/** What each thread gets of columns: some of the blocks, or some of the columns of all. */
interface ColumnPart {
  /** Elements before those of the part. */
  readonly start: number;
  readonly outer: number;
  readonly cols: number;
  readonly scratch: number;
}

/** Calls `run` for parts of the columns of a block, each with memory of its own. */
function overColumns(
  { heap, threads, vector }: KernelContext,
  { outer, n, inner }: Block,
  run: (vector: VectorExports, part: ColumnPart) => void,
): void {
  const parts = threads.parts(outer * n * inner, GRAIN_SIZE.heavy);
  const bytes = vector.scanScratch() / threads.size;
  const scratch = heap.scratch(bytes * parts);
  threads.run(parts, ({ vector: own }, part) => {
    const at = scratch + part * bytes;
    if (outer >= parts) {
      const { first, count } = chunkOf(part, parts, outer, 1);
      run(own, { start: first * n * inner, outer: count, cols: inner, scratch: at });
      return;
    }
    const { first, count } = chunkOf(part, parts, inner, CACHE_LINE);
    if (count > 0) run(own, { start: first, outer, cols: count, scratch: at });
  });
}

/** Writes the logarithms of running sums of exponentials of a block of floats that is not empty. */
export function logcumsumexpArray(context: KernelContext, x: NDArray, block: Block, out: NDArray): void {
  const { heap } = context;
  const kernel = `logcumsumexpColumns_${SUFFIX[x.dtype] as "f32" | "f64"}` as const;
  const size = BYTES[x.dtype];
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  const { n, inner } = block;
  overColumns(context, block, (vector, { start, outer, cols, scratch }) => {
    vector[kernel](target.address + size * start, from + size * start, outer, n, cols, inner, scratch);
  });
  copyOut(heap, out, target);
}

/** Writes the places of the extremes so far of a block that is not empty. */
export function argScanArray(context: KernelContext, op: ArgScanOp, x: NDArray, block: Block, out: NDArray): void {
  const { heap, threads } = context;
  const suffix = SUFFIX[x.dtype];
  const size = BYTES[x.dtype];
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  const { outer: rows, n, inner } = block;
  if (inner === 1) {
    const parts = Math.min(rows, threads.parts(rows * n, GRAIN_SIZE.heavy));
    threads.run(parts, ({ vector }, part) => {
      const { first, count } = chunkOf(part, parts, rows, 1);
      vector[`${op}Rows_${suffix}`](target.address + 4 * first * n, from + size * first * n, count, n);
    });
  } else {
    overColumns(context, block, (vector, { start, outer, cols, scratch }) => {
      const [to, at] = [target.address + 4 * start, from + size * start];
      vector[`${op}Columns_${suffix}`](to, at, outer, n, cols, inner, scratch);
    });
  }
  copyOut(heap, out, target);
}
