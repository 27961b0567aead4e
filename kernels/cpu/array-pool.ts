/**
 * @file Pool of ordinary arrays for storages that are too small for the heap: views of larger buffers, reused when their
 * storage is freed. What is not freed is collected like any other array.
 */
import type { DType, TypedArray } from "../backend.ts";
import { BYTES } from "../layout.ts";
import { createArray } from "../reference/storage.ts";
import { arrayOn } from "./storage.ts";

/**
 * Bytes of the largest array with a buffer of its own. V8 keeps arrays of up to 64 bytes in its young generation: one
 * costs 45 ns, the next larger one 350 ns, and a view of an existing buffer 20 ns.
 */
const MAX_OWN_BUFFER = 64;

/** Sizes are rounded up to a multiple of so many bytes, so that few different ones exist. */
const STEP_BYTES = 64;

/** Bytes of the buffers that arrays are cut from: what one long-lived array may keep in memory. */
const BUFFER_BYTES = 8192;

/** Most freed arrays of one length that are kept. */
const MAX_FREE = 64;

/** Arrays of one dtype. */
export class ArrayPool {
  readonly #dtype: DType;
  readonly #bytes: number;
  /** Most elements of an array with a buffer of its own. */
  readonly #own: number;
  #buffer = new ArrayBuffer(0);
  #used = 0;
  readonly #free: TypedArray[][] = [];

  constructor(dtype: DType) {
    this.#dtype = dtype;
    this.#bytes = BYTES[dtype];
    this.#own = MAX_OWN_BUFFER / this.#bytes;
  }

  /** An array of at least `length` elements with undefined contents. */
  take(length: number): TypedArray {
    if (length <= this.#own)
      return this.#dtype === "float32" ? new Float32Array(length) : createArray(this.#dtype, length);
    const index = Math.ceil((length * this.#bytes) / STEP_BYTES);
    const freed = this.#free[index]?.pop();
    if (freed !== undefined) return freed;
    const bytes = index * STEP_BYTES;
    if (this.#used + bytes > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(BUFFER_BYTES);
      this.#used = 0;
    }
    const array = arrayOn(this.#dtype, this.#buffer, this.#used, bytes / this.#bytes);
    this.#used += bytes;
    return array;
  }

  /** Takes an array back that nobody uses any more. */
  give(array: TypedArray): void {
    if (array.length <= this.#own) return;
    const index = (array.length * this.#bytes) / STEP_BYTES;
    this.#free[index] ??= [];
    const list = this.#free[index];
    if (list.length < MAX_FREE) list.push(array);
  }
}
