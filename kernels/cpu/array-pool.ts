/**
 * @file Pool of ordinary arrays for storages that are too small for the heap: views of larger buffers, reused when their
 * storage is freed. What is not freed is collected like any other array.
 */

/**
 * Largest array with a buffer of its own. V8 keeps arrays of up to 64 bytes in its young generation: one costs 45 ns, the next larger one 350 ns, and a
 * view of an existing buffer 20 ns.
 */
const MAX_OWN_BUFFER = 16;

/** Lengths are rounded up to a multiple of this, so that few different ones exist. */
const LENGTH_STEP = 16;

/** Bytes of the buffers that arrays are cut from: what one long-lived array may keep in memory. */
const BUFFER_BYTES = 8192;

/** Most freed arrays of one length that are kept. */
const MAX_FREE = 64;

export class ArrayPool {
  #buffer = new ArrayBuffer(BUFFER_BYTES);
  #used = 0;
  readonly #free: Float32Array[][] = [];

  /** An array of at least `length` elements with undefined contents. */
  take(length: number): Float32Array {
    if (length <= MAX_OWN_BUFFER) return new Float32Array(length);
    const index = Math.ceil(length / LENGTH_STEP);
    const freed = this.#free[index]?.pop();
    if (freed !== undefined) return freed;
    const bytes = index * LENGTH_STEP * 4;
    if (this.#used + bytes > BUFFER_BYTES) {
      this.#buffer = new ArrayBuffer(BUFFER_BYTES);
      this.#used = 0;
    }
    const array = new Float32Array(this.#buffer, this.#used, index * LENGTH_STEP);
    this.#used += bytes;
    return array;
  }

  /** Takes an array back that nobody uses any more. */
  give(array: Float32Array): void {
    if (array.length <= MAX_OWN_BUFFER) return;
    const index = array.length / LENGTH_STEP;
    this.#free[index] ??= [];
    const list = this.#free[index];
    if (list.length < MAX_FREE) list.push(array);
  }
}
