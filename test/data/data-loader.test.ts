/** @file The loader against PyTorch's: order, draws, errors; and what only this one has: promises and turns. */
import { createHash } from "node:crypto";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { TapegradError } from "../../src/core/errors.ts";
import {
  BatchSampler,
  DataLoader,
  type DataLoaderOptions,
  Dataset,
  defaultCollate,
  RandomSampler,
  randomSplit,
  SequentialSampler,
  SubsetRandomSampler,
  TensorDataset,
  WeightedRandomSampler,
} from "../../src/entry/data.ts";
import { tensor, zeros } from "../../src/tensor/create.ts";
import { Generator, manualSeed } from "../../src/tensor/random/generator.ts";
import { fillRandint } from "../../src/tensor/random/integers.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { golden } from "../golden/loader.ts";

/** Python's range(n): element i is i. */
class Range extends Dataset<number> {
  readonly length: number;
  constructor(length: number) {
    super();
    this.length = length;
  }
  get(index: number): number {
    return index < 0 ? index + this.length : index;
  }
}

const gen = (seed: number): Generator => new Generator().manualSeed(seed);

/** A number from the default generator, which tells how many were drawn before. */
function probe(): number {
  const out = new Int32Array(1);
  fillRandint(out, 0, 2 ** 31 - 1);
  return out[0] as number;
}

const asList = (batch: Tensor): number[] => batch.toArraySync<number[]>();

const of =
  (n: number, options: DataLoaderOptions<number, Tensor> = {}) =>
  (): DataLoader<Tensor> =>
    new DataLoader(new Range(n), options);
const ten = new Range(10);
const subset = [5, 17, 23, 42, 60, 71, 88];
const weights = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6, 0.0, 1.5];
const LOADERS: Readonly<Record<string, () => DataLoader<Tensor>>> = {
  "in order": of(10, { batchSize: 4 }),
  "in order, last batch dropped": of(10, { batchSize: 4, dropLast: true }),
  "batches of one": of(3),
  shuffled: of(10, { batchSize: 4, shuffle: true }),
  "shuffled, last batch dropped": of(10, { batchSize: 4, shuffle: true, dropLast: true }),
  "shuffled, full batches": of(12, { batchSize: 4, shuffle: true }),
  "shuffled by a generator": () => of(10, { batchSize: 4, shuffle: true, generator: gen(7) })(),
  "shuffled by a generator, full batches": () => of(12, { batchSize: 4, shuffle: true, generator: gen(7) })(),
  "in order with a generator": () => of(5, { batchSize: 2, generator: gen(7) })(),
  "a batch larger than the set": of(3, { batchSize: 8, shuffle: true }),
  "with replacement": of(10, {
    batchSize: 16,
    sampler: new RandomSampler(ten, { replacement: true, numSamples: 70 }),
  }),
  "with replacement by a generator": () =>
    of(10, {
      batchSize: 16,
      sampler: new RandomSampler(ten, { replacement: true, numSamples: 70, generator: gen(3) }),
    })(),
  "more samples than elements": of(10, { batchSize: 8, sampler: new RandomSampler(ten, { numSamples: 25 }) }),
  "fewer samples than elements": of(10, { batchSize: 2, sampler: new RandomSampler(ten, { numSamples: 5 }) }),
  "a subset in random order": of(99, { batchSize: 3, sampler: new SubsetRandomSampler(subset) }),
  "a subset in random order by a generator": () =>
    of(99, { batchSize: 3, sampler: new SubsetRandomSampler(subset, gen(9)) })(),
  weighted: of(8, { batchSize: 8, sampler: new WeightedRandomSampler(weights, 20) }),
  "weighted without replacement": of(8, {
    batchSize: 3,
    sampler: new WeightedRandomSampler(weights, 6, { replacement: false }),
  }),
  "weighted by a generator": () =>
    of(8, { batchSize: 8, sampler: new WeightedRandomSampler(weights, 20, { generator: gen(11) }) })(),
  "a list as sampler": of(10, { batchSize: 2, sampler: [9, 0, 3, 3, -1] }),
  "a list of batches": of(10, { batchSampler: [[0, 1], [5], [7, 8, 9]] }),
  "a batch sampler": of(10, { batchSampler: new BatchSampler(new SequentialSampler(new Range(7)), 3) }),
};

describe("batches and draws are PyTorch's", () => {
  test("every golden case is here", () => {
    expect(Object.keys(LOADERS)).toEqual(Object.keys(golden.loaders));
  });

  test.each(Object.entries(golden.loaders))("%s", (name, { length, walks }) => {
    manualSeed(0);
    const loader = LOADERS[name]?.() as DataLoader<Tensor>;
    expect(loader.length).toBe(length);
    for (const walk of walks) expect({ batches: Array.from(loader, asList), probe: probe() }).toEqual(walk);
  });

  test.each(Object.entries(golden.loaders))("%s, with for await", async (name, { walks }) => {
    manualSeed(0);
    const loader = LOADERS[name]?.() as DataLoader<Tensor>;
    for (const walk of walks) {
      const batches: number[][] = [];
      for await (const batch of loader) batches.push(asList(batch));
      expect({ batches, probe: probe() }).toEqual(walk);
    }
  });

  test.each(Object.entries(golden.leftEarly))("left early: %s", (name, steps) => {
    manualSeed(0);
    const loader = LOADERS[name]?.() as DataLoader<Tensor>;
    for (const { take, batches, probe: expected } of steps) {
      const iterator = loader[Symbol.iterator]();
      const taken: number[][] = [];
      for (let i = 0; i < take; i++) {
        const next = iterator.next();
        if (next.done === true) break;
        taken.push(asList(next.value));
      }
      expect({ batches: taken, probe: probe() }).toEqual({ batches, probe: expected });
    }
  });

  test("the order of the MNIST program", () => {
    manualSeed(0);
    const options = { batchSize: 128, shuffle: true };
    const loaders = [new DataLoader(new Range(60000), options), new DataLoader(new Range(10000), options)] as const;
    golden.mnistOrder.forEach(({ n, sha256 }, i) => {
      const order = Int32Array.from(Array.from(loaders[(i % 2) as 0 | 1], asList).flat());
      expect(order.length).toBe(n);
      expect(createHash("sha256").update(order).digest("hex")).toBe(sha256);
    });
  });
});

describe("randomSplit is PyTorch's", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  afterEach(() => warn.mockClear());

  test.each(golden.splits)(
    "$n elements into $lengths",
    ({ n, lengths, default: expected, probe: next, generator42 }) => {
      manualSeed(0);
      const parts = randomSplit(new Range(n), lengths);
      expect({ parts: parts.map((part) => part.indices), next: probe() }).toEqual({ parts: expected, next });
      expect(randomSplit(new Range(n), lengths, gen(42)).map((part) => part.indices)).toEqual(generator42);
      expect(randomSplit(new Range(n), lengths, { generator: gen(42) }).map(({ length }) => length)).toEqual(
        generator42.map(({ length }) => length),
      );
    },
  );

  test("an empty part gets PyTorch's warning", () => {
    randomSplit(new Range(3), [0.9, 0.1]);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      "[randomSplit] Length of split at index 1 is 0. This might result in an empty dataset.",
    );
  });

  test("parts that are no sizes", () => {
    for (const lengths of [
      [-5, 15],
      [2.5, 7.5],
      [Number.NaN, 10],
    ]) {
      expect(() => randomSplit(ten, lengths)).toThrow(/expected lengths that are integers, or fractions that sum to 1/);
    }
  });
});

const ERRORS: Readonly<Record<string, () => unknown>> = {
  "batchSize 0": of(3, { batchSize: 0 }),
  "batchSize -2": of(3, { batchSize: -2 }),
  "batchSize 1.5": of(3, { batchSize: 1.5 }),
  "sampler and shuffle": of(3, { sampler: [0], shuffle: true }),
  "batchSampler and batchSize": of(3, { batchSampler: [[0]], batchSize: 2 }),
  "batchSampler and shuffle": of(3, { batchSampler: [[0]], shuffle: true }),
  "batchSampler and dropLast": of(3, { batchSampler: [[0]], dropLast: true }),
  "shuffled empty set": of(0, { shuffle: true }),
  "no samples": () => new RandomSampler(ten, { numSamples: 0 }),
  "weighted, no samples": () => new WeightedRandomSampler([1], 0),
  "negative weight": () => [...new WeightedRandomSampler([1, -1], 2, { replacement: false })],
  "weights of 0": () => [...new WeightedRandomSampler([0, 0], 2)],
  "too many without replacement": () => [...new WeightedRandomSampler([1, 1], 3, { replacement: false })],
  "tensors of different length": () => new TensorDataset(zeros(3, 2), zeros(4)),
  "samples of different shape": () => defaultCollate([zeros(3), zeros(4)]),
  "lists of different length": () => defaultCollate([[1, 2], [1]]),
  "wrong sum of lengths": () => randomSplit(ten, [3, 8]),
  "a fraction below 0": () => randomSplit(ten, [1.5, -0.5]),
};

describe("errors are in PyTorch's words", () => {
  test.each(Object.entries(golden.errors))("%s", (name, message) => {
    expect(ERRORS[name]).toThrow(message);
    expect(ERRORS[name]).toThrow(TapegradError);
    expect(ERRORS[name]).toThrow(/^\[\w+\] /);
  });

  test("options that nobody reads", () => {
    const misspelt = { batch_size: 4 };
    expect(() => new DataLoader(ten, misspelt as object)).toThrow(
      '[DataLoader] unknown option "batch_size". It is called "batchSize" here.',
    );
    expect(() => new DataLoader(ten, { workers: 2 } as object)).toThrow(
      /unknown option "workers"\. Expected batchSize/,
    );
  });

  test("positions beyond batchSize and shuffle", () => {
    expect(() => new DataLoader(ten, 2, true, [0] as never)).toThrow(
      "[DataLoader] expected at most 2 arguments by position",
    );
    expect(() => new DataLoader(ten, true as never)).toThrow("[BatchSampler] batch_size should be a positive integer");
  });

  test("arguments of the wrong kind", () => {
    // @ts-expect-error an array has no get
    expect(() => new DataLoader([1, 2, 3])).toThrow("[DataLoader] expected a dataset: an object with a length");
    // @ts-expect-error not a flag
    expect(() => new DataLoader(ten, { shuffle: "yes" })).toThrow(
      'shuffle should be a boolean value, but got shuffle="yes"',
    );
    // @ts-expect-error not a flag
    expect(() => new DataLoader(ten, { dropLast: 1 })).toThrow(
      "drop_last should be a boolean value, but got drop_last=1",
    );
    // @ts-expect-error not a number
    expect(() => new DataLoader(ten, { batchSize: "4" })).toThrow(
      'batch_size should be a positive integer value, but got batch_size="4"',
    );
    // @ts-expect-error not a function
    expect(() => new DataLoader(ten, { collateFn: 3 })).toThrow("collateFn should be a function");
    // @ts-expect-error not a generator
    expect(() => new DataLoader(ten, { generator: 3 })).toThrow("generator should be a Generator");
  });

  test("a sampler without a length has no number of batches, but can be walked", () => {
    const loader = new DataLoader(ten, { batchSize: 2, sampler: new Set([1, 2, 3]).values() });
    expect(() => loader.length).toThrow(/this sampler has no length/);
    expect(Array.from(loader, asList)).toEqual([[1, 2], [3]]);
    expect(new DataLoader(ten, { batchSize: 2, sampler: new Set([1, 2, 3]) }).length).toBe(2);
  });
});

describe("samples", () => {
  test("a collateFn gets the samples and decides what a batch is", () => {
    const loader = new DataLoader(new Range(5), { batchSize: 2, collateFn: (samples) => samples.join("+") });
    expectTypeOf(loader).toEqualTypeOf<DataLoader<string, number>>();
    expect([...loader]).toEqual(["0+1", "2+3", "4"]);
  });

  test("a dataset may be any object with a length and get", () => {
    const squares = { length: 3, get: (i: number): [Tensor, string] => [tensor([i, i * i]), `#${i}`] };
    const loader = new DataLoader(squares, { batchSize: 2 });
    for (const [x, names] of loader) {
      expectTypeOf(x).toEqualTypeOf<Tensor>();
      expectTypeOf(names).toEqualTypeOf<string[]>();
    }
    expect(Array.from(loader, ([x, names]) => [x.toArraySync(), names])).toEqual([
      [
        [
          [0, 0],
          [1, 1],
        ],
        ["#0", "#1"],
      ],
      [[[2, 4]], ["#2"]],
    ]);
  });

  test("may be promises with for await, not with for", async () => {
    const slow = {
      length: 4,
      async get(i: number): Promise<[Tensor, number]> {
        await new Promise((resolve) => setTimeout(resolve, 4 - i));
        return [tensor([i]), i];
      },
    };
    const loader = new DataLoader(slow, { batchSize: 2 });
    const seen: number[][] = [];
    for await (const [x, y] of loader) {
      expectTypeOf(x).toEqualTypeOf<Tensor>();
      expect(x.shape).toEqual([2, 1]);
      seen.push(asList(y));
    }
    expect(seen).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(() => [...loader]).toThrow("[DataLoader] this dataset returns promises. Iterate the loader with for await.");
  });

  test("an error of the dataset reaches the loop", async () => {
    const faulty = {
      length: 2,
      get(): number {
        throw new Error("no such sample");
      },
    };
    expect(() => [...new DataLoader(faulty)]).toThrow("no such sample");
    const iterator = new DataLoader(faulty)[Symbol.asyncIterator]();
    await expect(iterator.next()).rejects.toThrow("no such sample");
  });
});

test("the type of a loader begins with what a loop over it sees", () => {
  const pairs = (loader: DataLoader<[Tensor, Tensor]>): number => loader.dataset.length;
  const numbered = { length: 2, get: (i: number): [Tensor, number] => [tensor([i]), i] };
  const tensors = new TensorDataset(zeros(3, 2), zeros(3));
  expectTypeOf(new DataLoader(numbered)).toEqualTypeOf<DataLoader<[Tensor, Tensor], [Tensor, number]>>();
  expect([pairs(new DataLoader(numbered)), pairs(new DataLoader(tensors))]).toEqual([2, 3]);
  // @ts-expect-error this loader gives single tensors
  expect(pairs(new DataLoader(ten))).toBe(10);
});

describe("walks", () => {
  test("leaving one early ends the sampler's walk", async () => {
    let ended = 0;
    const sampler = {
      *[Symbol.iterator]() {
        try {
          for (let i = 0; i < 10; i++) yield i;
        } finally {
          ended++;
        }
      },
    };
    const loader = new DataLoader(ten, { batchSize: 2, sampler });
    for (const _ of loader) break;
    expect(ended).toBe(1);
    for await (const _ of loader) break;
    expect(ended).toBe(2);
    expect(() => {
      for (const _ of loader) throw new Error("in the loop");
    }).toThrow("in the loop");
    expect(ended).toBe(3);
  });

  test("several at once do not disturb each other", () => {
    const loader = new DataLoader(new Range(4), { batchSize: 2 });
    expect(Array.from(loader, (a) => Array.from(loader, (b) => [asList(a)[0], asList(b)[0]]))).toEqual([
      [
        [0, 0],
        [0, 2],
      ],
      [
        [2, 0],
        [2, 2],
      ],
    ]);
  });

  test("with for await timers get their turn while batches are made", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const end = performance.now() + 100;
    const loader = new DataLoader({ length: 1e9, get: (i: number) => i }, { batchSize: 16 });
    for await (const _ of loader) if (performance.now() > end) break;
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });
});

test("batchSize and shuffle may stand in their places", () => {
  const order = (loader: Iterable<unknown>) => {
    manualSeed(3);
    return String([...loader]);
  };
  expect(order(new DataLoader(ten, 4, true, { dropLast: true }))).toBe(
    order(new DataLoader(ten, { batchSize: 4, shuffle: true, dropLast: true })),
  );
  expect(order(new DataLoader(ten, 4, { shuffle: true }))).toBe(
    order(new DataLoader(ten, { batchSize: 4, shuffle: true })),
  );
  expect(order(new DataLoader({ dataset: ten, batchSize: 4, shuffle: true }))).toBe(
    order(new DataLoader(ten, 4, true)),
  );
  expect(() => new DataLoader({ dataset: [1] as never, batchSize: 4 })).toThrow("[DataLoader] expected a dataset");
  expect(() => new DataLoader(ten, 4, { batchSize: 2 })).toThrow('got multiple values for argument "batchSize"');
});

test("samplers take their arguments by name, too", () => {
  const weights = [1, 0, 3];
  const drawn = (sampler: Iterable<number>) => {
    manualSeed(0);
    return [...sampler];
  };
  const byPosition = drawn(new WeightedRandomSampler(weights, 2, false));
  expect(drawn(new WeightedRandomSampler(weights, { numSamples: 2, replacement: false }))).toEqual(byPosition);
  expect(drawn(new WeightedRandomSampler(weights, 2, { replacement: false }))).toEqual(byPosition);
  expect([...new BatchSampler([1, 2, 3], { batchSize: 2, dropLast: true })]).toEqual([[1, 2]]);
  expect([...new BatchSampler([1, 2, 3], 2, { dropLast: true })]).toEqual([[1, 2]]);
});

test("options of PyTorch's worker processes change nothing", () => {
  const dataset = new TensorDataset(tensor([1, 2, 3, 4, 5]));
  const drawn = (options: object): string => {
    manualSeed(3);
    return [...new DataLoader(dataset, { batchSize: 2, shuffle: true, ...options })].join();
  };
  const workers = { numWorkers: 4, pinMemory: true, persistentWorkers: true, prefetchFactor: 2, timeout: 0 };
  expect(drawn(workers)).toBe(drawn({}));
  expect(() => new DataLoader(dataset, { numWorkers: -1 })).toThrow('argument "numWorkers"');
});
