/** @file Uploads host arrays to a device in every memory layout that a kernel may meet, and reads results back. */
import type { Backend, DType, NDArray } from "../../../kernels/backend.ts";
import { contiguousStrides, sizeOf } from "../../../kernels/layout.ts";
import { type HostArray, typed } from "./host-array.ts";

/**
 * - `dense`: contiguous, the whole storage
 * - `offset`: contiguous within a larger storage, at an odd place
 * - `transposed`: the dimensions lie in memory in reverse order
 * - `reversed`: negative strides
 * - `flipped`: a negative stride in the last dimension only
 * - `spread`: gaps after every element and every row
 * - `repeated`: stride 0 in the first dimension; the values must repeat along it
 */
export type Layout = "dense" | "offset" | "transposed" | "reversed" | "flipped" | "spread" | "repeated";

export const STRIDED_LAYOUTS: readonly Layout[] = ["offset", "transposed", "reversed", "flipped", "spread"];

export interface Input {
  readonly hostArray: HostArray;
  readonly layout: Layout;
}

export function input(hostArray: HostArray, layout: Layout = "dense"): Input {
  return { hostArray, layout };
}

/** An array on a device, together with what its storage held at first. */
export interface Placed {
  readonly array: NDArray;
  readonly contents: readonly number[];
  /** 1 for every element of the storage that belongs to the array. */
  readonly covered: Uint8Array;
}

/** What fills the gaps of a storage: a kernel may neither read nor change it. */
const FILLER: Record<DType, number> = { float32: 12345.5, float64: 12345.5, int32: 12345, uint8: 123, bool: 1 };

function arrange(shape: readonly number[], layout: Layout): { strides: number[]; offset: number; length: number } {
  const size = sizeOf(shape);
  const strides = contiguousStrides(shape);
  switch (layout) {
    case "dense":
      return { strides, offset: 0, length: size };
    case "offset":
      return { strides, offset: 3, length: size + 8 };
    case "transposed":
      return { strides: contiguousStrides(shape.toReversed()).reverse(), offset: 0, length: size };
    case "reversed":
      return { strides: strides.map((s) => -s), offset: Math.max(size - 1, 0), length: size };
    case "flipped": {
      const last = shape.length - 1;
      const offset = Math.max((shape[last] ?? 1) - 1, 0);
      return { strides: strides.map((s, d) => (d === last ? -s : s)), offset, length: size };
    }
    case "spread": {
      const wide = shape.map((n, d) => (d === shape.length - 1 ? 2 * n + 1 : n));
      const last = shape.length - 1;
      return {
        strides: contiguousStrides(wide).map((s, d) => (d === last ? 2 : s)),
        offset: 1,
        length: sizeOf(wide) + 2,
      };
    }
    case "repeated":
      return { strides: strides.map((s, d) => (d === 0 ? 0 : s)), offset: 0, length: sizeOf(shape.slice(1)) };
  }
}

/** Where the elements lie in their storage, in row-major order. */
function elementIndices({ shape, strides, offset }: Pick<NDArray, "shape" | "strides" | "offset">): number[] {
  return shape.reduce<number[]>(
    (heads, size, d) => {
      const step = strides[d] ?? 0;
      const indices: number[] = [];
      for (const head of heads) for (let i = 0; i < size; i++) indices.push(head + i * step);
      return indices;
    },
    [offset],
  );
}

export function uploadInput(k: Backend, { hostArray, layout }: Input): Placed {
  const { strides, offset, length } = arrange(hostArray.shape, layout);
  const contents = new Array<number>(length).fill(FILLER[hostArray.dtype]);
  const covered = new Uint8Array(length);
  elementIndices({ shape: hostArray.shape, strides, offset }).forEach((index, i) => {
    const value = hostArray.values[i] ?? 0;
    if (covered[index] === 1 && !Object.is(contents[index], value)) throw new Error("the values do not repeat");
    contents[index] = value;
    covered[index] = 1;
  });
  const storage = k.upload(hostArray.dtype, typed(hostArray.dtype, contents));
  return { array: { storage, shape: hostArray.shape, strides, offset, dtype: hostArray.dtype }, contents, covered };
}

/** The elements of a device array. */
export async function fetchHostArray(k: Backend, array: NDArray): Promise<HostArray> {
  const contents = await k.read(array.storage, 0, array.storage.length);
  const values = elementIndices(array).map((index) => contents[index] ?? Number.NaN);
  return { dtype: array.dtype, shape: array.shape, values };
}
