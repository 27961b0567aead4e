/** @file Reductions of contiguous blocks on all threads. */
import type { Block, DType, NDArray, ReduceOp, TypedArray } from "../backend.ts";
import { BYTES } from "../layout.ts";
import { denseCopy } from "./copy.ts";
import type { Heap } from "./heap.ts";
import { copyOut, type KernelContext, operandAddress, type StridedView, targetOf } from "./kernel-context.ts";
import { CACHE_LINE, type Chunk, chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";
import type { VectorExports } from "./wasm.ts";

/** The kernels of each dtype: truth values are bytes. */
const KINDS = { float32: "f32", float64: "f64", int32: "i32", uint8: "u8", bool: "u8" } as const;

/** The numbers by which the kernels know the reductions. */
export const FOLDS = { sum: 0, prod: 1, max: 2, min: 3 } as const;

type Fold = keyof typeof FOLDS;

/** The kernels' name of a reduction, or null where there is none: bytes have extrema alone. */
export function foldOf(op: ReduceOp, dtype: DType): Fold | null {
  if (op === "any" || op === "all") return op === "any" ? "max" : "min";
  if (op === "max" || op === "min") return op;
  if (dtype === "uint8") return null;
  if (dtype === "bool") return op === "sum" ? "max" : "min";
  return op;
}

/** Joins two results of pieces. */
const JOINS: Readonly<Record<Fold, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  prod: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};

/**
 * Into how many pieces a row or a column of n elements is cut. That must not depend on the number of threads, or the
 * result would.
 */
function piecesOf(n: number): number {
  return Math.min(16, Math.max(1, Math.floor(n / GRAIN_SIZE.light)));
}

/** Columns up to which a fold down the columns is cut by rows: fewer do not give every thread a cache line or two. */
const NARROW = 512;

/** The whole memory as numbers of a dtype. */
function numbersOf(heap: Heap, dtype: DType): TypedArray {
  if (dtype === "float32") return heap.floats;
  if (dtype === "float64") return heap.doubles;
  return dtype === "int32" ? heap.ints : heap.bytes;
}

/** out = all elements of each row in one, for `rows` rows of n ≥ 1. */
function foldRows(
  context: KernelContext,
  op: Fold,
  dtype: DType,
  out: number,
  x: number,
  rows: number,
  n: number,
): void {
  const { heap, threads } = context;
  const [kind, size, code] = [KINDS[dtype], BYTES[dtype], FOLDS[op]];
  const pieces = piecesOf(n);
  if (pieces === 1 || rows >= pieces) {
    const parts = Math.min(rows, threads.parts(rows * n, GRAIN_SIZE.light));
    threads.run(parts, ({ vector }, part) => {
      const { first, count } = chunkOf(part, parts, rows, 1);
      vector[`foldRows_${kind}`](code, out + size * first, x + size * first * n, count, n);
    });
    return;
  }
  const length = CACHE_LINE * Math.ceil(n / pieces / CACHE_LINE);
  const count = Math.ceil(n / length);
  const parts = Math.min(count, threads.parts(n, GRAIN_SIZE.light));
  const at = heap.scratch(8 * count);
  const join = dtype === "int32" && op === "prod" ? Math.imul : JOINS[op];
  for (let row = 0; row < rows; row++) {
    threads.run(parts, ({ vector }, part) => {
      const own = chunkOf(part, parts, count, 1);
      vector[`foldPieces_${kind}`](code, at, x + size * row * n, n, length, own.first, own.count);
    });
    const found = heap.doubles.subarray(at / 8, at / 8 + count).reduce((a, b) => join(a, b));
    numbersOf(heap, dtype)[out / size + row] = found;
  }
}

/** out = all elements of each column in one, for `outer` blocks of rows × cols. */
export function foldColumns(
  context: KernelContext,
  op: Fold,
  dtype: DType,
  out: number,
  x: number,
  { outer, n: rows, inner: cols }: Block,
  step: number = BYTES[dtype] * cols,
): void {
  const { heap, threads } = context;
  const [kind, size, code] = [KINDS[dtype], BYTES[dtype], FOLDS[op]];
  const room = op === "sum" ? context.vector.foldColumnsScratch() : 0;
  const parts = threads.parts(outer * rows * cols, GRAIN_SIZE.light);
  const scratch = room === 0 ? 0 : heap.scratch(room * Math.max(parts, 1));
  const run = (count: number, unit: number, call: (v: VectorExports, range: Chunk, scratch: number) => void): void => {
    const used = Math.min(parts, Math.ceil(count / unit));
    threads.run(used, ({ vector }, part) => {
      const range = chunkOf(part, used, count, unit);
      if (range.count > 0) call(vector, range, scratch + room * part);
    });
  };
  const pieces = outer > 1 || cols > NARROW ? 1 : Math.min(piecesOf(rows * cols), Math.ceil(rows / 8));
  if (pieces > 1) {
    const length = 8 * Math.ceil(rows / pieces / 8);
    const count = Math.ceil(rows / length);
    const at = heap.scratch(size * count * cols);
    run(count, 1, (vector, { first, count: own }, room_) => {
      for (let piece = first; piece < first + own; piece++) {
        const start = piece * length;
        const left = Math.min(length, rows - start);
        vector[`foldColumns_${kind}`](code, at + size * piece * cols, x + start * step, 1, left, cols, step, room_);
      }
    });
    context.vector[`foldColumns_${kind}`](code, out, at, 1, count, cols, size * cols, scratch);
  } else if (outer >= parts) {
    run(outer, 1, (vector, { first, count }, room_) => {
      const from = x + first * rows * step;
      vector[`foldColumns_${kind}`](code, out + size * first * cols, from, count, rows, cols, step, room_);
    });
  } else {
    for (let o = 0; o < outer; o++) {
      run(cols, 64 / size, (vector, { first, count }, room_) => {
        const [to, from] = [out + size * (o * cols + first), x + o * rows * step + size * first];
        vector[`foldColumns_${kind}`](code, to, from, 1, rows, count, step, room_);
      });
    }
  }
}

/** Writes a reduction of a block that is not empty to `out`, shape [outer, inner]. */
export function reduceArray(context: KernelContext, op: Fold, x: NDArray, block: Block, out: NDArray): void {
  const { heap } = context;
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  if (block.inner === 1) foldRows(context, op, x.dtype, target.address, from, block.outer, block.n);
  else foldColumns(context, op, x.dtype, target.address, from, block);
  copyOut(heap, out, target);
}

/** Writes positions of extrema in a block that is not empty to `out`, shape [outer, inner]. */
export function argReduceArray(
  context: KernelContext,
  op: "argmax" | "argmin",
  x: NDArray,
  block: Block,
  out: NDArray,
): void {
  const { heap, threads } = context;
  const { outer, n, inner } = block;
  const [kind, code] = [KINDS[x.dtype], FOLDS[op === "argmax" ? "max" : "min"]];
  const rows = outer * inner;
  const from = asRows(context, x, block);
  const target = targetOf(heap, out);
  const parts = Math.min(rows, threads.parts(rows * n, GRAIN_SIZE.light));
  threads.run(parts, ({ vector }, part) => {
    const { first, count } = chunkOf(part, parts, rows, 1);
    const start = from + BYTES[x.dtype] * first * n;
    vector[`argRows_${kind}`](code, target.address + 4 * first, start, count, n);
  });
  copyOut(heap, out, target);
}

/** Address of the block with `n` as its last dimension: the block itself, or a copy. */
export function asRows(context: KernelContext, x: NDArray, block: Block): number {
  const address = operandAddress(context.heap, x);
  return block.inner === 1 ? address : denseCopy(context, turned(x.dtype, address, block)).address;
}

/** A contiguous block read as [outer, inner, n]. */
export function turned(dtype: DType, address: number, { outer, n, inner }: Block): StridedView {
  return { dtype, address, shape: [outer, inner, n], strides: [n * inner, 1, inner] };
}
