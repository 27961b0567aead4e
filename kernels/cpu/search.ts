/** @file Positions in sorted sequences, and longest runs of equal elements, on the heap. */
import type { Block, NDArray } from "../backend.ts";
import { BYTES, sizeOf } from "../layout.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import { CACHE_LINE, chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";
import { SUFFIX } from "./suffix.ts";

/** Writes where values belong in their ascending sequences. Nothing is empty. */
export function searchArray(
  { heap, threads }: KernelContext,
  sequences: NDArray,
  values: NDArray,
  right: boolean,
  out: NDArray,
): void {
  const kernel = `searchSorted_${SUFFIX[values.dtype]}` as const;
  const width = sequences.shape[sequences.shape.length - 1]!;
  const count = sizeOf(values.shape);
  const isShared = sequences.shape.length === 1;
  const rowLength = isShared ? count : values.shape[values.shape.length - 1]!;
  const step = isShared ? 0 : BYTES[sequences.dtype] * width;
  const [list, from] = [operandAddress(heap, sequences), operandAddress(heap, values)];
  const target = targetOf(heap, out);
  const parts = threads.parts(count * Math.ceil(Math.log2(width + 1)), GRAIN_SIZE.heavy);
  threads.run(parts, ({ vector }, part) => {
    const { first, count: some } = chunkOf(part, parts, count, CACHE_LINE);
    if (some > 0) vector[kernel](target.address, list, width, from, first, some, rowLength, step, Number(right));
  });
  copyOut(heap, out, target);
}

/** Writes where the longest runs of equal elements end in the lines of a block. Nothing is empty. */
export function longestRunArray(
  { heap, threads }: KernelContext,
  x: NDArray,
  { outer, n, inner }: Block,
  out: NDArray,
): void {
  const kernel = `longestRun_${SUFFIX[x.dtype]}` as const;
  const lines = outer * inner;
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  const parts = Math.min(lines, threads.parts(lines * n, GRAIN_SIZE.heavy));
  threads.run(parts, ({ vector }, part) => {
    const { first, count } = chunkOf(part, parts, lines, 1);
    vector[kernel](target.address, from, first, count, n, inner);
  });
  copyOut(heap, out, target);
}
