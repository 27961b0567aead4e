/**
 * @file Memory of the float32 storages: a cache of bounded size in the shared WebAssembly memory.
 *
 * Nobody has to free a storage, and none may outlive its owner for long. Three things return a region:
 * {@link Heap.free}; the registry, some time after the storage was collected; and, when more than the budget is in use,
 * moving the longest unused numbers to an ordinary array ("spilling"), from where they come back when used again. A
 * loop that never lets the registry run therefore still has bounded memory: its garbage moves out of the heap and is
 * collected there like any other array.
 *
 * Storages are spilled only by {@link Heap.begin}, between two operations, so no operation can lose what it works on.
 * (Only when the memory cannot grow any more, an allocation may spill too: what the running operation has not used yet.)
 */
import { Allocator, GRANULE, type Region, regionBytes } from "./allocator.ts";
import { ArrayPool } from "./pool.ts";
import { ARRAY_LIMIT, FloatStorage, type Ticket } from "./storage.ts";
import type { WasmMemory } from "./webassembly.ts";

export interface HeapOptions {
  /** Bytes that storages may occupy before the longest unused ones are spilled. Default 128 MiB. */
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
  /** Bytes of the whole memory; it never shrinks. */
  readonly memoryBytes: number;
  /** Present budget: it grows while the storages in use do not fit, and falls back slowly. */
  readonly budgetBytes: number;
  /** Storages moved out of the heap so far, and their bytes. */
  readonly spills: number;
  readonly spilledBytes: number;
  /** Storages that came back because they were used again. */
  readonly misses: number;
}

const MEBIBYTE = 2 ** 20;
const PAGE_BYTES = 65536;
const DEFAULT_BUDGET = 128 * MEBIBYTE;

/** Least growth of the memory at once; pages cost nothing until they are written. */
const GROWTH = 4 * MEBIBYTE;

/**
 * What a resident storage costs beyond its region: ticket, region record and registration are some 400 bytes of
 * garbage-collected memory. Counting them keeps the number of tiny garbage storages bounded too.
 */
const OVERHEAD = 1024;

/** Bytes for copies of small storages; an operation needs a few KiB at most. */
const DESK_BYTES = 32768;

/** Up to this many elements a loop copies faster than a call does. */
const LOOP = 32;

export class Heap {
  /** The whole memory as it is now. Growing replaces both; earlier ones still show the same bytes. */
  floats: Float32Array;
  bytes: Uint8Array;

  readonly #memory: WasmMemory;
  readonly #start: number;
  readonly #maximumBytes: number;
  readonly #allocator: Allocator;
  readonly #registry = new FinalizationRegistry<Ticket>((ticket) => this.#release(ticket));
  readonly #leastBudget: number;
  #budget: number;
  #epoch = 0;
  #oldest: Ticket | null = null;
  #newest: Ticket | null = null;
  #resident = 0;
  #count = 0;
  #peak = 0;
  #spills = 0;
  #spilledBytes = 0;
  #misses = 0;
  /** Temporaries of the running operation. */
  readonly #scratch: Region[] = [];
  /** Where kernels work on copies of small storages, and how much of it the running operation has used. */
  readonly #desk: number;
  #deskUsed = 0;
  readonly #pool = new ArrayPool();
  readonly #arrayLimit: number;

  /**
   * @param start First free byte of the memory, a multiple of 64.
   * @param maximumPages What the memory can grow to.
   */
  constructor(memory: WasmMemory, start: number, maximumPages: number, options: HeapOptions = {}) {
    this.#memory = memory;
    this.#start = start;
    this.#maximumBytes = maximumPages * PAGE_BYTES;
    this.#arrayLimit = options.arrayLimit ?? ARRAY_LIMIT;
    this.#leastBudget = options.budgetBytes ?? DEFAULT_BUDGET;
    this.#budget = this.#leastBudget;
    this.floats = new Float32Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    this.#allocator = new Allocator(start, (end) => this.#extend(end));
    this.#desk = this.#take(DESK_BYTES).address;
  }

  /** Begins an operation: ends the life of the previous one's temporaries, and spills what is over the budget. */
  begin(): void {
    this.#epoch++;
    this.#deskUsed = 0;
    if (this.#scratch.length > 0) this.#dropScratch();
    while (this.#resident + this.#count * OVERHEAD > this.#budget && this.#oldest !== null) this.#spill(this.#oldest);
  }

  /** A storage with undefined contents. */
  alloc(length: number): FloatStorage {
    if (length <= this.#arrayLimit) return new FloatStorage(length, this.#pool.take(length), null);
    const region = this.#take(length * 4);
    const ticket: Ticket = { region: null, spilled: null, spilledAt: 0, epoch: 0, older: null, newer: null };
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
    if (ticket === null) throw useAfterFree(storage);
    const region = ticket.region ?? this.#comeBack(storage, ticket);
    if (ticket.epoch !== this.#epoch) this.#touch(ticket);
    return region.address;
  }

  /** The elements of a storage themselves: for a large one a window on the heap, which must not be handed out. */
  view(storage: FloatStorage): Float32Array {
    if (storage.array !== null) return storage.array;
    const at = this.address(storage) / 4;
    return this.floats.subarray(at, at + storage.length);
  }

  /** A copy of `length` elements from `offset`. Leaves spilled numbers where they are. */
  read(storage: FloatStorage, offset: number, length: number): Float32Array {
    const resting = storage.array ?? storage.ticket?.spilled;
    if (resting) return resting.slice(offset, offset + length);
    const at = this.address(storage) / 4 + offset;
    return this.floats.slice(at, at + length);
  }

  /** Returns the memory of a storage at once; a second call does nothing. */
  free(storage: FloatStorage): void {
    const { array, ticket } = storage;
    storage.array = null;
    storage.ticket = null;
    if (array !== null) this.#pool.give(array);
    if (ticket === null || ticket.region === null) return;
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
    const at = address / 4;
    if (n > LOOP) array.set(this.floats.subarray(at, at + n));
    else for (let i = 0; i < n; i++) array[i] = this.floats[at + i]!;
  }

  #bring(array: Float32Array, address: number): void {
    const n = array.length;
    const at = address / 4;
    if (n > LOOP) this.floats.set(array, at);
    else for (let i = 0; i < n; i++) this.floats[at + i] = array[i]!;
  }

  /** Room on the desk, or elsewhere if it is full. */
  #place(bytes: number): number {
    const at = this.#deskUsed;
    if (at + bytes > DESK_BYTES) return this.scratch(bytes);
    this.#deskUsed = at + regionBytes(bytes);
    return this.#desk + at;
  }

  stats(): HeapStats {
    return {
      residentBytes: this.#resident,
      residentCount: this.#count,
      peakBytes: this.#peak,
      freeBytes: this.#memory.buffer.byteLength - this.#start - this.#allocator.taken,
      memoryBytes: this.#memory.buffer.byteLength,
      budgetBytes: this.#budget,
      spills: this.#spills,
      spilledBytes: this.#spilledBytes,
      misses: this.#misses,
    };
  }

  /**
   * Checks everything that must hold between operations; for tests.
   *
   * @throws Error that names what does not hold.
   */
  verify(): void {
    const expect = (holds: boolean, what: string): void => {
      if (!holds) throw new Error(`heap: ${what}`);
    };
    const regions = this.#allocator.regions();
    let end = this.#start;
    let taken = 0;
    let free = false;
    for (const region of regions) {
      expect(region.address === end && region.size > 0 && region.size % GRANULE === 0, `gap or overlap at ${end}`);
      expect(!free || region.taken, `free neighbours at ${end}`);
      end += region.size;
      if (region.taken) taken += region.size;
      free = !region.taken;
    }
    expect(end === this.#allocator.end && taken === this.#allocator.taken, "sizes do not add up");
    let resident = 0;
    let count = 0;
    let older: Ticket | null = null;
    for (let ticket = this.#oldest; ticket !== null; ticket = ticket.newer) {
      expect(ticket.region?.taken === true && ticket.spilled === null, "a ticket in the list has no region");
      expect(ticket.older === older && (older === null || older.epoch <= ticket.epoch), "the list is out of order");
      resident += ticket.region?.size ?? 0;
      count++;
      older = ticket;
    }
    expect(older === this.#newest && resident === this.#resident && count === this.#count, "counts do not add up");
    const others = DESK_BYTES + this.#scratch.reduce((sum, region) => sum + region.size, 0);
    expect(taken === resident + others, "a region belongs to nobody");
  }

  #take(bytes: number): Region {
    for (;;) {
      const region = this.#allocator.take(bytes);
      if (region !== null) return region;
      if (this.#oldest === null || this.#oldest.epoch === this.#epoch) throw this.#outOfMemory(bytes);
      this.#spill(this.#oldest);
    }
  }

  #outOfMemory(bytes: number): Error {
    const size = (n: number): string => `${(n / MEBIBYTE).toFixed(1)} MiB`;
    const { residentBytes, residentCount } = this.stats();
    return new RangeError(
      `not enough memory: ${size(bytes)} are needed at once, and ${size(residentBytes)} in ${residentCount} storages ` +
        `are in use, of at most ${size(this.#maximumBytes)}`,
    );
  }

  /** The new end of the heap: the last granule stays unused, for kernels read up to 15 bytes beyond an array. */
  #extend(end: number): number {
    const memory = this.#memory;
    const present = memory.buffer.byteLength;
    const needed = end + GRANULE - present;
    const pages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES);
    const most = pages(this.#maximumBytes - present);
    if (needed > 0 && pages(needed) <= most) {
      const generous = Math.min(pages(Math.max(needed, GROWTH, present / 8)), most);
      if (!this.#growMemory(generous)) this.#growMemory(pages(needed));
      this.floats = new Float32Array(memory.buffer);
      this.bytes = new Uint8Array(memory.buffer);
    }
    return memory.buffer.byteLength - GRANULE;
  }

  /** False if the system has no more. */
  #growMemory(pages: number): boolean {
    try {
      this.#memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  #dropScratch(): void {
    for (const region of this.#scratch) this.#allocator.give(region);
    this.#scratch.length = 0;
  }

  /** Makes a region the home of a storage. */
  #settle(storage: FloatStorage, ticket: Ticket, region: Region): void {
    ticket.region = region;
    this.#append(ticket);
    this.#resident += region.size;
    this.#count++;
    if (this.#resident > this.#peak) this.#peak = this.#resident;
    this.#registry.register(storage, ticket, ticket);
  }

  #release(ticket: Ticket): void {
    const region = ticket.region;
    if (region === null) return;
    ticket.region = null;
    this.#detach(ticket);
    this.#resident -= region.size;
    this.#count--;
    this.#allocator.give(region);
  }

  #spill(ticket: Ticket): void {
    const region = ticket.region;
    if (region === null) return;
    const { address, size } = region;
    ticket.spilled = new Float32Array(this.floats.subarray(address / 4, (address + size) / 4));
    this.#registry.unregister(ticket);
    this.#release(ticket);
    this.#spills++;
    this.#spilledBytes += size;
    ticket.spilledAt = this.#spilledBytes;
    // A budget that rose for a working set of the past is given back by and by.
    this.#budget = Math.max(this.#leastBudget, this.#budget - size / 64);
  }

  #comeBack(storage: FloatStorage, ticket: Ticket): Region {
    const spilled = ticket.spilled;
    if (spilled === null) throw useAfterFree(storage);
    const region = this.#take(storage.length * 4);
    this.floats.set(spilled, region.address / 4);
    ticket.spilled = null;
    this.#settle(storage, ticket, region);
    this.#misses++;
    // Had the budget been larger by what was spilled since, this would not have happened. Beyond twice the budget the
    // detour is rare enough to be cheaper than the memory.
    if (this.#spilledBytes - ticket.spilledAt <= this.#budget) {
      this.#budget = Math.min(this.#budget + region.size, this.#maximumBytes * 0.75);
    }
    return region;
  }

  #touch(ticket: Ticket): void {
    this.#detach(ticket);
    this.#append(ticket);
  }

  #append(ticket: Ticket): void {
    ticket.epoch = this.#epoch;
    ticket.older = this.#newest;
    ticket.newer = null;
    if (this.#newest !== null) this.#newest.newer = ticket;
    else this.#oldest = ticket;
    this.#newest = ticket;
  }

  #detach(ticket: Ticket): void {
    const { older, newer } = ticket;
    if (older !== null) older.newer = newer;
    else this.#oldest = newer;
    if (newer !== null) newer.older = older;
    else this.#newest = older;
    ticket.older = null;
    ticket.newer = null;
  }
}

function useAfterFree(storage: FloatStorage): Error {
  return new Error(`internal error: use of a freed storage (float32, ${storage.length} elements)`);
}
