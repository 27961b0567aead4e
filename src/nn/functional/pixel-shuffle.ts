/** @file Pixel and channel shuffles: rearrangements between channels and space. */
import { type ByName, required, signature } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { anInteger } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { asNonView } from "../../tensor/functions/grad-fn-name.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { INPUT } from "./validate.ts";

/** The arguments of the layers. */
export const UPSCALE_ARGUMENTS = { upscaleFactor: required(anInteger) };
export const DOWNSCALE_ARGUMENTS = { downscaleFactor: required(anInteger) };
export const GROUPS_ARGUMENTS = { groups: required(anInteger) };

const SIGNATURES = {
  pixelShuffle: signature("pixelShuffle", { ...INPUT, ...UPSCALE_ARGUMENTS }),
  pixelUnshuffle: signature("pixelUnshuffle", { ...INPUT, ...DOWNSCALE_ARGUMENTS }),
  channelShuffle: signature("channelShuffle", { ...INPUT, ...GROUPS_ARGUMENTS }),
};

/** The dimensions before the last three, and those three. */
function splitShape(op: string, words: string, x: Tensor): [rest: readonly number[], sizes: [number, number, number]] {
  if (x.ndim < 3) {
    throw new ShapeError(
      `[${op}] ${words} expects input to have at least 3 dimensions, but got input with ${x.ndim} dimension(s)`,
    );
  }
  return [x.shape.slice(0, -3), x.shape.slice(-3) as [number, number, number]];
}

/** Splits dimensions, reorders the last five, and joins them to `shape`. */
function rearrange(x: Tensor, sizes: readonly number[], order: readonly number[], shape: readonly number[]): Tensor {
  const rest = sizes.length - order.length;
  return x
    .reshape(sizes)
    .permute([...Array.from({ length: rest }, (_, d) => d), ...order.map((d) => rest + d)])
    .reshape(shape);
}

/**
 * Rearranges channels into space: each r × r channels become the pixels of a block, for an r-fold larger image. Sub-pixel
 * convolution of Shi et al., 2016.
 *
 * @param x - [...,C·r²,H,W].
 * @param upscaleFactor - r.
 * @returns [...,C,H·r,W·r].
 * @throws ShapeError for fewer than 3 dimensions, or channels that r² does not divide; ValueError for an r below 1.
 * @example
 * nn.functional.pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2);
 * // tensor([[[1., 2.],
 * //          [3., 4.]]])
 */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor;
export function pixelShuffle(
  ...args: ByName<
    ["input", "options"],
    { readonly input: Tensor; readonly options: { readonly upscaleFactor: number } }
  >
): Tensor;
export function pixelShuffle(x: Tensor, options: { readonly upscaleFactor: number }): Tensor;
export function pixelShuffle(...given: readonly unknown[]): Tensor {
  const op = "pixelShuffle";
  const { input: x, upscaleFactor: r } = SIGNATURES.pixelShuffle.read(given);
  const [rest, [channels, height, width]] = splitShape(op, "pixel_shuffle", x);
  if (r <= 0) throw new ValueError(`[${op}] pixel_shuffle expects a positive upscale_factor, but got ${r}`);
  if (channels % (r * r) !== 0) {
    throw new ShapeError(
      `[${op}] pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${channels} is not divisible by ${r * r}`,
    );
  }
  const parts = channels / (r * r);
  const blocks = rearrange(
    x,
    [...rest, parts, r, r, height, width],
    [0, 3, 1, 4, 2],
    [...rest, parts, height * r, width * r],
  );
  return asNonView("PixelShuffleBackward0", blocks);
}

/**
 * Rearranges space into channels: the reverse of {@link pixelShuffle}.
 *
 * @param x - [...,C,H·r,W·r].
 * @param downscaleFactor - r.
 * @returns [...,C·r²,H,W].
 * @throws ShapeError for fewer than 3 dimensions, or a height or width that r does not divide; ValueError for an r below
 * 1.
 * @example
 * nn.functional.pixelUnshuffle(tensor([[[1, 2], [3, 4]]]), 2).view(4); // tensor([1., 2., 3., 4.])
 */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor;
export function pixelUnshuffle(
  ...args: ByName<
    ["input", "options"],
    { readonly input: Tensor; readonly options: { readonly downscaleFactor: number } }
  >
): Tensor;
export function pixelUnshuffle(x: Tensor, options: { readonly downscaleFactor: number }): Tensor;
export function pixelUnshuffle(...given: readonly unknown[]): Tensor {
  const op = "pixelUnshuffle";
  const { input: x, downscaleFactor: r } = SIGNATURES.pixelUnshuffle.read(given);
  const [rest, [channels, height, width]] = splitShape(op, "pixel_unshuffle", x);
  if (r <= 0) throw new ValueError(`[${op}] pixel_unshuffle expects a positive downscale_factor, but got ${r}`);
  for (const [name, dim, size] of [["height", -2, height] as const, ["width", -1, width] as const]) {
    if (size % r === 0) continue;
    throw new ShapeError(
      `[${op}] pixel_unshuffle expects ${name} to be divisible by downscale_factor, but input.size(${dim})=${size} is not divisible by ${r}`,
    );
  }
  const [down, across] = [height / r, width / r];
  const blocks = rearrange(
    x,
    [...rest, channels, down, r, across, r],
    [0, 2, 4, 1, 3],
    [...rest, channels * r * r, down, across],
  );
  return asNonView("PixelUnshuffleBackward0", blocks);
}

/**
 * Shuffles channels: splits them into groups and takes one of each group in turn (ShuffleNet, Zhang et al., 2018).
 *
 * @param x - [N,C,…], with at least one dimension after the channels.
 * @returns the same shape.
 * @throws ShapeError for fewer than 3 dimensions, or channels that `groups` does not divide; ValueError for a number of
 * groups below 1.
 * @example
 * nn.functional.channelShuffle(tensor([[[1], [2], [3], [4]]]), 2).view(4); // tensor([1., 3., 2., 4.])
 */
export function channelShuffle(x: Tensor, groups: number): Tensor;
export function channelShuffle(
  ...args: ByName<["input", "options"], { readonly input: Tensor; readonly options: { readonly groups: number } }>
): Tensor;
export function channelShuffle(x: Tensor, options: { readonly groups: number }): Tensor;
export function channelShuffle(...given: readonly unknown[]): Tensor {
  const op = "channelShuffle";
  const { input: x, groups } = SIGNATURES.channelShuffle.read(given);
  const [batch, channels] = x.shape;
  if (batch === undefined || channels === undefined || x.ndim < 3) {
    throw new ShapeError(
      `[${op}] channel_shuffle expects input with > 2 dims, but got input with sizes ${bracketed(x.shape)}`,
    );
  }
  if (groups <= 0) {
    throw new ValueError(`[${op}] Number of groups to divide channels in must be positive. Value of groups: ${groups}`);
  }
  if (channels % groups !== 0) {
    throw new ShapeError(
      `[${op}] Number of channels must be divisible by groups. Got ${channels} channels and ${groups} groups.`,
    );
  }
  const shuffled = x
    .reshape([batch, groups, channels / groups, -1])
    .transpose(1, 2)
    .reshape(x.shape);
  return asNonView("UnsafeViewBackward0", shuffled);
}
