/** @file The training step of the MNIST program, and memory over many epochs of it. */
import { compile, type Device, nn, noGrad, optim, type Tensor } from "tapegrad";
import { DataLoader, datasets } from "tapegrad/data";
import { median } from "./measure.ts";

export class NeuralNetwork extends nn.Module {
  flatten = new nn.Flatten();
  fc1 = new nn.Linear(28 * 28, 512);
  fc2 = new nn.Linear(512, 10);

  forward(x: Tensor): Tensor {
    x = this.flatten.forward(x);
    x = nn.functional.relu(this.fc1.forward(x));
    return this.fc2.forward(x);
  }
}

function setUp() {
  const model = new NeuralNetwork();
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.001 });
  const loader = new DataLoader(new datasets.MNIST({ train: true }), { batchSize: 128, shuffle: true, dropLast: true });
  const step = (X: Tensor, y: Tensor): Tensor => {
    const loss = lossFn.forward(model.forward(X), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  };
  return { loader, step, model, lossFn };
}

/** Median milliseconds of a step on a batch of 128 that is ready. One synchronous run: no await, no dispose. */
export function measureStep(samples = 400): number {
  const { loader, step } = setUp();
  const [batch] = loader;
  if (batch === undefined) throw new Error("the data set is empty");
  const [X, y] = batch;
  const times: number[] = [];
  for (let i = 0; i < 1.5 * samples; i++) {
    const start = performance.now();
    step(X, y);
    if (i >= samples / 2) times.push(performance.now() - start);
  }
  return median(times);
}

/**
 * Median milliseconds to issue a step on a device that runs it later, and to have its loss, which is waited for. The same
 * for a compiled step, in turns.
 */
export async function measureStepOn(
  device: Device,
  samples: number,
): Promise<{ issueMs: number; stepMs: number; compiledIssueMs: number; compiledStepMs: number }> {
  const { loader, step, model } = setUp();
  const other = setUp();
  model.to(device);
  other.model.to(device);
  const [batch] = loader;
  if (batch === undefined) throw new Error("the data set is empty");
  const [X, y] = [batch[0].to(device), batch[1].to(device)];
  const turns = [step, compile(other.step)].map((run) => ({ run, issue: [] as number[], whole: [] as number[] }));
  for (let i = 0; i < samples + 3; i++) {
    for (const { run, issue, whole } of turns) {
      const start = performance.now();
      const loss = run(X, y);
      const issued = performance.now();
      await loss.item();
      if (i < 3) continue;
      issue.push(issued - start);
      whole.push(performance.now() - start);
    }
  }
  const [issueMs = 0, compiledIssueMs = 0] = turns.map(({ issue }) => median(issue));
  const [stepMs = 0, compiledStepMs = 0] = turns.map(({ whole }) => median(whole));
  return { issueMs, stepMs, compiledIssueMs, compiledStepMs };
}

/** Resident MiB after each of some epochs of training without await and without dispose. */
export function measureMemory(epochs: number): number[] {
  const { loader, step } = setUp();
  return Array.from({ length: epochs }, () => {
    for (const [X, y] of loader) step(X, y);
    return process.memoryUsage().rss / 2 ** 20;
  });
}

/** Seconds of the whole program, five epochs with loader and tests, and the most memory it held, in MiB. */
export async function measureProgram(epochs = 5): Promise<{ seconds: number; peakMiB: number; accuracy: number }> {
  const start = performance.now();
  const { loader, step, model, lossFn } = setUp();
  const testing = new DataLoader(new datasets.MNIST({ train: false }), { batchSize: 128, shuffle: true });
  let accuracy = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    model.train();
    for await (const [X, y] of loader) await step(X, y).item();
    model.eval();
    let correct = 0;
    await noGrad(async () => {
      for await (const [X, y] of testing) {
        const pred = model.forward(X);
        await lossFn.forward(pred, y).item();
        correct += await pred.argmax(1).eq(y).float().sum().item();
      }
    });
    accuracy = (100 * correct) / testing.dataset.length;
  }
  const seconds = (performance.now() - start) / 1000;
  return { seconds, peakMiB: process.resourceUsage().maxRSS / 1024, accuracy };
}
