/**
 * @file Memory of the GPU over many steps of the examples' networks, operation by operation and compiled: the same in the
 * middle as at the end. TAPEGRAD_GPU_STEPS is their number; without it they are left to the nightly checks, which take 2000.
 */
import { expect, test } from "vitest";
import { findCollector } from "../../kernels/cpu/gc.ts";
import { compile, deviceInfo, manualSeed, nn, optim, randint, randn, type Tensor } from "../../src/entry/index.ts";
import { describeGpu } from "./device.ts";

const STEPS = Number(process.env.TAPEGRAD_GPU_STEPS ?? 0);

const { functional: F } = nn;

class LeNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 5);
  conv2 = new nn.Conv2d(16, 32, 5);
  fc1 = new nn.Linear(32 * 4 * 4, 128);
  fc2 = new nn.Linear(128, 10);

  forward(x: Tensor): Tensor {
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv2.forward(x)), 2);
    return this.fc2.forward(F.relu(this.fc1.forward(x.flatten(1))));
  }
}

class Writer extends nn.Module {
  embedding = new nn.Embedding(20, 12);
  lstm = new nn.LSTM(12, 16, { batchFirst: true });
  head = new nn.Linear(16, 10);

  forward(x: Tensor): Tensor {
    return this.head.forward(this.lstm.forward(this.embedding.forward(x))[0]).flatten(0, 1);
  }
}

type Optimizers = (parameters: Iterable<nn.Parameter>) => optim.Optimizer;

const networks: Readonly<Record<string, readonly [() => nn.Module, Optimizers, () => Tensor, rows: number]>> = {
  mnist: [
    () =>
      new nn.Sequential(
        new nn.Flatten(),
        new nn.Linear(784, 512),
        new nn.ReLU(),
        new nn.Linear(512, 512),
        new nn.ReLU(),
        new nn.Linear(512, 10),
      ),
    (parameters) => new optim.SGD(parameters, { lr: 0.01 }),
    () => randn(8, 1, 28, 28),
    8,
  ],
  cnn: [() => new LeNet(), (parameters) => new optim.Adam(parameters), () => randn(4, 1, 28, 28), 4],
  text: [() => new Writer(), (parameters) => new optim.RMSprop(parameters), () => randint(0, 20, [3, 8]), 24],
};

/** Bytes that arrays have, and all that are held for arrays, when nobody's arrays are gone. */
async function bytes(): Promise<{ live: number; all: number }> {
  for (let turn = 0; turn < 3; turn++) {
    findCollector()?.collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { liveBytes = 0, pooledBytes = 0 } = deviceInfo().gpu?.memory ?? {};
  return { live: liveBytes, all: liveBytes + pooledBytes };
}

describeGpu("memory over many steps", () => {
  for (const [name, [make, optimizerOf, inputs, rows]] of Object.entries(networks)) {
    test.skipIf(STEPS === 0).each(["operation by operation", "compiled"])(
      `${name}, %s`,
      { timeout: 3_600_000 },
      async (how) => {
        manualSeed(0);
        const model = make().to("gpu");
        const optimizer = optimizerOf(model.parameters());
        const train = (x: Tensor, y: Tensor): Tensor => {
          const loss = F.crossEntropy(model.forward(x) as Tensor, y);
          loss.backward();
          optimizer.step();
          optimizer.zeroGrad();
          return loss;
        };
        const step = how === "compiled" ? compile(train) : train;
        const run = async (steps: number): Promise<void> => {
          for (let i = 0; i < steps; i++) {
            const loss = await step(inputs().to("gpu"), randint(0, 10, [rows]).to("gpu")).item();
            expect(loss).toBeLessThan(100);
          }
        };
        await run(STEPS / 2);
        const middle = await bytes();
        await run(STEPS / 2);
        // The last results go when the collector gets to them; what the steps had left would stay.
        await expect.poll(async () => (await bytes()).live, { timeout: 20_000 }).toBeLessThanOrEqual(middle.live);
        expect((await bytes()).all).toBeLessThanOrEqual(1.05 * middle.all);
      },
    );
  }
});
