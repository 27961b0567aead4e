/** @file Positions in sorted sequences, and the longest runs of equal elements, as plain loops. */
import type { Block, TypedArray } from "../backend.ts";

/** A contiguous array: its elements begin at `offset`. */
export interface Elements {
  readonly data: TypedArray;
  readonly offset: number;
}

/** Where each of `count` values belongs in its sequence of `width` elements; `rowLength` values share one. */
export function searchSorted(
  out: TypedArray,
  list: Elements,
  width: number,
  values: Elements,
  count: number,
  rowLength: number,
  right: boolean,
): void {
  for (let i = 0; i < count; i++) {
    const value = values.data[values.offset + i]!;
    const start = list.offset + Math.floor(i / rowLength) * width;
    let [low, high] = [start, start + width];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = list.data[middle]!;
      // By what is not true of NaN, which goes to the end.
      const isBehind = right ? !(at > value) : !(at >= value);
      if (isBehind) low = middle + 1;
      else high = middle;
    }
    out[i] = low - start;
  }
}

/** Where the longest run of equal elements ends in each line of a block, of the first such run. */
export function longestRun(out: TypedArray, x: TypedArray, offset: number, { outer, n, inner }: Block): void {
  for (let line = 0; line < outer * inner; line++) {
    const first = offset + Math.floor(line / inner) * n * inner + (line % inner);
    let [run, longest] = [0, 0];
    for (let i = 0; i < n; i++) {
      run++;
      const ends = i === n - 1 || x[first + i * inner] !== x[first + (i + 1) * inner];
      if (!ends) continue;
      if (run > longest) {
        longest = run;
        out[line] = i;
      }
      run = 0;
    }
  }
}
