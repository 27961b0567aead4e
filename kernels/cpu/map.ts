/** @file Element-wise operations on arrays of any layout: from their views to calls of generated kernels. */
import type { NDArray } from "../backend.ts";
import { broadcastStrides, contiguousStrides, sameShape, sizeOf } from "../layout.ts";
import { coalesceDims, forEachIndex, type NdIteration } from "../nd-iterator.ts";
import { copyView, denseCopy } from "./copy.ts";
import type { KernelFamily, MadeKernel } from "./generated-kernels.ts";
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
import { chunkOf } from "./parallel/partition.ts";
import type { ThreadPool } from "./threads.ts";

/** out = an operation of the inputs, which broadcast to its shape; `out` is not empty and may be one of them. */
export function mapArrays(
  context: KernelContext,
  family: KernelFamily,
  inputs: readonly NDArray[],
  scalars: readonly number[],
  out: NDArray,
): void {
  const { heap } = context;
  const sources = inputs.map((x) => (overlaps(out, x) ? denseCopy(context, viewOf(heap, x)) : viewOf(heap, x)));
  const target = targetOf(heap, out);
  mapViews(context, family, sources, scalars, target);
  copyOut(heap, out, target);
}

/** As {@link mapArrays}, of views that do not overlap with the result, or are the same view. */
function mapViews(
  context: KernelContext,
  family: KernelFamily,
  sources: readonly StridedView[],
  scalars: readonly number[],
  target: StridedView,
): void {
  const { shape } = target;
  const splats = isDense(target) ? simpleSplats(sources, shape) : -1;
  if (splats >= 0) {
    const addresses = [target.address, ...sources.map(({ address }) => address)];
    runPlanes(context.threads, family, splats, addresses, 1, 1, sizeOf(shape), [], scalars);
    return;
  }
  const dense = lastStride(target) === 1 ? target : temporary(context.heap, shape, target.dtype);
  const views = sources.map((x) => {
    const stride = lastStride(x);
    return stride === 0 || stride === 1 ? x : denseCopy(context, x);
  });
  const strides = [dense.strides, ...views.map((x) => broadcastStrides(x.shape, x.strides, shape))];
  runIteration(context.threads, family, [dense, ...views], coalesceDims(shape, strides), scalars);
  if (dense !== target) copyView(context, target, dense);
}

/**
 * Several results at once, by expressions that were fused. All results are dense and of one size, and lie apart from inputs
 * or are one of them; inputs run along rows, or repeat one element there.
 */
export function mapFused(
  context: KernelContext,
  family: KernelFamily,
  inputs: readonly NDArray[],
  shape: readonly number[],
  outs: readonly NDArray[],
): void {
  const { heap } = context;
  const sources = inputs.map((x) => viewOf(heap, x));
  const targets = outs.map((out) => targetOf(heap, out));
  const splats = simpleSplats(sources, shape);
  if (splats >= 0) {
    const addresses = [...targets, ...sources].map(({ address }) => address);
    runPlanes(context.threads, family, splats, addresses, 1, 1, sizeOf(shape), [], []);
  } else {
    const steps = contiguousStrides(shape);
    const strides = [...targets.map(() => steps), ...sources.map((x) => broadcastStrides(x.shape, x.strides, shape))];
    runIteration(context.threads, family, [...targets, ...sources], coalesceDims(shape, strides), []);
  }
  for (const [i, out] of outs.entries()) copyOut(heap, out, targets[i] as StridedView);
}

/** Which inputs are single elements, if all others run along a contiguous result; −1 otherwise. */
function simpleSplats(sources: readonly StridedView[], shape: readonly number[]): number {
  let splats = 0;
  for (let k = 0; k < sources.length; k++) {
    const x = sources[k] as StridedView;
    if (sameShape(x.shape, shape) && isDense(x)) continue;
    if (sizeOf(x.shape) !== 1) return -1;
    splats |= 1 << k;
  }
  return splats;
}

/** The stride along the last dimension that is not of size 1; 1 if there is none. */
function lastStride(x: StridedView): number {
  for (let d = x.shape.length - 1; d >= 0; d--) if (x.shape[d] !== 1) return x.strides[d]!;
  return 1;
}

/** The innermost three dimensions go to the kernel, the others are gone through here. */
function runIteration(
  pool: ThreadPool,
  family: KernelFamily,
  arrays: readonly StridedView[],
  { shape, strides }: NdIteration,
  scalars: readonly number[],
): void {
  const last = shape.length - 1;
  const size = (back: number): number => (last - back >= 0 ? shape[last - back]! : 1);
  const widths = [...family.resultWidths, ...family.widths];
  const results = family.resultWidths.length;
  const bytes = strides.map((own, k) => own.map((stride) => stride * widths[k]!));
  let splats = 0;
  for (let k = results; k < arrays.length; k++) if (last < 0 || bytes[k]![last] === 0) splats |= 1 << (k - results);
  const steps = bytes.flatMap((own) => [2, 1].map((back) => (last >= back ? own[last - back]! : 0)));
  const outer = Array.from({ length: Math.max(0, last - 2) }, (_, d) => d);
  const starts = arrays.map(({ address }) => address);
  forEachIndex({ shape, strides: bytes }, outer, starts, 1, (addresses) => {
    runPlanes(pool, family, splats, addresses, size(2), size(1), size(0), steps, scalars);
  });
}

/** One call of a kernel, or one for each thread. `steps` are the strides in bytes, none for 0. */
function runPlanes(
  pool: ThreadPool,
  family: KernelFamily,
  splats: number,
  addresses: readonly number[],
  planes: number,
  rows: number,
  cols: number,
  steps: readonly number[],
  scalars: readonly number[],
): void {
  const made = family.kernel(splats);
  const results = family.resultWidths.length;
  const parts = pool.parts(planes * rows * cols, family.grain);
  if (parts === 1 && steps.length === 0 && scalars.length === 0 && isFlat(addresses)) {
    runFlat(made, addresses, cols);
    return;
  }
  const strides = steps.length > 0 ? steps : new Array<number>(2 * addresses.length).fill(0);
  if (parts === 1) {
    made.run(...addresses, planes, rows, cols, ...strides, ...scalars);
    return;
  }
  const sizes = [planes, rows, cols];
  const level = levelToCut(sizes, parts);
  pool.run(parts, (kernels, part) => {
    // Cut at cache lines, so that no two threads write to the same one.
    const { first, count } = chunkOf(part, parts, sizes[level]!, level === 2 ? 64 : 1);
    if (count === 0) return;
    const places = addresses.map((address, k) => address + first * stepOf(level, k));
    const own = sizes.map((size, d) => (d === level ? count : size));
    kernels.made(made.number, [...places, ...own, ...strides, ...scalars]);
  });

  function stepOf(dim: number, k: number): number {
    if (dim < 2) return strides[2 * k + dim]!;
    if (k < results) return family.resultWidths[k]!;
    return (splats >> (k - results)) & 1 ? 0 : family.widths[k - results]!;
  }
}

/** The outermost dimension that gives all threads about as much; otherwise the largest. */
function levelToCut(sizes: readonly number[], parts: number): number {
  const even = sizes.findIndex((size) => size >= 8 * parts);
  return even >= 0 ? even : sizes.indexOf(Math.max(...sizes));
}

/** Whether {@link runFlat} takes so many arrays. */
function isFlat({ length }: readonly number[]): boolean {
  return length >= 2 && length <= 4;
}

/** Contiguous arrays as one row. */
function runFlat({ run }: MadeKernel, addresses: readonly number[], n: number): void {
  const [z, a, b, c] = addresses as readonly [number, number, number | undefined, number | undefined];
  if (b === undefined) run(z, a, 1, 1, n, 0, 0, 0, 0);
  else if (c === undefined) run(z, a, b, 1, 1, n, 0, 0, 0, 0, 0, 0);
  else run(z, a, b, c, 1, 1, n, 0, 0, 0, 0, 0, 0, 0, 0);
}
