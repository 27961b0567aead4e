/** @file Weighted sums of elements at given positions, and their gradients. */
import type { FusedOps, NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { GpuKernel } from "./kernel.ts";
import { GATHER_DOT, GATHER_SUM, SCATTER_SUM, WEIGHTED_ROWS } from "./sources/sampling.ts";

type Sampling = Pick<FusedOps, "weightedRows" | "gatherSum" | "scatterSum" | "gatherDot">;

export function sampling(context: GpuContext): Sampling {
  /** A result of a kernel, which gets the arrays' places and then `sizes`; zeros where there is nothing to add up. */
  function computed(
    kernel: GpuKernel,
    shape: readonly number[],
    arrays: readonly NDArray[],
    sizes: readonly number[],
  ): NDArray {
    const dtype = (arrays[0] as NDArray).dtype;
    const length = sizeOf(shape);
    if (length === 0 || arrays.some((x) => sizeOf(x.shape) === 0)) return context.result(dtype, shape, 0);
    const numbers = [...arrays.map(({ offset }) => offset), ...sizes];
    const inputs = arrays.map((x) => context.array(x));
    return context.result(dtype, shape, context.run(kernel, length, inputs, numbers));
  }

  return {
    weightedRows(x, { outer, n, inner }, { starts, columns, weights }) {
      const rows = (starts.shape[0] as number) - 1;
      return computed(WEIGHTED_ROWS, [outer, rows, inner], [x, starts, columns, weights], [rows, n, inner]);
    },
    gatherSum(x, index, weights) {
      const [batch, channels, size] = x.shape as [number, number, number];
      const [, taps, points] = index.shape as [number, number, number];
      return computed(GATHER_SUM, [batch, channels, points], [x, index, weights], [channels, taps, size, points]);
    },
    scatterSum(grad, index, weights, size) {
      const [batch, channels, points] = grad.shape as [number, number, number];
      const taps = index.shape[1] as number;
      return computed(SCATTER_SUM, [batch, channels, size], [grad, index, weights], [channels, taps, size, points]);
    },
    gatherDot(grad, x, index) {
      const [batch, channels, size] = x.shape as [number, number, number];
      const [, taps, points] = index.shape as [number, number, number];
      return computed(GATHER_DOT, [batch, taps, points], [grad, x, index], [channels, taps, size, points]);
    },
  };
}
