/** @file Unfold and fold: sliding blocks of an image as columns, and columns summed into an image. */
import { apply } from "../../autograd/apply.ts";
import { type ByName, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { bracketed } from "../../core/shape.ts";
import { asNonView } from "../../tensor/functions/grad-fn-name.ts";
import { pad } from "../../tensor/functions/shape.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Pair } from "../../tensor/ops/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { aSize2d, pair, type Size2d } from "./size.ts";
import { checkFloat, INPUT } from "./validate.ts";

/** Options of {@link unfold} and {@link fold}. */
export interface FoldOptions {
  /** Stride between the elements of a block. Default 1. */
  readonly dilation?: Size2d | undefined;
  /** Implicit zero padding on both sides. Default 0. */
  readonly padding?: Size2d | undefined;
  /** Stride of the sliding blocks. Default 1. */
  readonly stride?: Size2d | undefined;
}

/** The arguments after the input; the layers take the same. */
export const UNFOLD_ARGUMENTS = {
  kernelSize: required(aSize2d),
  dilation: optional(aSize2d, 1),
  padding: optional(aSize2d, 0),
  stride: optional(aSize2d, 1),
};
export const FOLD_ARGUMENTS = { outputSize: required(aSize2d), ...UNFOLD_ARGUMENTS };

const SIGNATURES = {
  unfold: signature("unfold", { ...INPUT, ...UNFOLD_ARGUMENTS }),
  fold: signature("fold", { ...INPUT, ...FOLD_ARGUMENTS }),
};

/** The sliding blocks of an image. */
interface Blocks {
  readonly kernel: Pair;
  readonly dilation: Pair;
  readonly padding: Pair;
  readonly stride: Pair;
  /** Number of blocks down and across. */
  readonly counts: Pair;
}

function blocksOf(
  op: string,
  size: Pair,
  given: { kernelSize: Size2d; dilation: Size2d; padding: Size2d; stride: Size2d },
): Blocks {
  const [kernel, dilation, padding, stride] = [
    pair(given.kernelSize),
    pair(given.dilation),
    pair(given.padding),
    pair(given.stride),
  ];
  const sides = (name: string, [height, width]: Pair): string => `${name}_height: ${height} ${name}_width: ${width}`;
  for (const [what, name, value] of [
    ["kernel size", "kernel", kernel],
    ["dilation", "dilation", dilation],
    ["stride", "stride", stride],
  ] as const) {
    if (value.some((n) => n <= 0)) {
      throw new ValueError(`[${op}] ${what} should be greater than zero, but got ${sides(name, value)}`);
    }
  }
  if (padding.some((n) => n < 0)) {
    throw new ValueError(`[${op}] padding should be non-negative, but got ${sides("pad", padding)}`);
  }
  const along = (d: 0 | 1): number =>
    Math.floor((size[d] + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1) / stride[d]) + 1;
  const counts: Pair = [along(0), along(1)];
  if (counts[0] < 1 || counts[1] < 1) {
    throw new ShapeError(
      `[${op}] Given input with spatial size (${size.join(", ")}), kernel_size=(${kernel.join(", ")}), dilation=(${dilation.join(", ")}), padding=(${padding.join(", ")}), calculated shape of the array of sliding blocks as (${counts.join(", ")}), but its components must be at least one.`,
    );
  }
  return { kernel, dilation, padding, stride, counts };
}

/** Extracts the sliding blocks that {@link unfold} gives from x [N,C,H,W]. */
function toColumns(x: Tensor, { kernel, dilation, padding, stride, counts }: Blocks): Tensor {
  const [batch, channels] = x.shape as [number, number];
  const [down, across] = padding;
  let blocks = down === 0 && across === 0 ? x : pad(x, [across, across, down, down]);
  for (const d of [0, 1] as const) {
    const reach = dilation[d] * (kernel[d] - 1) + 1;
    blocks = blocks.unfold(d + 2, reach, stride[d]);
    if (dilation[d] > 1) blocks = blocks.slice(-1, 0, reach, dilation[d]);
  }
  const columns = [batch, channels * kernel[0] * kernel[1], counts[0] * counts[1]];
  return blocks.permute([0, 1, 4, 5, 2, 3]).reshape(columns);
}

/**
 * Sliding blocks of a batch of images, each as a column: im2col. Blocks are read row by row, and a column has the elements
 * of the first channel first.
 *
 * @param x - [N,C,H,W], or [C,H,W]; floating dtype.
 * @returns [N,C·kh·kw,L], or [C·kh·kw,L], with L the number of blocks.
 * @throws ShapeError for another rank or an image smaller than a block; ValueError for a kernel size, dilation or stride
 * below 1, or a negative padding.
 * @example
 * nn.functional.unfold(arange(9).float().view(1, 3, 3), 2);
 * // tensor([[0., 1., 3., 4.],
 * //         [1., 2., 4., 5.],
 * //         [3., 4., 6., 7.],
 * //         [4., 5., 7., 8.]])
 */
export function unfold(x: Tensor, kernelSize: Size2d, dilation?: Size2d, padding?: Size2d, stride?: Size2d): Tensor;
export function unfold(
  ...args: ByName<["input", "kernelSize"], { readonly input: Tensor; readonly kernelSize: Size2d } & FoldOptions>
): Tensor;
export function unfold(
  x: Tensor,
  kernelSize: Size2d,
  ...rest: ThenOptions<[dilation: Size2d, padding: Size2d], FoldOptions>
): Tensor;
export function unfold(...args: readonly unknown[]): Tensor {
  const op = "unfold";
  const { input: x, ...given } = SIGNATURES.unfold.read(args);
  checkFloat(op, x);
  if ((x.ndim !== 3 && x.ndim !== 4) || x.shape.slice(-3).includes(0)) {
    throw new ShapeError(
      `[${op}] Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${bracketed(x.shape)}`,
    );
  }
  const batch = x.ndim === 4 ? x : x.unsqueeze(0);
  const columns = toColumns(batch, blocksOf(op, batch.shape.slice(2) as unknown as Pair, given));
  return asNonView("Im2ColBackward0", x.ndim === 4 ? columns : columns.squeeze(0));
}

/**
 * Sums columns into images, each at the place of its block: the transpose of {@link unfold}, also known as col2im.
 * Overlapping blocks add up.
 *
 * @param x - [N,C·kh·kw,L], or [C·kh·kw,L]; floating dtype.
 * @param outputSize - Height and width of the images.
 * @returns [N,C,H,W], or [C,H,W].
 * @throws ShapeError for sizes that do not match; ValueError for a kernel size, dilation or stride below 1, or a negative
 * padding.
 * @example
 * nn.functional.fold(ones(1, 4, 4), [3, 3], 2).view(3, 3);
 * // tensor([[1., 2., 1.],
 * //         [2., 4., 2.],
 * //         [1., 2., 1.]])
 */
export function fold(
  x: Tensor,
  outputSize: Size2d,
  kernelSize: Size2d,
  dilation?: Size2d,
  padding?: Size2d,
  stride?: Size2d,
): Tensor;
export function fold(
  ...args: ByName<
    ["input", "outputSize", "kernelSize"],
    { readonly input: Tensor; readonly outputSize: Size2d; readonly kernelSize: Size2d } & FoldOptions
  >
): Tensor;
export function fold(
  x: Tensor,
  outputSize: Size2d,
  kernelSize: Size2d,
  ...rest: ThenOptions<[dilation: Size2d, padding: Size2d], FoldOptions>
): Tensor;
export function fold(...args: readonly unknown[]): Tensor {
  const op = "fold";
  const { input: x, ...given } = SIGNATURES.fold.read(args);
  checkFloat(op, x);
  if ((x.ndim !== 2 && x.ndim !== 3) || x.shape.slice(-2).includes(0)) {
    throw new ShapeError(
      `[${op}] Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: ${bracketed(x.shape)}`,
    );
  }
  const size = pair(given.outputSize);
  const blocks = blocksOf(op, size, given);
  const { kernel, dilation, padding, stride, counts } = blocks;
  const [height, width] = size;
  const [rows, length] = x.shape.slice(-2) as [number, number];
  const block = kernel[0] * kernel[1];
  if (rows % block !== 0) {
    throw new ShapeError(
      `[${op}] Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=${rows} and kernel_size=(${kernel.join(", ")}).`,
    );
  }
  if (length !== counts[0] * counts[1]) {
    throw new ShapeError(
      `[${op}] Given output_size=(${size.join(", ")}), kernel_size=(${kernel.join(", ")}), dilation=(${dilation.join(", ")}), padding=(${padding.join(", ")}), stride=(${stride.join(", ")}), expected size of input's dimension 2 to match the calculated number of sliding blocks ${counts[0]} * ${counts[1]} = ${counts[0] * counts[1]}, but got input.size(2)=${length}.`,
    );
  }
  const batch = x.ndim === 3 ? x.size(0) : 1;
  const channels = rows / block;
  const [tall, wide] = [height + 2 * padding[0], width + 2 * padding[1]];
  const layout = [channels * tall * wide, tall * wide, wide, 1];
  const shape = [batch, channels, ...kernel, ...counts];
  const strides = [layout[0] as number, tall * wide, dilation[0] * wide, dilation[1], stride[0] * wide, stride[1]];
  const view = { shape, strides, offset: 0, layout };
  const whole = apply(ops.stridedScatterAdd, [x.reshape(shape)], { shape: [batch, channels, tall, wide], view });
  const [down, across] = padding;
  const image = down === 0 && across === 0 ? whole : pad(whole, [-across, -across, -down, -down]);
  return asNonView("Col2ImBackward0", x.ndim === 3 ? image : image.squeeze(0));
}
