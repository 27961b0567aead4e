/**
 * @file Speed of matrix products on one thread, as shares of the register tile's peak in the same run.
 *
 * Run with `node bench/matmul.ts`. The peak is the tile on panels that stay in the first-level cache: what the vector
 * unit can do at the clock of this moment.
 */
import { GEMM_TYPES, type GemmType, gemmOnThread, scratchBytes } from "../kernels/cpu/gemm.ts";
import { loadWasm, PAGE_BYTES, type WasmKernels } from "../kernels/cpu/wasm.ts";
import { median } from "./measure.ts";

/** C[m,n] = A[m,k]·B[k,n]; a transposed operand lies in memory as the other way round. */
export interface Product {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** float32 by default. */
  readonly dtype?: keyof typeof GEMM_TYPES;
}

/** What is measured: squares, the three products of each layer of the MNIST program, and awkward shapes. */
export const products: readonly Product[] = [
  { name: "512 square", m: 512, n: 512, k: 512 },
  { name: "512 square, A transposed", m: 512, n: 512, k: 512, transA: true },
  { name: "512 square, B transposed", m: 512, n: 512, k: 512, transB: true },
  { name: "1024 square", m: 1024, n: 1024, k: 1024 },
  { name: "fc1 forward x·Wᵀ", m: 128, n: 512, k: 784, transB: true },
  { name: "fc1 weight gradient gᵀ·x", m: 512, n: 784, k: 128, transA: true },
  { name: "fc1 input gradient g·W", m: 128, n: 784, k: 512 },
  { name: "128×784 by 784×512", m: 128, n: 512, k: 784 },
  { name: "784×128 (transposed) by 128×512", m: 784, n: 512, k: 128, transA: true },
  { name: "128×512 by 512×784 (transposed)", m: 128, n: 784, k: 512, transB: true },
  { name: "fc2 forward x·Wᵀ", m: 128, n: 10, k: 512, transB: true },
  { name: "fc2 weight gradient gᵀ·x", m: 10, n: 512, k: 128, transA: true },
  { name: "fc2 input gradient g·W", m: 128, n: 512, k: 10 },
  { name: "128×512 by 512×10", m: 128, n: 10, k: 512 },
  { name: "512×128 (transposed) by 128×10", m: 512, n: 10, k: 128, transA: true },
  { name: "128×10 by 10×512 (transposed)", m: 128, n: 512, k: 10, transB: true },
  { name: "few rows", m: 32, n: 2048, k: 2048 },
  { name: "few rows, B transposed", m: 32, n: 2048, k: 2048, transB: true },
  { name: "many rows", m: 8192, n: 64, k: 64 },
  { name: "matrix by vector", m: 512, n: 1, k: 784 },
  { name: "vector by matrix", m: 1, n: 512, k: 784 },
  { name: "vector by matrix, transposed", m: 1, n: 512, k: 784, transB: true },
  { name: "odd sizes", m: 101, n: 103, k: 107 },
  { name: "16 square", m: 16, n: 16, k: 16 },
  { name: "tiny", m: 1, n: 3, k: 2 },
  { name: "generation, 12 rows by Wᵀ", m: 12, n: 384, k: 128, transB: true },
  { name: "attention, scores", m: 64, n: 64, k: 32, transB: true },
  { name: "attention, values", m: 64, n: 32, k: 64 },
  { name: "outer product", m: 512, n: 512, k: 1 },
  { name: "long sums", m: 16, n: 16, k: 8192, transA: true },
  ...(["float64", "int32"] as const).flatMap((dtype) => [
    { name: `${dtype}, 512 square`, m: 512, n: 512, k: 512, dtype },
    { name: `${dtype}, B transposed`, m: 128, n: 512, k: 784, transB: true, dtype },
    { name: `${dtype}, A transposed`, m: 512, n: 784, k: 128, transA: true, dtype },
    { name: `${dtype}, few columns`, m: 512, n: 10, k: 128, dtype },
    { name: `${dtype}, vector by matrix`, m: 1, n: 512, k: 784, dtype },
  ]),
];

export interface Measurement {
  readonly name: string;
  /** Median milliseconds of one product. */
  readonly ms: number;
  readonly gflops: number;
  /** Median of the speed of a sample over that of the tile right after it. */
  readonly share: number;
}

/** Values of k of a pass: the panels are just inside a 32 KiB cache, so that the stores of C count little. */
const peakDepth = ({ bytes }: GemmType): number => (bytes === 4 ? 512 : 320);
const peakFlops = (type: GemmType): number => 2 * 30 * type.panel * peakDepth(type);

/** Milliseconds per call, over calls of 5e7 operations together: about 1 ms, so that most escape interruption. */
function timeOf(run: (times: number) => void, flops: number): number {
  const times = Math.max(1, Math.round(5e7 / flops));
  const start = performance.now();
  run(times);
  return (performance.now() - start) / times;
}

/** Milliseconds of one pass of the register tile, at addresses that hold 32 KiB. */
function peakMs(kernels: WasmKernels, type: GemmType, at: number): number {
  const pass = (times: number) => kernels.gemm.peak(type.code, times, peakDepth(type), at, at + 15360, at + 31744);
  return timeOf(pass, peakFlops(type));
}

/** Measures one product. Samples of it and of the peak take turns, so that a changing clock meets both. */
export function measure(kernels: WasmKernels, product: Product, samples = 31): Measurement {
  const { name, m, n, k } = product;
  const type = GEMM_TYPES[product.dtype ?? "float32"];
  const a = kernels.heapStart;
  const b = a + type.bytes * m * k;
  const c = b + type.bytes * k * n;
  const scratch = Math.ceil((c + type.bytes * m * n) / 64) * 64;
  const tile = Math.ceil((scratch + scratchBytes(type, m, n, k)) / 64) * 64;
  const missing = tile + 32768 - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE_BYTES));
  const floats = new Float32Array(kernels.memory.buffer, a, (tile + 32768 - a) / 4);
  for (let i = 0; i < floats.length; i++) floats[i] = ((i * 7919) % 1000) / 1000 - 0.5;

  const [aRow, aCol] = product.transA ? [1, m] : [k, 1];
  const [bRow, bCol] = product.transB ? [1, k] : [n, 1];
  const run = (times: number) => {
    for (let i = 0; i < times; i++) {
      gemmOnThread(kernels.gemm, type, m, n, k, a, aRow, aCol, b, bRow, bCol, c, n, 0, 0, scratch);
    }
  };
  const flops = 2 * m * n * k;
  // The engine compiles twice, the second time in the background while the first, slow code runs.
  for (const end = performance.now() + 300; performance.now() < end; ) {
    timeOf(run, flops);
    peakMs(kernels, type, tile);
  }
  const times: number[] = [];
  const shares: number[] = [];
  for (let i = 0; i < samples; i++) {
    const ms = timeOf(run, flops);
    times.push(ms);
    shares.push((flops / ms) * (peakMs(kernels, type, tile) / peakFlops(type)));
  }
  const ms = median(times);
  return { name, ms, gflops: flops / ms / 1e6, share: median(shares) };
}

function main(): void {
  const only = process.argv[2];
  const kernels = loadWasm(only === "plain" ? { relaxed: false } : {});
  if (!kernels) throw new Error("this engine has no WebAssembly SIMD");
  console.log(`${process.version}, ${kernels.relaxed ? "relaxed" : "plain"} SIMD, one thread, medians`);
  for (const product of products) {
    const { name, ms, gflops, share } = measure(kernels, product);
    const size = `${product.m}×${product.n}×${product.k}`;
    const time = ms < 0.1 ? `${(ms * 1e3).toFixed(2)} µs` : `${ms.toFixed(3)} ms`;
    const speed = `${gflops.toFixed(1)} GFLOP/s`;
    console.log(
      `${name.padEnd(34)} ${size.padStart(14)} ${time.padStart(10)} ${speed.padStart(14)} ${(100 * share).toFixed(1).padStart(6)} %`,
    );
  }
}

if (import.meta.main) main();
