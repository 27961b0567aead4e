/** @file The dimensions that advanced indexing indexes, as one dimension. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { dense, emptyArray, sizeOf } from "../../../kernels/layout.ts";
import { viewStrides } from "../../core/shape.ts";

/** Where the elements of advanced indexing are: at flat positions within some dimensions. */
export interface IndexParams {
  /** In ascending order, and not empty. */
  readonly dims: readonly number[];
  /** Shape of the indices. It takes the place of the first dimension if they are neighbours, else it comes first. */
  readonly shape: readonly number[];
}

/** The indexed dimensions of x as the only one of them: a view of x, or a copy where strides do not allow one. */
interface Merged {
  readonly array: NDArray;
  /** The dimension. */
  readonly dim: number;
  /** What `array` is a copy of, in the order of its dimensions; null for a view. */
  readonly original: NDArray | null;
}

function merge(k: Backend, x: NDArray, dims: readonly number[]): Merged {
  const first = dims[0] as number;
  const neighbours = dims.every((d, i) => d === first + i);
  const dim = neighbours ? first : 0;
  const order = neighbours ? [...x.shape.keys()] : [...dims, ...[...x.shape.keys()].filter((d) => !dims.includes(d))];
  const moved = { ...x, shape: order.map((d) => x.shape[d]!), strides: order.map((d) => x.strides[d]!) };
  const count = sizeOf(dims.map((d) => x.shape[d]!));
  const shape = [...moved.shape.slice(0, dim), count, ...moved.shape.slice(dim + dims.length)];
  const strides = viewStrides(moved.shape, moved.strides, shape);
  if (strides !== null) return { array: { ...x, shape, strides }, dim, original: null };
  const copy = emptyArray(k, x.dtype, moved.shape);
  k.copy(copy, moved);
  return { array: dense(copy.storage, shape), dim, original: moved };
}

/** Calls `use` with the merged dimensions, and frees a copy that was made for them. */
export function withMerged<T>(k: Backend, x: NDArray, dims: readonly number[], use: (merged: Merged) => T): T {
  const merged = merge(k, x, dims);
  try {
    return use(merged);
  } finally {
    if (merged.original !== null) k.free(merged.array.storage);
  }
}

/** The shape of what advanced indexing gives. */
export function indexedShape(shape: readonly number[], { dims, shape: indexShape }: IndexParams): number[] {
  const first = dims[0] as number;
  const at = dims.every((d, i) => d === first + i) ? first : 0;
  const rest = shape.filter((_, d) => !dims.includes(d));
  return [...rest.slice(0, at), ...indexShape, ...rest.slice(at)];
}
