/** @file Indexing and assignment beyond the goldens: errors, values, views, the rules on leaves, and large arrays. */
import { describe, expect, test } from "vitest";
import {
  arange,
  DTypeError,
  GraphError,
  newaxis,
  noGrad,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from "../../src/entry/index.ts";

const matrix = (): Tensor => arange(6).float().reshape(2, 3);
const rows = (...list: number[]): Tensor => tensor(list, { dtype: "int32" });

describe("at", () => {
  test.each([
    [
      "a list that is no slice",
      [0, 1, 2, 3],
      "An array is a slice here: for the rows 0 and 2, pass tensor([0, 2]).int().",
    ],
    ["a nested list", [[0, 1]], "An array is a slice here"],
    ["typed arrays", Int32Array.of(0, 1), "An array is a slice here"],
    ["a number as text", "0", 'a string is a slice, as ":", "1:3" or "::2", or "..."'],
    ["text", "a:b", "cannot read the index"],
    ["an object", {}, "expected an integer, null, a slice [start, end, step]"],
    ["undefined", undefined, "expected an integer"],
  ])("refuses %s", (_, index, message) => {
    expect(() => matrix().at(index as never)).toThrow(ValueError);
    expect(() => matrix().at(index as never)).toThrow(message);
    expect(() => matrix().setAt([index as never], 0)).toThrow(message);
  });

  test("refuses negative steps, as PyTorch", () => {
    for (const index of ["::-1", [null, null, -1] as const, "::0"]) {
      expect(() => matrix().at(index)).toThrow("step must be greater than zero");
    }
  });

  test("refuses two ellipses and too many indices", () => {
    expect(() => matrix().at("...", "...")).toThrow("an index can only have a single ellipsis ('...')");
    expect(() => matrix().at(0, "...", 0, 0)).toThrow("too many indices for tensor of dimension 2");
    expect(() => matrix().at(newaxis, 0, 0, 0)).toThrow(ShapeError);
  });

  test("names what is out of bounds", () => {
    expect(() => matrix().at(rows(0, 2))).toThrow("[at] index 2 is out of bounds for dimension 0 with size 2");
    expect(() => matrix().at(":", rows(-4))).toThrow("[at] index -4 is out of bounds for dimension 1 with size 3");
    expect(() => matrix().setAt([rows(0), rows(3)], 0)).toThrow("[setAt] index 3 is out of bounds for dimension 1");
    expect(() => matrix().at(rows(0, 1), rows(0, 1, 2))).toThrow("[at] The size of tensor a (2) must match");
    expect(() => matrix().at(tensor([0.5]))).toThrow(DTypeError);
  });

  test("strings give views", () => {
    const x = matrix();
    x.at("1:", "::2").fill_(-1);
    expect(x.toArraySync()).toEqual([
      [0, 1, 2],
      [-1, 4, -1],
    ]);
    expect(x.at("...").storage).toBe(x.storage);
  });

  test("spaces in strings do not matter", () => {
    expect(matrix().at(" 0 : 1 ").shape).toEqual([1, 3]);
  });
});

describe("setAt", () => {
  test("takes numbers, tensors and nested arrays, and returns the tensor", () => {
    const x = matrix();
    expect(x.setAt(0, [7, 8, 9])).toBe(x);
    x.setAt([1, "1:"], [[-1, -2]]);
    x.setAt([":", 0], tensor([5, 6], { dtype: "float64" }));
    expect(x.toArraySync()).toEqual([
      [5, 8, 9],
      [6, -1, -2],
    ]);
    expect(tensor([true, false]).setAt(1, true).toArraySync()).toEqual([true, true]);
    expect(rows(1, 2, 3).setAt("1:", [8.9, 9]).toArraySync()).toEqual([1, 8, 9]);
  });

  test("an array is a list of indices", () => {
    expect(zeros(3, 3).setAt([0, 2], 1).sum().itemSync()).toBe(1);
    expect(
      zeros(3, 3)
        .setAt([[0, 2]], 1)
        .sum()
        .itemSync(),
    ).toBe(6);
    expect(zeros(3, 3).setAt("0:2", 1).sum().itemSync()).toBe(6);
    expect(zeros(3, 3).setAt([], 1).sum().itemSync()).toBe(9);
  });

  test("the last write to one place counts, and accumulation adds them all", () => {
    const index = rows(1, 1, 1);
    expect(
      zeros(2)
        .setAt(index, tensor([1, 2, 3]))
        .toArraySync(),
    ).toEqual([0, 3]);
    expect(
      zeros(2)
        .indexPut_([index], tensor([1, 2, 3]), true)
        .toArraySync(),
    ).toEqual([0, 6]);
  });

  test("a part may be written from another part of the same tensor", () => {
    const x = arange(6).float();
    x.setAt("1:", x.at(":-1"));
    expect(x.toArraySync()).toEqual([0, 0, 1, 2, 3, 4]);
    x.setAt(rows(5, 4, 3, 2, 1, 0), x);
    expect(x.toArraySync()).toEqual([4, 3, 2, 1, 0, 0]);
  });

  test("refuses values that do not fit", () => {
    expect(() => matrix().setAt(0, [1, 2])).toThrow(
      "[setAt] shape mismatch: value tensor of shape [2] cannot be broadcast to indexing result of shape [3]",
    );
    expect(() => matrix().setAt(rows(0), ones(2, 3))).toThrow(ShapeError);
    expect(() => matrix().setAt(rows(0), ones(3).double())).toThrow(
      "[setAt] Index put requires the source and destination dtypes match, got float32 for the destination and float64",
    );
    expect(() => matrix().setAt(0, undefined as never)).toThrow('missing required argument "value"');
    expect(() => rows(1).setAt(0, 2 ** 40)).toThrow("without overflow");
    expect(() => matrix().setAt(tensor([true]), 0)).toThrow("The shape of the mask [1] at index 0 does not match");
  });

  test("keeps PyTorch's rules on leaves and views", () => {
    const leaf = ones(2, 2, { requiresGrad: true });
    expect(() => leaf.setAt(0, 1)).toThrow("a view of a leaf Variable that requires grad is being used in an in-place");
    expect(() => leaf.setAt(rows(0), 1)).toThrow("a leaf Variable that requires grad is being used in an in-place");
    noGrad(() => leaf.setAt(0, 5));
    expect(leaf.requiresGrad).toBe(true);
    expect(leaf.at(0, 0).itemSync()).toBe(5);
    expect(() => zeros(1, 2).expand(3, 2).setAt(0, 1)).not.toThrow();
    expect(() => zeros(1, 2).expand(3, 2).setAt("...", 1)).toThrow(GraphError);
  });

  test("a saved tensor that changes is noticed", () => {
    const x = ones(3, { requiresGrad: true });
    const y = x.mul(2);
    const z = y.square();
    y.setAt(0, 1);
    expect(() => z.sum().backward()).toThrow("modified by an inplace operation");
  });

  test("views of it see the new history", () => {
    const w = tensor([3], { requiresGrad: true });
    const x = zeros(4);
    const view = x.at("2:");
    x.setAt(rows(2), w);
    expect(view.requiresGrad).toBe(true);
    view.sum().backward();
    expect(w.grad?.toArraySync()).toEqual([1]);
  });

  test("large masks, rows and columns", () => {
    const x = arange(200 * 300)
      .float()
      .reshape(200, 300);
    const even = arange(200).remainder(2).eq(0);
    x.setAt(even, -1);
    expect(x.lt(0).sum().itemSync()).toBe(100 * 300);
    x.setAt([":", arange(0, 300, 3)], 0);
    expect(x.eq(0).sum().itemSync()).toBe(200 * 100);
    x.setAt(
      x.lt(0),
      arange(100 * 200)
        .float()
        .add(1e6),
    );
    expect(x.max().itemSync()).toBe(1e6 + 100 * 200 - 1);
    expect(x.at(arange(200), arange(200)).shape).toEqual([200]);
  });
});

describe("iteration", () => {
  test("goes over rows, and destructures", () => {
    const [first, second] = matrix();
    expect(first?.toArraySync()).toEqual([0, 1, 2]);
    expect(second?.toArraySync()).toEqual([3, 4, 5]);
    expect(Array.from(matrix(), (row) => row.shape)).toEqual([[3], [3]]);
    expect(matrix().length).toBe(2);
    expect(() => [...(tensor(1) as Iterable<unknown>)]).toThrow(TypeError);
  });
});
