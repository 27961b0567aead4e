/** @file Datasets that can only be walked, and loading ahead. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, expectTypeOf, test } from "vitest";
import { DataLoader, Dataset, IterableDataset, prefetch, ShuffleBuffer } from "../../src/entry/data.ts";
import { defaultGenerator, Generator, manualSeed } from "../../src/tensor/random/generator.ts";
import { randint } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { golden } from "../golden/loader.ts";

class Count extends IterableDataset<number> {
  readonly #end: number;
  constructor(end: number) {
    super();
    this.#end = end;
  }
  override *[Symbol.iterator]() {
    for (let i = 0; i < this.#end; i++) yield i;
  }
}

class SlowCount extends IterableDataset<number> {
  override readonly length = 5;
  closed = 0;
  override async *[Symbol.asyncIterator]() {
    try {
      for (let i = 0; i < 5; i++) {
        await sleep(1);
        yield i;
      }
    } finally {
      this.closed++;
    }
  }
}

const lists = async (source: AsyncIterable<Tensor>): Promise<number[][]> => {
  const all: number[][] = [];
  for await (const batch of source) all.push(batch.toArraySync<number[]>());
  return all;
};

describe("IterableDataset", () => {
  test("comes in batches, in its own order, at every walk", async () => {
    const loader = new DataLoader(new Count(5), { batchSize: 2 });
    expectTypeOf(loader).toExtend<Iterable<Tensor>>();
    for (let walk = 0; walk < 2; walk++) {
      expect([...loader].map((batch) => batch.toArraySync())).toEqual([[0, 1], [2, 3], [4]]);
      expect(await lists(loader)).toEqual([[0, 1], [2, 3], [4]]);
    }
    expect(await lists(new DataLoader(new Count(5), { batchSize: 2, dropLast: true }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test("may be asynchronous", async () => {
    const dataset = new SlowCount();
    const loader = new DataLoader(dataset, { batchSize: 3, collateFn: (xs: number[]) => xs.join() });
    const seen: string[] = [];
    for await (const text of loader) seen.push(text);
    expect(seen).toEqual(["0,1,2", "3,4"]);
    expect(() => [...loader]).toThrow("[DataLoader] this dataset is asynchronous. Use for await.");
  });

  test("is left when the loop is", async () => {
    const dataset = new SlowCount();
    for await (const _ of new DataLoader(dataset)) break;
    expect(dataset.closed).toBe(1);
  });

  test("has batches to count if it has a length", () => {
    const dataset = new SlowCount();
    expect(new DataLoader(dataset, { batchSize: 2 }).length).toBe(3);
    expect(new DataLoader(dataset, { batchSize: 2, dropLast: true }).length).toBe(2);
    expect(() => new DataLoader(new Count(3)).length).toThrow("[DataLoader] Count has no length");
  });

  test("draws the seed of a walk, as PyTorch does", () => {
    manualSeed(0);
    expect([...new DataLoader(new Count(2))]).toHaveLength(2);
    const after = defaultGenerator.random();
    manualSeed(0);
    defaultGenerator.random64();
    expect(defaultGenerator.random()).toBe(after);
  });

  test.each([
    [{ shuffle: true }, "expected unspecified shuffle option"],
    [{ sampler: [1] }, "expected unspecified sampler option"],
    [{ batchSampler: [[1]] }, "expected unspecified batchSampler option"],
  ])("has no order to choose: %s", (options, message) => {
    expect(() => new DataLoader(new Count(3), options)).toThrow(
      `[DataLoader] DataLoader with IterableDataset: ${message}`,
    );
  });

  test("needs an iterator", () => {
    class Nothing extends IterableDataset<number> {}
    expect(() => [...new DataLoader(new Nothing())]).toThrow("Nothing needs a method [Symbol.iterator]");
  });
});

describe("a shuffle buffer", () => {
  test.each(golden.shuffles)(
    "gives PyTorch's order: $n samples, buffer of $bufferSize, seed $seed",
    async (expected) => {
      const { n, bufferSize, seed, walks, probe } = expected;
      manualSeed(seed);
      const shuffled = new Count(n).shuffle(bufferSize);
      expect([...(shuffled as Iterable<number>)]).toEqual(walks[0]);
      const second: number[] = [];
      for await (const i of shuffled as AsyncIterable<number>) second.push(i);
      expect(second).toEqual(walks[1]);
      expect(randint(0, 2 ** 31 - 1, [1]).itemSync()).toBe(probe);
    },
  );

  test("in a loader, for datasets that must be waited for too", async () => {
    manualSeed(1);
    const loader = new DataLoader(new SlowCount().shuffle(3), { batchSize: 2 });
    expect(loader.length).toBe(3);
    const seen = (await lists(loader)).flat();
    expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(seen.indexOf(4)).toBeGreaterThan(0);
    expect(() => [...loader]).toThrow("is asynchronous. Use for await.");
    const sync = [...new DataLoader(new ShuffleBuffer([1, 2, 3], { bufferSize: 2 } as never))];
    expect(sync.map((x) => x.itemSync()).toSorted()).toEqual([1, 2, 3]);
    expectTypeOf(loader).toExtend<AsyncIterable<Tensor>>();
  });

  test("a generator of one's own, and leaving the loop", async () => {
    const generator = new Generator().manualSeed(0);
    const walk = () => [...(new Count(9).shuffle(4, { generator }) as Iterable<number>)];
    const first = walk();
    expect(walk()).not.toEqual(first);
    generator.manualSeed(0);
    expect(walk()).toEqual(first);
    const slow = new SlowCount();
    for await (const _ of new DataLoader(slow.shuffle(2))) break;
    expect(slow.closed).toBe(1);
  });

  test("refuses what makes no sense", () => {
    for (const size of [0, -1, 1.5, "2", null]) {
      expect(() => new Count(3).shuffle(size as number)).toThrow(
        '[ShuffleBuffer] argument "bufferSize" must be a positive integer',
      );
    }
    expect(() => new ShuffleBuffer(3 as never)).toThrow('argument "source" must be a loader');
    expect(() => new ShuffleBuffer([], 3, { seed: 1 } as object)).toThrow('unknown option "seed"');
  });
});

/** Elements that take a while; the third one may be broken. Remembers which were asked for. */
class Files extends Dataset<Promise<number>> {
  readonly length = 6;
  readonly asked: number[] = [];
  readonly broken: number;
  constructor(broken = -1) {
    super();
    this.broken = broken;
  }
  async get(index: number): Promise<number> {
    this.asked.push(index);
    await sleep((7 - index) % 3);
    if (index === this.broken) throw new Error(`file ${index}`);
    return index;
  }
}

describe("prefetch", () => {
  test("keeps the order, at every walk", async () => {
    const loader = new DataLoader(new Files());
    for (const size of [1, 2, 10]) {
      const ahead = prefetch(loader, size);
      expect(ahead.length).toBe(6);
      for (let walk = 0; walk < 2; walk++) expect(await lists(ahead)).toEqual([[0], [1], [2], [3], [4], [5]]);
    }
    expectTypeOf(prefetch(loader)[Symbol.asyncIterator]().next()).resolves.toExtend<IteratorResult<Tensor>>();
  });

  test("loads while the loop is busy, and no further than it should", async () => {
    const files = new Files();
    const iterator = prefetch(new DataLoader(files), 2)[Symbol.asyncIterator]();
    await iterator.next();
    await sleep(60);
    expect(files.asked).toEqual([0, 1, 2]);
    await iterator.next();
    await sleep(60);
    expect(files.asked).toEqual([0, 1, 2, 3]);
    await iterator.return?.();
  });

  test("an error comes at its batch, and the walk ends there", async () => {
    const files = new Files(2);
    const seen: number[] = [];
    const walk = async (): Promise<void> => {
      for await (const batch of prefetch(new DataLoader(files), 4)) {
        seen.push(...batch.toArraySync<number[]>());
        await sleep(20);
      }
    };
    await expect(walk()).rejects.toThrow("file 2");
    expect(seen).toEqual([0, 1]);
    expect(files.asked).toEqual([0, 1, 2]);
  });

  test("leaving the loop ends the source's walk, after what is being loaded", async () => {
    const dataset = new SlowCount();
    for await (const _ of prefetch(new DataLoader(dataset), 3)) break;
    expect(dataset.closed).toBe(1);
    const files = new Files();
    for await (const _ of prefetch(new DataLoader(files), 5)) break;
    const { length } = files.asked;
    await sleep(20);
    expect(files.asked).toHaveLength(length);
    expect(length).toBeLessThan(6);
  });

  test("walks anything, and draws a loader's seed when a walk begins", async () => {
    const seen: string[] = [];
    for await (const x of prefetch(["a", Promise.resolve("b")])) seen.push(x);
    expect(seen).toEqual(["a", "b"]);
    manualSeed(0);
    const iterator = prefetch(new DataLoader(new Files()))[Symbol.asyncIterator]();
    const after = defaultGenerator.random();
    manualSeed(0);
    defaultGenerator.random64();
    expect(defaultGenerator.random()).toBe(after);
    await iterator.return?.();
  });

  test.each([0, -1, 1.5, "2"])("size %s", (size) => {
    expect(() => prefetch([1], size as number)).toThrow("[prefetch] size should be a positive integer value");
  });
});
