/** @file RAdam. */
import type { Tensor } from "../tensor/tensor.ts";
import { checkBetas, checkNotNegative, descentGrad, Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

export interface RAdamOptions {
  /** Learning rate. Default 0.001. */
  lr: number;
  /** Shares of the last means of g and of g² that are kept. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the root before dividing by it. Default 1e-8. */
  eps: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weightDecay: number;
}

export interface RAdamState {
  step: number;
  /** Running mean of g. */
  expAvg: Tensor;
  /** Running mean of g². */
  expAvgSq: Tensor;
}

/**
 * Adam whose adaptive rate sets in only when the mean of g² rests on enough steps (Liu et al., 2020):
 * p ← p − lr·m̂ at first, and p ← p − lr·r·m̂·√(1 − β₂ᵗ) / (√v + eps) as soon as the length ρ of the average exceeds 5.
 */
export class RAdam extends Optimizer<RAdamOptions, RAdamState> {
  constructor(params: Params<RAdamOptions>, options?: Partial<RAdamOptions>);
  constructor(params: Params<RAdamOptions>, ...given: readonly unknown[]) {
    super(params, { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 }, given);
  }

  protected override checkOptions(options: Readonly<RAdamOptions>): void {
    checkNotNegative("RAdam", "learning rate", options.lr);
    checkNotNegative("RAdam", "epsilon value", options.eps);
    checkBetas("RAdam", options.betas);
    checkNotNegative("RAdam", "weight_decay value", options.weightDecay);
  }
  protected override makeState(param: Tensor): RAdamState {
    return { step: 0, expAvg: param.newZeros(param.shape), expAvgSq: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, state: RAdamState, group: ParamGroup<RAdamOptions>): void {
    const [beta1, beta2] = group.betas;
    const { expAvg, expAvgSq } = state;
    const step = ++state.step;
    const g = descentGrad(param, grad, group);
    expAvg.mul_(beta1).add_(g.mul(1 - beta1));
    expAvgSq.mul_(beta2).add_(g.mul(g).mul_(1 - beta2));
    const correction2 = 1 - beta2 ** step;
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * step * beta2 ** step) / correction2;
    const change = expAvg.mul(group.lr / (1 - beta1 ** step));
    if (length > 5) {
      const share = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
      change.mul_(Math.sqrt(share * correction2)).div_(expAvgSq.sqrt().add_(group.eps));
    }
    param.sub_(change);
  }
}
