/** @file Elements and rows at indices, and the positions of what is not 0, on the heap. */
import type { DType, NDArray, ScatterMode } from "../backend.ts";
import { BYTES, broadcastStrides, sizeOf } from "../layout.ts";
import { coalesceDims, forEachPlane, sizeAlong, strideAlong } from "../nd-iterator.ts";
import { outOfBounds, without } from "../reference/indexing.ts";
import { denseCopy } from "./copy.ts";
import {
  copyOut,
  isDense,
  type KernelContext,
  operandAddress,
  type StridedView,
  targetOf,
  viewOf,
} from "./kernel-context.ts";
import { SUFFIX } from "./suffix.ts";
import type { VectorExports } from "./wasm.ts";

/** Bytes of the elements that a kernel only moves. */
type Size = 1 | 4 | 8;

/** @throws RangeError if an index lies outside [0, size). */
export function checkIndices({ heap, vector }: KernelContext, index: NDArray, dim: number, size: number): void {
  if (sizeOf(index.shape) === 0) return;
  const shape = index.shape.map((length, d) => (index.strides[d] === 0 ? 1 : length));
  const iteration = coalesceDims(shape, [index.strides]);
  const col = iteration.shape.length - 1;
  const [rows, cols] = [sizeAlong(iteration, col - 1), sizeAlong(iteration, col)];
  const [row, step] = [4 * strideAlong(iteration, 0, col - 1), 4 * strideAlong(iteration, 0, col)];
  forEachPlane(iteration, col - 1, col, [operandAddress(heap, index)], 4, ([at]) => {
    const found = vector.outside(at!, rows, cols, row, step, size);
    if (found < 0) return;
    const value = heap.ints[(at! + Math.floor(found / cols) * row + (found % cols) * step) >>> 2];
    throw outOfBounds(value!, dim, size);
  });
}

/** Row-major positions of index arrays, which broadcast to the contiguous `out`. It is not empty. */
export function flattenIndices(
  context: KernelContext,
  indices: readonly NDArray[],
  sizes: readonly number[],
  dims: readonly number[],
  out: NDArray,
): void {
  const { heap, vector } = context;
  const target = targetOf(heap, out);
  for (const [i, index] of indices.entries()) {
    const steps = [out.strides, broadcastStrides(index.shape, index.strides, out.shape)];
    const iteration = coalesceDims(out.shape, steps);
    const col = iteration.shape.length - 1;
    const [rows, cols] = [sizeAlong(iteration, col - 1), sizeAlong(iteration, col)];
    const [outRow, outCol] = [4 * strideAlong(iteration, 0, col - 1), 4 * strideAlong(iteration, 0, col)];
    const [row, step] = [4 * strideAlong(iteration, 1, col - 1), 4 * strideAlong(iteration, 1, col)];
    const starts = [target.address, operandAddress(heap, index)];
    const size = sizes[i]!;
    forEachPlane(iteration, col - 1, col, starts, 4, ([to, at]) => {
      const found = vector.flattenIndex(to!, at!, rows, cols, outRow, outCol, row, step, size, Number(i === 0));
      if (found < 0) return;
      const value = heap.ints[(at! + Math.floor(found / cols) * row + (found % cols) * step) >>> 2];
      throw outOfBounds(value!, dims[i]!, size);
    });
  }
  copyOut(heap, out, target);
}

/** out[i][j] = x[index[i][j]][j] for dim 0, and so on. Indices are checked, and nothing is empty. */
export function gatherArray(context: KernelContext, x: NDArray, dim: number, index: NDArray, out: NDArray): void {
  const { heap, vector } = context;
  const bytes = BYTES[x.dtype] as Size;
  const kernel = vector[`gather_${bytes}`];
  const from = operandAddress(heap, x);
  const at = operandAddress(heap, index);
  const target = targetOf(heap, out);
  const steps = [out.strides, without(x.strides, dim), index.strides];
  const iteration = coalesceDims(index.shape, steps);
  const col = iteration.shape.length - 1;
  const [rows, cols] = [sizeAlong(iteration, col - 1), sizeAlong(iteration, col)];
  const stride = (array: number, d: number, size: number): number => size * strideAlong(iteration, array, d);
  const [outRow, outCol] = [stride(0, col - 1, bytes), stride(0, col, bytes)];
  const [xRow, xCol] = [stride(1, col - 1, bytes), stride(1, col, bytes)];
  const [indexRow, indexCol] = [stride(2, col - 1, 4), stride(2, col, 4)];
  const step = bytes * (x.strides[dim] ?? 0);
  forEachPlane(iteration, col - 1, col, [0, 0, 0], 1, ([o, p, i]) => {
    const [to, source, indices] = [target.address + bytes * o!, from + bytes * p!, at + 4 * i!];
    kernel(to, source, indices, rows, cols, outRow, outCol, xRow, xCol, indexRow, indexCol, step);
  });
  copyOut(heap, out, target);
}

/** The kernel that writes in one way to elements of one dtype. */
function scatterKernel(vector: VectorExports, mode: ScatterMode, dtype: DType): VectorExports["scatterSet_4"] {
  if (mode === "set") return vector[`scatterSet_${BYTES[dtype] as Size}`];
  if (mode === "add") return dtype === "bool" ? vector.scatterOr : vector[`scatterAdd_${SUFFIX[dtype]}`];
  return vector[`${SCATTER_NAMES[mode]}_${SUFFIX[dtype]}`];
}

const SCATTER_NAMES = { mul: "scatterMul", max: "scatterMax", min: "scatterMin" } as const;

/** dst[index[i][j]][j] = src[i][j] for dim 0 ("add": `+=`, and so on). Indices are checked, and nothing is empty. */
export function scatterArray(
  context: KernelContext,
  mode: ScatterMode,
  dst: NDArray,
  dim: number,
  index: NDArray,
  src: NDArray,
): void {
  const { heap, vector } = context;
  const bytes = BYTES[dst.dtype] as Size;
  const kernel = scatterKernel(vector, mode, dst.dtype);
  const from = operandAddress(heap, src);
  const at = operandAddress(heap, index);
  const target = targetOf(heap, dst, true);
  const steps = [without(dst.strides, dim), index.strides, src.strides];
  const iteration = coalesceDims(index.shape, steps);
  const col = iteration.shape.length - 1;
  const [rows, cols] = [sizeAlong(iteration, col - 1), sizeAlong(iteration, col)];
  const stride = (array: number, d: number, size: number): number => size * strideAlong(iteration, array, d);
  const [outRow, outCol] = [stride(0, col - 1, bytes), stride(0, col, bytes)];
  const [indexRow, indexCol] = [stride(1, col - 1, 4), stride(1, col, 4)];
  const [srcRow, srcCol] = [stride(2, col - 1, bytes), stride(2, col, bytes)];
  const step = bytes * (dst.strides[dim] ?? 0);
  forEachPlane(iteration, col - 1, col, [0, 0, 0], 1, ([o, i, p]) => {
    const [to, indices, source] = [target.address + bytes * o!, at + 4 * i!, from + bytes * p!];
    kernel(to, indices, source, rows, cols, outRow, outCol, indexRow, indexCol, srcRow, srcCol, step);
  });
  copyOut(heap, dst, target);
}

/** Sizes before, along and after a dimension. */
function around(shape: readonly number[], dim: number): { outer: number; size: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, dim)), size: shape[dim]!, inner: sizeOf(shape.slice(dim + 1)) };
}

function denseView(context: KernelContext, x: NDArray): StridedView {
  const view = viewOf(context.heap, x);
  return isDense(x) ? view : denseCopy(context, view);
}

/** Slices of the contiguous x at a vector of indices, which are checked. Nothing is empty. */
export function selectArray(context: KernelContext, x: NDArray, dim: number, index: NDArray, out: NDArray): void {
  const { heap, vector } = context;
  const { outer, size, inner } = around(x.shape, dim);
  const bytes = BYTES[x.dtype] * inner;
  const count = sizeOf(index.shape);
  const at = denseView(context, index).address;
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  vector.selectRows(target.address, from, at, outer, count, bytes, count * bytes, size * bytes);
  copyOut(heap, out, target);
}

/** Adds slices of `src` to the contiguous `dst` at a vector of indices, which are checked. Nothing is empty. */
export function addAtIndices(context: KernelContext, dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
  const { heap, vector } = context;
  const { outer, size, inner } = around(dst.shape, dim);
  const row = BYTES[dst.dtype] * inner;
  const count = sizeOf(index.shape);
  const at = denseView(context, index).address;
  const from = denseView(context, src).address;
  const target = targetOf(heap, dst, true);
  const kernel = vector[`addToRows_${SUFFIX[dst.dtype] as "f32" | "f64" | "i32"}`];
  kernel(target.address, from, at, outer, count, inner, row, size * row, count * row);
  copyOut(heap, dst, target);
}

/** Copies slices of `src` to the contiguous `dst` at a vector of indices, which are checked. Nothing is empty. */
export function copyToIndices(context: KernelContext, dst: NDArray, dim: number, index: NDArray, src: NDArray): void {
  const { heap, vector } = context;
  const { outer, size, inner } = around(dst.shape, dim);
  const row = BYTES[dst.dtype] * inner;
  const count = sizeOf(index.shape);
  const at = denseView(context, index).address;
  const from = denseView(context, src).address;
  const target = targetOf(heap, dst, true);
  vector.putRows(target.address, from, at, outer, count, row, row, row, size * row, count * row);
  copyOut(heap, dst, target);
}

/** How many elements of a contiguous array are not 0. */
export function countNonzero({ heap, vector }: KernelContext, x: NDArray): number {
  return vector[`count_${SUFFIX[x.dtype]}`](operandAddress(heap, x), sizeOf(x.shape));
}

/** Writes the coordinates of the elements of a contiguous array that are not 0, as many as rows of `out`. */
export function nonzeroArray(context: KernelContext, x: NDArray, out: NDArray): void {
  const { heap, vector } = context;
  const count = out.shape[0]!;
  const ndim = x.shape.length;
  const from = operandAddress(heap, x);
  const target = targetOf(heap, out);
  const flat = ndim === 1 ? target.address : heap.scratch(4 * count);
  vector[`positions_${SUFFIX[x.dtype]}`](flat, from, count, 0);
  if (ndim > 1) {
    const sizes = heap.scratch(4 * ndim);
    heap.ints.set(x.shape, sizes >>> 2);
    vector.unravel(target.address, flat, count, sizes, ndim);
  }
  copyOut(heap, out, target);
}

/** The shape of what {@link selectArray} gives. */
export function selectedShape(x: NDArray, dim: number, index: NDArray): number[] {
  return x.shape.with(dim, sizeOf(index.shape));
}
