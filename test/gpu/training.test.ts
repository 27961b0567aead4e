/** @file Training on the GPU: PyTorch's losses, memory that stays bounded, and what is the same as on the CPU. */
import { expect, test } from "vitest";
import { DataLoader, datasets } from "../../src/entry/data.ts";
import { deviceInfo, manualSeed, nn, noGrad, optim, randn, type Tensor, tensor } from "../../src/entry/index.ts";
import golden from "../golden/data/mnist-seed0.json" with { type: "json" };
import { describeGpu } from "./device.ts";

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

describeGpu("training on the GPU", () => {
  test("the first 20 losses of the reference program are PyTorch's within 1e-3", { timeout: 300_000 }, async () => {
    manualSeed(0);
    const loader = new DataLoader(new datasets.MNIST({ train: true }), { batchSize: 128, shuffle: true });
    const model = new NeuralNetwork().to("gpu");
    const lossFn = new nn.CrossEntropyLoss();
    const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.001 });
    const losses: number[] = [];
    for await (const [X, y] of loader) {
      const loss = lossFn.forward(model.forward(X.to("gpu")), y.to("gpu"));
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      losses.push(await loss.item());
      if (losses.length === 20) break;
    }
    for (const [i, loss] of losses.entries()) {
      const expected = golden.losses[i] as number;
      expect(Math.abs(loss - expected) / expected).toBeLessThan(1e-3);
    }
  });

  test("2,000 steps hold the live buffers under a fixed bound", { timeout: 300_000 }, async () => {
    manualSeed(1);
    const model = new nn.Sequential(new nn.Linear(64, 32), new nn.ReLU(), new nn.Linear(32, 4)).to("gpu");
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
    const lossFn = new nn.MSELoss();
    let most = 0;
    for (let step = 0; step < 2000; step++) {
      const x = randn(256, 64).to("gpu");
      const loss = lossFn.forward(model.forward(x), x.narrow(1, 0, 4));
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      if (step % 100 === 99) await loss.item();
      const { gpu } = deviceInfo();
      most = Math.max(most, gpu?.memory.liveBytes ?? 0);
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(160 * 2 ** 20);
    expect(deviceInfo().gpu?.memory.pooledBytes).toBeLessThanOrEqual(256 * 2 ** 20);
  });

  test.each([
    ["SGD", (p: Tensor[]) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true })],
    ["RMSprop", (p: Tensor[]) => new optim.RMSprop(p, { lr: 0.01, momentum: 0.5, centered: true })],
    ["AdamW", (p: Tensor[]) => new optim.AdamW(p, { lr: 0.01, weightDecay: 0.1, amsgrad: true })],
    ["Adagrad", (p: Tensor[]) => new optim.Adagrad(p, { lr: 0.05 })],
  ])("a convolutional network learns as on the CPU with %s", { timeout: 120_000 }, async (_, makeOptimizer) => {
    const run = async (device: "cpu" | "gpu"): Promise<number[]> => {
      manualSeed(3);
      const model = new nn.Sequential(
        new nn.Conv2d(1, 4, 3, { padding: 1 }),
        new nn.BatchNorm2d(4),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Dropout(0.25),
        new nn.Linear(64, 3),
      ).to(device);
      const x = randn(6, 1, 8, 8).to(device);
      const y = tensor(Int32Array.of(0, 1, 2, 0, 1, 2)).to(device);
      const optimizer = makeOptimizer(model.parameters() as Tensor[]);
      const losses: number[] = [];
      for (let step = 0; step < 6; step++) {
        const loss = nn.functional.crossEntropy(model.forward(x), y);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        losses.push(await loss.item());
      }
      return losses;
    };
    const [cpu, gpu] = [await run("cpu"), await run("gpu")];
    for (const [i, loss] of gpu.entries()) expect(Math.abs(loss - (cpu[i] as number))).toBeLessThan(2e-3);
  });

  test("a model goes to the GPU and back, and its state dictionary with it", async () => {
    manualSeed(4);
    const model = new nn.Linear(3, 2);
    const before = model.weight.dataSync();
    model.to("gpu");
    expect(model.weight.device).toBe("gpu");
    const state = model.stateDict();
    await model.cpu();
    expect(model.weight.device).toBe("cpu");
    expect(model.weight.dataSync()).toEqual(before);
    const other = new nn.Linear(3, 2);
    other.to("gpu");
    other.loadStateDict(state);
    expect(await other.weight.data()).toEqual(before);
  });

  test("gradients find the way back through cpu()", async () => {
    const x = tensor([1, 2, 3], { requiresGrad: true }).to("gpu").detach().requiresGrad_();
    const y = await x.mul(2).cpu();
    expect(y.device).toBe("cpu");
    y.sum().backward();
    expect(await x.grad?.toArray()).toEqual([2, 2, 2]);
  });

  test("noGrad and eval work as on the CPU", async () => {
    const model = new nn.Sequential(new nn.Linear(2, 2), new nn.Dropout(0.5)).to("gpu");
    model.eval();
    await noGrad(async () => {
      const out = model.forward(randn(4, 2).to("gpu"));
      expect(out.requiresGrad).toBe(false);
      expect((await out.data()).every(Number.isFinite)).toBe(true);
    });
  });
});
