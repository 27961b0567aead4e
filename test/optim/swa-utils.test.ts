/** @file Averages of weights, and the statistics of batch normalization for them. */
import { describe, expect, test } from "vitest";
import { manualSeed, nn, noGrad, ones, optim, tensor } from "../../src/entry/index.ts";

const { AveragedModel, getEmaAvgFn, updateBn } = optim.swaUtils;

describe("AveragedModel", () => {
  const set = (layer: nn.Linear, value: number) => noGrad(() => layer.weight.fill_(value));

  test("holds the mean of all models", () => {
    const model = new nn.Linear(1, 1, { bias: false });
    const averaged = new AveragedModel(model);
    for (const [value, mean] of [
      [1, 1],
      [2, 1.5],
      [6, 3],
    ] as const) {
      set(model, value);
      averaged.updateParameters(model);
      expect(averaged.module.weight.itemSync()).toBeCloseTo(mean, 6);
    }
    expect(averaged.nAveraged.itemSync()).toBe(3);
    expect(Object.keys(averaged.stateDict())).toEqual(["n_averaged", "module.weight"]);
    expect(averaged.forward(ones(1)).itemSync()).toBeCloseTo(3, 6);
  });

  test("holds an exponential moving average, with buffers if asked", () => {
    const model = new nn.Sequential(new nn.Linear(1, 1, { bias: false }), new nn.BatchNorm1d(1));
    const averaged = new AveragedModel(model, { avgFn: getEmaAvgFn(0.5), useBuffers: true });
    const [linear, norm] = [model.at(0) as nn.Linear, model.at(1) as nn.BatchNorm1d];
    for (const value of [1, 3]) {
      set(linear, value);
      noGrad(() => norm.runningMean?.fill_(10 * value));
      averaged.updateParameters(model);
    }
    expect(averaged.module.getParameter("0.weight").itemSync()).toBe(2);
    expect(averaged.module.getBuffer("1.running_mean").itemSync()).toBe(20);
  });

  test("is a copy of its own", () => {
    const model = new nn.Linear(1, 1);
    const averaged = new AveragedModel(model);
    expect(averaged.module).not.toBe(model);
    expect(() => new AveragedModel(3 as never)).toThrow("must be a Module");
  });
});

describe("updateBn", () => {
  test("gives the statistics of all batches, and leaves the rest as it was", async () => {
    manualSeed(0);
    const model = new nn.Sequential(new nn.BatchNorm1d(1), new nn.Dropout(0.5)).eval();
    const norm = model.at(0) as nn.BatchNorm1d;
    noGrad(() => norm.runningMean?.fill_(100));
    async function* batches() {
      yield [tensor([[1], [3]]), tensor([0, 1])];
      yield tensor([[5], [7]]);
    }
    await updateBn(batches(), model);
    expect(norm.runningMean?.itemSync()).toBeCloseTo(4, 6);
    expect(norm.runningVar?.itemSync()).toBeCloseTo(2, 6);
    expect([norm.momentum, norm.training, model.training]).toEqual([0.1, false, false]);
    expect(norm.numBatchesTracked?.itemSync()).toBe(2);
  });

  test("refuses batches without tensors", async () => {
    const model = new nn.BatchNorm1d(1);
    await expect(updateBn([3], model)).rejects.toThrow("expected batches that are tensors");
    expect(model.momentum).toBe(0.1);
  });
});
