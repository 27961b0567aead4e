/** @file Keras's layers against its formulas in float64. */
import { manualSeed, nn, randn, type Tensor, tensor } from "tapegrad";
import * as keras from "tapegrad/keras";
import { beforeEach, describe, expect, test } from "vitest";
import "../../src/entry/testing.ts";
import { affine, conv2d, gru, type Image, lstm, type Matrix, pool2d } from "./reference.ts";

const { layers, Sequential } = keras;

beforeEach(() => manualSeed(7));

const nested = <T>(t: Tensor | undefined): T => (t as Tensor).toArraySync() as T;

/** A model of one layer, with weights that are no special values. */
function modelOf(layer: keras.layers.Layer): keras.Sequential {
  const model = new Sequential([layer]);
  model.setWeights(model.getWeights().map((weight) => randn(weight.shape).abs().add(0.1).mul(0.5)));
  return model;
}

describe("Dense", () => {
  test("is activation(x · kernel + bias), with a kernel (inputs, units)", async () => {
    const model = modelOf(layers.Dense(3, { activation: "tanh", inputShape: [4] }));
    const x = randn(5, 4);
    const [kernel, bias] = model.getWeights();
    const expected = nested<Matrix>(x).map((row) => affine(row, nested(kernel), nested(bias)).map(Math.tanh));
    expect(kernel?.shape).toEqual([4, 3]);
    expect(await model.predict(x)).toBeCloseToTensor(tensor(expected));
  });

  test("works on the last of many dimensions, and without a bias", async () => {
    const model = modelOf(layers.Dense(2, { useBias: false, inputShape: [3, 4] }));
    expect(model.outputShape).toEqual([null, 3, 2]);
    expect((await model.predict(randn(5, 3, 4))).shape).toEqual([5, 3, 2]);
    expect(model.weightNames()).toEqual(["dense/kernel"]);
  });

  test("begins with glorot_uniform and zeros", () => {
    const model = new Sequential([layers.Dense(200, { inputShape: [100] })]);
    const [kernel, bias] = model.getWeights();
    const limit = Math.sqrt(6 / 300);
    expect(kernel?.abs().max().itemSync()).toBeLessThanOrEqual(limit);
    expect(kernel?.abs().max().itemSync()).toBeGreaterThan(0.99 * limit);
    // The standard deviation of a uniform distribution is limit/√3.
    expect(kernel?.std().itemSync()).toBeCloseTo(limit / Math.sqrt(3), 3);
    expect(bias?.eq(0).all().itemSync()).toBe(true);
  });

  test.each([
    ["he_normal", Math.sqrt(2 / 100), 2 / 0.8796256610342398],
    ["lecun_normal", Math.sqrt(1 / 100), 2 / 0.8796256610342398],
    ["glorot_normal", Math.sqrt(2 / 300), 2 / 0.8796256610342398],
    ["he_uniform", Math.sqrt(2 / 100), Math.sqrt(3)],
  ] as const)("with %s has its standard deviation and bound", (kernelInitializer, std, bound) => {
    const model = new Sequential([layers.Dense(200, { kernelInitializer, inputShape: [100] })]);
    const [kernel] = model.getWeights();
    expect((kernel?.std().itemSync() as number) / std).toBeCloseTo(1, 1);
    expect(kernel?.abs().max().itemSync()).toBeLessThanOrEqual(std * bound + 1e-6);
  });
});

describe.each([
  ["valid", 1],
  ["same", 1],
  ["same", 2],
  ["valid", 2],
] as const)("images with padding %s and stride %i", (padding, strides) => {
  const windows = (size: [number, number], stride: number) =>
    ({ size, stride: [stride, stride], same: padding === "same" }) as const;
  const images = (): Tensor => randn(2, 7, 6, 3);

  test("are convolved with a kernel (rows, columns, channels, filters)", async () => {
    const model = modelOf(layers.Conv2D(4, [3, 2], { padding, strides, inputShape: [7, 6, 3] }));
    const x = images();
    const [kernel, bias] = model.getWeights();
    const expected = nested<Image[]>(x).map((image) =>
      conv2d(image, nested(kernel), nested(bias), windows([3, 2], strides)),
    );
    expect(kernel?.shape).toEqual([3, 2, 3, 4]);
    const result = await model.predict(x);
    expect(result).toBeCloseToTensor(tensor(expected), { rtol: 1e-4, atol: 1e-5 });
    expect(result.shape.slice(1)).toEqual(model.outputShape?.slice(1));
  });

  test.each([
    ["MaxPooling2D", (values: number[]) => Math.max(...values)],
    ["AveragePooling2D", (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length],
  ] as const)("go through %s", async (name, reduce) => {
    const model = new Sequential([layers[name]([3, 2], { padding, strides, inputShape: [7, 6, 3] })]);
    const x = images();
    const expected = nested<Image[]>(x).map((image) => pool2d(image, windows([3, 2], strides), reduce));
    const result = await model.predict(x);
    expect(result).toBeCloseToTensor(tensor(expected));
    expect(result.shape.slice(1)).toEqual(model.outputShape?.slice(1));
  });

  test("with channels first give the same numbers", async () => {
    const last = modelOf(layers.Conv2D(4, 3, { padding, strides, activation: "relu", inputShape: [7, 6, 3] }));
    const first = new Sequential([
      layers.Conv2D(4, 3, {
        padding,
        strides,
        activation: "relu",
        dataFormat: "channels_first",
        inputShape: [3, 7, 6],
      }),
    ]);
    first.setWeights(last.getWeights());
    const x = images();
    const expected = (await last.predict(x)).permute(0, 3, 1, 2);
    expect(await first.predict(x.permute(0, 3, 1, 2))).toBeCloseToTensor(expected);
  });
});

test("GlobalAveragePooling2D is the mean of each channel; Flatten keeps Keras's order", async () => {
  const x = randn(2, 3, 4, 5);
  const pool = new Sequential([layers.GlobalAveragePooling2D({ inputShape: [3, 4, 5] })]);
  expect(await pool.predict(x)).toBeCloseToTensor(x.mean([1, 2]));
  const conv = modelOf(layers.Conv2D(2, 1, { inputShape: [3, 4, 5] }));
  const flat = new Sequential([...conv.layers, layers.Flatten()]);
  expect(await flat.predict(x)).toBeCloseToTensor((await conv.predict(x)).contiguous().reshape(2, -1));
});

test("a softmax over channels of images works on the last dimension", async () => {
  const model = modelOf(layers.Conv2D(3, 1, { activation: "softmax", inputShape: [2, 2, 3] }));
  const sums = (await model.predict(randn(2, 2, 2, 3))).sum(-1);
  expect(sums).toBeCloseToTensor(sums.mul(0).add(1));
});

describe("BatchNormalization", () => {
  const EPSILON = 1e-3;

  test("normalizes by the batch in training, by moving averages otherwise", async () => {
    const layer = layers.BatchNormalization({ inputShape: [3], momentum: 0.9 });
    const model = new Sequential([layer]);
    const x = randn(8, 3).mul(2).add(1);
    model.module.train();
    const trained = model.module.forward(x);
    const mean = x.double().mean(0);
    const variance = x.double().sub(mean).square().mean(0);
    expect(trained.double()).toBeCloseToTensor(x.double().sub(mean).div(variance.add(EPSILON).sqrt()), {
      rtol: 1e-4,
      atol: 1e-5,
    });
    const [, , movingMean, movingVariance] = model.getWeights();
    expect(movingMean?.double()).toBeCloseToTensor(mean.mul(0.1), { rtol: 1e-4, atol: 1e-6 });
    // Keras's moving variance is that of the batch, without PyTorch's correction by n/(n − 1).
    expect(movingVariance?.double()).toBeCloseToTensor(variance.mul(0.1).add(0.9), { rtol: 1e-4, atol: 1e-6 });
    model.module.eval();
    const expected = x
      .double()
      .sub(mean.mul(0.1))
      .div(
        variance
          .mul(0.1)
          .add(0.9 + EPSILON)
          .sqrt(),
      );
    expect((await model.predict(x)).double()).toBeCloseToTensor(expected, { rtol: 1e-4, atol: 1e-5 });
  });

  test("takes the channels of images, and a batch of a single sample", () => {
    const model = new Sequential([layers.BatchNormalization({ inputShape: [4, 4, 3] })]);
    model.module.train();
    const x = randn(2, 4, 4, 3).add(5);
    expect(model.module.forward(x).mean([0, 1, 2]).abs().max().itemSync()).toBeLessThan(1e-5);
    const single = new Sequential([layers.BatchNormalization({ inputShape: [3] })]);
    single.module.train();
    expect(single.module.forward(tensor([[1, 2, 3]]))).toBeCloseToTensor(tensor([[0, 0, 0]]));
    expect(single.getWeights()[2]).toBeCloseToTensor(tensor([0.01, 0.02, 0.03]));
  });

  test("uses the moving averages when it is frozen", () => {
    const layer = layers.BatchNormalization({ inputShape: [2], trainable: false });
    const model = new Sequential([layer]);
    model.module.train();
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(model.module.forward(x)).toBeCloseToTensor(x.div(Math.sqrt(1 + EPSILON)));
    expect(model.module.parameters().every((parameter) => !parameter.requiresGrad)).toBe(true);
  });
});

test("LayerNormalization normalizes the last dimension with epsilon 1e-3", async () => {
  const model = new Sequential([layers.LayerNormalization({ inputShape: [3, 4] })]);
  const x = randn(2, 3, 4);
  const mean = x.mean(-1, true);
  const variance = x.sub(mean).square().mean(-1, true);
  expect(await model.predict(x)).toBeCloseToTensor(x.sub(mean).div(variance.add(1e-3).sqrt()), {
    rtol: 1e-4,
    atol: 1e-5,
  });
});

describe("recurrent layers", () => {
  const x = (): Tensor => randn(2, 5, 3);

  test("LSTM has Keras's gates, one bias, and a forget gate that begins open", async () => {
    const model = new Sequential([layers.LSTM(4, { returnSequences: true, inputShape: [5, 3] })]);
    expect(nested(model.getWeights()[2])).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    model.setWeights(model.getWeights().map((weight) => randn(weight.shape)));
    const [kernel, recurrent, bias] = model.getWeights();
    expect([kernel, recurrent, bias].map((weight) => weight?.shape)).toEqual([[3, 16], [4, 16], [16]]);
    const input = x();
    const expected = nested<Matrix[]>(input).map((s) => lstm(s, nested(kernel), nested(recurrent), nested(bias)));
    expect(await model.predict(input)).toBeCloseToTensor(tensor(expected), { rtol: 1e-4, atol: 1e-5 });
  });

  test("GRU has Keras's gates, and both biases in one weight", async () => {
    const model = modelOf(layers.GRU(4, { inputShape: [5, 3] }));
    const [kernel, recurrent, bias] = model.getWeights();
    expect([kernel, recurrent, bias].map((weight) => weight?.shape)).toEqual([
      [3, 12],
      [4, 12],
      [2, 12],
    ]);
    const input = x();
    const expected = nested<Matrix[]>(input).map(
      (s) => gru(s, nested(kernel), nested(recurrent), nested(bias)).at(-1) as number[],
    );
    expect(await model.predict(input)).toBeCloseToTensor(tensor(expected), { rtol: 1e-4, atol: 1e-5 });
  });

  test("read from the end with goBackwards", async () => {
    const forward = modelOf(layers.LSTM(4, { inputShape: [5, 3] }));
    const backward = new Sequential([layers.LSTM(4, { goBackwards: true, inputShape: [5, 3] })]);
    backward.setWeights(forward.getWeights());
    const input = x();
    expect(await backward.predict(input.flip(1))).toBeCloseToTensor(await forward.predict(input));
  });

  test("begin with an orthogonal recurrent kernel", () => {
    const model = new Sequential([layers.LSTM(6, { inputShape: [5, 3] })]);
    const recurrent = model.getWeights()[1] as Tensor;
    const product = recurrent.matmul(recurrent.transpose(0, 1));
    expect(product).toBeCloseToTensor(
      tensor(Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => Number(i === j)))),
      { atol: 1e-5 },
    );
  });

  test("drop the same features of all steps", () => {
    const model = new Sequential([layers.LSTM(2, { dropout: 0.5, inputShape: [5, 3] })]);
    const layer = model.layers[0] as unknown as { run(x: Tensor): Tensor };
    let seen: Tensor | undefined;
    const run = layer.run.bind(layer);
    layer.run = (input) => {
      seen = input;
      return run(input);
    };
    model.module.train();
    model.module.forward(tensor(new Float32Array(30).fill(1)).reshape(2, 5, 3));
    const steps = nested<number[][][]>(seen);
    for (const sample of steps) for (const step of sample) expect(step).toEqual(sample[0]);
    expect(new Set(steps.flat(2)).size).toBeLessThanOrEqual(2);
  });
});

test("Embedding looks rows up, for integers of any dtype", async () => {
  const model = new Sequential([layers.Embedding(10, 3, { inputShape: [2] })]);
  const [embeddings] = model.getWeights();
  expect(embeddings?.abs().max().itemSync()).toBeLessThanOrEqual(0.05);
  const expected = embeddings?.indexSelect(0, tensor([3, 1], { dtype: "int32" })).unsqueeze(0) as Tensor;
  expect(await model.predict([[3, 1]])).toBeCloseToTensor(expected);
  expect(await model.predict(tensor(new Uint8Array([3, 1])).reshape(1, 2))).toBeCloseToTensor(expected);
});

test("Dropout zeroes in training only; Rescaling and Reshape do what they say", async () => {
  const model = new Sequential([layers.Dropout(0.5, { inputShape: [1000] })]);
  const ones = [new Array<number>(1000).fill(1)];
  expect((await model.predict(ones)).eq(1).all().itemSync()).toBe(true);
  model.module.train();
  const kept = model.module.forward(tensor(ones)).ne(0);
  expect(kept.float().mean().itemSync()).toBeCloseTo(0.5, 1);
  const other = new Sequential([layers.Rescaling(2, 1, { inputShape: [6] }), layers.Reshape([3, -1])]);
  expect(await other.predict([[0, 1, 2, 3, 4, 5]])).toBeCloseToTensor(
    tensor([
      [
        [1, 3],
        [5, 7],
        [9, 11],
      ],
    ]),
  );
});

test("layers are modules, made with or without new, and numbered within their model", () => {
  const model = new Sequential([
    new layers.Dense(2, { inputShape: [2] }),
    layers.Dense(2),
    layers.Dense(1, { name: "head" }),
  ]);
  expect(model.layers.map(({ name }) => name)).toEqual(["dense", "dense_1", "head"]);
  expect(model.layers[0]).toBeInstanceOf(layers.Dense);
  expect(model.module).toBeInstanceOf(nn.Sequential);
  expect(model.module.namedParameters().map(([name]) => name)[0]).toBe("dense.linear.weight");
  expect(String(model.module)).toContain(
    "(head): Dense(\n    units=1\n    (linear): Linear(in_features=2, out_features=1, bias=True)",
  );
});

describe("a layer that does not fit", () => {
  test.each([
    [
      () => new Sequential([layers.Conv2D(4, 3, { inputShape: [28, 28] })]),
      /expected ndim=4, found ndim=3. Full shape received: \(None, 28, 28\)/,
    ],
    [
      () => new Sequential([layers.Dense(4, { inputShape: [null] })]),
      /The last dimension of the inputs to `Dense` should be defined/,
    ],
    [
      () => new Sequential([layers.MaxPooling2D(4, { inputShape: [2, 2, 1] })]),
      /One of the dimensions in the output is <= 0/,
    ],
    [
      () => new Sequential([layers.Reshape([4], { inputShape: [6] })]),
      /The total size of the tensor must be unchanged/,
    ],
    [() => layers.Dense(0), /units/],
    [
      () => layers.Dense(4, { activation: "rleu" as "relu" }),
      /Unknown activation function: 'rleu'. Did you mean 'relu'/,
    ],
    [() => layers.Dense(4, { kernel_initializer: "zeros" } as object), /It is called "kernelInitializer" here/],
    [() => layers.Dense(4, { unitz: 3 } as object), /unknown option "unitz". Expected units, activation/],
    [() => layers.Dropout(1), /rate/],
    [() => layers.LSTM(4, { activation: "relu" } as object), /activation/],
    [() => new Sequential([layers.Dense as never]), /Call it: layers.Flatten\(\)/],
    [() => new Sequential([new nn.Linear(2, 2) as never]), /Layers of nn belong to nn.Sequential/],
    [
      () => new Sequential([layers.Dense(2, { name: "a" }), layers.Dense(2, { name: "a" })]),
      /should have unique names/,
    ],
  ])("is refused: %#", (make, message) => {
    expect(make).toThrow(message);
  });
});
