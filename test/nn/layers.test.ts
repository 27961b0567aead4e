/** @file Layers against PyTorch's: initial weights, results, random draws, errors. */
import { describe, expect, test } from "vitest";
import { manualSeed, ones, rand, type Tensor, tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import { decodeTensor, nnGolden } from "../golden/nn.ts";
import { digestOf, randomGolden } from "../golden/random.ts";
import { expectClose, expectTensor } from "./close.ts";

describe("Linear", () => {
  test.each(nnGolden.linear)("seed $seed, $args, $dtype", (golden) => {
    manualSeed(golden.seed);
    const [inFeatures, outFeatures, bias = true] = golden.args;
    const layer = new nn.Linear(inFeatures, outFeatures, { bias, dtype: golden.dtype });
    expectTensor(layer.weight, golden.weight, { rtol: 0, atol: 0 });
    if (golden.bias === undefined) expect(layer.bias).toBeNull();
    else expectTensor(layer.bias as Tensor, golden.bias, { rtol: 0, atol: 0 });
    expectTensor(layer.forward(decodeTensor(golden.input)), golden.output);
    expect(rand(1).itemSync()).toBeCloseTo(golden.next, 12);
  });

  test.each(randomGolden.training)("the first program's layers, seed $seed", ({ seed, weights }) => {
    manualSeed(seed);
    const net = new nn.Sequential({ fc1: new nn.Linear(784, 512), fc2: new nn.Linear(512, 10) });
    const state = net.stateDict();
    for (const [name, digest] of Object.entries(weights)) {
      expect(digestOf((state[name] as Tensor).dataSync() as Float32Array, digest)).toEqual(digest);
    }
  });

  test("the bias may be turned off by position, and sizes must be sizes", () => {
    expect(new nn.Linear(2, 3, false).bias).toBeNull();
    expect(() => new nn.Linear(-1, 3)).toThrow("[Linear] inFeatures must be an integer of at least 0, but got -1");
    expect(() => new nn.Linear(2, 1.5)).toThrow("[Linear] outFeatures");
    expect(() => new nn.Linear(2, undefined as never)).toThrow('[Linear] missing required argument "outFeatures"');
    expect(() => new nn.Linear(2, 3, { bais: false } as never)).toThrow('[Linear] unknown option "bais"');
  });

  test("names both shapes when they do not fit", () => {
    expect(() => new nn.Linear(4, 2).forward(ones(3, 5))).toThrow(
      "mat1 and mat2 shapes cannot be multiplied (3x5 and 4x2)",
    );
  });
});

describe("Dropout", () => {
  test.each(nnGolden.dropout)("seed $seed, p $p", (golden) => {
    manualSeed(golden.seed);
    const x = decodeTensor(golden.input).requiresGrad_();
    const y = new nn.Dropout(golden.p).forward(x);
    expectTensor(y, golden.output);
    y.sum().backward();
    expectClose(x.grad ?? x.newZeros(x.shape), golden.grad);
    expect(rand(1).itemSync()).toBeCloseTo(golden.next, 12);
  });

  test("does nothing outside of training", () => {
    const x = ones(3);
    expect(new nn.Dropout().eval().forward(x)).toBe(x);
    expect(nn.functional.dropout(x, { training: false })).toBe(x);
    expect(nn.functional.dropout(x, 0.5, false)).toBe(x);
  });

  test("in place", () => {
    const x = ones(50);
    expect(nn.functional.dropout(x, 0.5, { inplace: true })).toBe(x);
    expect(new Set(x.toArraySync<number[]>())).toEqual(new Set([0, 2]));
  });

  test("wants a probability", () => {
    expect(() => new nn.Dropout(-1)).toThrow("dropout probability has to be between 0 and 1, but got -1");
    expect(() => nn.functional.dropout(ones(1), Number.NaN)).toThrow("dropout probability has to be between 0 and 1");
    expect(() => nn.functional.dropout(tensor([1], { dtype: "int32" }))).toThrow("[dropout] expected a floating dtype");
  });
});

describe("activations", () => {
  const x = tensor([[-1, 0.5, 2]]);

  test.each([
    ["ReLU", new nn.ReLU(), x.relu()],
    ["Sigmoid", new nn.Sigmoid(), x.sigmoid()],
    ["Tanh", new nn.Tanh(), x.tanh()],
    ["Softmax", new nn.Softmax(1), x.softmax(1)],
    ["Softmax by name", new nn.Softmax({ dim: -1 }), x.softmax(1)],
    ["Softmax without a dimension", new nn.Softmax(), x.softmax(1)],
    ["LogSoftmax", new nn.LogSoftmax(1), x.logSoftmax(1)],
    ["Identity", new nn.Identity(54, { unused: true }), x],
  ] as const)("%s", (_, layer, expected) => {
    expect(layer.forward(x).toArraySync()).toEqual(expected.toArraySync());
  });

  test("ReLU in place", () => {
    const y = tensor([-1, 1]);
    expect(new nn.ReLU({ inplace: true }).forward(y)).toBe(y);
    expect(y.toArraySync()).toEqual([0, 1]);
    expect(() => nn.functional.relu(ones(1).requiresGrad_(), true)).toThrow("a leaf Variable that requires grad");
  });

  test("the implicit dimension is PyTorch's", () => {
    const shapes = [[], [3], [3, 2], [2, 3, 2], [2, 3, 2, 2]];
    expect(shapes.map((shape) => nn.functional.softmax(ones(shape)).toArraySync())).toEqual(
      shapes.map((shape, i) =>
        ones(shape)
          .softmax([0, 0, 1, 0, 1][i] as number)
          .toArraySync(),
      ),
    );
  });
});

describe("shapes", () => {
  test("Flatten and Unflatten", () => {
    const x = ones(2, 3, 4, 5);
    expect(new nn.Flatten().forward(x).shape).toEqual([2, 60]);
    expect(new nn.Flatten(2).forward(x).shape).toEqual([2, 3, 20]);
    expect(new nn.Flatten({ startDim: 0, endDim: 1 }).forward(x).shape).toEqual([6, 4, 5]);
    expect(new nn.Unflatten(-1, [5, -1]).forward(x).shape).toEqual([2, 3, 4, 5, 1]);
    expect(() => new nn.Flatten().forward(ones(3))).toThrow(
      "Dimension out of range (expected to be in range of [-1, 0], but got 1)",
    );
    expect(() => new nn.Flatten({ start_dim: 1 } as never)).toThrow('It is called "startDim" here');
  });
});
