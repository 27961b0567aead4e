/** @file LRU list of the heap's storages. */
import type { Region } from "./allocator.ts";

/**
 * Where the elements of a storage are: in a region of the heap, or, after it was spilled, in an ordinary array of bytes.
 *
 * The LRU list and the FinalizationRegistry refer to entries and never to storages, so they keep no storage alive; and an
 * entry in them has no array, so they keep no array alive either.
 */
export interface HeapEntry {
  region: Region | null;
  spilled: Uint8Array | null;
  /** The heap's count of spilled bytes when this one was spilled. */
  spilledAt: number;
  /** The operation that last used the region. */
  epoch: number;
  /** The storage, where a garbage collection can be forced. */
  owner: WeakRef<object> | null;
  /** Neighbours in the list. */
  older: HeapEntry | null;
  newer: HeapEntry | null;
}

export function newHeapEntry(): HeapEntry {
  return { region: null, spilled: null, spilledAt: 0, epoch: 0, owner: null, older: null, newer: null };
}

/** Doubly linked list of the entries that have a region, least recently used first. */
export class LruList {
  oldest: HeapEntry | null = null;
  newest: HeapEntry | null = null;
  count = 0;
  /** Bytes of their regions. */
  bytes = 0;

  /** Appends an entry that was given a region in operation `epoch`. */
  add(entry: HeapEntry, region: Region, epoch: number): void {
    entry.region = region;
    this.#append(entry, epoch);
    this.count++;
    this.bytes += region.size;
  }

  /** Removes an entry; its region is the caller's. */
  remove(entry: HeapEntry, region: Region): void {
    entry.region = null;
    entry.owner = null;
    this.#detach(entry);
    this.count--;
    this.bytes -= region.size;
  }

  /** Marks an entry as the most recently used. */
  touch(entry: HeapEntry, epoch: number): void {
    this.#detach(entry);
    this.#append(entry, epoch);
  }

  /** @throws Error if the records contradict each other; for tests. */
  verify(): void {
    let [count, bytes] = [0, 0];
    let older: HeapEntry | null = null;
    for (let entry = this.oldest; entry !== null; entry = entry.newer) {
      const { region } = entry;
      if (!region?.taken || entry.spilled !== null) throw new Error("heap: an entry in the list has no region");
      if (entry.older !== older) throw new Error("heap: the list of entries is torn");
      if (older !== null && older.epoch > entry.epoch) throw new Error("heap: the list of entries is out of order");
      count++;
      bytes += region.size;
      older = entry;
    }
    if (older !== this.newest || count !== this.count || bytes !== this.bytes) {
      throw new Error("heap: the list of entries does not add up");
    }
  }

  #append(entry: HeapEntry, epoch: number): void {
    entry.epoch = epoch;
    entry.older = this.newest;
    entry.newer = null;
    if (this.newest !== null) this.newest.newer = entry;
    else this.oldest = entry;
    this.newest = entry;
  }

  #detach(entry: HeapEntry): void {
    const { older, newer } = entry;
    if (older !== null) older.newer = newer;
    else this.oldest = newer;
    if (newer !== null) newer.older = older;
    else this.newest = older;
    entry.older = null;
    entry.newer = null;
  }
}
