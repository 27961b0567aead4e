/** @file Blocks of every awkward size, and the rows along their axis. */
import type { Block, DType } from "../../../../kernels/backend.ts";
import type { Case } from "../check.ts";
import { goldens } from "../goldens.ts";
import { type HostArray, hostArray } from "../host-array.ts";
import { type Input, input, type Layout } from "../layouts.ts";

export const BLOCKS: readonly Block[] = [
  ...[0, 1, 3, 4, 7, 33, 1027].map((n) => ({ outer: 1, n, inner: 1 })),
  ...[0, 1, 5, 10, 130].map((n) => ({ outer: 3, n, inner: 1 })),
  ...[0, 1, 6, 40].map((n) => ({ outer: 1, n, inner: 5 })),
  ...[1, 4, 9].map((n) => ({ outer: 2, n, inner: 3 })),
  { outer: 3, n: 20, inner: 37 },
  { outer: 0, n: 4, inner: 2 },
  { outer: 2, n: 4, inner: 0 },
];
export const FILLED = BLOCKS.filter(({ n }) => n > 0);
const PLACES: readonly Layout[] = ["dense", "offset"];
export const GOLDEN_BLOCK: Block = { outer: goldens.lines.sum.length, n: 5, inner: 1 };

export const blockShape = ({ outer, n, inner }: Block): readonly number[] => [outer, n, inner];
export const caseName = (dtype: DType, { outer, n, inner }: Block, layout: Layout) =>
  `${dtype} ${outer}×${n}×${inner} ${layout}`;

/** The numbers along n, for every outer and inner position in row-major order. */
export function lines(x: HostArray, { outer, n, inner }: Block): number[][] {
  return Array.from({ length: outer * inner }, (_, line) => {
    const start = Math.floor(line / inner) * n * inner + (line % inner);
    return Array.from({ length: n }, (_, i) => x.values[start + i * inner] ?? 0);
  });
}

/** Puts lines back to where {@link lines} took them from. */
export function fromRows(dtype: DType, block: Block, result: readonly (readonly number[])[]): HostArray {
  const { n, inner } = block;
  const values = new Array<number>(block.outer * n * inner).fill(0);
  result.forEach((line, l) => {
    line.forEach((value, i) => {
      values[Math.floor(l / inner) * n * inner + i * inner + (l % inner)] = value;
    });
  });
  return hostArray(dtype, blockShape(block), values);
}

/** Every block at both places. */
export function overBlocks(
  dtypes: readonly DType[],
  blocks: readonly Block[],
  make: (t: DType, b: Block, l: Layout) => Case,
) {
  return dtypes.flatMap((dtype) => blocks.flatMap((block) => PLACES.map((layout) => make(dtype, block, layout))));
}

/** Lines with ties, NaN and infinities. */
export const goldenInput = (dtype: DType): Input =>
  input(hostArray(dtype, [GOLDEN_BLOCK.outer, 5], goldens.lines.x.flat()));
