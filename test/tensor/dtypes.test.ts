/** @file Result types of operations against PyTorch's, for every dtype and every pair of them. */
import { describe, expect, test } from "vitest";
import { DTypeError, ones, type Tensor, ValueError } from "../../src/entry/index.ts";
import { method, outputsOf } from "../golden/calls.ts";
import { opsGolden } from "../golden/ops.ts";

const { order, pairs, withNumber, inPlace, unary } = opsGolden.dtypes;

/** Arguments of the operations of one tensor that need some. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  cumsum: [0],
  softmax: [0],
  logSoftmax: [0],
  logsumexp: [0],
  clamp: [0],
};

/** The dtype of a method's first result, or "" if the method refuses. */
function resultOf(self: Tensor, name: string, args: readonly unknown[]): string {
  try {
    return outputsOf(method(self, name, args))[0]?.dtype ?? "";
  } catch (error) {
    if (!(error instanceof DTypeError || error instanceof ValueError)) throw error;
    expect(error.message).toContain("[");
    return "";
  }
}

describe("two tensors", () => {
  test.each(Object.entries(pairs))("%s", (op, table) => {
    const actual = order.map((a) =>
      order.map((b) =>
        [
          [[1], [1]],
          [[1], []],
          [[], [1]],
          [[], []],
        ].map(([s, t]) => resultOf(ones(s as number[], { dtype: a }), op, [ones(t as number[], { dtype: b })])),
      ),
    );
    expect(actual).toEqual(table);
  });
});

describe("a tensor and a number", () => {
  test.each(Object.entries(withNumber))("%s", (op, table) => {
    const actual = order.map((a) => [1, 1.5, true].map((n) => resultOf(ones(1, { dtype: a }), op, [n])));
    expect(actual).toEqual(table);
  });
});

describe("in place", () => {
  test.each(Object.entries(inPlace))("%s", (op, table) => {
    const actual = order.map((a) => order.map((b) => resultOf(ones(1, { dtype: a }), op, [ones(1, { dtype: b })])));
    expect(actual).toEqual(table);
  });
});

describe("one tensor", () => {
  test.each(Object.entries(unary))("%s", (op, row) => {
    const actual = order.map((a) =>
      resultOf(op === "tril" ? ones(1, 1, { dtype: a }) : ones(1, { dtype: a }), op, ARGUMENTS[op] ?? []),
    );
    expect(actual).toEqual(row);
  });
});
