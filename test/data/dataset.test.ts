/** @file Datasets made of tensors and of other datasets, and how samples become batches. */
import ndarray from "ndarray";
import { describe, expect, expectTypeOf, test } from "vitest";
import { DataError, ShapeError } from "../../src/core/errors.ts";
import {
  type Batch,
  ConcatDataset,
  DataLoader,
  type Dataset,
  defaultCollate,
  Subset,
  TensorDataset,
} from "../../src/entry/data.ts";
import { arange, tensor, zeros } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

const x = tensor([
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
]);
const y = tensor([10, 11, 12, 13], { dtype: "int32" });

/** Counts how often samples and batches are asked for. */
class Counting extends TensorDataset<[Tensor, Tensor]> {
  gets = 0;
  batches = 0;
  constructor() {
    super(x, y);
  }
  override getBatch(indices: Int32Array): Batch<[Tensor, Tensor]> | undefined {
    this.batches++;
    return super.getBatch(indices);
  }
}

describe("TensorDataset", () => {
  test("gives the rows of its tensors", () => {
    const dataset = new TensorDataset(x, y);
    expectTypeOf(dataset.get(0)).toEqualTypeOf<[Tensor, Tensor]>();
    expect(dataset.length).toBe(4);
    const [row, label] = dataset.get(2);
    expect([row.toArraySync(), label.toArraySync(), label.dtype]).toEqual([[4, 5], 12, "int32"]);
    expect(dataset.get(-1)[1].itemSync()).toBe(13);
  });

  test("makes whole batches, with the types of its tensors", () => {
    const dataset = new Counting();
    const loader = new DataLoader(dataset, { batchSize: 3 });
    const seen: unknown[] = [];
    for (const [a, b] of loader) {
      expectTypeOf(a).toEqualTypeOf<Tensor>();
      expectTypeOf(b).toEqualTypeOf<Tensor>();
      seen.push([a.toArraySync(), b.toArraySync(), a.dtype, b.dtype]);
    }
    expect(seen).toEqual([
      [
        [
          [0, 1],
          [2, 3],
          [4, 5],
        ],
        [10, 11, 12],
        "float32",
        "int32",
      ],
      [[[6, 7]], [13], "float32", "int32"],
    ]);
    expect(dataset.batches).toBe(2);
  });

  test("a get of one's own is used for every sample", () => {
    class Doubled extends TensorDataset<[Tensor, Tensor]> {
      override get(index: number): [Tensor, Tensor] {
        const [a, b] = super.get(index);
        return [a.mul(2), b];
      }
    }
    const [batch] = [...new DataLoader(new Doubled(x, y), { batchSize: 2 })];
    expect(batch?.[0].toArraySync()).toEqual([
      [0, 2],
      [4, 6],
    ]);
    const [part] = [...new DataLoader(new Subset(new Doubled(x, y), [3]), { batchSize: 2 })];
    expect(part?.[0].toArraySync()).toEqual([[12, 14]]);
  });

  test("batches of tensors that need a gradient pass it on", () => {
    const leaf = tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { requiresGrad: true },
    );
    for (const [batch] of new DataLoader(new TensorDataset(leaf), { batchSize: 2, sampler: [2, 0, 2] })) {
      batch.sum().backward();
    }
    expect(leaf.grad?.toArraySync()).toEqual([
      [1, 1],
      [0, 0],
      [2, 2],
    ]);
  });

  test("an index out of range", () => {
    const dataset = new TensorDataset(x);
    expect(() => dataset.get(4)).toThrow("[TensorDataset.get] index 4 is out of bounds for dimension 0 with size 4");
    expect(() => dataset.get(-5)).toThrow("index -5 is out of bounds for dimension 0 with size 4");
    expect(() => dataset.get(1.5)).toThrow("an index must be an integer, but got 1.5");
    expect(() => [...new DataLoader(dataset, { sampler: [0, 7], batchSize: 2 })]).toThrow("index 7 is out of bounds");
  });

  test("tensors that make no dataset", () => {
    expect(() => new TensorDataset(x, zeros(3))).toThrow(
      "[TensorDataset] Size mismatch between tensors: got shapes [4, 2] and [3]",
    );
    expect(() => new TensorDataset(tensor(1))).toThrow(ShapeError);
    expect(() => new TensorDataset()).toThrow("[TensorDataset] expected at least one tensor");
  });
});

describe("Subset and ConcatDataset", () => {
  const dataset = new TensorDataset(arange(10));
  const values = (of: Dataset<[Tensor]>): number[] =>
    Array.from({ length: of.length }, (_, i) => of.get(i)[0].itemSync());

  test("a subset picks by index, also of a subset, also whole batches", () => {
    const odd = new Subset(dataset, [1, 3, 5, 7, -1]);
    const two = new Subset(odd, [4, 0]);
    expect([values(odd), values(two)]).toEqual([
      [1, 3, 5, 7, 9],
      [9, 1],
    ]);
    const batches = Array.from(new DataLoader(two, { batchSize: 2 }), ([batch]) => batch.toArraySync());
    expect(batches).toEqual([[9, 1]]);
    expect(() => odd.get(5)).toThrow("[Subset.get] index 5 is out of bounds for dimension 0 with size 5");
  });

  test("datasets one after the other", () => {
    const both = new ConcatDataset([dataset, new Subset(dataset, []), new Subset(dataset, [5, 6])]);
    expect([both.length, both.cumulativeSizes]).toEqual([12, [10, 10, 12]]);
    expect(values(both)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5, 6]);
    expect(both.get(-1)[0].itemSync()).toBe(6);
    expect(() => both.get(12)).toThrow("[ConcatDataset.get] index 12 is out of bounds");
    expect(() => new ConcatDataset([])).toThrow("[ConcatDataset] datasets should not be an empty iterable");
  });
});

describe("defaultCollate", () => {
  /** dtype and contents of the tensors in a batch. */
  const shown = (value: unknown): unknown => {
    if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [key, shown(item)]));
    if (Array.isArray(value)) return value.map(shown);
    if (typeof value === "object" && value !== null && "dtype" in value) {
      const t = value as Tensor;
      return { [t.dtype]: t.toArraySync() };
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
  };

  test("numbers, booleans and strings", () => {
    expect(shown(defaultCollate([1, 2, 3]))).toEqual({ int32: [1, 2, 3] });
    expect(shown(defaultCollate([1, 2.5]))).toEqual({ float32: [1, 2.5] });
    expect(shown(defaultCollate([Number.NaN]))).toEqual({ float32: [Number.NaN] });
    expect(shown(defaultCollate([true, false]))).toEqual({ bool: [true, false] });
    expect(defaultCollate(["a", "b"])).toEqual(["a", "b"]);
  });

  test("tensors, typed arrays and ndarrays are stacked in their own dtype", () => {
    expect(shown(defaultCollate([tensor([1, 2]), tensor([3, 4])]))).toEqual({
      float32: [
        [1, 2],
        [3, 4],
      ],
    });
    expect(shown(defaultCollate([tensor(1, { dtype: "float64" })]))).toEqual({ float64: [1] });
    expect(shown(defaultCollate([new Uint8Array([1, 2]), new Uint8Array([3, 4])]))).toEqual({
      uint8: [
        [1, 2],
        [3, 4],
      ],
    });
    const image = ndarray(new Int32Array([1, 2, 3, 4]), [2, 2]);
    expect(shown(defaultCollate([image, image.transpose(1, 0)]))).toEqual({
      int32: [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [1, 3],
          [2, 4],
        ],
      ],
    });
  });

  test("lists, records and Maps keep their form", () => {
    expect(
      shown(
        defaultCollate([
          [1, "a"],
          [2, "b"],
        ]),
      ),
    ).toEqual([{ int32: [1, 2] }, ["a", "b"]]);
    const records = [
      { x: tensor([1]), of: { y: 1.5, z: [true] } },
      { x: tensor([2]), of: { y: 2, z: [false] } },
    ];
    const batch = defaultCollate(records);
    expectTypeOf(batch).toEqualTypeOf<{ x: Tensor; of: { y: Tensor; z: Tensor[] } }>();
    expect(shown(batch)).toEqual({
      x: { float32: [[1], [2]] },
      of: { y: { float32: [1.5, 2] }, z: [{ bool: [true, false] }] },
    });
    const maps = [new Map([["k", 1]]), new Map([["k", 2]])];
    expect(shown(defaultCollate(maps))).toEqual(new Map([["k", { int32: [1, 2] }]]));
  });

  test("types of batches", () => {
    expectTypeOf<Batch<[Tensor, number, string]>>().toEqualTypeOf<[Tensor, Tensor, string[]]>();
    expectTypeOf<Batch<readonly [a: number, b: boolean]>>().toEqualTypeOf<[a: Tensor, b: Tensor]>();
    expectTypeOf<Batch<Map<string, number>>>().toEqualTypeOf<Map<string, Tensor>>();
    expectTypeOf<Batch<unknown>>().toEqualTypeOf<unknown>();
  });

  const odd: Readonly<Record<string, readonly [samples: readonly unknown[], says: string]>> = {
    "nothing at all": [[], "expected at least one sample, but the batch is empty"],
    "samples of two kinds": [[1, "a"], "found number at entry 0 and string at entry 1"],
    "tensors and numbers": [[tensor([1]), 2], "found Tensor at entry 0 and number at entry 1"],
    nulls: [[null, null], "found null"],
    "objects of a class": [[new Date(0), new Date(1)], "found Date"],
    functions: [[() => 1], "found function"],
    bigints: [[1n], "found bigint"],
    "integers beyond int32": [[1, 2 ** 31], "the integer 2147483648 does not fit into int32"],
    "records with different keys": [[{ a: 1 }, { b: 1 }], 'entry 0 has a key "a", but entry 1 has none'],
    "lists of different length": [
      [[1], [1, 2]],
      "each element in list of batch should be of equal size, but got lists of sizes 1, 2",
    ],
  };
  test.each(Object.entries(odd))("%s", (_, [samples, says]) => {
    expect(() => defaultCollate(samples)).toThrow(DataError);
    expect(() => defaultCollate(samples)).toThrow(says);
  });
});
