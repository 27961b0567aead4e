/** @file Convolution and pooling on several threads: the same bits as on one. */
import { describe, expect, test } from "vitest";
import type { Backend, ConvWindows, DepthWindows, DType, NDArray, PlaneWindows } from "../../kernels/backend.ts";
import { shapesOf } from "../../kernels/conv-volumes.ts";
import { CpuBackend } from "../../kernels/cpu/backend.ts";
import { loadWasm } from "../../kernels/cpu/wasm.ts";
import { dense, sizeOf } from "../../kernels/layout.ts";
import { mulberry } from "./random.ts";

/** A backend that uses all its threads even for small work. */
function open(threads: number): CpuBackend {
  const wasm = loadWasm();
  if (wasm === null) throw new Error("this engine has no SIMD or no shared memory");
  return new CpuBackend(wasm, { threads, blas: false, eager: true });
}

const backends = [1, 2, 3].map(open);

function randomArray(k: Backend, dtype: DType, shape: readonly number[], seed: number): NDArray {
  const next = mulberry(seed);
  const numbers = Float64Array.from({ length: sizeOf(shape) }, () => next() - 0.5);
  return dense(k.upload(dtype, dtype === "float64" ? numbers : Float32Array.from(numbers)), shape);
}

/** The bits that `run` computes on each number of threads. */
function bitsOf(run: (k: Backend) => NDArray): string[] {
  return backends.map((k) => {
    const { storage, shape } = run(k);
    const { buffer } = k.readSync(storage, 0, sizeOf(shape));
    return Buffer.from(buffer).toString("hex");
  });
}

function expectSameBits(run: (k: Backend) => NDArray): void {
  const [one, ...others] = bitsOf(run);
  for (const other of others) expect(other === one).toBe(true);
}

function windows(
  shape: ConvWindows["shape"],
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  groups: number,
): ConvWindows {
  const counts = [2, 3].map(
    (d) => Math.floor((shape[d]! + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1,
  ) as [number, number];
  const both = (n: number) => [n, n] as const;
  return {
    shape,
    kernel: both(kernel),
    stride: both(stride),
    padding: both(padding),
    dilation: both(dilation),
    counts,
    groups,
  };
}

const DEPTH: DepthWindows = { length: 5, kernel: 3, stride: 1, padding: 1, dilation: 1, count: 5 };

const CONVOLUTIONS: Readonly<Record<string, readonly [windows: ConvWindows, outputs: number]>> = {
  "3×3 of many channels, one image": [windows([1, 40, 14, 14], 3, 1, 1, 1, 1), 25],
  "3×3 in steps, three images": [windows([3, 12, 15, 15], 3, 2, 1, 1, 1), 18],
  "1×1": [windows([2, 24, 9, 9], 1, 1, 0, 1, 1), 13],
  depthwise: [windows([2, 20, 14, 14], 3, 1, 1, 1, 20), 20],
  "depthwise with gaps, in steps": [windows([5, 6, 17, 17], 3, 2, 2, 2, 6), 12],
  groups: [windows([2, 32, 10, 10], 3, 1, 1, 1, 4), 32],
  "few channels": [windows([3, 1, 28, 28], 5, 1, 0, 1, 1), 7],
  "many small images": [windows([70, 6, 4, 4], 3, 1, 1, 1, 1), 9],
  volumes: [{ ...windows([2, 5, 9, 8], 3, 1, 1, 1, 1), depth: DEPTH }, 8],
  "volumes in steps, depthwise": [
    { ...windows([3, 4, 9, 8], 3, 2, 1, 1, 4), depth: { ...DEPTH, stride: 2, count: 3 } },
    4,
  ],
};

describe.each(["float32", "float64"] as const)("convolutions of %s", (dtype) => {
  test.each(Object.entries(CONVOLUTIONS))("%s", (_, [w, outputs]) => {
    const { images, kernels: weights, results: result } = shapesOf(w, outputs);
    expectSameBits((k) => {
      const bias = randomArray(k, dtype, [outputs], 3);
      return k.conv2d(randomArray(k, dtype, images, 1), randomArray(k, dtype, weights, 2), bias, w);
    });
    expectSameBits((k) => k.conv2dInputGrad(randomArray(k, dtype, result, 4), randomArray(k, dtype, weights, 2), w));
    expectSameBits((k) => k.conv2dWeightGrad(randomArray(k, dtype, images, 1), randomArray(k, dtype, result, 4), w));
  });
});

describe.each(["float32", "float64"] as const)("pooling of %s", (dtype) => {
  const shape = [5, 7, 19, 21];
  const POOLINGS: Readonly<Record<string, PlaneWindows>> = {
    overlapping: windows([1, 1, 19, 19], 3, 2, 1, 1, 1),
    "with gaps": windows([1, 1, 19, 19], 3, 1, 1, 2, 1),
    adaptive: { counts: [4, 6] },
  };
  test.each(Object.entries(POOLINGS))("%s", (_, w) => {
    const divisors = {
      rows: Array.from({ length: w.counts[0] }, (_, i) => 1 + i),
      columns: Array.from({ length: w.counts[1] }, () => 3),
    };
    const result = [5, 7, ...w.counts];
    expectSameBits((k) => k.maxPool(randomArray(k, dtype, shape, 1), w));
    expectSameBits((k) => k.maxPoolGrad(randomArray(k, dtype, result, 2), randomArray(k, dtype, shape, 1), w));
    expectSameBits((k) => k.avgPool(randomArray(k, dtype, shape, 1), w, divisors));
    expectSameBits((k) => k.avgPoolGrad(randomArray(k, dtype, result, 2), w, divisors, [19, 21]));
  });
});
