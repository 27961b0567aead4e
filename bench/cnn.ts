/** @file The convolutional network of examples/cnn.ts: a training step, and an epoch with its loader. */
import { nn, optim, type Tensor } from "tapegrad";
import { DataLoader, datasets } from "tapegrad/data";
import { median } from "./measure.ts";

export class LeNet extends nn.Module {
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

function setUp() {
  const model = new LeNet();
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.002 });
  const loader = new DataLoader(new datasets.MNIST({ train: true }), { batchSize: 64, shuffle: true });
  const step = (X: Tensor, y: Tensor): Tensor => {
    const loss = lossFn.forward(model.forward(X), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  };
  return { loader, step };
}

/** Median milliseconds of a step on a batch of 64 that is ready, and the least. */
export function measureCnnStep(samples = 200): { ms: number; leastMs: number } {
  const { loader, step } = setUp();
  const [batch] = loader;
  if (batch === undefined) throw new Error("the data set is empty");
  const [X, y] = batch;
  const times: number[] = [];
  for (let i = 0; i < 1.25 * samples; i++) {
    const start = performance.now();
    step(X, y);
    if (i >= samples / 4) times.push(performance.now() - start);
  }
  return { ms: median(times), leastMs: Math.min(...times) };
}

/** Seconds of an epoch of training: loader, steps, and reading every loss. */
export async function measureCnnEpoch(): Promise<{ seconds: number }> {
  const { loader, step } = setUp();
  const start = performance.now();
  for await (const [X, y] of loader) await step(X, y).item();
  return { seconds: (performance.now() - start) / 1000 };
}
