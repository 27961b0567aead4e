/** @file The growable WebAssembly memory: regions of it, and the views that show it. */

import type { DType, TypedArray } from "../backend.ts";
import { Allocator, GRANULE, type Region } from "./allocator.ts";
import type { WasmMemory } from "./webassembly.ts";

const PAGE_BYTES = 65536;

/** Least growth at once; pages cost nothing until they are written. */
const GROWTH = 4 * 2 ** 20;

export class HeapMemory {
  /** All of the memory as it is now. Growing replaces these; earlier ones still show the same bytes. */
  floats: Float32Array;
  doubles: Float64Array;
  ints: Int32Array;
  bytes: Uint8Array;
  /** Largest size of the memory. */
  readonly maximumBytes: number;
  readonly #memory: WasmMemory;
  readonly #start: number;
  readonly #allocator: Allocator;

  /** @param start First free byte of the memory, a multiple of 64. */
  constructor(memory: WasmMemory, start: number, maximumPages: number) {
    this.#memory = memory;
    this.#start = start;
    this.maximumBytes = maximumPages * PAGE_BYTES;
    this.floats = new Float32Array(memory.buffer);
    this.doubles = new Float64Array(memory.buffer);
    this.ints = new Int32Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    this.#allocator = new Allocator(start, (end) => this.#extend(end));
  }

  /** The view of a dtype. */
  viewAs(dtype: DType): TypedArray {
    switch (dtype) {
      case "float32":
        return this.floats;
      case "float64":
        return this.doubles;
      case "int32":
        return this.ints;
      case "uint8":
      case "bool":
        return this.bytes;
    }
  }

  /** A region of at least `bytes`, or null if the memory cannot hold it. */
  take(bytes: number): Region | null {
    return this.#allocator.take(bytes);
  }

  give(region: Region): void {
    this.#allocator.give(region);
  }

  get takenBytes(): number {
    return this.#allocator.taken;
  }

  /** Bytes of the whole memory. */
  get totalBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Bytes that are in no use. */
  get freeBytes(): number {
    return this.totalBytes - this.#start - this.#allocator.taken;
  }

  /** @throws Error if the records of the regions contradict each other; for tests. */
  verify(): void {
    this.#allocator.verify(this.#start);
  }

  /** The new end of the range: the last granule stays unused, for kernels read up to 28 bytes beyond an array. */
  #extend(end: number): number {
    const present = this.totalBytes;
    const needed = end + GRANULE - present;
    const pages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES);
    const most = pages(this.maximumBytes - present);
    if (needed > 0 && pages(needed) <= most) {
      const generous = Math.min(pages(Math.max(needed, GROWTH, present / 8)), most);
      if (!this.#grow(generous)) this.#grow(pages(needed));
      const { buffer } = this.#memory;
      this.floats = new Float32Array(buffer);
      this.doubles = new Float64Array(buffer);
      this.ints = new Int32Array(buffer);
      this.bytes = new Uint8Array(buffer);
    }
    return this.totalBytes - GRANULE;
  }

  /** False if the system has no more. */
  #grow(pages: number): boolean {
    try {
      this.#memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}
