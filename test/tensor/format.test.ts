/** @file The printed form of tensors, against PyTorch's. */
import { afterEach, describe, expect, test } from "vitest";
import { setDefaultDtype, setPrintoptions, tensor } from "../../src/entry/index.ts";
import { formatParameter, formatTensor, shownIndices } from "../../src/tensor/format.ts";
import { elements, printGolden, type TensorCase } from "../golden/print.ts";

const print = (golden: TensorCase): string =>
  (golden.parameter ? formatParameter : formatTensor)({ ...golden, data: elements(golden) });

describe("prints as PyTorch does", () => {
  test.each(printGolden.tensors)("$name", (golden) => {
    expect(print(golden)).toBe(golden.expected);
  });
});

describe("print options, and another default dtype", () => {
  afterEach(() => {
    setPrintoptions({ profile: "default" });
    setDefaultDtype("float32");
  });

  test.each(printGolden.configured)("$options $dtype $shape", ({ options, defaultDtype, ...golden }) => {
    setDefaultDtype(defaultDtype);
    const { threshold, ...rest } = options;
    setPrintoptions(
      threshold === undefined ? rest : { ...rest, threshold: Number(String(threshold).replace("inf", "Infinity")) },
    );
    expect(formatTensor({ ...golden, data: elements(golden) })).toBe(golden.expected);
  });

  test("every call sets sciMode, as in PyTorch, and leaves the others", () => {
    setPrintoptions({ sciMode: true, precision: 2 });
    expect(String(tensor([1.5]))).toBe("tensor([1.50e+00])");
    setPrintoptions({ linewidth: 70 });
    expect(String(tensor([1.5]))).toBe("tensor([1.50])");
  });

  test("refuses what makes no sense", () => {
    expect(() => setPrintoptions({ precision: -1 })).toThrow('[setPrintoptions] argument "precision" must be');
    expect(() => setPrintoptions({ precision: 101 })).toThrow("at most 100");
    expect(() => setPrintoptions({ sci_mode: true } as never)).toThrow('It is called "sciMode" here');
  });
});

describe("device", () => {
  test("the CPU goes without saying", () => {
    expect(formatTensor({ shape: [1], dtype: "float32", data: [1], device: "cpu" })).toBe("tensor([1.])");
  });

  test("another device comes first among the suffixes", () => {
    const gpu = { data: [1, 2], dtype: "float64", device: "gpu", requiresGrad: true } as const;
    expect(formatTensor({ ...gpu, shape: [2] })).toBe(
      "tensor([1., 2.], device='gpu', dtype=torch.float64, requires_grad=True)",
    );
    expect(formatTensor({ ...gpu, shape: [0, 2] })).toBe(
      "tensor([], device='gpu', size=(0, 2), dtype=torch.float64, requires_grad=True)",
    );
  });
});

describe("what is read of the elements", () => {
  test("typed arrays, arrays and functions print alike", () => {
    const values = [0.5, -2, 3];
    const base = { shape: [3], dtype: "float32" } as const;
    const expected = "tensor([ 0.5000, -2.0000,  3.0000])";
    expect(formatTensor({ ...base, data: values })).toBe(expected);
    expect(formatTensor({ ...base, data: Float32Array.from(values) })).toBe(expected);
    expect(formatTensor({ ...base, data: (i) => values[i] ?? 0 })).toBe(expected);
  });

  test.each([
    { shape: [2000, 2000], count: 36 },
    { shape: [1001], count: 6 },
    { shape: [3, 1001], count: 18 },
    { shape: [7, 1, 200], count: 36 },
    { shape: [1000], count: 1000 },
    { shape: [], count: 1 },
    { shape: [0, 3], count: 0 },
  ])("a function is asked for the $count shown elements of $shape only, each once", ({ shape, count }) => {
    const asked: number[] = [];
    const data = (i: number): number => {
      asked.push(i);
      return i;
    };
    formatTensor({ shape, dtype: "int32", data });
    expect(asked).toEqual(shownIndices(shape));
    expect(asked).toHaveLength(count);
    expect(new Set(asked).size).toBe(count);
  });

  test("edges of every dimension longer than six are shown", () => {
    expect(shownIndices([1001])).toEqual([0, 1, 2, 998, 999, 1000]);
    expect(shownIndices([2, 600])).toEqual([0, 1, 2, 597, 598, 599, 600, 601, 602, 1197, 1198, 1199]);
  });
});
