/** @file Pooling functions. */

import type { PoolDivisors } from "../../../kernels/backend.ts";
import { apply } from "../../autograd/apply.ts";
import { composite } from "../../autograd/batching.ts";
import {
  type Arguments,
  type ByName,
  optional,
  required,
  type SomeThenOptions,
  signature,
  type ThenOptions,
} from "../../core/arguments.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import {
  aBoolean,
  aNumber,
  anInteger,
  aTensor,
  either,
  integers,
  type Kind,
  listOf,
  listOfKind,
  nullable,
  numbers,
  REFUSED,
} from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { arange, zeros } from "../../tensor/create.ts";
import { asNonView, withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Pair, Pooling, Windows } from "../../tensor/ops/pooling.ts";
import { rand } from "../../tensor/random.ts";
import { checkCount } from "../../tensor/range.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { aSize1d, aSize2d, aSize3d, pair, type Size1d, type Size2d, type Size3d, type Sizes, sizes } from "./size.ts";
import { checkFloat, INPUT } from "./validate.ts";

/** Options of the windows of pooling, of sizes `S`. */
interface PoolOptions<S extends Sizes> {
  /** Stride of the window. Default null: the kernel size. */
  readonly stride?: S | null | undefined;
  /** Implicit padding on both sides, at most half the kernel size. Default 0. */
  readonly padding?: S | undefined;
  /** Use ceil instead of floor to compute the output size. Default false. */
  readonly ceilMode?: boolean | undefined;
}

/** Options of max pooling of windows of sizes `S`. */
export interface MaxPoolOptions<S extends Sizes> extends PoolOptions<S> {
  /** Stride between the elements of a window. Default 1. */
  readonly dilation?: S | undefined;
}

/** Options of average pooling of windows of sizes `S`. */
interface AvgPoolOptions<S extends Sizes> extends PoolOptions<S> {
  /** Include the zero padding in the averaging calculation. Default true. */
  readonly countIncludePad?: boolean | undefined;
}

/** Options of average pooling whose divisor can be chosen. */
export interface DividedPoolOptions<S extends Sizes> extends AvgPoolOptions<S> {
  /** Divisor in place of the size of the pooling region. Default null. */
  readonly divisorOverride?: number | null | undefined;
}

/** Options of {@link maxPool1d}. */
export type MaxPool1dOptions = MaxPoolOptions<Size1d>;
/** Options of {@link maxPool2d}. */
export type MaxPool2dOptions = MaxPoolOptions<Size2d>;
/** Options of {@link maxPool3d}. */
export type MaxPool3dOptions = MaxPoolOptions<Size3d>;
/** Options of {@link avgPool1d}. */
export type AvgPool1dOptions = AvgPoolOptions<Size1d>;
/** Options of {@link avgPool2d}. */
export type AvgPool2dOptions = DividedPoolOptions<Size2d>;
/** Options of {@link avgPool3d}. */
export type AvgPool3dOptions = DividedPoolOptions<Size3d>;

/** Positions after the size of the window of max pooling. */
export type MaxPoolPositions<S extends Sizes> = [stride: S | null, padding: S, dilation: S];
/** Positions after the size of the window of {@link avgPool1d}. */
export type AvgPool1dPositions = [stride: Size1d | null, padding: Size1d, ceilMode: boolean];
/** Positions after the size of the window of average pooling whose divisor can be chosen. */
export type DividedPoolPositions<S extends Sizes> = [
  stride: S | null,
  padding: S,
  ceilMode: boolean,
  countIncludePad: boolean,
];

/** Asks for the indices of the maxima. */
export interface WithIndices {
  /** Return the argmax indices as well. */
  readonly returnIndices: true;
}
/** Asks for the maxima alone. */
export interface WithoutIndices {
  /** Return the argmax indices as well. Default false. */
  readonly returnIndices?: false | undefined;
}

/** Target output size: one integer for both, or [H', W']; null keeps the size of the input. */
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

/** A stride; null and an empty list stand for the kernel size. */
const strideOf = <S extends Sizes>(size: Kind<S>): Kind<S | null> => {
  const of = nullable(size);
  return { ...of, read: (value) => of.read(listOf(value)?.length === 0 ? null : value) };
};

/** The arguments after the input; the layers take the same, those of max pooling in another order. */
export const maxPoolWindows = <S extends Sizes>(size: Kind<S>) => ({
  kernelSize: required(size),
  stride: optional(strideOf(size), null),
  padding: optional(size, 0),
  dilation: optional(size, 1),
});
export const CEIL_MODE = { ceilMode: optional(aBoolean, false) };
export const RETURN_INDICES = { returnIndices: optional(aBoolean, false) };
export const avgPoolArguments = <S extends Sizes>(size: Kind<S>) => ({
  kernelSize: required(size),
  stride: optional(strideOf(size), null),
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
export const MAX_POOL_1D_WINDOWS = maxPoolWindows(aSize1d);
export const AVG_POOL_1D_ARGUMENTS = avgPoolArguments(aSize1d);
export const ADAPTIVE_POOL_1D_ARGUMENTS = { outputSize: required(aSize1d) };

const MAX_POOL_2D = { ...INPUT, ...MAX_POOL_2D_WINDOWS, ...CEIL_MODE };

const SIGNATURES = {
  maxPool2d: signature("maxPool2d", { ...MAX_POOL_2D, ...RETURN_INDICES }),
  maxPool2dWithIndices: signature("maxPool2dWithIndices", MAX_POOL_2D),
  maxPool1dWithIndices: signature("maxPool1dWithIndices", { ...INPUT, ...MAX_POOL_1D_WINDOWS, ...CEIL_MODE }),
  avgPool2d: signature("avgPool2d", { ...INPUT, ...AVG_POOL_2D_ARGUMENTS }),
  adaptiveAvgPool2d: signature("adaptiveAvgPool2d", { ...INPUT, ...ADAPTIVE_POOL_2D_ARGUMENTS }),
  maxPool1d: signature("maxPool1d", { ...INPUT, ...MAX_POOL_1D_WINDOWS, ...CEIL_MODE, ...RETURN_INDICES }),
  avgPool1d: signature("avgPool1d", { ...INPUT, ...AVG_POOL_1D_ARGUMENTS }),
  adaptiveAvgPool1d: signature("adaptiveAvgPool1d", { ...INPUT, ...ADAPTIVE_POOL_1D_ARGUMENTS }),
  adaptiveMaxPool1d: signature("adaptiveMaxPool1d", { ...INPUT, ...ADAPTIVE_POOL_1D_ARGUMENTS, ...RETURN_INDICES }),
  adaptiveMaxPool2d: signature("adaptiveMaxPool2d", { ...INPUT, ...ADAPTIVE_POOL_2D_ARGUMENTS, ...RETURN_INDICES }),
};

/**
 * 1-d max pooling of a signal. Of equal maxima the first one gets the gradient.
 *
 * @param x - [N,C,L], or [C,L]; floating dtype.
 * @returns [N,C,L'], or [C,L']; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank or an input smaller than the window; ValueError for a kernel size, stride or dilation
 * below 1, or a padding above half the kernel size.
 * @example
 * nn.functional.maxPool1d(tensor([[1, 3, 2, 5]]), 2); // tensor([[3., 5.]])
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
  ...rest: ThenOptions<MaxPoolPositions<Size1d>, MaxPool1dOptions & WithoutIndices>
): Tensor;
export function maxPool1d(
  ...args: ByName<
    ["input", "kernelSize"],
    { readonly input: Tensor; readonly kernelSize: Size1d } & MaxPool1dOptions & WithoutIndices
  >
): Tensor;
export function maxPool1d(
  x: Tensor,
  kernelSize: Size1d,
  options: MaxPool1dOptions & WithIndices,
): [output: Tensor, indices: Tensor];
export function maxPool1d(
  x: Tensor,
  kernelSize: Size1d,
  ...rest: SomeThenOptions<MaxPoolPositions<Size1d>, MaxPool1dOptions & WithIndices>
): [output: Tensor, indices: Tensor];
export function maxPool1d(
  x: Tensor,
  kernelSize: Size1d,
  stride: Size1d | null | undefined,
  padding: Size1d | undefined,
  dilation: Size1d | undefined,
  ceilMode: boolean | undefined,
  returnIndices: true,
): [output: Tensor, indices: Tensor];
export function maxPool1d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const given = SIGNATURES.maxPool1d.read(args);
  return composite("maxPool1d", [given.input], given, () => maxPool1dNow(given));
}

function maxPool1dNow(given: ReturnType<typeof SIGNATURES.maxPool1d.read>): Tensor | [output: Tensor, indices: Tensor] {
  const { input, kernelSize, stride, padding, dilation, ceilMode, returnIndices } = given;
  const windows = [
    pair(kernelSize, 1, 1),
    stride === null ? null : pair(stride, 1, 1),
    pair(padding, 1, 0),
    pair(dilation, 1, 1),
    ceilMode,
  ] as const;
  if (returnIndices) return asRows("maxPool1d", input, (rows) => maxPool2dWithIndices(rows, ...windows));
  return asRows("maxPool1d", input, (rows) => [maxPool2d(rows, ...windows)])[0];
}

/**
 * 2-d max pooling of an image. Of equal maxima the first one gets the gradient.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @returns [N,C,H',W'], or [C,H',W']; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank or an input smaller than the window; ValueError for a kernel size, stride or dilation
 * below 1, or a padding above half the kernel size.
 * @example
 * nn.functional.maxPool2d(arange(16).float().view(1, 4, 4), 2);
 * // tensor([[[ 5.,  7.],
 * //          [13., 15.]]])
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
  ...rest: ThenOptions<MaxPoolPositions<Size2d>, MaxPool2dOptions & WithoutIndices>
): Tensor;
export function maxPool2d(
  ...args: ByName<
    ["input", "kernelSize"],
    { readonly input: Tensor; readonly kernelSize: Size2d } & MaxPool2dOptions & WithoutIndices
  >
): Tensor;
export function maxPool2d(
  x: Tensor,
  kernelSize: Size2d,
  options: MaxPool2dOptions & WithIndices,
): [output: Tensor, indices: Tensor];
export function maxPool2d(
  x: Tensor,
  kernelSize: Size2d,
  ...rest: SomeThenOptions<MaxPoolPositions<Size2d>, MaxPool2dOptions & WithIndices>
): [output: Tensor, indices: Tensor];
export function maxPool2d(
  x: Tensor,
  kernelSize: Size2d,
  stride: Size2d | null | undefined,
  padding: Size2d | undefined,
  dilation: Size2d | undefined,
  ceilMode: boolean | undefined,
  returnIndices: true,
): [output: Tensor, indices: Tensor];
export function maxPool2d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const given = SIGNATURES.maxPool2d.read(args);
  return composite("maxPool2d", [given.input], given, () => maxPool2dNow(given));
}

function maxPool2dNow(given: ReturnType<typeof SIGNATURES.maxPool2d.read>): Tensor | [output: Tensor, indices: Tensor] {
  if (given.returnIndices) return poolWithIndices(given);
  const pool = (images: Tensor): Tensor[] => [
    apply(ops.maxPool2d, [images], windowGeometry("maxPool2d", images, given)),
  ];
  return inBatch("maxPool2d", given.input, pool)[0] as Tensor;
}

/**
 * {@link maxPool2d} with the argmax indices: positions in the flattened H × W plane of the input, int32.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @returns the maxima and their indices, both [N,C,H',W'], or [C,H',W'].
 * @throws as {@link maxPool2d}.
 * @example
 * const [values, indices] = nn.functional.maxPool2dWithIndices(arange(16).float().view(1, 4, 4), 2);
 * indices;
 * // tensor([[[ 5,  7],
 * //          [13, 15]]])
 */
export function maxPool2dWithIndices(
  x: Tensor,
  kernelSize: Size2d,
  stride?: Size2d | null,
  padding?: Size2d,
  dilation?: Size2d,
  ceilMode?: boolean,
): [output: Tensor, indices: Tensor];
export function maxPool2dWithIndices(
  ...args: ByName<["input", "kernelSize"], { readonly input: Tensor; readonly kernelSize: Size2d } & MaxPool2dOptions>
): [output: Tensor, indices: Tensor];
export function maxPool2dWithIndices(
  x: Tensor,
  kernelSize: Size2d,
  ...rest: ThenOptions<MaxPoolPositions<Size2d>, MaxPool2dOptions>
): [output: Tensor, indices: Tensor];
export function maxPool2dWithIndices(...given: readonly unknown[]): [output: Tensor, indices: Tensor] {
  return poolWithIndices(SIGNATURES.maxPool2dWithIndices.read(given));
}

/**
 * {@link maxPool1d} with the argmax indices, int32.
 *
 * @returns the maxima and their indices, both [N,C,L'], or [C,L'].
 * @throws as {@link maxPool1d}.
 * @example nn.functional.maxPool1dWithIndices(tensor([[1, 3, 2, 5]]), 2)[1]; // tensor([[1, 3]])
 */
export function maxPool1dWithIndices(
  x: Tensor,
  kernelSize: Size1d,
  stride?: Size1d | null,
  padding?: Size1d,
  dilation?: Size1d,
  ceilMode?: boolean,
): [output: Tensor, indices: Tensor];
export function maxPool1dWithIndices(
  ...args: ByName<["input", "kernelSize"], { readonly input: Tensor; readonly kernelSize: Size1d } & MaxPool1dOptions>
): [output: Tensor, indices: Tensor];
export function maxPool1dWithIndices(
  x: Tensor,
  kernelSize: Size1d,
  ...rest: ThenOptions<MaxPoolPositions<Size1d>, MaxPool1dOptions>
): [output: Tensor, indices: Tensor];
export function maxPool1dWithIndices(...given: readonly unknown[]): [output: Tensor, indices: Tensor] {
  const { input, kernelSize, ...options } = SIGNATURES.maxPool1dWithIndices.read(given);
  return maxPool1d(input, kernelSize, { ...options, returnIndices: true });
}

function poolWithIndices(options: Arguments<typeof MAX_POOL_2D>): [output: Tensor, indices: Tensor] {
  return composite("maxPool2dWithIndices", [options.input], options, () => poolWithIndicesNow(options));
}

function poolWithIndicesNow(options: Arguments<typeof MAX_POOL_2D>): [output: Tensor, indices: Tensor] {
  return inBatch("maxPool2d", options.input, (images) => {
    const windows = windowGeometry("maxPool2d", images, options);
    return [apply(ops.maxPool2d, [images], windows), apply(ops.maxPool2dIndices, [images], windows)];
  }) as [Tensor, Tensor];
}

/**
 * 1-d average pooling of a signal. Means of integers are integers, rounded towards 0.
 *
 * @param x - [N,C,L], or [C,L]; floating dtype, or int32.
 * @returns [N,C,L'], or [C,L'].
 * @throws ShapeError for another rank or an input smaller than the window; ValueError for a kernel size or stride below 1,
 * or a padding above half the kernel size.
 * @example
 * nn.functional.avgPool1d(tensor([[1, 3, 2, 5]]), 2); // tensor([[2.0000, 3.5000]])
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
  ...args: ByName<["input", "kernelSize"], { readonly input: Tensor; readonly kernelSize: Size1d } & AvgPool1dOptions>
): Tensor;
export function avgPool1d(
  x: Tensor,
  kernelSize: Size1d,
  ...rest: ThenOptions<AvgPool1dPositions, AvgPool1dOptions>
): Tensor;
export function avgPool1d(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.avgPool1d.read(args);
  return composite("avgPool1d", [given.input], given, () => avgPool1dNow(given));
}

function avgPool1dNow(given: ReturnType<typeof SIGNATURES.avgPool1d.read>): Tensor {
  const { input, kernelSize, stride, padding, ceilMode, countIncludePad } = given;
  const step = stride === null ? null : pair(stride, 1, 1);
  const means = (x: Tensor): Tensor =>
    asRows("avgPool1d", x, (rows) => [
      avgPool2d(rows, pair(kernelSize, 1, 1), step, pair(padding, 1, 0), ceilMode, countIncludePad),
    ])[0];
  return input.dtype === "int32" ? wholeMeans(input, means) : means(input);
}

/**
 * 2-d average pooling of an image. Means of integers are integers, rounded towards 0.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype, or int32.
 * @returns [N,C,H',W'], or [C,H',W'].
 * @throws ShapeError for another rank or an input smaller than the window; ValueError for a kernel size or stride below 1,
 * a padding above half the kernel size, or a divisor of 0.
 * @example
 * nn.functional.avgPool2d(arange(16).float().view(1, 4, 4), 2);
 * // tensor([[[ 2.5000,  4.5000],
 * //          [10.5000, 12.5000]]])
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
  ...args: ByName<["input", "kernelSize"], { readonly input: Tensor; readonly kernelSize: Size2d } & AvgPool2dOptions>
): Tensor;
export function avgPool2d(
  x: Tensor,
  kernelSize: Size2d,
  ...rest: ThenOptions<DividedPoolPositions<Size2d>, AvgPool2dOptions>
): Tensor;
export function avgPool2d(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.avgPool2d.read(args);
  return composite("avgPool2d", [given.input], given, () => avgPool2dNow(given));
}

function avgPool2dNow(given: ReturnType<typeof SIGNATURES.avgPool2d.read>): Tensor {
  const op = "avgPool2d";
  const { input } = given;
  if (given.divisorOverride === 0) throw new ValueError(`[${op}] divisor must be not zero`);
  const mean = (images: Tensor): Tensor => {
    const windows = windowGeometry(op, images, given);
    const divisors = divisorsOf(windows, given.countIncludePad, given.divisorOverride);
    return apply(ops.avgPool2d, [images], { windows, divisors });
  };
  const means = (x: Tensor): Tensor =>
    inBatch(op, x, (images) => [withGradFnName("AvgPool2DBackward0", mean(images))])[0] as Tensor;
  return input.dtype === "int32" ? wholeMeans(input, means) : means(input);
}

/** Means of integers, without what lies behind the point; a quotient that is an integer may have been rounded below it. */
function wholeMeans(x: Tensor, means: (x: Tensor) => Tensor): Tensor {
  const exact = means(x.double());
  return exact.add(exact.sign().mul(1e-9)).int();
}

/** Sizes of the windows, with the padding or without (what lies beyond the padding never counts), or the one divisor. */
function divisorsOf(
  { shape, kernel, stride, padding, counts }: Windows,
  withPadding: boolean,
  divisor: number | null,
): PoolDivisors {
  if (divisor !== null) {
    return { rows: new Array<number>(counts[0]).fill(divisor), columns: new Array<number>(counts[1]).fill(1) };
  }
  const along = (d: 0 | 1): number[] =>
    Array.from({ length: counts[d] }, (_, i) => {
      const length = shape[d + 2] as number;
      const start = i * stride[d] - padding[d];
      const end = Math.min(start + kernel[d], length + padding[d]);
      return withPadding ? end - start : Math.min(end, length) - Math.max(start, 0);
    });
  return { rows: along(0), columns: along(1) };
}

/**
 * 1-d adaptive average pooling: the output has the given size for any length. See {@link adaptiveAvgPool2d}.
 *
 * @param x - [N,C,L], or [C,L]; floating dtype.
 * @returns [N,C,outputSize], or [C,outputSize].
 * @throws ShapeError for another rank; ValueError for a negative size.
 * @example
 * nn.functional.adaptiveAvgPool1d(tensor([[1, 3, 2, 5]]), 2); // tensor([[2.0000, 3.5000]])
 */
export function adaptiveAvgPool1d(
  ...args: ByName<["input", "outputSize"], { readonly input: Tensor; readonly outputSize: Size1d }>
): Tensor;
export function adaptiveAvgPool1d(x: Tensor, outputSize: Size1d): Tensor;
export function adaptiveAvgPool1d(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.adaptiveAvgPool1d.read(args);
  return composite("adaptiveAvgPool1d", [given.input], given, () => adaptiveAvgPool1dNow(given));
}

function adaptiveAvgPool1dNow(given: ReturnType<typeof SIGNATURES.adaptiveAvgPool1d.read>): Tensor {
  const { input, outputSize } = given;
  return asRows("adaptiveAvgPool1d", input, (rows) => [adaptiveAvgPool2d(rows, pair(outputSize, 1, 1))])[0];
}

/**
 * 1-d adaptive max pooling: the output has the given size for any length. See {@link adaptiveMaxPool2d}.
 *
 * @param x - [N,C,L], or [C,L]; floating dtype.
 * @returns [N,C,outputSize], or [C,outputSize]; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank; ValueError for a size below 1.
 * @example
 * nn.functional.adaptiveMaxPool1d(tensor([[1, 3, 2, 5]]), 2); // tensor([[3., 5.]])
 */
export function adaptiveMaxPool1d(x: Tensor, outputSize: Size1d, returnIndices?: false): Tensor;
export function adaptiveMaxPool1d(
  x: Tensor,
  outputSize: Size1d,
  returnIndices: true,
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool1d(
  ...args: ByName<
    ["input", "outputSize", "options"],
    { readonly input: Tensor; readonly outputSize: Size1d; readonly options: WithIndices }
  >
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool1d(
  x: Tensor,
  outputSize: Size1d,
  options: WithIndices,
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool1d(...given: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const { input, outputSize, returnIndices } = SIGNATURES.adaptiveMaxPool1d.read(given);
  if (input.ndim !== 2 && input.ndim !== 3) {
    throw new ShapeError(
      `[adaptiveMaxPool1d] Expected 2 to 3 dimensions, but got ${input.ndim}-dimensional tensor for argument #1 'self' (while checking arguments for adaptive_max_pool1d)`,
    );
  }
  const size = pair(outputSize, 1, 1);
  if (returnIndices) return asRows("adaptiveMaxPool1d", input, (rows) => adaptiveMaxPool2d(rows, size, true));
  return asRows("adaptiveMaxPool1d", input, (rows) => [adaptiveMaxPool2d(rows, size)])[0];
}

/**
 * 2-d adaptive average pooling: the output has the given size for any image. Window i of n covers ⌊i · length/n⌋ up to
 * ⌈(i + 1) · length/n⌉.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @param outputSize - One integer for both, or [H', W']; null keeps the size of the input.
 * @returns [N,C,H',W'], or [C,H',W'].
 * @throws ShapeError for another rank; ValueError for a negative size.
 * @example
 * nn.functional.adaptiveAvgPool2d(arange(16).float().view(1, 4, 4), [1, 2]); // tensor([[[6.5000, 8.5000]]])
 */
export function adaptiveAvgPool2d(
  ...args: ByName<["input", "outputSize"], { readonly input: Tensor; readonly outputSize: AdaptiveSize }>
): Tensor;
export function adaptiveAvgPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor;
export function adaptiveAvgPool2d(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.adaptiveAvgPool2d.read(args);
  return composite("adaptiveAvgPool2d", [given.input], given, () => adaptiveAvgPool2dNow(given));
}

function adaptiveAvgPool2dNow(given: ReturnType<typeof SIGNATURES.adaptiveAvgPool2d.read>): Tensor {
  const op = "adaptiveAvgPool2d";
  const { input: x, outputSize } = given;
  checkFloat(op, x);
  if (x.ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError(`[${op}] adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got ${bracketed(x.shape)}`);
  }
  const [height, width] = x.shape.slice(-2) as [number, number];
  const size = outputSizeOf(op, x, outputSize, 0);
  checkCount(op, [...x.shape.slice(0, -2), ...size], x.dtype);
  if (size[0] === 1 && size[1] === 1) return x.mean([-1, -2], true);
  const lengths = (length: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * length) / count) - Math.floor((i * length) / count));
  const divisors: PoolDivisors = { rows: lengths(height, size[0]), columns: lengths(width, size[1]) };
  return inBatch(op, x, (images) => {
    const windows = { shape: images.shape as Windows["shape"], counts: size };
    return [withGradFnName("AdaptiveAvgPool2DBackward0", apply(ops.avgPool2d, [images], { windows, divisors }))];
  })[0] as Tensor;
}

/**
 * 2-d adaptive max pooling: the output has the given size for any image. Windows as in {@link adaptiveAvgPool2d}; of equal
 * maxima the first one gets the gradient.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @param outputSize - One integer for both, or [H', W']; null keeps the size of the input.
 * @returns [N,C,H',W'], or [C,H',W']; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank; ValueError for a size below 1.
 * @example
 * nn.functional.adaptiveMaxPool2d(arange(16).float().view(1, 4, 4), [1, 2]); // tensor([[[13., 15.]]])
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: AdaptiveSize, returnIndices?: false): Tensor;
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: AdaptiveSize,
  returnIndices: true,
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool2d(
  ...args: ByName<
    ["input", "outputSize", "options"],
    { readonly input: Tensor; readonly outputSize: AdaptiveSize; readonly options: WithIndices }
  >
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: AdaptiveSize,
  options: WithIndices,
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool2d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const given = SIGNATURES.adaptiveMaxPool2d.read(args);
  return composite("adaptiveMaxPool2d", [given.input], given, () => adaptiveMaxPool2dNow(given));
}

function adaptiveMaxPool2dNow(
  given: ReturnType<typeof SIGNATURES.adaptiveMaxPool2d.read>,
): Tensor | [output: Tensor, indices: Tensor] {
  const op = "adaptiveMaxPool2d";
  const { input: x, outputSize, returnIndices } = given;
  checkFloat(op, x);
  if (x.ndim !== 3 && x.ndim !== 4) {
    throw new ShapeError(`[${op}] adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: ${bracketed(x.shape)}`);
  }
  const size = outputSizeOf(op, x, outputSize, 1);
  checkCount(op, [...x.shape.slice(0, -2), ...size], x.dtype);
  const results = inBatch(op, x, (images) => {
    const windows: Pooling = { shape: images.shape as Windows["shape"], counts: size };
    const values = withGradFnName("AdaptiveMaxPool2DBackward0", apply(ops.maxPool2d, [images], windows));
    return returnIndices ? [values, apply(ops.maxPool2dIndices, [images], windows)] : [values];
  });
  return returnIndices ? (results as [Tensor, Tensor]) : (results[0] as Tensor);
}

/** Height and width of the result. @throws ValueError unless they are integers of at least `least`. */
export function outputSizeOf(op: string, x: Tensor, outputSize: AdaptiveSize, least: number): Pair {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const [rows, columns] = typeof outputSize === "object" && outputSize !== null ? outputSize : [outputSize, outputSize];
  const size: Pair = [rows ?? height, columns ?? width];
  for (const n of size) {
    if (!Number.isSafeInteger(n) || n < least) {
      throw new ValueError(`[${op}] elements of output_size must be integers of at least ${least}, but got ${n}`);
    }
  }
  return size;
}

function windowGeometry(
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

/** Calls `use` with x [N,C,L] or [C,L] as images of height 1, and removes that dimension from the results. */
function asRows<R extends [Tensor, ...Tensor[]]>(op: string, x: Tensor, use: (rows: Tensor) => R): R {
  checkFloat(op, x);
  if (x.ndim !== 2 && x.ndim !== 3) {
    throw new ShapeError(
      `[${op}] Expected 2D or 3D (batch mode) tensor for input, but got shape ${bracketed(x.shape)}`,
    );
  }
  return use(x.unsqueeze(-2)).map((y) => asNonView("SqueezeBackward1", y.squeeze(-2))) as R;
}

/** Calls `use` with a batch [N,C,H,W]; for x [C,H,W] one is added, and removed from the results. */
function inBatch(op: string, x: Tensor, use: (images: Tensor) => Tensor[]): Tensor[] {
  checkFloat(op, x);
  if ((x.ndim !== 3 && x.ndim !== 4) || x.shape.slice(-3).includes(0)) {
    throw new ShapeError(
      `[${op}] non-empty 3D or 4D (batch mode) tensor expected for input, got shape ${bracketed(x.shape)}`,
    );
  }
  if (x.ndim === 4) return use(x);
  return use(x.unsqueeze(0)).map((y) => asNonView(y.gradFn?.name ?? "", y.squeeze(0)));
}

/** Target output size: one integer for all, or [D', H', W']; null keeps the size of the input. */
export type AdaptiveSize3d = number | null | readonly [number | null, number | null, number | null];

const threeLengths = listOfKind(aLength, "a list of three");

const anAdaptiveSize3d: Kind<AdaptiveSize3d> = {
  description: "an integer, null or a list of three",
  read: (value) => {
    const sizes = listOf(value) === undefined ? aLength.read(value) : threeLengths.read(value);
    return typeof sizes === "object" && sizes !== null && sizes.length !== 3 ? REFUSED : (sizes as AdaptiveSize3d);
  },
};

export const MAX_POOL_3D_WINDOWS = maxPoolWindows(aSize3d);
export const AVG_POOL_3D_ARGUMENTS = {
  ...avgPoolArguments(aSize3d),
  divisorOverride: optional(nullable(anInteger), null),
};
export const ADAPTIVE_POOL_3D_ARGUMENTS = { outputSize: required(anAdaptiveSize3d) };
export const LP_POOL_1D_ARGUMENTS = {
  normType: required(aNumber),
  kernelSize: required(aSize1d),
  stride: optional(nullable(aSize1d), null),
  ...CEIL_MODE,
};
export const LP_POOL_2D_ARGUMENTS = {
  normType: required(aNumber),
  kernelSize: required(aSize2d),
  stride: optional(nullable(aSize2d), null),
  ...CEIL_MODE,
};

const SIGNATURES_3D = {
  maxPool3d: signature("maxPool3d", { ...INPUT, ...MAX_POOL_3D_WINDOWS, ...CEIL_MODE, ...RETURN_INDICES }),
  avgPool3d: signature("avgPool3d", { ...INPUT, ...AVG_POOL_3D_ARGUMENTS }),
  adaptiveAvgPool3d: signature("adaptiveAvgPool3d", { ...INPUT, ...ADAPTIVE_POOL_3D_ARGUMENTS }),
  adaptiveMaxPool3d: signature("adaptiveMaxPool3d", { ...INPUT, ...ADAPTIVE_POOL_3D_ARGUMENTS, ...RETURN_INDICES }),
  lpPool1d: signature("lpPool1d", { ...INPUT, ...LP_POOL_1D_ARGUMENTS }),
  lpPool2d: signature("lpPool2d", { ...INPUT, ...LP_POOL_2D_ARGUMENTS }),
};

/** Calls `use` with a batch [N,C,D,H,W]; for x [C,D,H,W] one is added, and removed from the results. */
function inVolumes(op: string, name: string, x: Tensor, use: (volumes: Tensor) => Tensor[]): Tensor[] {
  checkFloat(op, x);
  if ((x.ndim !== 4 && x.ndim !== 5) || x.shape.slice(-4).includes(0)) {
    throw new ShapeError(
      `[${op}] non-empty 4D or 5D (batch mode) tensor expected for input, got shape ${bracketed(x.shape)}`,
    );
  }
  if (x.ndim === 5) return use(x).map((y) => asNonView(name, y));
  return use(x.unsqueeze(0)).map((y) => asNonView(name, y.squeeze(0)));
}

/** The planes [N,C·D,H,W] of volumes, and back to [N,C,D,H',W']. */
function throughPlanes(volumes: Tensor, use: (planes: Tensor) => Tensor[]): Tensor[] {
  const [batch, channels, depth, height, width] = volumes.shape as [number, number, number, number, number];
  return use(volumes.reshape([batch, channels * depth, height, width])).map((y) =>
    y.view([batch, channels, depth, ...y.shape.slice(2)]),
  );
}

/** The depths of volumes as rows of images [N,C,D,H·W], and back to [N,C,D',H,W]. */
function throughDepths(volumes: Tensor, use: (images: Tensor) => Tensor[]): Tensor[] {
  const [batch, channels, depth, height, width] = volumes.shape as [number, number, number, number, number];
  return use(volumes.reshape([batch, channels, depth, height * width])).map((y) =>
    y.view([batch, channels, y.size(2), height, width]),
  );
}

/** The index of a maximum in its volume, from that in its plane and that of its depth in the column of planes. */
function volumeIndices(inPlane: Tensor, inColumn: Tensor, depthOf: Tensor, area: number): Tensor {
  const [batch, channels, , height, width] = inPlane.shape as [number, number, number, number, number];
  const columns = inPlane.reshape([batch, channels, -1]);
  const chosen = columns.gather(2, inColumn.reshape([batch, channels, -1])).view([batch, channels, -1, height, width]);
  return chosen.add(depthOf.mul(area));
}

/** The depth of an index into a column image [D,H·W]. */
function depthsOf(inColumn: Tensor, area: number): Tensor {
  return inColumn.floorDivide(area);
}

/** One size for each direction: that of the depth, and those of the plane. */
function splitSize<T>(size: number | readonly T[]): [depth: number | T, plane: [number | T, number | T]] {
  const list = typeof size === "number" ? [size, size, size] : (size as readonly [T, T, T]);
  return [list[0], [list[1], list[2]]];
}

/**
 * 3-d max pooling of a volume: pools planes, then depths. Of equal maxima the first one gets the gradient.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @returns [N,C,D',H',W'], or [C,D',H',W']; with `returnIndices` also the int32 indices of the maxima in their volume.
 * @throws as {@link maxPool2d}.
 * @example
 * nn.functional.maxPool3d(arange(8).float().view(1, 2, 2, 2), 2); // tensor([[[[7.]]]])
 */
export function maxPool3d(
  x: Tensor,
  kernelSize: Size3d,
  stride?: Size3d | null,
  padding?: Size3d,
  dilation?: Size3d,
  ceilMode?: boolean,
): Tensor;
export function maxPool3d(
  x: Tensor,
  kernelSize: Size3d,
  ...rest: ThenOptions<MaxPoolPositions<Size3d>, MaxPool3dOptions & WithoutIndices>
): Tensor;
export function maxPool3d(
  ...args: ByName<
    ["input", "kernelSize"],
    { readonly input: Tensor; readonly kernelSize: Size3d } & MaxPool3dOptions & WithoutIndices
  >
): Tensor;
export function maxPool3d(
  x: Tensor,
  kernelSize: Size3d,
  options: MaxPool3dOptions & WithIndices,
): [output: Tensor, indices: Tensor];
export function maxPool3d(
  x: Tensor,
  kernelSize: Size3d,
  ...rest: SomeThenOptions<MaxPoolPositions<Size3d>, MaxPool3dOptions & WithIndices>
): [output: Tensor, indices: Tensor];
export function maxPool3d(
  x: Tensor,
  kernelSize: Size3d,
  stride: Size3d | null | undefined,
  padding: Size3d | undefined,
  dilation: Size3d | undefined,
  ceilMode: boolean | undefined,
  returnIndices: true,
): [output: Tensor, indices: Tensor];
export function maxPool3d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const given = SIGNATURES_3D.maxPool3d.read(args);
  return composite("maxPool3d", [given.input], given, () => maxPool3dNow(given));
}

function maxPool3dNow(
  given: ReturnType<typeof SIGNATURES_3D.maxPool3d.read>,
): Tensor | [output: Tensor, indices: Tensor] {
  const { ceilMode, returnIndices } = given;
  const [kernel, stride, padding, dilation] = [
    splitSize(given.kernelSize),
    splitSize(given.stride ?? given.kernelSize),
    splitSize(given.padding),
    splitSize(given.dilation),
  ];
  const inPlane = [kernel[1], stride[1], padding[1], dilation[1], ceilMode] as const;
  const inDepth = [[kernel[0], 1], [stride[0], 1], [padding[0], 0], [dilation[0], 1], ceilMode] as const;
  const results = inVolumes("maxPool3d", "MaxPool3DWithIndicesBackward0", given.input, (volumes) => {
    if (!returnIndices) {
      const [planes] = throughPlanes(volumes, (x) => [maxPool2d(x, ...inPlane)]);
      return throughDepths(planes as Tensor, (x) => [maxPool2d(x, ...inDepth)]);
    }
    const [planes, places] = throughPlanes(volumes, (x) => maxPool2dWithIndices(x, ...inPlane)) as [Tensor, Tensor];
    const [maxima, columns] = throughDepths(planes, (x) => maxPool2dWithIndices(x, ...inDepth)) as [Tensor, Tensor];
    const depths = depthsOf(columns, planes.size(3) * planes.size(4));
    return [maxima, volumeIndices(places, columns, depths, volumes.size(3) * volumes.size(4))];
  });
  return returnIndices ? (results as [Tensor, Tensor]) : (results[0] as Tensor);
}

/**
 * 3-d average pooling of a volume: pools planes, then depths.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @returns [N,C,D',H',W'], or [C,D',H',W'].
 * @throws as {@link avgPool2d}.
 * @example
 * nn.functional.avgPool3d(arange(8).float().view(1, 2, 2, 2), 2); // tensor([[[[3.5000]]]])
 */
export function avgPool3d(
  x: Tensor,
  kernelSize: Size3d,
  stride?: Size3d | null,
  padding?: Size3d,
  ceilMode?: boolean,
  countIncludePad?: boolean,
  divisorOverride?: number | null,
): Tensor;
export function avgPool3d(
  ...args: ByName<["input", "kernelSize"], { readonly input: Tensor; readonly kernelSize: Size3d } & AvgPool3dOptions>
): Tensor;
export function avgPool3d(
  x: Tensor,
  kernelSize: Size3d,
  ...rest: ThenOptions<DividedPoolPositions<Size3d>, AvgPool3dOptions>
): Tensor;
export function avgPool3d(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES_3D.avgPool3d.read(args);
  return composite("avgPool3d", [given.input], given, () => avgPool3dNow(given));
}

function avgPool3dNow(given: ReturnType<typeof SIGNATURES_3D.avgPool3d.read>): Tensor {
  const op = "avgPool3d";
  const { ceilMode, countIncludePad, divisorOverride } = given;
  if (divisorOverride === 0) throw new ValueError(`[${op}] divisor must be not zero`);
  const [kernel, stride, padding] = [
    splitSize(given.kernelSize),
    splitSize(given.stride ?? given.kernelSize),
    splitSize(given.padding),
  ];
  const one = divisorOverride === null ? null : 1;
  const [result] = inVolumes(op, "AvgPool3DBackward0", given.input, (volumes) => {
    const [planes] = throughPlanes(volumes, (x) => [
      avgPool2d(x, kernel[1], stride[1], padding[1], ceilMode, countIncludePad, one),
    ]);
    return throughDepths(planes as Tensor, (x) => [
      avgPool2d(x, [kernel[0], 1], [stride[0], 1], [padding[0], 0], ceilMode, countIncludePad, divisorOverride),
    ]);
  });
  return result as Tensor;
}

/** The sizes of the result of adaptive pooling. @throws ValueError unless they are integers of at least `least`. */
function outputSize3dOf(op: string, x: Tensor, outputSize: AdaptiveSize3d, least: number): [number, number, number] {
  const lengths = x.shape.slice(-3) as [number, number, number];
  const list =
    typeof outputSize === "object" && outputSize !== null ? outputSize : [outputSize, outputSize, outputSize];
  return lengths.map((length, d) => {
    const size = list[d] ?? length;
    if (Number.isSafeInteger(size) && size >= least) return size;
    throw new ValueError(`[${op}] elements of output_size must be integers of at least ${least}, but got ${size}`);
  }) as [number, number, number];
}

/**
 * 3-d adaptive average pooling: the output has the given size for any volume. Windows as in {@link adaptiveAvgPool2d}.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @param outputSize - One integer for all, or [D', H', W']; null keeps the size of the input.
 * @returns [N,C,D',H',W'], or [C,D',H',W'].
 * @throws ShapeError for another rank; ValueError for a negative size.
 * @example
 * nn.functional.adaptiveAvgPool3d(arange(8).float().view(1, 2, 2, 2), [2, 1, 1]).view(2); // tensor([1.5000, 5.5000])
 */
export function adaptiveAvgPool3d(
  ...args: ByName<["input", "outputSize"], { readonly input: Tensor; readonly outputSize: AdaptiveSize3d }>
): Tensor;
export function adaptiveAvgPool3d(x: Tensor, outputSize: AdaptiveSize3d): Tensor;
export function adaptiveAvgPool3d(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES_3D.adaptiveAvgPool3d.read(args);
  return composite("adaptiveAvgPool3d", [given.input], given, () => adaptiveAvgPool3dNow(given));
}

function adaptiveAvgPool3dNow(given: ReturnType<typeof SIGNATURES_3D.adaptiveAvgPool3d.read>): Tensor {
  const op = "adaptiveAvgPool3d";
  const { input: x, outputSize } = given;
  checkFloat(op, x);
  if (x.ndim !== 4 && x.ndim !== 5) {
    throw new ShapeError(`[${op}] adaptive_avg_pool3d(): Expected 4D or 5D tensor, but got ${bracketed(x.shape)}`);
  }
  const [depth, height, width] = outputSize3dOf(op, x, outputSize, 0);
  checkCount(op, [...x.shape.slice(0, -3), depth, height, width], x.dtype);
  if (depth === 1 && height === 1 && width === 1) return x.mean([-1, -2, -3], true);
  const [result] = inVolumes(op, "AdaptiveAvgPool3DBackward0", x, (volumes) => {
    const [planes] = throughPlanes(volumes, (p) => [adaptiveAvgPool2d(p, [height, width])]);
    return throughDepths(planes as Tensor, (p) => [adaptiveAvgPool2d(p, [depth, null])]);
  });
  return result as Tensor;
}

/**
 * 3-d adaptive max pooling: the output has the given size for any volume. Windows as in {@link adaptiveAvgPool2d}; of equal
 * maxima the first one gets the gradient.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @param outputSize - One integer for all, or [D', H', W']; null keeps the size of the input.
 * @returns [N,C,D',H',W'], or [C,D',H',W']; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank; ValueError for a size below 1.
 * @example
 * nn.functional.adaptiveMaxPool3d(arange(8).float().view(1, 2, 2, 2), [2, 1, 1]).view(2); // tensor([3., 7.])
 */
export function adaptiveMaxPool3d(x: Tensor, outputSize: AdaptiveSize3d, returnIndices?: false): Tensor;
export function adaptiveMaxPool3d(
  x: Tensor,
  outputSize: AdaptiveSize3d,
  returnIndices: true,
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool3d(
  ...args: ByName<
    ["input", "outputSize", "options"],
    { readonly input: Tensor; readonly outputSize: AdaptiveSize3d; readonly options: WithIndices }
  >
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool3d(
  x: Tensor,
  outputSize: AdaptiveSize3d,
  options: WithIndices,
): [output: Tensor, indices: Tensor];
export function adaptiveMaxPool3d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const given = SIGNATURES_3D.adaptiveMaxPool3d.read(args);
  return composite("adaptiveMaxPool3d", [given.input], given, () => adaptiveMaxPool3dNow(given));
}

function adaptiveMaxPool3dNow(
  given: ReturnType<typeof SIGNATURES_3D.adaptiveMaxPool3d.read>,
): Tensor | [output: Tensor, indices: Tensor] {
  const op = "adaptiveMaxPool3d";
  const { input: x, outputSize, returnIndices } = given;
  checkFloat(op, x);
  if (x.ndim !== 4 && x.ndim !== 5) {
    throw new ShapeError(`[${op}] adaptive_max_pool3d(): Expected 4D or 5D tensor, but got: ${bracketed(x.shape)}`);
  }
  const [depth, height, width] = outputSize3dOf(op, x, outputSize, 1);
  checkCount(op, [...x.shape.slice(0, -3), depth, height, width], x.dtype);
  const results = inVolumes(op, "AdaptiveMaxPool3DBackward0", x, (volumes) => {
    const [planes, places] = throughPlanes(volumes, (p) =>
      returnIndices ? adaptiveMaxPool2d(p, [height, width], true) : [adaptiveMaxPool2d(p, [height, width])],
    ) as [Tensor, Tensor?];
    const [maxima, columns] = throughDepths(planes, (p) =>
      returnIndices ? adaptiveMaxPool2d(p, [depth, null], true) : [adaptiveMaxPool2d(p, [depth, null])],
    ) as [Tensor, Tensor?];
    if (places === undefined || columns === undefined) return [maxima];
    const depths = depthsOf(columns, height * width);
    return [maxima, volumeIndices(places, columns, depths, volumes.size(3) * volumes.size(4))];
  });
  return returnIndices ? (results as [Tensor, Tensor]) : (results[0] as Tensor);
}

/** (Σ xᵖ)^(1/p) of windows, from their means. */
function normOfWindows(means: Tensor, count: number, p: number): Tensor {
  return means
    .sign()
    .mul(means.abs().relu())
    .mul(count)
    .pow(1 / p);
}

/** Options of {@link lpPool1d} and {@link lpPool2d}. */
export interface LpPoolOptions<S> {
  /** Stride of the window. Default null: the kernel size. */
  readonly stride?: S | null | undefined;
  /** Use ceil instead of floor to compute the output size. Default false. */
  readonly ceilMode?: boolean | undefined;
}

/**
 * 1-d power-average pooling: (Σ xᵖ)^(1/p) of each window.
 *
 * @param x - [N,C,L], or [C,L]; floating dtype.
 * @param normType - p.
 * @returns [N,C,L'], or [C,L'].
 * @throws as {@link avgPool1d}.
 * @example
 * nn.functional.lpPool1d(tensor([[3, 4, 0, 1]]), 2, 2); // tensor([[5., 1.]])
 */
export function lpPool1d(
  x: Tensor,
  normType: number,
  kernelSize: Size1d,
  stride?: Size1d | null,
  ceilMode?: boolean,
): Tensor;
export function lpPool1d(
  ...args: ByName<
    ["input", "normType", "kernelSize"],
    { readonly input: Tensor; readonly normType: number; readonly kernelSize: Size1d } & LpPoolOptions<Size1d>
  >
): Tensor;
export function lpPool1d(x: Tensor, normType: number, kernelSize: Size1d, options?: LpPoolOptions<Size1d>): Tensor;
export function lpPool1d(...args: readonly unknown[]): Tensor {
  const { input, normType, kernelSize, stride, ceilMode } = SIGNATURES_3D.lpPool1d.read(args);
  const [size] = pair(kernelSize, 1, 1).slice(1) as [number];
  return normOfWindows(avgPool1d(input.pow(normType), kernelSize, stride, 0, ceilMode), size, normType);
}

/**
 * 2-d power-average pooling: (Σ xᵖ)^(1/p) of each window.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @param normType - p.
 * @returns [N,C,H',W'], or [C,H',W'].
 * @throws as {@link avgPool2d}.
 * @example
 * nn.functional.lpPool2d(tensor([[[3, 4], [0, 0]]]), 2, 2); // tensor([[[5.]]])
 */
export function lpPool2d(
  x: Tensor,
  normType: number,
  kernelSize: Size2d,
  stride?: Size2d | null,
  ceilMode?: boolean,
): Tensor;
export function lpPool2d(
  ...args: ByName<
    ["input", "normType", "kernelSize"],
    { readonly input: Tensor; readonly normType: number; readonly kernelSize: Size2d } & LpPoolOptions<Size2d>
  >
): Tensor;
export function lpPool2d(x: Tensor, normType: number, kernelSize: Size2d, options?: LpPoolOptions<Size2d>): Tensor;
export function lpPool2d(...args: readonly unknown[]): Tensor {
  const { input, normType, kernelSize, stride, ceilMode } = SIGNATURES_3D.lpPool2d.read(args);
  const [height, width] = pair(kernelSize);
  return normOfWindows(avgPool2d(input.pow(normType), kernelSize, stride, 0, ceilMode), height * width, normType);
}

/** Options of the functions that undo max pooling. */
export interface MaxUnpoolOptions<S extends Sizes> {
  /** Stride of the pooling. Default null: the kernel size. */
  readonly stride?: S | null | undefined;
  /** Padding of the pooling. Default 0. */
  readonly padding?: S | undefined;
  /** Spatial size of the result, or its whole shape. Default null: what the pooling of a size without a rest had. */
  readonly outputSize?: readonly number[] | null | undefined;
}

/** The arguments that the layers take too. */
export const unpoolWindows = <S extends Sizes>(size: Kind<S>) => ({
  kernelSize: required(size),
  stride: optional(strideOf(size), null),
  padding: optional(size, 0),
});

const INDICES = { indices: required(aTensor) };
export const OUTPUT_SIZE = { outputSize: optional(nullable(integers), null) };

const MAX_UNPOOL_1D = signature("maxUnpool1d", { ...INPUT, ...INDICES, ...unpoolWindows(aSize1d), ...OUTPUT_SIZE });
const MAX_UNPOOL_2D = signature("maxUnpool2d", { ...INPUT, ...INDICES, ...unpoolWindows(aSize2d), ...OUTPUT_SIZE });
const MAX_UNPOOL_3D = signature("maxUnpool3d", { ...INPUT, ...INDICES, ...unpoolWindows(aSize3d), ...OUTPUT_SIZE });

interface Unpooling {
  readonly input: Tensor;
  readonly indices: Tensor;
  readonly kernelSize: Sizes;
  readonly stride: Sizes | null;
  readonly padding: Sizes;
  readonly outputSize: readonly number[] | null;
}

/** The spatial size of the result: (in − 1)·stride − 2·padding + kernel, or a given one that the pooling may have had. */
function unpooledSize(op: string, given: Unpooling, count: number): number[] {
  const lengths = given.input.shape.slice(-count);
  const [kernel, stride, padding] = [given.kernelSize, given.stride ?? given.kernelSize, given.padding].map((size) =>
    sizes(size, count),
  ) as [number[], number[], number[]];
  const natural = lengths.map(
    (n, d) => (n - 1) * (stride[d] as number) + (kernel[d] as number) - 2 * (padding[d] as number),
  );
  if (given.outputSize === null) return natural;
  const wanted = given.outputSize.length === count + 2 ? given.outputSize.slice(2) : given.outputSize;
  if (wanted.length !== count) {
    throw new ValueError(
      `[${op}] output_size should be a sequence containing ${count} or ${count + 2} elements, but it has a length of '${given.outputSize.length}'`,
    );
  }
  for (const [d, size] of wanted.entries()) {
    const [low, high] = [
      (natural[d] as number) - (stride[d] as number),
      (natural[d] as number) + (stride[d] as number),
    ];
    if (size > low && size < high) continue;
    throw new ValueError(
      `[${op}] invalid output_size "${bracketed(wanted)}" (dim ${d} must be between ${low} and ${high})`,
    );
  }
  return [...wanted];
}

/** Zeros with the elements at their indices into the flattened planes or volumes. */
function unpool(op: string, name: string, given: Unpooling, count: number): Tensor {
  const { input, indices } = given;
  checkFloat(op, input);
  if (indices.dtype !== "int32") {
    throw new DTypeError(`[${op}] elements in indices should be int32, but got ${indices.dtype}`);
  }
  if (input.ndim !== count + 1 && input.ndim !== count + 2) {
    throw new ShapeError(
      `[${op}] Input to max_unpooling${count}d should be a ${count + 1}d or ${count + 2}d Tensor, but got a tensor with ${input.ndim} dimensions.`,
    );
  }
  if (!indices.isSameSize(input)) {
    // A signal is unpooled as an image of width 1.
    const [own, other] = [input, indices].map(({ shape }) => bracketed(count === 1 ? [...shape, 1] : shape));
    throw new ShapeError(
      `[${op}] Expected shape of indices to be same as that of the input tensor (${own}) but got indices tensor with shape: ${other}`,
    );
  }
  const lead = input.shape.slice(0, -count);
  const spatial = unpooledSize(op, given, count);
  const shape = [...lead, ...spatial];
  checkCount(op, shape, input.dtype);
  const area = spatial.reduce((a, b) => a * b, 1);
  if (input.device === "cpu" && indices.numel() > 0) {
    const [least, most] = [indices.min().itemSync(), indices.max().itemSync()];
    if (least < 0 || most >= area) {
      throw new ValueError(
        `[${op}] Found an invalid max index: ${least < 0 ? least : most} (output volumes are of size ${spatial.join("x")}${count === 1 ? "x1" : ""})`,
      );
    }
  }
  const planes = lead.reduce((a, b) => a * b, 1);
  const flat = zeros(planes, area, { dtype: input.dtype, device: input.device });
  const filled = flat.scatter(1, indices.reshape(planes, -1), input.reshape(planes, -1));
  return asNonView(name, filled.view(shape));
}

/** The optional positions after the kernel size. */
export type MaxUnpoolPositions<S extends Sizes> = [stride: S | null, padding: S, outputSize: readonly number[] | null];

/**
 * Partial inverse of `maxPool1d`: the maxima at their places, zeros elsewhere.
 *
 * @param x - The maxima, [N,C,L] or [C,L]; floating dtype.
 * @param indices - Their indices, as `maxPool1d` returns them.
 * @throws ShapeError for indices of another shape; ValueError for an index or an output size that cannot be.
 * @example
 * const [y, indices] = nn.functional.maxPool1d(tensor([[1, 3, 2, 5]]), 2, { returnIndices: true });
 * nn.functional.maxUnpool1d(y, indices, 2); // tensor([[0., 3., 0., 5.]])
 */
export function maxUnpool1d(
  ...args: ByName<
    ["input", "indices", "kernelSize"],
    { readonly input: Tensor; readonly indices: Tensor; readonly kernelSize: Size1d } & MaxUnpoolOptions<Size1d>
  >
): Tensor;
export function maxUnpool1d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size1d,
  ...rest: ThenOptions<MaxUnpoolPositions<Size1d>, MaxUnpoolOptions<Size1d>>
): Tensor;
export function maxUnpool1d(...given: readonly unknown[]): Tensor {
  return unpool("maxUnpool1d", "SqueezeBackward1", MAX_UNPOOL_1D.read(given), 1);
}

/**
 * Partial inverse of `maxPool2d`: the maxima at their places, zeros elsewhere.
 *
 * @param x - The maxima, [N,C,H,W] or [C,H,W]; floating dtype.
 * @param indices - Their indices, as `maxPool2d` returns them.
 * @throws ShapeError for indices of another shape; ValueError for an index or an output size that cannot be.
 * @example
 * const [y, indices] = nn.functional.maxPool2d(tensor([[[1, 3], [2, 5]]]), 2, { returnIndices: true });
 * nn.functional.maxUnpool2d(y, indices, 2); // tensor([[[0., 0.], [0., 5.]]])
 */
export function maxUnpool2d(
  ...args: ByName<
    ["input", "indices", "kernelSize"],
    { readonly input: Tensor; readonly indices: Tensor; readonly kernelSize: Size2d } & MaxUnpoolOptions<Size2d>
  >
): Tensor;
export function maxUnpool2d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size2d,
  ...rest: ThenOptions<MaxUnpoolPositions<Size2d>, MaxUnpoolOptions<Size2d>>
): Tensor;
export function maxUnpool2d(...given: readonly unknown[]): Tensor {
  return unpool("maxUnpool2d", "MaxUnpool2DBackward0", MAX_UNPOOL_2D.read(given), 2);
}

/**
 * Partial inverse of `maxPool3d`: the maxima at their places, zeros elsewhere.
 *
 * @param x - The maxima, [N,C,D,H,W] or [C,D,H,W]; floating dtype.
 * @param indices - Their indices, as `maxPool3d` returns them.
 * @throws ShapeError for indices of another shape; ValueError for an index or an output size that cannot be.
 * @example
 * const x = arange(8).float().view(1, 2, 2, 2);
 * const [y, indices] = nn.functional.maxPool3d(x, 2, { returnIndices: true });
 * nn.functional.maxUnpool3d(y, indices, 2).sum(); // tensor(7.)
 */
export function maxUnpool3d(
  ...args: ByName<
    ["input", "indices", "kernelSize"],
    { readonly input: Tensor; readonly indices: Tensor; readonly kernelSize: Size3d } & MaxUnpoolOptions<Size3d>
  >
): Tensor;
export function maxUnpool3d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Size3d,
  ...rest: ThenOptions<MaxUnpoolPositions<Size3d>, MaxUnpoolOptions<Size3d>>
): Tensor;
export function maxUnpool3d(...given: readonly unknown[]): Tensor {
  return unpool("maxUnpool3d", "MaxUnpool3DBackward0", MAX_UNPOOL_3D.read(given), 3);
}

/** Options of fractional max pooling: the size of the result, or its ratio to that of the input. */
export interface FractionalPoolOptions<S extends Sizes> {
  /** Spatial size of the result. */
  readonly outputSize?: S | null | undefined;
  /** Spatial size of the result as a part of that of the input, between 0 and 1: one number or one for each dimension. */
  readonly outputRatio?: number | readonly number[] | null | undefined;
  /** Where the regions lie, [N, C, dimensions], each in [0, 1). Default null: drawn. */
  readonly _randomSamples?: Tensor | null | undefined;
}

export const fractionalArguments = <S extends Sizes>(size: Kind<S>) => ({
  kernelSize: required(size),
  outputSize: optional(nullable(size), null),
  outputRatio: optional(nullable(either(aNumber, numbers)), null),
  ...RETURN_INDICES,
  _randomSamples: optional(nullable(aTensor), null),
});

const FRACTIONAL_2D = signature("fractionalMaxPool2d", { ...INPUT, ...fractionalArguments(aSize2d) });
const FRACTIONAL_3D = signature("fractionalMaxPool3d", { ...INPUT, ...fractionalArguments(aSize3d) });

type Fractional = Omit<Arguments<ReturnType<typeof fractionalArguments<Sizes>>>, "returnIndices"> & {
  readonly input: Tensor;
};

/** PyTorch's name of a function, for its messages. */
const snakeOf = (op: string): string => op.replace("MaxPool", "_max_pool");

/** The size of the result of fractional pooling. */
function fractionalSize(op: string, { input, outputSize, outputRatio }: Fractional, count: number): number[] {
  const lengths = input.shape.slice(-count);
  if (outputSize !== null) return sizes(outputSize, count);
  if (outputRatio === null) {
    throw new ValueError(`[${op}] ${snakeOf(op)} requires specifying either an output_size or an output_ratio`);
  }
  const ratios = typeof outputRatio === "number" ? new Array<number>(count).fill(outputRatio) : outputRatio;
  if (ratios.length !== count) {
    throw new ValueError(`[${op}] expected output_ratio to be a number or ${count} numbers, but got ${ratios.length}`);
  }
  for (const ratio of ratios) {
    if (!(ratio > 0 && ratio < 1)) {
      throw new ValueError(`[${op}] output_ratio must be between 0 and 1 (got ${ratio})`);
    }
  }
  return lengths.map((n, d) => Math.floor(n * (ratios[d] as number)));
}

/**
 * The first positions of the regions along one dimension, for each plane: ⌊(i + u)·α⌋ − ⌊u·α⌋ with α = (in − kernel)/(out
 * − 1), and in − kernel for the last one (Graham, 2014, as PyTorch computes it).
 */
function regionStarts(u: Tensor, length: number, count: number, kernel: number): Tensor {
  const alpha = count > 1 ? (length - kernel) / (count - 1) : 0;
  const places = arange(count, { device: u.device }).to(u.dtype);
  const first = u.unsqueeze(-1);
  const starts = first.add(places).mul(alpha).trunc().sub(first.mul(alpha).trunc()).int();
  return starts.maskedFill(places.eq(count - 1), length - kernel);
}

/** Maxima of the drawn regions, and their indices in the flattened planes or volumes. */
function fractionalPool(op: string, name: string, given: Fractional, count: number): [output: Tensor, indices: Tensor] {
  const { input: x, kernelSize, _randomSamples } = given;
  checkFloat(op, x);
  if (x.ndim !== count + 1 && x.ndim !== count + 2) {
    throw new ShapeError(`[${op}] Expected ${count + 1}D or ${count + 2}D tensor, but got shape ${bracketed(x.shape)}`);
  }
  const lead = x.ndim === count + 1 ? [1, x.size(0)] : x.shape.slice(0, 2);
  const lengths = x.shape.slice(-count);
  const kernel = sizes(kernelSize, count);
  const out = fractionalSize(op, given, count);
  for (const [d, n] of lengths.entries()) {
    if ((out[d] as number) + (kernel[d] as number) - 1 <= n && (out[d] as number) > 0) continue;
    const side = ["width", "height", "time"][count - 1 - d];
    throw new ValueError(
      `[${op}] ${snakeOf(op)}(): pool ${side} ${kernel[d]} too large relative to input ${side} ${n}`,
    );
  }
  const samples = _randomSamples ?? rand(...lead, count, { dtype: x.dtype as "float32", device: x.device });
  if (samples.shape.length !== 3 || [...lead, count].some((n, d) => samples.shape[d] !== n)) {
    throw new ShapeError(
      `[${op}] Expect _random_samples of shape ${bracketed([...lead, count])}, but got ${bracketed(samples.shape)}`,
    );
  }
  // Indices [planes, out…, kernel…], put together dimension by dimension.
  const planes = lead.reduce((a, b) => a * b, 1);
  let indices = zeros(planes, ...new Array<number>(2 * count).fill(1), { dtype: "int32", device: x.device });
  for (let d = 0; d < count; d++) {
    // The samples of a plane begin with its last dimension, those of a volume with its first.
    const u = samples
      .detach()
      .select(2, count === 2 ? 1 - d : d)
      .reshape(planes);
    const size = kernel[d] as number;
    const shapeAt = (at: number, n: number, batch: number): number[] =>
      [batch, ...new Array<number>(2 * count).fill(1)].with(1 + at, n);
    const starts = regionStarts(u, lengths[d] as number, out[d] as number, size);
    const within = arange(size, { device: x.device });
    const along = starts.view(shapeAt(d, out[d] as number, planes)).add(within.view(shapeAt(count + d, size, 1)));
    indices = indices.mul(lengths[d] as number).add(along);
  }
  const cells = out.reduce((a, b) => a * b, 1);
  const chosen = indices.reshape(planes, -1);
  const regions = x.reshape(planes, -1).gather(1, chosen).view(planes, cells, -1);
  const { values, indices: best } = regions.max(2);
  const places = chosen.view(planes, cells, -1).gather(2, best.unsqueeze(2)).squeeze(2);
  const shape = [...x.shape.slice(0, -count), ...out];
  return [withGradFnName(name, asNonView(name, values.view(shape))), places.view(shape)];
}

type FractionalPositions<S extends Sizes> = [
  kernelSize: S,
  outputSize?: S | null,
  outputRatio?: number | readonly number[] | null,
];

/**
 * 2-d fractional max pooling (Graham, 2014): maxima of regions whose places are drawn, so that the result can have any
 * size below that of the input. The random numbers are PyTorch's for the same seed.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @returns [N,C,H',W'], or [C,H',W']; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank; ValueError without a size or a ratio, or for one that does not fit.
 * @example nn.functional.fractionalMaxPool2d(rand(1, 2, 9, 9), 2, { outputRatio: 0.5 }).shape; // [1, 2, 4, 4]
 */
export function fractionalMaxPool2d(
  x: Tensor,
  ...args:
    | [...positions: FractionalPositions<Size2d>, returnIndices: true, _randomSamples?: Tensor | null]
    | [kernelSize: Size2d, options: FractionalPoolOptions<Size2d> & WithIndices]
): [output: Tensor, indices: Tensor];
export function fractionalMaxPool2d(
  x: Tensor,
  ...args:
    | [...positions: FractionalPositions<Size2d>, returnIndices?: false, _randomSamples?: Tensor | null]
    | [kernelSize: Size2d, options: FractionalPoolOptions<Size2d> & WithoutIndices]
): Tensor;
export function fractionalMaxPool2d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const { returnIndices, ...given } = FRACTIONAL_2D.read(args);
  const results = fractionalPool("fractionalMaxPool2d", "FractionalMaxPool2DBackward0", given, 2);
  return returnIndices ? results : results[0];
}

/**
 * 3-d fractional max pooling: see {@link fractionalMaxPool2d}.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @returns [N,C,D',H',W'], or [C,D',H',W']; with `returnIndices` also the int32 indices of the maxima.
 * @throws ShapeError for another rank; ValueError without a size or a ratio, or for one that does not fit.
 * @example nn.functional.fractionalMaxPool3d(rand(1, 5, 5, 5), 2, { outputSize: 3 }).shape; // [1, 3, 3, 3]
 */
export function fractionalMaxPool3d(
  x: Tensor,
  ...args:
    | [...positions: FractionalPositions<Size3d>, returnIndices: true, _randomSamples?: Tensor | null]
    | [kernelSize: Size3d, options: FractionalPoolOptions<Size3d> & WithIndices]
): [output: Tensor, indices: Tensor];
export function fractionalMaxPool3d(
  x: Tensor,
  ...args:
    | [...positions: FractionalPositions<Size3d>, returnIndices?: false, _randomSamples?: Tensor | null]
    | [kernelSize: Size3d, options: FractionalPoolOptions<Size3d> & WithoutIndices]
): Tensor;
export function fractionalMaxPool3d(...args: readonly unknown[]): Tensor | [output: Tensor, indices: Tensor] {
  const { returnIndices, ...given } = FRACTIONAL_3D.read(args);
  const results = fractionalPool("fractionalMaxPool3d", "FractionalMaxPool3DBackward0", given, 3);
  return returnIndices ? results : results[0];
}
