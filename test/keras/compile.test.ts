/** @file Captured steps: the numbers of those that run as they are, for every optimizer; and which steps are captured. */
import { manualSeed, rand, randint, type Tensor } from "tapegrad";
import * as keras from "tapegrad/keras";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onProgramMade } from "../../src/compile/programs-made.ts";

const { callbacks, layers, optimizers } = keras;

afterEach(() => {
  onProgramMade(null);
  vi.restoreAllMocks();
});

const bitsOf = (t: Tensor): string => Buffer.from(new Uint8Array(t.contiguous().dataSync().buffer)).toString("hex");

type MakeOptimizer = () => keras.CompileOptions["optimizer"];

/** The history and the weights after a fit, and how many programs were made. */
async function train(optimizer: MakeOptimizer, options: Partial<keras.CompileOptions>): Promise<[string[], number]> {
  let programs = 0;
  onProgramMade(() => programs++);
  manualSeed(1);
  const model = new keras.Sequential([
    layers.Dense(12, { activation: "relu", inputShape: [6] }),
    layers.BatchNormalization(),
    layers.Dropout(0.3),
    layers.Dense(3, { activation: "softmax" }),
  ]);
  const [x, y] = [rand([58, 6]), randint(0, 3, [58])];
  const loss = "sparse_categorical_crossentropy";
  model.compile({ optimizer: optimizer(), loss, metrics: ["accuracy"], ...options });
  const halve = callbacks.LearningRateScheduler((epoch, rate) => (epoch === 2 ? rate / 2 : rate));
  const fitting = { epochs: 4, batchSize: 8, callbacks: [halve], verbose: 0, validationSplit: 0.2 } as const;
  const { history } = await model.fit(x, y, fitting);
  const again = await model.fit(x, y, { epochs: 1, batchSize: 8, verbose: 0 });
  return [[JSON.stringify([history, again.history]), ...model.getWeights().map(bitsOf)], programs];
}

const OPTIMIZERS: Readonly<Record<string, MakeOptimizer>> = {
  SGD: () => optimizers.SGD({ momentum: 0.9, nesterov: true, clipvalue: 0.5 }),
  RMSprop: () => optimizers.RMSprop({ momentum: 0.5, centered: true }),
  Adam: () => optimizers.Adam({ amsgrad: true, globalClipnorm: 1 }),
  AdamW: () => optimizers.AdamW({ clipnorm: 1 }),
  Nadam: () => "nadam",
  Adagrad: () => "adagrad",
  Adadelta: () => "adadelta",
  Adamax: () => "adamax",
};

test.each(Object.entries(OPTIMIZERS))("%s: the numbers are the same", async (_, optimizer) => {
  const warn = vi.spyOn(console, "warn");
  const [expected, none] = await train(optimizer, { runEagerly: true });
  const [found, programs] = await train(optimizer, {});
  expect(found).toEqual(expected);
  expect(none).toBe(0);
  // Training: batches of 8, and the last of 6 and of 2 samples. Validation: 8 and 4.
  expect(programs).toBeGreaterThanOrEqual(4);
  expect(warn).not.toHaveBeenCalled();
});

describe("what is captured", () => {
  test("functions of yours run as they are, unless you say otherwise", async () => {
    const loss = (y: Tensor, pred: Tensor): Tensor => pred.sum(1).sub(y).square().mean();
    expect((await train(() => "sgd", { loss }))[1]).toBe(0);
    expect((await train(() => "sgd", { loss, runEagerly: false }))[1]).toBeGreaterThan(0);
  });

  test("what cannot be captured runs as it is, without a word; with jitCompile it is an error", async () => {
    const warn = vi.spyOn(console, "warn");
    const loss = (y: Tensor, pred: Tensor): Tensor =>
      pred
        .sum(1)
        .sub(y)
        .mul(1 + pred.sum().itemSync());
    expect((await train(() => "sgd", { loss, runEagerly: false }))[1]).toBe(0);
    expect(warn).not.toHaveBeenCalled();
    const options = { loss, runEagerly: false, jitCompile: true };
    await expect(train(() => "sgd", options)).rejects.toThrow("the numbers of a tensor were read");
  });

  test("runEagerly goes before jitCompile, with a warning", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect((await train(() => "sgd", { runEagerly: true, jitCompile: true }))[1]).toBe(0);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("`jitCompile` cannot also be true"));
  });
});
