/** @file Pool of WebGPU buffers by size class. */
import type { GpuMemory } from "../runtime.ts";

/** A buffer, and what the runtime needs to know of it. */
export interface PooledBuffer {
  readonly buffer: GPUBuffer;
  /** The buffer as bind groups want it. */
  readonly resource: GPUBufferBinding;
  /** Part of the names of bind groups. */
  readonly id: number;
  readonly bytes: number;
  /** The last batch of commands that uses it. */
  batch: number;
}

/** What stands for GPUBufferUsage, which is no global in Node. */
export const USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80 } as const;

/** Buffers that wait are destroyed beyond this many bytes. */
const POOLED_BYTES = 256 * 2 ** 20;

const MIN_BYTES = 256;

/** Powers of two, and three steps between each two of them from 64 KiB on, so that little of a large buffer lies idle. */
function sizeClass(bytes: number): number {
  let size = MIN_BYTES;
  while (size < bytes) size *= 2;
  if (size <= 65536) return size;
  for (const fraction of [5 / 8, 6 / 8, 7 / 8]) if (bytes <= size * fraction) return size * fraction;
  return size;
}

/**
 * Buffers that wait, of which the one with the lowest number comes first: the collector gives them back in any order, and
 * a step that takes the same ones in the same order finds its bind groups.
 */
class Waiting {
  /** A binary heap. */
  readonly #heap: PooledBuffer[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(entry: PooledBuffer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as PooledBuffer;
      if (parent.id <= entry.id) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  /** The one with the lowest number. */
  take(): PooledBuffer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let at = 0;
    for (let down = 1; down < heap.length; down = 2 * at + 1) {
      const [left, right] = [heap[down] as PooledBuffer, heap[down + 1]];
      const isRight = right !== undefined && right.id < left.id;
      const least = isRight ? right : left;
      if (least.id >= last.id) break;
      heap[at] = least;
      at = isRight ? down + 1 : down;
    }
    heap[at] = last;
    return first;
  }

  /** One of the higher numbers. */
  takeLast(): PooledBuffer | undefined {
    return this.#heap.pop();
  }
}

/** The last {@link PooledBuffer.id}, of all pools. */
let ids = 0;

export class BufferPool {
  readonly #device: GPUDevice;
  readonly #onCreate: (op: string, create: () => GPUBuffer) => GPUBuffer;
  readonly #onDestroy: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #liveBuffers = 0;
  #liveBytes = 0;
  #pooledBuffers = 0;
  #pooledBytes = 0;

  /**
   * @param onCreate - Makes a buffer by calling its second argument, watching for errors.
   * @param onDestroy - Hears that buffers were destroyed, which bind groups may still name.
   */
  constructor(device: GPUDevice, onCreate: (op: string, create: () => GPUBuffer) => GPUBuffer, onDestroy: () => void) {
    this.#device = device;
    this.#onCreate = onCreate;
    this.#onDestroy = onDestroy;
  }

  get memory(): GpuMemory {
    return {
      liveBuffers: this.#liveBuffers,
      liveBytes: this.#liveBytes,
      pooledBuffers: this.#pooledBuffers,
      pooledBytes: this.#pooledBytes,
    };
  }

  /** A buffer of at least so many bytes. The one that was made first comes first, so that loops meet the same ones. */
  take(op: string, bytes: number): PooledBuffer {
    const size = sizeClass(bytes);
    let entry = this.#waiting.get(size)?.take();
    if (entry !== undefined) {
      this.#pooledBuffers--;
      this.#pooledBytes -= size;
    } else {
      const usage = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
      const buffer = this.#onCreate(op, () => this.#device.createBuffer({ size, usage, label: op }));
      entry = { buffer, resource: { buffer }, id: ++ids, bytes: size, batch: -1 };
    }
    this.#liveBuffers++;
    this.#liveBytes += size;
    return entry;
  }

  give(entry: PooledBuffer): void {
    this.#liveBuffers--;
    this.#liveBytes -= entry.bytes;
    this.#pooledBuffers++;
    this.#pooledBytes += entry.bytes;
    let list = this.#waiting.get(entry.bytes);
    if (list === undefined) {
      list = new Waiting();
      this.#waiting.set(entry.bytes, list);
    }
    list.push(entry);
  }

  /** Destroys what waits beyond the budget. No commands that use it may be on their way. */
  trim(): void {
    if (this.#pooledBytes <= POOLED_BYTES) return;
    for (const list of this.#waiting.values()) {
      while (this.#pooledBytes > POOLED_BYTES / 2) {
        const entry = list.takeLast();
        if (entry === undefined) break;
        entry.buffer.destroy();
        this.#pooledBuffers--;
        this.#pooledBytes -= entry.bytes;
      }
    }
    this.#onDestroy();
  }
}
