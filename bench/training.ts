/** @file The training step of the MNIST program, and memory over many epochs of it. */
import { nn, optim, type Tensor } from "tapegrad";
import { DataLoader, datasets } from "tapegrad/data";
import { median } from "./measure.ts";

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
  return { loader, step };
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

/** Median milliseconds of making one batch of 128 from the data set. */
export function measureBatch(samples = 400): number {
  const { loader } = setUp();
  const times: number[] = [];
  const batches = loader[Symbol.iterator]();
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    if (batches.next().done === true) break;
    times.push(performance.now() - start);
  }
  return median(times.slice(times.length >> 2));
}

/** Resident MiB after each of some epochs of training without await and without dispose. */
export function measureMemory(epochs: number): number[] {
  const { loader, step } = setUp();
  return Array.from({ length: epochs }, () => {
    for (const [X, y] of loader) step(X, y);
    return process.memoryUsage().rss / 2 ** 20;
  });
}
