/** @file Iteration over several strided host arrays of one shape, a run of equal steps at a time. */
import type { TypedArray } from "../backend.ts";
import { coalesceDims, forEachPlane, sizeAlong, strideAlong } from "../nd-iterator.ts";

/** A strided view of a host array. Element [i, j, …] is `data[offset + i·strides[0] + j·strides[1] + …]`. */
export interface Strided {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/**
 * Visits all elements of `shape` in row-major order, in runs along the last dimension. Every operand has its own
 * strides and start. `visit` gets the run's first position and its step for every operand, and the number of elements.
 *
 * Dimensions that every operand crosses in equal steps are merged first, so contiguous operands need a single run.
 * `positions` is reused between calls of `visit`.
 */
export function forEachRun(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  offsets: readonly number[],
  visit: (positions: readonly number[], steps: readonly number[], n: number) => void,
): void {
  if (shape.includes(0)) return;
  const iteration = coalesceDims(shape, strides);
  const last = iteration.shape.length - 1;
  const n = sizeAlong(iteration, last);
  const steps = strides.map((_, k) => strideAlong(iteration, k, last));
  forEachPlane(iteration, -1, last, offsets, 1, (positions) => visit(positions, steps, n));
}
