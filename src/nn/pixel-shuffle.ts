/** @file Pixel and channel shuffle layers. */
import { signature } from "../core/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  channelShuffle,
  DOWNSCALE_ARGUMENTS,
  GROUPS_ARGUMENTS,
  pixelShuffle,
  pixelUnshuffle,
  UPSCALE_ARGUMENTS,
} from "./functional/pixel-shuffle.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  PixelShuffle: signature("PixelShuffle", UPSCALE_ARGUMENTS),
  PixelUnshuffle: signature("PixelUnshuffle", DOWNSCALE_ARGUMENTS),
  ChannelShuffle: signature("ChannelShuffle", GROUPS_ARGUMENTS),
};

/**
 * Rearranges channels into space, for images that are `upscaleFactor` times as large: sub-pixel convolution. See
 * {@link pixelShuffle}; Shi et al., 2016.
 *
 * Shape: `(*,C·r²,H,W)` to `(*,C,H·r,W·r)`.
 *
 * @example
 * new nn.PixelShuffle(3).forward(rand(1, 9, 4, 4)).shape; // [1, 1, 12, 12]
 */
export class PixelShuffle extends Module {
  /** Factor by which height and width grow. */
  upscaleFactor: number;

  constructor(upscaleFactor: number);
  constructor(options: { readonly upscaleFactor: number });
  constructor(...given: readonly unknown[]) {
    super();
    this.upscaleFactor = SIGNATURES.PixelShuffle.read(given).upscaleFactor;
  }
  override forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }
  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}

/**
 * Rearranges space into channels: the reverse of {@link PixelShuffle}. See {@link pixelUnshuffle}.
 *
 * Shape: `(*,C,H·r,W·r)` to `(*,C·r²,H,W)`.
 *
 * @example
 * new nn.PixelUnshuffle(3).forward(rand(1, 1, 12, 12)).shape; // [1, 9, 4, 4]
 */
export class PixelUnshuffle extends Module {
  /** Factor by which height and width shrink. */
  downscaleFactor: number;

  constructor(downscaleFactor: number);
  constructor(options: { readonly downscaleFactor: number });
  constructor(...given: readonly unknown[]) {
    super();
    this.downscaleFactor = SIGNATURES.PixelUnshuffle.read(given).downscaleFactor;
  }
  override forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }
  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}

/**
 * Splits the channels into groups and takes one of each group in turn. See {@link channelShuffle}; Zhang et al., 2018.
 *
 * Shape: `(N,C,*)` to the same shape.
 *
 * @example
 * new nn.ChannelShuffle(2).forward(tensor([[[1], [2], [3], [4]]])).view(4); // tensor([1., 3., 2., 4.])
 */
export class ChannelShuffle extends Module {
  /** Number of groups to divide the channels in. */
  groups: number;

  constructor(groups: number);
  constructor(options: { readonly groups: number });
  constructor(...given: readonly unknown[]) {
    super();
    this.groups = SIGNATURES.ChannelShuffle.read(given).groups;
  }
  override forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }
  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}
