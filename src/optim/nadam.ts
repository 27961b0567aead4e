/** @file NAdam. */
import type { Tensor } from "../tensor/tensor.ts";
import { checkBetas, checkNotNegative, descentGrad, Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

export interface NAdamOptions {
  /** Learning rate. Default 0.002. */
  lr: number;
  /** Shares of the last means of g and of g² that are kept. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the root before dividing by it. Default 1e-8. */
  eps: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weightDecay: number;
  /** How fast the momentum rises from half of betas[0] to the whole. Default 0.004. */
  momentumDecay: number;
}

export interface NAdamState {
  step: number;
  /** Product of all momenta so far. PyTorch keeps it in float32 whatever the parameter's dtype is, and so do we. */
  muProduct: number;
  /** Running mean of g. */
  expAvg: Tensor;
  /** Running mean of g². */
  expAvgSq: Tensor;
}

/**
 * Adam with Nesterov's momentum (Dozat, 2016): p ← p − lr·(a·g + b·m) / (√v̂ + eps), where a = (1 − μₜ) / (1 − Πμ) and
 * b = μₜ₊₁ / (1 − μₜ·μₜ₊₁·Πμ), with μₜ = β₁·(1 − 0.96^(t·momentumDecay) / 2) and Πμ the product of all momenta up to μₜ.
 */
export class NAdam extends Optimizer<NAdamOptions, NAdamState> {
  constructor(params: Params<NAdamOptions>, options?: Partial<NAdamOptions>);
  constructor(params: Params<NAdamOptions>, ...given: readonly unknown[]) {
    super(params, { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, momentumDecay: 4e-3 }, given);
  }

  protected override checkOptions(options: Readonly<NAdamOptions>): void {
    checkNotNegative("NAdam", "learning rate", options.lr);
    checkNotNegative("NAdam", "epsilon value", options.eps);
    checkBetas("NAdam", options.betas);
    checkNotNegative("NAdam", "weight_decay value", options.weightDecay);
    checkNotNegative("NAdam", "momentum_decay value", options.momentumDecay);
  }
  protected override makeState(param: Tensor): NAdamState {
    return { step: 0, muProduct: 1, expAvg: param.newZeros(param.shape), expAvgSq: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, state: NAdamState, group: ParamGroup<NAdamOptions>): void {
    const [beta1, beta2] = group.betas;
    const { expAvg, expAvgSq } = state;
    const step = ++state.step;
    const momentum = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * group.momentumDecay));
    const [mu, muNext] = [momentum(step), momentum(step + 1)];
    state.muProduct = timesSingle(state.muProduct, mu);
    const nextProduct = timesSingle(timesSingle(state.muProduct, mu), muNext);
    const g = descentGrad(param, grad, group);
    expAvg.mul_(beta1).add_(g.mul(1 - beta1));
    expAvgSq.mul_(beta2).add_(g.mul(g).mul_(1 - beta2));
    const root = expAvgSq
      .div(1 - beta2 ** step)
      .sqrt()
      .add_(group.eps);
    param.sub_(g.div(root).mul_((group.lr * (1 - mu)) / (1 - state.muProduct)));
    param.sub_(expAvg.div(root).mul_((group.lr * muNext) / (1 - nextProduct)));
  }
}

/** a·b as PyTorch has it where `a` is a float32 tensor and `b` a number. */
function timesSingle(a: number, b: number): number {
  return Math.fround(a * Math.fround(b));
}
