/** @file Conv2D and the pooling layers. */
import { keyword, optional, required, signature } from "../../core/arguments.ts";
import { aBoolean, nullable, oneOf } from "../../core/kinds.ts";
import { Conv2d } from "../../nn/conv.ts";
import { avgPool2d, maxPool2d } from "../../nn/functional/pooling.ts";
import { onesLike } from "../../tensor/create.ts";
import { pad } from "../../tensor/functional.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type ActivationFunction, type ActivationLike, activationOf } from "../activations.ts";
import { type InitializerLike, initialize } from "../initializers.ts";
import { activationRepr, built } from "./core.ts";
import {
  activateImages,
  anActivation,
  anInitializer,
  aPositive,
  aSize2D,
  channelsFirst,
  checkOutput,
  type DataFormat,
  fromChannelsFirst,
  LAYER,
  Layer,
  type LayerOptions,
  pairOf,
  type Shape,
  type Size2D,
} from "./layer.ts";

/** "valid" for no padding, "same" for as much as gives ⌈size / stride⌉ outputs. */
export type ConvPadding = "valid" | "same";

const FORMAT = { dataFormat: keyword(oneOf("channels_last", "channels_first"), "channels_last") };
const PADDING = { padding: keyword(oneOf("valid", "same"), "valid") };

const POOL = {
  poolSize: optional(aSize2D, 2),
  strides: keyword(nullable(aSize2D), null),
  ...PADDING,
  ...FORMAT,
  ...LAYER,
};

const SIGNATURES = {
  Conv2D: signature("Conv2D", {
    filters: required(aPositive),
    kernelSize: required(aSize2D),
    strides: keyword(aSize2D, 1),
    ...PADDING,
    ...FORMAT,
    dilationRate: keyword(aSize2D, 1),
    groups: keyword(aPositive, 1),
    activation: keyword(anActivation, null),
    useBias: keyword(aBoolean, true),
    kernelInitializer: keyword(anInitializer, "glorot_uniform"),
    biasInitializer: keyword(anInitializer, "zeros"),
    ...LAYER,
  }),
  MaxPooling2D: signature("MaxPooling2D", POOL),
  AveragePooling2D: signature("AveragePooling2D", POOL),
  GlobalAveragePooling2D: signature("GlobalAveragePooling2D", {
    keepdims: keyword(aBoolean, false),
    ...FORMAT,
    ...LAYER,
  }),
};

/** How a window moves along one dimension. */
interface Window {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
}

/** The output's size of one dimension. */
function outputSize(input: number | null, { size, stride, dilation }: Window, padding: ConvPadding): number | null {
  if (input === null) return null;
  const extent = (size - 1) * dilation + 1;
  return padding === "same" ? Math.ceil(input / stride) : Math.ceil((input - extent + 1) / stride);
}

/** The padding before and behind one dimension. What cannot be divided goes behind. */
function paddingOf(input: number, window: Window, padding: ConvPadding): readonly [before: number, after: number] {
  if (padding === "valid") return [0, 0];
  const extent = (window.size - 1) * window.dilation + 1;
  const total = Math.max(0, (Math.ceil(input / window.stride) - 1) * window.stride + extent - input);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The padding of both dimensions of images `(N,C,H,W)`, as `pad` takes it: the last dimension first. */
function paddings(x: Tensor, windows: readonly [Window, Window], padding: ConvPadding): readonly number[] {
  const [rows, columns] = [paddingOf(x.size(2), windows[0], padding), paddingOf(x.size(3), windows[1], padding)];
  return [...columns, ...rows];
}

const isPadded = (amounts: readonly number[]): boolean => amounts.some((amount) => amount > 0);

/** The output's shape of a window that moves over images. */
function windowedShape(
  name: string,
  inputShape: Shape,
  windows: readonly [Window, Window],
  { padding, dataFormat }: { readonly padding: ConvPadding; readonly dataFormat: DataFormat },
  channels: number | null,
): Shape {
  const [batch = null, a = null, b = null, c = null] = inputShape;
  const [rows, columns] = dataFormat === "channels_last" ? [a, b] : [b, c];
  const out = [outputSize(rows, windows[0], padding), outputSize(columns, windows[1], padding)];
  const shape = dataFormat === "channels_last" ? [batch, ...out, channels] : [batch, channels, ...out];
  return checkOutput(name, inputShape, shape);
}

function windowsOf(size: Size2D, strides: Size2D, dilation: Size2D = 1): readonly [Window, Window] {
  const [sizes, steps, gaps] = [pairOf(size), pairOf(strides), pairOf(dilation)];
  return [
    { size: sizes[0], stride: steps[0], dilation: gaps[0] },
    { size: sizes[1], stride: steps[1], dilation: gaps[1] },
  ];
}

/** Options of {@link Conv2D}. */
export interface Conv2DOptions extends LayerOptions {
  /** Stride of the convolution. Default 1. */
  readonly strides?: Size2D | undefined;
  /** "valid" for no padding, "same" for as much as gives ⌈size / stride⌉ outputs. Default "valid". */
  readonly padding?: ConvPadding | undefined;
  /** Whether images are `(N,H,W,C)` or `(N,C,H,W)`. Default "channels_last". */
  readonly dataFormat?: DataFormat | undefined;
  /** Spacing between kernel elements. Default 1. */
  readonly dilationRate?: Size2D | undefined;
  /** Number of groups of channels that are convolved separately. Default 1. */
  readonly groups?: number | undefined;
  /** Activation, by name or as a function. Default: none. */
  readonly activation?: ActivationLike | null | undefined;
  /** Whether a bias is added. Default true. */
  readonly useBias?: boolean | undefined;
  /** Initializer of the kernel. Default "glorot_uniform". */
  readonly kernelInitializer?: InitializerLike | undefined;
  /** Initializer of the bias. Default "zeros". */
  readonly biasInitializer?: InitializerLike | undefined;
}

export class Conv2D extends Layer {
  readonly filters: number;
  conv: Conv2d | null = null;
  private readonly given: ReturnType<typeof SIGNATURES.Conv2D.read>;
  private readonly windows: readonly [Window, Window];
  private readonly activation: ActivationFunction;

  constructor(filters: number, kernelSize: Size2D, options?: Conv2DOptions) {
    const given = SIGNATURES.Conv2D.read([filters, kernelSize, options]);
    super(given);
    this.given = given;
    this.filters = given.filters;
    this.windows = windowsOf(given.kernelSize, given.strides, given.dilationRate);
    this.activation = activationOf("Conv2D", given.activation);
  }
  override build(inputShape: Shape): void {
    const { dataFormat, kernelSize, strides, dilationRate, groups, useBias } = this.given;
    const channels = this.lastDim(dataFormat === "channels_last" ? inputShape : inputShape.slice(0, 2));
    const conv = new Conv2d(channels, this.filters, pairOf(kernelSize), {
      stride: pairOf(strides),
      dilation: pairOf(dilationRate),
      groups,
      bias: useBias,
    });
    this.conv = conv;
    initialize("Conv2D", this.given.kernelInitializer, conv.weight);
    // (filters, channels, rows, columns) here; (rows, columns, channels, filters) in Keras.
    this.addWeight(
      "kernel",
      conv.weight,
      (kernel) => kernel.permute(2, 3, 1, 0),
      (kernel) => kernel.permute(3, 2, 0, 1),
    );
    if (conv.bias === null) return;
    initialize("Conv2D", this.given.biasInitializer, conv.bias);
    this.addWeight("bias", conv.bias);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    this.checkDims(inputShape, 4);
    return windowedShape(this.name, inputShape, this.windows, this.given, this.filters);
  }
  override forward(x: Tensor): Tensor {
    const { padding, dataFormat } = this.given;
    const images = channelsFirst(x, dataFormat);
    const amounts = paddings(images, this.windows, padding);
    const padded = isPadded(amounts) ? pad(images, amounts) : images;
    const result = built(this, this.conv).forward(padded);
    return activateImages(result, dataFormat, this.given.activation, this.activation);
  }
  override extraRepr(): string {
    const { kernelSize, strides, padding, activation } = this.given;
    return `filters=${this.filters}, kernel_size=(${pairOf(kernelSize).join(", ")}), strides=(${pairOf(strides).join(", ")}), padding=${padding}${activationRepr(activation)}`;
  }
}

/** Options of {@link MaxPooling2D} and {@link AveragePooling2D}. */
export interface Pooling2DOptions extends LayerOptions {
  /** Stride of the window. Default: its size. */
  readonly strides?: Size2D | null | undefined;
  /** "valid" for no padding, "same" for as much as gives ⌈size / stride⌉ outputs. Default "valid". */
  readonly padding?: ConvPadding | undefined;
  /** Whether images are `(N,H,W,C)` or `(N,C,H,W)`. Default "channels_last". */
  readonly dataFormat?: DataFormat | undefined;
}

/** Base of the pooling layers with a window. */
abstract class Pooling2D extends Layer {
  protected readonly given: ReturnType<typeof SIGNATURES.MaxPooling2D.read>;
  protected readonly windows: readonly [Window, Window];

  constructor(given: ReturnType<typeof SIGNATURES.MaxPooling2D.read>) {
    super(given);
    this.given = given;
    this.windows = windowsOf(given.poolSize, given.strides ?? given.poolSize);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    this.checkDims(inputShape, 4);
    const channels = (this.given.dataFormat === "channels_last" ? inputShape[3] : inputShape[1]) ?? null;
    return windowedShape(this.name, inputShape, this.windows, this.given, channels);
  }
  override forward(x: Tensor): Tensor {
    const { padding, dataFormat } = this.given;
    const images = channelsFirst(x, dataFormat);
    return fromChannelsFirst(this.pool(images, paddings(images, this.windows, padding)), dataFormat);
  }
  /** Pools images `(N,C,H,W)` after the given padding. */
  protected abstract pool(images: Tensor, amounts: readonly number[]): Tensor;
  protected get size(): [number, number] {
    return [this.windows[0].size, this.windows[1].size];
  }
  protected get stride(): [number, number] {
    return [this.windows[0].stride, this.windows[1].stride];
  }
  override extraRepr(): string {
    return `pool_size=(${this.size.join(", ")}), strides=(${this.stride.join(", ")}), padding=${this.given.padding}`;
  }
}

export class MaxPooling2D extends Pooling2D {
  constructor(poolSize?: Size2D, options?: Pooling2DOptions) {
    super(SIGNATURES.MaxPooling2D.read([poolSize, options]));
  }
  protected override pool(images: Tensor, amounts: readonly number[]): Tensor {
    const padded = isPadded(amounts) ? pad(images, amounts, "constant", Number.NEGATIVE_INFINITY) : images;
    return maxPool2d(padded, this.size, this.stride);
  }
}

export class AveragePooling2D extends Pooling2D {
  constructor(poolSize?: Size2D, options?: Pooling2DOptions) {
    super(SIGNATURES.AveragePooling2D.read([poolSize, options]));
  }
  protected override pool(images: Tensor, amounts: readonly number[]): Tensor {
    if (!isPadded(amounts)) return avgPool2d(images, this.size, this.stride);
    // The padding does not count: the sum of a window is divided by the share of it that lies in the image.
    const share = avgPool2d(pad(onesLike(images.detach().narrow(0, 0, 1)), amounts), this.size, this.stride);
    return avgPool2d(pad(images, amounts), this.size, this.stride).div(share);
  }
}

/** Options of {@link GlobalAveragePooling2D}. */
export interface GlobalPooling2DOptions extends LayerOptions {
  /** Keep the spatial dimensions with size 1. Default false. */
  readonly keepdims?: boolean | undefined;
  /** Whether images are `(N,H,W,C)` or `(N,C,H,W)`. Default "channels_last". */
  readonly dataFormat?: DataFormat | undefined;
}

export class GlobalAveragePooling2D extends Layer {
  private readonly given: ReturnType<typeof SIGNATURES.GlobalAveragePooling2D.read>;

  constructor(options?: GlobalPooling2DOptions) {
    const given = SIGNATURES.GlobalAveragePooling2D.read([options]);
    super(given);
    this.given = given;
  }
  override computeOutputShape(inputShape: Shape): Shape {
    this.checkDims(inputShape, 4);
    const { keepdims, dataFormat } = this.given;
    const [batch = null, a = null, , c = null] = inputShape;
    if (dataFormat === "channels_last") return keepdims ? [batch, 1, 1, c] : [batch, c];
    return keepdims ? [batch, a, 1, 1] : [batch, a];
  }
  override forward(x: Tensor): Tensor {
    return x.mean(this.given.dataFormat === "channels_last" ? [1, 2] : [2, 3], this.given.keepdims);
  }
}
