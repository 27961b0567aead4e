/** @file Pooling functions. */
import { apply } from "../../autograd/apply.ts";
import { type Arguments, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, type Kind, listOf, listOfKind, nullable, REFUSED } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { fresh, named } from "../../tensor/functions/grad-fn-name.ts";
import { stack } from "../../tensor/functions/shape.ts";
import { newFrom } from "../../tensor/like.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Pair, Windows } from "../../tensor/ops/window-geometry.ts";
import { checkCount } from "../../tensor/range.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { aSize1d, aSize2d, pair, type Size1d, type Size2d, type Sizes, sizes } from "./size.ts";
import { checkFloat, INPUT } from "./validate.ts";

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

/** Whether to return where the elements were as well. */
export interface WithIndices {
  readonly returnIndices: true;
}
export interface WithoutIndices {
  /** Whether to return where the elements were as well. Default false. */
  readonly returnIndices?: false | undefined;
}

export interface AvgPool2dOptions extends PoolOptions {
  /** Whether the zeros of the padding count as elements. Default true. */
  readonly countIncludePad?: boolean | undefined;
  /** What to divide the sums by instead of the number of elements. Default null. */
  readonly divisorOverride?: number | null | undefined;
}

/** A size of the result; null: that of the input. */
export type AdaptiveSize = number | null | readonly [number | null, number | null];

const aLength = nullable(aNumber);
const twoLengths = listOfKind(aLength, "a list of two");

/** Integers or not, which {@link outputSizeOf} checks. */
const anAdaptiveSize: Kind<AdaptiveSize> = {
  description: "an integer, null or a list of two",
  read: (value) => {
    const pair = listOf(value) === undefined ? aLength.read(value) : twoLengths.read(value);
    return typeof pair === "object" && pair !== null && pair.length !== 2 ? REFUSED : (pair as AdaptiveSize);
  },
};

/** What follows the input; the layers take the same, those of the largest element in another order. */
export const maxPoolWindows = <S extends Sizes>(size: Kind<S>) => ({
  kernelSize: required(size),
  stride: optional(nullable(size), null),
  padding: optional(size, 0),
  dilation: optional(size, 1),
});
export const CEIL_MODE = { ceilMode: optional(aBoolean, false) };
export const RETURN_INDICES = { returnIndices: optional(aBoolean, false) };
export const avgPoolArguments = <S extends Sizes>(size: Kind<S>) => ({
  kernelSize: required(size),
  stride: optional(nullable(size), null),
  padding: optional(size, 0),
  ...CEIL_MODE,
  countIncludePad: optional(aBoolean, true),
});
export const MAX_POOL_2D_WINDOWS = maxPoolWindows(aSize2d);
export const AVG_POOL_2D_ARGUMENTS = {
  ...avgPoolArguments(aSize2d),
  divisorOverride: optional(nullable(anInteger), null),
};
export const ADAPTIVE_POOL_2D_ARGUMENTS = { outputSize: required(anAdaptiveSize) };

const MAX_POOL_2D = { ...INPUT, ...MAX_POOL_2D_WINDOWS, ...CEIL_MODE };

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
  given: { kernelSize: Size2d; stride: Size2d | null; padding: Size2d; ceilMode: boolean; dilation?: Size2d },
): Windows {
  const kernel = pair(given.kernelSize);
  const stride = given.stride === null ? kernel : pair(given.stride);
  const padding = pair(given.padding);
  const dilation = pair(given.dilation ?? 1);
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
  stride?: Size2d | null,
  padding?: Size2d,
  dilation?: Size2d,
  ceilMode?: boolean,
): Tensor;
export function maxPool2d(
  x: Tensor,
  kernelSize: Size2d,
  ...rest: ThenOptions<MaxPool2dPositions, MaxPool2dOptions & WithoutIndices>
): Tensor;
export function maxPool2d(
  x: Tensor,
  kernelSize: Size2d,
  options: MaxPool2dOptions & WithIndices,
): [output: Tensor, indices: Tensor];
export function maxPool2d(...given: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const options = SIGNATURES.maxPool2d.read(given);
  if (options.returnIndices) return largestWithIndices(options);
  const pool = (images: Tensor): Tensor[] => [apply(ops.maxWindows, [images], windowsOn("maxPool2d", images, options))];
  return inBatch("maxPool2d", options.input, pool)[0] as Tensor;
}

/** The positions after the size of a window. */
export type MaxPool2dPositions = [stride: Size2d | null, padding: Size2d, dilation: Size2d];

/** As {@link maxPool2d}, with where in its plane, read row by row, each of the elements was: int32. */
export function maxPool2dWithIndices(
  x: Tensor,
  kernelSize: Size2d,
  stride?: Size2d | null,
  padding?: Size2d,
  dilation?: Size2d,
  ceilMode?: boolean,
): [output: Tensor, indices: Tensor];
export function maxPool2dWithIndices(
  x: Tensor,
  kernelSize: Size2d,
  ...rest: ThenOptions<MaxPool2dPositions, MaxPool2dOptions>
): [output: Tensor, indices: Tensor];
export function maxPool2dWithIndices(...given: readonly unknown[]): [output: Tensor, indices: Tensor] {
  return largestWithIndices(SIGNATURES.maxPool2dWithIndices.read(given));
}

function largestWithIndices(options: Arguments<typeof MAX_POOL_2D>): [output: Tensor, indices: Tensor] {
  return inBatch("maxPool2d", options.input, (images) => {
    const windows = windowsOn("maxPool2d", images, options);
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
  stride?: Size2d | null,
  padding?: Size2d,
  ceilMode?: boolean,
  countIncludePad?: boolean,
  divisorOverride?: number | null,
): Tensor;
export function avgPool2d(
  x: Tensor,
  kernelSize: Size2d,
  ...rest: ThenOptions<AvgPool2dPositions, AvgPool2dOptions>
): Tensor;
export function avgPool2d(...args: readonly unknown[]): Tensor {
  const op = "avgPool2d";
  const given = SIGNATURES.avgPool2d.read(args);
  const { input: x } = given;
  if (given.divisorOverride === 0) throw new ValueError(`[${op}] divisor must be not zero`);
  const mean = (images: Tensor): Tensor => {
    const windows = windowsOn(op, images, given);
    const sums = apply(ops.sumWindows, [images], windows);
    if (given.divisorOverride !== null) return sums.div(given.divisorOverride);
    const divisors = divisorsOf(windows, given.countIncludePad);
    const [first = 1] = divisors;
    if (divisors.every((n) => n === first)) return sums.div(first);
    return sums.div(newFrom(x, "float64", Float64Array.from(divisors), windows.counts).to(x.dtype));
  };
  return inBatch(op, x, (images) => [named("AvgPool2DBackward0", mean(images))])[0] as Tensor;
}

/** The positions after the size of a window. */
export type AvgPool2dPositions = [stride: Size2d | null, padding: Size2d, ceilMode: boolean, countIncludePad: boolean];

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

/** Height and width of the result. @throws ValueError unless they are whole numbers of at least `least`. */
export function outputSizeOf(op: string, x: Tensor, outputSize: AdaptiveSize, least: number): Pair {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const [rows, columns] = typeof outputSize === "object" && outputSize !== null ? outputSize : [outputSize, outputSize];
  const size: Pair = [rows ?? height, columns ?? width];
  for (const n of size) {
    if (!Number.isSafeInteger(n) || n < least) {
      throw new ValueError(`[${op}] elements of output_size must be whole numbers of at least ${least}, but got ${n}`);
    }
  }
  return size;
}

/**
 * Means of as many windows as the result has elements, which together cover the image: window i of n goes from
 * ⌊i·length/n⌋ to ⌈(i+1)·length/n⌉.
 *
 * @param x - [N,C,H,W], or [C,H,W].
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor;
export function adaptiveAvgPool2d(...given: readonly unknown[]): Tensor {
  const op = "adaptiveAvgPool2d";
  const { input: x, outputSize } = SIGNATURES.adaptiveAvgPool2d.read(given);
  checkFloat(op, x);
  if (x.ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError(`[${op}] adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got ${bracketed(x.shape)}`);
  }
  const [height, width] = x.shape.slice(-2) as [number, number];
  const size = outputSizeOf(op, x, outputSize, 0);
  if (size[0] === 1 && size[1] === 1) return x.mean([-1, -2], true);
  checkCount(op, [...x.shape.slice(0, -2), ...size], x.dtype);
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

interface Pool1dOptions {
  /** Steps between windows; null: the size of a window. Default null. */
  readonly stride?: Size1d | null | undefined;
  /** How far windows reach over the ends: at most half their size. Default 0. */
  readonly padding?: Size1d | undefined;
  /** Whether windows may reach over the end too. Default false. */
  readonly ceilMode?: boolean | undefined;
}

export interface MaxPool1dOptions extends Pool1dOptions {
  /** Steps between the elements of a window. Default 1. */
  readonly dilation?: Size1d | undefined;
}

export interface AvgPool1dOptions extends Pool1dOptions {
  /** Whether the zeros of the padding count as elements. Default true. */
  readonly countIncludePad?: boolean | undefined;
}

/** What follows the input; the layers take the same. */
export const MAX_POOL_1D_WINDOWS = maxPoolWindows(aSize1d);
export const AVG_POOL_1D_ARGUMENTS = avgPoolArguments(aSize1d);
export const ADAPTIVE_POOL_1D_ARGUMENTS = { outputSize: required(aSize1d) };

const SIGNATURES = {
  maxPool2d: signature("maxPool2d", { ...MAX_POOL_2D, ...RETURN_INDICES }),
  maxPool2dWithIndices: signature("maxPool2dWithIndices", MAX_POOL_2D),
  avgPool2d: signature("avgPool2d", { ...INPUT, ...AVG_POOL_2D_ARGUMENTS }),
  adaptiveAvgPool2d: signature("adaptiveAvgPool2d", { ...INPUT, ...ADAPTIVE_POOL_2D_ARGUMENTS }),
  maxPool1d: signature("maxPool1d", { ...INPUT, ...MAX_POOL_1D_WINDOWS, ...CEIL_MODE, ...RETURN_INDICES }),
  avgPool1d: signature("avgPool1d", { ...INPUT, ...AVG_POOL_1D_ARGUMENTS }),
  adaptiveAvgPool1d: signature("adaptiveAvgPool1d", { ...INPUT, ...ADAPTIVE_POOL_1D_ARGUMENTS }),
  adaptiveMaxPool2d: signature("adaptiveMaxPool2d", { ...INPUT, ...ADAPTIVE_POOL_2D_ARGUMENTS, ...RETURN_INDICES }),
};

/** A size along lines as one of images of a single row, in which the other direction has `across`. */
function alongRow(size: Size1d, across: number): [number, number] {
  return [across, ...sizes(size, 1)] as [number, number];
}

/** Calls `use` with x [N,C,L] or [C,L] as images of one row. */
function asRows<R extends [Tensor, ...Tensor[]]>(op: string, x: Tensor, use: (rows: Tensor) => R): R {
  checkFloat(op, x);
  if (x.ndim !== 2 && x.ndim !== 3) {
    throw new ShapeError(
      `[${op}] Expected 2D or 3D (batch mode) tensor for input, but got shape ${bracketed(x.shape)}`,
    );
  }
  return use(x.unsqueeze(-2)).map((y) => fresh("SqueezeBackward1", y.squeeze(-2))) as R;
}

/**
 * The largest element of every window of a line.
 *
 * @param x - [N,C,L], or [C,L].
 * @throws ShapeError for lines that are shorter than a window; ValueError for options that make no sense.
 */
export function maxPool1d(
  x: Tensor,
  kernelSize: Size1d,
  stride?: Size1d | null,
  padding?: Size1d,
  dilation?: Size1d,
  ceilMode?: boolean,
): Tensor;
export function maxPool1d(
  x: Tensor,
  kernelSize: Size1d,
  ...rest: ThenOptions<MaxPool1dPositions, MaxPool1dOptions & WithoutIndices>
): Tensor;
export function maxPool1d(
  x: Tensor,
  kernelSize: Size1d,
  options: MaxPool1dOptions & WithIndices,
): [output: Tensor, indices: Tensor];
export function maxPool1d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const { input, kernelSize, stride, padding, dilation, ceilMode, returnIndices } = SIGNATURES.maxPool1d.read(args);
  const windows = [
    alongRow(kernelSize, 1),
    stride === null ? null : alongRow(stride, 1),
    alongRow(padding, 0),
    alongRow(dilation, 1),
    ceilMode,
  ] as const;
  if (returnIndices) return asRows("maxPool1d", input, (rows) => maxPool2dWithIndices(rows, ...windows));
  return asRows("maxPool1d", input, (rows) => [maxPool2d(rows, ...windows)])[0];
}

/** The positions after the size of a window. */
export type MaxPool1dPositions = [stride: Size1d | null, padding: Size1d, dilation: Size1d];

/**
 * The mean of every window of a line.
 *
 * @param x - [N,C,L], or [C,L].
 * @throws ShapeError for lines that are shorter than a window; ValueError for options that make no sense.
 */
export function avgPool1d(
  x: Tensor,
  kernelSize: Size1d,
  stride?: Size1d | null,
  padding?: Size1d,
  ceilMode?: boolean,
  countIncludePad?: boolean,
): Tensor;
export function avgPool1d(
  x: Tensor,
  kernelSize: Size1d,
  ...rest: ThenOptions<AvgPool1dPositions, AvgPool1dOptions>
): Tensor;
export function avgPool1d(...args: readonly unknown[]): Tensor {
  const { input, kernelSize, stride, padding, ceilMode, countIncludePad } = SIGNATURES.avgPool1d.read(args);
  const step = stride === null ? null : alongRow(stride, 1);
  return asRows("avgPool1d", input, (rows) => [
    avgPool2d(rows, alongRow(kernelSize, 1), step, alongRow(padding, 0), ceilMode, countIncludePad),
  ])[0];
}

/** The positions after the size of a window. */
export type AvgPool1dPositions = [stride: Size1d | null, padding: Size1d, ceilMode: boolean];

/** Means of as many windows of a line [N,C,L] or [C,L] as the result has elements: see {@link adaptiveAvgPool2d}. */
export function adaptiveAvgPool1d(x: Tensor, outputSize: Size1d): Tensor;
export function adaptiveAvgPool1d(...given: readonly unknown[]): Tensor {
  const { input, outputSize } = SIGNATURES.adaptiveAvgPool1d.read(given);
  return asRows("adaptiveAvgPool1d", input, (rows) => [adaptiveAvgPool2d(rows, alongRow(outputSize, 1))])[0];
}

/**
 * The largest elements of as many windows as the result has elements, which together cover the image: see
 * {@link adaptiveAvgPool2d}. Of equal ones the first counts for the gradient.
 *
 * @param x - [N,C,H,W], or [C,H,W].
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: AdaptiveSize, returnIndices?: false): Tensor;
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: AdaptiveSize,
  returnIndices: true,
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: AdaptiveSize,
  options: WithIndices,
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool2d(...given: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const op = "adaptiveMaxPool2d";
  const { input: x, outputSize, returnIndices } = SIGNATURES.adaptiveMaxPool2d.read(given);
  checkFloat(op, x);
  if (x.ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError(`[${op}] adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: ${bracketed(x.shape)}`);
  }
  const [height, width] = x.shape.slice(-2) as [number, number];
  const [down, across] = outputSizeOf(op, x, outputSize, 1);
  const name = "AdaptiveMaxPool2DBackward0";
  if (height % down === 0 && width % across === 0) {
    const window = [height / down, width / across] as const;
    if (!returnIndices) return named(name, maxPool2d(x, window));
    const [values, indices] = maxPool2dWithIndices(x, window);
    return [named(name, values), indices];
  }
  const columns = cuts(width, across);
  const windows = cuts(height, down).map(([top, bottom]) => {
    const band = x.slice(-2, top, bottom);
    return columns.map(([left, right]) => {
      const { values, indices } = band.slice(-1, left, right).flatten(-2).max(-1);
      return { values, indices: returnIndices ? inPlane(indices, top, left, right - left, width) : indices };
    });
  });
  const joined = (what: "values" | "indices"): Tensor =>
    stack(
      windows.map((row) =>
        stack(
          row.map((window) => window[what]),
          -1,
        ),
      ),
      -2,
    );
  const values = named(name, joined("values"));
  return returnIndices ? [values, joined("indices")] : values;
}

/** Indices into a window of some width as indices into the whole plane. */
function inPlane(indices: Tensor, top: number, left: number, across: number, width: number): Tensor {
  const rows = indices.div(across, { roundingMode: "floor" });
  return rows
    .add(top)
    .mul(width)
    .add(indices.sub(rows.mul(across)))
    .add(left);
}

/** Where the windows of a direction begin and end. */
function cuts(length: number, count: number): (readonly [start: number, end: number])[] {
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * length) / count),
    Math.ceil(((i + 1) * length) / count),
  ]);
}
