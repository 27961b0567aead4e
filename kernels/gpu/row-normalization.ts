/** @file Group and batch normalization where threads share memory. */
import type { FusedOps, NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { fold, isTooLong } from "./axis-ops.ts";
import type { GpuContext } from "./gpu-context.ts";
import type { GpuArray, Threads } from "./runtime.ts";
import {
  channelGradKernel,
  channelStatisticsKernel,
  mergedStatisticsKernel,
  rowBatchNormGradKernel,
  rowBatchNormKernel,
  rowGroupNormGradKernel,
  rowGroupNormKernel,
  type Width,
} from "./sources/row-normalization.ts";
import { lanesBeside, lanesFor } from "./sources/rows.ts";

export type Normalizations = Pick<FusedOps, "groupNorm" | "groupNormGrad" | "batchNorm" | "batchNormGrad">;

type Sizes = readonly [samples: number, channels: number, inner: number];

/** Rows that keep a GPU busy. */
const BUSY = 1024;

/** Fewest elements of a part of a channel. */
const PART = 512;

/** How the samples of channels are cut into parts, so that there is work for all. */
function partsOf([samples, channels, inner]: Sizes, lanes: number): { share: number; parts: number } {
  const wished = Math.min(Math.ceil(BUSY / (channels * lanes)), Math.floor((samples * inner) / PART));
  const share = Math.ceil(samples / Math.max(1, wished));
  return { share, parts: Math.ceil(samples / share) };
}

/** The kernels for arrays with elements; `otherwise` has those for groups too long for a workgroup, and for empty arrays. */
export function rowNormalizations(context: GpuContext, threads: Threads, otherwise: Normalizations): Normalizations {
  /** Calls `use` with the places of a weight and a bias; where one of them is missing, with one that changes nothing. */
  function withVectors<T>(
    channels: number,
    vectors: readonly { readonly given: NDArray | null; readonly otherwise: number }[],
    use: (arrays: readonly GpuArray[], places: readonly number[]) => T,
  ): T {
    if (vectors.every(({ given }) => given === null)) return use([], []);
    const arrays = vectors.map(({ given, otherwise: value }) =>
      given === null
        ? context.runtime.upload("normalize", new Float32Array(channels).fill(value))
        : context.array(given).retain(),
    );
    try {
      return use(
        arrays,
        vectors.map(({ given }) => given?.offset ?? 0),
      );
    } finally {
      for (const array of arrays) array.release();
    }
  }

  /** Σ g·z, then Σ g, of every channel. */
  function channelSums(
    grad: NDArray,
    x: NDArray,
    mean: NDArray,
    spread: NDArray,
    width: Width,
    sets: readonly [ofSample: number, channels: number],
    eps: number,
  ): GpuArray {
    const [samples, channels, inner] = x.shape as unknown as Sizes;
    const lanes = lanesFor(inner, channels, threads);
    const { share, parts } = partsOf([samples, channels, inner], lanes);
    const arrays = [grad, x, mean, spread].map((array) => context.array(array));
    const ints = [channels * parts, inner, lanes, x.offset, channels, samples, share];
    const numbers = [...ints, grad.offset, mean.offset, spread.offset, ...sets, eps];
    const sums = context.run(channelGradKernel(width, threads), 2 * channels * parts, arrays, numbers);
    if (parts === 1) return sums;
    try {
      return fold(context, "sum", "x", { outer: 2, n: parts, inner: channels }, [sums], 0);
    } finally {
      sums.release();
    }
  }

  function vectorsOf(x: NDArray, sums: GpuArray): { weight: NDArray; bias: NDArray } {
    const channels = x.shape[1] as number;
    return {
      weight: context.result(x.dtype, [channels], sums),
      bias: context.part(x.dtype, [channels], sums.retain(), channels),
    };
  }

  /** The means, then the variances, of all channels. */
  function statisticsOf(x: NDArray): GpuArray {
    const [samples, channels, inner] = x.shape as unknown as Sizes;
    const lanes = lanesFor(inner, channels, threads);
    const { share, parts } = partsOf([samples, channels, inner], lanes);
    const ints = [channels * parts, inner, lanes, x.offset, channels, samples, share];
    const found = context.run(channelStatisticsKernel(`${threads}`), 2 * channels * parts, [context.array(x)], ints);
    if (parts === 1) return found;
    try {
      const numbers = [channels, 1, 1, parts, samples, share];
      return context.run(mergedStatisticsKernel(`${threads}`), 2 * channels, [found], numbers);
    } finally {
      found.release();
    }
  }

  return {
    groupNorm(x, weight, bias, groups, eps) {
      const [samples, channels, inner] = x.shape as unknown as Sizes;
      const length = sizeOf(x.shape);
      const rows = samples * groups;
      const n = length / rows;
      const isTooLarge = length + 2 * rows > context.runtime.maxLength;
      if (length === 0 || isTooLarge || isTooLong({ outer: rows, n, inner: 1 })) {
        return otherwise.groupNorm(x, weight, bias, groups, eps);
      }
      const vectors = [
        { given: weight, otherwise: 1 },
        { given: bias, otherwise: 0 },
      ];
      const all = withVectors(channels, vectors, (arrays, places) => {
        const kernel = rowGroupNormKernel(
          arrays.length === 0 ? "plain" : "affine",
          inner === 1 ? "elements" : "planes",
          threads,
        );
        const ints = [rows, n, lanesFor(n, rows, threads), x.offset, groups, channels / groups, inner, ...places];
        return context.run(kernel, length + 2 * rows, [context.array(x), ...arrays], [...ints, eps]);
      });
      return {
        y: context.result(x.dtype, x.shape, all),
        mean: context.part(x.dtype, [rows], all.retain(), length),
        rstd: context.part(x.dtype, [rows], all.retain(), length + rows),
      };
    },
    groupNormGrad(grad, x, mean, rstd, weight, groups) {
      const [samples, channels, inner] = x.shape as unknown as Sizes;
      const length = sizeOf(x.shape);
      const rows = samples * groups;
      const n = length / rows;
      if (length === 0 || isTooLong({ outer: rows, n, inner: 1 })) {
        return otherwise.groupNormGrad(grad, x, mean, rstd, weight, groups);
      }
      const perGroup = channels / groups;
      const inputs = [grad, x, mean, rstd, ...(weight === null ? [] : [weight])];
      const kernel = rowGroupNormGradKernel(
        weight === null ? "plain" : "affine",
        inner === 1 ? "elements" : "planes",
        threads,
      );
      const places = [grad.offset, x.offset, mean.offset, rstd.offset, groups, perGroup, inner];
      const numbers = [rows, n, lanesFor(n, rows, threads), ...places, ...(weight === null ? [] : [weight.offset])];
      const arrays = inputs.map((array) => context.array(array));
      const input = context.run(kernel, length, arrays, numbers);
      const sums = channelSums(grad, x, mean, rstd, "rstd", [groups, perGroup], 0);
      return { input: context.result(x.dtype, x.shape, input), ...vectorsOf(x, sums) };
    },
    batchNorm(x, weight, bias, given, eps) {
      const [samples, channels, inner] = x.shape as unknown as Sizes;
      const length = sizeOf(x.shape);
      if (length === 0) return otherwise.batchNorm(x, weight, bias, given, eps);
      let statistics = given;
      if (statistics === null) {
        const found = statisticsOf(x);
        statistics = {
          mean: context.result(x.dtype, [channels], found),
          variance: context.part(x.dtype, [channels], found.retain(), channels),
        };
      }
      const { mean, variance } = statistics;
      const vectors = [
        { given: weight, otherwise: 1 },
        { given: bias, otherwise: 0 },
      ];
      const y = withVectors(channels, vectors, (arrays, places) => {
        const kernel = rowBatchNormKernel(arrays.length === 0 ? "plain" : "affine", threads);
        const ints = [samples * channels, inner, lanesBeside(inner, threads), x.offset, channels];
        const numbers = [...ints, mean.offset, variance.offset, ...places, eps];
        const inputs = [x, mean, variance].map((array) => context.array(array));
        return context.run(kernel, length, [...inputs, ...arrays], numbers);
      });
      return { y: context.result(x.dtype, x.shape, y), statistics };
    },
    batchNormGrad(grad, x, statistics, weight, eps, given) {
      const [samples, channels, inner] = x.shape as unknown as Sizes;
      const length = sizeOf(x.shape);
      if (length === 0) return otherwise.batchNormGrad(grad, x, statistics, weight, eps, given);
      const { mean, variance } = statistics;
      const sums = channelSums(grad, x, mean, variance, "variance", [0, 1], eps);
      const kernel = rowBatchNormGradKernel(weight === null ? "plain" : "affine", given ? "given" : "own", threads);
      const arrays = [
        context.array(grad),
        ...(given ? [] : [context.array(x), context.array(mean), sums]),
        context.array(variance),
        ...(weight === null ? [] : [context.array(weight)]),
      ];
      const numbers = [
        ...[samples * channels, inner, lanesBeside(inner, threads), channels, grad.offset],
        ...(given ? [] : [x.offset, mean.offset]),
        variance.offset,
        ...(weight === null ? [] : [weight.offset]),
        eps,
        ...(given ? [] : [samples * inner]),
      ];
      const input = context.run(kernel, length, arrays, numbers);
      return { input: context.result(x.dtype, x.shape, input), ...vectorsOf(x, sums) };
    },
  };
}
