/** @file Walking several strided windows of one shape at once, a run of equal steps at a time. */
import type { TypedArray } from "../backend.ts";

/** A strided window on a host array. Element [i, j, …] is `data[offset + i·strides[0] + j·strides[1] + …]`. */
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
  const sizes: number[] = [];
  const walks: number[][] = strides.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d]!;
    if (size === 0) return;
    if (size === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && walks.every((walk, k) => walk[last] === strides[k]![d]! * size)) {
      sizes[last]! *= size;
      walks.forEach((walk, k) => {
        walk[last] = strides[k]![d]!;
      });
    } else {
      sizes.push(size);
      walks.forEach((walk, k) => {
        walk.push(strides[k]![d]!);
      });
    }
  }
  const n = sizes.pop() ?? 1;
  const steps = walks.map((walk) => walk.pop() ?? 0);
  const positions = [...offsets];
  const index = new Array<number>(sizes.length).fill(0);
  for (;;) {
    visit(positions, steps, n);
    let d = sizes.length - 1;
    for (; d >= 0; d--) {
      const done = ++index[d]! === sizes[d];
      for (let k = 0; k < walks.length; k++) {
        positions[k]! += done ? -walks[k]![d]! * (sizes[d]! - 1) : walks[k]![d]!;
      }
      if (!done) break;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}
