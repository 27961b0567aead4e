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
const FIRST_BUFFERS = 16384;

/** What is in use is asked for after so many bytes, or so many storages. */
const LOOK_BYTES = 2 ** 20;
const LOOK_STORAGES = 64;

/**
 * Where a collection can be forced, storages are known by `WeakRef`s, and one object that nobody holds tells that the
 * collector has been there by itself. Elsewhere each storage is registered. Both would cost every operation a microsecond
 * more.
 */
export class StorageRegistry {
  readonly #runtime: GpuRuntime;
  readonly #collector: Collector | null;
  /** Those of the storages that are not yet freed, where a collection can be forced. */
  readonly #cells: Cell[] = [];
  readonly #registry: FinalizationRegistry<Cell | null>;
  #limitBytes = FIRST_BYTES;
  #limitBuffers = FIRST_BUFFERS;
  #bytes = 0;
  #storages = 0;

  constructor(runtime: GpuRuntime, collector: Collector | null) {
    this.#runtime = runtime;
    this.#collector = collector;
    // A cell that was freed before has nothing left to release.
    this.#registry = new FinalizationRegistry((cell) => (cell === null ? this.#collected() : cell.release()));
    if (collector !== null) this.#registry.register({}, null);
  }

  add(storage: GpuStorage): void {
    const { cell } = storage;
    if (this.#collector === null) {
      this.#registry.register(storage, cell);
      return;
    }
    cell.owner = new WeakRef(storage);
    cell.at = this.#cells.length;
    this.#cells.push(cell);
    this.#bytes += 4 * storage.length;
    if (++this.#storages < LOOK_STORAGES && this.#bytes < LOOK_BYTES) return;
    this.#storages = 0;
    this.#bytes = 0;
    const { liveBytes, liveBuffers } = this.#runtime.memory;
    if (liveBytes > this.#limitBytes || liveBuffers > this.#limitBuffers) this.#sweep(this.#collector);
  }

  remove({ cell }: GpuStorage): void {
    this.#drop(cell);
  }

  #drop(cell: Cell): void {
    const { at } = cell;
    if (at >= 0) {
      const last = this.#cells.pop() as Cell;
      if (last !== cell) {
        this.#cells[at] = last;
        last.at = at;
      }
      cell.at = -1;
    }
    cell.release();
  }

  /** After a collection. */
  #dropCollected(): void {
    for (let i = this.#cells.length - 1; i >= 0; i--) {
      const cell = this.#cells[i] as Cell;
      if (cell.owner?.deref() === undefined) this.#drop(cell);
    }
  }

  #collected(): void {
    this.#dropCollected();
    this.#registry.register({}, null);
  }

  #sweep(collector: Collector): void {
    collector.collect();
    this.#dropCollected();
    collector.forget();
    const { liveBytes, liveBuffers } = this.#runtime.memory;
    this.#limitBytes = Math.max(FIRST_BYTES, 2 * liveBytes);
    this.#limitBuffers = Math.max(FIRST_BUFFERS, 2 * liveBuffers);
  }
}
