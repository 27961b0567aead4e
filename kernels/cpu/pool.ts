/**
 * @file Ordinary arrays for storages that are too small for the heap: cut from larger buffers, and used again when their
 * storage is freed. What is not freed is collected like any other array.
 */

/**
 * V8 keeps arrays of up to 64 bytes in its own young generation: one costs 45 ns, the next larger one 350 ns, and a
 * view of an existing buffer 20 ns.
 */
const OWN = 16;

/** Lengths are rounded up to a multiple of this, so that few different ones exist. */
const STEP = 16;

/** Bytes of the buffers that arrays are cut from: what one long-lived array may keep in memory. */
const BUFFER_BYTES = 8192;

/** Freed arrays of one length that wait for use. */
const KEPT = 64;

export class ArrayPool {
  #buffer = new ArrayBuffer(BUFFER_BYTES);
  #used = 0;
  readonly #free: Float32Array[][] = [];

  /** An array of at least `length` elements with undefined contents. */
  take(length: number): Float32Array {
    if (length <= OWN) return new Float32Array(length);
    const index = Math.ceil(length / STEP);
    const freed = this.#free[index]?.pop();
    if (freed !== undefined) return freed;
    const bytes = index * STEP * 4;
    if (this.#used + bytes > BUFFER_BYTES) {
      this.#buffer = new ArrayBuffer(BUFFER_BYTES);
      this.#used = 0;
    }
    const array = new Float32Array(this.#buffer, this.#used, index * STEP);
    this.#used += bytes;
    return array;
  }

  /** Takes an array back that nobody uses any more. */
  give(array: Float32Array): void {
    if (array.length <= OWN) return;
    const index = array.length / STEP;
    this.#free[index] ??= [];
    const list = this.#free[index];
    if (list.length < KEPT) list.push(array);
  }
}
