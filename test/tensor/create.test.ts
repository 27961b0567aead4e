/** @file Making tensors: factories against PyTorch, host data of every kind, options, copies. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DType } from "../../kernels/backend.ts";
import * as tapegrad from "../../src/entry/index.ts";
import {
  DeviceError,
  DTypeError,
  empty,
  emptyLike,
  full,
  fullLike,
  ones,
  onesLike,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
  zerosLike,
} from "../../src/entry/index.ts";
import { type Encoded, elements } from "../golden/calls.ts";
import { expectClose } from "../golden/close.ts";

interface CreateCase {
  readonly name: "zeros" | "ones" | "full" | "eye" | "arange" | "linspace" | "logspace" | "trilIndices" | "triuIndices";
  readonly args: readonly unknown[];
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: readonly Encoded[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/data/create.json", import.meta.url), "utf8")) as {
  cases: readonly CreateCase[];
};

describe("factories make what PyTorch's make", () => {
  test.each(golden.cases.map((c) => [`${c.name}(${c.args.map((a) => JSON.stringify(a)).join(", ")})`, c] as const))(
    "%s",
    (_, { name, args, shape, dtype, values }) => {
      const t = (tapegrad[name] as (...args: unknown[]) => Tensor)(...args);
      expect([t.shape, t.dtype, t.requiresGrad]).toEqual([shape, dtype, false]);
      // Powers are a matter of libraries; everything else is exact but for one rounding.
      expectClose(t, elements(dtype, values), name === "logspace" ? 1 : 0.1);
    },
  );
});

describe("nested arrays", () => {
  test("of any depth, and single numbers", () => {
    expect(tensor(3).shape).toEqual([]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(
      tensor([
        [[1], [2]],
        [[3], [4]],
      ]).shape,
    ).toEqual([2, 2, 1]);
    expect(tensor([[1, 2], [3, 4]]).toArraySync()).toEqual([[1, 2], [3, 4]]); // biome-ignore format: a matrix
  });

  test("numbers are float32, booleans bool, a mixture numbers", () => {
    expect(tensor([1, 2]).dtype).toBe("float32");
    expect(tensor([]).dtype).toBe("float32");
    expect(tensor([true, false]).dtype).toBe("bool");
    expect(tensor(true).dtype).toBe("bool");
    expect(tensor([true, 2]).toArraySync()).toEqual([1, 2]);
  });

  test("a dtype converts as PyTorch does", () => {
    expect(tensor([1.9, -1.9, 0], { dtype: "int32" }).toArraySync()).toEqual([1, -1, 0]);
    expect(tensor([1.9, -1, -255], { dtype: "uint8" }).toArraySync()).toEqual([1, 255, 1]);
    expect(tensor([0, 0.5, Number.NaN, -0], { dtype: "bool" }).toArraySync()).toEqual([false, true, true, false]);
    expect(tensor([0.1], { dtype: "float64" }).itemSync()).toBe(0.1);
    expect(tensor([0.1]).itemSync()).toBe(Math.fround(0.1));
    expect(tensor([true, false], { dtype: "float64" }).toArraySync()).toEqual([1, 0]);
  });

  test.each([
    ["rows of unequal length", [[1, 2], [3]], "expected sequence of length 2 at dim 1 (got 1)"],
    ["a number among rows", [[1, 2], 3], "expected sequence of length 2 at dim 1 (got number)"],
    ["a row among numbers", [1, [2, 3]], "expected a number at dim 1, but got a sequence"],
    ["an empty row", [[1], []], "expected sequence of length 1 at dim 1 (got 0)"],
    ["unequal depth further down", [[[1]], [[1, 2]]], "expected sequence of length 1 at dim 2 (got 2)"],
  ] as const)("%s", (_, data, words) => {
    expect(() => tensor(data)).toThrow(ShapeError);
    expect(() => tensor(data)).toThrow(`[tensor] ${words}`);
  });

  test.each([
    ["text", ["a"], 'got "a"'],
    ["nothing", [null], "got null"],
    ["undefined", [undefined], "got undefined"],
    ["an object", [{}], "got an empty object"],
    ["a bigint", [1n], "got the bigint 1"],
    ["nothing at all", null, "got null"],
  ])("%s is no number", (_, data, words) => {
    expect(() => tensor(data as unknown as number[])).toThrow(DTypeError);
    expect(() => tensor(data as unknown as number[])).toThrow(`[tensor] expected numbers or booleans, but ${words}`);
  });
});

describe("typed arrays", () => {
  test.each([
    [new Float32Array([1.5]), "float32"],
    [new Float64Array([1.5]), "float64"],
    [new Int32Array([-1]), "int32"],
    [new Uint8Array([255]), "uint8"],
    [new Uint8ClampedArray([255]), "uint8"],
  ] as const)("%o keeps its type", (data, dtype) => {
    const t = tensor(data as Float32Array);
    expect([t.dtype, t.shape, t.itemSync()]).toEqual([dtype, [1], data[0]]);
  });

  test("are copied", () => {
    const data = new Float32Array([1, 2]);
    const t = tensor(data);
    data[0] = 9;
    t.add_(1);
    expect([t.toArraySync(), Array.from(data)]).toEqual([[2, 3], [9, 2]]); // biome-ignore format: two results
  });

  test("a window of a larger buffer is a window", () => {
    const all = new Float32Array([1, 2, 3, 4]);
    expect(tensor(all.subarray(1, 3)).toArraySync()).toEqual([2, 3]);
  });

  test("are converted to another dtype", () => {
    expect(tensor(new Float64Array([1.9, -1.9]), { dtype: "int32" }).toArraySync()).toEqual([1, -1]);
    expect(tensor(new Uint8Array([0, 2]), { dtype: "bool" }).toArraySync()).toEqual([false, true]);
    expect(tensor(new Float32Array([0, 0.5]), { dtype: "bool" }).toArraySync()).toEqual([false, true]);
    expect(tensor(new Int32Array([7]), { dtype: "float32" }).dtype).toBe("float32");
  });

  test.each([new DataView(new ArrayBuffer(4)), new ArrayBuffer(4)])("%o has no numbers of a dtype", (data) => {
    expect(() => tensor(data as unknown as Float32Array)).toThrow(DTypeError);
    expect(() => tensor(data as unknown as Float32Array)).toThrow(
      `[tensor] expected numbers or booleans, but got ${data instanceof DataView ? "a DataView" : "an ArrayBuffer"}. Use a Float32Array`,
    );
  });
});

describe("another tensor", () => {
  test("is copied and cut off", () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const t = tensor(x.mul(2));
    expect([t.requiresGrad, t.isLeaf]).toEqual([false, true]);
    t.zero_();
    expect(x.toArraySync()).toEqual([1, 2]);
    expect(tensor(x, { dtype: "int32" }).dtype).toBe("int32");
    expect(tensor(x, { requiresGrad: true }).requiresGrad).toBe(true);
    expect(tensor(tensor([[1, 2], [3, 4]]).t()).stride()).toEqual([2, 1]); // biome-ignore format: a matrix
  });
});

describe("options", () => {
  test("requiresGrad makes a leaf that needs a gradient", () => {
    for (const t of [
      tensor([1], { requiresGrad: true }),
      zeros(2, { requiresGrad: true }),
      rand([2], { requiresGrad: true }),
    ]) {
      expect([t.requiresGrad, t.isLeaf]).toEqual([true, true]);
    }
    expect(tensor(new Int32Array(1), { dtype: "float32", requiresGrad: true }).isLeaf).toBe(true);
  });

  test("an unknown dtype", () => {
    const dtype = "float16" as DType;
    const words =
      'argument "dtype" must be a dtype: "float32", "float64", "int32", "uint8" or "bool", but got "float16".';
    expect(() => tensor([1], { dtype })).toThrow(new DTypeError(`[tensor] ${words}`));
    expect(() => tensor(new Float32Array(1), { dtype })).toThrow(words);
    expect(() => zeros(1, { dtype })).toThrow(words);
    expect(() => tapegrad.arange(3, { dtype })).toThrow(new DTypeError(`[arange] ${words}`));
    expect(() => rand(1, { dtype })).toThrow(new DTypeError(`[rand] ${words}`));
    expect(() => ones(1).to(dtype)).toThrow(Error);
  });

  test("a device that is not there", () => {
    for (const make of [
      () => tensor([1], { device: "gpu" }),
      () => zeros(1, { device: "gpu" }),
      () => randn(1, { device: "gpu" }),
    ]) {
      expect(make).toThrow(DeviceError);
      expect(make).toThrow(`[device] device "gpu" is not available: it has not been looked for`);
    }
    const device = "tpu" as "cpu";
    expect(() => ones(1, { device })).toThrow(
      '[ones] argument "device" must be a device: "cpu", "gpu" or "auto", but got "tpu".',
    );
    expect(() => ones(1).to("gpu")).toThrow(DeviceError);
    expect(() => ones(1).to("tpu" as "cpu")).toThrow(DeviceError);
  });
});

describe("sizes", () => {
  test("one by one, as an array, none, with options after them", () => {
    expect(zeros(2, 3).shape).toEqual([2, 3]);
    expect(zeros([2, 3]).shape).toEqual([2, 3]);
    expect(zeros().shape).toEqual([]);
    expect(zeros([]).shape).toEqual([]);
    expect(ones(2, { dtype: "int32" }).dtype).toBe("int32");
    expect(ones([2], { dtype: "int32" }).dtype).toBe("int32");
    expect(empty({ dtype: "uint8" }).shape).toEqual([]);
    expect(full(3, 2).shape).toEqual([3]);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("%d is no size", (size) => {
    for (const make of [
      () => zeros(2, size),
      () => ones([size]),
      () => full([size], 1),
      () => rand(size),
      () => randn(size),
    ]) {
      expect(make).toThrow(ShapeError);
      expect(make).toThrow("sizes must be integers of at least 0");
    }
    expect(() => tapegrad.eye(size)).toThrow(ShapeError);
    expect(() => randint(5, [size])).toThrow(ShapeError);
  });

  test("text is no size", () => {
    expect(() => zeros("2" as unknown as number)).toThrow(Error);
  });
});

describe("like another tensor", () => {
  const t = zeros(2, 3, { dtype: "float64" });

  test("shape and dtype come along, and can be overridden", () => {
    for (const like of [zerosLike, onesLike, emptyLike, randLike, randnLike]) {
      const made = like(t);
      expect([made.shape, made.dtype]).toEqual([[2, 3], "float64"]);
      expect(like(t, { dtype: "float32", requiresGrad: true }).dtype).toBe("float32");
    }
    expect(fullLike(t, 7).toArraySync()).toEqual([[7, 7, 7], [7, 7, 7]]); // biome-ignore format: a matrix
    expect(fullLike(zeros(1, { dtype: "bool" }), 7).itemSync()).toBe(true);
    expect(zerosLike(tensor([1], { requiresGrad: true })).requiresGrad).toBe(false);
  });
});

describe("ranges", () => {
  test.each([
    [() => tapegrad.arange(0, 5, 0), "[arange] step must be nonzero"],
    [() => tapegrad.arange(5, 0), "[arange] upper bound and larger bound inconsistent with step sign"],
    [() => tapegrad.arange(0, 5, -1), "[arange] upper bound and larger bound inconsistent with step sign"],
    [() => tapegrad.arange(0, Number.NaN), "[arange] unsupported range: 0 -> NaN"],
    [() => tapegrad.arange(Number.POSITIVE_INFINITY), "[arange] unsupported range: 0 -> Infinity"],
    [() => tapegrad.linspace(0, 1, -1), "[linspace] number of steps must be non-negative"],
    [() => tapegrad.linspace(0, 1, 1.5), "[linspace] number of steps must be"],
    [() => randint(5, 5, [1]), "[randint]"],
    [() => randperm(-1), "[randperm]"],
    [() => (randint as unknown as (n: number) => Tensor)(5), "[randint] expected randint(high, shape)"],
  ])("%s", (make, words) => {
    expect(make).toThrow(words);
  });

  test("random integers lie in their range", () => {
    const t = randint(-3, 4, [1000]);
    expect([t.dtype, t.min().itemSync(), t.max().itemSync()]).toEqual(["int32", -3, 3]);
    expect(randint(2, [5], { dtype: "float64" }).dtype).toBe("float64");
    expect(randperm(10).sort().values.toArraySync()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
