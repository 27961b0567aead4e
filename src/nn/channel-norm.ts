/** @file What layers have in common that normalise channels: factors and summands, running statistics. */
import type { DType } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { optional, required, signature } from "../core/arguments.ts";
import { aBoolean, aNumber, nullable } from "../core/kinds.ts";
import { ones, zeros } from "../tensor/create.ts";
import type { DeviceChoice } from "../tensor/devices.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aCount, PLACE } from "./functional/check.ts";
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
