/** @file The allocator against a plain record of what is taken. */
import { describe, expect, it } from "vitest";
import { Allocator, GRANULE, type Region, regionBytes } from "../../kernels/cpu/allocator.ts";
import { mulberry } from "./random.ts";

const START = 4096;

/** An allocator on a range of at most `limit` bytes that grows in steps of 1 MiB. */
function make(limit: number): Allocator {
  let end = START;
  return new Allocator(START, (wanted) => {
    if (wanted <= START + limit) end = Math.min(Math.max(end, Math.ceil(wanted / 2 ** 20) * 2 ** 20), START + limit);
    return end;
  });
}

describe("Allocator", () => {
  it("gives regions of whole granules that do not overlap", () => {
    const allocator = make(64 * 2 ** 20);
    const random = mulberry(1);
    const taken = new Map<number, Region>();
    for (let i = 0; i < 20000; i++) {
      if (taken.size > 0 && random() < 0.5) {
        const [address, region] = [...taken][Math.floor(random() * taken.size)]!;
        taken.delete(address);
        allocator.give(region);
      } else {
        const bytes = Math.floor(2 ** (random() * 17));
        const region = allocator.take(bytes);
        if (region === null) throw new Error("full");
        expect(region.size).toBe(regionBytes(bytes));
        expect(region.address % GRANULE).toBe(0);
        taken.set(region.address, region);
      }
      if (i % 500 === 0) allocator.verify(START);
    }
    const sorted = [...taken.values()].sort((a, b) => a.address - b.address);
    for (let i = 1; i < sorted.length; i++) {
      expect(sorted[i - 1]!.address + sorted[i - 1]!.size).toBeLessThanOrEqual(sorted[i]!.address);
    }
    expect(allocator.taken).toBe(sorted.reduce((sum, region) => sum + region.size, 0));
    for (const region of taken.values()) allocator.give(region);
    allocator.verify(START);
    expect(allocator.taken).toBe(0);
  });

  it("does not grow when sizes change from step to step", () => {
    const allocator = make(256 * 2 ** 20);
    const random = mulberry(2);
    const queue: Region[] = [];
    let held = 0;
    let most = 0;
    for (let i = 0; i < 30000; i++) {
      // Sizes drift slowly from 1 KiB to 1 MiB and back, as sequences of different lengths would make them.
      const scale = 2 ** (10 + 10 * Math.abs(Math.sin(i / 3000)));
      const region = allocator.take(scale * (0.5 + random()));
      if (region === null) throw new Error("full");
      queue.push(region);
      held += region.size;
      while (held > 16 * 2 ** 20) {
        const [old] = queue.splice(Math.floor(random() * queue.length), 1);
        held -= old!.size;
        allocator.give(old!);
      }
      most = Math.max(most, allocator.end - START);
    }
    // 16 MiB are in use all the time.
    expect(most).toBeLessThan(40 * 2 ** 20);
    allocator.verify(START);
  });

  it("uses a returned region again, whole or in parts, and melts neighbours", () => {
    const allocator = make(2 ** 20);
    const [a, b, c] = [1000, 2000, 3000].map((bytes) => allocator.take(bytes)!) as [Region, Region, Region];
    const gap = c.address - START;
    allocator.give(a);
    allocator.give(b);
    const melted = allocator.take(gap)!;
    expect([melted.address, melted.size]).toEqual([START, gap]);
    allocator.give(melted);
    const part = allocator.take(64)!;
    expect(part.address).toBe(START);
    allocator.verify(START);
  });

  it("gives null when the range cannot grow, and goes on", () => {
    const allocator = make(2 ** 20);
    expect(allocator.take(2 ** 20 + 1)).toBeNull();
    expect(allocator.take(2 ** 33)).toBeNull();
    const all = allocator.take(2 ** 20);
    expect(all).not.toBeNull();
    expect(allocator.take(1)).toBeNull();
    allocator.give(all!);
    expect(allocator.take(1)).not.toBeNull();
    allocator.verify(START);
  });

  it("rejects a second return", () => {
    const allocator = make(2 ** 20);
    const region = allocator.take(100)!;
    allocator.give(region);
    expect(() => allocator.give(region)).toThrow("returned twice");
  });
});
