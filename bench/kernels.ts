/**
 * @file Speed of the float32 vector kernels on one thread: bytes read and written per second, beside a plain copy of as
 * many bytes in the same run; and the cost of small operations of the CPU backend.
 *
 * Run with `node bench/kernels.ts`.
 */
import type { NDArray } from "../kernels/backend.ts";
import { createCpuBackend } from "../kernels/cpu/backend.ts";
import { GeneratedKernels } from "../kernels/cpu/generated-kernels.ts";
import { ThreadPool } from "../kernels/cpu/threads.ts";
import { loadWasm, PAGE_BYTES } from "../kernels/cpu/wasm.ts";
import type { ElementwiseName } from "../kernels/ir/elementwise.ts";
import { dense, sizeOf } from "../kernels/layout.ts";
import { medianMs } from "./measure.ts";

export interface KernelSpeed {
  readonly name: string;
  /** Median microseconds of one call. */
  readonly us: number;
  /** 10⁹ bytes read and written per second. */
  readonly gbps: number;
  /** Time of a plain copy that moves as many bytes over the time of the kernel: 1 is as fast as the memory allows. */
  readonly share: number;
}

/** The kernels on arrays of `n` floats (a square number); about 16 bytes each are needed for it. */
export function measureKernels(n: number, samples = 60): readonly KernelSpeed[] {
  const wasm = loadWasm();
  if (!wasm) throw new Error("this engine has no SIMD");
  const { vector, memory, heapStart } = wasm;
  memory.grow(Math.ceil((20 * n + 8192) / PAGE_BYTES));
  const [a, b, c, d, scratch] = [0, 1, 2, 3, 4].map((i) => heapStart + 4 * n * i) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const floats = new Float32Array(memory.buffer, heapStart, 4 * n);
  for (let i = 0; i < floats.length; i++) floats[i] = (i % 1000) / 250 - 2;
  floats.copyWithin(3 * n, 0, n);
  const side = Math.sqrt(n);
  const update = (): void => {
    vector.rmspropStep_f32(a, b, d, 0, 0, n, 1e-9, 0.99, 0.01, 1e-8, 0, 0, 1);
  };
  const generated = new GeneratedKernels(wasm, new ThreadPool(wasm, 1));
  const kernel = (name: ElementwiseName) => generated.elementwise(name, "float32").kernel(0).run;
  const [add, relu, reluGrad, exp, tanh] = [
    kernel("add"),
    kernel("relu"),
    kernel("reluGrad"),
    kernel("exp"),
    kernel("tanh"),
  ];
  const runs: readonly (readonly [name: string, bytesPerElement: number, run: () => void])[] = [
    ["add", 12, () => add(c, a, b, 1, 1, n, 0, 0, 0, 0, 0, 0)],
    ["add a row to each row", 8, () => add(c, a, b, 1, side, side, 0, 4 * side, 0, 4 * side, 0, 0)],
    ["relu", 8, () => relu(c, a, 1, 1, n, 0, 0, 0, 0)],
    ["reluGrad", 12, () => reluGrad(c, a, b, 1, 1, n, 0, 0, 0, 0, 0, 0)],
    ["exp", 8, () => exp(c, a, 1, 1, n, 0, 0, 0, 0)],
    ["tanh", 8, () => tanh(c, a, 1, 1, n, 0, 0, 0, 0)],
    ["sum", 4, () => vector.foldRows_f32(0, c, a, 1, n)],
    ["sum of rows", 4, () => vector.foldRows_f32(0, c, a, side, side)],
    ["sum of columns", 4, () => vector.foldColumns_f32(0, c, a, 1, side, side, 4 * side, scratch)],
    ["max", 4, () => vector.foldRows_f32(2, c, a, 1, n)],
    ["softmax of rows", 8, () => vector.softmaxRows_f32(c, a, side, side)],
    ["transposed copy", 8, () => vector.transposeRows(c, a, side, side, 4 * side, 4 * side)],
    ["bytes to floats", 5, () => vector.divideBytes(c, b, n, 255)],
    ["rmsprop", 20, update],
  ];
  // Reads and writes 8 bytes for each element.
  const copyMs = medianMs(() => vector.copyRows(c, a, 1, n, 0, 0), samples, 100);
  return runs.map(([name, bytes, run]) => {
    const ms = medianMs(run, samples, 50);
    return { name, us: ms * 1e3, gbps: (bytes * n) / ms / 1e6, share: (copyMs * bytes) / 8 / ms };
  });
}

export interface SmallSpeed {
  readonly name: string;
  readonly ns: number;
}

/** Nanoseconds of small operations of the CPU backend, results not freed. */
export function measureSmall(samples = 30): readonly SmallSpeed[] {
  const backend = createCpuBackend();
  const array = (shape: readonly number[]): NDArray =>
    dense(backend.upload("float32", new Float32Array(sizeOf(shape)).fill(0.5)), shape);
  const [one, other, some, more, square] = [[1], [1], [64], [1000], [4, 4]].map(array) as [
    NDArray,
    NDArray,
    NDArray,
    NDArray,
    NDArray,
  ];
  const runs: readonly (readonly [name: string, run: () => void])[] = [
    ["add, 1 element", () => backend.map("add", [one, other], one.shape)],
    ["tanh, 1 element", () => backend.map("tanh", [one], one.shape)],
    ["add, 64 elements", () => backend.map("add", [some, some], some.shape)],
    ["tanh, 64 elements", () => backend.map("tanh", [some], some.shape)],
    ["add in place, 1000 elements", () => backend.map("add", [more, more], more.shape, [], more)],
    ["add and free, 1000 elements", () => backend.free(backend.map("add", [more, more], more.shape).storage)],
    ["sum, 64 elements", () => backend.reduce("sum", some, { outer: 1, n: 64, inner: 1 })],
    ["matmul, 4×4", () => backend.matmul(square, square)],
  ];
  const CALLS = 1000;
  return runs.map(([name, run]) => {
    const ms = medianMs(
      () => {
        for (let i = 0; i < CALLS; i++) run();
      },
      samples,
      100,
    );
    return { name, ns: (ms * 1e6) / CALLS };
  });
}

if (import.meta.main) {
  for (const [label, n] of [
    ["in the second-level cache", 128 * 128],
    ["in memory", 2048 * 2048],
  ] as const) {
    console.log(`${n} floats (${label})`);
    for (const { name, us, gbps, share } of measureKernels(n)) {
      console.log(
        `  ${name.padEnd(24)}${us.toFixed(1).padStart(10)} µs${gbps.toFixed(1).padStart(8)} GB/s${share.toFixed(2).padStart(7)} of a copy`,
      );
    }
  }
  console.log("operations of the backend");
  for (const { name, ns } of measureSmall()) console.log(`  ${name.padEnd(30)}${ns.toFixed(0).padStart(8)} ns`);
}
