/** @file Pooling of lines as layers, and adaptive pooling by the largest element. */
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { sizes } from "./functional/pairs.ts";
import type { AdaptiveSize } from "./functional/pool.ts";
import {
  AVG_POOL_1D_DEFAULTS,
  type AvgPool1dOptions,
  adaptiveAvgPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  MAX_POOL_1D_DEFAULTS,
  type MaxPool1dOptions,
  maxPool1d,
  type Size1d,
} from "./functional/pool-lines.ts";
import { Module } from "./module.ts";

/** The largest element of every window of a line: see {@link maxPool1d}. */
export class MaxPool1d extends Module {
  kernelSize: Size1d;
  stride: Size1d;
  padding: Size1d;
  dilation: Size1d;
  ceilMode: boolean;

  constructor(
    kernelSize: Size1d,
    stride?: Size1d | null | MaxPool1dOptions,
    padding?: Size1d | MaxPool1dOptions,
    dilation?: Size1d | MaxPool1dOptions,
    ceilMode?: boolean | Pick<MaxPool1dOptions, "ceilMode">,
  ) {
    super();
    const given = readArguments("MaxPool1d", MAX_POOL_1D_DEFAULTS, [stride, padding, dilation, ceilMode]);
    this.kernelSize = kernelSize;
    this.stride = given.stride ?? kernelSize;
    this.padding = given.padding;
    this.dilation = given.dilation;
    this.ceilMode = given.ceilMode;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return maxPool1d(x, kernelSize, { stride, padding, dilation, ceilMode });
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}, dilation=${pythonRepr(dilation)}, ceil_mode=${pythonRepr(ceilMode)}`;
  }
}

/** The mean of every window of a line: see {@link avgPool1d}. */
export class AvgPool1d extends Module {
  kernelSize: readonly [number];
  stride: readonly [number];
  padding: readonly [number];
  ceilMode: boolean;
  countIncludePad: boolean;

  /** @throws ValueError for sizes that are not whole numbers. */
  constructor(
    kernelSize: Size1d,
    stride?: Size1d | null | AvgPool1dOptions,
    padding?: Size1d | AvgPool1dOptions,
    ceilMode?: boolean | AvgPool1dOptions,
    countIncludePad?: boolean | Pick<AvgPool1dOptions, "countIncludePad">,
  ) {
    super();
    const given = readArguments("AvgPool1d", AVG_POOL_1D_DEFAULTS, [stride, padding, ceilMode, countIncludePad]);
    const single = (name: string, size: Size1d): [number] => sizes("AvgPool1d", name, size, 1) as [number];
    this.kernelSize = single("kernelSize", kernelSize);
    this.stride = single("stride", given.stride ?? kernelSize);
    this.padding = single("padding", given.padding);
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad } = this;
    return avgPool1d(x, kernelSize, { stride, padding, ceilMode, countIncludePad });
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
  }
}

/** Means of as many windows of a line as the result is to have elements: see {@link adaptiveAvgPool1d}. */
export class AdaptiveAvgPool1d extends Module {
  outputSize: Size1d;

  constructor(outputSize: Size1d) {
    super();
    this.outputSize = outputSize;
  }
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}

/** The largest elements of as many windows as the result is to have elements: see {@link adaptiveMaxPool2d}. */
export class AdaptiveMaxPool2d extends Module {
  outputSize: AdaptiveSize;

  constructor(outputSize: AdaptiveSize) {
    super();
    this.outputSize = outputSize;
  }
  override forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}
