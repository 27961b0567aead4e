/** @file The heap: who has memory, who loses it, and that no number is ever lost with it. */
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import type { DType } from "../../kernels/backend.ts";
import { Heap, type HeapOptions } from "../../kernels/cpu/heap.ts";
import type { HeapStorage } from "../../kernels/cpu/storage.ts";
import { type WasmMemory, webAssembly } from "../../kernels/cpu/webassembly.ts";
import { BYTES } from "../../kernels/layout.ts";
import { createArray } from "../../kernels/reference/storage.ts";

const PAGE = 65536;
const KIB = 256;

function makeMemory(maximum: number): WasmMemory {
  if (!webAssembly) throw new Error("no WebAssembly");
  return new webAssembly.Memory({ initial: 1, maximum, shared: true });
}

/** A heap of its own, of at most `pages` pages. */
function makeHeap(options: HeapOptions = {}, pages = 2048): Heap {
  return new Heap(() => ({ memory: makeMemory(pages), start: PAGE, maximumPages: pages }), options);
}

/** A storage of `length` elements that all are `value`. */
function filled(heap: Heap, length: number, value: number, dtype: DType = "float32"): HeapStorage {
  const storage = heap.alloc(dtype, length);
  heap.view(storage).fill(value);
  return storage;
}

function numberIn(heap: Heap, storage: HeapStorage): number {
  const copy = heap.read(storage, 0, storage.length);
  if (!copy.every((x) => x === copy[0])) throw new Error("the elements differ");
  return copy[0]!;
}

/** Lets the collector run, and what it has to report. */
async function collect(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await setImmediate();
  }
}

const DTYPES: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];

describe.each(DTYPES)("Heap, %s", (dtype) => {
  const bytes = BYTES[dtype];
  const numbers = (length: number) => createArray(dtype, length).map((_, i) => (dtype === "bool" ? i % 2 : i % 251));

  it("keeps small storages in arrays of the dtype and larger ones in aligned regions of so many bytes", () => {
    const heap = makeHeap();
    for (const length of [1, 7, 8, 9, 65, 200, 256]) {
      const small = heap.alloc(dtype, length);
      expect(small).toMatchObject({ dtype, length, entry: null });
      expect(small.array).toBeInstanceOf(createArray(dtype, 0).constructor);
      heap.view(small).set(numbers(length));
      expect(heap.read(small, 0, length)).toEqual(numbers(length));
    }
    const large = heap.alloc(dtype, 1000);
    expect(heap.address(large) % 64).toBe(0);
    expect(heap.stats()).toMatchObject({ residentCount: 1, residentBytes: Math.ceil((1000 * bytes) / 64) * 64 });
    heap.view(large).set(numbers(1000));
    expect(heap.view(large)).toEqual(numbers(1000));
    expect(heap.read(large, 10, 20)).toEqual(numbers(30).slice(10));
    heap.verify();
  });

  it("uses freed memory again", () => {
    const heap = makeHeap();
    for (const length of [100, 1000]) {
      const first = heap.alloc(dtype, length);
      const home = first.array ?? heap.address(first);
      heap.free(first);
      expect(() => heap.view(first)).toThrow("use of a freed storage");
      const second = heap.alloc(dtype, length);
      expect(second.array ?? heap.address(second)).toBe(home);
    }
  });

  it("reads spilled numbers where they are, and brings them back as they were", () => {
    const heap = makeHeap({ budgetBytes: 0 });
    const storage = heap.alloc(dtype, 1001);
    heap.view(storage).set(numbers(1001));
    heap.begin();
    expect(heap.read(storage, 990, 11)).toEqual(numbers(1001).slice(990));
    expect(heap.stats()).toMatchObject({ residentCount: 0, spills: 1, misses: 0 });
    // Something else takes its place.
    filled(heap, 1001, 1, dtype);
    expect(heap.view(storage)).toEqual(numbers(1001));
    expect(heap.stats()).toMatchObject({ residentCount: 2, misses: 1 });
    heap.begin();
    heap.free(storage);
    expect(() => heap.read(storage, 0, 1)).toThrow("use of a freed storage");
    heap.verify();
  });

  it("shows the same elements in a view that was taken before the memory grew", () => {
    const heap = makeHeap();
    const storage = heap.alloc(dtype, 1000);
    const before = heap.view(storage);
    const { memoryBytes } = heap.stats();
    const other = heap.alloc("float64", 2 ** 21);
    expect(heap.stats().memoryBytes).toBeGreaterThan(memoryBytes);
    before.set(numbers(1000));
    expect(heap.view(storage)).toEqual(numbers(1000));
    heap.view(storage)[7] = 1;
    expect(before[7]).toBe(1);
    heap.view(other).fill(3);
    expect(heap.read(storage, 900, 100)).toEqual(numbers(1000).slice(900));
  });

  it("gives kernels copies of small storages and takes back what they wrote", () => {
    const heap = makeHeap();
    for (const length of [5, 40, 256]) {
      heap.begin();
      const storage = heap.alloc(dtype, length);
      heap.view(storage).set(numbers(length));
      const other = filled(heap, length, 1, dtype);
      const [address, target] = [heap.operand(storage), heap.target(other, false)];
      expect([address % 64, target % 64]).toEqual([0, 0]);
      expect([...heap.bytes.subarray(target, target + bytes)]).toEqual([
        ...new Uint8Array(createArray(dtype, 1).fill(1).buffer),
      ]);
      heap.bytes.copyWithin(target, address, address + length * bytes);
      heap.copyOut(other, target);
      expect(heap.read(other, 0, length)).toEqual(numbers(length));
    }
    heap.begin();
    heap.verify();
  });
});

describe("Heap", () => {
  it("keeps small storages in ordinary arrays and larger ones in aligned regions", () => {
    const heap = makeHeap();
    const small = filled(heap, 256, 1);
    expect(small.array).not.toBeNull();
    expect(heap.stats().residentCount).toBe(0);
    const large = filled(heap, 257, 2);
    expect(large.array).toBeNull();
    expect(heap.address(large) % 64).toBe(0);
    expect(heap.stats()).toMatchObject({ residentCount: 1, residentBytes: 1088 });
    expect([numberIn(heap, small), numberIn(heap, large)]).toEqual([1, 2]);
  });

  it("uses freed memory again, in both homes", () => {
    const heap = makeHeap();
    for (const length of [100, 1000]) {
      const first = filled(heap, length, 1);
      const home = first.array ?? heap.address(first);
      heap.free(first);
      const second = heap.alloc("float32", length);
      expect(second.array ?? heap.address(second)).toBe(home);
    }
  });

  it("answers the use of a freed storage with an error, and a second free with nothing", () => {
    const heap = makeHeap({ budgetBytes: 0 });
    for (const length of [1, 1000]) {
      const resident = heap.alloc("float32", length);
      heap.free(resident);
      heap.free(resident);
      expect(() => heap.address(resident)).toThrow("use of a freed storage");
      expect(() => heap.view(resident)).toThrow("use of a freed storage");
      expect(() => heap.operand(resident)).toThrow("use of a freed storage");
      expect(() => heap.read(resident, 0, 1)).toThrow("use of a freed storage");
      const spilled = heap.alloc("float32", length);
      heap.begin();
      heap.free(spilled);
      expect(() => heap.address(spilled)).toThrow("use of a freed storage");
    }
    heap.verify();
  });

  it("spills the longest unused storages when an operation begins over the budget, and brings them back", () => {
    const heap = makeHeap({ budgetBytes: 8 * (1024 + 1024) });
    const storages = Array.from({ length: 12 }, (_, i) => {
      heap.begin();
      return filled(heap, KIB * 4, i);
    });
    heap.begin();
    const { residentBytes, spills } = heap.stats();
    expect(residentBytes).toBe(3 * 4096);
    expect(spills).toBe(9);
    // The last three are there; the first ones come back with their numbers.
    expect(storages.map((storage) => storage.entry?.region != null).lastIndexOf(false)).toBe(8);
    for (const [i, storage] of storages.entries()) {
      heap.begin();
      expect(heap.view(storage)[KIB]).toBe(i);
    }
    expect(heap.stats().misses).toBeGreaterThan(0);
    heap.verify();
  });

  it("keeps what is used again and again", () => {
    const heap = makeHeap({ budgetBytes: 2 ** 20 });
    const used = filled(heap, KIB * 16, 1);
    for (let i = 0; i < 500; i++) {
      heap.begin();
      heap.alloc("float32", KIB * 16);
      expect(heap.view(used)[0]).toBe(1);
    }
    expect(heap.stats().misses).toBe(0);
    expect(heap.stats().spills).toBeGreaterThan(400);
  });

  it("moves nothing within an operation", () => {
    const heap = makeHeap({ budgetBytes: 0 });
    const first = filled(heap, 1000, 1);
    heap.begin();
    const address = heap.address(first);
    const others = Array.from({ length: 50 }, (_, i) => filled(heap, 1000 + i, 2));
    heap.scratch(100000);
    expect(heap.address(first)).toBe(address);
    expect(new Set([first, ...others].map((storage) => heap.address(storage))).size).toBe(51);
    expect(numberIn(heap, first)).toBe(1);
    heap.begin();
    expect(heap.stats().residentCount).toBe(0);
    expect(others.map((storage) => numberIn(heap, storage))).toEqual(others.map(() => 2));
    heap.verify();
  });

  it("reads spilled numbers without moving them", () => {
    const heap = makeHeap({ budgetBytes: 0 });
    const storage = filled(heap, 1000, 7);
    heap.begin();
    expect(heap.read(storage, 990, 10)).toEqual(new Float32Array(10).fill(7));
    expect(heap.stats()).toMatchObject({ residentCount: 0, misses: 0 });
  });

  it("raises the budget for a working set, not for garbage, and lets it fall again", () => {
    const heap = makeHeap({ budgetBytes: 2 ** 20 });
    for (let i = 0; i < 1000; i++) {
      heap.begin();
      heap.alloc("float32", KIB * 16);
    }
    expect(heap.stats()).toMatchObject({ misses: 0, budgetBytes: 2 ** 20 });
    const set = Array.from({ length: 100 }, (_, i) => filled(heap, KIB * 16, i));
    let misses = 0;
    for (let round = 0; round < 20; round++) {
      misses = heap.stats().misses;
      for (const [i, storage] of set.entries()) {
        heap.begin();
        expect(heap.view(storage)[0]).toBe(i);
      }
    }
    // 1.6 MB are used over and over: by now they stay.
    expect(heap.stats().misses).toBe(misses);
    expect(heap.stats().budgetBytes).toBeGreaterThan(1.6e6);
    expect(heap.stats().budgetBytes).toBeLessThan(6e6);
    for (let i = 0; i < 20000; i++) {
      heap.begin();
      heap.alloc("float32", KIB * 16);
    }
    expect(heap.stats().budgetBytes).toBe(2 ** 20);
  });

  it("does not chase a working set far larger than the budget by what is used once in a while", () => {
    const heap = makeHeap({ budgetBytes: 2 ** 20 });
    const rare = filled(heap, KIB * 256, 3);
    for (let epoch = 0; epoch < 50; epoch++) {
      for (let i = 0; i < 64; i++) {
        heap.begin();
        heap.alloc("float32", KIB * 64);
      }
      expect(heap.view(rare)[5]).toBe(3);
    }
    expect(heap.stats().budgetBytes).toBe(2 ** 20);
  });

  it("spills what the operation has not used when the memory cannot grow, and then says how much is in use", () => {
    // 64 pages are 4 MiB; the budget allows more than there is.
    const heap = makeHeap({ budgetBytes: 2 ** 30 }, 64);
    const storages = Array.from({ length: 10 }, (_, i) => {
      heap.begin();
      return filled(heap, KIB * 1024, i);
    });
    expect(heap.stats().spills).toBeGreaterThan(5);
    expect(storages.map((storage) => numberIn(heap, storage))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    heap.begin();
    const resident = storages.filter((storage) => storage.entry?.region != null);
    const pinned = resident.map((storage) => heap.address(storage));
    expect(() => heap.alloc("float32", KIB * 1024)).toThrow("not enough memory");
    expect(resident.map((storage) => heap.address(storage))).toEqual(pinned);
    heap.begin();
    const used = storages.slice(0, 3).map((storage) => heap.address(storage));
    expect(new Set(used).size).toBe(3);
    expect(() => heap.alloc("float32", KIB * 1024)).toThrow(
      /^not enough memory: 1\.0 MiB are needed at once, and 3\.0 MiB in 3 storages are in use, of at most 4\.0 MiB$/,
    );
    expect(() => heap.alloc("float32", 2 ** 31)).toThrow(RangeError);
    heap.begin();
    expect(storages.map((storage) => numberIn(heap, storage))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    heap.verify();
  });

  it("has no memory before it needs one, and lets go of it when nothing is in it", () => {
    const made: WasmMemory[] = [];
    let empty = 0;
    const open = () => {
      const memory = makeMemory(64);
      made.push(memory);
      return { memory, start: PAGE, maximumPages: 64 };
    };
    const heap = new Heap(open, { budgetBytes: 0 }, () => empty++);
    const small = filled(heap, 256, 1);
    expect([made.length, heap.stats().memoryBytes]).toEqual([0, 0]);
    heap.verify();
    const large = filled(heap, 1000, 2);
    const other = filled(heap, 1000, 3);
    heap.operand(small);
    heap.scratch(100);
    expect([made.length, empty, heap.close()]).toEqual([1, 0, false]);
    heap.free(large);
    // What was moved out of the memory does not need it.
    heap.begin();
    expect([heap.stats().residentCount, empty, heap.close()]).toEqual([0, 1, true]);
    expect(heap.stats()).toMatchObject({ memoryBytes: 0, freeBytes: 0 });
    heap.verify();
    expect([numberIn(heap, small), numberIn(heap, other), made.length]).toEqual([1, 3, 1]);
    expect(heap.view(other)[0]).toBe(3);
    expect(heap.floats.buffer).toBe(made[1]?.buffer);
    heap.verify();
  });

  it("keeps temporaries until the next operation", () => {
    const heap = makeHeap();
    heap.begin();
    const first = heap.scratch(1000);
    const free = heap.stats().freeBytes + 1024;
    expect(heap.scratch(1000)).not.toBe(first);
    heap.verify();
    heap.begin();
    expect(heap.stats().freeBytes).toBe(free);
    expect(heap.scratch(1000)).toBe(first);
  });

  it("gives kernels copies of small storages, also of more than it has room for at hand", () => {
    const heap = makeHeap();
    heap.begin();
    const storages = Array.from({ length: 200 }, (_, i) => filled(heap, 200, i));
    const addresses = storages.map((storage) => heap.operand(storage));
    expect(new Set(addresses).size).toBe(200);
    for (const [i, address] of addresses.entries()) expect(heap.floats[address / 4 + 199]).toBe(i);
    const target = heap.target(storages[0]!, false);
    heap.floats[target / 4 + 1] = 55;
    heap.copyOut(storages[0]!, target);
    expect([...heap.read(storages[0]!, 0, 3)]).toEqual([0, 55, 0]);
    heap.begin();
    heap.verify();
  });

  it("takes the memory of collected storages back", async () => {
    const heap = makeHeap();
    const kept = filled(heap, 5000, 1);
    for (let i = 0; i < 300; i++) heap.alloc("float32", 1000 + i);
    expect(heap.stats().residentCount).toBe(301);
    await collect();
    // The machine's stack may still show one or two of them to the collector.
    expect(heap.stats().residentCount).toBeLessThanOrEqual(3);
    expect(numberIn(heap, kept)).toBe(1);
    heap.verify();
  });

  it("keeps no array of a spilled storage alive", async () => {
    const heap = makeHeap({ budgetBytes: 0 });
    const held: HeapStorage[] = [];
    for (let i = 0; i < 50; i++) {
      heap.begin();
      held.push(heap.alloc("float32", KIB * 1024));
    }
    heap.begin();
    expect(heap.stats().spills).toBe(50);
    held.length = 0;
    const before = process.memoryUsage().arrayBuffers;
    await collect();
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(Math.max(before - 20 * 2 ** 20, 20 * 2 ** 20));
  });

  it("stays small in a loop that makes garbage and never waits", () => {
    const heap = makeHeap({ budgetBytes: 16 * 2 ** 20 }, 65536);
    const usage = (): number => {
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      return arrayBuffers + heapUsed;
    };
    let most = 0;
    const before = usage();
    for (let i = 0; i < 30000; i++) {
      heap.begin();
      heap.alloc("float32", 300 + ((i * 7919) % 50000));
      if (i % 100 === 0) most = Math.max(most, usage() - before);
    }
    // 3 GB went through. The collector acts when some 64 MB of arrays have piled up.
    expect(heap.stats().memoryBytes).toBeLessThan(32 * 2 ** 20);
    expect(most).toBeLessThan(400 * 2 ** 20);
    heap.verify();
  }, 60_000);

  it("asks the collector in a loop that never waits, and takes nothing from those who still hold it", () => {
    const heap = makeHeap({ budgetBytes: 4 * 2 ** 20 }, 65536);
    const kept: HeapStorage[] = [];
    for (let i = 0; i < 3000; i++) {
      heap.begin();
      const storage = filled(heap, 20000, i);
      if (i % 100 === 0) kept.push(storage);
    }
    expect(heap.stats().sweeps).toBeGreaterThan(0);
    for (const [i, storage] of kept.entries()) {
      heap.begin();
      expect(numberIn(heap, storage)).toBe(100 * i);
    }
    heap.verify();
  }, 60_000);

  it("waits for turns of the event loop before it moves anything out, where the collector cannot be asked", async () => {
    const { getBuiltinModule } = process;
    const spy = vi
      .spyOn(process, "getBuiltinModule")
      .mockImplementation(((id: string) => (id === "node:vm" ? undefined : getBuiltinModule(id))) as never);
    try {
      const heap = makeHeap({ budgetBytes: 2 ** 20 });
      const fill = (count: number): void => {
        for (let i = 0; i < count; i++) {
          heap.begin();
          heap.alloc("float32", 25_000);
        }
      };
      for (let round = 0; round < 20; round++) {
        fill(30);
        await collect();
      }
      expect(heap.stats()).toMatchObject({ spills: 0, sweeps: 0 });
      // Without turns the memory is bounded all the same.
      fill(200);
      const { spills, residentBytes, memoryBytes } = heap.stats();
      expect(spills).toBeGreaterThan(100);
      expect(residentBytes).toBeLessThan(4.2 * 2 ** 20);
      expect(memoryBytes).toBeLessThan(12 * 2 ** 20);
      heap.verify();
    } finally {
      spy.mockRestore();
    }
  });

  it("keeps no record of storages that were freed in a loop that never waits", () => {
    const heap = makeHeap();
    const round = (): number => {
      for (let i = 0; i < 30000; i++) {
        heap.begin();
        heap.free(heap.alloc("float32", 1000));
      }
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    const first = round();
    const last = [round(), round(), round()].at(-1)!;
    expect(last - first).toBeLessThan(2 ** 21);
  });
});
