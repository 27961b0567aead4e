/** @file Storages on the GPU. */
import { type DType, FreedStorageError, type Storage, type TypedArray } from "../backend.ts";
import { createArray } from "../reference/storage.ts";
import { GpuArray, GpuError } from "./runtime.ts";

/** What a storage holds: an array on the GPU, or one number everywhere, for which there need be none. */
export type Contents = GpuArray | number;

/** Integers up to here are exact as floats, which is what the GPU computes with. */
export const MAX_EXACT_INTEGER = 2 ** 24;

/** The contents of a storage, apart from it, so that they can be let go when it has been collected. */
export class Cell {
  #contents: Contents | null;
  /** Its storage and its place in the registry, where that keeps them. */
  owner: WeakRef<object> | null = null;
  at = -1;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  get isFreed(): boolean {
    return this.#contents === null;
  }

  get contents(): Contents {
    if (this.#contents === null) throw new FreedStorageError();
    return this.#contents;
  }

  set contents(contents: Contents) {
    const old = this.#contents;
    this.#contents = contents;
    if (old instanceof GpuArray) old.release();
  }

  release(): void {
    const old = this.#contents;
    this.#contents = null;
    if (old instanceof GpuArray) old.release();
  }
}

/** A storage whose numbers are floats on the GPU, whatever its dtype. */
export class GpuStorage implements Storage {
  readonly device = "gpu";
  readonly dtype: DType;
  readonly length: number;
  version = 0;
  handles = 0;
  readonly cell: Cell;
  /** Bounds of the elements where they are known, so that indices can be checked without reading them. */
  range: Range | null = null;

  constructor(dtype: DType, length: number, cell: Cell) {
    this.dtype = dtype;
    this.length = length;
    this.cell = cell;
  }
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The smallest and largest of some numbers. */
export function rangeOf(data: TypedArray): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** Floats from the GPU as what a dtype's host array holds. */
export function toHost(dtype: DType, data: Float32Array): TypedArray {
  if (dtype === "float32") return data;
  const host = createArray(dtype, data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!(Math.abs(value) <= MAX_EXACT_INTEGER)) {
      throw new GpuError(
        `a value of dtype ${dtype} on the GPU is outside ±${MAX_EXACT_INTEGER}, the range in which float32 is exact. Use device "cpu".`,
      );
    }
    host[i] = value;
  }
  return host;
}
