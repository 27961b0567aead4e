/** @file Pooling of lines, as images with one row; and the largest elements of as many windows as the result has. */
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { fresh, named } from "../../tensor/functions/named.ts";
import { stack } from "../../tensor/functions/shape.ts";
import { readArguments } from "../../tensor/options.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat } from "./check.ts";
import { sizes } from "./pairs.ts";
import { type AdaptiveSize, adaptiveAvgPool2d, avgPool2d, maxPool2d } from "./pool.ts";

/** A number, alone or in an array. */
export type Size1d = number | readonly [number];

interface PoolOptions {
  /** Steps between windows; null: the size of a window. Default null. */
  readonly stride?: Size1d | null | undefined;
  /** How far windows reach over the ends: at most half their size. Default 0. */
  readonly padding?: Size1d | undefined;
  /** Whether windows may reach over the end too. Default false. */
  readonly ceilMode?: boolean | undefined;
}

export interface MaxPool1dOptions extends PoolOptions {
  /** Steps between the elements of a window. Default 1. */
  readonly dilation?: Size1d | undefined;
}

export interface AvgPool1dOptions extends PoolOptions {
  /** Whether the zeros of the padding count as elements. Default true. */
  readonly countIncludePad?: boolean | undefined;
}

/** PyTorch's defaults, in the order of its arguments. */
export const MAX_POOL_1D_DEFAULTS = {
  stride: null as Size1d | null,
  padding: 0 as Size1d,
  dilation: 1 as Size1d,
  ceilMode: false,
};
export const AVG_POOL_1D_DEFAULTS = {
  stride: null as Size1d | null,
  padding: 0 as Size1d,
  ceilMode: false,
  countIncludePad: true,
};

/** A size along lines as one of images of a single row, in which the other direction has `across`. */
function alongRow(op: string, name: string, size: Size1d, across: number): [number, number] {
  return [across, ...sizes(op, name, size, 1)] as [number, number];
}

/** Calls `use` with x [N,C,L] or [C,L] as images of one row. */
function asRows(op: string, x: Tensor, use: (rows: Tensor) => Tensor): Tensor {
  checkFloat(op, x);
  if (x.ndim !== 2 && x.ndim !== 3) {
    throw new ShapeError(
      `[${op}] Expected 2D or 3D (batch mode) tensor for input, but got shape ${bracketed(x.shape)}`,
    );
  }
  return fresh("SqueezeBackward1", use(x.unsqueeze(-2)).squeeze(-2));
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
  stride?: Size1d | null | MaxPool1dOptions,
  padding?: Size1d | MaxPool1dOptions,
  dilation?: Size1d | MaxPool1dOptions,
  ceilMode?: boolean | Pick<MaxPool1dOptions, "ceilMode">,
): Tensor {
  const op = "maxPool1d";
  const given = readArguments(op, MAX_POOL_1D_DEFAULTS, [stride, padding, dilation, ceilMode]);
  return asRows(op, x, (rows) =>
    maxPool2d(rows, alongRow(op, "kernelSize", kernelSize, 1), {
      stride: given.stride === null ? null : alongRow(op, "stride", given.stride, 1),
      padding: alongRow(op, "padding", given.padding, 0),
      dilation: alongRow(op, "dilation", given.dilation, 1),
      ceilMode: given.ceilMode,
    }),
  );
}

/**
 * The mean of every window of a line.
 *
 * @param x - [N,C,L], or [C,L].
 * @throws ShapeError for lines that are shorter than a window; ValueError for options that make no sense.
 */
export function avgPool1d(
  x: Tensor,
  kernelSize: Size1d,
  stride?: Size1d | null | AvgPool1dOptions,
  padding?: Size1d | AvgPool1dOptions,
  ceilMode?: boolean | AvgPool1dOptions,
  countIncludePad?: boolean | Pick<AvgPool1dOptions, "countIncludePad">,
): Tensor {
  const op = "avgPool1d";
  const given = readArguments(op, AVG_POOL_1D_DEFAULTS, [stride, padding, ceilMode, countIncludePad]);
  return asRows(op, x, (rows) =>
    avgPool2d(rows, alongRow(op, "kernelSize", kernelSize, 1), {
      stride: given.stride === null ? null : alongRow(op, "stride", given.stride, 1),
      padding: alongRow(op, "padding", given.padding, 0),
      ceilMode: given.ceilMode,
      countIncludePad: given.countIncludePad,
    }),
  );
}

/** Means of as many windows of a line [N,C,L] or [C,L] as the result has elements: see {@link adaptiveAvgPool2d}. */
export function adaptiveAvgPool1d(x: Tensor, outputSize: Size1d): Tensor {
  const op = "adaptiveAvgPool1d";
  return asRows(op, x, (rows) => adaptiveAvgPool2d(rows, alongRow(op, "outputSize", outputSize, 1)));
}

/**
 * The largest elements of as many windows as the result has elements, which together cover the image: see
 * {@link adaptiveAvgPool2d}. Of equal ones the first counts for the gradient.
 *
 * @param x - [N,C,H,W], or [C,H,W].
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  const op = "adaptiveMaxPool2d";
  checkFloat(op, x);
  if (x.ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError(`[${op}] adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: ${bracketed(x.shape)}`);
  }
  const [height, width] = x.shape.slice(-2) as [number, number];
  const [rows, columns] = typeof outputSize === "object" && outputSize !== null ? outputSize : [outputSize, outputSize];
  const [down, across] = [rows ?? height, columns ?? width];
  for (const n of [down, across]) {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new ValueError(`[${op}] elements of output_size must be whole numbers of at least 1, but got ${n}`);
    }
  }
  const name = "AdaptiveMaxPool2DBackward0";
  if (height % down === 0 && width % across === 0) {
    return named(name, maxPool2d(x, [height / down, width / across]));
  }
  const lines = cuts(height, down).map(([top, bottom]) => {
    const band = x.slice(-2, top, bottom);
    const parts = cuts(width, across).map(([left, right]) => band.slice(-1, left, right).flatten(-2).max(-1).values);
    return stack(parts, -1);
  });
  return named(name, stack(lines, -2));
}

/** Where the windows of a direction begin and end. */
function cuts(length: number, count: number): (readonly [start: number, end: number])[] {
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * length) / count),
    Math.ceil(((i + 1) * length) / count),
  ]);
}
