/** @file Layers that normalise batches. */

import { noGrad } from "../autograd/grad-mode.ts";
import type { ThenOptions } from "../core/arguments.ts";
import { ShapeError } from "../tensor/errors.ts";
import { checkTensor } from "../tensor/promote.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  BATCH_NORM_ARGUMENTS,
  ChannelNorm,
  type ChannelNormOptions,
  type ChannelNormPositions,
} from "./channel-norm.ts";
import { normalizeBatch } from "./functional/normalization.ts";

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
  constructor(numFeatures: number, ...rest: ThenOptions<ChannelNormPositions, BatchNormLayerOptions>);
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
