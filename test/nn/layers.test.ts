/** @file Layers against PyTorch's: initial weights, results, random draws, errors. */
import { describe, expect, test } from "vitest";
import { manualSeed, ones, rand, type Tensor, tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import { decodeTensor, nnGolden } from "../golden/nn.ts";
import { digestOf, randomGolden } from "../golden/random.ts";
import { expectClose, expectTensor } from "./close.ts";

const F = nn.functional;

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

describe("dropout of channels", () => {
  test("zeroes whole ones", () => {
    manualSeed(0);
    const channels = F.dropout2d(ones(4, 8, 2, 3))
      .mean([2, 3])
      .toArraySync<number[][]>();
    expect(new Set(channels.flat())).toEqual(new Set([0, 2]));
    expect(F.dropout1d(ones(2, 3), { p: 1 }).toArraySync()).toEqual(ones(2, 3).mul(0).toArraySync());
  });
  test("in place, and not outside of training", () => {
    const x = ones(2, 3, 4, 4);
    expect(F.dropout2d(x, 0.5, { inplace: true })).toBe(x);
    expect(new nn.Dropout2d().eval().forward(x)).toBe(x);
  });
  test("refuses other ranks and probabilities", () => {
    expect(() => F.dropout1d(ones(3))).toThrow("[dropout1d] Expected 2D or 3D input, but received a 1D input.");
    expect(() => F.dropout2d(ones(2, 3))).toThrow("[dropout2d] Expected 3D or 4D input, but received a 2D input.");
    expect(() => F.dropout2d(ones(2, 3, 4).int())).toThrow("[dropout2d] expected a floating dtype");
    expect(() => new nn.Dropout1d(2)).toThrow("[Dropout1d] dropout probability has to be between 0 and 1");
  });
});

test("pooling of lines refuses other ranks and sizes", () => {
  expect(() => F.maxPool1d(ones(3), 2)).toThrow("[maxPool1d] Expected 2D or 3D (batch mode) tensor for input");
  expect(() => F.avgPool1d(ones(1, 3), 4)).toThrow("Output size is too small");
  expect(() => F.avgPool1d(ones(1, 3), 2, 0)).toThrow("stride should not be zero");
  expect(() => new nn.AvgPool1d(1.5)).toThrow("[AvgPool1d] kernelSize must be integers, but got 1.5");
  expect(() => F.adaptiveAvgPool1d(ones(1, 3), -1)).toThrow("must be integers of at least 0");
  expect(() => F.adaptiveMaxPool2d(ones(1, 3, 3), 0)).toThrow("must be integers of at least 1, but got 0");
});

describe("instance normalisation", () => {
  test("keeps statistics when asked to, and uses them in evaluation", () => {
    manualSeed(0);
    const layer = new nn.InstanceNorm2d(2, { trackRunningStats: true, momentum: 1 });
    expect(Object.keys(layer.stateDict())).toEqual(["running_mean", "running_var", "num_batches_tracked"]);
    const x = rand(3, 2, 4, 4);
    layer.forward(x);
    const mean = layer.runningMean as Tensor;
    expect(mean.allclose(x.mean([2, 3]).mean(0))).toBe(true);
    expect(layer.eval().forward(x).mean([0, 2, 3]).abs().max().itemSync()).toBeLessThan(1e-5);
    expect(
      new nn.InstanceNorm1d(2)
        .eval()
        .forward(ones(1, 2, 3))
        .toArraySync(),
    ).toEqual(ones(1, 2, 3).mul(0).toArraySync());
  });
  test("refuses other ranks", () => {
    expect(() => new nn.InstanceNorm2d(2).forward(ones(2, 2))).toThrow("expected 3D or 4D input (got 2D input)");
    expect(() => new nn.InstanceNorm1d(2).forward(ones(1, 1, 2, 2))).toThrow("expected 2D or 3D input (got 4D input)");
    expect(() => F.instanceNorm(ones(2))).toThrow("expected an input [N, C, …], but got shape [2]");
  });
});

test("interpolation refuses what it does not do", () => {
  const x = ones(1, 1, 2, 2);
  expect(() => F.interpolate(ones(2), { size: 1 })).toThrow("Only 3D, 4D and 5D input Tensors supported (got 1D)");
  expect(() => F.interpolate(x, { size: 2, mode: "cubic" as never })).toThrow("mode must be nearest, nearest-exact");
  expect(() => F.interpolate(x, { size: [2] })).toThrow(
    "Input and output must have the same number of spatial dimensions",
  );
  expect(() => F.interpolate(x, { size: 0 })).toThrow("Input and output sizes should be greater than 0");
  expect(() => new nn.Upsample(2, { alignCorners: true })).toThrow("[Upsample] align_corners option can only be set");
  expect(F.interpolate(x, { size: 1, mode: "bilinear", alignCorners: true }).shape).toEqual([1, 1, 1, 1]);
});

describe("layers of two inputs", () => {
  test("Bilinear is a product with a matrix for each output", () => {
    const layer = new nn.Bilinear(2, 3, 1, { bias: false });
    const [a, b] = [rand(1, 2), rand(1, 3)];
    const direct = a.matmul(layer.weight.at(0)).matmul(b.t());
    expect(layer.forward(a, b).allclose(direct)).toBe(true);
    expect(() => layer.forward(a, a)).toThrow("[bilinear] expected inputs [..., 2] and [..., 3]");
    expect(() => layer.forward(a, rand(2, 3))).toThrow("that agree in all but the last size");
    expect(() => F.bilinear(a, b, rand(2, 3))).toThrow("expected a weight of 3 dimensions");
    expect(() => new nn.Bilinear(0, 1, 1)).toThrow("[Bilinear] in1Features must be an integer of at least 1");
  });
  test("similar vectors of any length have a cosine of 1; that of nothing is 0", () => {
    const x = tensor([[1e-3, 2e-3]]);
    expect(F.cosineSimilarity(x, x.mul(1e6)).itemSync()).toBeCloseTo(1, 6);
    const zero = tensor([[0, 0]]).requiresGrad_();
    const cosine = F.cosineSimilarity(zero, x);
    cosine.sum().backward();
    expect(cosine.itemSync()).toBe(0);
    expect(zero.grad?.isfinite().all().itemSync<boolean>()).toBe(true);
  });
});

test("losses of margins at extremes do not overflow", () => {
  const x = tensor([1e4, -1e4]).requiresGrad_();
  const loss = F.softMarginLoss(x, tensor([-1, 1]), { reduction: "sum" });
  loss.backward();
  expect(loss.itemSync()).toBe(2e4);
  expect(x.grad?.toArraySync()).toEqual([1, -1]);
  expect(() => F.multilabelSoftMarginLoss(ones(2, 3), ones(2))).toThrow("expected input and target of the same shape");
  expect(() => new nn.MarginRankingLoss({ reduction: "all" as never })).toThrow("is not a valid value for reduction");
});

test("layers have independent copies that compute the same", () => {
  const x = rand(2, 4, 4, 4);
  const layers: nn.Layer[] = [
    new nn.Conv2d(4, 2, 3),
    new nn.BatchNorm2d(4),
    new nn.InstanceNorm2d(4, { affine: true }),
    new nn.GroupNorm(2, 4),
    new nn.Upsample({ scaleFactor: 2 }),
    new nn.Sequential(new nn.Hardtanh(-0.5, 0.5), new nn.AdaptiveMaxPool2d(3), new nn.Flatten()),
    new nn.PReLU(4),
  ];
  for (const layer of layers) {
    const copy = layer.clone();
    expect(copy.forward(x).equal(layer.forward(x))).toBe(true);
    for (const [i, p] of copy.parameters().entries()) expect(p).not.toBe(layer.parameters()[i]);
  }
});
