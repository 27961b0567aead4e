/** @file Sorting and selection along the middle of contiguous blocks of the heap. */
import type { Block, DType, NDArray } from "../backend.ts";
import { BYTES } from "../layout.ts";
import { copyView, denseCopy } from "./copy.ts";
import {
  copyOut,
  type KernelContext,
  operandAddress,
  type StridedView,
  targetOf,
  temporary,
} from "./kernel-context.ts";
import { SUFFIX } from "./suffix.ts";

/** A contiguous block read as [outer, inner, n]. */
function turned(dtype: DType, address: number, { outer, n, inner }: Block): StridedView {
  return { dtype, address, shape: [outer, inner, n], strides: [n * inner, 1, inner] };
}

/** Address of the block with `n` as its last dimension: the block itself, or a copy. */
function rowsOf(context: KernelContext, x: NDArray, block: Block): number {
  const address = operandAddress(context.heap, x);
  return block.inner === 1 ? address : denseCopy(context, turned(x.dtype, address, block)).address;
}

/** Lets `write` fill the rows [outer · inner, n] of a contiguous block. */
function writeRows(context: KernelContext, out: NDArray, block: Block, write: (rows: number) => void): void {
  const { heap } = context;
  const target = targetOf(heap, out);
  if (block.inner === 1) {
    write(target.address);
  } else {
    const rows = temporary(heap, [block.outer, block.inner, block.n], out.dtype);
    write(rows.address);
    copyView(context, turned(out.dtype, target.address, block), rows);
  }
  copyOut(heap, out, target);
}

function scratchFor({ heap, vector }: KernelContext, x: NDArray, n: number): number {
  return heap.scratch(vector.sortScratch(n, BYTES[x.dtype]));
}

/** Writes the indices that sort a block that is not empty. */
export function argsortArray(
  context: KernelContext,
  x: NDArray,
  block: Block,
  descending: boolean,
  indices: NDArray,
): void {
  const from = rowsOf(context, x, block);
  const scratch = scratchFor(context, x, block.n);
  const kernel = context.vector[`argsort_${SUFFIX[x.dtype]}`];
  writeRows(context, indices, block, (order) => {
    kernel(order, from, block.outer * block.inner, block.n, descending ? -1 : 0, scratch);
  });
}

/** Writes the indices of the k largest or smallest in their order, [outer, k, inner]; 0 < k ≤ n. */
export function topkArray(
  context: KernelContext,
  x: NDArray,
  block: Block,
  k: number,
  largest: boolean,
  indices: NDArray,
): void {
  const { vector } = context;
  const rows = block.outer * block.inner;
  const from = rowsOf(context, x, block);
  const scratch = scratchFor(context, x, block.n);
  const kernel = vector[`topk_${SUFFIX[x.dtype]}`];
  writeRows(context, indices, { ...block, n: k }, (order) => {
    kernel(order, from, rows, block.n, k, largest ? -1 : 0, scratch);
  });
}

/** Writes the index of the k-th smallest, counted from 1, [outer, inner]. */
export function kthArray(context: KernelContext, x: NDArray, block: Block, k: number, indices: NDArray): void {
  const { heap, vector } = context;
  const from = rowsOf(context, x, block);
  const scratch = scratchFor(context, x, block.n);
  const target = targetOf(heap, indices);
  vector[`kth_${SUFFIX[x.dtype]}`](target.address, from, block.outer * block.inner, block.n, k, 0, scratch);
  copyOut(heap, indices, target);
}
