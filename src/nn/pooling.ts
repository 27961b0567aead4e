/** @file Pooling layers. */
import { optional, type SomeThenOptions, signature } from "../core/arguments.ts";
import { only } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  ADAPTIVE_POOL_1D_ARGUMENTS,
  ADAPTIVE_POOL_2D_ARGUMENTS,
  type AdaptiveSize,
  AVG_POOL_1D_ARGUMENTS,
  AVG_POOL_2D_ARGUMENTS,
  type AvgPool1dOptions,
  type AvgPool1dPositions,
  type AvgPool2dOptions,
  type AvgPool2dPositions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  CEIL_MODE,
  MAX_POOL_1D_WINDOWS,
  MAX_POOL_2D_WINDOWS,
  type MaxPool1dOptions,
  type MaxPool1dPositions,
  type MaxPool2dOptions,
  type MaxPool2dPositions,
  maxPool1d,
  maxPool2d,
} from "./functional/pooling.ts";
import { type Size1d, type Size2d, sizes } from "./functional/size.ts";
import { Module } from "./module.ts";

/** The layers return no indices. */
export const NO_INDICES = {
  returnIndices: optional(only(false, "The functions of nn.functional return indices."), false),
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
  constructor(kernelSize: Size2d, ...rest: SomeThenOptions<MaxPool2dPositions, MaxPool2dOptions>);
  constructor(kernelSize: Size2d, options?: MaxPool2dOptions);
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
  constructor(kernelSize: Size2d, ...rest: SomeThenOptions<AvgPool2dPositions, AvgPool2dOptions>);
  constructor(kernelSize: Size2d, options?: AvgPool2dOptions);
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

const SIGNATURES = {
  MaxPool2d: signature("MaxPool2d", { ...MAX_POOL_2D_WINDOWS, ...NO_INDICES, ...CEIL_MODE }),
  AvgPool2d: signature("AvgPool2d", AVG_POOL_2D_ARGUMENTS),
  AdaptiveAvgPool2d: signature("AdaptiveAvgPool2d", ADAPTIVE_POOL_2D_ARGUMENTS),
  MaxPool1d: signature("MaxPool1d", { ...MAX_POOL_1D_WINDOWS, ...NO_INDICES, ...CEIL_MODE }),
  AvgPool1d: signature("AvgPool1d", AVG_POOL_1D_ARGUMENTS),
  AdaptiveAvgPool1d: signature("AdaptiveAvgPool1d", ADAPTIVE_POOL_1D_ARGUMENTS),
  AdaptiveMaxPool2d: signature("AdaptiveMaxPool2d", { ...ADAPTIVE_POOL_2D_ARGUMENTS, ...NO_INDICES }),
};

/** The largest element of every window of a line: see {@link maxPool1d}. */
export class MaxPool1d extends Module {
  kernelSize: Size1d;
  stride: Size1d;
  padding: Size1d;
  dilation: Size1d;
  ceilMode: boolean;

  constructor(
    kernelSize: Size1d,
    stride?: Size1d | null,
    padding?: Size1d,
    dilation?: Size1d,
    returnIndices?: false,
    ceilMode?: boolean,
  );
  constructor(kernelSize: Size1d, ...rest: SomeThenOptions<MaxPool1dPositions, MaxPool1dOptions>);
  constructor(kernelSize: Size1d, options?: MaxPool1dOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { kernelSize, stride, padding, dilation, ceilMode } = SIGNATURES.MaxPool1d.read(given);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.ceilMode = ceilMode;
  }
  override forward(x: Tensor): Tensor {
    return maxPool1d(x, this.kernelSize, this.stride, this.padding, this.dilation, this.ceilMode);
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
    stride?: Size1d | null,
    padding?: Size1d,
    ceilMode?: boolean,
    countIncludePad?: boolean,
  );
  constructor(kernelSize: Size1d, ...rest: SomeThenOptions<AvgPool1dPositions, AvgPool1dOptions>);
  constructor(kernelSize: Size1d, options?: AvgPool1dOptions);
  constructor(...args: readonly unknown[]) {
    super();
    const given = SIGNATURES.AvgPool1d.read(args);
    const single = (size: Size1d): [number] => sizes(size, 1) as [number];
    this.kernelSize = single(given.kernelSize);
    this.stride = single(given.stride ?? given.kernelSize);
    this.padding = single(given.padding);
    this.ceilMode = given.ceilMode;
    this.countIncludePad = given.countIncludePad;
  }
  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad } = this;
    return avgPool1d(x, kernelSize, stride, padding, ceilMode, countIncludePad);
  }
  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return `kernel_size=${pythonRepr(kernelSize)}, stride=${pythonRepr(stride)}, padding=${pythonRepr(padding)}`;
  }
}

/** Means of as many windows of a line as the result is to have elements: see {@link adaptiveAvgPool1d}. */
export class AdaptiveAvgPool1d extends Module {
  outputSize: Size1d;

  constructor(outputSize: Size1d);
  constructor(...given: readonly unknown[]) {
    super();
    this.outputSize = SIGNATURES.AdaptiveAvgPool1d.read(given).outputSize;
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

  constructor(outputSize: AdaptiveSize, returnIndices?: false);
  constructor(...given: readonly unknown[]) {
    super();
    this.outputSize = SIGNATURES.AdaptiveMaxPool2d.read(given).outputSize;
  }
  override forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize);
  }
  override extraRepr(): string {
    return `output_size=${pythonRepr(this.outputSize)}`;
  }
}
