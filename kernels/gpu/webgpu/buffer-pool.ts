/**
 * @file Pool of WebGPU buffers by size class. Small arrays are places of a page, which is one buffer: making a buffer takes
 * the thread some 10 µs and a bind group that names it 20, and the bind groups of pages do for all their places.
 */
import type { GpuMemory } from "../runtime.ts";

/** A buffer that is one array's, or is cut into places of one size for small ones. */
export interface Page {
  readonly buffer: GPUBuffer;
  /** Small, and one page's alone while it lives: bind groups are found by it. */
  readonly id: number;
  /** The size of its places. */
  readonly bytes: number;
  /** Where it is among those of its size. */
  at: number;
  /** A bit for each place that waits. */
  readonly free: Int32Array;
  /** How many wait. */
  waiting: number;
  readonly places: (PooledBuffer | undefined)[];
  /** The last turn, as {@link BufferPool.take} knows it, in which it is read. */
  readIn: number;
}

/** A place for an array, and what the runtime needs to know of it. */
export interface PooledBuffer {
  readonly page: Page;
  readonly buffer: GPUBuffer;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** As bind groups want it that are this place's alone. */
  readonly resource: GPUBufferBinding;
  /** Part of the names of such bind groups. */
  readonly id: number;
  readonly bytes: number;
  /** The last batch of commands that uses it. */
  batch: number;
}

/** Pages of one size, the oldest first. */
interface SizeClass {
  pages: Page[];
  /** No page before this one has a place that waits. */
  from: number;
}

/** What stands for GPUBufferUsage, which is no global in Node. */
export const USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80 } as const;

/** Buffers that wait are destroyed beyond this many bytes. */
const POOLED_BYTES = 256 * 2 ** 20;

/** Places begin at multiples of this, as every device wants it. */
const MIN_BYTES = 256;

/** Larger arrays have a buffer each. */
export const LARGEST_PLACE = 65536;

/** Places of the first page of a size. Each further page has twice as many, up to these. */
const FIRST_PLACES = 16;
const MOST_PLACES = 1024;
const MOST_PAGE_BYTES = 2 ** 20;

/** Powers of two, and three steps between each two of them from 64 KiB on, so that little of a large buffer lies idle. */
function sizeClass(bytes: number): number {
  let size = MIN_BYTES;
  while (size < bytes) size *= 2;
  if (size <= 65536) return size;
  for (const fraction of [5 / 8, 6 / 8, 7 / 8]) if (bytes <= size * fraction) return size * fraction;
  return size;
}

/** The last {@link PooledBuffer.id}, of all pools. */
let ids = 0;

export class BufferPool {
  readonly #device: GPUDevice;
  readonly #onCreate: (op: string, create: () => GPUBuffer) => GPUBuffer;
  readonly #onDestroy: () => void;
  readonly #hasPages: boolean;
  /** By the size of their places; those of one place by its negative. */
  readonly #classes = new Map<number, SizeClass>();
  /** Numbers of pages that are no more. */
  readonly #pageIds: number[] = [];
  #pages = 0;
  #turn = 0;
  #liveBuffers = 0;
  #liveBytes = 0;
  #pooledBuffers = 0;
  #pooledBytes = 0;

  /**
   * @param onCreate - Makes a buffer by calling its second argument, watching for errors.
   * @param onDestroy - Hears that buffers were destroyed, which bind groups may still name.
   * @param hasPages - Whether small arrays share buffers.
   */
  constructor(
    device: GPUDevice,
    onCreate: (op: string, create: () => GPUBuffer) => GPUBuffer,
    onDestroy: () => void,
    hasPages: boolean,
  ) {
    this.#device = device;
    this.#onCreate = onCreate;
    this.#onDestroy = onDestroy;
    this.#hasPages = hasPages;
  }

  get memory(): GpuMemory {
    return {
      liveBuffers: this.#liveBuffers,
      liveBytes: this.#liveBytes,
      pooledBuffers: this.#pooledBuffers,
      pooledBytes: this.#pooledBytes,
    };
  }

  get liveBuffers(): number {
    return this.#liveBuffers;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Begins a turn, whose results must not lie in the buffers that it reads: WebGPU forbids it. */
  nextTurn(): number {
    return ++this.#turn;
  }

  /**
   * A place of at least so many bytes. The one that was made first comes first, so that loops meet the same ones.
   *
   * @param turn - Pages with this as {@link Page.readIn} are left out.
   * @param isAlone - Takes a buffer that no other array shares.
   */
  take(op: string, bytes: number, turn = this.nextTurn(), isAlone = false): PooledBuffer {
    const size = sizeClass(bytes);
    const isPaged = this.#hasPages && !isAlone && size <= LARGEST_PLACE;
    const key = isPaged ? size : -size;
    let sizes = this.#classes.get(key);
    if (sizes === undefined) {
      sizes = { pages: [], from: 0 };
      this.#classes.set(key, sizes);
    }
    const page = this.#pageWithPlace(sizes, turn) ?? this.#addPage(op, size, isPaged, sizes);
    this.#liveBuffers++;
    this.#liveBytes += size;
    this.#pooledBuffers--;
    this.#pooledBytes -= size;
    return takePlace(page);
  }

  #pageWithPlace(sizes: SizeClass, turn: number): Page | undefined {
    const { pages } = sizes;
    let from = sizes.from;
    while (from < pages.length && (pages[from] as Page).waiting === 0) from++;
    sizes.from = from;
    for (let i = from; i < pages.length; i++) {
      const page = pages[i] as Page;
      if (page.waiting > 0 && page.readIn !== turn) return page;
    }
    return undefined;
  }

  #addPage(op: string, size: number, isPaged: boolean, { pages }: SizeClass): Page {
    const most = Math.min(MOST_PLACES, MOST_PAGE_BYTES / size);
    const count = isPaged ? Math.min(most, FIRST_PLACES * 2 ** pages.length) : 1;
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
    const label = isPaged ? "arrays" : op;
    const buffer = this.#onCreate(op, () => this.#device.createBuffer({ size: count * size, usage, label }));
    const free = new Int32Array(Math.ceil(count / 32)).fill(-1);
    if (count < 32) free[0] = 2 ** count - 1;
    const id = this.#pageIds.pop() ?? this.#pages++;
    const page: Page = {
      buffer,
      id,
      bytes: size,
      at: pages.length,
      free,
      waiting: count,
      places: new Array<PooledBuffer | undefined>(count).fill(undefined),
      readIn: 0,
    };
    pages.push(page);
    this.#pooledBuffers += count;
    this.#pooledBytes += count * size;
    return page;
  }

  give(entry: PooledBuffer): void {
    const { page, bytes, offset } = entry;
    this.#liveBuffers--;
    this.#liveBytes -= bytes;
    this.#pooledBuffers++;
    this.#pooledBytes += bytes;
    const place = offset / bytes;
    page.free[place >> 5] = (page.free[place >> 5] as number) | (1 << (place & 31));
    page.waiting++;
    const sizes = this.#classes.get(page.places.length > 1 ? bytes : -bytes);
    if (sizes !== undefined && page.at < sizes.from) sizes.from = page.at;
  }

  /** Destroys what waits beyond the budget. No commands that use it may be on their way. */
  trim(): void {
    if (this.#pooledBytes <= POOLED_BYTES) return;
    for (const sizes of this.#classes.values()) {
      const kept: Page[] = [];
      for (const page of sizes.pages.toReversed()) {
        if (page.waiting < page.places.length || this.#pooledBytes <= POOLED_BYTES / 2) kept.push(page);
        else this.#destroy(page);
      }
      sizes.pages = kept.reverse();
      for (const [at, page] of sizes.pages.entries()) page.at = at;
      sizes.from = 0;
    }
    this.#onDestroy();
  }

  #destroy({ buffer, id, places, bytes }: Page): void {
    buffer.destroy();
    this.#pageIds.push(id);
    this.#pooledBuffers -= places.length;
    this.#pooledBytes -= places.length * bytes;
  }
}

/** The first place that waits. */
function takePlace(page: Page): PooledBuffer {
  const { free, places, bytes, buffer } = page;
  let word = 0;
  while (free[word] === 0) word++;
  const bits = free[word] as number;
  const at = 32 * word + 31 - Math.clz32(bits & -bits);
  free[word] = bits & (bits - 1);
  page.waiting--;
  let place = places[at];
  if (place === undefined) {
    const offset = at * bytes;
    place = { page, buffer, offset, resource: { buffer, offset, size: bytes }, id: ++ids, bytes, batch: -1 };
    places[at] = place;
  }
  return place;
}
