/**
 * @file Heap of the storages of all dtypes: a cache of bounded size in the shared WebAssembly memory.
 *
 * Nobody has to free a storage, and none may outlive its owner for long. A region is returned by {@link Heap.free}, by
 * the FinalizationRegistry some time after its storage was collected, and, when more than the budget is in use, by
 * - sweeping: force a garbage collection and return the regions of unreachable storages, where the engine allows it;
 * - spilling: copy the least recently used storages to ordinary arrays, if sweeping did not help or would take longer.
 *   A spilled storage is reloaded when it is used again.
 * A loop that never lets the registry run therefore still has bounded memory: its garbage is swept, or spilled and
 * collected there like any other array. Where a collection cannot be forced, as in browsers, spilling begins later, so
 * that a loop that yields to the event loop now and then does not spill at all.
 *
 * Storages are swept and spilled only by {@link Heap.begin}, between two operations, so no operation can lose its operands.
 * (Only when the memory cannot grow any more, an allocation may spill too: what the running operation has not used yet.)
 */
import { type DType, FreedStorageError, type TypedArray } from "../backend.ts";
import { BYTES } from "../layout.ts";
import { type Region, regionBytes } from "./allocator.ts";
import { ArrayPool } from "./array-pool.ts";
import { type Collector, findCollector } from "./gc.ts";
import { type HeapEntry, LruList, newHeapEntry } from "./lru.ts";
import { HeapMemory } from "./memory.ts";
import { arrayOn, HeapStorage } from "./storage.ts";
import type { WasmMemory } from "./webassembly.ts";

export interface HeapOptions {
  /** Bytes that storages may occupy before the least recently used ones are spilled. Default 64 MiB. */
  readonly budgetBytes?: number | undefined;
  /** Largest number of elements for which a storage is an ordinary array. Default 256. */
  readonly arrayLimit?: number | undefined;
}

export interface HeapStats {
  /** Bytes of the storages in the heap, and their number. */
  readonly residentBytes: number;
  readonly residentCount: number;
  /** Most bytes that were resident at once. */
  readonly peakBytes: number;
  /** Bytes of the memory that are in no use. */
  readonly freeBytes: number;
  /** Bytes of the whole memory, which grows when needed and is given back as a whole; 0 while there is none. */
  readonly memoryBytes: number;
  /** Present budget: it grows while the storages in use do not fit, and falls back slowly. */
  readonly budgetBytes: number;
  /** Storages spilled so far, and their bytes. */
  readonly spills: number;
  readonly spilledBytes: number;
  /** Spilled storages that were reloaded because they were used again. */
  readonly misses: number;
  /** How often a garbage collection was forced. */
  readonly sweeps: number;
}

const MEBIBYTE = 2 ** 20;
const DEFAULT_BUDGET = 64 * MEBIBYTE;

/**
 * A region costs 300 ns for its registration, and some microseconds if it is never freed and has to be spilled; copying
 * so few elements to and fro costs less than both.
 */
const DEFAULT_ARRAY_LIMIT = 256;

/**
 * What a resident storage costs beyond its region: its entry, region record and registration are some 400 bytes of
 * garbage-collected memory. Counting them keeps the number of tiny garbage storages bounded too.
 */
const OVERHEAD = 1024;

/** Size of the staging buffer for copies of small storages; an operation needs a few KiB at most. */
const STAGING_BYTES = 32768;

/** Throughput of spilling in bytes per millisecond, page faults of the copy included, until it has been measured. */
const SPILLED_PER_MS = 4 * MEBIBYTE;

/**
 * How many times the budget the storages may occupy where a collection cannot be forced, as in browsers: there garbage is
 * found between turns of the event loop, and most of what would be spilled at once is gone by then.
 */
const BUDGETS_WITHOUT_GC = 4;

/** The budget, as a multiple of what a sweep found in use. */
const LIVE_FACTOR = 1.5;

/** Bytes of arrays allocated to bring the next collection nearer; engines collect after some 64 MiB of them. */
const MIN_PRESSURE = 4 * MEBIBYTE;
const MAX_PRESSURE = 64 * MEBIBYTE;

/** Up to this many elements a loop copies faster than a call does. */
const MAX_LOOP_COPY = 32;

/** Memory for a heap: from byte `start`, a multiple of 64, to what it can grow to. */
export interface HeapRange {
  readonly memory: WasmMemory;
  readonly start: number;
  readonly maximumPages: number;
}

export class Heap {
  readonly #openRange: () => HeapRange;
  readonly #onEmpty: () => void;
  /** Null until something needs it. */
  #opened: HeapMemory | null = null;
  readonly #list = new LruList();
  readonly #registry = new FinalizationRegistry<HeapEntry>((entry) => this.#release(entry));
  readonly #minBudget: number;
  #budget: number;
  #epoch = 0;
  #peak = 0;
  #spills = 0;
  #spilledBytes = 0;
  #misses = 0;
  /** Temporaries of the running operation. */
  readonly #scratch: Region[] = [];
  /** Staging buffer: kernels work on copies of small storages there. How much of it the running operation has used. */
  #staging: Region | null = null;
  #stagingUsed = 0;
  readonly #floatPool = new ArrayPool("float32");
  readonly #pools: Readonly<Record<DType, ArrayPool>> = {
    float32: this.#floatPool,
    float64: new ArrayPool("float64"),
    int32: new ArrayPool("int32"),
    uint8: new ArrayPool("uint8"),
    bool: new ArrayPool("bool"),
  };
  /** Undefined until the budget is first reached: a program that stays below it needs no collector. */
  #collector: Collector | null | undefined;
  /** Bytes allocated so far and not freed explicitly, and the reading from which the next sweep pays off. */
  #allocated = 0;
  #sweepAt = 0;
  #sweeps = 0;
  /** Measured throughput of spilling, which a sweep has to beat; on a busy machine both are slower. */
  #spilledPerMs = SPILLED_PER_MS;
  /** Reading of `#allocated` at the last {@link #press}. */
  #pressedAt = 0;
  readonly #arrayLimit: number;

  /**
   * @param open Gives the memory, when it is first needed and again after {@link close}.
   * @param onEmpty Called whenever the last storage has left the memory.
   */
  constructor(open: () => HeapRange, options: HeapOptions = {}, onEmpty: () => void = () => {}) {
    this.#arrayLimit = options.arrayLimit ?? DEFAULT_ARRAY_LIMIT;
    this.#minBudget = options.budgetBytes ?? DEFAULT_BUDGET;
    this.#budget = this.#minBudget;
    this.#openRange = open;
    this.#onEmpty = onEmpty;
  }

  get #memory(): HeapMemory {
    return this.#opened ?? this.#open();
  }

  #open(): HeapMemory {
    const { memory, start, maximumPages } = this.#openRange();
    this.#opened = new HeapMemory(memory, start, maximumPages);
    return this.#opened;
  }

  /** Lets go of the memory if no storage is in it; between two operations only. False if one is. */
  close(): boolean {
    this.#dropScratch();
    if (this.#list.count > 0) return false;
    this.#opened = null;
    this.#staging = null;
    this.#stagingUsed = 0;
    return true;
  }

  /** Number of operations so far. */
  get operations(): number {
    return this.#epoch;
  }

  /** The whole memory as it is now; an allocation may replace these views. They must not be handed out. */
  get floats(): Float32Array {
    return this.#memory.floats;
  }

  get doubles(): Float64Array {
    return this.#memory.doubles;
  }

  get ints(): Int32Array {
    return this.#memory.ints;
  }

  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  /** The whole memory as elements of a dtype; as {@link floats}. */
  whole(dtype: DType): TypedArray {
    return this.#memory.viewAs(dtype);
  }

  /** Begins an operation: ends the life of the previous one's temporaries, and spills what is over the budget. */
  begin(): void {
    this.#epoch++;
    this.#stagingUsed = 0;
    if (this.#scratch.length > 0) this.#dropScratch();
    if (!this.#isOverBudget()) return;
    if (this.#allocated >= this.#sweepAt) this.#sweep();
    const list = this.#list;
    if (this.#collector === null && this.#occupied() <= BUDGETS_WITHOUT_GC * this.#minBudget) {
      this.#press();
      return;
    }
    const start = performance.now();
    const before = this.#spilledBytes;
    while (this.#isOverBudget() && list.oldest !== null) this.#spill(list.oldest);
    const spilled = this.#spilledBytes - before;
    if (spilled >= MEBIBYTE) this.#spilledPerMs += (spilled / (performance.now() - start) - this.#spilledPerMs) / 8;
    this.#collector?.forget();
  }

  /** A storage with undefined contents. */
  alloc(dtype: DType, length: number): HeapStorage {
    if (length <= this.#arrayLimit) return new HeapStorage(dtype, length, this.#poolOf(dtype).take(length), null);
    return this.reserve(dtype, length);
  }

  /**
   * Byte address of a storage that is not small; reloads its elements if they were spilled. They stay at this
   * address for the rest of the operation.
   *
   * @throws Error if the storage was freed.
   */
  address(storage: HeapStorage): number {
    const entry = storage.entry;
    if (entry === null) throw new FreedStorageError(storage);
    const region = entry.region ?? this.#reload(storage, entry);
    if (entry.epoch !== this.#epoch) this.#list.touch(entry, this.#epoch);
    return region.address;
  }

  /** The elements of a storage themselves: for a large one a view of the heap, which must not be handed out. */
  view(storage: HeapStorage): TypedArray {
    const { array, dtype, length } = storage;
    if (array !== null) return array.length === length ? array : array.subarray(0, length);
    const at = this.address(storage) / BYTES[dtype];
    return this.#memory.viewAs(dtype).subarray(at, at + length);
  }

  /** A copy of `length` elements from `offset`. Does not reload spilled elements. */
  read(storage: HeapStorage, offset: number, length: number): TypedArray {
    const { array, dtype } = storage;
    if (array !== null) return array.slice(offset, offset + length);
    const spilled = storage.entry?.spilled;
    if (spilled) return arrayOn(dtype, spilled.buffer, 0, storage.length).slice(offset, offset + length);
    const at = this.address(storage) / BYTES[dtype] + offset;
    return this.#memory.viewAs(dtype).slice(at, at + length);
  }

  /** Returns the memory of a storage at once; a second call does nothing. */
  free(storage: HeapStorage): void {
    const { array, entry } = storage;
    storage.array = null;
    storage.entry = null;
    if (array !== null) this.#poolOf(storage.dtype).give(array);
    if (entry === null || entry.region === null) return;
    this.#allocated -= entry.region.size;
    this.#registry.unregister(entry);
    this.#release(entry);
  }

  /** Address of `bytes` bytes with undefined contents, for the running operation only. */
  scratch(bytes: number): number {
    const region = this.#take(bytes);
    this.#scratch.push(region);
    return region.address;
  }

  /** Address of a storage that a kernel only reads: as {@link address}, and a copy of a small one. */
  operand(storage: HeapStorage): number {
    const array = storage.array;
    if (array === null) return this.address(storage);
    const address = this.#stage(array.byteLength);
    this.#copyIn(storage.dtype, array, address);
    return address;
  }

  /**
   * Address of a storage that a kernel writes; {@link copyOut} must follow.
   *
   * @param whole Whether the kernel overwrites every element, so that those of a small storage need not be copied first.
   */
  target(storage: HeapStorage, whole: boolean): number {
    const array = storage.array;
    if (array === null) return this.address(storage);
    const address = this.#stage(array.byteLength);
    if (!whole) this.#copyIn(storage.dtype, array, address);
    return address;
  }

  /** Copies the elements of a small storage out of the staging buffer, after a kernel wrote to what {@link target} gave. */
  copyOut(storage: HeapStorage, address: number): void {
    const array = storage.array;
    if (array === null) return;
    const n = array.length;
    const { dtype } = storage;
    if (dtype === "float32" && n <= MAX_LOOP_COPY) {
      const { floats } = this;
      const numbers = array as Float32Array;
      for (let i = 0, at = address >>> 2; i < n; i++, at++) numbers[i] = floats[at]!;
      return;
    }
    const at = address / BYTES[dtype];
    array.set(this.#memory.viewAs(dtype).subarray(at, at + n));
  }

  /** Address of the staging buffer, which stays where it is as long as there is memory. */
  stagingAddress(): number {
    this.#staging ??= this.#take(STAGING_BYTES);
    return this.#staging.address;
  }

  /** As {@link alloc}, in the memory whatever its length: for who keeps it for many operations. */
  reserve(dtype: DType, length: number): HeapStorage {
    const region = this.#take(Math.max(1, length) * BYTES[dtype]);
    const entry = newHeapEntry();
    const storage = new HeapStorage(dtype, length, null, entry);
    this.#makeResident(storage, entry, region);
    return storage;
  }

  /** Another storage on the memory of one that {@link reserve} gave, which has to be as large and to outlive it. */
  alias({ entry }: HeapStorage, dtype: DType, length: number): HeapStorage {
    return new HeapStorage(dtype, length, null, entry);
  }

  stats(): HeapStats {
    return {
      residentBytes: this.#list.bytes,
      residentCount: this.#list.count,
      peakBytes: this.#peak,
      freeBytes: this.#opened?.freeBytes ?? 0,
      memoryBytes: this.#opened?.totalBytes ?? 0,
      budgetBytes: this.#budget,
      spills: this.#spills,
      spilledBytes: this.#spilledBytes,
      misses: this.#misses,
      sweeps: this.#sweeps,
    };
  }

  /** @throws Error if the heap's records contradict each other; for tests. */
  verify(): void {
    this.#opened?.verify();
    this.#list.verify();
    const others = this.#scratch.reduce((sum, region) => sum + region.size, this.#staging?.size ?? 0);
    if ((this.#opened?.takenBytes ?? 0) !== this.#list.bytes + others)
      throw new Error("heap: a region belongs to nobody");
  }

  /** Copies a small storage into the heap. */
  #copyIn(dtype: DType, array: TypedArray, address: number): void {
    const n = array.length;
    if (dtype === "float32" && n <= MAX_LOOP_COPY) {
      const { floats } = this;
      const numbers = array as Float32Array;
      for (let i = 0, at = address >>> 2; i < n; i++, at++) floats[at] = numbers[i]!;
      return;
    }
    this.#memory.viewAs(dtype).set(array, address / BYTES[dtype]);
  }

  #poolOf(dtype: DType): ArrayPool {
    return dtype === "float32" ? this.#floatPool : this.#pools[dtype];
  }

  /** Address of `bytes` bytes in the staging buffer, or elsewhere if it is full. */
  #stage(bytes: number): number {
    const at = this.#stagingUsed;
    if (at + bytes > STAGING_BYTES) return this.scratch(bytes);
    this.#staging ??= this.#take(STAGING_BYTES);
    this.#stagingUsed = at + regionBytes(bytes);
    return this.#staging.address + at;
  }

  #take(bytes: number): Region {
    for (;;) {
      const region = this.#memory.take(bytes);
      if (region !== null) return region;
      const { oldest } = this.#list;
      if (oldest === null || oldest.epoch === this.#epoch) throw this.#outOfMemory(bytes);
      this.#spill(oldest);
    }
  }

  #outOfMemory(bytes: number): Error {
    const size = (n: number): string => `${(n / MEBIBYTE).toFixed(1)} MiB`;
    const { bytes: resident, count } = this.#list;
    return new RangeError(
      `not enough memory: ${size(bytes)} are needed at once, and ${size(resident)} in ${count} storages are in use, ` +
        `of at most ${size(this.#memory.maximumBytes)}`,
    );
  }

  #occupied(): number {
    return this.#list.bytes + this.#list.count * OVERHEAD;
  }

  #isOverBudget(): boolean {
    return this.#occupied() > this.#budget;
  }

  /**
   * Brings the engine's next collection nearer, where none can be forced. The engine does not count what is in the
   * WebAssembly memory, but it counts an array, though no page of it is ever touched.
   */
  #press(): void {
    const bytes = this.#allocated - this.#pressedAt;
    if (bytes < MIN_PRESSURE) return;
    this.#pressedAt = this.#allocated;
    new ArrayBuffer(Math.min(bytes, MAX_PRESSURE));
  }

  /** Returns the regions of all unreachable storages. */
  #sweep(): void {
    // Sweep again when half a budget could be garbage, and not before spilling that much would take as long as this sweep.
    let pause = this.#budget / 2;
    if (this.#collector === undefined) {
      this.#collector = findCollector();
      if (this.#collector === null) pause = Number.POSITIVE_INFINITY;
    } else if (this.#collector !== null) {
      const start = performance.now();
      this.#releaseUnreachable(this.#collector);
      // What is left is in use: a budget that it fills would spill what the next operations read. One of 0 spills all.
      const wanted =
        this.#minBudget === 0 ? 0 : Math.min(LIVE_FACTOR * this.#occupied(), this.#memory.maximumBytes * 0.75);
      if (wanted > this.#budget) this.#budget = wanted;
      pause = Math.max(this.#budget - this.#occupied(), (performance.now() - start) * this.#spilledPerMs);
    }
    this.#sweepAt = this.#allocated + pause;
  }

  #releaseUnreachable(collector: Collector): void {
    this.#sweeps++;
    collector.collect();
    let entry = this.#list.oldest;
    while (entry !== null) {
      const { newer } = entry;
      if (entry.owner !== null && entry.owner.deref() === undefined) {
        this.#registry.unregister(entry);
        this.#release(entry);
      }
      entry = newer;
    }
    // What was allocated before the collector was found has no WeakRef: reachable or not, it has to make room.
    for (
      let old = this.#list.oldest;
      old?.owner === null && this.#list.bytes > this.#budget / 2;
      old = this.#list.oldest
    ) {
      this.#spill(old);
    }
  }

  #dropScratch(): void {
    for (const region of this.#scratch) this.#memory.give(region);
    this.#scratch.length = 0;
  }

  /** Puts a storage into a region. */
  #makeResident(storage: HeapStorage, entry: HeapEntry, region: Region): void {
    this.#list.add(entry, region, this.#epoch);
    if (this.#collector != null) entry.owner = new WeakRef(storage);
    this.#allocated += region.size;
    if (this.#list.bytes > this.#peak) this.#peak = this.#list.bytes;
    this.#registry.register(storage, entry, entry);
  }

  #release(entry: HeapEntry): void {
    const { region } = entry;
    if (region === null) return;
    this.#list.remove(entry, region);
    this.#memory.give(region);
    if (this.#list.count === 0) this.#onEmpty();
  }

  #spill(entry: HeapEntry): void {
    const { region } = entry;
    if (region === null) return;
    const { address, size } = region;
    entry.spilled = new Uint8Array(this.bytes.subarray(address, address + size));
    this.#registry.unregister(entry);
    this.#release(entry);
    this.#spills++;
    this.#spilledBytes += size;
    entry.spilledAt = this.#spilledBytes;
    // A budget raised for an earlier working set decays.
    this.#budget = Math.max(this.#minBudget, this.#budget - size / 64);
  }

  #reload(storage: HeapStorage, entry: HeapEntry): Region {
    const { spilled } = entry;
    if (spilled === null) throw new FreedStorageError(storage);
    // Not by the storage: the memory may be that of a larger one.
    const region = this.#take(spilled.length);
    this.bytes.set(spilled, region.address);
    entry.spilled = null;
    this.#makeResident(storage, entry, region);
    this.#misses++;
    // Had the budget been larger by what was spilled since, this would not have happened. Beyond twice the budget the
    // detour is rare enough to be cheaper than the memory.
    if (this.#spilledBytes - entry.spilledAt <= this.#budget) {
      this.#budget = Math.min(this.#budget + region.size, this.#memory.maximumBytes * 0.75);
    }
    return region;
  }
}
