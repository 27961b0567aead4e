/** @file Element-wise float32 operations: from arrays of any strides to the row kernels. */
import type { NDArray } from "../backend.ts";
import { broadcastStrides, sameShape, sizeOf } from "../layout.ts";
import { coalesceDims, forEachPlane, sizeAlong, strideAlong } from "../nd-iterator.ts";
import { copyView, denseCopy } from "./copy.ts";
import {
  copyOut,
  isDense,
  type KernelContext,
  overlaps,
  type StridedView,
  targetOf,
  temporary,
  viewOf,
} from "./kernel-context.ts";

/** Of addresses, rows, columns and the bytes between rows. */
export type UnaryKernel = (out: number, x: number, rows: number, cols: number, outRow: number, xRow: number) => void;

/** As {@link UnaryKernel}; `mode` 1: a repeats its first element along a row, 2: b does. */
export type BinaryKernel = (
  out: number,
  a: number,
  b: number,
  rows: number,
  cols: number,
  outRow: number,
  aRow: number,
  bRow: number,
  mode: number,
) => void;

/** out = kernel(x). The shapes are equal and not empty; `out` may be x. */
export function mapFloats(context: KernelContext, kernel: UnaryKernel, x: NDArray, out: NDArray): void {
  const { heap } = context;
  const source = overlaps(out, x) ? denseCopy(context, viewOf(heap, x)) : viewOf(heap, x);
  const target = targetOf(heap, out);
  mapView(context, kernel, source, target);
  copyOut(heap, out, target);
}

function mapView(context: KernelContext, kernel: UnaryKernel, source: StridedView, target: StridedView): void {
  const { shape } = target;
  if (isDense(target) && isDense(source)) {
    kernel(target.address, source.address, 1, sizeOf(shape), 0, 0);
    return;
  }
  const iteration = coalesceDims(shape, [target.strides, source.strides]);
  const col = iteration.shape.length - 1;
  if (strideAlong(iteration, 0, col) === 1 && strideAlong(iteration, 1, col) === 1) {
    const row = col - 1;
    const [outRow, xRow] = [4 * strideAlong(iteration, 0, row), 4 * strideAlong(iteration, 1, row)];
    forEachPlane(iteration, row, col, [target.address, source.address], 4, ([to, from]) => {
      kernel(to!, from!, sizeAlong(iteration, row), sizeAlong(iteration, col), outRow, xRow);
    });
    return;
  }
  const dense = isDense(target) ? target : temporary(context.heap, shape);
  copyView(context, dense, source);
  kernel(dense.address, dense.address, 1, sizeOf(shape), 0, 0);
  if (dense !== target) copyView(context, target, dense);
}

/** The kernel for x to a constant power, or undefined if it takes more than a multiplication or a root. */
export function powerOf({ vector }: KernelContext, exponent: number): UnaryKernel | undefined {
  switch (exponent) {
    case 2:
      return (out, x, rows, cols, outRow, xRow) => vector.mulRows(out, x, x, rows, cols, outRow, xRow, xRow, 0);
    case 0.5:
      return vector.sqrtRows;
    case -1:
      return vector.reciprocalRows;
    case -0.5:
      return vector.rsqrtRows;
    default:
      return undefined;
  }
}

/** How an argument runs along a contiguous result: with it, not at all, or in some other way. */
const ALONG = 0;
const FIXED = 1;
const OTHERWISE = 2;

function course(x: StridedView, shape: readonly number[]): number {
  if (sameShape(x.shape, shape)) return isDense(x) ? ALONG : OTHERWISE;
  return sizeOf(x.shape) === 1 ? FIXED : OTHERWISE;
}

/**
 * out = kernel(a, b), both broadcast to the shape of `out`, which is not empty and may be one of the arguments.
 */
export function combineFloats(
  context: KernelContext,
  kernel: BinaryKernel,
  a: NDArray,
  b: NDArray,
  out: NDArray,
): void {
  const { heap } = context;
  const first = overlaps(out, a) ? denseCopy(context, viewOf(heap, a)) : viewOf(heap, a);
  const second = overlaps(out, b) ? denseCopy(context, viewOf(heap, b)) : viewOf(heap, b);
  const target = targetOf(heap, out);
  const [p, q] = [course(first, out.shape), course(second, out.shape)];
  if (isDense(target) && p !== OTHERWISE && q !== OTHERWISE && p + q !== FIXED + FIXED) {
    const mode = p === FIXED ? 1 : q === FIXED ? 2 : 0;
    kernel(target.address, first.address, second.address, 1, sizeOf(out.shape), 0, 0, 0, mode);
  } else {
    combineViews(context, kernel, first, second, target);
  }
  copyOut(heap, out, target);
}

/** As {@link combineFloats} on windows that do not overlap, or are one and the same. */
function combineViews(
  context: KernelContext,
  kernel: BinaryKernel,
  a: StridedView,
  b: StridedView,
  out: StridedView,
): void {
  const shape = out.shape;
  const dense = lastStep(out) === 1 ? out : temporary(context.heap, shape);
  const [first, second] = alongRows(context, a, b, shape);
  const iteration = coalesceDims(shape, [dense.strides, first.strides, second.strides]);
  const col = iteration.shape.length - 1;
  const row = col - 1;
  const [rows, cols] = [sizeAlong(iteration, row), sizeAlong(iteration, col)];
  const [outRow, aRow, bRow] = [0, 1, 2].map((k) => 4 * strideAlong(iteration, k, row)) as [number, number, number];
  const mode = strideAlong(iteration, 1, col) === 0 ? 1 : strideAlong(iteration, 2, col) === 0 ? 2 : 0;
  forEachPlane(iteration, row, col, [dense.address, first.address, second.address], 4, ([to, p, q]) => {
    kernel(to!, p!, q!, rows, cols, outRow, aRow, bRow, mode);
  });
  if (dense !== out) copyView(context, out, dense);
}

/**
 * The arguments with strides for `shape`, copied where needed so that in its last dimension each has step 1 or 0, and
 * not both 0.
 */
export function alongRows(
  context: KernelContext,
  a: StridedView,
  b: StridedView,
  shape: readonly number[],
): readonly [StridedView, StridedView] {
  const spread = (x: StridedView): StridedView => ({
    ...x,
    shape,
    strides: broadcastStrides(x.shape, x.strides, shape),
  });
  const along = (x: StridedView): StridedView =>
    spread(lastStep(x) === 0 || lastStep(x) === 1 ? x : denseCopy(context, x));
  const [first, second] = [along(a), along(b)];
  const bothFixed = lastStep(first) === 0 && lastStep(second) === 0;
  return [bothFixed ? denseCopy(context, first) : first, second];
}

/** The step along the last dimension that is not of size 1; 1 if there is none. */
function lastStep(x: StridedView): number {
  for (let d = x.shape.length - 1; d >= 0; d--) if (x.shape[d] !== 1) return x.strides[d]!;
  return 1;
}
