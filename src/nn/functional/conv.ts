/** @file Convolution functions. */
import { apply } from "../../autograd/apply.ts";
import { type Arguments, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { anInteger, aTensor, type Kind, nullable } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { asNonView, withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Pair, Windows } from "../../tensor/ops/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { aPadding1d, aPadding2d, aSize1d, aSize2d, type Padding, pair, type Sizes } from "./size.ts";
import { checkSameDType, INPUT } from "./validate.ts";

/** Options of {@link conv1d} and {@link conv2d}. */
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

/** Options of {@link convTranspose2d}. */
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
const WEIGHTS = { ...INPUT, weight: required(aTensor), bias: optional(nullable(aTensor), null) };
const CONVOLUTION = { ...WEIGHTS, ...CONV_2D_ARGUMENTS };
const SIGNATURES = {
  conv1d: signature("conv1d", { ...WEIGHTS, ...CONV_1D_ARGUMENTS }),
  conv2d: signature("conv2d", CONVOLUTION),
  convTranspose2d: signature("convTranspose2d", {
    ...WEIGHTS,
    stride: optional(aSize2d, 1),
    padding: optional(aSize2d, 0),
    outputPadding: optional(aSize2d, 0),
    groups: optional(anInteger, 1),
    dilation: optional(aSize2d, 1),
  }),
};

type ConvPositions = [bias: Tensor | null, stride: Sizes, padding: Padding, dilation: Sizes];

interface Geometry {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

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
      `[${op}] Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${op === "convTranspose2d" ? "conv_transpose2d" : op}, but got input of size: ${bracketed(x.shape)}`,
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

/** Zeros before and after each direction. */
function paddingOf(
  op: string,
  given: Padding,
  kernel: Pair,
  { stride, dilation }: Geometry,
  dims: 1 | 2,
): [before: Pair, total: Pair] {
  if (given === "same") {
    if (stride.some((s) => s !== 1))
      throw new ValueError(`[${op}] padding='same' is not supported for strided convolutions`);
    const total = kernel.map((size, d) => (dilation[d] as number) * (size - 1)) as [number, number];
    return [total.map((n) => Math.floor(n / 2)) as [number, number], total];
  }
  const before = given === "valid" ? ([0, 0] as const) : pair(given, dims, 0);
  if (before.some((n) => n < 0)) throw new ValueError(`[${op}] negative padding is not supported`);
  return [before, [2 * before[0], 2 * before[1]]];
}

function convolve(op: string, dims: 1 | 2, given: Arguments<typeof CONVOLUTION>): Tensor {
  const { input: x, weight, bias, groups } = given;
  checkRanks(op, x, weight, dims);
  const geometry: Geometry = { stride: pair(given.stride, dims), dilation: pair(given.dilation, dims), groups };
  checkGeometry(op, geometry);
  const { stride, dilation } = geometry;
  const batched = x.ndim === dims + 2;
  const batch = batched ? x : x.unsqueeze(0);
  const [outputs, depth] = weight.shape as [number, number];
  if (outputs % groups !== 0 || outputs < groups) {
    throw new ShapeError(
      `[${op}] Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size [${bracketed(weight.shape)}] instead`,
    );
  }
  if (batch.size(1) !== depth * groups) {
    throw new ShapeError(
      `[${op}] Given groups=${groups}, weight of size ${bracketed(weight.shape)}, expected input${bracketed(batch.shape)} to have ${depth * groups} channels, but got ${batch.size(1)} channels instead`,
    );
  }
  checkBias(op, bias, x, weight, outputs);
  const images = dims === 2 ? batch : batch.unsqueeze(2);
  const kernels = dims === 2 ? weight : weight.unsqueeze(2);
  const kernel = kernels.shape.slice(2) as unknown as Pair;
  const [padding, total] = paddingOf(op, given.padding, kernel, geometry, dims);
  const shape = images.shape as Windows["shape"];
  const padded = [shape[2] + total[0], shape[3] + total[1]] as const;
  const reach = kernel.map((size, d) => (dilation[d] as number) * (size - 1) + 1) as [number, number];
  if (padded[0] < reach[0] || padded[1] < reach[1]) {
    const [have, want] = [padded, reach].map((list) => list.slice(2 - dims).join(" x "));
    throw new ShapeError(
      `[${op}] Calculated padded input size per channel: (${have}). Kernel size: (${want}). Kernel size can't be greater than actual input size`,
    );
  }
  const counts = padded.map((size, d) => Math.floor((size - (reach[d] as number)) / (stride[d] as number)) + 1) as [
    number,
    number,
  ];
  const windows: Windows = { shape, kernel, stride, padding, dilation, counts };
  const inputs = bias === null ? [images, kernels] : [images, kernels, bias];
  let result = apply(ops.conv2d, inputs, { windows, groups });
  if (dims === 1) result = asNonView("ConvolutionBackward0", result.squeeze(2));
  return batched ? result : asNonView("SqueezeBackward1", result.squeeze(0));
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
  ...rest: ThenOptions<
    [bias: Tensor | null, stride: Sizes, padding: Sizes, outputPadding: Sizes, groups: number],
    ConvTransposeFunctionOptions
  >
): Tensor;
export function convTranspose2d(...args: readonly unknown[]): Tensor {
  const op = "convTranspose2d";
  const given = SIGNATURES.convTranspose2d.read(args);
  const { input: x, weight } = given;
  checkRanks(op, x, weight, 2);
  const geometry: Geometry = { stride: pair(given.stride), dilation: pair(given.dilation), groups: given.groups };
  checkGeometry(op, geometry);
  const cut = pair(given.padding);
  const extra = pair(given.outputPadding);
  if (cut.some((n) => n < 0)) throw new ValueError(`[${op}] negative padding is not supported`);
  if (extra.some((n, d) => n < 0 || (n >= (geometry.stride[d] as number) && n >= (geometry.dilation[d] as number)))) {
    const sides = (name: string, [height, width]: Pair): string => `${name}_height: ${height} ${name}_width: ${width}`;
    throw new ValueError(
      `[${op}] output padding must be smaller than either stride or dilation, but got ${sides("output_padding", extra)} ${sides("stride", geometry.stride)} ${sides("dilation", geometry.dilation)}`,
    );
  }
  const batched = x.ndim === 4;
  const images = batched ? x : x.unsqueeze(0);
  const [batch, channels, height, width] = images.shape as Windows["shape"];
  const [inputs, share, ...kernel] = weight.shape as [number, number, number, number];
  const { groups: parts } = geometry;
  if (inputs !== channels || channels % parts !== 0) {
    throw new ShapeError(
      `[${op}] Given transposed=1, weight of size ${bracketed(weight.shape)}, expected input${bracketed(images.shape)} to have ${inputs} channels, but got ${channels} channels instead`,
    );
  }
  const outputs = share * parts;
  checkBias(op, given.bias, x, weight, outputs, "transposed=1, ");
  const along = (d: 0 | 1, size: number): number =>
    (size - 1) * geometry.stride[d] - 2 * cut[d] + geometry.dilation[d] * ((kernel[d] as number) - 1) + extra[d] + 1;
  const [down, across] = [along(0, height), along(1, width)];
  if (down <= 0 || across <= 0) {
    throw new ShapeError(
      `[${op}] Given input size per channel: (${height} x ${width}). Calculated output size per channel: (${down} x ${across}). Output size is too small`,
    );
  }
  const windows: Windows = {
    shape: [batch, outputs, down, across],
    kernel,
    stride: geometry.stride,
    padding: cut,
    dilation: geometry.dilation,
    counts: [height, width],
  };
  const spread = apply(ops.conv2dInputGrad, [images, weight], { windows, groups: parts });
  const result = given.bias === null ? spread : spread.add(given.bias.view(1, -1, 1, 1));
  return batched ? withGradFnName("ConvolutionBackward0", result) : asNonView("SqueezeBackward1", result.squeeze(0));
}
