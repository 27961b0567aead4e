/** @file Reductions of contiguous float32 blocks, and functions along their rows. */
import type { Block, NDArray } from "../backend.ts";
import { copyView, denseCopy } from "./copy.ts";
import {
  copyOut,
  type KernelContext,
  operandAddress,
  type StridedView,
  targetOf,
  temporary,
} from "./kernel-context.ts";

/** Writes sums or extrema of a block that is not empty to `out`, shape [outer, inner]. */
export function reduceFloats(
  context: KernelContext,
  op: "sum" | "max" | "min",
  x: NDArray,
  block: Block,
  out: NDArray,
): void {
  const { heap, vector } = context;
  const { outer, n, inner } = block;
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  const to = target.address;
  if (inner === 1) {
    if (op === "sum") vector.sumRows(to, from, outer, n);
    else if (op === "max") vector.maxRows(to, from, outer, n);
    else vector.minRows(to, from, outer, n);
  } else if (op === "sum") {
    vector.sumColumns(to, from, outer, n, inner, 4 * inner, heap.scratch(vector.sumColumnsScratch()));
  } else if (op === "max") {
    vector.maxColumns(to, from, outer, n, inner, 4 * inner);
  } else {
    vector.minColumns(to, from, outer, n, inner, 4 * inner);
  }
  copyOut(heap, out, target);
}

/** Writes positions of extrema in a block that is not empty to `out`, int32 of shape [outer, inner]. */
export function argReduceFloats(
  context: KernelContext,
  op: "argmax" | "argmin",
  x: NDArray,
  block: Block,
  out: NDArray,
): void {
  const { heap, vector } = context;
  const { outer, n, inner } = block;
  const count = outer * inner;
  const from = asRows(context, operandAddress(heap, x), block);
  const target = targetOf(heap, out);
  if (op === "argmax") vector.argmaxRows(target.address, from, count, n);
  else vector.argminRows(target.address, from, count, n);
  copyOut(heap, out, target);
}

/** Address of the block with `n` as its last dimension: the block itself, or a copy. */
function asRows(context: KernelContext, address: number, block: Block): number {
  return block.inner === 1 ? address : denseCopy(context, turned(address, block)).address;
}

/** A contiguous float32 block read as [outer, inner, n]. */
function turned(address: number, { outer, n, inner }: Block): StridedView {
  return { dtype: "float32", address, shape: [outer, inner, n], strides: [n * inner, 1, inner] };
}

/** Of the addresses of the result and the sources, the number of rows and their length. */
type RowKernel = (out: number, sources: readonly number[], rows: number, n: number) => void;

/** out = kernel of the sources, row by row along the middle of the block; all are contiguous. */
function alongBlock(
  context: KernelContext,
  kernel: RowKernel,
  sources: readonly NDArray[],
  block: Block,
  out: NDArray,
): void {
  const { heap } = context;
  const { outer, n, inner } = block;
  const from = sources.map((x) => asRows(context, operandAddress(heap, x), block));
  const target = targetOf(heap, out);
  if (inner === 1) {
    kernel(target.address, from, outer, n);
  } else {
    const rows = temporary(heap, [outer, inner, n]);
    kernel(rows.address, from, outer * inner, n);
    copyView(context, turned(target.address, block), rows);
  }
  copyOut(heap, out, target);
}

export function softmaxFloats(context: KernelContext, x: NDArray, block: Block, log: boolean, out: NDArray): void {
  const { vector } = context;
  const kernel = log ? vector.logSoftmaxRows : vector.softmaxRows;
  alongBlock(context, (to, [from], rows, n) => kernel(to, from!, rows, n), [x], block, out);
}

export function softmaxGradFloats(
  context: KernelContext,
  grad: NDArray,
  y: NDArray,
  block: Block,
  log: boolean,
  out: NDArray,
): void {
  const { vector } = context;
  const kernel = log ? vector.logSoftmaxGradRows : vector.softmaxGradRows;
  alongBlock(context, (to, [g, from], rows, n) => kernel(to, g!, from!, rows, n), [grad, y], block, out);
}
