/**
 * @file Lazy layers: the number of input features or channels is that of the first input. Until then their parameters have
 * no shape; then they become ordinary layers.
 */
import type { DType } from "../../kernels/backend.ts";
import { type ByName, optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { zeros } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import {
  CONV_1D,
  CONV_2D,
  CONV_3D,
  CONV_TRANSPOSE_1D,
  CONV_TRANSPOSE_2D,
  CONV_TRANSPOSE_3D,
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  type ConvPositions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
  type PaddingMode,
  type TransposedPositions,
} from "./conv.ts";
import type { Padding, Sizes } from "./functional/size.ts";
import { aCount, PLACE } from "./functional/validate.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import {
  BATCH_NORM_ARGUMENTS,
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormLayerOptions,
  type ChannelNorm,
  INSTANCE_NORM_ARGUMENTS,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormLayerOptions,
} from "./normalization.ts";
import { isUninitialized, type Parameter, UninitializedBuffer, UninitializedParameter } from "./parameter.ts";

/** Where and as what parameters are made. */
interface Place {
  readonly device: DeviceChoice;
  readonly dtype: DType;
}

/** The arguments of a layer without the first, which a lazy layer finds out. */
function withoutInChannels<P extends { inChannels: unknown }>({ inChannels: _, ...others }: P): Omit<P, "inChannels"> {
  return others;
}
function withoutFeatures<P extends { numFeatures: unknown }>({ numFeatures: _, ...others }: P): Omit<P, "numFeatures"> {
  return others;
}

const BATCH_NORM = withoutFeatures(BATCH_NORM_ARGUMENTS);
const INSTANCE_NORM = withoutFeatures(INSTANCE_NORM_ARGUMENTS);

const LAZY_LINEAR = signature("LazyLinear", {
  outFeatures: required(aCount),
  bias: optional(aBoolean, true),
  ...PLACE,
});

/** Makes the layer an ordinary one of `Regular`, also by name. */
function become(layer: object, Regular: { readonly prototype: object }): void {
  Object.setPrototypeOf(layer, Regular.prototype);
}

/** What a lazy convolution needs of the ordinary one. */
interface ConvLayer {
  inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly groups: number;
  readonly transposed: boolean;
  weight: Parameter;
  bias: Parameter | null;
  resetParameters(): void;
  forward(x: Tensor, outputSize?: readonly number[] | null): Tensor;
}

/** Takes the shapes of the parameters away. */
function hideConv(layer: ConvLayer, bias: boolean, place: Place): void {
  layer.weight = new UninitializedParameter(place);
  layer.bias = bias ? new UninitializedParameter(place) : null;
}

/** Makes the parameters of a convolution for its first input, unless a state dictionary has. */
function initializeConv(op: string, layer: ConvLayer, x: Tensor): void {
  const { weight, bias, groups, outChannels, kernelSize, transposed } = layer;
  if (!(weight instanceof UninitializedParameter)) {
    layer.inChannels = transposed ? weight.size(0) : weight.size(1) * groups;
    return;
  }
  checkTensor(op, x);
  const dims = kernelSize.length;
  if (x.ndim !== dims + 1 && x.ndim !== dims + 2) {
    throw new ShapeError(
      `[${op}] Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${op}, but got input of size: ${bracketed(x.shape)}`,
    );
  }
  const channels = x.size(x.ndim - dims - 1);
  if (channels % groups !== 0) throw new ValueError(`[${op}] in_channels must be divisible by groups`);
  layer.inChannels = channels;
  weight.materialize([
    ...(transposed ? [channels, outChannels / groups] : [outChannels, channels / groups]),
    ...kernelSize,
  ]);
  if (isUninitialized(bias)) bias.materialize([outChannels]);
  layer.resetParameters();
}

/**
 * Linear layer that takes the size of its input from its first one; then it is a {@link Linear}.
 *
 * Shape: `(*,inFeatures)` to `(*,outFeatures)`.
 *
 * @example
 * const layer = new nn.LazyLinear(10);
 * String(layer.weight); // <UninitializedParameter>
 * layer.forward(rand(32, 784)).shape; // [32, 10]
 * String(layer); // Linear(in_features=784, out_features=10, bias=True)
 */
export class LazyLinear extends Linear {
  constructor(outFeatures: number, bias?: boolean, options?: LinearOptions);
  constructor(options: { readonly outFeatures: number } & LinearOptions);
  constructor(outFeatures: number, options?: LinearOptions);
  constructor(...given: readonly unknown[]) {
    const { outFeatures, bias, device, dtype } = LAZY_LINEAR.read(given);
    super(0, 0, false);
    this.outFeatures = outFeatures;
    this.weight = new UninitializedParameter({ device, dtype });
    this.bias = bias ? new UninitializedParameter({ device, dtype }) : null;
  }
  override resetParameters(): void {
    if (this.inFeatures > 0) super.resetParameters();
  }
  override forward(x: Tensor): Tensor {
    const { weight, bias } = this;
    if (weight instanceof UninitializedParameter) {
      checkTensor("LazyLinear", x);
      this.inFeatures = x.size(-1);
      weight.materialize([this.outFeatures, this.inFeatures]);
      if (isUninitialized(bias)) bias.materialize([this.outFeatures]);
      this.resetParameters();
    }
    this.inFeatures = weight.size(1);
    become(this, Linear);
    return super.forward(x);
  }
}

/** Constructors of lazy convolutions, which become a `Layer`. */
interface LazyConv<Layer> {
  new (
    outChannels: number,
    kernelSize: Sizes,
    stride?: Sizes,
    padding?: Padding,
    dilation?: Sizes,
    groups?: number,
    bias?: boolean,
    paddingMode?: PaddingMode,
    options?: ConvOptions,
  ): Layer;
  new (outChannels: number, kernelSize: Sizes, ...rest: SomeThenOptions<ConvPositions, ConvOptions>): Layer;
  new (
    ...args: ByName<
      ["outChannels", "kernelSize"],
      { readonly outChannels: number; readonly kernelSize: Sizes } & ConvOptions
    >
  ): Layer;
  new (outChannels: number, kernelSize: Sizes, options?: ConvOptions): Layer;
}

/** The class `op`: a `Regular` that has no parameters until its first input. */
function lazyConv<Layer extends ConvLayer>(
  op: string,
  parameters: typeof CONV_2D,
  Regular: new (inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvOptions) => Layer,
): LazyConv<Layer> {
  const reader = signature(op, withoutInChannels(parameters));
  const Base: new (...given: ConstructorParameters<typeof Regular>) => ConvLayer = Regular;
  class Lazy extends Base {
    constructor(...given: readonly unknown[]) {
      const { outChannels, kernelSize, bias, ...others } = reader.read(given);
      super(0, outChannels, kernelSize, { ...others, bias: false });
      hideConv(this, bias, others);
    }
    override resetParameters(): void {
      if (this.inChannels > 0) super.resetParameters();
    }
    override forward(x: Tensor): Tensor {
      initializeConv(op, this, x);
      become(this, Regular);
      return super.forward(x);
    }
  }
  return Lazy as LazyConv<ConvLayer> as LazyConv<Layer>;
}

const LazyConv1dBase = /* @__PURE__ */ lazyConv("LazyConv1d", CONV_1D, Conv1d);

/**
 * 1-D convolution that takes the number of input channels from its first input; then it is a
 * {@link Conv1d}.
 *
 * Shape: `(N,inChannels,L)` or `(inChannels,L)` to `(N,outChannels,Lout)` or `(outChannels,Lout)`.
 *
 * @example
 * new nn.LazyConv1d(4, 3).forward(rand(2, 3, 10)).shape; // [2, 4, 8]
 */
export class LazyConv1d extends LazyConv1dBase {}

const LazyConv2dBase = /* @__PURE__ */ lazyConv("LazyConv2d", CONV_2D, Conv2d);

/**
 * 2-D convolution that takes the number of input channels from its first input; then it is a
 * {@link Conv2d}.
 *
 * Shape: `(N,inChannels,H,W)` or `(inChannels,H,W)` to `(N,outChannels,Hout,Wout)` or `(outChannels,Hout,Wout)`.
 *
 * @example
 * new nn.LazyConv2d(4, 3).forward(rand(2, 3, 8, 8)).shape; // [2, 4, 6, 6]
 */
export class LazyConv2d extends LazyConv2dBase {}

const LazyConv3dBase = /* @__PURE__ */ lazyConv("LazyConv3d", CONV_3D, Conv3d);

/**
 * 3-D convolution that takes the number of input channels from its first input; then it is a
 * {@link Conv3d}.
 *
 * Shape: `(N,inChannels,D,H,W)` or `(inChannels,D,H,W)` to `(N,outChannels,Dout,Hout,Wout)` or `(outChannels,Dout,Hout,Wout)`.
 *
 * @example
 * new nn.LazyConv3d(4, 3).forward(rand(2, 3, 4, 4, 4)).shape; // [2, 4, 2, 2, 2]
 */
export class LazyConv3d extends LazyConv3dBase {}

/** Constructors of lazy transposed convolutions, which become a `Layer`. */
interface LazyConvTranspose<Layer> {
  new (
    outChannels: number,
    kernelSize: Sizes,
    stride?: Sizes,
    padding?: Sizes,
    outputPadding?: Sizes,
    groups?: number,
    bias?: boolean,
    dilation?: Sizes,
    paddingMode?: "zeros",
    options?: ConvTransposeOptions,
  ): Layer;
  new (
    outChannels: number,
    kernelSize: Sizes,
    ...rest: SomeThenOptions<TransposedPositions, ConvTransposeOptions>
  ): Layer;
  new (
    ...args: ByName<
      ["outChannels", "kernelSize"],
      { readonly outChannels: number; readonly kernelSize: Sizes } & ConvTransposeOptions
    >
  ): Layer;
  new (outChannels: number, kernelSize: Sizes, options?: ConvTransposeOptions): Layer;
}

/** The class `op`: a `Regular` that has no parameters until its first input. */
function lazyConvTranspose<Layer extends ConvLayer>(
  op: string,
  parameters: typeof CONV_TRANSPOSE_2D,
  Regular: new (inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvTransposeOptions) => Layer,
): LazyConvTranspose<Layer> {
  const reader = signature(op, withoutInChannels(parameters));
  const Base: new (...given: ConstructorParameters<typeof Regular>) => ConvLayer = Regular;
  class Lazy extends Base {
    constructor(...given: readonly unknown[]) {
      const { outChannels, kernelSize, bias, ...others } = reader.read(given);
      super(0, outChannels, kernelSize, { ...others, bias: false });
      hideConv(this, bias, others);
    }
    override resetParameters(): void {
      if (this.inChannels > 0) super.resetParameters();
    }
    override forward(x: Tensor, outputSize?: readonly number[] | null): Tensor {
      initializeConv(op, this, x);
      become(this, Regular);
      return super.forward(x, outputSize);
    }
  }
  return Lazy as LazyConvTranspose<ConvLayer> as LazyConvTranspose<Layer>;
}

const LazyConvTranspose1dBase = /* @__PURE__ */ lazyConvTranspose(
  "LazyConvTranspose1d",
  CONV_TRANSPOSE_1D,
  ConvTranspose1d,
);

/**
 * 1-D transposed convolution that takes the number of input channels from its first input; then it is a
 * {@link ConvTranspose1d}.
 *
 * Shape: `(N,inChannels,L)` or `(inChannels,L)` to `(N,outChannels,Lout)` or `(outChannels,Lout)`.
 *
 * @example
 * new nn.LazyConvTranspose1d(4, 3).forward(rand(2, 3, 10)).shape; // [2, 4, 12]
 */
export class LazyConvTranspose1d extends LazyConvTranspose1dBase {}

const LazyConvTranspose2dBase = /* @__PURE__ */ lazyConvTranspose(
  "LazyConvTranspose2d",
  CONV_TRANSPOSE_2D,
  ConvTranspose2d,
);

/**
 * 2-D transposed convolution that takes the number of input channels from its first input; then it is a
 * {@link ConvTranspose2d}.
 *
 * Shape: `(N,inChannels,H,W)` or `(inChannels,H,W)` to `(N,outChannels,Hout,Wout)` or `(outChannels,Hout,Wout)`.
 *
 * @example
 * new nn.LazyConvTranspose2d(4, 3).forward(rand(2, 3, 8, 8)).shape; // [2, 4, 10, 10]
 */
export class LazyConvTranspose2d extends LazyConvTranspose2dBase {}

const LazyConvTranspose3dBase = /* @__PURE__ */ lazyConvTranspose(
  "LazyConvTranspose3d",
  CONV_TRANSPOSE_3D,
  ConvTranspose3d,
);

/**
 * 3-D transposed convolution that takes the number of input channels from its first input; then it is a
 * {@link ConvTranspose3d}.
 *
 * Shape: `(N,inChannels,D,H,W)` or `(inChannels,D,H,W)` to `(N,outChannels,Dout,Hout,Wout)` or `(outChannels,Dout,Hout,Wout)`.
 *
 * @example
 * new nn.LazyConvTranspose3d(4, 3).forward(rand(2, 3, 4, 4, 4)).shape; // [2, 4, 6, 6, 6]
 */
export class LazyConvTranspose3d extends LazyConvTranspose3dBase {}

/** Takes the shapes of parameters and statistics away. */
function hideNorm(
  layer: ChannelNorm,
  { affine, trackRunningStats, device, dtype }: Place & { affine: boolean; trackRunningStats: boolean },
): void {
  const place = { device, dtype };
  layer.affine = affine;
  layer.trackRunningStats = trackRunningStats;
  layer.weight = affine ? new UninitializedParameter(place) : null;
  layer.bias = affine ? new UninitializedParameter(place) : null;
  layer.runningMean = trackRunningStats ? new UninitializedBuffer(place) : null;
  layer.runningVar = trackRunningStats ? new UninitializedBuffer(place) : null;
  layer.numBatchesTracked = trackRunningStats ? zeros([], { device, dtype: "int32" }) : null;
}

/** Makes parameters and statistics of `channels` numbers each, unless a state dictionary has. */
function initializeNorm(layer: ChannelNorm, channels: number): void {
  const members = [layer.weight, layer.bias, layer.runningMean, layer.runningVar];
  layer.numFeatures = members.find((t) => t !== null && !isUninitialized(t))?.numel() ?? channels;
  if (!members.some(isUninitialized)) return;
  for (const t of members) if (isUninitialized(t)) t.materialize([layer.numFeatures]);
  layer.resetParameters();
}

/**
 * Batch normalization that takes the number of features from its first input; then it is a {@link BatchNorm1d}.
 *
 * Shape: `(N,C)` or `(N,C,L)` to the same shape.
 *
 * @example
 * new nn.LazyBatchNorm1d().forward(rand(2, 3, 5)).shape; // [2, 3, 5]
 */
export class LazyBatchNorm1d extends BatchNorm1d {
  constructor(
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: BatchNormLayerOptions,
  );
  constructor(...rest: SomeThenOptions<[eps: number, momentum: number | null, affine: boolean], BatchNormLayerOptions>);
  constructor(options?: BatchNormLayerOptions);
  constructor(...args: readonly unknown[]) {
    const given = signature("LazyBatchNorm1d", BATCH_NORM).read(args);
    super(0, { eps: given.eps, momentum: given.momentum, affine: false, trackRunningStats: false });
    hideNorm(this, given);
  }
  override resetParameters(): void {
    if (this.numFeatures > 0) super.resetParameters();
  }
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    initializeNorm(this, x.size(1));
    become(this, BatchNorm1d);
    return super.forward(x);
  }
}

/**
 * Batch normalization that takes the number of features from its first input; then it is a {@link BatchNorm2d}.
 *
 * Shape: `(N,C,H,W)` to the same shape.
 *
 * @example
 * new nn.LazyBatchNorm2d().forward(rand(2, 3, 4, 4)).shape; // [2, 3, 4, 4]
 */
export class LazyBatchNorm2d extends BatchNorm2d {
  constructor(
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: BatchNormLayerOptions,
  );
  constructor(...rest: SomeThenOptions<[eps: number, momentum: number | null, affine: boolean], BatchNormLayerOptions>);
  constructor(options?: BatchNormLayerOptions);
  constructor(...args: readonly unknown[]) {
    const given = signature("LazyBatchNorm2d", BATCH_NORM).read(args);
    super(0, { eps: given.eps, momentum: given.momentum, affine: false, trackRunningStats: false });
    hideNorm(this, given);
  }
  override resetParameters(): void {
    if (this.numFeatures > 0) super.resetParameters();
  }
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    initializeNorm(this, x.size(1));
    become(this, BatchNorm2d);
    return super.forward(x);
  }
}

/**
 * Batch normalization that takes the number of features from its first input; then it is a {@link BatchNorm3d}.
 *
 * Shape: `(N,C,D,H,W)` to the same shape.
 *
 * @example
 * new nn.LazyBatchNorm3d().forward(rand(2, 3, 2, 4, 4)).shape; // [2, 3, 2, 4, 4]
 */
export class LazyBatchNorm3d extends BatchNorm3d {
  constructor(
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: BatchNormLayerOptions,
  );
  constructor(...rest: SomeThenOptions<[eps: number, momentum: number | null, affine: boolean], BatchNormLayerOptions>);
  constructor(options?: BatchNormLayerOptions);
  constructor(...args: readonly unknown[]) {
    const given = signature("LazyBatchNorm3d", BATCH_NORM).read(args);
    super(0, { eps: given.eps, momentum: given.momentum, affine: false, trackRunningStats: false });
    hideNorm(this, given);
  }
  override resetParameters(): void {
    if (this.numFeatures > 0) super.resetParameters();
  }
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    initializeNorm(this, x.size(1));
    become(this, BatchNorm3d);
    return super.forward(x);
  }
}

/**
 * Instance normalization that takes the number of features from its first input; then it is a {@link InstanceNorm1d}.
 *
 * Shape: `(N,C,L)` or `(C,L)` to the same shape.
 *
 * @example
 * new nn.LazyInstanceNorm1d().forward(rand(2, 3, 5)).shape; // [2, 3, 5]
 */
export class LazyInstanceNorm1d extends InstanceNorm1d {
  constructor(
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: InstanceNormLayerOptions,
  );
  constructor(
    ...rest: SomeThenOptions<[eps: number, momentum: number | null, affine: boolean], InstanceNormLayerOptions>
  );
  constructor(options?: InstanceNormLayerOptions);
  constructor(...args: readonly unknown[]) {
    const given = signature("LazyInstanceNorm1d", INSTANCE_NORM).read(args);
    super(0, { eps: given.eps, momentum: given.momentum, affine: false, trackRunningStats: false });
    hideNorm(this, given);
  }
  override resetParameters(): void {
    if (this.numFeatures > 0) super.resetParameters();
  }
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    initializeNorm(this, x.size(x.ndim - this.rank + 1));
    become(this, InstanceNorm1d);
    return super.forward(x);
  }
}

/**
 * Instance normalization that takes the number of features from its first input; then it is a {@link InstanceNorm2d}.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to the same shape.
 *
 * @example
 * new nn.LazyInstanceNorm2d().forward(rand(2, 3, 4, 4)).shape; // [2, 3, 4, 4]
 */
export class LazyInstanceNorm2d extends InstanceNorm2d {
  constructor(
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: InstanceNormLayerOptions,
  );
  constructor(
    ...rest: SomeThenOptions<[eps: number, momentum: number | null, affine: boolean], InstanceNormLayerOptions>
  );
  constructor(options?: InstanceNormLayerOptions);
  constructor(...args: readonly unknown[]) {
    const given = signature("LazyInstanceNorm2d", INSTANCE_NORM).read(args);
    super(0, { eps: given.eps, momentum: given.momentum, affine: false, trackRunningStats: false });
    hideNorm(this, given);
  }
  override resetParameters(): void {
    if (this.numFeatures > 0) super.resetParameters();
  }
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    initializeNorm(this, x.size(x.ndim - this.rank + 1));
    become(this, InstanceNorm2d);
    return super.forward(x);
  }
}

/**
 * Instance normalization that takes the number of features from its first input; then it is a {@link InstanceNorm3d}.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to the same shape.
 *
 * @example
 * new nn.LazyInstanceNorm3d().forward(rand(2, 3, 2, 4, 4)).shape; // [2, 3, 2, 4, 4]
 */
export class LazyInstanceNorm3d extends InstanceNorm3d {
  constructor(
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: InstanceNormLayerOptions,
  );
  constructor(
    ...rest: SomeThenOptions<[eps: number, momentum: number | null, affine: boolean], InstanceNormLayerOptions>
  );
  constructor(options?: InstanceNormLayerOptions);
  constructor(...args: readonly unknown[]) {
    const given = signature("LazyInstanceNorm3d", INSTANCE_NORM).read(args);
    super(0, { eps: given.eps, momentum: given.momentum, affine: false, trackRunningStats: false });
    hideNorm(this, given);
  }
  override resetParameters(): void {
    if (this.numFeatures > 0) super.resetParameters();
  }
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    initializeNorm(this, x.size(x.ndim - this.rank + 1));
    become(this, InstanceNorm3d);
    return super.forward(x);
  }
}
