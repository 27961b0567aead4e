/** @file Upsampling layers. */
import { type SomeThenOptions, signature } from "../core/arguments.ts";
import { pythonRepr } from "../core/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  checkMode,
  INTERPOLATE_ARGUMENTS,
  type InterpolateOptions,
  type InterpolatePositions,
  type InterpolationMode,
  interpolate,
} from "./functional/upsampling.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  Upsample: signature("Upsample", INTERPOLATE_ARGUMENTS),
  UpsamplingNearest2d: signature("UpsamplingNearest2d", {
    size: INTERPOLATE_ARGUMENTS.size,
    scaleFactor: INTERPOLATE_ARGUMENTS.scaleFactor,
  }),
  UpsamplingBilinear2d: signature("UpsamplingBilinear2d", {
    size: INTERPOLATE_ARGUMENTS.size,
    scaleFactor: INTERPOLATE_ARGUMENTS.scaleFactor,
  }),
};

/**
 * Upsamples 1-D, 2-D or 3-D data to a given size or by a scale factor. See {@link interpolate}.
 *
 * Shape: `(N,C,L)`, `(N,C,H,W)` or `(N,C,D,H,W)` to the same with other sizes.
 *
 * @throws ValueError for an unknown mode, or for `alignCorners` with "nearest".
 * @example
 * new nn.Upsample({ scaleFactor: 2 }).forward(tensor([[[1, 2]]])); // tensor([[[1., 1., 2., 2.]]])
 * new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }).forward(rand(1, 3, 8, 8)).shape; // [1, 3, 16, 16]
 */
export class Upsample extends Module {
  /** Output size, or null where `scaleFactor` gives it. */
  size: number | readonly number[] | null;
  /** Multiplier of the size, one or one per dimension, or null where `size` is given. */
  scaleFactor: number | readonly number[] | null;
  /** The algorithm, as {@link interpolate} has them. Default "nearest". */
  mode: InterpolationMode;
  /** If true, the corner pixels of input and output are aligned. Of the interpolating modes only; null counts as false. */
  alignCorners: boolean | null;
  /** If true, the scale factor is recomputed from the output size it gave. */
  recomputeScaleFactor: boolean | null;

  constructor(
    size?: number | readonly number[] | null,
    scaleFactor?: number | readonly number[] | null,
    mode?: InterpolationMode,
    alignCorners?: boolean | null,
    recomputeScaleFactor?: boolean | null,
  );
  constructor(...rest: SomeThenOptions<InterpolatePositions, InterpolateOptions>);
  constructor(options?: InterpolateOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.Upsample.read(args);
    checkMode("Upsample", given.mode, given.alignCorners);
    this.size = given.size;
    this.scaleFactor = given.scaleFactor;
    this.mode = given.mode;
    this.alignCorners = given.alignCorners;
    this.recomputeScaleFactor = given.recomputeScaleFactor;
  }
  override forward(x: Tensor): Tensor {
    const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = this;
    return interpolate(x, { size, scaleFactor, mode, alignCorners, recomputeScaleFactor });
  }
  override extraRepr(): string {
    const { size, scaleFactor, mode } = this;
    const sizes = scaleFactor === null ? `size=${pythonRepr(size)}` : `scale_factor=${pythonRepr(scaleFactor, true)}`;
    return `${sizes}, mode=${mode}`;
  }
}

/** Options of {@link UpsamplingNearest2d} and {@link UpsamplingBilinear2d}. */
export type UpsamplingOptions = Pick<InterpolateOptions, "size" | "scaleFactor">;

/**
 * Upsamples images with the nearest pixels. {@link Upsample} does the same.
 *
 * Shape: `(N,C,H,W)` to `(N,C,Hout,Wout)`.
 *
 * @example
 * new nn.UpsamplingNearest2d({ scaleFactor: 2 }).forward(rand(1, 3, 8, 8)).shape; // [1, 3, 16, 16]
 */
export class UpsamplingNearest2d extends Upsample {
  constructor(size?: number | readonly number[] | null, scaleFactor?: number | readonly number[] | null);
  constructor(size: null | undefined, options: UpsamplingOptions);
  constructor(options?: UpsamplingOptions);
  constructor(...args: readonly unknown[]) {
    const { size, scaleFactor } = SIGNATURES.UpsamplingNearest2d.read(args);
    super(size, scaleFactor, "nearest");
  }
}

/**
 * Upsamples images by bilinear interpolation with aligned corners. {@link Upsample} does the same.
 *
 * Shape: `(N,C,H,W)` to `(N,C,Hout,Wout)`.
 *
 * @example
 * new nn.UpsamplingBilinear2d({ scaleFactor: 2 }).forward(rand(1, 3, 8, 8)).shape; // [1, 3, 16, 16]
 */
export class UpsamplingBilinear2d extends Upsample {
  constructor(size?: number | readonly number[] | null, scaleFactor?: number | readonly number[] | null);
  constructor(size: null | undefined, options: UpsamplingOptions);
  constructor(options?: UpsamplingOptions);
  constructor(...args: readonly unknown[]) {
    const { size, scaleFactor } = SIGNATURES.UpsamplingBilinear2d.read(args);
    super(size, scaleFactor, "bilinear", true);
  }
}
