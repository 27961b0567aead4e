/**
 * @file Benchmarks of the GPU: products, passes over memory, the cost of issuing an operation, the training step.
 * Prints the rows of a Markdown table as they come. BENCH_LARGEST is the side of the largest
 * product (4096); sizes that would take longer than BENCH_SECONDS (20) a product are left out.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { gpuAvailable, type Tensor, tensor } from "tapegrad";
import { findBackend } from "../kernels/backend.ts";
import { GpuBackend } from "../kernels/gpu/backend.ts";
import type { GpuKernel } from "../kernels/gpu/kernel.ts";
import type { GpuArray } from "../kernels/gpu/runtime.ts";
import { matmulKernel } from "../kernels/gpu/sources/matmul.ts";
import { vectorKernel } from "../kernels/gpu/sources/vectors.ts";
import { median } from "./measure.ts";
import type { GpuPart } from "./parts.ts";
import { measureStepOn } from "./training.ts";

const gpu = await gpuAvailable();
const backend = findBackend("gpu");
if (!gpu.available || !(backend instanceof GpuBackend)) {
  console.error(`bench: there is no GPU${gpu.available ? "" : `: ${gpu.reason}`}`);
  process.exit(1);
}
const { runtime } = backend;
const { name, mode } = gpu;
const largest = Number(process.env.BENCH_LARGEST ?? 4096);
const patience = Number(process.env.BENCH_SECONDS ?? 20);

/** Seconds until the GPU has done what `issue` issues. */
async function secondsOf(issue: () => GpuArray): Promise<number> {
  const start = performance.now();
  const result = issue();
  await runtime.read(result, 0, 1);
  result.release();
  return (performance.now() - start) / 1000;
}

async function bestOf(samples: number, issue: () => GpuArray): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < samples; i++) times.push(await secondsOf(issue));
  return Math.min(...times);
}

function numbers(length: number): GpuArray {
  return runtime.upload(
    "bench",
    Float32Array.from({ length }, (_, i) => ((i * 7) % 13) / 13 - 0.5),
  );
}

/** GFLOP/s of a square product with each kernel; NaN where it would take too long. */
async function measureProduct(side: number, kernels: readonly GpuKernel[]): Promise<number[]> {
  const [a, b] = [numbers(side * side), numbers(side * side)];
  const args = [side, side, side, 0, 0, 0, side, 1, 0, 0, side, 1, 0, 0];
  const figures: number[] = [];
  for (const kernel of kernels) {
    const issue = () => runtime.run(kernel, side * side, [a, b], args);
    const first = await secondsOf(issue);
    figures.push(first > patience ? (2 * side ** 3) / first / 1e9 : (2 * side ** 3) / (await bestOf(3, issue)) / 1e9);
  }
  a.release();
  b.release();
  return figures;
}

const ADD = vectorKernel(
  { name: "add", f: { name: "element", inputs: ["x", "y"], floats: [], statements: "return x + y;" } },
  ["v", "v"],
  "flat",
);

/** GB/s of an addition of large arrays: two are read, one is written. */
async function measureBandwidth(length = 2 ** 22): Promise<number> {
  const [x, y] = [numbers(length), numbers(length)];
  const seconds = await bestOf(5, () => runtime.run(ADD, length, [x, y], [0, 0]));
  x.release();
  y.release();
  return (12 * length) / seconds / 1e9;
}

const CHAIN = 1000;

/**
 * Milliseconds that this thread has computed. Without a GPU the kernels' threads take the processors meanwhile, which the clock
 * would count as well.
 */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Microseconds to issue one of a chain of kernels, without tensors and without the tape. */
async function measureKernels(): Promise<number> {
  const one = numbers(2);
  const times: number[] = [];
  for (let round = 0; round < 12; round++) {
    let x = one.retain();
    const start = threadTime();
    for (let i = 0; i < CHAIN; i++) {
      const next = runtime.run(ADD, 2, [x, one], [0, 0]);
      x.release();
      x = next;
    }
    times.push(threadTime() - start);
    await runtime.read(x, 0, 1);
    x.release();
  }
  one.release();
  return (1000 * median(times.slice(2))) / CHAIN;
}

/** Microseconds to issue one of a chain of products of tensors, with the tape, and one step of the walk back. */
async function measureOperations(): Promise<{ forward: number; backward: number }> {
  const x = tensor([1, 2], { requiresGrad: true, device: "gpu" });
  const factor = tensor([1.0001, 0.9999]).to("gpu");
  const forward: number[] = [];
  const backward: number[] = [];
  for (let round = 0; round < 12; round++) {
    const start = threadTime();
    let y: Tensor = x;
    for (let i = 0; i < CHAIN; i++) y = y.mul(factor);
    const middle = threadTime();
    y.sum().backward();
    const end = threadTime();
    await x.grad?.data();
    forward.push(middle - start);
    backward.push(end - middle);
  }
  const each = (times: number[]) => (1000 * median(times.slice(2))) / CHAIN;
  return { forward: each(forward), backward: each(backward) };
}

const show = (x: number, digits: number) => (Number.isNaN(x) ? "–" : x.toFixed(digits));
type Row = readonly [work: string, figure: string];

/** Square products, each as large again as the one before, until they take too long. */
async function measureProducts(tell: (row: Row) => void) {
  const tiled = matmulKernel("false:false:wide");
  const plain = matmulKernel("false:false:narrow");
  const products: { side: number; tiled: number; plain: number }[] = [];
  for (let side = 256; side <= largest; side *= 2) {
    const last = products.at(-1);
    const expected = (speed: number | undefined) => (speed === undefined ? 0 : (2 * side ** 3) / speed / 1e9);
    const kernels = [tiled, plain].filter((_, i) => expected(i === 0 ? last?.tiled : last?.plain) <= patience);
    const figures = await measureProduct(side, kernels);
    const of = (kernel: GpuKernel) => figures[kernels.indexOf(kernel)] ?? Number.NaN;
    products.push({ side, tiled: of(tiled), plain: of(plain) });
    tell([`product ${side}³`, `${show(of(tiled), 2)} GFLOP/s with tiles, ${show(of(plain), 2)} by gpu.js's kernel`]);
  }
  return products;
}

/** Measures some parts, or all of them. A run of all writes its table and the raw figures. */
export async function run(parts: readonly GpuPart[]): Promise<void> {
  const text: string[] = [];
  const tell = (line: string) => {
    text.push(line);
    console.log(line);
  };
  const row = ([work, figure]: Row) => tell(`| ${work} | ${figure} |`);
  const measures: Record<GpuPart, () => Promise<object>> = {
    async issue() {
      const kernelUs = await measureKernels();
      row(["issuing a kernel", `${show(kernelUs, 1)} µs`]);
      const { forward, backward } = await measureOperations();
      row(["issuing an operation with the tape, forward", `${show(forward, 1)} µs`]);
      row(["the same, backward", `${show(backward, 1)} µs`]);
      return { kernelUs, forward, backward };
    },
    async bandwidth() {
      const bandwidth = await measureBandwidth();
      row(["addition of 2²² floats", `${show(bandwidth, 1)} GB/s`]);
      return { bandwidth };
    },
    async products() {
      return { products: await measureProducts(row) };
    },
    async step() {
      const figures = await measureStepOn("gpu", 20);
      const { issueMs, stepMs, compiledIssueMs, compiledStepMs } = figures;
      const text = (whole: number, issue: number) => `${show(whole, 1)} ms, of which ${show(issue, 2)} ms to issue it`;
      row(["training step, batch 128", text(stepMs, issueMs)]);
      row(["the same, compiled", text(compiledStepMs, compiledIssueMs)]);
      return figures;
    },
  };
  for (const line of [
    `${name} (${mode}), Node ${process.version}; medians.`,
    "",
    "| work | figure |",
    "| --- | --- |",
  ]) {
    tell(line);
  }
  const raw: object = { gpu };
  for (const part of parts) Object.assign(raw, await measures[part]());
  if (parts.length < Object.keys(measures).length) return;
  const results = `${import.meta.dirname}/results`;
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}/gpu.md`, `${text.join("\n")}\n`);
  writeFileSync(`${results}/gpu.json`, `${JSON.stringify(raw, null, 1)}\n`);
}
