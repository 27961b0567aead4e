/** @file Storages of the CPU. */
import type { DType, Storage, TypedArray } from "../backend.ts";
import type { HeapEntry } from "./lru.ts";

/** A buffer: `array` (which may be longer) if it is small, `entry` if it is not, neither once it was freed. */
export class HeapStorage implements Storage {
  readonly device = "cpu";
  readonly dtype: DType;
  readonly length: number;
  version = 0;
  handles = 0;
  array: TypedArray | null;
  entry: HeapEntry | null;

  constructor(dtype: DType, length: number, array: TypedArray | null, entry: HeapEntry | null) {
    this.dtype = dtype;
    this.length = length;
    this.array = array;
    this.entry = entry;
  }
}

/** A {@link HeapStorage} of float32. */
export interface FloatStorage extends HeapStorage {
  readonly dtype: "float32";
  array: Float32Array | null;
}

/** The elements of a dtype that begin at byte `start` of a buffer, which is a multiple of their size. */
export function arrayOn(dtype: DType, buffer: ArrayBufferLike, start: number, length: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, start, length);
    case "float64":
      return new Float64Array(buffer, start, length);
    case "int32":
      return new Int32Array(buffer, start, length);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer, start, length);
  }
}
