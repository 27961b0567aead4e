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

const UPSAMPLE = signature("Upsample", INTERPOLATE_ARGUMENTS);

/**
 * Lines or images in another size: see {@link interpolate}.
 *
 * @example new nn.Upsample({ scaleFactor: 2, mode: "bilinear" })
 */
export class Upsample extends Module {
  size: number | readonly number[] | null;
  scaleFactor: number | readonly number[] | null;
  mode: InterpolationMode;
  alignCorners: boolean | null;
  recomputeScaleFactor: boolean | null;

  /** @throws ValueError for a mode that does not exist, or one that has no corners. */
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
    const given = UPSAMPLE.read(args);
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
