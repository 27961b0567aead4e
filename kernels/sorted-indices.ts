/** @file Selection by sorting, for backends that have no kernels for selection. */
import type { Backend, Block, NDArray } from "./backend.ts";
import { emptyArray } from "./layout.ts";

/** A copy of some of the indices that sort a block: `count` along n from `first` on. */
export function sortedIndices(
  backend: Backend,
  x: NDArray,
  block: Block,
  descending: boolean,
  first: number,
  count: number,
): NDArray {
  const { outer, n, inner } = block;
  const indices = backend.argsort(x, block, descending);
  const z = emptyArray(backend, "int32", [outer, count, inner]);
  backend.copy(z, { ...indices, shape: z.shape, strides: [n * inner, inner, 1], offset: first * inner });
  backend.free(indices.storage);
  return z;
}
