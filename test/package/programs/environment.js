/** @file Tests of a user's: they run in Jest's and Vitest's environments, which have classes and globals of their own. */
import { rmSync } from "node:fs";
import { gpuAvailable, load, manualSeed, nn, ones, optim, randn, save, tensor } from "tapegrad";
import { DataLoader, TensorDataset } from "tapegrad/data";

test("numbers of all kinds", () => {
  expect(
    tensor(new Float32Array([1, 2]))
      .add(1)
      .toArraySync(),
  ).toEqual([2, 3]);
  expect(tensor(Buffer.from([1, 2])).dtype).toBe("uint8");
});

test("training", async () => {
  manualSeed(0);
  const model = new nn.Linear(4, 2);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  for await (const [x] of new DataLoader(new TensorDataset(randn(32, 4)), { batchSize: 8 })) {
    const loss = model.forward(x).pow(2).mean();
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    expect(await loss.item()).toBeGreaterThan(0);
  }
  expect((await gpuAvailable()).reason).toContain("npm install gpu.js");
});

test("work for threads", async () => {
  const x = ones(256, 256);
  expect(await x.matmul(x).mean().item()).toBe(256);
});

test("turns of the event loop", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  for (let step = 0; ticks < 3 && step < 100_000; step++) await ones(1).item();
  clearInterval(timer);
  expect(ticks).toBe(3);
});

test("files", async () => {
  const file = "environment.safetensors";
  await save({ x: tensor([1, 2]) }, file);
  expect((await load(file)).x.toArraySync()).toEqual([1, 2]);
  rmSync(file);
  await expect(load(file)).rejects.toThrow("there is no such file");
});
