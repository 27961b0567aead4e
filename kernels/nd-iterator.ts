/** @file Iteration over several strided arrays of one shape at once. */

/** The dimensions that several arrays are iterated along, and the strides of each array in them. */
export interface NdIteration {
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/**
 * The same elements in the same order with as few dimensions as possible: dimensions of size 1 are dropped, and
 * neighbours that every array crosses in equal strides are merged.
 *
 * @param strides For each array its strides for `shape`.
 */
export function coalesceDims(shape: readonly number[], strides: readonly (readonly number[])[]): NdIteration {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d]!;
    if (size === 1) continue;
    const last = sizes.length - 1;
    let merges = last >= 0;
    for (let k = 0; merges && k < strides.length; k++) merges = merged[k]![last] === strides[k]![d]! * size;
    if (merges) sizes[last]! *= size;
    else sizes.push(size);
    const at = sizes.length - 1;
    for (let k = 0; k < strides.length; k++) merged[k]![at] = strides[k]![d]!;
  }
  return { shape: sizes, strides: merged };
}

/** The stride of an array along a dimension, 0 if `dim` is −1. */
export function strideAlong(iteration: NdIteration, array: number, dim: number): number {
  return dim < 0 ? 0 : iteration.strides[array]![dim]!;
}

/** The size of a dimension, 1 if `dim` is −1. */
export function sizeAlong(iteration: NdIteration, dim: number): number {
  return dim < 0 ? 1 : iteration.shape[dim]!;
}

/**
 * Calls `visit` with the positions of the arrays for every index in all dimensions but `row` and `col`, which may be −1.
 * No dimension may be empty.
 *
 * @param starts Positions of the first elements; the array that `visit` gets is reused.
 * @param unit What a stride of 1 adds to a position: 4 for byte addresses of float32, 1 for indices.
 */
export function forEachPlane(
  iteration: NdIteration,
  row: number,
  col: number,
  starts: readonly number[],
  unit: number,
  visit: (positions: readonly number[]) => void,
): void {
  const outer: number[] = [];
  for (let d = 0; d < iteration.shape.length; d++) if (d !== row && d !== col) outer.push(d);
  forEachIndex(iteration, outer, starts, unit, visit);
}

/** As {@link forEachPlane}, for every index in the dimensions `outer` alone. */
export function forEachIndex(
  { shape, strides }: NdIteration,
  outer: readonly number[],
  starts: readonly number[],
  unit: number,
  visit: (positions: readonly number[]) => void,
): void {
  const at = [...starts];
  const index = new Array<number>(outer.length).fill(0);
  for (;;) {
    visit(at);
    let level = outer.length - 1;
    for (; level >= 0; level--) {
      const dim = outer[level]!;
      const size = shape[dim]!;
      const done = ++index[level]! === size;
      for (let k = 0; k < at.length; k++) at[k]! += unit * strides[k]![dim]! * (done ? 1 - size : 1);
      if (!done) break;
      index[level] = 0;
    }
    if (level < 0) return;
  }
}
