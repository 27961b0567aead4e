/** @file Weighted sums of elements at given positions on the heap: which kernel, and what each thread gets. */
import type { Backend, FusedOps, NDArray } from "../backend.ts";
import { emptyArray, sizeOf } from "../layout.ts";
import { copyOut, type KernelContext, MIN_SIMD_ELEMENTS, operandAddress, targetOf } from "./kernel-context.ts";
import { CACHE_LINE, type Chunk, chunkOf, GRAIN_SIZE } from "./parallel/partition.ts";
import type { VectorExports } from "./wasm.ts";

type Sampling = Pick<FusedOps, "weightedRows" | "gatherSum" | "scatterSum" | "gatherDot">;

const kindOf = ({ dtype }: NDArray): "f32" | "f64" => (dtype === "float64" ? "f64" : "f32");

/** The kernels for large arrays, and `loops` for everything else. */
export function samplingKernels(backend: Backend, context: KernelContext, loops: Sampling): Sampling {
  const { heap } = context;

  /** A fresh array that `run` fills at an address, for ranges of `count` items of `work` elements in multiples of `unit`. */
  function filled(
    dtype: NDArray["dtype"],
    shape: readonly number[],
    inputs: readonly NDArray[],
    items: { readonly count: number; readonly work: number; readonly unit: number },
    run: (vector: VectorExports, to: number, addresses: readonly number[], range: Chunk) => void,
  ): NDArray {
    const z = emptyArray(backend, dtype, shape);
    const addresses = inputs.map((x) => operandAddress(heap, x));
    const target = targetOf(heap, z);
    const { count, work, unit } = items;
    const parts = Math.min(Math.ceil(count / unit), context.threads.parts(count * work, GRAIN_SIZE.heavy));
    context.threads.run(parts, ({ vector }, part) => {
      const range = chunkOf(part, parts, count, unit);
      if (range.count > 0) run(vector, target.address, addresses, range);
    });
    copyOut(heap, z, target);
    return z;
  }

  return {
    weightedRows(x, block, matrix) {
      const { outer, n, inner } = block;
      const { starts, columns, weights } = matrix;
      const rows = starts.shape[0]! - 1;
      const lines = outer * rows;
      if (lines * inner < MIN_SIMD_ELEMENTS) return loops.weightedRows(x, block, matrix);
      const items = { count: lines, work: inner * Math.ceil(weights.shape[0]! / rows), unit: 1 };
      const kernel = `weightedRows_${kindOf(x)}` as const;
      return filled(x.dtype, [outer, rows, inner], [x, starts, columns, weights], items, (vector, to, at, range) => {
        const [from, start, column, weight] = at as [number, number, number, number];
        vector[kernel](to, from, start, column, weight, range.first, range.count, rows, n, inner);
      });
    },
    gatherSum(x, index, weights) {
      const [batch, channels, size] = x.shape as [number, number, number];
      const [, taps, points] = index.shape as [number, number, number];
      if (batch * channels * points < MIN_SIMD_ELEMENTS) return loops.gatherSum(x, index, weights);
      const items = { count: points, work: batch * channels * taps, unit: CACHE_LINE };
      const kernel = `gatherSum_${kindOf(x)}` as const;
      return filled(x.dtype, [batch, channels, points], [x, index, weights], items, (vector, to, at, range) => {
        const [from, places, weight] = at as [number, number, number];
        vector[kernel](to, from, places, weight, batch, channels, taps, size, points, range.first, range.count);
      });
    },
    scatterSum(grad, index, weights, size) {
      const [batch, channels, points] = grad.shape as [number, number, number];
      const taps = index.shape[1]!;
      if (sizeOf([batch, channels, Math.max(size, points)]) < MIN_SIMD_ELEMENTS) {
        return loops.scatterSum(grad, index, weights, size);
      }
      const items = { count: batch * channels, work: size + taps * points, unit: 1 };
      const kernel = `scatterSum_${kindOf(grad)}` as const;
      return filled(grad.dtype, [batch, channels, size], [grad, index, weights], items, (vector, to, at, range) => {
        const [from, places, weight] = at as [number, number, number];
        vector[kernel](to, from, places, weight, channels, taps, size, points, range.first, range.count);
      });
    },
    gatherDot(grad, x, index) {
      const [batch, channels, size] = x.shape as [number, number, number];
      const [, taps, points] = index.shape as [number, number, number];
      if (batch * taps * points < MIN_SIMD_ELEMENTS) return loops.gatherDot(grad, x, index);
      const items = { count: points, work: batch * channels * taps, unit: CACHE_LINE };
      const kernel = `gatherDot_${kindOf(x)}` as const;
      return filled(x.dtype, [batch, taps, points], [grad, x, index], items, (vector, to, at, range) => {
        const [g, from, places] = at as [number, number, number];
        vector[kernel](to, g, from, places, batch, channels, taps, size, points, range.first, range.count);
      });
    },
  };
}
