/** @file Training, evaluation and prediction: what is computed, from which data, and what misuse says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ndarray from "ndarray";
import { load, manualSeed, randn, save, type Tensor, tensor } from "tapegrad";
import { DataLoader, TensorDataset } from "tapegrad/data";
import * as keras from "tapegrad/keras";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import "../../src/entry/testing.ts";

const { callbacks, layers, Sequential } = keras;

beforeEach(() => manualSeed(3));
afterEach(() => vi.restoreAllMocks());

/** One weight w: the output is w · x. */
function line(w = 0): keras.Sequential {
  const model = new Sequential([layers.Dense(1, { useBias: false, inputShape: [1] })]);
  model.setWeights([[[w]]]);
  return model;
}

const weightOf = (model: keras.Sequential): number => model.getWeights()[0]?.itemSync() as number;

const quiet = { verbose: 0 } as const;

describe("fit", () => {
  test("makes the steps that the formulas say, and reports the means of their losses", async () => {
    // Loss (w·x − y)², gradient 2·x·(w·x − y), learning rate 0.1, one sample a step.
    const model = line();
    model.compile({ optimizer: keras.optimizers.SGD({ learningRate: 0.1 }), loss: "mse", metrics: ["mae"] });
    const history = await model.fit([[1], [2]], [1, 1], { batchSize: 1, epochs: 2, shuffle: false, ...quiet });
    let w = 0;
    for (const epoch of [0, 1]) {
      const errors = [1, 2].map((x) => {
        const error = w * x - 1;
        w -= 0.1 * 2 * x * error;
        return error;
      }) as [number, number];
      expect(history.history.loss?.[epoch]).toBeCloseTo((errors[0] ** 2 + errors[1] ** 2) / 2, 6);
      expect(history.history.mae?.[epoch]).toBeCloseTo((Math.abs(errors[0]) + Math.abs(errors[1])) / 2, 6);
    }
    expect(weightOf(model)).toBeCloseTo(w, 6);
    expect(history.epoch).toEqual([0, 1]);
    expect(history.params).toEqual({ epochs: 2, steps: 2, verbose: 0 });
  });

  test("weighs the last, smaller batch by its samples", async () => {
    const model = line(1);
    model.compile({ optimizer: keras.optimizers.SGD({ learningRate: 0 }), loss: "mse" });
    const history = await model.fit([[1], [2], [3]], [0, 0, 0], { batchSize: 2, shuffle: false, ...quiet });
    expect(history.history.loss?.[0]).toBeCloseTo((1 + 4 + 9) / 3, 5);
  });

  test("learns, with any optimizer", async () => {
    const x = randn(64, 2);
    const y = x.select(1, 0).mul(2).sub(x.select(1, 1)).unsqueeze(1);
    for (const optimizer of ["sgd", "rmsprop", "adam", "nadam", "adamax"] as const) {
      const model = new Sequential([layers.Dense(1)]);
      model.compile({ optimizer, loss: "mse" });
      model.optimizer.learningRate = 0.05;
      const history = await model.fit(x, y, { epochs: 60, batchSize: 16, ...quiet });
      expect(history.history.loss?.at(-1), optimizer).toBeLessThan(0.05);
    }
  });

  test("gives the same numbers for the same seed", async () => {
    const run = async () => {
      manualSeed(5);
      const model = new Sequential([
        layers.Dense(4, { activation: "relu", inputShape: [2] }),
        layers.Dropout(0.2),
        layers.Dense(1),
      ]);
      model.compile({ optimizer: "adam", loss: "mse" });
      return (await model.fit(randn(20, 2), randn(20, 1), { epochs: 2, batchSize: 8, ...quiet })).history.loss;
    };
    expect(await run()).toEqual(await run());
  });

  test("builds a model that waits for its data, and goes on where it was", async () => {
    const model = new Sequential([layers.Dense(2), layers.Dense(1)]);
    model.compile({ optimizer: "adam", loss: "mse" });
    expect(() => model.summary()).toThrow(/has not yet been built/);
    await model.fit(randn(8, 3), randn(8, 1), quiet);
    expect(model.inputShape).toEqual([null, 3]);
    const before = model.getWeights();
    await model.fit(randn(8, 3), randn(8, 1), { epochs: 3, initialEpoch: 2, ...quiet });
    expect(model.getWeights()[0]?.equal(before[0] as Tensor)).toBe(false);
  });

  test("shuffles the samples unless it is told not to", async () => {
    const seen = async (shuffle: boolean): Promise<number[]> => {
      const order: number[] = [];
      const model = line();
      const loss = (y: Tensor, p: Tensor): Tensor => {
        order.push(...(y.flatten().toArraySync() as number[]));
        return p.sub(y).square().mean(-1);
      };
      model.compile({ optimizer: "sgd", loss });
      const labels = Array.from({ length: 20 }, (_, i) => i);
      await model.fit(
        labels.map((i) => [i / 20]),
        labels,
        { batchSize: 5, shuffle, ...quiet },
      );
      return order;
    };
    const sorted = Array.from({ length: 20 }, (_, i) => i);
    expect(await seen(false)).toEqual(sorted);
    const shuffled = await seen(true);
    expect(shuffled).not.toEqual(sorted);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(sorted);
  });
});

describe("weights of samples and classes", () => {
  const loss = async (options: keras.FitOptions, y: keras.ArrayData = [0, 1, 1]): Promise<number | undefined> => {
    const model = line(1);
    model.compile({ optimizer: keras.optimizers.SGD({ learningRate: 0 }), loss: (_, p) => p.square().mean(-1) });
    return (await model.fit([[1], [2], [3]], y, { ...quiet, ...options })).history.loss?.[0];
  };

  test("multiply the losses, divided by the number of samples", async () => {
    expect(await loss({ sampleWeight: [1, 2, 0] })).toBeCloseTo((1 + 8) / 3, 5);
    expect(await loss({ classWeight: { 0: 3, 1: 0.5 } })).toBeCloseTo((3 + 2 + 4.5) / 3, 5);
    expect(await loss({ classWeight: { 0: 3, 1: 0.5 }, sampleWeight: [1, 2, 0] })).toBeCloseTo((3 + 4) / 3, 5);
    expect(
      await loss({ classWeight: { 0: 3, 1: 0.5 } }, [
        [1, 0],
        [0, 1],
        [0, 1],
      ]),
    ).toBeCloseTo((3 + 2 + 4.5) / 3, 5);
  });

  test("must be complete", async () => {
    await expect(loss({ classWeight: { 1: 2 } })).rejects.toThrow(/keys from 0 to one less than the number of classes/);
  });
});

describe("data", () => {
  const x = [[1], [2], [3], [4]];
  const y = [2, 4, 6, 8];
  const dataset = new TensorDataset(tensor(x), tensor(y));
  const loader = new DataLoader(dataset, { batchSize: 2 });

  test.each<[string, () => [unknown, unknown?]]>([
    ["nested arrays", () => [x, y]],
    ["tensors", () => [tensor(x), tensor(y)]],
    ["typed arrays", () => [new Float32Array([1, 2, 3, 4]), new Float32Array(y)]],
    ["bytes", () => [tensor(new Uint8Array([1, 2, 3, 4])).reshape(4, 1), new Uint8Array(y)]],
    ["ndarrays", () => [ndarray(new Float32Array([1, 2, 3, 4]), [4, 1]), ndarray(new Float64Array(y), [4])]],
    ["a dataset", () => [dataset]],
    ["a loader", () => [loader]],
    ["batches with weights", () => [[...loader].map(([a, b]) => [a, b, [1, 1]]).values()]],
    [
      "an asynchronous generator",
      () => [
        (async function* () {
          yield* loader;
        })(),
      ],
    ],
  ])("may be %s", async (_, make) => {
    const model = line(1);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const [data, labels] = make();
    const result =
      labels === undefined
        ? model.evaluate(data as never, quiet)
        : model.evaluate(data as never, labels as never, quiet);
    expect((await result)[0]).toBeCloseTo((1 + 4 + 9 + 16) / 4, 5);
  });

  test("may go on from epoch to epoch, as a generator that never ends", async () => {
    const counts: number[] = [];
    function* forever(): Generator<[number[][], number[]]> {
      for (let i = 0; ; i++) {
        counts.push(i);
        yield [[[1]], [2]];
      }
    }
    const model = line();
    model.compile({ optimizer: "sgd", loss: "mse" });
    const history = await model.fit(forever(), { epochs: 3, stepsPerEpoch: 2, ...quiet });
    expect(counts).toEqual([0, 1, 2, 3, 4, 5]);
    expect(history.epoch).toEqual([0, 1, 2]);
  });

  test("for validation is the end of the samples, or given", async () => {
    const model = line(1);
    model.compile({ optimizer: keras.optimizers.SGD({ learningRate: 0 }), loss: "mse" });
    const split = await model.fit(x, y, { validationSplit: 0.5, ...quiet });
    expect(split.history.loss?.[0]).toBeCloseTo((1 + 4) / 2, 5);
    expect(split.history.val_loss?.[0]).toBeCloseTo((9 + 16) / 2, 5);
    const given = await model.fit(x, y, { validationData: [[[5]], [0]], epochs: 2, validationFreq: 2, ...quiet });
    expect(given.history.val_loss).toEqual([25]);
    const loaded = await model.fit(loader, { validationData: dataset, ...quiet });
    expect(loaded.history.val_loss?.[0]).toBeCloseTo((1 + 4 + 9 + 16) / 4, 5);
  });
});

test("evaluate gives the loss and the metrics, as a list or by name", async () => {
  const model = line(1);
  model.compile({ loss: "mse", metrics: ["mae", "mse"] });
  expect(await model.evaluate([[1], [3]], [0, 0], quiet)).toEqual([5, 2, 5]);
  expect(await model.evaluate([[1], [3]], [0, 0], { returnDict: true, ...quiet })).toEqual({ loss: 5, mae: 2, mse: 5 });
  expect(await model.evaluate([[1], [3]], [0, 0], { steps: 1, batchSize: 1, ...quiet })).toEqual([1, 1, 1]);
});

test("predict gives the outputs of all batches, without gradients and in evaluation mode", async () => {
  const model = new Sequential([layers.Dropout(0.9, { inputShape: [2] }), layers.Dense(3)]);
  const x = randn(10, 2);
  const whole = await model.predict(x, { batchSize: 10 });
  expect(whole.requiresGrad).toBe(false);
  expect(await model.predict(x, { batchSize: 3 })).toBeCloseToTensor(whole);
  expect(await model.predict(new DataLoader(new TensorDataset(x), { batchSize: 4 }))).toBeCloseToTensor(whole);
  expect((await model.predict(x, { batchSize: 3, steps: 2 })).shape).toEqual([6, 3]);
});

test("a frozen layer does not change", async () => {
  const model = new Sequential([layers.Dense(2, { trainable: false, inputShape: [2] }), layers.Dense(1)]);
  model.compile({ optimizer: "adam", loss: "mse" });
  const before = model.getWeights();
  await model.fit(randn(8, 2), randn(8, 1), { epochs: 2, ...quiet });
  const after = model.getWeights();
  expect(before.map((weight, i) => weight.equal(after[i] as Tensor))).toEqual([true, true, false, false]);
});

describe("callbacks", () => {
  /** Fits a model whose loss in each epoch is given. */
  async function withLosses(losses: readonly number[], list: keras.callbacks.Callback[], model = line(1)) {
    let epoch = -1;
    const set = callbacks.LambdaCallback({
      onEpochBegin: () => {
        epoch++;
      },
    });
    model.compile({
      optimizer: "sgd",
      loss: (_, p) =>
        p
          .mul(0)
          .add(losses[epoch] as number)
          .mean(-1),
    });
    return model.fit([[1]], [1], { epochs: losses.length, callbacks: [set, ...list], ...quiet });
  }

  test("are called in Keras's order", async () => {
    const called: string[] = [];
    class Spy extends callbacks.Callback {
      override onTrainBegin = () => void called.push("train begin");
      override onTrainEnd = () => void called.push("train end");
      override onEpochBegin = (epoch: number) => void called.push(`epoch ${epoch} begin`);
      override onEpochEnd = async (epoch: number, logs: keras.Logs) =>
        void called.push(`epoch ${epoch} end ${Object.keys(logs)}`);
      override onTrainBatchBegin = (batch: number) => void called.push(`batch ${batch} begin`);
      override onTrainBatchEnd = (batch: number, logs: keras.Logs) =>
        void called.push(`batch ${batch} end ${Object.keys(logs)}`);
      override onTestBegin = () => void called.push("test begin");
      override onTestEnd = () => void called.push("test end");
    }
    const model = line();
    model.compile({ optimizer: "sgd", loss: "mse" });
    await model.fit([[1], [2]], [1, 2], {
      batchSize: 1,
      validationData: [[[1]], [1]],
      callbacks: [new Spy()],
      ...quiet,
    });
    expect(called).toEqual([
      "train begin",
      "epoch 0 begin",
      "batch 0 begin",
      "batch 0 end loss",
      "batch 1 begin",
      "batch 1 end loss",
      "test begin",
      "test end",
      "epoch 0 end loss,val_loss",
      "train end",
    ]);
  });

  test("EarlyStopping stops after patience, and restores the best weights", async () => {
    const model = line(1);
    const weights: number[] = [];
    const move = callbacks.LambdaCallback({
      onEpochEnd: (epoch) => {
        weights.push(weightOf(model));
        model.setWeights([[[epoch + 10]]]);
      },
    });
    const stop = callbacks.EarlyStopping({ monitor: "loss", patience: 2, restoreBestWeights: true });
    const history = await withLosses([5, 3, 4, 3.5, 1], [stop, move], model);
    expect(history.epoch).toEqual([0, 1, 2, 3]);
    expect(stop.stoppedEpoch).toBe(3);
    expect(weightOf(model)).toBe(weights[1]);
  });

  test("EarlyStopping knows what should rise, minDelta and baseline", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const stop = callbacks.EarlyStopping({ monitor: "loss", minDelta: 1, patience: 1, verbose: 1 });
    expect((await withLosses([5, 4.5, 1], [stop])).epoch).toEqual([0, 1]);
    expect(log).toHaveBeenCalledWith("Epoch 2: early stopping");
    const rising = callbacks.EarlyStopping({ monitor: "loss", mode: "max", patience: 1 });
    expect((await withLosses([1, 2, 1.5, 3], [rising])).epoch).toEqual([0, 1, 2]);
    const baseline = callbacks.EarlyStopping({ monitor: "loss", baseline: 1, patience: 2 });
    expect((await withLosses([5, 4, 3, 2], [baseline])).epoch).toEqual([0, 1, 2, 3].slice(0, 4));
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await withLosses([1], [callbacks.EarlyStopping()]);
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/`val_loss` which is not available. Available metrics are: loss/),
    );
  });

  test("LearningRateScheduler and ReduceLROnPlateau set the rate", async () => {
    const rates: number[] = [];
    const model = line(1);
    const note = callbacks.LambdaCallback({
      onEpochEnd: () => {
        rates.push(model.optimizer.learningRate);
      },
    });
    await withLosses(
      [1, 1, 1],
      [callbacks.LearningRateScheduler((epoch, rate) => (epoch === 0 ? 0.5 : rate / 2)), note],
      model,
    );
    expect(rates).toEqual([0.5, 0.25, 0.125]);
    rates.length = 0;
    const reduce = callbacks.ReduceLROnPlateau({
      monitor: "loss",
      factor: 0.5,
      patience: 2,
      cooldown: 1,
      minLr: 0.004,
    });
    await withLosses([5, 5, 5, 5, 5, 5, 5], [reduce, note], model);
    // Two epochs without improvement, then one that cools down.
    expect(rates).toEqual([0.01, 0.01, 0.005, 0.005, 0.004, 0.004, 0.004]);
  });
});

describe("files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tapegrad-keras-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const make = () =>
    new Sequential([
      layers.Embedding(10, 4, { inputShape: [6] }),
      layers.LSTM(3, { returnSequences: true }),
      layers.GRU(3),
      layers.BatchNormalization(),
      layers.Dense(2),
    ]);

  test("hold the weights under Keras's names and in Keras's layout, and give them back", async () => {
    const [model, other] = [make(), make()];
    const file = join(folder, "model.safetensors");
    await model.saveWeights(file);
    const saved = await load(file);
    expect(Object.fromEntries(Object.entries(saved).map(([name, weight]) => [name, weight.shape]))).toEqual({
      "embedding/embeddings": [10, 4],
      "lstm/lstm_cell/kernel": [4, 12],
      "lstm/lstm_cell/recurrent_kernel": [3, 12],
      "lstm/lstm_cell/bias": [12],
      "gru/gru_cell/kernel": [3, 9],
      "gru/gru_cell/recurrent_kernel": [3, 9],
      "gru/gru_cell/bias": [2, 9],
      "batch_normalization/gamma": [3],
      "batch_normalization/beta": [3],
      "batch_normalization/moving_mean": [3],
      "batch_normalization/moving_variance": [3],
      "dense/kernel": [3, 2],
      "dense/bias": [2],
    });
    await other.loadWeights(file);
    const x = tensor([[1, 2, 3, 4, 5, 6]]);
    expect(await other.predict(x)).toBeCloseToTensor(await model.predict(x));
  });

  test("of another model are refused, and nothing has changed then", async () => {
    const model = line(1);
    const file = join(folder, "other.safetensors");
    await save({ "dense/kernel": tensor([[1, 2]]) }, file);
    await expect(model.loadWeights(file)).rejects.toThrow(
      /Layer weight shape \(1, 1\) not compatible with provided weight shape \(1, 2\)/,
    );
    await save({ "head/kernel": tensor([[2]]) }, file);
    await expect(model.loadWeights(file)).rejects.toThrow(
      /the file lacks dense\/kernel; the model has no head\/kernel/,
    );
    await expect(model.saveWeights(join(folder, "model.h5"))).rejects.toThrow(/HDF5 files are not available/);
    expect(weightOf(model)).toBe(1);
  });

  test("are written by ModelCheckpoint: each epoch, or the best", async () => {
    const model = line(1);
    model.compile({ optimizer: keras.optimizers.SGD({ learningRate: 0.01 }), loss: "mse" });
    const each = callbacks.ModelCheckpoint(join(folder, "w-{epoch:02d}-{loss:.1f}.safetensors"));
    const best = callbacks.ModelCheckpoint(join(folder, "best.safetensors"), { monitor: "loss", saveBestOnly: true });
    await model.fit([[1]], [3], { epochs: 2, callbacks: [each, best], ...quiet });
    const final = weightOf(model);
    expect((await load(join(folder, "best.safetensors")))["dense/kernel"]?.itemSync()).toBe(final);
    // Losses 4 and (2 − 0.04)² = 3.8416.
    expect((await load(join(folder, "w-01-4.0.safetensors")))["dense/kernel"]?.itemSync()).toBeCloseTo(1.04, 6);
    expect((await load(join(folder, "w-02-3.8.safetensors")))["dense/kernel"]?.itemSync()).toBe(final);
    const wrong = callbacks.ModelCheckpoint(join(folder, "{val_loss}.safetensors"));
    await expect(model.fit([[1]], [3], { callbacks: [wrong], ...quiet })).rejects.toThrow(
      /There is no 'val_loss' in the logs: epoch, loss/,
    );
  });
});

test("summary prints Keras's table", () => {
  const model = new Sequential(
    [
      layers.Flatten({ inputShape: [28, 28] }),
      layers.Dense(512, { activation: "relu" }),
      layers.BatchNormalization(),
      layers.Dense(10, { activation: "softmax", name: "a_name_that_is_longer_than_its_column" }),
    ],
    { name: "sequential" },
  );
  let text = "";
  model.summary({ printFn: (line) => (text += line) });
  // The form of TensorFlow 2.15.
  expect(text.split("\n").map((line) => line.trimEnd())).toEqual([
    'Model: "sequential"',
    "_________________________________________________________________",
    " Layer (type)                Output Shape              Param #",
    "=================================================================",
    " flatten (Flatten)           (None, 784)               0",
    "",
    " dense (Dense)               (None, 512)               401920",
    "",
    " batch_normalization (Batch  (None, 512)               2048",
    " Normalization)",
    "",
    " a_name_that_is_longer_than  (None, 10)                5130",
    " _its_column (Dense)",
    "",
    "=================================================================",
    "Total params: 409098 (1.56 MB)",
    "Trainable params: 408074 (1.56 MB)",
    "Non-trainable params: 1024 (4.00 KB)",
    "_________________________________________________________________",
  ]);
});

describe("misuse says what to do", () => {
  const compiled = (): keras.Sequential => {
    const model = new Sequential([layers.Dense(2, { inputShape: [3] })]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    return model;
  };

  test.each<[string, (model: keras.Sequential) => unknown, RegExp]>([
    ["fit before compile", () => line().fit([[1]], [1]), /You must compile your model before training/],
    ["evaluate before compile", () => line().evaluate([[1]], [1]), /You must compile your model/],
    ["no labels", (model) => model.fit([[1, 2, 3]] as never), /there are no labels: fit\(x, y\)/],
    [
      "labels that are too few",
      (model) => model.fit(randn(4, 3), randn(3, 2)),
      /Data cardinality is ambiguous: x sizes: 4, y sizes: 3/,
    ],
    [
      "samples of another shape",
      (model) => model.fit(randn(4, 5), randn(4, 2)),
      /expected shape=\(None, 3\), found shape=\(None, 5\)/,
    ],
    ["options in place of labels", (model) => model.fit(randn(4, 3), { epochs: 2 } as never), /there are no labels/],
    [
      "an unknown option",
      (model) => model.fit(randn(4, 3), randn(4, 2), { batch_size: 2 } as never),
      /It is called "batchSize" here/,
    ],
    [
      "labels beside a loader",
      (model) => model.fit(new DataLoader(new TensorDataset(randn(4, 3))), randn(4, 2) as never),
      /must not be given with a dataset or a loader/,
    ],
    [
      "a split of a loader",
      (model) => model.fit(new DataLoader(new TensorDataset(randn(4, 3), randn(4, 2))), { validationSplit: 0.5 }),
      /only supported for arrays/,
    ],
    ["an empty array", (model) => model.predict([]), /at least one sample|empty/],
    ["data that is none", (model) => model.predict(5 as never), /x must be a Tensor, nested arrays/],
    [
      "a callback that is none",
      (model) => model.fit(randn(4, 3), randn(4, 2), { callbacks: [{}] as never }),
      /callbacks/,
    ],
    ["no layers", () => new Sequential().predict([[1]]), /has no layers/],
    [
      "no weights",
      (_) => {
        const model = new Sequential([layers.Flatten({ inputShape: [2] })]);
        model.compile({ loss: "mse" });
        return model.fit(randn(4, 2), randn(4, 2), quiet);
      },
      /has no weights to train/,
    ],
    [
      "other weights",
      (model) => Promise.resolve().then(() => model.setWeights([[1]])),
      /with a list of 1 weights, but it was expecting 2: dense\/kernel, dense\/bias/,
    ],
  ])("%s", async (_, misuse, message) => {
    await expect(Promise.resolve().then(() => misuse(compiled()))).rejects.toThrow(message);
  });
});
