/** @file Operations along an axis of contiguous arrays: reductions, scans, sort, softmax. */
import type { Block, NDArray, ReduceOp } from "../backend.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { GpuArray, Threads } from "./runtime.ts";
import {
  bestKernel,
  extremeKernel,
  type FoldInput,
  foldKernel,
  LOG_SOFTMAX,
  LOG_SOFTMAX_GRAD,
  POSITIONS,
  SOFTMAX,
  SOFTMAX_GRAD,
  SORT_PASS,
  SORTED_POSITIONS,
  type SumScan,
  scanKernel,
} from "./sources/axis-ops.ts";
import { SCALED } from "./sources/fused.ts";
import { rowExtremeKernel, rowFoldKernel, rowSoftmaxGradKernel, rowSoftmaxKernel } from "./sources/row-ops.ts";
import { lanesFor } from "./sources/rows.ts";
import { MERGE_PASS, partSortKernel, SORTED_PART } from "./sources/sorting.ts";

/** Rows along the axis are split into chunks when there are fewer of them than this, so that the GPU is kept busy. */
const MIN_UNSPLIT_ROWS = 2048;
/** Fewest elements of a chunk. */
const MIN_CHUNK = 32;

/** How to split the rows along the axis into chunks. */
function chunksOf({ outer, n, inner }: Block): { readonly chunk: number; readonly chunks: number } {
  const rows = outer * inner;
  if (rows >= MIN_UNSPLIT_ROWS || n < 4 * MIN_CHUNK) return { chunk: n, chunks: 1 };
  const chunk = Math.max(MIN_CHUNK, Math.ceil(Math.sqrt(n)), Math.ceil((n * rows) / 65536));
  return { chunk, chunks: Math.ceil(n / chunk) };
}

/** Rows that are so few and so long are reduced in parts rather than by one workgroup each. */
const FEW_ROWS = 64;
const LONG_ROW = 8192;

/** Elements of a part of a long row. */
const PART = 2048;

/** How many threads of WGSL may share one of the rows; null where rows do not lie in one piece, or threads share nothing. */
export function rowThreads(context: GpuContext, { inner }: Block): Threads | null {
  return inner === 1 ? context.runtime.threads : null;
}

/** Whether a kernel that gives a row to one workgroup would leave most of the GPU idle. */
export function isTooLong({ outer, n }: Block): boolean {
  return outer < FEW_ROWS && n > LONG_ROW;
}

/** As {@link fold}, of rows that lie in one piece. */
function foldRows(
  context: GpuContext,
  op: ReduceOp,
  input: FoldInput,
  { outer, n }: Block,
  arrays: readonly GpuArray[],
  at: number,
  further: readonly number[],
  threads: Threads,
): GpuArray {
  const block = { outer, n, inner: 1 };
  const part = isTooLong(block) ? PART : n;
  const parts = Math.ceil(n / part);
  const numbers = [outer * parts, part, lanesFor(part, outer * parts, threads), at, n, parts, ...further, Infinity];
  const found = context.run(rowFoldKernel(op, input, threads), outer * parts, arrays, numbers);
  if (parts === 1) return found;
  try {
    // What has been found of "any" and "all" is 0 or 1, which they take as it is.
    return foldRows(context, op, "x", { outer, n: parts, inner: 1 }, [found], 0, [], threads);
  } finally {
    found.release();
  }
}

/** Reduces a block along its axis, chunk by chunk. `further` are the numbers for further arrays. */
export function fold(
  context: GpuContext,
  op: ReduceOp,
  input: FoldInput,
  block: Block,
  arrays: readonly GpuArray[],
  at: number,
  further: readonly number[] = [],
): GpuArray {
  const { outer, n, inner } = block;
  const threads = rowThreads(context, block);
  if (threads !== null) return foldRows(context, op, input, block, arrays, at, further, threads);
  const { chunk, chunks } = chunksOf(block);
  const numbers = [at, n, inner, chunk, chunks, ...further];
  const parts = context.run(foldKernel(op, input), outer * chunks * inner, arrays, numbers);
  if (chunks === 1) return parts;
  try {
    return fold(context, op, "x", { outer, n: chunks, inner }, [parts], 0);
  } finally {
    parts.release();
  }
}

/** The largest number of an array. */
export function largest(context: GpuContext, array: GpuArray): GpuArray {
  return fold(context, "max", "x", { outer: 1, n: array.length, inner: 1 }, [array], 0);
}

const IDENTITY_ELEMENTS: Record<ReduceOp, number> = { sum: 0, prod: 1, max: -Infinity, min: Infinity, any: 0, all: 1 };

export function reduce(context: GpuContext, op: ReduceOp, x: NDArray, block: Block): NDArray {
  const shape = [block.outer, block.inner];
  if (block.n === 0 || block.outer * block.inner === 0) return context.result(x.dtype, shape, IDENTITY_ELEMENTS[op]);
  return context.result(x.dtype, shape, fold(context, op, "x", block, [context.array(x)], x.offset));
}

export function argReduce(context: GpuContext, op: "argmax" | "argmin", x: NDArray, block: Block): NDArray {
  const { outer, n, inner } = block;
  const shape = [outer, inner];
  const range = { low: 0, high: n - 1 };
  if (outer * inner === 0) return context.result("int32", shape, 0, range);
  const array = context.array(x);
  const threads = rowThreads(context, block);
  if (threads !== null && !isTooLong(block)) {
    const numbers = [outer, n, lanesFor(n, outer, threads), x.offset];
    return context.result("int32", shape, context.run(rowExtremeKernel(op, threads), outer, [array], numbers), range);
  }
  const { chunk, chunks } = chunksOf(block);
  const found = context.run(extremeKernel(op), outer * chunks * inner, [array], [x.offset, n, inner, chunk, chunks]);
  if (chunks === 1) return context.result("int32", shape, found, range);
  const best = context.run(bestKernel(op), outer * inner, [array, found], [x.offset, n, inner, chunks]);
  found.release();
  return context.result("int32", shape, best, range);
}

export function scan(context: GpuContext, op: SumScan, x: NDArray, { outer, n, inner }: Block): NDArray {
  const length = outer * n * inner;
  if (length === 0) return context.result(x.dtype, x.shape, 0);
  let sums = context.array(x).retain();
  let at = x.offset;
  const kernel = scanKernel(op, x.dtype);
  for (let step = 1; step < n || at === x.offset; step *= 2) {
    const next = context.run(kernel, length, [sums], [at, n, inner, step]);
    sums.release();
    sums = next;
    at = 0;
    if (step >= n) break;
  }
  return context.result(x.dtype, x.shape, sums);
}

/** The positions that sort every line of a block, by parts that are merged. */
function sortedPositions(
  context: GpuContext,
  x: NDArray,
  { outer, n, inner }: Block,
  descending: boolean,
  threads: Threads,
): GpuArray {
  const array = context.array(x);
  const size = Math.min(2 ** Math.ceil(Math.log2(n)), SORTED_PART);
  const parts = Math.ceil(n / size);
  const length = outer * n * inner;
  const numbers = [x.offset, outer * inner, n, inner, Number(descending)];
  let order = context.run(partSortKernel(`${threads}`), length, [array], [...numbers, size, parts]);
  for (let run = size; run < n; run *= 2) {
    const isLast = 2 * run >= n;
    const merged = context.run(MERGE_PASS, length, [array, order], [...numbers, run, isLast ? 1 : parts]);
    order.release();
    order = merged;
  }
  return order;
}

export function argsort(context: GpuContext, x: NDArray, { outer, n, inner }: Block, descending: boolean): NDArray {
  const range = { low: 0, high: n - 1 };
  const length = outer * n * inner;
  if (length === 0) return context.result("int32", x.shape, 0, range);
  const { threads } = context.runtime;
  if (threads !== null) {
    return context.result(
      "int32",
      x.shape,
      sortedPositions(context, x, { outer, n, inner }, descending, threads),
      range,
    );
  }
  const size = 2 ** Math.ceil(Math.log2(n));
  const all = outer * inner * size;
  const array = context.array(x);
  let order = context.run(POSITIONS, all, [], [size]);
  for (let run = 2; run <= size; run *= 2) {
    for (let distance = run / 2; distance >= 1; distance /= 2) {
      const numbers = [x.offset, n, inner, size, run, distance, Number(descending)];
      const next = context.run(SORT_PASS, all, [array, order], numbers);
      order.release();
      order = next;
    }
  }
  const indices = context.run(SORTED_POSITIONS, length, [order], [n, inner, size]);
  order.release();
  return context.result("int32", x.shape, indices, range);
}

/** The maximum along the axis, and the sum of exp(x − maximum). */
export function withMaxAndExpSum<T>(
  context: GpuContext,
  x: NDArray,
  block: Block,
  use: (x: GpuArray, maxima: GpuArray, sums: GpuArray) => T,
): T {
  const array = context.array(x);
  const maxima = fold(context, "max", "x", block, [array], x.offset);
  const sums = fold(context, "sum", "exp(x-y)", block, [array, maxima], x.offset);
  try {
    return use(array, maxima, sums);
  } finally {
    maxima.release();
    sums.release();
  }
}

export function softmax(context: GpuContext, x: NDArray, block: Block, log: boolean): NDArray {
  const { outer, n, inner } = block;
  const length = outer * n * inner;
  if (length === 0) return context.result(x.dtype, x.shape, 0);
  const threads = rowThreads(context, block);
  if (threads !== null && !isTooLong(block)) {
    const numbers = [outer, n, lanesFor(n, outer, threads), x.offset, Infinity];
    const out = context.run(rowSoftmaxKernel(log, threads), length, [context.array(x)], numbers);
    return context.result(x.dtype, x.shape, out);
  }
  const result = withMaxAndExpSum(context, x, block, (array, maxima, sums) =>
    context.run(log ? LOG_SOFTMAX : SOFTMAX, length, [array, maxima, sums], [n, inner, x.offset]),
  );
  return context.result(x.dtype, x.shape, result);
}

/** The gradient times `scale`, which is 1 for the logarithm. */
export function softmaxGrad(
  context: GpuContext,
  grad: NDArray,
  y: NDArray,
  block: Block,
  log: boolean,
  scale = 1,
): NDArray {
  const { outer, n, inner } = block;
  const length = outer * n * inner;
  if (length === 0) return context.result(y.dtype, y.shape, 0);
  const [g, result] = [context.array(grad), context.array(y)];
  const threads = rowThreads(context, block);
  if (threads !== null && !isTooLong(block)) {
    const numbers = [outer, n, lanesFor(n, outer, threads), grad.offset, y.offset, scale];
    const out = context.run(rowSoftmaxGradKernel(log, threads), length, [g, result], numbers);
    return context.result(y.dtype, y.shape, out);
  }
  const sums = log
    ? fold(context, "sum", "x", block, [g], grad.offset)
    : fold(context, "sum", "x*y", block, [g, result], grad.offset, [y.offset]);
  const kernel = log ? LOG_SOFTMAX_GRAD : SOFTMAX_GRAD;
  const out = context.run(kernel, length, [g, result, sums], [n, inner, grad.offset, y.offset]);
  sums.release();
  if (scale === 1) return context.result(y.dtype, y.shape, out);
  const scaled = context.run(SCALED, length, [out], [scale]);
  out.release();
  return context.result(y.dtype, y.shape, scaled);
}
