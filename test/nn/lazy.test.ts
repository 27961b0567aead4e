/** @file Lazy layers: parameters without a shape, which the first input gives. */
import { describe, expect, test } from "vitest";
import { manualSeed, nn, ones, optim, rand, type Tensor } from "../../src/entry/index.ts";

interface Case {
  readonly lazy: () => nn.Module;
  readonly regular: () => nn.Module;
  readonly input: readonly number[];
  readonly printed: string;
}

const CASES: Readonly<Record<string, Case>> = {
  LazyLinear: {
    lazy: () => new nn.LazyLinear(3),
    regular: () => new nn.Linear(4, 3),
    input: [2, 4],
    printed: "LazyLinear(in_features=0, out_features=3, bias=True)",
  },
  LazyConv1d: {
    lazy: () => new nn.LazyConv1d(4, 3, { dilation: 2 }),
    regular: () => new nn.Conv1d(2, 4, 3, { dilation: 2 }),
    input: [2, 2, 6],
    printed: "LazyConv1d(0, 4, kernel_size=(3,), stride=(1,), dilation=(2,))",
  },
  LazyConv2d: {
    lazy: () => new nn.LazyConv2d(4, 3, 2, 1, { groups: 2, bias: false }),
    regular: () => new nn.Conv2d(2, 4, 3, 2, 1, { groups: 2, bias: false }),
    input: [2, 4, 4],
    printed: "LazyConv2d(0, 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), groups=2, bias=False)",
  },
  LazyConv3d: {
    lazy: () => new nn.LazyConv3d(4, 2),
    regular: () => new nn.Conv3d(3, 4, 2),
    input: [1, 3, 2, 3, 2],
    printed: "LazyConv3d(0, 4, kernel_size=(2, 2, 2), stride=(1, 1, 1))",
  },
  LazyConvTranspose1d: {
    lazy: () => new nn.LazyConvTranspose1d(4, 3),
    regular: () => new nn.ConvTranspose1d(2, 4, 3),
    input: [2, 2, 4],
    printed: "LazyConvTranspose1d(0, 4, kernel_size=(3,), stride=(1,))",
  },
  LazyConvTranspose2d: {
    lazy: () => new nn.LazyConvTranspose2d(4, 3, { stride: 2 }),
    regular: () => new nn.ConvTranspose2d(2, 4, 3, { stride: 2 }),
    input: [1, 2, 3, 3],
    printed: "LazyConvTranspose2d(0, 4, kernel_size=(3, 3), stride=(2, 2))",
  },
  LazyConvTranspose3d: {
    lazy: () => new nn.LazyConvTranspose3d(2, 2),
    regular: () => new nn.ConvTranspose3d(3, 2, 2),
    input: [1, 3, 2, 2, 2],
    printed: "LazyConvTranspose3d(0, 2, kernel_size=(2, 2, 2), stride=(1, 1, 1))",
  },
  LazyBatchNorm1d: {
    lazy: () => new nn.LazyBatchNorm1d(),
    regular: () => new nn.BatchNorm1d(3),
    input: [4, 3],
    printed: "LazyBatchNorm1d(0, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
  },
  LazyBatchNorm2d: {
    lazy: () => new nn.LazyBatchNorm2d(0.1, null),
    regular: () => new nn.BatchNorm2d(3, 0.1, null),
    input: [2, 3, 2, 2],
    printed: "LazyBatchNorm2d(0, eps=0.1, momentum=None, affine=True, track_running_stats=True)",
  },
  LazyBatchNorm3d: {
    lazy: () => new nn.LazyBatchNorm3d({ affine: false }),
    regular: () => new nn.BatchNorm3d(3, { affine: false }),
    input: [2, 3, 2, 1, 2],
    printed: "LazyBatchNorm3d(0, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)",
  },
  LazyInstanceNorm1d: {
    lazy: () => new nn.LazyInstanceNorm1d({ affine: true }),
    regular: () => new nn.InstanceNorm1d(3, { affine: true }),
    input: [3, 4],
    printed: "LazyInstanceNorm1d(0, eps=1e-05, momentum=0.1, affine=True, track_running_stats=False)",
  },
  LazyInstanceNorm2d: {
    lazy: () => new nn.LazyInstanceNorm2d(),
    regular: () => new nn.InstanceNorm2d(3),
    input: [2, 3, 2, 2],
    printed: "LazyInstanceNorm2d(0, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)",
  },
  LazyInstanceNorm3d: {
    lazy: () => new nn.LazyInstanceNorm3d({ trackRunningStats: true }),
    regular: () => new nn.InstanceNorm3d(3, { trackRunningStats: true }),
    input: [2, 3, 2, 2, 2],
    printed: "LazyInstanceNorm3d(0, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)",
  },
};

const titled = Object.entries(CASES);
const values = (state: Record<string, Tensor>) => Object.entries(state).map(([name, t]) => [name, t.toArraySync()]);

describe.each(titled)("%s", (_, { lazy, regular, input, printed }) => {
  test("draws nothing before its first input, and then what the ordinary layer draws", () => {
    manualSeed(0);
    const layer = lazy();
    expect(String(layer)).toBe(printed);
    manualSeed(1);
    const x = rand(input);
    manualSeed(0);
    const result = layer.forward(x);
    manualSeed(0);
    const other = regular();
    expect(result.equal(other.forward(x))).toBe(true);
    expect(values(layer.stateDict())).toEqual(values(other.stateDict()));
    expect(String(layer)).toBe(String(other));
    expect(Object.getPrototypeOf(layer)).toBe(Object.getPrototypeOf(other));
    expect(layer.forward(x).equal(other.forward(x))).toBe(true);
  });

  test("takes a state dictionary in place of an input", () => {
    const other = regular();
    const layer = lazy();
    layer.loadStateDict(other.stateDict());
    expect(values(layer.stateDict())).toEqual(values(other.stateDict()));
    const x = rand(input);
    expect(layer.forward(x).equal(other.forward(x))).toBe(true);
    expect(String(layer)).toBe(String(other));
  });

  test("is copied, cast and listed before its first input", () => {
    const copy = lazy().clone().double();
    for (const name of Object.keys(copy.stateDict())) expect(Object.keys(regular().stateDict())).toContain(name);
    const x = rand(input).double();
    expect(copy.forward(x).dtype).toBe("float64");
    for (const parameter of copy.parameters()) expect(parameter.dtype).toBe("float64");
  });
});

describe("a parameter without a shape", () => {
  test("refuses to be looked at and computed with, in PyTorch's words", () => {
    const { weight, bias } = new nn.LazyLinear(3);
    const words = /Can't access the shape of an uninitialized parameter or buffer/;
    expect(() => weight.shape).toThrow(words);
    expect(() => weight.numel()).toThrow(words);
    expect(() => weight.add(1)).toThrow(words);
    expect(() => nn.init.zeros_(bias as nn.Parameter)).toThrow(words);
    expect(String(weight)).toBe("<UninitializedParameter>");
    expect(String(new nn.LazyBatchNorm2d().runningMean)).toBe("<UninitializedBuffer>");
  });

  test("cannot be loaded into one that has a shape, but into another one", () => {
    const state = new nn.LazyLinear(3).stateDict();
    expect(() => new nn.Linear(2, 3).loadStateDict(state)).toThrow(/uninitialized parameter/);
    expect(new nn.LazyLinear(3).loadStateDict(state)).toEqual({ missingKeys: [], unexpectedKeys: [] });
  });

  test("stays the same object, which optimizers hold", () => {
    const layer = new nn.LazyLinear(2);
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
    const { weight } = layer;
    layer.forward(ones(1, 3)).sum().backward();
    expect(layer.weight).toBe(weight);
    const before = weight.clone();
    optimizer.step();
    expect(weight.equal(before)).toBe(false);
  });
});

test("hooks stay, and every layer of a network finds its sizes", () => {
  const seen: string[] = [];
  const net = new nn.Sequential(
    new nn.LazyConv2d(4, 3),
    new nn.LazyBatchNorm2d(),
    new nn.Flatten(),
    new nn.LazyLinear(2),
  );
  for (const layer of net) layer.registerForwardHook((module) => void seen.push(module.constructor.name));
  for (let i = 0; i < 2; i++) expect(net.forward(rand(2, 1, 5, 5)).shape).toEqual([2, 2]);
  expect(seen).toEqual([...Array(2)].flatMap(() => ["Conv2d", "BatchNorm2d", "Flatten", "Linear"]));
});

test.each([
  [
    "LazyConv2d",
    () => new nn.LazyConv2d(4, 3).forward(ones(4, 4)),
    "Expected 3D (unbatched) or 4D (batched) input to LazyConv2d",
  ],
  [
    "LazyConv1d",
    () => new nn.LazyConv1d(4, 3, { groups: 2 }).forward(ones(3, 4)),
    "in_channels must be divisible by groups",
  ],
  [
    "LazyBatchNorm1d",
    () => new nn.LazyBatchNorm1d().forward(ones(1, 2, 3, 4)),
    "expected 2D or 3D input (got 4D input)",
  ],
  ["LazyLinear", () => new nn.LazyLinear(-1), "outFeatures must be an integer of at least 0"],
])("%s refuses what PyTorch refuses", (_, call, words) => expect(call).toThrow(words));
