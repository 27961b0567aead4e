/** @file Stable sorting along the middle of a block. */
import type { Block, TypedArray } from "../backend.ts";

/** The order of x[o, :, j] for every o and j: equal numbers keep theirs, and NaN counts as the largest. */
export function argsort(
  indices: TypedArray,
  x: TypedArray,
  offset: number,
  { outer, n, inner }: Block,
  descending: boolean,
): void {
  const line = new Float64Array(n);
  const order = new Int32Array(n);
  const ascendingOrder = (a: number, b: number) => compare(line[a]!, line[b]!);
  const descendingOrder = (a: number, b: number) => compare(line[b]!, line[a]!);
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const start = o * n * inner + j;
      for (let i = 0; i < n; i++) {
        line[i] = x[offset + start + i * inner]!;
        order[i] = i;
      }
      order.sort(descending ? descendingOrder : ascendingOrder);
      for (let i = 0; i < n; i++) indices[start + i * inner] = order[i]!;
    }
  }
}

function compare(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
