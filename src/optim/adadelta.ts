/** @file Adadelta. */
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNotNegative, descentGrad, Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

export interface AdadeltaOptions {
  /** Factor of the step. Default 1. */
  lr: number;
  /** Share of the last means of g² and of squared steps that is kept. Default 0.9. */
  rho: number;
  /** Added under both roots. Default 1e-6. */
  eps: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weightDecay: number;
  /** Climb instead of descend. Default false. */
  maximize: boolean;
}

export interface AdadeltaState {
  step: number;
  /** Running mean of g². */
  squareAvg: Tensor;
  /** Running mean of the squares of the steps, before lr. */
  accDelta: Tensor;
}

/** p ← p − lr·Δ with Δ = g · √(mean of Δ² + eps) / √(mean of g² + eps), both means running (Zeiler, 2012). */
export class Adadelta extends Optimizer<AdadeltaOptions, AdadeltaState> {
  constructor(params: Params<AdadeltaOptions>, options?: Partial<AdadeltaOptions>);
  constructor(params: Params<AdadeltaOptions>, ...given: readonly unknown[]) {
    super(params, { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false }, given);
  }

  protected override checkOptions(options: Readonly<AdadeltaOptions>): void {
    checkNotNegative("Adadelta", "learning rate", options.lr);
    checkNotNegative("Adadelta", "rho value", options.rho);
    if (options.rho > 1) throw new ValueError(`[Adadelta] Invalid rho value: ${options.rho}. Expected at most 1.`);
    checkNotNegative("Adadelta", "epsilon value", options.eps);
    checkNotNegative("Adadelta", "weight_decay value", options.weightDecay);
  }
  protected override makeState(param: Tensor): AdadeltaState {
    return { step: 0, squareAvg: param.newZeros(param.shape), accDelta: param.newZeros(param.shape) };
  }
  protected override update(
    param: Tensor,
    grad: Tensor,
    state: AdadeltaState,
    { rho, eps, ...group }: ParamGroup<AdadeltaOptions>,
  ): void {
    state.step++;
    const g = descentGrad(param, grad, group);
    state.squareAvg.mul_(rho).add_(g.mul(g).mul_(1 - rho));
    const delta = state.accDelta.add(eps).sqrt().div_(state.squareAvg.add(eps).sqrt()).mul_(g);
    state.accDelta.mul_(rho).add_(delta.mul(delta).mul_(1 - rho));
    param.sub_(delta.mul(group.lr));
  }
}
