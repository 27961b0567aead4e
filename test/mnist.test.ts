/** @file The reference program, number for number: the run of PyTorch with the same seed is the truth. */

import { manualSeed, nn, noGrad, optim, type Tensor } from "tapegrad";
import { DataLoader, datasets } from "tapegrad/data";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./golden/data/mnist-seed0.json" with { type: "json" };
import otherSeeds from "./golden/data/mnist-seeds.json" with { type: "json" };

class NeuralNetwork extends nn.Module {
  flatten = new nn.Flatten();
  fc1 = new nn.Linear(28 * 28, 512);
  fc2 = new nn.Linear(512, 10);

  forward(x: Tensor): Tensor {
    x = this.flatten.forward(x);
    x = nn.functional.relu(this.fc1.forward(x));
    return this.fc2.forward(x);
  }
}

interface EpochResult {
  readonly accuracy: number;
  readonly averageLoss: number;
}

const lossFn = new nn.CrossEntropyLoss();

function setUp(seed: number) {
  manualSeed(seed);
  const trainLoader = new DataLoader(new datasets.MNIST({ train: true }), { batchSize: 128, shuffle: true });
  const testLoader = new DataLoader(new datasets.MNIST({ train: false }), { batchSize: 128, shuffle: true });
  const model = new NeuralNetwork();
  const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.001 });
  return { trainLoader, testLoader, model, optimizer };
}

/** Trains without a single await, at most `limit` steps. */
function train(
  { trainLoader, model, optimizer }: ReturnType<typeof setUp>,
  losses: number[],
  limit = Number.POSITIVE_INFINITY,
) {
  model.train();
  let steps = 0;
  for (const [X, y] of trainLoader) {
    const loss = lossFn.forward(model.forward(X), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    losses.push(loss.itemSync());
    if (++steps === limit) break;
  }
}

function evaluate({ testLoader, model }: ReturnType<typeof setUp>): EpochResult {
  model.eval();
  let total = 0;
  let correct = 0;
  noGrad(() => {
    for (const [X, y] of testLoader) {
      const pred = model.forward(X);
      total += lossFn.forward(pred, y).itemSync();
      correct += pred.argmax(1).eq(y).float().sum().itemSync();
    }
  });
  return { accuracy: (100 * correct) / testLoader.dataset.length, averageLoss: total / testLoader.length };
}

/** The largest relative difference among the first `count` losses. */
function spread(losses: readonly number[], expected: readonly number[], count: number): number {
  return Math.max(...expected.slice(0, count).map((e, i) => Math.abs((losses[i] ?? Number.NaN) - e) / e));
}

describe("five epochs with seed 0", () => {
  const losses: number[] = [];
  const results: EpochResult[] = [];
  const expected = [...golden.log.matchAll(/Accuracy: ([\d.]+)%, Avg loss: ([\d.]+)/g)].map((m) => ({
    accuracy: Number(m[1]),
    averageLoss: Number(m[2]),
  }));

  beforeAll(() => {
    const run = setUp(0);
    for (let epoch = 0; epoch < 5; epoch++) {
      train(run, losses);
      results.push(evaluate(run));
    }
  }, 600_000);

  test("every step is taken", () => {
    expect(losses).toHaveLength(golden.losses.length);
  });

  test.each([
    [1, 1e-6],
    [10, 1e-4],
    [100, 3e-2],
  ])("the losses of the first %i steps are PyTorch's within %f", (count, tolerance) => {
    expect(spread(losses, golden.losses, count)).toBeLessThan(tolerance);
  });

  test("accuracy and average loss after each epoch are PyTorch's", () => {
    expect(expected).toHaveLength(5);
    for (const [i, { accuracy, averageLoss }] of expected.entries()) {
      const result = results[i] as EpochResult;
      expect(Math.abs(result.accuracy - accuracy)).toBeLessThanOrEqual(0.5);
      expect(Math.abs(result.averageLoss / averageLoss - 1)).toBeLessThanOrEqual(0.1);
    }
  });

  test("it ends at 97.5 % or better", () => {
    expect((results.at(-1) as EpochResult).accuracy).toBeGreaterThanOrEqual(97.5);
  });
});

describe.each(otherSeeds.runs)("the first steps with seed $seed", ({ seed, losses: expected }) => {
  test("are PyTorch's", () => {
    const losses: number[] = [];
    train(setUp(seed), losses, 100);
    expect(spread(losses, expected, 1)).toBeLessThan(1e-6);
    expect(spread(losses, expected, 10)).toBeLessThan(1e-4);
    expect(spread(losses, expected, 100)).toBeLessThan(3e-2);
  }, 120_000);
});
