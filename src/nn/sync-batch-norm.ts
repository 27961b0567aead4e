/** @file SyncBatchNorm: batch normalization with the statistics of all ranks. */
import { noGrad } from "../autograd/grad-mode.ts";
import { required, signature } from "../core/arguments.ts";
import { ShapeError } from "../core/errors.ts";
import { kind } from "../core/kinds.ts";
import { tensor } from "../tensor/create.ts";
import { cat } from "../tensor/functional.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
import { updateRunning } from "./functional/normalization.ts";
import { Module } from "./module.ts";
import { BatchNorm } from "./normalization.ts";
import { ranks } from "./rank-sums.ts";

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
