/** @file Storages of the reference backend: one ordinary typed array each. */
import type { Device, DType, Storage, TypedArray } from "../backend.ts";

/** A typed array with undefined (here: zero) contents for `length` elements of a dtype. */
export function createArray(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
    case "int32":
      return new Int32Array(length);
    case "uint8":
    case "bool":
      return new Uint8Array(length);
  }
}

/** Whether numbers of this dtype are integers modulo a power of two (or booleans). */
export function isIntegral(dtype: DType): boolean {
  return dtype !== "float32" && dtype !== "float64";
}

const RELEASED: TypedArray = new Uint8Array(0);

/** A storage in garbage-collected memory. */
export class ArrayStorage implements Storage {
  readonly device: Device;
  readonly dtype: DType;
  readonly length: number;
  version = 0;
  handles = 0;
  data: TypedArray;

  constructor(device: Device, dtype: DType, data: TypedArray) {
    this.device = device;
    this.dtype = dtype;
    this.length = data.length;
    this.data = data;
  }

  get released(): boolean {
    return this.data === RELEASED;
  }

  /** Lets go of the array, so that a later use is an error and not a stale number. */
  release(): void {
    this.data = RELEASED;
  }
}
