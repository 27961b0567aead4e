/** @file Normalization layers: batch, instance, group, layer, root mean square and local response normalization. */
import type { DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, either, kind, listOfKind, nullable, worded } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { arange, ones, tensor, zeros } from "../tensor/create.ts";
import { cat } from "../tensor/functional.ts";
import { asNonView, withGradFnName } from "../tensor/functions/grad-fn-name.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import {
  groupNorm,
  instanceNorm,
  LOCAL_RESPONSE_ARGUMENTS,
  type LocalResponseNormOptions,
  layerNorm,
  localResponseNorm,
  normalizeBatch,
  rmsNorm,
  updateRunning,
} from "./functional/normalization.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/validate.ts";
import { ones_, zeros_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";
import { ranks } from "./rank-sums.ts";

/** Where and as what a layer's parameters are made. */
interface FactoryOptions {
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameters. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** Options that batch and instance normalization share. */
interface ChannelNormOptions extends FactoryOptions {
  /** Value added to the denominator for numerical stability. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Weight of the batch in the running mean and variance; null: cumulative moving average. Default 0.1. */
  readonly momentum?: number | null | undefined;
}

/** Options of {@link BatchNorm1d}, {@link BatchNorm2d} and {@link BatchNorm3d}. */
export interface BatchNormLayerOptions extends ChannelNormOptions {
  /** If true, the layer has a learnable affine weight and bias. Default true. */
  readonly affine?: boolean | undefined;
  /** If true, the layer tracks the running mean and variance, and uses them in evaluation. Default true. */
  readonly trackRunningStats?: boolean | undefined;
}

/** Options of {@link InstanceNorm1d}, {@link InstanceNorm2d} and {@link InstanceNorm3d}. */
export interface InstanceNormLayerOptions extends ChannelNormOptions {
  /** If true, the layer has a learnable affine weight and bias. Default false. */
  readonly affine?: boolean | undefined;
  /** If true, the layer tracks the running mean and variance, and uses them in evaluation. Default false. */
  readonly trackRunningStats?: boolean | undefined;
}

/** Options of {@link LayerNorm}. */
export interface LayerNormOptions extends FactoryOptions {
  /** Value added to the denominator for numerical stability. Default 1e-5. */
  readonly eps?: number | undefined;
  /** If true, the layer has a learnable affine weight and bias for each element. Default true. */
  readonly elementwiseAffine?: boolean | undefined;
  /** If false, the layer has no bias beside its weight. Default true. */
  readonly bias?: boolean | undefined;
}

/** Options of {@link GroupNorm}. */
export interface GroupNormOptions extends FactoryOptions {
  /** Value added to the denominator for numerical stability. Default 1e-5. */
  readonly eps?: number | undefined;
  /** If true, the layer has a learnable affine weight and bias for each channel. Default true. */
  readonly affine?: boolean | undefined;
}

/** The arguments of a layer, with the default of `affine` and `trackRunningStats`. */
function channelNormArguments(usual: boolean) {
  return {
    numFeatures: required(aCount),
    eps: optional(aNumber, 1e-5),
    momentum: optional(nullable(aNumber), 0.1),
    affine: optional(aBoolean, usual),
    trackRunningStats: optional(aBoolean, usual),
    ...PLACE,
  };
}

export const BATCH_NORM_ARGUMENTS = channelNormArguments(true);

export const INSTANCE_NORM_ARGUMENTS = channelNormArguments(false);

/** The positions after the number of features. */
type ChannelNormPositions = [eps: number, momentum: number | null, affine: boolean];

/** The shape of the last dimensions of a sample. */
const aShape = worded(
  either(aCount, listOfKind(aCount, "a list of them")),
  (name, value) => `${name} must be an integer of at least 0 or a list of them, but got ${describeValue(value)}`,
);

/** The arguments of the layers whose statistics are not kept. */
const SIGNATURES = {
  LayerNorm: signature("LayerNorm", {
    normalizedShape: required(aShape),
    eps: optional(aNumber, 1e-5),
    elementwiseAffine: optional(aBoolean, true),
    bias: optional(aBoolean, true),
    ...PLACE,
  }),
  RMSNorm: signature("RMSNorm", {
    normalizedShape: required(aShape),
    eps: optional(nullable(aNumber), null),
    elementwiseAffine: optional(aBoolean, true),
    ...PLACE,
  }),
  LocalResponseNorm: signature("LocalResponseNorm", LOCAL_RESPONSE_ARGUMENTS),
  CrossMapLRN2d: signature("CrossMapLRN2d", LOCAL_RESPONSE_ARGUMENTS),
  GroupNorm: signature("GroupNorm", {
    numGroups: required(aPositiveCount),
    numChannels: required(aCount),
    eps: optional(aNumber, 1e-5),
    affine: optional(aBoolean, true),
    ...PLACE,
  }),
};

/** PyTorch's names of the buffers. */
const KEYS: Readonly<Record<string, string>> = {
  runningMean: "running_mean",
  runningVar: "running_var",
  numBatchesTracked: "num_batches_tracked",
};

/** Base of batch and instance normalization: parameters, running statistics and the printed form. */
export abstract class ChannelNorm extends Module {
  /** Number of features or channels, C. */
  numFeatures: number;
  /** Value added to the denominator for numerical stability. */
  eps: number;
  /** Weight of the batch in the running statistics; null: cumulative moving average. */
  momentum: number | null;
  /** Whether the layer has a learnable affine weight and bias. */
  affine: boolean;
  /** Whether the layer tracks the running mean and variance. */
  trackRunningStats: boolean;
  /** The learnable affine weight, `(C)`, or null. */
  weight: Parameter | null;
  /** The learnable affine bias, `(C)`, or null. */
  bias: Parameter | null;
  /** Running mean, `(C)`, or null. A buffer, `running_mean` in state dictionaries. */
  runningMean: Tensor | null;
  /** Running variance, `(C)`, or null. A buffer, `running_var` in state dictionaries. */
  runningVar: Tensor | null;
  /** Number of batches seen, a scalar int32, or null. A buffer, `num_batches_tracked` in state dictionaries. */
  numBatchesTracked: Tensor | null;

  constructor(parameters: typeof BATCH_NORM_ARGUMENTS, args: readonly unknown[]) {
    super();
    const { numFeatures, device, dtype, ...given } = signature(new.target.name, parameters).read(args);
    const shape = [numFeatures];
    this.numFeatures = numFeatures;
    this.eps = given.eps;
    this.momentum = given.momentum;
    this.affine = given.affine;
    this.trackRunningStats = given.trackRunningStats;
    this.weight = given.affine ? new Parameter(ones(shape, { device, dtype })) : null;
    this.bias = given.affine ? new Parameter(zeros(shape, { device, dtype })) : null;
    const tracks = given.trackRunningStats;
    this.runningMean = this.registerBuffer("runningMean", tracks ? zeros(shape, { device, dtype }) : null);
    this.runningVar = this.registerBuffer("runningVar", tracks ? ones(shape, { device, dtype }) : null);
    const count = tracks ? zeros([], { device, dtype: "int32" }) : null;
    this.numBatchesTracked = this.registerBuffer("numBatchesTracked", count);
    this.noteMembers("weight", "bias");
  }

  /** Throws a ShapeError unless the input has the layer's number of dimensions. */
  protected abstract checkInput(x: Tensor): void;

  /** Resets the running mean to 0, the variance to 1 and the count of batches to 0. */
  resetRunningStats(): void {
    noGrad(() => {
      this.runningMean?.zero_();
      this.runningVar?.fill_(1);
      this.numBatchesTracked?.zero_();
    });
  }
  /** Resets the running statistics, the affine weight to 1 and the bias to 0. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  protected override keyOf(field: string): string {
    return KEYS[field] ?? field;
  }
  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return `${numFeatures}, eps=${pythonRepr(eps)}, momentum=${pythonRepr(momentum)}, affine=${pythonRepr(affine)}, track_running_stats=${pythonRepr(trackRunningStats)}`;
  }
}

/** Base of the batch normalization layers, which differ in the inputs they accept. */
abstract class BatchNorm extends ChannelNorm {
  constructor(
    numFeatures: number,
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: BatchNormLayerOptions,
  );
  constructor(numFeatures: number, ...rest: SomeThenOptions<ChannelNormPositions, BatchNormLayerOptions>);
  constructor(options: { readonly numFeatures: number } & BatchNormLayerOptions);
  constructor(numFeatures: number, options?: BatchNormLayerOptions);
  constructor(...given: readonly unknown[]) {
    super(BATCH_NORM_ARGUMENTS, given);
  }
  /** Counts a batch in training, and tells its weight in the running statistics. */
  protected countBatch(dtype: DType): number | Tensor {
    const { numBatchesTracked } = this;
    return noGrad(() => {
      if (!this.training || !this.trackRunningStats || numBatchesTracked === null) return this.momentum ?? 0;
      numBatchesTracked.add_(1);
      return this.momentum ?? numBatchesTracked.to(dtype).reciprocal();
    });
  }

  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    this.checkMembers();
    const { weight, bias, eps, runningMean, runningVar } = this;
    const momentum = this.countBatch(x.dtype);
    const usesBatchStats = this.training || (runningMean === null && runningVar === null);
    const tracked = !this.training || this.trackRunningStats;
    return normalizeBatch(x, {
      runningMean: tracked ? runningMean : null,
      runningVar: tracked ? runningVar : null,
      weight,
      bias,
      training: usesBatchStats,
      momentum,
      eps,
    });
  }
}

/**
 * Batch normalization of 2-D or 3-D input: (x − mean) / √(variance + eps)·weight + bias, with the statistics of each
 * feature over the batch in training, the running ones in evaluation. See {@link batchNorm}; Ioffe and Szegedy, 2015.
 *
 * Shape: `(N,C)` or `(N,C,L)` to the same shape.
 *
 * @example
 * const layer = new nn.BatchNorm1d(2, { affine: false });
 * layer.forward(tensor([[1, 10], [3, 30]]));
 * // tensor([[-1.0000, -1.0000],
 * //         [ 1.0000,  1.0000]])
 * layer.runningMean; // tensor([0.2000, 2.0000])
 */
export class BatchNorm1d extends BatchNorm {
  protected override checkInput(x: Tensor): void {
    checkTensor("BatchNorm1d", x);
    if (x.ndim === 2 || x.ndim === 3) return;
    throw new ShapeError(`[BatchNorm1d] expected 2D or 3D input (got ${x.ndim}D input)`);
  }
}

/**
 * Batch normalization of 4-D input: (x − mean) / √(variance + eps)·weight + bias, with the statistics of each channel
 * over the batch in training, the running ones in evaluation. See {@link batchNorm}; Ioffe and Szegedy, 2015.
 *
 * Shape: `(N,C,H,W)` to the same shape.
 *
 * @example
 * new nn.BatchNorm2d(16).forward(randn(8, 16, 28, 28)).shape; // [8, 16, 28, 28]
 */
export class BatchNorm2d extends BatchNorm {
  protected override checkInput(x: Tensor): void {
    checkTensor("BatchNorm2d", x);
    if (x.ndim === 4) return;
    throw new ShapeError(`[BatchNorm2d] expected 4D input (got ${x.ndim}D input)`);
  }
}

/**
 * Batch normalization of 5-D input: (x − mean) / √(variance + eps)·weight + bias, with the statistics of each channel
 * over the batch in training, the running ones in evaluation. See {@link batchNorm}; Ioffe and Szegedy, 2015.
 *
 * Shape: `(N,C,D,H,W)` to the same shape.
 *
 * @example
 * new nn.BatchNorm3d(4).forward(randn(2, 4, 3, 8, 8)).shape; // [2, 4, 3, 8, 8]
 */
export class BatchNorm3d extends BatchNorm {
  protected override checkInput(x: Tensor): void {
    checkTensor("BatchNorm3d", x);
    if (x.ndim === 5) return;
    throw new ShapeError(`[BatchNorm3d] expected 5D input (got ${x.ndim}D input)`);
  }
}

/** Base of the instance normalization layers, which differ in the inputs they accept. */
abstract class InstanceNorm extends ChannelNorm {
  /** Number of dimensions of a batched input. */
  protected abstract readonly rank: number;

  constructor(
    numFeatures: number,
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: InstanceNormLayerOptions,
  );
  constructor(numFeatures: number, ...rest: SomeThenOptions<ChannelNormPositions, InstanceNormLayerOptions>);
  constructor(options: { readonly numFeatures: number } & InstanceNormLayerOptions);
  constructor(numFeatures: number, options?: InstanceNormLayerOptions);
  constructor(...given: readonly unknown[]) {
    super(INSTANCE_NORM_ARGUMENTS, given);
  }
  protected override checkInput(x: Tensor): void {
    checkTensor(this.constructor.name, x);
    if (x.ndim === this.rank || x.ndim === this.rank - 1) return;
    throw new ShapeError(
      `[${this.constructor.name}] expected ${this.rank - 1}D or ${this.rank}D input (got ${x.ndim}D input)`,
    );
  }
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    this.checkMembers();
    const { runningMean, runningVar, weight, bias, eps, momentum } = this;
    const useInputStats = this.training || !this.trackRunningStats;
    const normalize = (batch: Tensor): Tensor =>
      instanceNorm(batch, runningMean, runningVar, { weight, bias, useInputStats, momentum: momentum ?? 0, eps });
    return x.ndim === this.rank ? normalize(x) : asNonView("SqueezeBackward1", normalize(x.unsqueeze(0)).squeeze(0));
  }
}

/**
 * Instance normalization of 2-D or 3-D input: each channel of each sample has its own mean and variance. See
 * {@link instanceNorm}; Ulyanov et al., 2016.
 *
 * Shape: `(N,C,L)` or `(C,L)` to the same shape.
 *
 * @example
 * new nn.InstanceNorm1d(1).forward(tensor([[[1, 3]], [[10, 30]]]));
 * // tensor([[[-1.0000,  1.0000]],
 * //
 * //         [[-1.0000,  1.0000]]])
 */
export class InstanceNorm1d extends InstanceNorm {
  protected override readonly rank = 3;
}

/**
 * Instance normalization of 3-D or 4-D input: each channel of each sample has its own mean and variance. See
 * {@link instanceNorm}; Ulyanov et al., 2016.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to the same shape.
 *
 * @example
 * new nn.InstanceNorm2d(16, { affine: true }).forward(randn(8, 16, 28, 28)).shape; // [8, 16, 28, 28]
 */
export class InstanceNorm2d extends InstanceNorm {
  protected override readonly rank = 4;
}

/**
 * Instance normalization of 4-D or 5-D input: each channel of each sample has its own mean and variance. See
 * {@link instanceNorm}; Ulyanov et al., 2016.
 *
 * Shape: `(N,C,D,H,W)` or `(C,D,H,W)` to the same shape.
 *
 * @example
 * new nn.InstanceNorm3d(4).forward(randn(2, 4, 3, 8, 8)).shape; // [2, 4, 3, 8, 8]
 */
export class InstanceNorm3d extends InstanceNorm {
  protected override readonly rank = 5;
}

/**
 * Layer normalization over the last dimensions of each sample: (x − mean) / √(variance + eps)·weight + bias. See
 * {@link layerNorm}; Ba et al., 2016.
 *
 * Shape: `(N,*)` that ends in `normalizedShape`, to the same shape.
 *
 * @example
 * const layer = new nn.LayerNorm(3, { elementwiseAffine: false });
 * layer.forward(tensor([[1, 2, 3]])); // tensor([[-1.2247,  0.0000,  1.2247]])
 */
export class LayerNorm extends Module {
  /** Shape of the last dimensions, over which mean and variance are computed. */
  normalizedShape: readonly number[];
  /** Value added to the denominator for numerical stability. */
  eps: number;
  /** Whether the layer has a learnable affine weight and bias. */
  elementwiseAffine: boolean;
  /** The learnable affine weight, of `normalizedShape`, or null. */
  weight: Parameter | null;
  /** The learnable affine bias, of `normalizedShape`, or null. */
  bias: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    eps?: number,
    elementwiseAffine?: boolean,
    bias?: boolean,
    options?: LayerNormOptions,
  );
  constructor(
    normalizedShape: number | readonly number[],
    eps: number | undefined,
    elementwiseAffine: boolean | undefined,
    options: LayerNormOptions | undefined,
  );
  constructor(
    normalizedShape: number | readonly number[],
    eps: number | undefined,
    options: LayerNormOptions | undefined,
  );
  constructor(options: { readonly normalizedShape: number | readonly number[] } & LayerNormOptions);
  constructor(normalizedShape: number | readonly number[], options?: LayerNormOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { normalizedShape, eps, elementwiseAffine, bias, device, dtype } = SIGNATURES.LayerNorm.read(given);
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, { device, dtype })) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(this.normalizedShape, { device, dtype })) : null;
    this.noteMembers("weight", "bias");
  }

  /** Sets the affine weight to 1 and the bias to 0. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    return layerNorm(x, this.normalizedShape, this.weight, this.bias, this.eps);
  }
  override extraRepr(): string {
    return `${pythonRepr(this.normalizedShape)}, eps=${pythonRepr(this.eps)}, elementwise_affine=${pythonRepr(this.elementwiseAffine)}`;
  }
}

/**
 * Group normalization: the channels are divided into groups, and each group of each sample has its own mean and
 * variance. See {@link groupNorm}; Wu and He, 2018.
 *
 * Shape: `(N,C,*)` with C = `numChannels`, to the same shape.
 *
 * @throws ValueError for a number of channels that is not divisible by the number of groups.
 * @example
 * const layer = new nn.GroupNorm(2, 4, { affine: false });
 * layer.forward(tensor([[1, 3, 10, 30]])); // tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
 */
export class GroupNorm extends Module {
  /** Number of groups to separate the channels into. */
  numGroups: number;
  /** Number of channels. */
  numChannels: number;
  /** Value added to the denominator for numerical stability. */
  eps: number;
  /** Whether the layer has a learnable affine weight and bias. */
  affine: boolean;
  /** The learnable affine weight, `(numChannels)`, or null. */
  weight: Parameter | null;
  /** The learnable affine bias, `(numChannels)`, or null. */
  bias: Parameter | null;

  constructor(numGroups: number, numChannels: number, eps?: number, affine?: boolean, options?: GroupNormOptions);
  constructor(numGroups: number, numChannels: number, eps: number | undefined, options: GroupNormOptions | undefined);
  constructor(options: { readonly numGroups: number; readonly numChannels: number } & GroupNormOptions);
  constructor(numGroups: number, numChannels: number, options?: GroupNormOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { numGroups, numChannels, eps, affine, device, dtype } = SIGNATURES.GroupNorm.read(given);
    if (numChannels % numGroups !== 0) {
      throw new ValueError(
        `[GroupNorm] num_channels must be divisible by num_groups, but got ${numChannels} and ${numGroups}`,
      );
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
    this.weight = affine ? new Parameter(ones([numChannels], { device, dtype })) : null;
    this.bias = affine ? new Parameter(zeros([numChannels], { device, dtype })) : null;
    this.noteMembers("weight", "bias");
  }

  /** Sets the affine weight to 1 and the bias to 0. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    return groupNorm(x, this.numGroups, this.weight, this.bias, this.eps);
  }
  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${pythonRepr(this.eps)}, affine=${pythonRepr(this.affine)}`;
  }
}

/** Options of {@link RMSNorm}. */
export interface RMSNormOptions extends FactoryOptions {
  /** Value added to the mean square. Default null: the smallest step of the dtype above 1. */
  readonly eps?: number | null | undefined;
  /** If true, the layer has a learnable affine weight for each element. Default true. */
  readonly elementwiseAffine?: boolean | undefined;
}

/**
 * Root mean square layer normalization over the last dimensions of each sample: x / √(mean(x²) + eps)·weight. See
 * {@link rmsNorm}; Zhang and Sennrich, 2019. As in PyTorch 2.4.
 *
 * Shape: `(N,*)` that ends in `normalizedShape`, to the same shape.
 *
 * @example
 * new nn.RMSNorm(2, { elementwiseAffine: false }).forward(tensor([[3, 4]])); // tensor([[0.8485, 1.1314]])
 */
export class RMSNorm extends Module {
  /** Shape of the last dimensions, over which the mean square is computed. */
  normalizedShape: readonly number[];
  /** Value added to the mean square, or null for the smallest step of the dtype above 1. */
  eps: number | null;
  /** Whether the layer has a learnable affine weight. */
  elementwiseAffine: boolean;
  /** The learnable affine weight, of `normalizedShape`, or null. */
  weight: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    eps?: number | null,
    elementwiseAffine?: boolean,
    options?: RMSNormOptions,
  );
  constructor(
    normalizedShape: number | readonly number[],
    eps: number | null | undefined,
    options: RMSNormOptions | undefined,
  );
  constructor(options: { readonly normalizedShape: number | readonly number[] } & RMSNormOptions);
  constructor(normalizedShape: number | readonly number[], options?: RMSNormOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { normalizedShape, eps, elementwiseAffine, device, dtype } = SIGNATURES.RMSNorm.read(given);
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, { device, dtype })) : null;
    this.noteMembers("weight");
  }

  /** Sets the affine weight to 1. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    return rmsNorm(x, this.normalizedShape, this.weight, this.eps);
  }
  override extraRepr(): string {
    return `${pythonRepr(this.normalizedShape)}, eps=${pythonRepr(this.eps)}, elementwise_affine=${pythonRepr(this.elementwiseAffine)}`;
  }
}

/**
 * Local response normalization across neighbouring channels. See {@link localResponseNorm}; Krizhevsky et al., 2012.
 *
 * Shape: `(N,C,*)` to the same shape.
 *
 * @example
 * new nn.LocalResponseNorm(2).forward(rand(8, 16, 7, 7)).shape; // [8, 16, 7, 7]
 */
export class LocalResponseNorm extends Module {
  /** Number of neighbouring channels. */
  size: number;
  /** Factor of the mean square. */
  alpha: number;
  /** Exponent. */
  beta: number;
  /** Summand. */
  k: number;

  constructor(size: number, alpha?: number, beta?: number, k?: number);
  constructor(size: number, ...rest: SomeThenOptions<[alpha: number, beta: number], LocalResponseNormOptions>);
  constructor(options: { readonly size: number } & LocalResponseNormOptions);
  constructor(size: number, options?: LocalResponseNormOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { size, alpha, beta, k } = SIGNATURES.LocalResponseNorm.read(given);
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }
  override forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this.alpha, this.beta, this.k);
  }
  override extraRepr(): string {
    return `${this.size}, alpha=${pythonRepr(this.alpha)}, beta=${pythonRepr(this.beta)}, k=${pythonRepr(this.k, true)}`;
  }
}

/**
 * Local response normalization across neighbouring channels of images, as Lua's Torch had it and PyTorch computes it: the
 * first channel counts in every window. Use {@link LocalResponseNorm} for anything new.
 *
 * Shape: `(N,C,H,W)` to the same shape.
 *
 * @throws ShapeError for inputs without four dimensions.
 * @example
 * new nn.CrossMapLRN2d(5).forward(rand(2, 8, 7, 7)).shape; // [2, 8, 7, 7]
 */
export class CrossMapLRN2d extends Module {
  /** Number of neighbouring channels. */
  size: number;
  /** Factor of the mean square. Default 1e-4. */
  alpha: number;
  /** Exponent. Default 0.75. */
  beta: number;
  /** Summand. Default 1. */
  k: number;

  constructor(size: number, alpha?: number, beta?: number, k?: number);
  constructor(size: number, ...rest: SomeThenOptions<[alpha: number, beta: number], LocalResponseNormOptions>);
  constructor(options: { readonly size: number } & LocalResponseNormOptions);
  constructor(size: number, options?: LocalResponseNormOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { size, alpha, beta, k } = SIGNATURES.CrossMapLRN2d.read(given);
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }
  override forward(x: Tensor): Tensor {
    if (x.ndim !== 4) throw new ShapeError(`[CrossMapLRN2d] Expected 4D input, got ${x.ndim}D input instead.`);
    const { size, alpha, beta, k } = this;
    const [batch, channels, ...image] = x.shape as [number, number, number, number];
    // A window of 2·reach − 1 channels, divided by `size` all the same; and the first channel, which PyTorch never drops.
    const reach = Math.floor((size - 1) / 2 + 1);
    const places = arange(channels, { device: x.device });
    const near = places.unsqueeze(1).sub(places).abs().lt(reach).logicalOr(places.eq(0)).to(x.dtype);
    const sums = near.matmul(x.square().reshape(batch, channels, -1)).view([batch, channels, ...image]);
    return withGradFnName(
      "CrossMapLRN2dBackward",
      sums
        .mul(alpha / size)
        .add(k)
        .pow(-beta)
        .mul(x),
    );
  }
  override extraRepr(): string {
    return `${this.size}, alpha=${pythonRepr(this.alpha)}, beta=${pythonRepr(this.beta)}, k=${pythonRepr(this.k)}`;
  }
}

const CONVERT = signature("convertSyncBatchnorm", {
  module: required(kind<Module<unknown>>("a Module", (value) => value instanceof Module)),
});

/**
 * Batch normalization with the statistics of the batches of all ranks, for training with `DistributedDataParallel` where
 * each rank's batch is small. In evaluation, and in a process group of one rank or none, it is ordinary batch
 * normalization. See {@link batchNorm}. Unlike PyTorch's it works on the CPU.
 *
 * Shape: `(N,C,*)` to the same shape. All ranks have to call `forward` and `backward`, equally often.
 *
 * @example
 * const layer = new nn.SyncBatchNorm(2, { affine: false });
 * layer.forward(tensor([[1, 10], [3, 30]]));
 * // tensor([[-1.0000, -1.0000],
 * //         [ 1.0000,  1.0000]])
 */
export class SyncBatchNorm extends BatchNorm {
  protected override checkInput(x: Tensor): void {
    checkTensor("SyncBatchNorm", x);
    if (x.ndim < 2) throw new ShapeError(`[SyncBatchNorm] expected at least 2D input (got ${x.ndim}D input)`);
  }

  override forward(x: Tensor): Tensor {
    const group = ranks();
    const { weight, bias, eps, runningMean, runningVar } = this;
    const usesBatch = this.training || (runningMean === null && runningVar === null);
    if (!usesBatch || group === null || group.size === 1) return super.forward(x);
    this.checkInput(x);
    this.checkMembers();
    const momentum = this.countBatch(x.dtype);
    const dims = [...x.shape.keys()].filter((d) => d !== 1);
    const channels = x.size(1);
    const column = (t: Tensor): Tensor => t.view([1, channels, ...new Array<number>(x.ndim - 2).fill(1)]);
    const own = tensor([x.numel() / channels], { dtype: x.dtype, device: x.device });
    const sums = group.sum(cat([x.sum(dims), own]));
    const count = sums.at(-1).detach();
    const mean = sums.narrow(0, 0, channels).div(count);
    const centered = x.sub(column(mean));
    const variance = group.sum(centered.square().sum(dims)).div(count);
    if (this.training && this.trackRunningStats) {
      noGrad(() => {
        updateRunning(runningMean, mean, momentum);
        // The running variance is the unbiased one.
        updateRunning(runningVar, variance.mul(count.div(count.sub(1))), momentum);
      });
    }
    const normalized = centered.mul(column(variance.add(eps).rsqrt()));
    if (weight === null || bias === null) return normalized;
    return normalized.mul(column(weight)).add(column(bias));
  }

  /**
   * Replaces all batch normalizations in a module, which keep their parameters and buffers, and returns the module; a
   * batch normalization itself is returned as a new layer.
   *
   * @example
   * const model = nn.SyncBatchNorm.convertSyncBatchnorm(new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3)));
   * String(model.at(1)); // SyncBatchNorm(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
   */
  static convertSyncBatchnorm<M extends Module<unknown>>(module: M): M extends BatchNorm ? SyncBatchNorm : M;
  static convertSyncBatchnorm(...given: readonly unknown[]): Module<unknown> {
    return convert(CONVERT.read(given).module);
  }
}

function convert(module: Module<unknown>): Module<unknown> {
  if (module instanceof BatchNorm && !(module instanceof SyncBatchNorm)) {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = module;
    const layer = new SyncBatchNorm(numFeatures, { eps, momentum, affine, trackRunningStats });
    layer.weight = module.weight;
    layer.bias = module.bias;
    layer.runningMean = module.runningMean;
    layer.runningVar = module.runningVar;
    layer.numBatchesTracked = module.numBatchesTracked;
    return layer.train(module.training);
  }
  for (const [name, child] of module.namedChildren()) {
    const converted = convert(child);
    if (converted !== child) module.addModule(name, converted);
  }
  return module;
}
