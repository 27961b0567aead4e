/** @file The convolutional network of examples/cnn.ts: PyTorch's losses with the same seed, and the program itself. */
import { execFileSync } from "node:child_process";
import { manualSeed, nn, optim, type Tensor } from "tapegrad";
import { DataLoader, datasets } from "tapegrad/data";
import { describe, expect, test } from "vitest";
import golden from "./golden/data/cnn.json" with { type: "json" };

class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 5);
  conv2 = new nn.Conv2d(16, 32, 5);
  fc1 = new nn.Linear(32 * 4 * 4, 128);
  fc2 = new nn.Linear(128, 10);

  forward(x: Tensor): Tensor {
    const { relu, maxPool2d } = nn.functional;
    x = maxPool2d(relu(this.conv1.forward(x)), 2);
    x = maxPool2d(relu(this.conv2.forward(x)), 2);
    x = relu(this.fc1.forward(x.flatten(1)));
    return this.fc2.forward(x);
  }
}

function firstLosses(seed: number, steps: number): number[] {
  manualSeed(seed);
  const loader = new DataLoader(new datasets.MNIST({ train: true }), { batchSize: 64, shuffle: true });
  const model = new LeNet();
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.002 });
  const losses: number[] = [];
  for (const [X, y] of loader) {
    const loss = lossFn.forward(model.forward(X), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    losses.push(loss.itemSync());
    if (losses.length === steps) break;
  }
  return losses;
}

function spread(losses: readonly number[], expected: readonly number[]): number {
  return Math.max(...expected.map((e, i) => Math.abs((losses[i] ?? Number.NaN) - e) / e));
}

describe.each(golden.runs)("the first steps with seed $seed", ({ seed, losses: expected }) => {
  test("are PyTorch's", () => {
    const losses = firstLosses(seed, expected.length);
    expect(spread(losses, expected.slice(0, 1))).toBeLessThan(1e-6);
    expect(spread(losses, expected)).toBeLessThan(1e-4);
  }, 120_000);
});

test("the program learns", () => {
  const args = ["--conditions=tapegrad-source", "examples/cnn.ts", "--epochs", "1", "--steps", "101", "--seed", "0"];
  const output = execFileSync(process.execPath, args, { encoding: "utf8" });
  const losses = [...output.matchAll(/^loss: ([\d.]+) /gm)].map(([, number]) => Number(number));
  expect(losses).toHaveLength(2);
  expect(losses[1]).toBeLessThan(0.25 * (losses[0] as number));
  expect(Number(output.match(/Accuracy: ([\d.]+)%/)?.[1])).toBeGreaterThan(80);
  expect(execFileSync(process.execPath, [...args, "--compile"], { encoding: "utf8" })).toBe(output);
}, 120_000);
