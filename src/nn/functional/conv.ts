/** @file Convolution functions. */
import type { DepthWindows } from "../../../kernels/backend.ts";
import { apply } from "../../autograd/apply.ts";
import { composite } from "../../autograd/batching.ts";
import { type Arguments, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { anInteger, aTensor, type Kind, nullable } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { asNonView, withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import type { Conv2dParams } from "../../tensor/ops/conv.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Pair } from "../../tensor/ops/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  aPadding1d,
  aPadding2d,
  aPadding3d,
  aSize1d,
  aSize2d,
  aSize3d,
  type Padding,
  type Sizes,
  sizes,
} from "./size.ts";
import { checkSameDType, INPUT } from "./validate.ts";

/** Options of {@link conv1d}, {@link conv2d} and {@link conv3d}. */
export interface ConvFunctionOptions {
  /** Additive bias, one number for each output channel: [O], or null. Default null. */
  readonly bias?: Tensor | null | undefined;
  /** Stride of the convolving kernel. Default 1. */
  readonly stride?: Sizes | undefined;
  /** Implicit zero padding on both sides, or "same", or "valid" for none. Default 0. */
  readonly padding?: Padding | undefined;
  /** Spacing between kernel elements. Default 1. */
  readonly dilation?: Sizes | undefined;
  /** Number of groups that the input channels are split into. Default 1. */
  readonly groups?: number | undefined;
}

/** Options of {@link convTranspose1d}, {@link convTranspose2d} and {@link convTranspose3d}. */
export interface ConvTransposeFunctionOptions extends Omit<ConvFunctionOptions, "padding"> {
  /** The padding of the convolution that this is the transpose of: cuts off the result's border. Default 0. */
  readonly padding?: Sizes | undefined;
  /** Additional size added to one side of each dimension of the result. Default 0. */
  readonly outputPadding?: Sizes | undefined;
}

/** The arguments after the bias, in PyTorch's order; the layers take the same. */
const windowArguments = (size: Kind<Sizes>, padding: typeof aPadding2d) => ({
  stride: optional(size, 1),
  padding: { ...optional(padding, 0), kind: padding },
  dilation: optional(size, 1),
  groups: optional(anInteger, 1),
});
export const CONV_1D_ARGUMENTS = windowArguments(aSize1d, aPadding1d);
export const CONV_2D_ARGUMENTS = windowArguments(aSize2d, aPadding2d);
export const CONV_3D_ARGUMENTS = windowArguments(aSize3d, aPadding3d);
const WEIGHTS = { ...INPUT, weight: required(aTensor), bias: optional(nullable(aTensor), null) };
const CONVOLUTION = { ...WEIGHTS, ...CONV_2D_ARGUMENTS };
const transposedArguments = (size: Kind<Sizes>) => ({
  ...WEIGHTS,
  stride: optional(size, 1),
  padding: optional(size, 0),
  outputPadding: optional(size, 0),
  groups: optional(anInteger, 1),
  dilation: optional(size, 1),
});
const TRANSPOSED = transposedArguments(aSize2d);
const SIGNATURES = {
  conv1d: signature("conv1d", { ...WEIGHTS, ...CONV_1D_ARGUMENTS }),
  conv2d: signature("conv2d", CONVOLUTION),
  conv3d: signature("conv3d", { ...WEIGHTS, ...CONV_3D_ARGUMENTS }),
  convTranspose1d: signature("convTranspose1d", transposedArguments(aSize1d)),
  convTranspose2d: signature("convTranspose2d", TRANSPOSED),
  convTranspose3d: signature("convTranspose3d", transposedArguments(aSize3d)),
};

type ConvPositions = [bias: Tensor | null, stride: Sizes, padding: Padding, dilation: Sizes];
type TransposedPositions = [bias: Tensor | null, stride: Sizes, padding: Sizes, outputPadding: Sizes, groups: number];

/** The number of spatial dimensions. */
type Rank = 1 | 2 | 3;

/** One number for each spatial dimension. */
interface Geometry {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** What lies along one spatial dimension. */
interface Direction {
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before, and on both sides. */
  readonly before: number;
  readonly total: number;
  /** Number of windows. */
  readonly count: number;
}

/** A dimension of size 1, which stands for the rows of a signal. */
const SINGLE: Direction = { length: 1, kernel: 1, stride: 1, dilation: 1, before: 0, total: 0, count: 1 };

function checkGeometry(op: string, { stride, dilation, groups }: Geometry): void {
  if (stride.some((s) => s <= 0)) throw new ValueError(`[${op}] non-positive stride is not supported`);
  if (dilation.some((d) => d <= 0))
    throw new ValueError(`[${op}] dilation should be greater than zero, but got ${bracketed(dilation)}`);
  if (groups <= 0) throw new ValueError(`[${op}] non-positive groups is not supported`);
}

function checkRanks(op: string, x: Tensor, weight: Tensor, dims: number): void {
  checkSameDType(op, x, weight, "weight");
  if (x.ndim !== dims + 1 && x.ndim !== dims + 2) {
    throw new ShapeError(
      `[${op}] Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${op.replace("convTranspose", "conv_transpose")}, but got input of size: ${bracketed(x.shape)}`,
    );
  }
  if (weight.ndim !== dims + 2) {
    throw new ShapeError(
      `[${op}] expected a weight of ${dims + 2} dimensions, but got shape ${bracketed(weight.shape)}`,
    );
  }
}

function checkBias(op: string, bias: Tensor | null, x: Tensor, weight: Tensor, count: number, transposed = ""): void {
  if (bias === null) return;
  checkSameDType(op, x, bias, "bias");
  if (bias.ndim === 1 && bias.numel() === count) return;
  throw new ShapeError(
    `[${op}] Given ${transposed}weight of size ${bracketed(weight.shape)}, expected bias to be 1-dimensional with ${count} elements, but got bias of size ${bracketed(bias.shape)} instead`,
  );
}

/** Zeros before each dimension, and on both sides. */
function paddingOf(
  op: string,
  given: Padding,
  kernel: readonly number[],
  { stride, dilation }: Geometry,
): [before: readonly number[], total: readonly number[]] {
  if (given === "same") {
    if (stride.some((s) => s !== 1))
      throw new ValueError(`[${op}] padding='same' is not supported for strided convolutions`);
    const total = kernel.map((size, d) => (dilation[d] as number) * (size - 1));
    return [total.map((n) => Math.floor(n / 2)), total];
  }
  const before = sizes(given === "valid" ? 0 : given, kernel.length);
  if (before.some((n) => n < 0)) throw new ValueError(`[${op}] negative padding is not supported`);
  return [before, before.map((n) => 2 * n)];
}

/** The directions of a convolution, checked. */
function directionsOf(
  op: string,
  lengths: readonly number[],
  kernel: readonly number[],
  given: Padding,
  geometry: Geometry,
): Direction[] {
  const [before, total] = paddingOf(op, given, kernel, geometry);
  const directions = lengths.map((length, d): Direction => {
    const [size, stride, dilation] = [kernel[d], geometry.stride[d], geometry.dilation[d]] as [number, number, number];
    const room = length + (total[d] as number) - dilation * (size - 1) - 1;
    const count = Math.floor(room / stride) + 1;
    return { length, kernel: size, stride, dilation, before: before[d] as number, total: total[d] as number, count };
  });
  if (directions.some(({ count }) => count < 1)) {
    const have = directions.map((d) => d.length + d.total).join(" x ");
    const want = directions.map((d) => d.dilation * (d.kernel - 1) + 1).join(" x ");
    throw new ShapeError(
      `[${op}] Calculated padded input size per channel: (${have}). Kernel size: (${want}). Kernel size can't be greater than actual input size`,
    );
  }
  return directions;
}

/** The windows on images [N,C,H,W] with these directions, or on volumes. */
function windowsOf(batch: number, channels: number, directions: readonly Direction[]): Conv2dParams["windows"] {
  const [down, across] = planeOf(directions);
  const both = (key: "kernel" | "stride" | "dilation" | "count"): Pair => [down[key], across[key]];
  return {
    shape: [batch, channels, down.length, across.length],
    kernel: both("kernel"),
    stride: both("stride"),
    padding: [down.before, across.before],
    dilation: both("dilation"),
    counts: both("count"),
    ...(directions.length === 3 && { depth: depthOf(directions[0] as Direction) }),
  };
}

/** The windows along the first direction of volumes. */
function depthOf({ length, kernel, stride, before, dilation, count }: Direction): DepthWindows {
  return { length, kernel, stride, padding: before, dilation, count };
}

/** The last two directions, of which the first is that of a single row for a signal. */
function planeOf(directions: readonly Direction[]): readonly [Direction, Direction] {
  const [first, second] = directions.slice(-2) as [Direction, Direction?];
  return second === undefined ? [SINGLE, first] : [first, second];
}

function convolve(op: string, dims: Rank, given: Arguments<typeof CONVOLUTION>): Tensor {
  const { input, weight, bias } = given;
  return composite(op, [input, weight, bias], given, () => convolveNow(op, dims, given));
}

function convolveNow(op: string, dims: Rank, given: Arguments<typeof CONVOLUTION>): Tensor {
  const { input: x, weight, bias, groups } = given;
  checkRanks(op, x, weight, dims);
  const geometry: Geometry = { stride: sizes(given.stride, dims), dilation: sizes(given.dilation, dims), groups };
  checkGeometry(op, geometry);
  const batched = x.ndim === dims + 2;
  const batch = batched ? x : x.unsqueeze(0);
  const [outputs, share, ...kernel] = weight.shape as [number, number, ...number[]];
  if (outputs % groups !== 0 || outputs < groups) {
    throw new ShapeError(
      `[${op}] Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size [${bracketed(weight.shape)}] instead`,
    );
  }
  const channels = batch.size(1);
  if (channels !== share * groups) {
    throw new ShapeError(
      `[${op}] Given groups=${groups}, weight of size ${bracketed(weight.shape)}, expected input${bracketed(batch.shape)} to have ${share * groups} channels, but got ${channels} channels instead`,
    );
  }
  checkBias(op, bias, x, weight, outputs);
  const directions = directionsOf(op, batch.shape.slice(2), kernel, given.padding, geometry);
  const [images, kernels] = dims === 1 ? [batch.unsqueeze(2), weight.unsqueeze(2)] : [batch, weight];
  const windows = windowsOf(batch.size(0), channels, directions);
  const inputs = bias === null ? [images, kernels] : [images, kernels, bias];
  let result = apply(ops.conv2d, inputs, { windows, groups });
  if (dims === 1) result = asNonView("ConvolutionBackward0", result.squeeze(2));
  return batched ? result : asNonView("SqueezeBackward1", result.squeeze(0));
}

function convolveTransposed(op: string, dims: Rank, given: Arguments<typeof TRANSPOSED>): Tensor {
  const { input, weight, bias } = given;
  return composite(op, [input, weight, bias], given, () => convolveTransposedNow(op, dims, given));
}

function convolveTransposedNow(op: string, dims: Rank, given: Arguments<typeof TRANSPOSED>): Tensor {
  const { input: x, weight, groups } = given;
  checkRanks(op, x, weight, dims);
  const geometry: Geometry = { stride: sizes(given.stride, dims), dilation: sizes(given.dilation, dims), groups };
  checkGeometry(op, geometry);
  const cut = sizes(given.padding, dims);
  const extra = sizes(given.outputPadding, dims);
  if (cut.some((n) => n < 0)) throw new ValueError(`[${op}] negative padding is not supported`);
  if (extra.some((n, d) => n < 0 || (n >= (geometry.stride[d] as number) && n >= (geometry.dilation[d] as number)))) {
    const names = ["depth", "height", "width"].slice(-Math.max(dims, 2));
    // PyTorch has a signal as an image of one row.
    const sides = (name: string, list: readonly number[], row: number): string =>
      (dims === 1 ? [row, ...list] : list).map((n, d) => `${name}_${names[d]}: ${n}`).join(" ");
    throw new ValueError(
      `[${op}] output padding must be smaller than either stride or dilation, but got ${sides("output_padding", extra, 0)} ${sides("stride", geometry.stride, 1)} ${sides("dilation", geometry.dilation, 1)}`,
    );
  }
  const batched = x.ndim === dims + 2;
  const batch = batched ? x : x.unsqueeze(0);
  const [count, channels, ...lengths] = batch.shape as [number, number, ...number[]];
  const [inputs, share, ...kernel] = weight.shape as [number, number, ...number[]];
  if (inputs !== channels || channels % groups !== 0) {
    throw new ShapeError(
      `[${op}] Given transposed=1, weight of size ${bracketed(weight.shape)}, expected input${bracketed(batch.shape)} to have ${inputs} channels, but got ${channels} channels instead`,
    );
  }
  const outputs = share * groups;
  checkBias(op, given.bias, x, weight, outputs, "transposed=1, ");
  // The directions of the convolution that this is the transpose of: its windows are the input.
  const directions = lengths.map((length, d): Direction => {
    const [size, stride, dilation] = [kernel[d], geometry.stride[d], geometry.dilation[d]] as [number, number, number];
    const before = cut[d] as number;
    const result = (length - 1) * stride - 2 * before + dilation * (size - 1) + (extra[d] as number) + 1;
    return { length: result, kernel: size, stride, dilation, before, total: 2 * before, count: length };
  });
  if (directions.some(({ length }) => length <= 0)) {
    const calculated = directions.map(({ length }) => length);
    const row = dims === 1 ? [1] : [];
    throw new ShapeError(
      `[${op}] Given input size per channel: (${[...row, ...lengths].join(" x ")}). Calculated output size per channel: (${[...row, ...calculated].join(" x ")}). Output size is too small`,
    );
  }
  const [images, kernels] = dims === 1 ? [batch.unsqueeze(2), weight.unsqueeze(2)] : [batch, weight];
  const windows = windowsOf(count, outputs, directions);
  let spread = apply(ops.conv2dInputGrad, [images, kernels], { windows, groups });
  if (dims === 1) spread = spread.squeeze(2);
  const ones = lengths.map(() => 1);
  const result = given.bias === null ? spread : spread.add(given.bias.view([1, -1, ...ones]));
  const named = dims > 1 ? withGradFnName("ConvolutionBackward0", result) : asNonView("ConvolutionBackward0", result);
  return batched ? named : asNonView("SqueezeBackward1", named.squeeze(0));
}

/**
 * 1-d convolution (cross-correlation) of a signal.
 *
 * @param x - [N,C,L], or [C,L]; floating dtype.
 * @param weight - [O,C/groups,k], the dtype of x.
 * @returns [N,O,L'], or [O,L'].
 * @throws ShapeError for sizes that do not match, or a kernel larger than the padded input; ValueError for a stride,
 * dilation or number of groups below 1, or a negative padding.
 * @example
 * const x = tensor([[1, 2, 4, 8]]);
 * nn.functional.conv1d(x, tensor([[[-1, 1]]])); // tensor([[1., 2., 4.]])
 */
export function conv1d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  stride?: Sizes,
  padding?: Padding,
  dilation?: Sizes,
  groups?: number,
): Tensor;
export function conv1d(x: Tensor, weight: Tensor, ...rest: ThenOptions<ConvPositions, ConvFunctionOptions>): Tensor;
export function conv1d(...given: readonly unknown[]): Tensor {
  return convolve("conv1d", 1, SIGNATURES.conv1d.read(given));
}

/**
 * 2-d convolution (cross-correlation) of an image, computed as im2col and a matrix product.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @param weight - [O,C/groups,kh,kw], the dtype of x.
 * @returns [N,O,H',W'], or [O,H',W'], with H' = ⌊(H + 2·padding − dilation·(kh − 1) − 1) / stride⌋ + 1.
 * @throws ShapeError for sizes that do not match, or a kernel larger than the padded input; ValueError for a stride,
 * dilation or number of groups below 1, or a negative padding.
 * @example
 * const image = arange(16).float().view(1, 4, 4);
 * nn.functional.conv2d(image, ones(1, 1, 3, 3));
 * // tensor([[[45., 54.],
 * //          [81., 90.]]])
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  stride?: Sizes,
  padding?: Padding,
  dilation?: Sizes,
  groups?: number,
): Tensor;
export function conv2d(x: Tensor, weight: Tensor, ...rest: ThenOptions<ConvPositions, ConvFunctionOptions>): Tensor;
export function conv2d(...given: readonly unknown[]): Tensor {
  return convolve("conv2d", 2, SIGNATURES.conv2d.read(given));
}

/**
 * 2-d transposed convolution, also known as deconvolution: the gradient of {@link conv2d} with respect to its input.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @param weight - [C,O/groups,kh,kw], the dtype of x.
 * @returns [N,O,H',W'] with H' = (H − 1)·stride − 2·padding + dilation·(kh − 1) + outputPadding + 1; or [O,H',W'].
 * @throws ShapeError for sizes that do not match; ValueError for a stride, dilation or number of groups below 1, a
 * negative padding, or an output padding that is not smaller than stride or dilation.
 * @example
 * nn.functional.convTranspose2d(tensor([[[1, 2]]]), ones(1, 1, 2, 2));
 * // tensor([[[1., 3., 2.],
 * //          [1., 3., 2.]]])
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  stride?: Sizes,
  padding?: Sizes,
  outputPadding?: Sizes,
  groups?: number,
  dilation?: Sizes,
): Tensor;
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  ...rest: ThenOptions<TransposedPositions, ConvTransposeFunctionOptions>
): Tensor;
export function convTranspose2d(...given: readonly unknown[]): Tensor {
  return convolveTransposed("convTranspose2d", 2, SIGNATURES.convTranspose2d.read(given));
}

/**
 * 3-d convolution (cross-correlation) of a volume, computed as a 2-d convolution whose channels are the depths of each
 * window.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @param weight - [O,C/groups,kd,kh,kw], the dtype of x.
 * @returns [N,O,D',H',W'], or [O,D',H',W'], each size as in {@link conv2d}.
 * @throws ShapeError for sizes that do not match, or a kernel larger than the padded input; ValueError for a stride,
 * dilation or number of groups below 1, or a negative padding.
 * @example
 * nn.functional.conv3d(ones(1, 3, 3, 3), ones(2, 1, 2, 2, 2)).shape; // [2, 2, 2, 2]
 */
export function conv3d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  stride?: Sizes,
  padding?: Padding,
  dilation?: Sizes,
  groups?: number,
): Tensor;
export function conv3d(x: Tensor, weight: Tensor, ...rest: ThenOptions<ConvPositions, ConvFunctionOptions>): Tensor;
export function conv3d(...given: readonly unknown[]): Tensor {
  return convolve("conv3d", 3, SIGNATURES.conv3d.read(given));
}

/**
 * 1-d transposed convolution: the gradient of {@link conv1d} with respect to its input.
 *
 * @param x - [N,C,L], or [C,L]; floating dtype.
 * @param weight - [C,O/groups,k], the dtype of x.
 * @returns [N,O,L'] or [O,L'], with L' as in {@link convTranspose2d}.
 * @throws as {@link convTranspose2d}.
 * @example
 * nn.functional.convTranspose1d(tensor([[1, 2]]), ones(1, 1, 2)); // tensor([[1., 3., 2.]])
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  stride?: Sizes,
  padding?: Sizes,
  outputPadding?: Sizes,
  groups?: number,
  dilation?: Sizes,
): Tensor;
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  ...rest: ThenOptions<TransposedPositions, ConvTransposeFunctionOptions>
): Tensor;
export function convTranspose1d(...given: readonly unknown[]): Tensor {
  return convolveTransposed("convTranspose1d", 1, SIGNATURES.convTranspose1d.read(given));
}

/**
 * 3-d transposed convolution: the gradient of {@link conv3d} with respect to its input.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @param weight - [C,O/groups,kd,kh,kw], the dtype of x.
 * @returns [N,O,D',H',W'] or [O,D',H',W'], each size as in {@link convTranspose2d}.
 * @throws as {@link convTranspose2d}.
 * @example
 * nn.functional.convTranspose3d(ones(1, 2, 2, 2), ones(1, 1, 2, 2, 2), { stride: 2 }).shape; // [1, 4, 4, 4]
 */
export function convTranspose3d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor | null,
  stride?: Sizes,
  padding?: Sizes,
  outputPadding?: Sizes,
  groups?: number,
  dilation?: Sizes,
): Tensor;
export function convTranspose3d(
  x: Tensor,
  weight: Tensor,
  ...rest: ThenOptions<TransposedPositions, ConvTransposeFunctionOptions>
): Tensor;
export function convTranspose3d(...given: readonly unknown[]): Tensor {
  return convolveTransposed("convTranspose3d", 3, SIGNATURES.convTranspose3d.read(given));
}
