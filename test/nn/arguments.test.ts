/** @file Arguments of layers, of nn.functional, nn.init and nn.utils: positions, names, kinds, and options that come last. */
import { nn, ones, optim, rand, TapegradError, tensor, zeros } from "tapegrad";
import { describe, expect, test, vi } from "vitest";

const F = nn.functional;
const x = tensor([
  [1, -2, 3],
  [4, 5, -6],
]);
const images = rand(1, 2, 4, 4);
const wrong = (value: unknown): never => value as never;

describe("options come last, in one object", () => {
  test("after any number of positions", () => {
    expect(String(new nn.MaxPool2d(2, 1, { padding: 1, ceilMode: true }))).toBe(
      "MaxPool2d(kernel_size=2, stride=1, padding=1, dilation=1, ceil_mode=True)",
    );
    expect(F.leakyRelu(x, 0.5).equal(F.leakyRelu(x, { negativeSlope: 0.5 }))).toBe(true);
  });

  test("one before another position does not compile, and is refused", () => {
    // @ts-expect-error options come last
    expect(() => new nn.MaxPool2d(2, { stride: 1 }, { padding: 1 })).toThrow(
      '[MaxPool2d] argument "stride" must be an integer or a list of 2 integers, but got an object with the key stride. Options by name come last, in one object.',
    );
    // @ts-expect-error options come last, in one object
    expect(() => new nn.MaxPool2d(2, 1, { padding: 1 }, { dilation: 1 })).toThrow(
      '[MaxPool2d] argument "padding" must be an integer or a list of 2 integers, but got an object with the key padding. Options by name come last, in one object.',
    );
    // @ts-expect-error options come last, in one object
    expect(() => new nn.LSTM(2, 3, { numLayers: 2 }, { bias: false })).toThrow(
      "but got an object with the key numLayers. Options by name come last, in one object.",
    );
    // @ts-expect-error options come last
    expect(() => new nn.LeakyReLU({ negativeSlope: 0.1 }, true)).toThrow(
      '[LeakyReLU] argument "negativeSlope" must be a number, but got an object with the key negativeSlope. Options by name come last, in one object.',
    );
    // @ts-expect-error options come last
    expect(() => F.dropout(x, { p: 0.5 }, true)).toThrow("[dropout] dropout probability");
    // @ts-expect-error options come last
    expect(() => new optim.SGD([ones(1)], { lr: 0.1 }, { momentum: 0.9 })).toThrow("[SGD] expected at most");
  });

  test.each(["LogSigmoid", "Sigmoid", "Softsign", "Tanh", "Tanhshrink"] as const)("%s has none", (name) => {
    expect(() => Reflect.construct(nn[name], [{ inplace: true }])).toThrow(
      `[${name}] unknown option "inplace". There are no options.`,
    );
    expect(() => Reflect.construct(nn[name], [1])).toThrow(`[${name}] expected at most 0 arguments`);
  });

  test("every argument has PyTorch's name and place", () => {
    expect(F.relu(wrong({ input: x })).equal(x.relu())).toBe(true);
    expect(F.softmax(x, 1, { dtype: "float64" }).dtype).toBe("float64");
    expect(new nn.MaxPool2d(2, 2, 0, 1, false, true).ceilMode).toBe(true);
    expect(F.interpolate(images, null, 2, "nearest").shape).toEqual([1, 2, 8, 8]);
    expect(F.adaptiveMaxPool2d(images, 2, true)).toHaveLength(2);
    expect(new nn.Linear({ inFeatures: 2, outFeatures: 3 }).weight.shape).toEqual([3, 2]);
    expect((Reflect.construct(nn.Linear, [2, 3, false, "cpu", "float64"]) as nn.Linear).weight.dtype).toBe("float64");
  });

  test("layers take all arguments by name", () => {
    const pairs: readonly (readonly [named: object, placed: object])[] = [
      [new nn.Conv2d({ inChannels: 1, outChannels: 2, kernelSize: 3 }), new nn.Conv2d(1, 2, 3)],
      [new nn.Conv2d(1, 2, 3, 1, 0, 1, 1, true, "reflect"), new nn.Conv2d(1, 2, 3, { paddingMode: "reflect" })],
      [new nn.MaxPool2d({ kernelSize: 2, stride: 1 }), new nn.MaxPool2d(2, 1)],
      [new nn.GRU({ inputSize: 3, hiddenSize: 2 }), new nn.GRU(3, 2)],
      [new nn.LayerNorm({ normalizedShape: [3] }), new nn.LayerNorm(3)],
      [new nn.AdaptiveAvgPool2d({ outputSize: 1 }), new nn.AdaptiveAvgPool2d(1)],
      [new nn.ConstantPad1d({ padding: 1, value: 2 }), new nn.ConstantPad1d(1, 2)],
      [new nn.TransformerEncoderLayer({ dModel: 4, nhead: 2 }), new nn.TransformerEncoderLayer(4, 2)],
    ];
    for (const [named, placed] of pairs) expect(String(named)).toBe(String(placed));
  });

  test("PyTorch's old way to say how a loss is reduced", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(F.mseLoss(x, zeros(2, 3), { sizeAverage: false }).itemSync()).toBe(91);
    expect(F.mseLoss(x, zeros(2, 3), { reduce: false }).shape).toEqual([2, 3]);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });
});

describe("what is wrong is refused, with operation, argument, what came and what was expected", () => {
  test.each<[call: () => unknown, message: string]>([
    [() => F.relu(wrong([1])), '[relu] argument "input" must be a Tensor, but got [1]. Wrap data with tensor(…).'],
    [() => F.layerNorm(x, wrong(3)), '[layerNorm] argument "normalizedShape" must be a list of integers, but got 3.'],
    [() => nn.init.normal_(x, wrong("a")), '[normal_] argument "mean" must be a number, but got "a".'],
    [() => F.softplus(x, { beta: wrong(true) }), '[softplus] argument "beta" must be a number, but got true.'],
    [() => new nn.Linear(2, 3, { bias: wrong({}) }), '[Linear] argument "bias" must be a boolean, but got an empty'],
    [() => new nn.Linear(2, 3, wrong(0)), '[Linear] argument "bias" must be a boolean, but got 0.'],
    [() => new nn.Conv2d(1, 2, 3, wrong({ padding_mode: "zeros" })), 'It is called "paddingMode" here.'],
    [() => Reflect.construct(nn.ReLU, [true, false]), "[ReLU] expected at most 1 arguments by position, but got 2"],
    [() => F.embedding(tensor([0]).int(), x, wrong({ sparse: 1 })), 'argument "sparse" must be a boolean, but got 1.'],
    [() => F.crossEntropy(x, wrong([0, 1])), '[crossEntropy] argument "target" must be a Tensor, but got [0, 1].'],
    [() => new nn.CrossEntropyLoss().forward(x, wrong(1)), '[crossEntropy] argument "target" must be a Tensor'],
    [() => nn.utils.clipGradNorm_(wrong(new nn.Linear(1, 1)), 1), "Pass model.parameters()."],
    [
      () => new nn.LSTM(2, 3).forward(wrong([1])),
      '[LSTM] argument "input" must be a Tensor or a PackedSequence, but got [1].',
    ],
    [() => new nn.Linear(2, 3).zeroGrad(wrong(1)), '[zeroGrad] argument "setToNone" must be a boolean, but got 1.'],
    [() => new optim.Adam([ones(1)], { amsgrad: wrong(1) }), '[Adam] argument "amsgrad" must be a boolean, but got 1.'],
    [
      () => new optim.SGD([{ params: [ones(1)], nesterov: wrong({}) }], {}),
      '[SGD] argument "nesterov" must be a boolean',
    ],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(TapegradError);
  });

  test("unknown options of a state dictionary, but not what PyTorch has besides", () => {
    const optimizer = new optim.SGD([ones(1)], { lr: 0.1 });
    const state = optimizer.stateDict();
    const group = state.param_groups[0];
    const withOption = (name: string, value: unknown) =>
      optimizer.loadStateDict({ ...state, param_groups: [{ params: [0], ...group, [name]: value }] });
    expect(() => withOption("weight_dcay", 0.5)).toThrow('[SGD.loadStateDict] unknown option "weightDcay".');
    expect(() => withOption("nesterov", "yes")).toThrow('argument "nesterov" must be a boolean, but got "yes".');
    expect(() => withOption("differentiable", false)).not.toThrow();
  });

  test("every layer, loss and function refuses what no argument can be, with an error of ours", () => {
    const junk = [Symbol("a"), new Date(0), () => 1, "a", [null], Number.NaN, { a: 1 }];
    for (const [name, made] of [...Object.entries(nn), ...Object.entries(F), ...Object.entries(nn.init)]) {
      if (typeof made !== "function" || /^(Module|Identity|Sequential|\w+(List|Dict)|Parameter)$/.test(name)) continue;
      for (const value of junk) {
        const call = () =>
          /^[A-Z]/.test(name) ? Reflect.construct(made, [value, value]) : Reflect.apply(made, null, [value, value]);
        try {
          call();
        } catch (error) {
          expect(error, `${name}(${String(value)})`).toBeInstanceOf(TapegradError);
        }
      }
    }
  });
});

describe("arguments that PyTorch has", () => {
  test("returnIndices of pools", () => {
    const line = tensor([[[1, 3, 2, 0]]]);
    const [values, indices] = F.maxPool1d(line, 2, { returnIndices: true });
    expect([values.toArraySync(), indices.toArraySync()]).toEqual([[[[3, 2]]], [[[1, 2]]]]);
    const [, places] = F.adaptiveMaxPool2d(
      tensor([
        [
          [1, 2, 9],
          [3, 4, 5],
          [8, 7, 6],
        ],
      ]),
      2,
      true,
    );
    expect(places.toArraySync()).toEqual([
      [
        [4, 2],
        [6, 7],
      ],
    ]);
  });

  test("paddingMode of convolutions", () => {
    const layer = new nn.Conv1d(1, 1, 3, { padding: 1, bias: false, paddingMode: "circular" });
    nn.init.ones_(layer.weight);
    expect(layer.forward(tensor([[[1, 2, 3, 4]]])).toArraySync()).toEqual([[[7, 6, 9, 8]]]);
    layer.paddingMode = "reflect";
    expect(layer.forward(tensor([[[1, 2, 3, 4]]])).toArraySync()).toEqual([[[5, 6, 9, 10]]]);
    layer.paddingMode = "replicate";
    expect(layer.forward(tensor([[[1, 2, 3, 4]]])).toArraySync()).toEqual([[[4, 6, 9, 11]]]);
    expect(String(layer)).toContain("padding_mode=replicate");
  });

  test("outputSize of a transposed convolution", () => {
    const layer = new nn.ConvTranspose2d(1, 1, 3, { stride: 2, padding: 1 });
    expect(layer.forward(ones(1, 1, 3, 3), [6, 6]).shape).toEqual([1, 1, 6, 6]);
    expect(() => layer.forward(ones(1, 1, 3, 3), [7, 7])).toThrow("but valid sizes range from [5, 5] to [6, 6]");
  });

  test("maxNorm and scaleGradByFreq of an embedding", () => {
    const weight = tensor([
      [3, 4],
      [0.3, 0.4],
      [6, 8],
    ]).requiresGrad_();
    F.embedding(tensor([0, 0, 1], { dtype: "int32" }), weight, { maxNorm: 1, scaleGradByFreq: true })
      .sum()
      .backward();
    const [first, second, third] = weight.detach().toArraySync() as number[][];
    expect(first?.map((v) => Math.round(v * 1e4))).toEqual([6000, 8000]);
    expect([second?.[1], third]).toEqual([Math.fround(0.4), [6, 8]]);
    expect(weight.grad?.toArraySync()).toEqual([
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
  });
});
