/** @file Group, batch and RMS normalization, composed of kernels: sums over sets of elements, and one result for each element. */
import type { FusedOps, NDArray, NormGrads } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { fold } from "./axis-ops.ts";
import { type GpuContext, storageOf } from "./gpu-context.ts";
import { rowNormalizations } from "./row-normalization.ts";
import type { GpuArray } from "./runtime.ts";
import {
  DISTANCE,
  normGradKernel,
  PRODUCT,
  REFINED,
  RSTD,
  SHARE,
  SQUARED_DISTANCE,
  standardizeKernel,
  WEIGHTED,
} from "./sources/normalization.ts";

type Normalizations = Pick<
  FusedOps,
  "groupNorm" | "groupNormGrad" | "batchNorm" | "batchNormGrad" | "rmsNorm" | "rmsNormGrad"
>;

/** The array as `turns` × `sets` × `size`: what shares the middle index is a set. */
interface Sets {
  readonly turns: number;
  readonly sets: number;
  readonly size: number;
}

type Sizes = readonly [samples: number, channels: number, inner: number];

function groupsOf(x: NDArray, groups: number): Sets {
  const [samples, channels, inner] = x.shape as unknown as Sizes;
  return { turns: 1, sets: samples * groups, size: (channels / groups) * inner };
}

function channelsOf(x: NDArray): Sets {
  const [turns, sets, size] = x.shape as unknown as Sizes;
  return { turns, sets, size };
}

/** The kernels of normalization. */
export function normalizations(context: GpuContext): Normalizations {
  const { threads } = context.runtime;
  const composed = compositions(context);
  return threads === null ? composed : { ...composed, ...rowNormalizations(context, threads, composed) };
}

/** A GPU array and the place of the first element. */
interface Operand {
  readonly array: GpuArray;
  readonly at: number;
}

/** Every normalization as several kernels. */
function compositions(context: GpuContext): Normalizations {
  const operand = (x: NDArray): Operand => ({ array: context.array(x), at: x.offset });
  const whole = (array: GpuArray): Operand => ({ array, at: 0 });

  /** Calls `use` with a function that notes arrays to be released afterwards. */
  function withTemporaries<T>(use: (note: (array: GpuArray) => GpuArray) => T): T {
    const noted: GpuArray[] = [];
    try {
      return use((array) => {
        noted.push(array);
        return array;
      });
    } finally {
      for (const array of noted) array.release();
    }
  }

  /** The sum of every set. */
  function sums({ array, at }: Operand, { turns, sets, size }: Sets): GpuArray {
    const parts = fold(context, "sum", "x", { outer: turns * sets, n: size, inner: 1 }, [array], at);
    if (turns === 1) return parts;
    try {
      return fold(context, "sum", "x", { outer: 1, n: turns, inner: sets }, [parts], 0);
    } finally {
      parts.release();
    }
  }

  function meansOf(x: Operand, sets: Sets): GpuArray {
    return withTemporaries((note) => context.run(SHARE, sets.sets, [note(sums(x, sets))], [sets.turns * sets.size]));
  }

  /** The mean of every set. What a first sum rounded away is small beside the elements, but not beside their distances. */
  function means(x: Operand, sets: Sets, length: number): GpuArray {
    return withTemporaries((note) => {
      const first = note(meansOf(x, sets));
      const distances = note(context.run(DISTANCE, length, [x.array, first], [x.at, sets.size, sets.sets]));
      return context.run(REFINED, sets.sets, [first, note(sums(whole(distances), sets))], [sets.turns * sets.size]);
    });
  }

  function variances(x: Operand, mean: GpuArray, sets: Sets, length: number): GpuArray {
    return withTemporaries((note) => {
      const numbers = [x.at, sets.size, sets.sets];
      return meansOf(whole(note(context.run(SQUARED_DISTANCE, length, [x.array, mean], numbers))), sets);
    });
  }

  function standardize(
    x: NDArray,
    mean: Operand,
    rstd: Operand,
    { size, sets }: Sets,
    weight: NDArray | null = null,
    bias: NDArray | null = null,
  ): GpuArray {
    const arrays = [context.array(x), mean.array, rstd.array];
    const numbers = [x.offset, mean.at, rstd.at, size, sets];
    if (weight === null && bias === null) {
      return context.run(standardizeKernel("plain"), sizeOf(x.shape), arrays, numbers);
    }
    const [, channels, inner] = x.shape as unknown as Sizes;
    return withTemporaries((note) => {
      const vector = (v: NDArray | null, otherwise: number): Operand => {
        if (v !== null) return operand(v);
        return whole(note(context.runtime.upload("normalize", new Float32Array(channels).fill(otherwise))));
      };
      const [w, b] = [vector(weight, 1), vector(bias, 0)];
      const all = [...numbers, w.at, b.at, inner, channels];
      return context.run(standardizeKernel("affine"), sizeOf(x.shape), [...arrays, w.array, b.array], all);
    });
  }

  function grads(
    grad: NDArray,
    x: NDArray,
    mean: Operand,
    rstd: Operand,
    weight: NDArray | null,
    sets: Sets,
    given: boolean,
    /** Whether the mean is 0 in any case. */
    uncentered = false,
  ): NormGrads {
    const [, channels, inner] = x.shape as unknown as Sizes;
    const length = sizeOf(x.shape);
    const ofChannels = channelsOf(x);
    const terms = sets.turns * sets.size;
    return withTemporaries((note) => {
      const g = operand(grad);
      const z = note(standardize(x, mean, rstd, sets));
      const scaled = note(context.run(PRODUCT, length, [g.array, z], [g.at]));
      const forWeight = sums(whole(scaled), ofChannels);
      const forBias = sums(g, ofChannels);
      let weighted = g;
      if (weight !== null) {
        const w = operand(weight);
        weighted = whole(note(context.run(WEIGHTED, length, [g.array, w.array], [g.at, w.at, inner, channels])));
      }
      const numbers = [weighted.at, rstd.at, sets.size, sets.sets];
      const arrays = [weighted.array, rstd.array];
      if (!given) {
        const products = note(context.run(PRODUCT, length, [weighted.array, z], [weighted.at]));
        const plain = uncentered ? zeros(sets.sets) : sums(weighted, sets);
        arrays.push(z, note(plain), note(sums(whole(products), sets)));
        numbers.push(terms);
      }
      const input = context.run(normGradKernel(given ? "given" : "own"), length, arrays, numbers);
      return {
        input: context.result(x.dtype, x.shape, input),
        weight: context.result(x.dtype, [channels], forWeight),
        bias: context.result(x.dtype, [channels], forBias),
      };
    });
  }

  const zeros = (count: number): GpuArray => context.runtime.upload("normalize", new Float32Array(count));
  /** An array [N,C] as channels of one element. */
  const columnsOf = (x: NDArray): NDArray => ({ ...x, shape: [...x.shape, 1], strides: [...x.strides, 1] });

  /** Results where there are no elements: zeros. */
  const nothing = (x: NDArray, ...shape: readonly number[]): NDArray => context.result(x.dtype, shape, 0);
  const noGrads = (x: NDArray): NormGrads => ({
    input: nothing(x, ...x.shape),
    weight: nothing(x, x.shape[1] as number),
    bias: nothing(x, x.shape[1] as number),
  });

  return {
    groupNorm(x, weight, bias, groups, eps) {
      const sets = groupsOf(x, groups);
      const length = sizeOf(x.shape);
      if (length === 0) {
        return { y: nothing(x, ...x.shape), mean: nothing(x, sets.sets), rstd: nothing(x, sets.sets) };
      }
      return withTemporaries((note) => {
        const from = operand(x);
        const mean = means(from, sets, length);
        const variance = note(variances(from, mean, sets, length));
        const rstd = context.run(RSTD, sets.sets, [variance], [0, eps]);
        const y = standardize(x, whole(mean), whole(rstd), sets, weight, bias);
        return {
          y: context.result(x.dtype, x.shape, y),
          mean: context.result(x.dtype, [sets.sets], mean),
          rstd: context.result(x.dtype, [sets.sets], rstd),
        };
      });
    },
    groupNormGrad(grad, x, mean, rstd, weight, groups) {
      if (sizeOf(x.shape) === 0) return noGrads(x);
      return grads(grad, x, operand(mean), operand(rstd), weight, groupsOf(x, groups), false);
    },
    batchNorm(x, weight, bias, given, eps) {
      const sets = channelsOf(x);
      const length = sizeOf(x.shape);
      if (length === 0) {
        // The mean of nothing is no number.
        const vector = (): NDArray => context.result(x.dtype, [sets.sets], Number.NaN);
        const statistics = given ?? { mean: vector(), variance: vector() };
        return { y: nothing(x, ...x.shape), statistics };
      }
      const from = operand(x);
      let statistics = given;
      if (statistics === null) {
        const mean = means(from, sets, length);
        const variance = variances(from, mean, sets, length);
        const vector = (array: GpuArray): NDArray => context.result(x.dtype, [sets.sets], array);
        statistics = { mean: vector(mean), variance: vector(variance) };
      }
      const { mean, variance } = statistics;
      return withTemporaries((note) => {
        const rstd = note(context.run(RSTD, sets.sets, [context.array(variance)], [variance.offset, eps]));
        const y = standardize(x, operand(mean), whole(rstd), sets, weight, bias);
        return { y: context.result(x.dtype, x.shape, y), statistics };
      });
    },
    batchNormGrad(grad, x, { mean, variance }, weight, eps, given) {
      if (sizeOf(x.shape) === 0) return noGrads(x);
      const sets = channelsOf(x);
      return withTemporaries((note) => {
        const rstd = note(context.run(RSTD, sets.sets, [context.array(variance)], [variance.offset, eps]));
        return grads(grad, x, operand(mean), whole(rstd), weight, sets, given);
      });
    },
    rmsNorm(x, weight, eps) {
      const [rows, n] = x.shape as [number, number];
      const length = rows * n;
      if (length === 0) return { y: nothing(x, rows, n), rstd: nothing(x, rows) };
      return withTemporaries((note) => {
        const from = operand(x);
        const mean = note(zeros(rows));
        const numbers = [from.at, n, rows];
        const squares = note(context.run(SQUARED_DISTANCE, length, [from.array, mean], numbers));
        const rowSets = { turns: 1, sets: rows, size: n };
        const rstd = context.run(RSTD, rows, [note(meansOf(whole(squares), rowSets))], [0, eps]);
        const y = standardize(columnsOf(x), whole(mean), whole(rstd), rowSets, weight);
        return { y: context.result(x.dtype, [rows, n], y), rstd: context.result(x.dtype, [rows], rstd) };
      });
    },
    rmsNormGrad(grad, x, rstd, weight) {
      const [rows, n] = x.shape as [number, number];
      if (rows * n === 0) return { input: nothing(x, rows, n), weight: nothing(x, n) };
      const rowSets = { turns: 1, sets: rows, size: n };
      return withTemporaries((note) => {
        const mean = whole(note(zeros(rows)));
        const all = grads(grad, columnsOf(x), mean, operand(rstd), weight, rowSets, false, true);
        context.free(storageOf(all.bias));
        return { input: { ...all.input, shape: [rows, n], strides: [n, 1] }, weight: all.weight };
      });
    },
  };
}
