/** @file Arrays of any rank as planes of rows and columns, which is what the SIMD kernels take. */

/** Dimensions that several operands cross together, merged where all of them do so in equal steps. */
export interface Walk {
  readonly sizes: readonly number[];
  /** For every operand its step in each dimension, in elements. */
  readonly steps: readonly (readonly number[])[];
}

/** Drops dimensions of size 1 and merges neighbours. No dimension may be empty. */
export function mergeDimensions(shape: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const sizes: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d]!;
    if (size === 1) continue;
    const last = sizes.length - 1;
    let merges = last >= 0;
    for (let k = 0; merges && k < strides.length; k++) merges = steps[k]![last] === strides[k]![d]! * size;
    if (merges) sizes[last]! *= size;
    else sizes.push(size);
    const at = sizes.length - 1;
    for (let k = 0; k < strides.length; k++) steps[k]![at] = strides[k]![d]!;
  }
  return { sizes, steps };
}

/** The step of an operand along a dimension of a walk, 0 where the walk has no such dimension. */
export function stepOf(walk: Walk, operand: number, dim: number): number {
  return dim < 0 ? 0 : walk.steps[operand]![dim]!;
}

/** The size of a dimension of a walk, 1 where the walk has no such dimension. */
export function sizeAlong(walk: Walk, dim: number): number {
  return dim < 0 ? 1 : walk.sizes[dim]!;
}

/**
 * Calls `visit` with the byte addresses of the operands for every position in all dimensions but `row` and `col`.
 *
 * @param starts Addresses at the first position; the array that `visit` gets is reused.
 */
export function forEachPlane(
  walk: Walk,
  row: number,
  col: number,
  starts: readonly number[],
  visit: (addresses: readonly number[]) => void,
): void {
  const outer: number[] = [];
  for (let d = 0; d < walk.sizes.length; d++) if (d !== row && d !== col) outer.push(d);
  const at = [...starts];
  const index = new Array<number>(outer.length).fill(0);
  for (;;) {
    visit(at);
    let level = outer.length - 1;
    for (; level >= 0; level--) {
      const dim = outer[level]!;
      const size = walk.sizes[dim]!;
      const done = ++index[level]! === size;
      for (let k = 0; k < at.length; k++) at[k]! += 4 * walk.steps[k]![dim]! * (done ? 1 - size : 1);
      if (!done) break;
      index[level] = 0;
    }
    if (level < 0) return;
  }
}
