/** @file Pooling as functions: the largest element or the mean of every window. */

import { apply } from "../../autograd/apply.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { fresh, named } from "../../tensor/functions/named.ts";
import { newFrom } from "../../tensor/like.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Pair, Windows } from "../../tensor/ops/window-geometry.ts";
import { readArguments } from "../../tensor/options.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat } from "./check.ts";
import { pair, type Size2d } from "./pairs.ts";

interface PoolOptions {
  /** Steps between windows; null: the size of a window. Default null. */
  readonly stride?: Size2d | null | undefined;
  /** How far windows reach over the border: at most half their size. Default 0. */
  readonly padding?: Size2d | undefined;
  /** Whether windows may reach over the end too. Default false. */
  readonly ceilMode?: boolean | undefined;
}

export interface MaxPool2dOptions extends PoolOptions {
  /** Steps between the elements of a window. Default 1. */
  readonly dilation?: Size2d | undefined;
}

export interface AvgPool2dOptions extends PoolOptions {
  /** Whether the zeros of the padding count as elements. Default true. */
  readonly countIncludePad?: boolean | undefined;
  /** What to divide the sums by instead of the number of elements. Default null. */
  readonly divisorOverride?: number | null | undefined;
}

/** PyTorch's defaults, in the order of the layers' arguments. */
export const MAX_POOL_DEFAULTS = {
  stride: null as Size2d | null,
  padding: 0 as Size2d,
  dilation: 1 as Size2d,
  ceilMode: false,
};
export const AVG_POOL_DEFAULTS = {
  stride: null as Size2d | null,
  padding: 0 as Size2d,
  ceilMode: false,
  countIncludePad: true,
  divisorOverride: null as number | null,
};

/** Calls `use` with images [N,C,H,W] for x [N,C,H,W] or [C,H,W], and gives its results the rank of x. */
function inBatch(op: string, x: Tensor, use: (images: Tensor) => Tensor[]): Tensor[] {
  checkFloat(op, x);
  if ((x.ndim !== 3 && x.ndim !== 4) || x.shape.slice(-3).includes(0)) {
    throw new ShapeError(
      `[${op}] non-empty 3D or 4D (batch mode) tensor expected for input, got shape ${bracketed(x.shape)}`,
    );
  }
  if (x.ndim === 4) return use(x);
  return use(x.unsqueeze(0)).map((y) => fresh(y.gradFn?.name ?? "", y.squeeze(0)));
}

function windowsOn(
  op: string,
  images: Tensor,
  size: Size2d,
  given: { stride: Size2d | null; padding: Size2d; ceilMode: boolean; dilation?: Size2d },
): Windows {
  const kernel = pair(op, "kernelSize", size);
  const stride = given.stride === null ? kernel : pair(op, "stride", given.stride);
  const padding = pair(op, "padding", given.padding);
  const dilation = pair(op, "dilation", given.dilation ?? 1);
  if (kernel.some((n) => n <= 0))
    throw new ValueError(`[${op}] kernel size should be greater than zero, but got ${bracketed(kernel)}`);
  if (stride.some((n) => n <= 0)) throw new ValueError(`[${op}] stride should not be zero`);
  if (dilation.some((n) => n <= 0))
    throw new ValueError(`[${op}] dilation should be greater than zero, but got ${bracketed(dilation)}`);
  for (const d of [0, 1] as const) {
    if (padding[d] < 0) throw new ValueError(`[${op}] pad must be non-negative, but got pad: ${padding[d]}`);
    if (padding[d] > kernel[d] / 2) {
      throw new ValueError(
        `[${op}] pad should be at most half of kernel size, but got pad=${padding[d]} and kernel_size=${kernel[d]}`,
      );
    }
  }
  const shape = images.shape as Windows["shape"];
  const count = (d: 0 | 1): number => {
    const length = shape[d + 2] as number;
    const room = length + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1;
    const steps = room / stride[d];
    const found = (given.ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // The last window must begin in the image or before it.
    return given.ceilMode && (found - 1) * stride[d] >= length + padding[d] ? found - 1 : found;
  };
  const counts: Pair = [count(0), count(1)];
  if (counts[0] < 1 || counts[1] < 1) {
    const [, channels, height, width] = shape;
    throw new ShapeError(
      `[${op}] Given input size: (${channels}x${height}x${width}). Calculated output size: (${channels}x${Math.max(counts[0], 0)}x${Math.max(counts[1], 0)}). Output size is too small`,
    );
  }
  return { shape, kernel, stride, padding, dilation, counts };
}

/**
 * The largest element of every window. Of equal ones the first counts for the gradient.
 *
 * @param x - [N,C,H,W], or [C,H,W].
 * @throws ShapeError for images that are smaller than a window; ValueError for options that make no sense.
 */
export function maxPool2d(
  x: Tensor,
  kernelSize: Size2d,
  stride?: Size2d | null | MaxPool2dOptions,
  padding?: Size2d | MaxPool2dOptions,
  dilation?: Size2d | MaxPool2dOptions,
  ceilMode?: boolean | Pick<MaxPool2dOptions, "ceilMode">,
): Tensor {
  const op = "maxPool2d";
  const given = readArguments(op, MAX_POOL_DEFAULTS, [stride, padding, dilation, ceilMode]);
  const pool = (images: Tensor): Tensor[] => [
    apply(ops.maxWindows, [images], windowsOn(op, images, kernelSize, given)),
  ];
  return inBatch(op, x, pool)[0] as Tensor;
}

/** As {@link maxPool2d}, with where in its plane, read row by row, each of the elements was: int32. */
export function maxPool2dWithIndices(
  x: Tensor,
  kernelSize: Size2d,
  options: MaxPool2dOptions = {},
): [output: Tensor, indices: Tensor] {
  const op = "maxPool2d";
  const given = readArguments(op, MAX_POOL_DEFAULTS, [options]);
  return inBatch(op, x, (images) => {
    const windows = windowsOn(op, images, kernelSize, given);
    return [apply(ops.maxWindows, [images], windows), apply(ops.maxWindowsIndices, [images], windows)];
  }) as [Tensor, Tensor];
}

/**
 * The mean of every window.
 *
 * @param x - [N,C,H,W], or [C,H,W].
 * @throws ShapeError for images that are smaller than a window; ValueError for options that make no sense.
 */
export function avgPool2d(
  x: Tensor,
  kernelSize: Size2d,
  stride?: Size2d | null | AvgPool2dOptions,
  padding?: Size2d | AvgPool2dOptions,
  ceilMode?: boolean | AvgPool2dOptions,
  countIncludePad?: boolean | AvgPool2dOptions,
  divisorOverride?: number | null,
): Tensor {
  const op = "avgPool2d";
  const given = readArguments(op, AVG_POOL_DEFAULTS, [stride, padding, ceilMode, countIncludePad, divisorOverride]);
  if (given.divisorOverride === 0) throw new ValueError(`[${op}] divisor must be not zero`);
  const mean = (images: Tensor): Tensor => {
    const windows = windowsOn(op, images, kernelSize, given);
    const sums = apply(ops.sumWindows, [images], windows);
    if (given.divisorOverride !== null) return sums.div(given.divisorOverride);
    const divisors = divisorsOf(windows, given.countIncludePad);
    const [first = 1] = divisors;
    if (divisors.every((n) => n === first)) return sums.div(first);
    return sums.div(newFrom(x, "float64", Float64Array.from(divisors), windows.counts).to(x.dtype));
  };
  return inBatch(op, x, (images) => [named("AvgPool2DBackward0", mean(images))])[0] as Tensor;
}

/** How many elements each window has, with the padding or without; beyond it there is nothing to count. */
function divisorsOf({ shape, kernel, stride, padding, counts }: Windows, withPadding: boolean): number[] {
  const along = (d: 0 | 1): number[] =>
    Array.from({ length: counts[d] }, (_, i) => {
      const length = shape[d + 2] as number;
      const start = i * stride[d] - padding[d];
      const end = Math.min(start + kernel[d], length + padding[d]);
      return withPadding ? end - start : Math.min(end, length) - Math.max(start, 0);
    });
  const widths = along(1);
  return along(0).flatMap((height) => widths.map((width) => height * width));
}

/** A size of the result; null: that of the input. */
export type AdaptiveSize = number | null | readonly [number | null, number | null];

/**
 * Means of as many windows as the result has elements, which together cover the image: window i of n goes from
 * ⌊i·length/n⌋ to ⌈(i+1)·length/n⌉.
 *
 * @param x - [N,C,H,W], or [C,H,W].
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  const op = "adaptiveAvgPool2d";
  checkFloat(op, x);
  if (x.ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError(`[${op}] adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got ${bracketed(x.shape)}`);
  }
  const [height, width] = x.shape.slice(-2) as [number, number];
  const [rows, columns] = typeof outputSize === "object" && outputSize !== null ? outputSize : [outputSize, outputSize];
  const size: Pair = [rows ?? height, columns ?? width];
  for (const n of size) {
    if (!Number.isSafeInteger(n) || n < 0) {
      throw new ValueError(`[${op}] elements of output_size must be whole numbers of at least 0, but got ${n}`);
    }
  }
  if (size[0] === 1 && size[1] === 1) return x.mean([-1, -2], true);
  const name = "AdaptiveAvgPool2DBackward0";
  if (size[0] > 0 && size[1] > 0 && height % size[0] === 0 && width % size[1] === 0) {
    return named(name, avgPool2d(x, [height / size[0], width / size[1]]));
  }
  const means = (length: number, count: number): Tensor =>
    newFrom(x, "float64", shares(length, count), [count, length]).to(x.dtype);
  return named(name, means(height, size[0]).matmul(x).matmul(means(width, size[1]).t()));
}

/** A matrix [count, length] whose product with a line gives the means of its windows. */
function shares(length: number, count: number): Float64Array {
  const matrix = new Float64Array(count * length);
  for (let i = 0; i < count; i++) {
    const start = Math.floor((i * length) / count);
    const end = Math.ceil(((i + 1) * length) / count);
    matrix.fill(1 / (end - start), i * length + start, i * length + end);
  }
  return matrix;
}
