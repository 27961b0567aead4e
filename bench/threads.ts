/**
 * @file Speedup by threads and the system's BLAS: matrix products and passes over memory, for one thread and for all,
 * and what it costs to hand a job over.
 *
 * Run with `node bench/threads.ts`. Samples of all ways take turns, so that a changing clock meets all of them.
 */
import { availableParallelism } from "node:os";
import type { NDArray } from "../kernels/backend.ts";
import { CpuBackend } from "../kernels/cpu/backend.ts";
import { GeneratedKernels } from "../kernels/cpu/generated-kernels.ts";
import { chunkOf } from "../kernels/cpu/parallel/partition.ts";
import { parallelVector } from "../kernels/cpu/parallel/vector.ts";
import { ThreadPool } from "../kernels/cpu/threads.ts";
import { loadWasm, type WasmKernels } from "../kernels/cpu/wasm.ts";
import { dense, emptyArray } from "../kernels/layout.ts";
import { type Product, products } from "./matmul.ts";
import { median } from "./measure.ts";

/** Names of the products that the table shows. */
const SHOWN = new Set([
  "512 square",
  "1024 square",
  "fc1 forward x·Wᵀ",
  "fc1 weight gradient gᵀ·x",
  "fc1 input gradient g·W",
  "128×784 by 784×512",
  "fc2 forward x·Wᵀ",
  "few rows",
  "many rows",
  "matrix by vector",
]);

function load(): WasmKernels {
  const kernels = loadWasm();
  if (!kernels) throw new Error("this engine has no SIMD or no shared memory");
  return kernels;
}

/** Median milliseconds of each of some functions, whose samples take turns. */
export function compareMs(ways: readonly (() => void)[], samples: number, warmup = 200): number[] {
  for (const end = performance.now() + warmup; performance.now() < end; ) for (const way of ways) way();
  const times: number[][] = ways.map(() => []);
  for (let i = 0; i < samples; i++) {
    for (const [way, run] of ways.entries()) {
      // What ran before may have left the processor's other threads asleep, or the caches cold.
      run();
      const start = performance.now();
      run();
      times[way]?.push(performance.now() - start);
    }
  }
  return times.map(median);
}

interface PeakRun {
  readonly run: () => void;
  readonly flops: number;
}

const peakRuns = new Map<number, PeakRun>();

/** Calls of the register tile that take about a millisecond on each of some threads. */
function peakRun(threads: number): PeakRun {
  const known = peakRuns.get(threads);
  if (known) return known;
  const kernels = load();
  const pool = new ThreadPool(kernels, threads);
  const [depth, times, bytes] = [512, 240, 32768];
  const start = kernels.memory.grow(pool.size) * 65536;
  const run = (): void => {
    pool.run(pool.size, ({ gemm }, part) => {
      const at = start + part * bytes;
      gemm.peak(0, times, depth, at, at + 12288, at + 28672);
    });
  };
  const made = { run, flops: 2 * 30 * 8 * depth * times * pool.size };
  peakRuns.set(threads, made);
  return made;
}

export interface ProductFigures {
  readonly name: string;
  readonly size: string;
  /** GFLOP/s of the kernels here with one thread and with all, and of BLAS with one and with all. */
  readonly gflops: readonly number[];
  /** Shares of the register tile's peak, for one thread and for all. */
  readonly shares: readonly number[];
}

/** Ways to multiply: our own kernels and BLAS, each with one thread and with `threads`. */
export function makeBackends(threads: number): CpuBackend[] {
  return [false, true].flatMap((blas) => [1, threads].map((size) => new CpuBackend(load(), { threads: size, blas })));
}

export function measureProduct(backends: readonly CpuBackend[], product: Product, samples: number): ProductFigures {
  const { name, m, n, k, transA, transB } = product;
  const ways = backends.map((backend) => {
    const matrix = (rows: number, cols: number, transposed = false): NDArray => {
      const values = Float32Array.from({ length: rows * cols }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.5);
      const array = dense(backend.upload("float32", values), transposed ? [cols, rows] : [rows, cols]);
      return transposed ? { ...array, shape: [rows, cols], strides: [1, rows] } : array;
    };
    const [a, b, out] = [matrix(m, k, transA), matrix(k, n, transB), emptyArray(backend, "float32", [m, n])];
    return () => void backend.matmul(a, b, { out });
  });
  const peaks = [1, backends[1]?.threads.size ?? 1].map(peakRun);
  const ms = compareMs([...ways, ...peaks.map(({ run }) => run)], samples);
  const gflops = ways.map((_, i) => (2 * m * n * k) / (ms[i] ?? 1) / 1e6);
  const shares = peaks.map(({ flops }, i) => ((gflops[i] ?? 0) * 1e6 * (ms[ways.length + i] ?? 0)) / flops);
  return { name, size: `${m}×${n}×${k}`, gflops, shares };
}

/** Microseconds to hand over a job that does nothing, to a worker that is awake and to one that sleeps. */
export function measureHandOver(samples = 1000): { awake: number; asleep: number } {
  const kernels = load();
  const pool = new ThreadPool(kernels, 2);
  const at = kernels.heapStart;
  kernels.memory.grow(1);
  // Long enough to be taken by a worker that is awake.
  const job = (): void => pool.run(2, ({ vector }, part) => vector.fillRows(at + 32768 * part, 0, 1, 8192, 0));
  const alone = (): void => kernels.vector.fillRows(at, 0, 1, 8192, 0);
  job();
  while (pool.workers < 1);
  const [together = 0, single = 0] = compareMs([job, alone], samples);
  const times: number[] = [];
  for (let i = 0; i < 50; i++) {
    for (const end = performance.now() + 5; performance.now() < end; );
    const start = performance.now();
    job();
    times.push(performance.now() - start);
  }
  return { awake: 1000 * (together - single), asleep: 1000 * (median(times) - single) };
}

/** Microseconds of passes over 10⁶ floats with one thread and with `threads`. */
export function measurePasses(threads: number, samples: number): { name: string; us: readonly number[] }[] {
  const kernels = load();
  const n = 1_000_000;
  const at = kernels.memory.grow(512) * 65536;
  const [x, z, s] = [0, 1, 2].map((i) => at + 4 * n * i) as [number, number, number];
  new Float32Array(kernels.memory.buffer, at, 4 * n).fill(0.5);
  const sets = [1, threads].map((size) => {
    const pool = new ThreadPool(kernels, size);
    const { number } = new GeneratedKernels(kernels, pool).elementwise("exp", "float32").kernel(0);
    const exp = (): void => {
      pool.run(size, ({ made }, part) => {
        const { first, count } = chunkOf(part, size, n, 64);
        made(number, [z + 4 * first, x + 4 * first, 1, 1, count, 0, 0, 0, 0]);
      });
    };
    return { ...parallelVector(pool, kernels), exp };
  });
  const passes: [string, (vector: (typeof sets)[number]) => void][] = [
    ["copy", (v) => v.copyRows(z, x, 1, n, 0, 0)],
    ["exp", (v) => v.exp()],
    ["RMSprop", (v) => v.rmspropStep_f32(z, x, s, 0, 0, n, 1e-3, 0.99, 0.01, 1e-8, 0, 0, 1)],
  ];
  return passes.map(([name, pass]) => {
    const ms = compareMs(
      sets.map((vector) => () => pass(vector)),
      samples,
      60,
    );
    return { name, us: ms.map((t) => 1000 * t) };
  });
}

function main(): void {
  const threads = Math.max(2, Number(process.argv[2] ?? availableParallelism()));
  const samples = Number(process.argv[3] ?? 31);
  const { awake, asleep } = measureHandOver();
  console.log(`${process.version}, medians`);
  console.log(
    `hand-over: ${awake.toFixed(1)} µs to a worker that is awake, ${asleep.toFixed(1)} µs to one that sleeps`,
  );
  for (const { name, us } of measurePasses(threads, samples)) {
    const [one = 0, all = 0] = us;
    console.log(
      `${name.padEnd(24)} one thread ${one.toFixed(0).padStart(5)} µs, ${threads}: ${all.toFixed(0).padStart(5)} µs, ${(one / all).toFixed(2)}×`,
    );
  }
  const backends = makeBackends(threads);
  const found = backends[2]?.blas.search;
  console.log(found && "library" in found ? `BLAS: ${found.library.version ?? found.library.name}` : found?.reason);
  console.log(`GFLOP/s: built-in with 1 and ${threads} threads (share of the peak), BLAS with 1 and ${threads}`);
  for (const product of products) {
    if (!SHOWN.has(product.name)) continue;
    const { name, size, gflops, shares } = measureProduct(backends, product, samples);
    const figures = gflops.map((x, i) => {
      const share = shares[i];
      return `${x.toFixed(1).padStart(7)}${share === undefined ? "" : ` (${(100 * share).toFixed(0)} %)`}`;
    });
    const gain = ((gflops[1] ?? 0) / (gflops[0] ?? 1)).toFixed(2);
    console.log(`${name.padEnd(26)} ${size.padStart(14)} ${figures.join("")}   ${gain}×`);
  }
}

if (import.meta.main) main();
