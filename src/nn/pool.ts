/** @file Pooling as layers. */
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Size2d } from "./functional/pairs.ts";
import {
  type AdaptiveSize,
  AVG_POOL_DEFAULTS,
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  avgPool2d,
  MAX_POOL_DEFAULTS,
  type MaxPool2dOptions,
  maxPool2d,
} from "./functional/pool.ts";
import { Module } from "./module.ts";

/** The largest element of every window: see {@link maxPool2d}. For positions, see `functional.maxPool2dWithIndices`. */
export class MaxPool2d extends Module {
  kernelSize: Size2d;
  stride: Size2d;
  padding: Size2d;
  dilation: Size2d;
  ceilMode: boolean;

  constructor(
    kernelSize: Size2d,
    stride?: Size2d | null | MaxPool2dOptions,
    padding?: Size2d | MaxPool2dOptions,
    dilation?: Size2d | MaxPool2dOptions,
    ceilMode?: boolean | Pick<MaxPool2dOptions, "ceilMode">,
  ) {
    super();
    const given = readArguments("MaxPool2d", MAX_POOL_DEFAULTS, [stride, padding, dilation, ceilMode]);
    this.kernelSize = kernelSize;
    this.stride = given.stride ?? kernelSize;
    this.padding = given.padding;
    this.dilation = given.dilation;
    this.ceilMode = given.ceilMode;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return maxPool2d(x, kernelSize, { stride, padding, dilation, ceilMode });
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
    stride?: Size2d | null | AvgPool2dOptions,
    padding?: Size2d | AvgPool2dOptions,
    ceilMode?: boolean | AvgPool2dOptions,
    countIncludePad?: boolean | AvgPool2dOptions,
    divisorOverride?: number | null,
  ) {
    super();
    const args = [stride, padding, ceilMode, countIncludePad, divisorOverride];
    const given = readArguments("AvgPool2d", AVG_POOL_DEFAULTS, args);
    this.kernelSize = kernelSize;
    this.stride = given.stride ?? kernelSize;
    this.padding = given.padding;
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
    this.divisorOverride = given.divisorOverride;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool2d(x, kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride });
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
  }
}

/** Means of as many windows as the result is to have elements: see {@link adaptiveAvgPool2d}. */
export class AdaptiveAvgPool2d extends Module {
  outputSize: AdaptiveSize;

  constructor(outputSize: AdaptiveSize) {
    super();
    this.outputSize = outputSize;
  }
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}
