/** @file Joining neighbouring dimensions that lie one behind the other in every array. */

export interface Joined {
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** The same elements in the same order with as few dimensions as possible; those of size 1 vanish. */
export function joinDimensions(shape: readonly number[], strides: readonly (readonly number[])[]): Joined {
  const sizes: number[] = [];
  const steps = strides.map((): number[] => []);
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    if (size === 1) continue;
    const inner = sizes[0];
    const joins = inner !== undefined && strides.every((s, i) => s[d] === (steps[i]?.[0] as number) * inner);
    if (joins) {
      sizes[0] = inner * size;
    } else {
      sizes.unshift(size);
      for (const [i, s] of strides.entries()) steps[i]?.unshift(s[d] as number);
    }
  }
  return { shape: sizes, strides: steps };
}
