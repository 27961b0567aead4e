/** @file Pooling as layers. */
import { optional, signature, type ThenOptions } from "../core/arguments.ts";
import { only } from "../core/kinds.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Size2d } from "./functional/pairs.ts";
import {
  ADAPTIVE_POOL_2D_ARGUMENTS,
  type AdaptiveSize,
  AVG_POOL_2D_ARGUMENTS,
  type AvgPool2dOptions,
  type AvgPool2dPositions,
  adaptiveAvgPool2d,
  avgPool2d,
  CEIL_MODE,
  MAX_POOL_2D_WINDOWS,
  type MaxPool2dOptions,
  type MaxPool2dPositions,
  maxPool2d,
} from "./functional/pool.ts";
import { Module } from "./module.ts";

/** The layers return no indices. */
export const NO_INDICES = {
  returnIndices: optional(only(false, "The functions of nn.functional return indices."), false),
};

const SIGNATURES = {
  MaxPool2d: signature("MaxPool2d", { ...MAX_POOL_2D_WINDOWS, ...NO_INDICES, ...CEIL_MODE }),
  AvgPool2d: signature("AvgPool2d", AVG_POOL_2D_ARGUMENTS),
  AdaptiveAvgPool2d: signature("AdaptiveAvgPool2d", ADAPTIVE_POOL_2D_ARGUMENTS),
};

/** The largest element of every window: see {@link maxPool2d}. For positions, see `functional.maxPool2dWithIndices`. */
export class MaxPool2d extends Module {
  kernelSize: Size2d;
  stride: Size2d;
  padding: Size2d;
  dilation: Size2d;
  ceilMode: boolean;

  constructor(
    kernelSize: Size2d,
    stride?: Size2d | null,
    padding?: Size2d,
    dilation?: Size2d,
    returnIndices?: false,
    ceilMode?: boolean,
  );
  constructor(kernelSize: Size2d, ...rest: ThenOptions<MaxPool2dPositions, MaxPool2dOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding, dilation, ceilMode } = SIGNATURES.MaxPool2d.read(given);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.ceilMode = ceilMode;
  }
  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.stride, this.padding, this.dilation, this.ceilMode);
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}, dilation=${pythonRepr(dilation)}, ceil_mode=${pythonRepr(ceilMode)}`;
  }
}

/** The mean of every window: see {@link avgPool2d}. */
export class AvgPool2d extends Module {
  kernelSize: Size2d;
  stride: Size2d;
  padding: Size2d;
  ceilMode: boolean;
  countIncludePad: boolean;
  divisorOverride: number | null;

  constructor(
    kernelSize: Size2d,
    stride?: Size2d | null,
    padding?: Size2d,
    ceilMode?: boolean,
    countIncludePad?: boolean,
    divisorOverride?: number | null,
  );
  constructor(kernelSize: Size2d, ...rest: ThenOptions<AvgPool2dPositions, AvgPool2dOptions>);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.AvgPool2d.read(args);
    this.kernelSize = given.kernelSize;
    this.stride = given.stride ?? given.kernelSize;
    this.padding = given.padding;
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
    this.divisorOverride = given.divisorOverride;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool2d(x, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
  }
}

/** Means of as many windows as the result is to have elements: see {@link adaptiveAvgPool2d}. */
export class AdaptiveAvgPool2d extends Module {
  outputSize: AdaptiveSize;

  constructor(outputSize: AdaptiveSize);
  constructor(...given: readonly unknown[]) {
    super();
    this.outputSize = SIGNATURES.AdaptiveAvgPool2d.read(given).outputSize;
  }
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}
