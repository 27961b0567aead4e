/** @file float32 storages of the CPU. */
import type { Storage } from "../backend.ts";
import type { HeapEntry } from "./lru.ts";

/** A float32 buffer: `array` (which may be longer) if it is small, `entry` if it is not, neither once it was freed. */
export class FloatStorage implements Storage {
  readonly device = "cpu";
  readonly dtype = "float32";
  readonly length: number;
  version = 0;
  handles = 0;
  array: Float32Array | null;
  entry: HeapEntry | null;

  constructor(length: number, array: Float32Array | null, entry: HeapEntry | null) {
    this.length = length;
    this.array = array;
    this.entry = entry;
  }
}
