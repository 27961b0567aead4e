/** @file Copies between strided views of the heap: contiguous rows, transposes, and anything else. */
import type { NDArray } from "../backend.ts";
import { broadcastStrides } from "../layout.ts";
import { coalesceDims, forEachPlane, sizeAlong, strideAlong } from "../nd-iterator.ts";
import {
  copyOut,
  type KernelContext,
  overlaps,
  type StridedView,
  targetOf,
  temporary,
  viewOf,
} from "./kernel-context.ts";

/** Copies `from`, read with strides that fit the shape of `to`. The windows do not overlap, and no dimension is empty. */
export function copyView(
  { vector }: KernelContext,
  to: StridedView,
  from: { readonly address: number; readonly strides: readonly number[] },
): void {
  const { shape, toSteps, fromSteps } = inMemoryOrder(to.shape, to.strides, from.strides);
  const iteration = coalesceDims(shape, [toSteps, fromSteps]);
  const col = iteration.shape.length - 1;
  const cols = sizeAlong(iteration, col);
  const toCol = col < 0 ? 1 : strideAlong(iteration, 0, col);
  const fromCol = col < 0 ? 1 : strideAlong(iteration, 1, col);
  // If the columns of the source lie apart, the dimension along which it is contiguous makes the rows.
  const along = toCol === 1 && fromCol !== 1 ? iteration.strides[1]!.indexOf(1) : -1;
  const row = along >= 0 ? along : col - 1;
  const rows = sizeAlong(iteration, row);
  const toRow = 4 * strideAlong(iteration, 0, row);
  const fromRow = 4 * strideAlong(iteration, 1, row);
  forEachPlane(iteration, row, col, [to.address, from.address], 4, ([target, source]) => {
    if (along >= 0) vector.transposeRows(target!, source!, rows, cols, toRow, 4 * fromCol);
    else if (toCol === 1 && fromCol === 1) vector.copyRows(target!, source!, rows, cols, toRow, fromRow);
    else vector.copyStrided(target!, source!, rows, cols, toRow, 4 * toCol, fromRow, 4 * fromCol);
  });
}

/** A contiguous copy of a window that lives as long as the running operation. */
export function denseCopy(context: KernelContext, x: StridedView): StridedView {
  const copy = temporary(context.heap, x.shape);
  copyView(context, copy, x);
  return copy;
}

/** The dimensions ordered so that the target is written from low to high addresses, as far as it goes. */
function inMemoryOrder(
  shape: readonly number[],
  to: readonly number[],
  from: readonly number[],
): { shape: readonly number[]; toSteps: readonly number[]; fromSteps: readonly number[] } {
  let ordered = true;
  for (let d = 1; d < to.length; d++) ordered &&= Math.abs(to[d]!) <= Math.abs(to[d - 1]!);
  if (ordered) return { shape, toSteps: to, fromSteps: from };
  const order = shape.map((_, d) => d).sort((d, e) => Math.abs(to[e]!) - Math.abs(to[d]!));
  const pick = (list: readonly number[]): number[] => order.map((d) => list[d]!);
  return { shape: pick(shape), toSteps: pick(to), fromSteps: pick(from) };
}

/** Writes `src`, broadcast to the shape of `dst`, into `dst`, which is not empty. */
export function copyFloats(context: KernelContext, dst: NDArray, src: NDArray): void {
  const { heap } = context;
  const from = viewOf(heap, src);
  const source = overlaps(dst, src) ? denseCopy(context, from) : from;
  const strides = broadcastStrides(src.shape, source.strides, dst.shape);
  const target = targetOf(heap, dst);
  copyView(context, target, { address: source.address, strides });
  copyOut(heap, dst, target);
}

/** Sets every element of `dst`, which is not empty; false, and nothing done, if its rows are not contiguous. */
export function fillFloats({ heap, vector }: KernelContext, dst: NDArray, value: number): boolean {
  const iteration = coalesceDims(dst.shape, [dst.strides]);
  const col = iteration.shape.length - 1;
  if (strideAlong(iteration, 0, col) !== 1) return false;
  const row = col - 1;
  const [rows, cols, step] = [sizeAlong(iteration, row), sizeAlong(iteration, col), 4 * strideAlong(iteration, 0, row)];
  const target = targetOf(heap, dst);
  forEachPlane(iteration, row, col, [target.address], 4, ([to]) => vector.fillRows(to!, value, rows, cols, step));
  copyOut(heap, dst, target);
  return true;
}

/** Writes contiguous bytes, as numbers, to `out`, which is contiguous and not empty. */
export function floatsFromBytes({ heap, vector }: KernelContext, bytes: Uint8Array, out: NDArray): void {
  const from = heap.scratch(bytes.length);
  heap.bytes.set(bytes, from);
  const target = targetOf(heap, out);
  vector.divideBytes(target.address, from, bytes.length, 1);
  copyOut(heap, out, target);
}
