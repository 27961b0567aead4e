/** @file Normalization layers: batch, instance, group and layer normalization. */
import type { DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, either, listOfKind, nullable, worded } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { ones, zeros } from "../tensor/create.ts";
import { fresh } from "../tensor/functions/grad-fn-name.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import { groupNorm, instanceNorm, layerNorm, normalizeBatch } from "./functional/normalization.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/validate.ts";
import { ones_, zeros_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface ChannelNormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Share of a batch in the running statistics; null: they are the mean of all batches so far. Default 0.1. */
  readonly momentum?: number | null | undefined;
  /** Whether to learn factors and summands. Default true, for instances false. */
  readonly affine?: boolean | undefined;
  /** Whether to keep running statistics, which evaluation uses. Default true, for instances false. */
  readonly trackRunningStats?: boolean | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

/** The arguments of a layer that learns and keeps statistics, or does neither, unless it is told otherwise. */
function declared(usual: boolean) {
  return {
    numFeatures: required(aCount),
    eps: optional(aNumber, 1e-5),
    momentum: optional(nullable(aNumber), 0.1),
    affine: optional(aBoolean, usual),
    trackRunningStats: optional(aBoolean, usual),
    ...PLACE,
  };
}
export const BATCH_NORM_ARGUMENTS = declared(true);
export const INSTANCE_NORM_ARGUMENTS = declared(false);

/** The positions after the number of features. */
export type ChannelNormPositions = [eps: number, momentum: number | null, affine: boolean];

const KEYS: Readonly<Record<string, string>> = {
  runningMean: "running_mean",
  runningVar: "running_var",
  numBatchesTracked: "num_batches_tracked",
};

/** Layers differ in what they normalise, and in the inputs they take. */
export abstract class ChannelNorm extends Module {
  numFeatures: number;
  eps: number;
  momentum: number | null;
  affine: boolean;
  trackRunningStats: boolean;
  /** [numFeatures], or null. */
  weight: Parameter | null;
  /** [numFeatures], or null. */
  bias: Parameter | null;
  /** [numFeatures], or null. A buffer, `running_mean` in state dictionaries. */
  runningMean: Tensor | null;
  /** [numFeatures], or null. A buffer, `running_var` in state dictionaries. */
  runningVar: Tensor | null;
  /** One int32, or null. A buffer, `num_batches_tracked` in state dictionaries. */
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

  /** Throws a ShapeError unless the layer is for inputs like this. */
  protected abstract checkInput(x: Tensor): void;

  /** Forgets the running statistics. */
  resetRunningStats(): void {
    noGrad(() => {
      this.runningMean?.zero_();
      this.runningVar?.fill_(1);
      this.numBatchesTracked?.zero_();
    });
  }
  /** Forgets the running statistics, and sets the factors to 1 and the summands to 0. */
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

export type BatchNormLayerOptions = ChannelNormOptions;

/** What the layers have in common; they differ in the inputs they take. */
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
  constructor(numFeatures: number, options?: BatchNormLayerOptions);
  constructor(...given: readonly unknown[]) {
    super(BATCH_NORM_ARGUMENTS, given);
  }
  override forward(x: Tensor): Tensor {
    this.checkInput(x);
    this.checkMembers();
    const { weight, bias, eps, runningMean, runningVar, numBatchesTracked } = this;
    const tracking = this.training && this.trackRunningStats;
    const share = noGrad(() => {
      if (!tracking || numBatchesTracked === null) return this.momentum ?? 0;
      numBatchesTracked.add_(1);
      return this.momentum ?? numBatchesTracked.to(x.dtype).reciprocal();
    });
    const byBatch = this.training || (runningMean === null && runningVar === null);
    const tracked = !this.training || this.trackRunningStats;
    return normalizeBatch(x, {
      runningMean: tracked ? runningMean : null,
      runningVar: tracked ? runningVar : null,
      weight,
      bias,
      training: byBatch,
      momentum: share,
      eps,
    });
  }
}

/** Normalises each feature of a batch [N,C] or [N,C,L]: see {@link batchNorm}. */
export class BatchNorm1d extends BatchNorm {
  protected override checkInput(x: Tensor): void {
    checkTensor("BatchNorm1d", x);
    if (x.ndim === 2 || x.ndim === 3) return;
    throw new ShapeError(`[BatchNorm1d] expected 2D or 3D input (got ${x.ndim}D input)`);
  }
}

/** Normalises each channel of a batch of images [N,C,H,W]: see {@link batchNorm}. */
export class BatchNorm2d extends BatchNorm {
  protected override checkInput(x: Tensor): void {
    checkTensor("BatchNorm2d", x);
    if (x.ndim === 4) return;
    throw new ShapeError(`[BatchNorm2d] expected 4D input (got ${x.ndim}D input)`);
  }
}

/** What the layers have in common; they differ in the inputs they take. */
abstract class InstanceNorm extends ChannelNorm {
  /** Rank of an input with a batch. */
  protected abstract readonly rank: number;

  constructor(
    numFeatures: number,
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
    options?: ChannelNormOptions,
  );
  constructor(numFeatures: number, ...rest: SomeThenOptions<ChannelNormPositions, ChannelNormOptions>);
  constructor(numFeatures: number, options?: ChannelNormOptions);
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
    const normalised = (batch: Tensor): Tensor =>
      instanceNorm(batch, runningMean, runningVar, { weight, bias, useInputStats, momentum: momentum ?? 0, eps });
    return x.ndim === this.rank ? normalised(x) : fresh("SqueezeBackward1", normalised(x.unsqueeze(0)).squeeze(0));
  }
}

/** Normalises each channel of each line [N,C,L], or [C,L], on its own: see {@link instanceNorm}. */
export class InstanceNorm1d extends InstanceNorm {
  protected override readonly rank = 3;
}

/** Normalises each channel of each image [N,C,H,W], or [C,H,W], on its own: see {@link instanceNorm}. */
export class InstanceNorm2d extends InstanceNorm {
  protected override readonly rank = 4;
}

interface PlaceOptions {
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

export interface LayerNormOptions extends PlaceOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Whether to learn factors and summands. Default true. */
  readonly elementwiseAffine?: boolean | undefined;
}

export interface GroupNormOptions extends PlaceOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Whether to learn factors and summands. Default true. */
  readonly affine?: boolean | undefined;
}

const SIGNATURES = {
  LayerNorm: signature("LayerNorm", {
    normalizedShape: required(
      worded(
        either(aCount, listOfKind(aCount, "a list of them")),
        (name, value) =>
          `${name} must be a whole number of at least 0 or a list of them, but got ${describeValue(value)}`,
      ),
    ),
    eps: optional(aNumber, 1e-5),
    elementwiseAffine: optional(aBoolean, true),
    ...PLACE,
  }),
  GroupNorm: signature("GroupNorm", {
    numGroups: required(aPositiveCount),
    numChannels: required(aCount),
    eps: optional(aNumber, 1e-5),
    affine: optional(aBoolean, true),
    ...PLACE,
  }),
};

/** Normalises over the last dimensions of each sample: see {@link layerNorm}. */
export class LayerNorm extends Module {
  normalizedShape: readonly number[];
  eps: number;
  elementwiseAffine: boolean;
  /** Of the normalised shape, or null. */
  weight: Parameter | null;
  /** Of the normalised shape, or null. */
  bias: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    eps?: number,
    elementwiseAffine?: boolean,
    options?: LayerNormOptions,
  );
  constructor(
    normalizedShape: number | readonly number[],
    eps: number | undefined,
    options: LayerNormOptions | undefined,
  );
  constructor(normalizedShape: number | readonly number[], options?: LayerNormOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { normalizedShape, eps, elementwiseAffine, device, dtype } = SIGNATURES.LayerNorm.read(given);
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, { device, dtype })) : null;
    this.bias = elementwiseAffine ? new Parameter(zeros(this.normalizedShape, { device, dtype })) : null;
    this.noteMembers("weight", "bias");
  }

  /** Sets the factors to 1 and the summands to 0. */
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

/** Normalises groups of channels of each sample: see {@link groupNorm}. */
export class GroupNorm extends Module {
  numGroups: number;
  numChannels: number;
  eps: number;
  affine: boolean;
  /** [numChannels], or null. */
  weight: Parameter | null;
  /** [numChannels], or null. */
  bias: Parameter | null;

  /** @throws ValueError for channels that do not divide into the groups. */
  constructor(numGroups: number, numChannels: number, eps?: number, affine?: boolean, options?: GroupNormOptions);
  constructor(numGroups: number, numChannels: number, eps: number | undefined, options: GroupNormOptions | undefined);
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

  /** Sets the factors to 1 and the summands to 0. */
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
