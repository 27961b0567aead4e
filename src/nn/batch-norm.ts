/** @file Layers that normalise batches. */
import type { Device, DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/mode.ts";
import { ones, zeros } from "../tensor/create.ts";
import { ShapeError } from "../tensor/errors.ts";
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkWhole } from "./functional/check.ts";
import { normalizeBatch } from "./functional/normalization.ts";
import { ones_, zeros_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface BatchNormLayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Share of a batch in the running statistics; null: they are the mean of all batches so far. Default 0.1. */
  readonly momentum?: number | null | undefined;
  /** Whether to learn factors and summands. Default true. */
  readonly affine?: boolean | undefined;
  /** Whether to keep running statistics, which evaluation uses. Default true. */
  readonly trackRunningStats?: boolean | undefined;
  /** Default "cpu". */
  readonly device?: Device | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

const KEYS: Readonly<Record<string, string>> = {
  runningMean: "running_mean",
  runningVar: "running_var",
  numBatchesTracked: "num_batches_tracked",
};

/** What the layers have in common; they differ in the inputs they take. */
abstract class BatchNorm extends Module {
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

  constructor(
    numFeatures: number,
    eps?: number | BatchNormLayerOptions,
    momentum?: number | null | BatchNormLayerOptions,
    affine?: boolean | BatchNormLayerOptions,
    trackRunningStats?: boolean | BatchNormLayerOptions,
  ) {
    super();
    const op = new.target.name;
    const defaults: Required<{ [K in keyof BatchNormLayerOptions]: NonNullable<BatchNormLayerOptions[K]> }> & {
      momentum: number | null;
    } = { eps: 1e-5, momentum: 0.1, affine: true, trackRunningStats: true, device: "cpu", dtype: "float32" };
    const { device, dtype, ...given } = readArguments(op, defaults, [eps, momentum, affine, trackRunningStats]);
    checkWhole(op, "numFeatures", numFeatures);
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

  override forward(x: Tensor): Tensor {
    this.checkInput(x);
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
  protected override keyOf(field: string): string {
    return KEYS[field] ?? field;
  }
  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return `${numFeatures}, eps=${pythonRepr(eps)}, momentum=${pythonRepr(momentum)}, affine=${pythonRepr(affine)}, track_running_stats=${pythonRepr(trackRunningStats)}`;
  }
}

/** Normalises each feature of a batch [N,C] or [N,C,L]: see {@link batchNorm}. */
export class BatchNorm1d extends BatchNorm {
  protected override checkInput(x: Tensor): void {
    if (x.ndim === 2 || x.ndim === 3) return;
    throw new ShapeError(`[BatchNorm1d] expected 2D or 3D input (got ${x.ndim}D input)`);
  }
}

/** Normalises each channel of a batch of images [N,C,H,W]: see {@link batchNorm}. */
export class BatchNorm2d extends BatchNorm {
  protected override checkInput(x: Tensor): void {
    if (x.ndim === 4) return;
    throw new ShapeError(`[BatchNorm2d] expected 4D input (got ${x.ndim}D input)`);
  }
}
