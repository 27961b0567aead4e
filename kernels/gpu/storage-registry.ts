/**
 * @file Registry of live storages. Users free nothing, and the collector does not know how much GPU memory hangs on
 * a small object; so once much is in use it is asked, where it can be, which storages nobody holds any more.
 */
import type { Collector } from "../cpu/gc.ts";
import type { GpuRuntime } from "./runtime.ts";
import type { Cell, GpuStorage } from "./storage.ts";

/** Live bytes at which the collector is asked first. Later this is twice what was left after the last time. */
const FIRST_BYTES = 128 * 2 ** 20;
/** So with small arrays, which cost more by their number. */
export const FIRST_BUFFERS = 8192;

interface Entry {
  readonly storage: WeakRef<GpuStorage>;
  readonly cell: Cell;
}

export class StorageRegistry {
  readonly #runtime: GpuRuntime;
  readonly #collector: Collector | null;
  readonly #entries = new Map<Cell, Entry>();
  readonly #registry = new FinalizationRegistry<Cell>((cell) => this.#drop(cell));
  #limitBytes = FIRST_BYTES;
  #limitBuffers = FIRST_BUFFERS;

  constructor(runtime: GpuRuntime, collector: Collector | null) {
    this.#runtime = runtime;
    this.#collector = collector;
  }

  add(storage: GpuStorage): void {
    const { cell } = storage;
    this.#registry.register(storage, cell, cell);
    if (this.#collector === null) return;
    this.#entries.set(cell, { storage: new WeakRef(storage), cell });
    const { liveBytes, liveBuffers } = this.#runtime.memory;
    if (liveBytes > this.#limitBytes || liveBuffers > this.#limitBuffers) this.#sweep(this.#collector);
  }

  remove({ cell }: GpuStorage): void {
    this.#registry.unregister(cell);
    this.#drop(cell);
  }

  #drop(cell: Cell): void {
    this.#entries.delete(cell);
    cell.release();
  }

  #sweep(collector: Collector): void {
    collector.collect();
    for (const { storage, cell } of this.#entries.values()) {
      if (storage.deref() !== undefined) continue;
      this.#registry.unregister(cell);
      this.#drop(cell);
    }
    collector.forget();
    const { liveBytes, liveBuffers } = this.#runtime.memory;
    this.#limitBytes = Math.max(FIRST_BYTES, 2 * liveBytes);
    this.#limitBuffers = Math.max(FIRST_BUFFERS, 2 * liveBuffers);
  }
}
