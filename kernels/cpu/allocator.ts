/**
 * @file Divides a growing range of addresses into regions: two-level segregated fit (Masmano et al., 2004).
 *
 * Free regions hang in lists by size class, eight classes to a power of two, and a bit for every list that is not
 * empty, so taking and returning a region costs the same however many there are. A region taken is exactly as large
 * as asked, and one returned melts with free neighbours at once: sizes that change from step to step do not pile up.
 * All bookkeeping lies outside the managed memory.
 */

/** Regions begin at multiples of this many bytes (a cache line) and are whole multiples of it long. */
export const GRANULE = 64;

/** A run of addresses, either taken or in the free list of its class. */
export interface Region {
  readonly address: number;
  /** Bytes. */
  size: number;
  taken: boolean;
  /** Neighbours in the order of addresses. */
  below: Region | null;
  above: Region | null;
  /** Neighbours in the free list. */
  previous: Region | null;
  next: Region | null;
}

/** Makes the range at least `end` long, or returns the end that it has if that is not possible. */
export type Extend = (end: number) => number;

/** Up to 7 granules every size has its own class; from there each power of two has 8. */
const EXACT = 8;
const CLASSES = EXACT + 8 * 24;
const WORDS = (CLASSES + 31) >> 5;

/** No region can be larger than what 32-bit addresses reach. */
const LARGEST = 2 ** 32;

function classOf(size: number): number {
  const granules = size / GRANULE;
  if (granules < EXACT) return granules;
  const exponent = 31 - Math.clz32(granules);
  return EXACT + (exponent - 3) * 8 + ((granules >>> (exponent - 3)) & 7);
}

/** Bytes of the region that is taken for so many bytes. */
export function regionBytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / GRANULE)) * GRANULE;
}

export class Allocator {
  /** Bytes of all taken regions. */
  taken = 0;
  readonly #lists: (Region | null)[] = new Array<Region | null>(CLASSES).fill(null);
  /** A bit for each list that is not empty. */
  readonly #filled = new Int32Array(WORDS);
  readonly #extend: Extend;
  /** The region with the highest addresses. */
  #last: Region | null = null;
  #end: number;

  /** @param start First address, a multiple of {@link GRANULE}; the range is empty at first. */
  constructor(start: number, extend: Extend) {
    this.#end = start;
    this.#extend = extend;
  }

  /** End of the managed range. */
  get end(): number {
    return this.#end;
  }

  /** A region of at least `bytes`, or null if the range has no such gap and cannot grow enough. */
  take(bytes: number): Region | null {
    if (bytes > LARGEST) return null;
    const size = regionBytes(bytes);
    const region = this.#find(size) ?? this.#grow(size);
    if (region === null) return null;
    this.#unlink(region);
    if (region.size > size) this.#split(region, size);
    region.taken = true;
    this.taken += size;
    return region;
  }

  /** Makes a taken region free. The object must not be used again. */
  give(region: Region): void {
    if (!region.taken) throw new Error(`region at ${region.address} is returned twice`);
    region.taken = false;
    this.taken -= region.size;
    const { below, above } = region;
    if (above !== null && !above.taken) {
      this.#unlink(above);
      this.#absorb(region, above);
    }
    if (below !== null && !below.taken) {
      this.#unlink(below);
      this.#absorb(below, region);
      this.#link(below);
    } else {
      this.#link(region);
    }
  }

  /**
   * Checks the records of the regions; for tests.
   *
   * @throws Error that names what does not hold.
   */
  verify(start: number): void {
    let end = this.#end;
    let taken = 0;
    for (let region = this.#last; region !== null; region = region.below) {
      if (region.address + region.size !== end || region.size < GRANULE || region.size % GRANULE !== 0) {
        throw new Error(`allocator: gap or overlap below ${end}`);
      }
      if (!region.taken && region.below?.taken === false) throw new Error(`allocator: free neighbours at ${end}`);
      if (region.below !== null && region.below.above !== region) throw new Error(`allocator: torn at ${end}`);
      if (region.taken) taken += region.size;
      end = region.address;
    }
    if (end !== start || taken !== this.taken) throw new Error("allocator: sizes do not add up");
    this.#verifyLists();
  }

  /** Every free region hangs in the list of its class, and the bits say which lists have one. */
  #verifyLists(): void {
    let listed = 0;
    for (const [index, head] of this.#lists.entries()) {
      const bit = (this.#filled[index >> 5]! >>> (index & 31)) & 1;
      if (bit !== Number(head !== null)) throw new Error(`allocator: wrong bit of class ${index}`);
      for (let region = head; region !== null; region = region.next) {
        if (region.taken || classOf(region.size) !== index) throw new Error(`allocator: wrong list ${index}`);
        listed++;
      }
    }
    for (let region = this.#last; region !== null; region = region.below) if (!region.taken) listed--;
    if (listed !== 0) throw new Error("allocator: a free region is in no list");
  }

  /** A free region of at least `size` bytes, from its own class if the first ones there fit, else from a larger one. */
  #find(size: number): Region | null {
    const own = classOf(size);
    let region = this.#lists[own] ?? null;
    for (let tries = 0; region !== null && tries < 4; tries++, region = region.next) {
      if (region.size >= size) return region;
    }
    let word = (own + 1) >> 5;
    let bits = this.#filled[word]! & (-1 << ((own + 1) & 31));
    while (bits === 0) {
      if (++word >= WORDS) return null;
      bits = this.#filled[word]!;
    }
    return this.#lists[(word << 5) + 31 - Math.clz32(bits & -bits)] ?? null;
  }

  /** Lets the range grow so that its last region is free and has `size` bytes. */
  #grow(size: number): Region | null {
    const last = this.#last;
    const start = last !== null && !last.taken ? last.address : this.#end;
    const end = this.#extend(start + size);
    if (end > this.#end) {
      const fresh = newRegion(this.#end, end - this.#end, last);
      if (last !== null) last.above = fresh;
      this.#last = fresh;
      this.#end = end;
      if (last !== null && !last.taken) {
        this.#unlink(last);
        this.#absorb(last, fresh);
        this.#link(last);
      } else {
        this.#link(fresh);
      }
    }
    return this.#last !== null && !this.#last.taken && this.#last.size >= size ? this.#last : null;
  }

  /** Cuts a region that is in no list down to `size`; the rest becomes a free region. */
  #split(region: Region, size: number): void {
    const rest = newRegion(region.address + size, region.size - size, region);
    rest.above = region.above;
    if (rest.above !== null) rest.above.below = rest;
    else this.#last = rest;
    region.above = rest;
    region.size = size;
    this.#link(rest);
  }

  /** Adds `upper`, the neighbour above, to `lower`. Neither is in a list. */
  #absorb(lower: Region, upper: Region): void {
    lower.size += upper.size;
    lower.above = upper.above;
    if (lower.above !== null) lower.above.below = lower;
    else this.#last = lower;
  }

  #link(region: Region): void {
    const index = classOf(region.size);
    const head = this.#lists[index] ?? null;
    region.previous = null;
    region.next = head;
    if (head !== null) head.previous = region;
    this.#lists[index] = region;
    this.#filled[index >> 5]! |= 1 << (index & 31);
  }

  #unlink(region: Region): void {
    const { previous, next } = region;
    if (next !== null) next.previous = previous;
    if (previous !== null) {
      previous.next = next;
    } else {
      const index = classOf(region.size);
      this.#lists[index] = next;
      if (next === null) this.#filled[index >> 5]! &= ~(1 << (index & 31));
    }
    region.previous = null;
    region.next = null;
  }
}

function newRegion(address: number, size: number, below: Region | null): Region {
  return { address, size, taken: false, below, above: null, previous: null, next: null };
}
