/** @file Copies between strided views of the heap: contiguous rows, transposes, and anything else; and fills. */
import type { DType, NDArray } from "../backend.ts";
import { BYTES, broadcastStrides } from "../layout.ts";
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
import type { VectorExports } from "./wasm.ts";

type CopyKernels = Readonly<Record<"copyRows" | "copyStrided" | "transposeRows", keyof VectorExports>>;

/** Kernels for elements of one, four and eight bytes. */
const BY_SIZE = {
  1: { copyRows: "copyRows_u8", copyStrided: "copyStrided_u8", transposeRows: "transposeRows_u8" },
  4: { copyRows: "copyRows", copyStrided: "copyStrided", transposeRows: "transposeRows" },
  8: { copyRows: "copyRows", copyStrided: "copyStrided_u64", transposeRows: "transposeRows_u64" },
} as const satisfies Readonly<Record<number, CopyKernels>>;

/** Bytes of an element. */
function sizeOfElement({ dtype }: StridedView): keyof typeof BY_SIZE {
  return BYTES[dtype] as keyof typeof BY_SIZE;
}

/** Planes of fewer elements are left for others: a call for each takes longer than the copying. */
const SMALL_PLANE = 64;

/** The longest dimension but `col`: `near`, if no other one is longer. */
function longestBut(shape: readonly number[], col: number, near: number): number {
  return shape.reduce(
    (best, size, d) => (d !== col && size > sizeAlong({ shape, strides: [] }, best) ? d : best),
    near,
  );
}

/** Copies `from`, of the same dtype and read with strides that fit the shape of `to`. The windows do not overlap, and no dimension is empty. */
export function copyView(
  context: KernelContext,
  to: StridedView,
  from: { readonly address: number; readonly strides: readonly number[] },
): void {
  const { vector } = context;
  const ordered = inMemoryOrder(to.shape, to.strides, from.strides);
  const size = sizeOfElement(to);
  // What is read backwards, while the target's elements lie apart, is read forwards and written backwards.
  const back = ordered.fromSteps.findIndex((step, d) => step === -1 && Math.abs(ordered.toSteps[d]!) > 1);
  if (back >= 0) {
    const last = ordered.shape[back]! - 1;
    const target: StridedView = {
      dtype: to.dtype,
      address: to.address + size * last * ordered.toSteps[back]!,
      shape: ordered.shape,
      strides: ordered.toSteps.with(back, -ordered.toSteps[back]!),
    };
    copyView(context, target, { address: from.address - size * last, strides: ordered.fromSteps.with(back, 1) });
    return;
  }
  const { shape, toSteps, fromSteps } = ordered;
  const iteration = coalesceDims(shape, [toSteps, fromSteps]);
  const col = iteration.shape.length - 1;
  const cols = sizeAlong(iteration, col);
  const toCol = col < 0 ? 1 : strideAlong(iteration, 0, col);
  const fromCol = col < 0 ? 1 : strideAlong(iteration, 1, col);
  // If the columns of the source lie apart, the dimension along which it is contiguous makes the rows.
  const along = toCol === 1 && fromCol !== 1 ? iteration.strides[1]!.indexOf(1) : -1;
  const near = along >= 0 ? along : col - 1;
  const row = cols * sizeAlong(iteration, near) < SMALL_PLANE ? longestBut(iteration.shape, col, near) : near;
  const rows = sizeAlong(iteration, row);
  const kernels = BY_SIZE[size];
  const [copyRows, copyStrided, transposeRows] = [
    vector[kernels.copyRows],
    vector[kernels.copyStrided],
    vector[kernels.transposeRows],
  ];
  // Rows of eight bytes are copied as twice as many elements of four.
  const units = size === 8 ? 2 * cols : cols;
  const toRow = size * strideAlong(iteration, 0, row);
  const fromRow = size * strideAlong(iteration, 1, row);
  forEachPlane(iteration, row, col, [to.address, from.address], size, ([target, source]) => {
    if (along >= 0 && row === along) transposeRows(target!, source!, rows, cols, toRow, size * fromCol);
    else if (toCol === 1 && fromCol === 1) copyRows(target!, source!, rows, units, toRow, fromRow);
    else copyStrided(target!, source!, rows, cols, toRow, size * toCol, fromRow, size * fromCol);
  });
}

/** A contiguous copy of a window that lives as long as the running operation. */
export function denseCopy(context: KernelContext, x: StridedView): StridedView {
  const copy = temporary(context.heap, x.shape, x.dtype);
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

/** Writes `src`, of the same dtype and broadcast to the shape of `dst`, into `dst`, which is not empty. */
export function copyArray(context: KernelContext, dst: NDArray, src: NDArray): void {
  const { heap } = context;
  const from = viewOf(heap, src);
  const source = overlaps(dst, src) ? denseCopy(context, from) : from;
  const strides = broadcastStrides(src.shape, source.strides, dst.shape);
  const target = targetOf(heap, dst);
  copyView(context, target, { address: source.address, strides });
  copyOut(heap, dst, target);
}

/** Of the address of the first row, how many rows and columns, and the bytes between rows. */
type Fill = (out: number, rows: number, cols: number, outRow: number) => void;

function fillKernel(vector: VectorExports, dtype: DType, value: number): Fill {
  switch (dtype) {
    case "float32":
      return (out, rows, cols, outRow) => vector.fillRows(out, value, rows, cols, outRow);
    case "float64":
      return (out, rows, cols, outRow) => vector.fillRows_f64(out, value, rows, cols, outRow);
    case "int32":
      return (out, rows, cols, outRow) => vector.fillRows_i32(out, value, rows, cols, outRow);
    case "uint8":
      return (out, rows, cols, outRow) => vector.fillRows_u8(out, value, rows, cols, outRow);
    case "bool":
      return (out, rows, cols, outRow) => vector.fillRows_u8(out, value === 0 ? 0 : 1, rows, cols, outRow);
  }
}

/** Sets every element of `dst`, which is not empty; false, and nothing done, if its rows are not contiguous. */
export function fillArray({ heap, vector }: KernelContext, dst: NDArray, value: number): boolean {
  const iteration = coalesceDims(dst.shape, [dst.strides]);
  const col = iteration.shape.length - 1;
  if (strideAlong(iteration, 0, col) !== 1) return false;
  const row = col - 1;
  const size = BYTES[dst.dtype];
  const [rows, cols] = [sizeAlong(iteration, row), sizeAlong(iteration, col)];
  const step = size * strideAlong(iteration, 0, row);
  const fill = fillKernel(vector, dst.dtype, value);
  const target = targetOf(heap, dst);
  forEachPlane(iteration, row, col, [target.address], size, ([to]) => fill(to!, rows, cols, step));
  copyOut(heap, dst, target);
  return true;
}
