/** @file Functions that `nn.functional` shares with tensors. */
import { expect, test } from "vitest";
import { ones, tensor } from "../../../src/entry/index.ts";
import * as F from "../../../src/nn/functional/index.ts";

test("are those of the tensors", () => {
  const x = tensor([[1, -2]]);
  expect(F.sigmoid(x).toArraySync()).toEqual(x.sigmoid().toArraySync());
  expect(F.tanh(x).toArraySync()).toEqual(x.tanh().toArraySync());
  expect(F.logSoftmax(x, { dim: -1 }).toArraySync()).toEqual(x.logSoftmax(1).toArraySync());
  expect(F.flatten(ones(2, 3)).shape).toEqual([6]);
  expect(F.pad(x, [1, 0], { value: 5 }).toArraySync()).toEqual([[5, 1, -2]]);
  expect(F.oneHot(tensor([1, 0], { dtype: "int32" })).toArraySync()).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(F.linear(x, tensor([[1, 1]]), tensor([0.5])).toArraySync()).toEqual([[-0.5]]);
  expect(F.linear(x, tensor([[1, 1]])).toArraySync()).toEqual([[-1]]);
});
