/** @file NAdam. */
import { backendFor } from "../core/device.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  checkBetas,
  checkNotNegative,
  Optimizer,
  type ParamGroup,
  type Params,
  type RateThenOptions,
  stepNumbers,
} from "./optimizer.ts";

/** Options of {@link NAdam}. */
export interface NAdamOptions {
  /** Learning rate. Default 0.002. */
  lr: number;
  /** Coefficients for the running averages of the gradient and its square. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Term added to the denominator for numerical stability. Default 1e-8. */
  eps: number;
  /** Weight decay (L2 penalty). Default 0. */
  weightDecay: number;
  /** Momentum decay: how fast the momentum rises from β₁/2 to β₁. Default 0.004. */
  momentumDecay: number;
}

/** State of {@link NAdam} for one parameter. */
export interface NAdamState {
  /** Number of steps. */
  step: number;
  /** Product of all momenta so far, in float32 for every dtype, as in PyTorch. */
  muProduct: number;
  /** Exponential moving average of the gradient. */
  expAvg: Tensor;
  /** Exponential moving average of the squared gradient. */
  expAvgSq: Tensor;
}

/**
 * Adam with Nesterov momentum (Dozat, 2016): p ← p − lr · (a · g + b · m) / (√v̂ + eps), where a = (1 − μₜ) / (1 − Πμ) and
 * b = μₜ₊₁ / (1 − μₜ · μₜ₊₁ · Πμ), with μₜ = β₁ · (1 − 0.96^(t · momentumDecay) / 2) and Πμ the product of all momenta up to μₜ.
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.NAdam([w], { lr: 0.1 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   w.square().sum().backward();
 *   optimizer.step();
 * }
 * w.detach(); // tensor([0.8211, -1.8191])
 */
export class NAdam extends Optimizer<NAdamOptions, NAdamState> {
  constructor(params: Params<NAdamOptions>, ...options: RateThenOptions<NAdamOptions>);
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
    const { expAvg, expAvgSq } = state;
    const options = stepNumbers(this, state, group, () => {
      const [beta1, beta2] = group.betas;
      const step = ++state.step;
      const momentum = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * group.momentumDecay));
      const [mu, muNext] = [momentum(step), momentum(step + 1)];
      state.muProduct = timesSingle(state.muProduct, mu);
      const nextProduct = timesSingle(timesSingle(state.muProduct, mu), muNext);
      return {
        ...group,
        beta1,
        beta2,
        step,
        gradRate: (group.lr * (1 - mu)) / (1 - state.muProduct),
        momentumRate: (group.lr * muNext) / (1 - nextProduct),
      };
    });
    backendFor(param.device).optimizerStep("nadam", param, grad, { expAvg, expAvgSq }, options);
  }
}

/** a·b as PyTorch has it where `a` is a float32 tensor and `b` a number. */
function timesSingle(a: number, b: number): number {
  return Math.fround(a * Math.fround(b));
}
