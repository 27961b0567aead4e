/** @file Pooling of lines, as images with one row; and the largest elements of as many windows as the result has. */
import { required, signature, type ThenOptions } from "../../core/arguments.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { fresh, named } from "../../tensor/functions/named.ts";
import { stack } from "../../tensor/functions/shape.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, INPUT } from "./check.ts";
import { aSize1d, type Size1d, sizes } from "./pairs.ts";
import {
  ADAPTIVE_POOL_2D_ARGUMENTS,
  type AdaptiveSize,
  adaptiveAvgPool2d,
  avgPool2d,
  avgPoolArguments,
  CEIL_MODE,
  maxPool2d,
  maxPool2dWithIndices,
  maxPoolWindows,
  outputSizeOf,
  RETURN_INDICES,
  type WithIndices,
  type WithoutIndices,
} from "./pool.ts";

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

/** What follows the input; the layers take the same. */
export const MAX_POOL_1D_WINDOWS = maxPoolWindows(aSize1d);
export const AVG_POOL_1D_ARGUMENTS = avgPoolArguments(aSize1d);
export const ADAPTIVE_POOL_1D_ARGUMENTS = { outputSize: required(aSize1d) };

const SIGNATURES = {
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
