/** @file RAdam. */
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

/** Options of {@link RAdam}. */
export interface RAdamOptions {
  /** Learning rate. Default 0.001. */
  lr: number;
  /** Coefficients for the running averages of the gradient and its square. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Term added to the denominator for numerical stability. Default 1e-8. */
  eps: number;
  /** Weight decay (L2 penalty). Default 0. */
  weightDecay: number;
}

/** State of {@link RAdam} for one parameter. */
export interface RAdamState {
  /** Number of steps. */
  step: number;
  /** Exponential moving average of the gradient. */
  expAvg: Tensor;
  /** Exponential moving average of the squared gradient. */
  expAvgSq: Tensor;
}

/**
 * Rectified Adam (Liu et al., 2020), whose adaptive learning rate is used only once its variance is tractable: p ← p − lr · m̂
 * at first, and p ← p − lr · r · m̂ · √(1 − β₂ᵗ) / (√v + eps) as soon as the length ρ of the simple moving average exceeds 5.
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.RAdam([w], { lr: 0.1 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   w.square().sum().backward();
 *   optimizer.step();
 * }
 * w.detach(); // tensor([0.6211, -1.2421])
 */
export class RAdam extends Optimizer<RAdamOptions, RAdamState> {
  constructor(params: Params<RAdamOptions>, ...options: RateThenOptions<RAdamOptions>);
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
    const { expAvg, expAvgSq } = state;
    const options = stepNumbers(this, state, group, () => {
      const [beta1, beta2] = group.betas;
      return { ...group, beta1, beta2, step: ++state.step };
    });
    backendFor(param.device).optimizerStep("radam", param, grad, { expAvg, expAvgSq }, options);
  }
}
