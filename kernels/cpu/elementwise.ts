/** @file Element-wise float32 operations: from arrays of any strides to the row kernels. */
import type { NDArray } from "../backend.ts";
import { broadcastStrides, sameShape, sizeOf } from "../layout.ts";
import { copyWindow, denseCopy } from "./copy.ts";
import { commit, isDense, type Machine, overlaps, targetOf, temporary, type Window, windowOf } from "./machine.ts";
import { forEachPlane, mergeDimensions, sizeAlong, stepOf } from "./planes.ts";

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
export function mapFloats(machine: Machine, kernel: UnaryKernel, x: NDArray, out: NDArray): void {
  const { heap } = machine;
  const source = overlaps(out, x) ? denseCopy(machine, windowOf(heap, x)) : windowOf(heap, x);
  const target = targetOf(heap, out);
  mapWindow(machine, kernel, source, target);
  commit(heap, out, target);
}

function mapWindow(machine: Machine, kernel: UnaryKernel, source: Window, target: Window): void {
  const { shape } = target;
  if (isDense(target) && isDense(source)) {
    kernel(target.address, source.address, 1, sizeOf(shape), 0, 0);
    return;
  }
  const walk = mergeDimensions(shape, [target.strides, source.strides]);
  const col = walk.sizes.length - 1;
  if (stepOf(walk, 0, col) === 1 && stepOf(walk, 1, col) === 1) {
    const row = col - 1;
    const [outRow, xRow] = [4 * stepOf(walk, 0, row), 4 * stepOf(walk, 1, row)];
    forEachPlane(walk, row, col, [target.address, source.address], ([to, from]) => {
      kernel(to!, from!, sizeAlong(walk, row), sizeAlong(walk, col), outRow, xRow);
    });
    return;
  }
  const dense = isDense(target) ? target : temporary(machine.heap, shape);
  copyWindow(machine, dense, source);
  kernel(dense.address, dense.address, 1, sizeOf(shape), 0, 0);
  if (dense !== target) copyWindow(machine, target, dense);
}

/** The kernel for x to a constant power, or undefined if it takes more than a multiplication or a root. */
export function powerOf({ vector }: Machine, exponent: number): UnaryKernel | undefined {
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

function course(x: Window, shape: readonly number[]): number {
  if (sameShape(x.shape, shape)) return isDense(x) ? ALONG : OTHERWISE;
  return sizeOf(x.shape) === 1 ? FIXED : OTHERWISE;
}

/**
 * out = kernel(a, b), both broadcast to the shape of `out`, which is not empty and may be one of the arguments.
 */
export function combineFloats(machine: Machine, kernel: BinaryKernel, a: NDArray, b: NDArray, out: NDArray): void {
  const { heap } = machine;
  const first = overlaps(out, a) ? denseCopy(machine, windowOf(heap, a)) : windowOf(heap, a);
  const second = overlaps(out, b) ? denseCopy(machine, windowOf(heap, b)) : windowOf(heap, b);
  const target = targetOf(heap, out);
  const [p, q] = [course(first, out.shape), course(second, out.shape)];
  if (isDense(target) && p !== OTHERWISE && q !== OTHERWISE && p + q !== FIXED + FIXED) {
    const mode = p === FIXED ? 1 : q === FIXED ? 2 : 0;
    kernel(target.address, first.address, second.address, 1, sizeOf(out.shape), 0, 0, 0, mode);
  } else {
    combineWindows(machine, kernel, first, second, target);
  }
  commit(heap, out, target);
}

/** As {@link combineFloats} on windows that do not overlap, or are one and the same. */
function combineWindows(machine: Machine, kernel: BinaryKernel, a: Window, b: Window, out: Window): void {
  const shape = out.shape;
  const dense = lastStep(out) === 1 ? out : temporary(machine.heap, shape);
  const [first, second] = alongRows(machine, a, b, shape);
  const walk = mergeDimensions(shape, [dense.strides, first.strides, second.strides]);
  const col = walk.sizes.length - 1;
  const row = col - 1;
  const [rows, cols] = [sizeAlong(walk, row), sizeAlong(walk, col)];
  const [outRow, aRow, bRow] = [0, 1, 2].map((k) => 4 * stepOf(walk, k, row)) as [number, number, number];
  const mode = stepOf(walk, 1, col) === 0 ? 1 : stepOf(walk, 2, col) === 0 ? 2 : 0;
  forEachPlane(walk, row, col, [dense.address, first.address, second.address], ([to, p, q]) => {
    kernel(to!, p!, q!, rows, cols, outRow, aRow, bRow, mode);
  });
  if (dense !== out) copyWindow(machine, out, dense);
}

/**
 * The arguments with strides for `shape`, copied where needed so that in its last dimension each has step 1 or 0, and
 * not both 0.
 */
export function alongRows(machine: Machine, a: Window, b: Window, shape: readonly number[]): readonly [Window, Window] {
  const spread = (x: Window): Window => ({ ...x, shape, strides: broadcastStrides(x.shape, x.strides, shape) });
  const along = (x: Window): Window => spread(lastStep(x) === 0 || lastStep(x) === 1 ? x : denseCopy(machine, x));
  const [first, second] = [along(a), along(b)];
  const bothFixed = lastStep(first) === 0 && lastStep(second) === 0;
  return [bothFixed ? denseCopy(machine, first) : first, second];
}

/** The step along the last dimension that is not of size 1; 1 if there is none. */
function lastStep(x: Window): number {
  for (let d = x.shape.length - 1; d >= 0; d--) if (x.shape[d] !== 1) return x.strides[d]!;
  return 1;
}
