/** @file compile on the GPU: eager's numbers, one submission a step, memory that stays the same, and checks that are not lost. */
import { expect, test } from "vitest";
import { findCollector } from "../../kernels/cpu/gc.ts";
import { provideWebGpu } from "../../kernels/gpu/navigator-gpu.ts";
import {
  arange,
  compile,
  deviceInfo,
  gpuAvailable,
  manualSeed,
  nn,
  noGrad,
  optim,
  rand,
  randn,
  type Tensor,
  tensor,
  zeros,
} from "../../src/entry/index.ts";
import { describeGpu } from "./device.ts";

/** The submissions so far. */
let submissions = 0;

/** Counts them, on whatever device. */
async function countSubmissions(): Promise<void> {
  await provideWebGpu();
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter?.requestDevice();
  if (device === undefined) return;
  const queues = Object.getPrototypeOf(device.queue) as GPUQueue;
  const { submit } = queues;
  queues.submit = function (commands) {
    submissions++;
    return submit.call(this, commands);
  };
  device.destroy();
}

/** Frees what nobody holds any more, as far as the engine lets itself be asked. */
async function collectGarbage(): Promise<void> {
  const collector = findCollector();
  for (let turn = 0; turn < 3; turn++) {
    collector?.collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether commands can be issued again. */
async function isWebGpu(): Promise<boolean> {
  const gpu = await gpuAvailable();
  return gpu.available && gpu.mode === "webgpu";
}

class Network extends nn.Module {
  conv = new nn.Conv2d(1, 3, 3, { padding: 1 });
  norm = new nn.BatchNorm2d(3);
  drop = new nn.Dropout(0.3);
  fc1 = new nn.Linear(3 * 36, 16);
  fc2 = new nn.Linear(16, 4);

  forward(x: Tensor): Tensor {
    x = nn.functional.relu(this.norm.forward(this.conv.forward(x)));
    x = this.drop.forward(x.flatten(1));
    return this.fc2.forward(nn.functional.relu(this.fc1.forward(x)));
  }
}

type MakeOptimizer = (params: Tensor[]) => optim.Optimizer;

/** The losses of some epochs over 20 samples in batches of 8, the last of 4. */
async function lossesOf(makeOptimizer: MakeOptimizer, isCompiled: boolean, epochs: number): Promise<number[]> {
  manualSeed(5);
  const model = new Network().to("gpu");
  const optimizer = makeOptimizer(model.parameters() as Tensor[]);
  const x = randn(20, 1, 6, 6).to("gpu");
  const y = arange(20).remainder(4).int().to("gpu");
  const eager = (images: Tensor, labels: Tensor): Tensor => {
    const loss = nn.functional.crossEntropy(model.forward(images), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  const step = isCompiled ? compile(eager, { fullgraph: true }) : eager;
  const losses: Tensor[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let at = 0; at < 20; at += 8) {
      const size = Math.min(8, 20 - at);
      losses.push(step(x.narrow(0, at, size), y.narrow(0, at, size)).detach());
    }
  }
  return Promise.all(losses.map((loss) => loss.item()));
}

await countSubmissions().catch(() => undefined);

describeGpu("compile on the GPU", () => {
  test.each<[string, MakeOptimizer]>([
    ["RMSprop", (p) => new optim.RMSprop(p, { lr: 0.005, momentum: 0.5 })],
    ["Adam", (p) => new optim.Adam(p, { lr: 0.01, amsgrad: true })],
    ["SGD", (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9 })],
  ])("a network with dropout and batch norm learns as without it, with %s", async (_, makeOptimizer) => {
    const eager = await lossesOf(makeOptimizer, false, 5);
    const compiled = await lossesOf(makeOptimizer, true, 5);
    for (const [i, loss] of compiled.entries())
      expect(Math.abs(loss - (eager[i] as number)), `step ${i}`).toBeLessThan(1e-4);
  });

  test("a step is one submission, and memory stays the same over 200 steps", async ({ skip }) => {
    if (!(await isWebGpu())) return skip("commands can only be issued again on WebGPU");
    manualSeed(1);
    const model = new nn.Sequential(new nn.Linear(8, 16), new nn.ReLU(), new nn.Dropout(0.1), new nn.Linear(16, 3)).to(
      "gpu",
    );
    const optimizer = new optim.RMSprop(model.parameters() as Tensor[], { lr: 0.001 });
    const step = compile((x: Tensor, y: Tensor): Tensor => {
      const loss = nn.functional.crossEntropy(model.forward(x), y);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    });
    const x = randn(6, 8).to("gpu");
    const y = tensor(Int32Array.of(0, 1, 2, 0, 1, 2)).to("gpu");
    for (let i = 0; i < 5; i++) await step(x, y).item();
    await collectGarbage();
    const before = deviceInfo().gpu?.memory.liveBytes ?? 0;
    expect(before).toBeGreaterThan(0);
    const start = submissions;
    for (let i = 0; i < 200; i++) await step(x, y).item();
    expect(submissions - start).toBe(200);
    // The last results go when the collector gets to them; what 200 steps had left would stay.
    const live = async (): Promise<number | undefined> => {
      await collectGarbage();
      return deviceInfo().gpu?.memory.liveBytes;
    };
    await expect.poll(live, { timeout: 20_000 }).toBeLessThanOrEqual(before);
    step.reset();
    expect(deviceInfo().gpu?.memory.liveBytes).toBeLessThan(before);
    await step(x, y).item();
  });

  test("what is changed from outside between steps is seen, and copies taken before stay as they are", async () => {
    manualSeed(2);
    const weight = new nn.Parameter(tensor([1, 2, 3]).to("gpu"));
    const optimizer = new optim.SGD([weight], { lr: 1 });
    const step = compile((x: Tensor): Tensor => {
      const y = weight.mul(x).sum();
      optimizer.zeroGrad();
      y.backward();
      optimizer.step();
      return y;
    });
    const x = tensor([1, 1, 2]).to("gpu");
    const copies: Tensor[] = [];
    const expected: number[][] = [];
    let now = [1, 2, 3];
    for (let i = 0; i < 8; i++) {
      if (i === 5) {
        noGrad(() => weight.copy_(tensor([10, 20, 30]).to("gpu")));
        now = [10, 20, 30];
      }
      if (i === 6) {
        noGrad(() => weight.copy_(copies[1] as Tensor));
        now = [...(expected[1] as number[])];
      }
      if (i === 7) {
        noGrad(() => weight.fill_(4));
        now = [4, 4, 4];
      }
      const y = step(x);
      expect(await y.item()).toBe((now[0] as number) + (now[1] as number) + 2 * (now[2] as number));
      now = now.map((w, k) => w - [1, 1, 2][k]!);
      expected.push(now);
      copies.push(weight.detach().clone());
    }
    for (const [i, copy] of copies.entries()) expect(await copy.toArray()).toEqual(expected[i]);
  });

  test("an index out of range is reported, with labels whose range is known and not", async () => {
    const logits = randn(4, 3).to("gpu");
    const step = compile((y: Tensor): Tensor => nn.functional.crossEntropy(logits, y));
    const labels = (...values: number[]): Tensor => tensor(Int32Array.from(values)).to("gpu");
    const good = labels(0, 1, 2, 1);
    const want = await nn.functional.crossEntropy(logits, good).item();
    for (let i = 0; i < 4; i++) expect(await step(good).item()).toBeCloseTo(want, 5);
    expect(() => step(labels(0, 1, 3, 1))).toThrow(/Target 3 is out of bounds/);
    expect(await step(good).item()).toBeCloseTo(want, 5);
    // What is computed on the GPU the host does not know.
    const computed = (y: Tensor): Tensor => y.float().mul(1).int();
    for (let i = 0; i < 4; i++) expect(await step(computed(good)).item()).toBeCloseTo(want, 5);
    await expect(step(computed(labels(0, 1, 5, 1))).item()).rejects.toThrow(/Target 5 is out of bounds/);
    expect(await step(good).item()).toBeCloseTo(want, 5);
  });

  test("random numbers are other ones in each step, the generator's", async () => {
    const draw = (x: Tensor): Tensor[] => [x.add(rand(3, { device: "gpu" })), rand(1, { device: "gpu" }).mul(x)];
    const run = async (fn: typeof draw): Promise<unknown[]> => {
      manualSeed(9);
      const x = zeros(3).add(2).to("gpu");
      const out: unknown[] = [];
      for (let i = 0; i < 5; i++) for (const t of fn(x)) out.push(await t.toArray());
      return out;
    };
    const eager = await run(draw);
    expect(await run(compile(draw, { fullgraph: true }))).toEqual(eager);
    expect(new Set(eager.map((values) => JSON.stringify(values))).size).toBe(eager.length);
  });

  test("numbers, views of other lengths and places, and arguments that are changed", async () => {
    const all = arange(24).float().to("gpu");
    const step = compile((x: Tensor, scale: Tensor, sum: Tensor): Tensor => {
      sum.add_(x.mul(scale));
      return x.mul(scale).sub(1);
    });
    const sum = zeros(4).to("gpu");
    const want = [0, 0, 0, 0];
    for (let i = 0; i < 6; i++) {
      const x = i === 4 ? tensor([1, 2, 3, 4]).to("gpu") : all.narrow(0, 3 * i, 4);
      const values = i === 4 ? [1, 2, 3, 4] : [0, 1, 2, 3].map((k) => 3 * i + k);
      const y = step(x, tensor(i + 1).to("gpu"), sum);
      expect(await y.toArray()).toEqual(values.map((v) => v * (i + 1) - 1));
      for (const [k, v] of values.entries()) want[k] = (want[k] as number) + v * (i + 1);
    }
    expect(await sum.toArray()).toEqual(want);
  });

  test("what only a fused kernel reads takes no array: long chains are one kernel, and many inputs several", async () => {
    const chain = (x: Tensor, y: Tensor): Tensor => {
      for (let i = 0; i < 5; i++) x = x.mul(y).add(0.5).relu().sub(y).mul(0.9);
      return x;
    };
    const total = (...all: Tensor[]): Tensor => all.reduce((sum, x) => sum.mul(0.5).add(x));
    const numbers = (count: number): Tensor[] => Array.from({ length: count }, () => rand(1001).to("gpu"));
    const most = deviceInfo().gpu?.limits.maxTensorsPerKernel ?? 8;
    const kernelsOf = async (fn: (...all: Tensor[]) => Tensor, args: readonly Tensor[]): Promise<number> => {
      const compiled = compile(fn);
      const want = await fn(...args).data();
      for (let i = 0; i < 3; i++) expect(await compiled(...args).data()).toEqual(want);
      return String(compiled.programs[0]).split("\n").slice(1).length;
    };
    const ofChain = await kernelsOf((x, y) => chain(x as Tensor, y as Tensor), numbers(2));
    const ofTotal = await kernelsOf(total, numbers(2 * most));
    if (!(await isWebGpu())) return;
    expect(ofChain).toBe(1);
    expect(ofTotal).toBeGreaterThan(1);
  });

  test("what is disposed of before the commands have run is not written to before them", async () => {
    const full = (value: number): Tensor => tensor(new Float32Array(1000).fill(value)).to("gpu");
    const program = compile((x: Tensor) => x.mul(2).add(1));
    for (let i = 0; i < 4; i++) {
      const x = full(i);
      const [kept, dropped] = [program(x), program(x)];
      x.dispose();
      dropped.dispose();
      const later = Array.from({ length: 4 }, (_, k) => full(100 + k));
      expect((await kept.data())[0]).toBe(2 * i + 1);
      for (const [k, y] of later.entries()) expect((await y.data())[0]).toBe(100 + k);
    }
  });

  test("large results are arrays of their own, which later runs leave as they are", async () => {
    const length = 20_000;
    const step = compile((x: Tensor, sum: Tensor) => {
      const twice = x.mul(2);
      sum.add_(twice);
      return [twice, twice.cumsum(0).narrow(0, length - 1, 1), sum.sub(x), x.reshape(100, 200).sum(0)];
    });
    const sum = zeros(length).to("gpu");
    const kept: Tensor[][] = [];
    let x = tensor(new Float32Array(length).fill(1)).to("gpu");
    for (let i = 0; i < 6; i++) {
      const results = step(x, sum);
      kept.push(results);
      x = results[0] as Tensor;
      if (i % 2 === 0) results[2]?.dispose();
    }
    for (const [i, [twice, all, rest, columns]] of kept.entries()) {
      const value = 2 ** (i + 1);
      expect(new Set(await twice?.data())).toEqual(new Set([value]));
      expect(await all?.item()).toBe(length * value);
      // Sums of what was doubled so far: 2 + 4 + …, less what was not.
      if (i % 2 === 1) expect(new Set(await rest?.data())).toEqual(new Set([2 * value - 2 - value / 2]));
      expect(new Set(await columns?.data())).toEqual(new Set([50 * value]));
    }
    expect(new Set(await sum.data())).toEqual(new Set([2 ** 7 - 2]));
  });

  test("forward and backward of a compiled module", async () => {
    manualSeed(3);
    const model = new nn.Sequential(new nn.Linear(5, 7), new nn.Tanh(), new nn.Linear(7, 2)).to("gpu");
    const compiled = compile(model);
    for (let i = 0; i < 5; i++) {
      const x = randn(3, 5).to("gpu");
      model.zeroGrad();
      model.forward(x).square().sum().backward();
      const want = await Promise.all(model.parameters().map((p) => (p.grad as Tensor).data()));
      model.zeroGrad();
      compiled.forward(x).square().sum().backward();
      for (const [k, p] of model.parameters().entries()) {
        const got = await (p.grad as Tensor).data();
        for (const [j, value] of got.entries()) expect(Math.abs(value - (want[k]?.[j] as number))).toBeLessThan(1e-4);
      }
    }
  });
});
