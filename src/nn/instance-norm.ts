/** @file Layers that normalise single instances. */
import type { ThenOptions } from "../core/arguments.ts";
import { ShapeError } from "../tensor/errors.ts";
import { fresh } from "../tensor/functions/named.ts";
import { checkTensor } from "../tensor/promote.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  ChannelNorm,
  type ChannelNormOptions,
  type ChannelNormPositions,
  INSTANCE_NORM_ARGUMENTS,
} from "./channel-norm.ts";
import { instanceNorm } from "./functional/instance-norm.ts";

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
  constructor(numFeatures: number, ...rest: ThenOptions<ChannelNormPositions, ChannelNormOptions>);
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
