/**
 * @file Memory of the float32 storages: a cache of bounded size in the shared WebAssembly memory.
 *
 * Nobody has to free a storage, and none may outlive its owner for long. Four things return a region:
 * {@link Heap.free}; the registry, some time after the storage was collected; and, when more than the budget is in use,
 * asking the collector which storages are gone ("sweeping", where the engine allows it); and, if that does not help or
 * would take longer, moving the longest unused numbers to an ordinary array ("spilling"), from where they come back
 * when used again. A loop that never lets the registry run therefore still has bounded memory: its garbage is swept, or
 * moves out of the heap and is collected there like any other array. Where the collector cannot be asked, as in browsers,
 * spilling begins later, so that a loop that lets the event loop turn now and then never gets there.
 *
 * Storages are swept and spilled only by {@link Heap.begin}, between two operations, so no operation can lose what it works on.
 * (Only when the memory cannot grow any more, an allocation may spill too: what the running operation has not used yet.)
 */
import { FreedStorageError } from "../backend.ts";
import { type Region, regionBytes } from "./allocator.ts";
import { type Collector, findCollector } from "./collector.ts";
import { HeapMemory } from "./memory.ts";
import { ArrayPool } from "./pool.ts";
import { FloatStorage } from "./storage.ts";
import { newTicket, type Ticket, TicketList } from "./tickets.ts";
import type { WasmMemory } from "./webassembly.ts";

export interface HeapOptions {
  /** Bytes that storages may occupy before the longest unused ones are spilled. Default 64 MiB. */
  readonly budgetBytes?: number | undefined;
  /** Most elements of a storage that lives in an ordinary array. Default 256. */
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
  /** Storages moved out of the heap so far, and their bytes. */
  readonly spills: number;
  readonly spilledBytes: number;
  /** Storages that came back because they were used again. */
  readonly misses: number;
  /** How often the collector was asked. */
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
 * What a resident storage costs beyond its region: ticket, region record and registration are some 400 bytes of
 * garbage-collected memory. Counting them keeps the number of tiny garbage storages bounded too.
 */
const OVERHEAD = 1024;

/** Bytes for copies of small storages; an operation needs a few KiB at most. */
const DESK_BYTES = 32768;

/** Bytes that spilling moves in a millisecond, fresh pages for the copy included, until that has been measured. */
const SPILLED_PER_MS = 4 * MEBIBYTE;

/**
 * How many times the budget the storages may occupy where the collector cannot be asked, as in browsers: there they are
 * found in the turns of the event loop, and most of what would be moved out at once is gone by then.
 */
const PATIENCE = 4;

/** Bytes of arrays that bring a collection nearer; engines collect after some 64 MiB of them. */
const LEAST_PRESSURE = 4 * MEBIBYTE;
const MOST_PRESSURE = 64 * MEBIBYTE;

/** Up to this many elements a loop copies faster than a call does. */
const LOOP = 32;

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
  readonly #list = new TicketList();
  readonly #registry = new FinalizationRegistry<Ticket>((ticket) => this.#release(ticket));
  readonly #leastBudget: number;
  #budget: number;
  #epoch = 0;
  #peak = 0;
  #spills = 0;
  #spilledBytes = 0;
  #misses = 0;
  /** Temporaries of the running operation. */
  readonly #scratch: Region[] = [];
  /** Where kernels work on copies of small storages, and how much of it the running operation has used. */
  #desk: Region | null = null;
  #deskUsed = 0;
  readonly #pool = new ArrayPool();
  /** Undefined until the budget is first reached: a program that stays below it asks for nothing. */
  #collector: Collector | null | undefined;
  /** Bytes allocated so far and not freed by hand, and from which reading on the next sweep can pay. */
  #allocated = 0;
  #sweepAt = 0;
  #sweeps = 0;
  /** What a sweep has to beat; on a busy machine both take longer. */
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
    this.#leastBudget = options.budgetBytes ?? DEFAULT_BUDGET;
    this.#budget = this.#leastBudget;
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
    this.#desk = null;
    this.#deskUsed = 0;
    return true;
  }

  /** Number of operations so far. */
  get operations(): number {
    return this.#epoch;
  }

  /** The whole memory as it is now; an allocation may replace it. Must not be handed out. */
  get floats(): Float32Array {
    return this.#memory.floats;
  }

  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  /** Begins an operation: ends the life of the previous one's temporaries, and spills what is over the budget. */
  begin(): void {
    this.#epoch++;
    this.#deskUsed = 0;
    if (this.#scratch.length > 0) this.#dropScratch();
    if (!this.#isOverBudget()) return;
    if (this.#allocated >= this.#sweepAt) this.#sweep();
    const list = this.#list;
    if (this.#collector === null && this.#occupied() <= PATIENCE * this.#leastBudget) {
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
  alloc(length: number): FloatStorage {
    if (length <= this.#arrayLimit) return new FloatStorage(length, this.#pool.take(length), null);
    const region = this.#take(length * 4);
    const ticket = newTicket();
    const storage = new FloatStorage(length, null, ticket);
    this.#settle(storage, ticket, region);
    return storage;
  }

  /**
   * Byte address of a storage that is not small; brings its numbers into the heap if they are not there. They stay
   * at this address for the rest of the operation.
   *
   * @throws Error if the storage was freed.
   */
  address(storage: FloatStorage): number {
    const ticket = storage.ticket;
    if (ticket === null) throw new FreedStorageError(storage);
    const region = ticket.region ?? this.#comeBack(storage, ticket);
    if (ticket.epoch !== this.#epoch) this.#list.touch(ticket, this.#epoch);
    return region.address;
  }

  /** The elements of a storage themselves: for a large one a window on the heap, which must not be handed out. */
  view(storage: FloatStorage): Float32Array {
    if (storage.array !== null) return storage.array;
    const at = this.address(storage) >>> 2;
    return this.floats.subarray(at, at + storage.length);
  }

  /** A copy of `length` elements from `offset`. Leaves spilled numbers where they are. */
  read(storage: FloatStorage, offset: number, length: number): Float32Array {
    const resting = storage.array ?? storage.ticket?.spilled;
    if (resting) return resting.slice(offset, offset + length);
    const at = (this.address(storage) >>> 2) + offset;
    return this.floats.slice(at, at + length);
  }

  /** Returns the memory of a storage at once; a second call does nothing. */
  free(storage: FloatStorage): void {
    const { array, ticket } = storage;
    storage.array = null;
    storage.ticket = null;
    if (array !== null) this.#pool.give(array);
    if (ticket === null || ticket.region === null) return;
    this.#allocated -= ticket.region.size;
    this.#registry.unregister(ticket);
    this.#release(ticket);
  }

  /** Address of `bytes` bytes with undefined contents, for the running operation only. */
  scratch(bytes: number): number {
    const region = this.#take(bytes);
    this.#scratch.push(region);
    return region.address;
  }

  /** Address of a storage that a kernel only reads: as {@link address}, and a copy of a small one. */
  operand(storage: FloatStorage): number {
    const array = storage.array;
    if (array === null) return this.address(storage);
    const address = this.#place(array.length * 4);
    this.#bring(array, address);
    return address;
  }

  /**
   * Address of a storage that a kernel writes; {@link commit} must follow.
   *
   * @param whole Whether the kernel overwrites every element, so that those of a small storage need not be copied first.
   */
  target(storage: FloatStorage, whole: boolean): number {
    const array = storage.array;
    if (array === null) return this.address(storage);
    const address = this.#place(array.length * 4);
    if (!whole) this.#bring(array, address);
    return address;
  }

  /** After a kernel wrote to what {@link target} gave: takes the elements of a small storage home. */
  commit(storage: FloatStorage, address: number): void {
    const array = storage.array;
    if (array === null) return;
    const n = array.length;
    const at = address >>> 2;
    const { floats } = this;
    if (n > LOOP) array.set(floats.subarray(at, at + n));
    else for (let i = 0; i < n; i++) array[i] = floats[at + i]!;
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
    const others = this.#scratch.reduce((sum, region) => sum + region.size, this.#desk?.size ?? 0);
    if ((this.#opened?.takenBytes ?? 0) !== this.#list.bytes + others)
      throw new Error("heap: a region belongs to nobody");
  }

  #bring(array: Float32Array, address: number): void {
    const n = array.length;
    const at = address >>> 2;
    const { floats } = this;
    if (n > LOOP) floats.set(array, at);
    else for (let i = 0; i < n; i++) floats[at + i] = array[i]!;
  }

  /** Room on the desk, or elsewhere if it is full. */
  #place(bytes: number): number {
    const at = this.#deskUsed;
    if (at + bytes > DESK_BYTES) return this.scratch(bytes);
    this.#desk ??= this.#take(DESK_BYTES);
    this.#deskUsed = at + regionBytes(bytes);
    return this.#desk.address + at;
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
   * Brings the engine's next collection nearer, where it cannot be asked for one. What lies in the WebAssembly memory
   * counts for nothing there, but an array counts, though no page of it is ever touched.
   */
  #press(): void {
    const bytes = this.#allocated - this.#pressedAt;
    if (bytes < LEAST_PRESSURE) return;
    this.#pressedAt = this.#allocated;
    new ArrayBuffer(Math.min(bytes, MOST_PRESSURE));
  }

  /** Returns the regions of all storages that nobody holds. */
  #sweep(): void {
    // The next time when half a budget could be garbage, and not before spilling that much would take as long as this.
    let pause = this.#budget / 2;
    if (this.#collector === undefined) {
      this.#collector = findCollector();
      if (this.#collector === null) pause = Number.POSITIVE_INFINITY;
    } else if (this.#collector !== null) {
      const start = performance.now();
      this.#releaseUnreachable(this.#collector);
      pause = Math.max(pause, (performance.now() - start) * this.#spilledPerMs);
    }
    this.#sweepAt = this.#allocated + pause;
  }

  #releaseUnreachable(collector: Collector): void {
    this.#sweeps++;
    collector.collect();
    let ticket = this.#list.oldest;
    while (ticket !== null) {
      const { newer } = ticket;
      if (ticket.owner !== null && ticket.owner.deref() === undefined) {
        this.#registry.unregister(ticket);
        this.#release(ticket);
      }
      ticket = newer;
    }
    // What was allocated before the collector was found cannot be asked about: dead or not, it has to make room.
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

  /** Makes a region the home of a storage. */
  #settle(storage: FloatStorage, ticket: Ticket, region: Region): void {
    this.#list.add(ticket, region, this.#epoch);
    if (this.#collector != null) ticket.owner = new WeakRef(storage);
    this.#allocated += region.size;
    if (this.#list.bytes > this.#peak) this.#peak = this.#list.bytes;
    this.#registry.register(storage, ticket, ticket);
  }

  #release(ticket: Ticket): void {
    const { region } = ticket;
    if (region === null) return;
    this.#list.remove(ticket, region);
    this.#memory.give(region);
    if (this.#list.count === 0) this.#onEmpty();
  }

  #spill(ticket: Ticket): void {
    const { region } = ticket;
    if (region === null) return;
    const { address, size } = region;
    ticket.spilled = new Float32Array(this.floats.subarray(address >>> 2, (address + size) / 4));
    this.#registry.unregister(ticket);
    this.#release(ticket);
    this.#spills++;
    this.#spilledBytes += size;
    ticket.spilledAt = this.#spilledBytes;
    // A budget that rose for a working set of the past is given back by and by.
    this.#budget = Math.max(this.#leastBudget, this.#budget - size / 64);
  }

  #comeBack(storage: FloatStorage, ticket: Ticket): Region {
    const { spilled } = ticket;
    if (spilled === null) throw new FreedStorageError(storage);
    const region = this.#take(storage.length * 4);
    this.floats.set(spilled, region.address >>> 2);
    ticket.spilled = null;
    this.#settle(storage, ticket, region);
    this.#misses++;
    // Had the budget been larger by what was spilled since, this would not have happened. Beyond twice the budget the
    // detour is rare enough to be cheaper than the memory.
    if (this.#spilledBytes - ticket.spilledAt <= this.#budget) {
      this.#budget = Math.min(this.#budget + region.size, this.#memory.maximumBytes * 0.75);
    }
    return region;
  }
}
