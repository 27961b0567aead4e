/** @file Sums over all ranks with gradients, for SyncBatchNorm. */
import { CustomFunction } from "../autograd/function.ts";
import { setRanks } from "../nn/rank-sums.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allReduce } from "./collectives.ts";
import { getWorldSize, isInitialized } from "./process-group.ts";

/** The sum over all ranks; its gradient is the sum of the gradients of all ranks. */
class SumOverRanks extends CustomFunction {
  static forward(_ctx: unknown, x: Tensor): Tensor {
    const total = x.clone();
    allReduce(total);
    return total;
  }

  static backward(_ctx: unknown, grad: Tensor): Tensor {
    return SumOverRanks.apply(grad);
  }
}

/** Lets the layers of `nn` that need the statistics of all ranks find them. */
export function joinLayers(): void {
  setRanks(() => {
    if (!isInitialized()) return null;
    return { size: getWorldSize(), sum: (t) => SumOverRanks.apply(t) };
  });
}
