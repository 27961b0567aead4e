/** @file An array on a WebGPU device. */
import { GpuArray } from "../runtime.ts";
import type { BufferPool, PooledBuffer } from "./buffer-pool.ts";

export class WebGpuArray extends GpuArray {
  readonly entry: PooledBuffer;
  /** Whether a tape writes to it again when nobody else holds it: then it may hold something else when met again. */
  isReused = false;
  readonly #pool: BufferPool;

  constructor(length: number, entry: PooledBuffer, pool: BufferPool) {
    super(length);
    this.entry = entry;
    this.#pool = pool;
  }

  protected override recycle(): void {
    this.#pool.give(this.entry);
  }
}
