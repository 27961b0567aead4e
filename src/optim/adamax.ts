/** @file Adamax. */
import type { Tensor } from "../tensor/tensor.ts";
import { checkBetas, checkNotNegative, descentGrad, Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

export interface AdamaxOptions {
  /** Learning rate. Default 0.002. */
  lr: number;
  /** Share of the last mean of g that is kept, and of its largest size. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to |g|. Default 1e-8. */
  eps: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weightDecay: number;
  /** Climb instead of descend. Default false. */
  maximize: boolean;
}

export interface AdamaxState {
  step: number;
  /** Running mean of g. */
  expAvg: Tensor;
  /** Largest |g| so far, fading. */
  expInf: Tensor;
}

/**
 * Adam with the infinity norm in place of the second moment (Kingma and Ba, 2014, section 7.1):
 * p ← p − lr / (1 − β₁ᵗ) · m / u, where u ← max(β₂·u, |g| + eps).
 */
export class Adamax extends Optimizer<AdamaxOptions, AdamaxState> {
  constructor(params: Params<AdamaxOptions>, options?: Partial<AdamaxOptions>);
  constructor(params: Params<AdamaxOptions>, ...given: readonly unknown[]) {
    super(params, { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false }, given);
  }

  protected override checkOptions(options: Readonly<AdamaxOptions>): void {
    checkNotNegative("Adamax", "learning rate", options.lr);
    checkNotNegative("Adamax", "epsilon value", options.eps);
    checkBetas("Adamax", options.betas);
    checkNotNegative("Adamax", "weight_decay value", options.weightDecay);
  }
  protected override makeState(param: Tensor): AdamaxState {
    return { step: 0, expAvg: param.newZeros(param.shape), expInf: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, state: AdamaxState, group: ParamGroup<AdamaxOptions>): void {
    const [beta1, beta2] = group.betas;
    const { expAvg, expInf } = state;
    state.step++;
    const g = descentGrad(param, grad, group);
    expAvg.mul_(beta1).add_(g.mul(1 - beta1));
    expInf.copy_(expInf.mul(beta2).maximum(g.abs().add(group.eps)));
    param.sub_(expAvg.div(expInf).mul(group.lr / (1 - beta1 ** state.step)));
  }
}
