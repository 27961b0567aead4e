/** @file Adamax. */
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

/** Options of {@link Adamax}. */
export interface AdamaxOptions {
  /** Learning rate. Default 0.002. */
  lr: number;
  /** Coefficients for the running average of the gradient and for its infinity norm. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Term added to |g| for numerical stability. Default 1e-8. */
  eps: number;
  /** Weight decay (L2 penalty). Default 0. */
  weightDecay: number;
  /** Maximize the objective instead of minimizing it. Default false. */
  maximize: boolean;
}

/** State of {@link Adamax} for one parameter. */
export interface AdamaxState {
  /** Number of steps. */
  step: number;
  /** Exponential moving average of the gradient. */
  expAvg: Tensor;
  /** Exponentially weighted infinity norm of the gradient. */
  expInf: Tensor;
}

/**
 * Adamax: Adam with the infinity norm (Kingma and Ba, 2015, section 7.1): p ← p − lr / (1 − β₁ᵗ) · m / u, with
 * u ← max(β₂ · u, |g| + eps).
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.Adamax([w], { lr: 0.1 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   w.square().sum().backward();
 *   optimizer.step();
 * }
 * w.detach(); // tensor([0.8052, -1.8025])
 */
export class Adamax extends Optimizer<AdamaxOptions, AdamaxState> {
  constructor(params: Params<AdamaxOptions>, ...options: RateThenOptions<AdamaxOptions>);
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
    const { expAvg, expInf } = state;
    const options = stepNumbers(this, state, group, () => {
      const [beta1, beta2] = group.betas;
      return { ...group, beta1, beta2, step: ++state.step };
    });
    backendFor(param.device).optimizerStep("adamax", param, grad, { expAvg, expInf }, options);
  }
}
