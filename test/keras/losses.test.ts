/** @file Keras's losses and metrics against its formulas in float64. */
import { nn, tensor } from "tapegrad";
import * as keras from "tapegrad/keras";
import { describe, expect, test } from "vitest";
import "../../src/entry/testing.ts";

const { layers, losses, Sequential } = keras;

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const Y = [
  [0, 1, 0],
  [1, 0, 0],
];
const P = [
  [0.1, 0.7, 0.2],
  [0.3, 0.3, 0.4],
];
const EPSILON = 1e-7;

/** Keras's loss of one sample. */
const FORMULAS: Record<string, (y: number[], p: number[]) => number> = {
  mean_squared_error: (y, p) => mean(y.map((v, i) => (v - (p[i] as number)) ** 2)),
  mean_absolute_error: (y, p) => mean(y.map((v, i) => Math.abs(v - (p[i] as number)))),
  mean_absolute_percentage_error: (y, p) =>
    100 * mean(y.map((v, i) => Math.abs((v - (p[i] as number)) / Math.max(Math.abs(v), EPSILON)))),
  mean_squared_logarithmic_error: (y, p) =>
    mean(y.map((v, i) => (Math.log1p(Math.max(p[i] as number, EPSILON)) - Math.log1p(Math.max(v, EPSILON))) ** 2)),
  binary_crossentropy: (y, p) =>
    -mean(y.map((v, i) => v * Math.log(p[i] as number) + (1 - v) * Math.log(1 - (p[i] as number)))),
  categorical_crossentropy: (y, p) => -sum(y.map((v, i) => v * Math.log((p[i] as number) / sum(p)))),
  huber: (y, p) => mean(y.map((v, i) => 0.5 * (v - (p[i] as number)) ** 2)),
  log_cosh: (y, p) => mean(y.map((v, i) => Math.log(Math.cosh((p[i] as number) - v)))),
  kl_divergence: (y, p) =>
    sum(y.map((v, i) => Math.max(v, EPSILON) * Math.log(Math.max(v, EPSILON) / (p[i] as number)))),
  poisson: (y, p) => mean(y.map((v, i) => (p[i] as number) - v * Math.log((p[i] as number) + EPSILON))),
  hinge: (y, p) => mean(y.map((v, i) => Math.max(0, 1 - (2 * v - 1) * (p[i] as number)))),
  squared_hinge: (y, p) => mean(y.map((v, i) => Math.max(0, 1 - (2 * v - 1) * (p[i] as number)) ** 2)),
  cosine_similarity: (y, p) => -sum(y.map((v, i) => v * (p[i] as number))) / Math.hypot(...y) / Math.hypot(...p),
};

/** A model that gives back what it gets. */
function identity(options: Omit<keras.CompileOptions, "optimizer">, shape = [3]): keras.Sequential {
  const model = new Sequential([layers.Activation("linear", { inputShape: shape })]);
  model.compile(options);
  return model;
}

describe.each(Object.entries(FORMULAS))("%s", (name, formula) => {
  const each = Y.map((y, i) => formula(y, P[i] as number[]));

  test("is the mean over samples", async () => {
    const [value] = await identity({ loss: name as "mse" }).evaluate(P, Y, { verbose: 0 });
    expect((value as number) / mean(each)).toBeCloseTo(1, 5);
  });

  test("with weights is their sum of products over the number of samples", async () => {
    const [value] = await identity({ loss: name as "mse" }).evaluate(P, Y, { sampleWeight: [2, 0.5], verbose: 0 });
    expect((value as number) / ((2 * (each[0] as number) + 0.5 * (each[1] as number)) / 2)).toBeCloseTo(1, 5);
  });
});

describe("sparse_categorical_crossentropy", () => {
  test.each([[[1, 0]], [[[1], [0]]]])("takes labels %j", async (labels) => {
    const expected = mean([-Math.log(0.7), -Math.log(0.3)]);
    const [value] = await identity({ loss: "sparse_categorical_crossentropy" }).evaluate(P, labels, { verbose: 0 });
    expect(value).toBeCloseTo(expected, 5);
  });

  test("of a softmax does not overflow, and has a gradient far from the label", async () => {
    const model = new Sequential([layers.Activation("softmax", { inputShape: [2] })]);
    model.compile({ loss: "sparse_categorical_crossentropy" });
    const [value] = await model.evaluate([[1000, 0]], [1], { verbose: 0 });
    expect(value).toBe(1000);
    const x = tensor([[1000, 0]], { requiresGrad: true });
    const loss = losses.SparseCategoricalCrossentropy();
    loss.compute(tensor([1], { dtype: "int32" }), model.module.forward(x), null).backward();
    expect(x.grad).toBeCloseToTensor(tensor([[1, -1]]));
  });

  test("of a sigmoid and binary_crossentropy do not overflow either", async () => {
    const model = new Sequential([layers.Activation("sigmoid", { inputShape: [1] })]);
    model.compile({ loss: "binary_crossentropy" });
    expect(await model.evaluate([[200]], [0], { verbose: 0 })).toEqual([200]);
  });

  test("takes logits, and sequences of labels", async () => {
    const logits = [
      [
        [1, 2],
        [3, 1],
      ],
    ];
    const value = (a: number, b: number): number => Math.log(Math.exp(a) + Math.exp(b));
    const expected = mean([value(1, 2) - 2, value(3, 1) - 3]);
    const loss = losses.SparseCategoricalCrossentropy({ fromLogits: true });
    const [result] = await identity({ loss }, [2, 2]).evaluate(logits, [[1, 0]], { verbose: 0 });
    expect(result).toBeCloseTo(expected, 5);
  });
});

test("label smoothing moves a share of the labels", async () => {
  const loss = losses.CategoricalCrossentropy({ labelSmoothing: 0.3 });
  const expected = mean(
    Y.map((y, i) =>
      (FORMULAS.categorical_crossentropy as (y: number[], p: number[]) => number)(
        y.map((v) => v * 0.7 + 0.1),
        P[i] as number[],
      ),
    ),
  );
  expect((await identity({ loss }).evaluate(P, Y, { verbose: 0 }))[0]).toBeCloseTo(expected, 5);
});

describe("a loss of nn or of the user's", () => {
  test("is called as it is there", async () => {
    const model = identity({ loss: new nn.CrossEntropyLoss() });
    const value = (await model.evaluate([[1, 2, 3]], [2], { verbose: 0 }))[0];
    expect(value).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 3, 5);
    const [own] = await identity({ loss: (y, p) => p.sub(y).abs().sum(-1) }).evaluate(P, Y, { verbose: 0 });
    expect(own).toBeCloseTo(mean(Y.map((y, i) => sum(y.map((v, j) => Math.abs(v - (P[i]?.[j] as number)))))), 5);
  });

  test("with weights needs a number for each sample", async () => {
    const model = identity({ loss: new nn.MSELoss() });
    await expect(model.evaluate(P, Y, { sampleWeight: [1, 2], verbose: 0 })).rejects.toThrow(/reduction: "none"/);
    const each = identity({ loss: new nn.L1Loss({ reduction: "none" }) }, [1]);
    expect((await each.evaluate([[1], [3]], [0, 0], { sampleWeight: [1, 2], verbose: 0 }))[0]).toBeCloseTo(3.5, 5);
  });
});

describe("metrics", () => {
  const value = async (
    metric: keras.metrics.MetricLike,
    p: readonly (readonly number[])[],
    y: readonly unknown[],
    options: { batchSize?: number; sampleWeight?: number[]; weighted?: boolean } = {},
  ): Promise<number> => {
    const { weighted = false, ...rest } = options;
    const metrics = weighted ? { weightedMetrics: [metric] } : { metrics: [metric] };
    const model = identity({ loss: (_, pred) => pred.mul(0).sum(-1), ...metrics }, [p[0]?.length ?? 1]);
    const [, result] = await model.evaluate(p as number[][], y as number[], { verbose: 0, ...rest });
    return result as number;
  };
  const scores = [[0.9], [0.6], [0.4], [0.2], [0.7], [0.3]];
  const labels = [1, 0, 1, 0, 1, 0];

  test("accuracy is the one that outputs and labels call for", async () => {
    expect(await value("accuracy", scores, labels)).toBeCloseTo(4 / 6, 6);
    expect(await value("accuracy", P, [1, 0])).toBe(0.5);
    expect(await value("accuracy", P, [[1], [2]])).toBe(1);
    expect(await value("accuracy", P, Y)).toBe(0.5);
  });

  test("binary, categorical and sparse accuracy", async () => {
    expect(await value("binary_accuracy", scores, labels, { batchSize: 4 })).toBeCloseTo(4 / 6, 6);
    expect(await value(keras.metrics.BinaryAccuracy({ threshold: 0.65 }), scores, labels)).toBeCloseTo(5 / 6, 6);
    expect(await value("categorical_accuracy", P, Y)).toBe(0.5);
    expect(await value("sparse_categorical_accuracy", P, [1, 2])).toBe(1);
  });

  test("top k", async () => {
    const four = [
      [0.1, 0.2, 0.3, 0.4],
      [0.4, 0.3, 0.2, 0.1],
    ];
    expect(await value(keras.metrics.TopKCategoricalAccuracy({ k: 2 }), four, [2, 2])).toBe(0.5);
    expect(
      await value(keras.metrics.TopKCategoricalAccuracy({ k: 3 }), four, [
        [0, 0, 1, 0],
        [0, 0, 1, 0],
      ]),
    ).toBe(1);
    expect(await value("top_k", four, [0, 3])).toBe(1);
  });

  test("errors, over batches of different sizes", async () => {
    const p = [[1], [2], [4]];
    expect(await value("mae", p, [0, 0, 0], { batchSize: 2 })).toBeCloseTo(7 / 3, 6);
    expect(await value("mse", p, [0, 0, 0], { batchSize: 2 })).toBeCloseTo(21 / 3, 6);
    expect(await value("rmse", p, [0, 0, 0], { batchSize: 2 })).toBeCloseTo(Math.sqrt(7), 6);
  });

  test("precision and recall, with and without weights", async () => {
    // Above 0.5: 0.9 (1), 0.6 (0), 0.7 (1); labels 1: 0.9, 0.4, 0.7.
    expect(await value("precision", scores, labels, { batchSize: 4 })).toBeCloseTo(2 / 3, 6);
    expect(await value("recall", scores, labels)).toBeCloseTo(2 / 3, 6);
    const sampleWeight = [1, 2, 3, 1, 1, 1];
    expect(await value("precision", scores, labels, { sampleWeight })).toBeCloseTo(2 / 3, 6);
    expect(await value("precision", scores, labels, { sampleWeight, weighted: true })).toBeCloseTo(2 / 4, 6);
    expect(await value("recall", scores, labels, { sampleWeight, weighted: true })).toBeCloseTo(2 / 5, 6);
    expect(await value("precision", [[0.1]], [1])).toBe(0);
  });

  test("the area under the ROC curve is the share of pairs in the right order", async () => {
    const n = 60;
    const p = Array.from({ length: n }, (_, i) => [((i * 37) % n) / n + 0.001]);
    const y = p.map(([score = 0], i) => Number(score * 0.6 + (((i * 17) % n) / n) * 0.4 > 0.5));
    let right = 0;
    let pairs = 0;
    for (const [i, [a = 0]] of p.entries())
      for (const [j, [b = 0]] of p.entries()) {
        if (y[i] !== 1 || y[j] !== 0) continue;
        pairs++;
        right += a > b ? 1 : a === b ? 0.5 : 0;
      }
    expect(await value("auc", p, y, { batchSize: 7 })).toBeCloseTo(right / pairs, 2);
  });

  test("the area under precision and recall at the thresholds is Keras's interpolation", async () => {
    const p = [[0], [0.5], [0.3], [0.9]];
    const y = [0, 0, 1, 1];
    // The example of Keras's documentation for 3 thresholds: −ε, 0.5, 1 + ε, with curve ROC it is 0.75.
    expect(await value(keras.metrics.AUC({ numThresholds: 3 }), p, y)).toBeCloseTo(0.75, 6);
    // tp = [2, 1, 0], fp = [2, 0, 0]: from recall 1 to 1/2 with slope 1/3, then 1/2 with precision 1.
    const slope = 1 / 3;
    const intercept = 1 - slope * 1;
    const expected = (slope * (1 + intercept * Math.log(4 / 1)) + 1) / 2;
    expect(await value(keras.metrics.AUC({ numThresholds: 3, curve: "PR" }), p, y)).toBeCloseTo(expected, 6);
  });

  test("a function of the user's", async () => {
    const worst = (y: import("tapegrad").Tensor, p: import("tapegrad").Tensor) => p.sub(y).abs().amax(-1);
    expect(await value(worst, P, Y)).toBeCloseTo(mean([0.3, 0.7]), 6);
  });
});

describe("what does not fit says what to do", () => {
  test.each([
    ["sparse_categorical_crossentropy", Y, /look like one-hot labels: use "categorical_crossentropy"/],
    ["categorical_crossentropy", [1, 0], /need "sparse_categorical_crossentropy".*toCategorical\(y, 3\)/],
    [
      "mse",
      [
        [1, 2],
        [3, 4],
      ],
      /Shapes \(None, 2\) and \(None, 3\) are incompatible/,
    ],
    ["sparse_categorical_crossentropy", [3, 0], /3/],
  ] as const)("%s with labels %j", async (loss, labels, message) => {
    await expect(identity({ loss }).evaluate(P, labels as never, { verbose: 0 })).rejects.toThrow(message);
  });

  test.each([
    [
      { loss: "sparse_categorical_crosentropy" },
      /Unknown loss function: 'sparse_categorical_crosentropy'. Did you mean 'sparse_categorical_crossentropy'/,
    ],
    [{ loss: "mse", metrics: ["acuracy"] }, /Unknown metric: 'acuracy'. Did you mean 'accuracy'/],
    [{ loss: "mse", optimizer: "rmsprp" }, /Unknown optimizer: 'rmsprp'. Did you mean 'rmsprop'/],
    [{ loss: "mse", metrics: "accuracy" }, /Write \["accuracy"\]/],
    [{ optimizer: "sgd" }, /the loss is missing/],
    [{ loss: "mse", metrics: ["mae", "mae"] }, /two metrics are called 'mae'/],
    [{ loss: "mse", metric: ["mae"] }, /unknown option "metric"/],
  ])("compile(%j)", (options, message) => {
    const model = new Sequential([layers.Dense(1, { inputShape: [1] })]);
    expect(() => model.compile(options as never)).toThrow(message);
  });
});
