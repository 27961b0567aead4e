/** @file ASGD. */
import { captureHook } from "../autograd/capture-hook.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNotNegative, Optimizer, type ParamGroup, type Params, type RateThenOptions } from "./optimizer.ts";

/** Options of {@link ASGD}. */
export interface ASGDOptions {
  /** Learning rate. Default 0.01. */
  lr: number;
  /** Decay term. Default 1e-4. */
  lambd: number;
  /** Power of the decay of the step size. Default 0.75. */
  alpha: number;
  /** Step at which averaging starts. Default 1e6. */
  t0: number;
  /** Weight decay (L2 penalty). Default 0. */
  weightDecay: number;
  /** Maximize the objective instead of minimizing it. Default false. */
  maximize: boolean;
}

/** State of {@link ASGD} for one parameter. */
export interface ASGDState {
  /** Number of steps. */
  step: number;
  /** Step size of the next step. */
  eta: number;
  /** Weight of the next parameters in the average. */
  mu: number;
  /** Average of the parameters. */
  ax: Tensor;
}

/**
 * Averaged stochastic gradient descent (Polyak and Juditsky, 1992): p ← p · (1 − λ·η) − η · g, with the step size
 * η = lr / (1 + λ · lr · t)^α. From step t0 on, `ax` in the state is the average of the parameters.
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.ASGD([w], { lr: 0.1, t0: 0 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   w.square().sum().backward();
 *   optimizer.step();
 * }
 * w.detach(); // tensor([0.6400, -1.2800])
 */
export class ASGD extends Optimizer<ASGDOptions, ASGDState> {
  constructor(params: Params<ASGDOptions>, ...options: RateThenOptions<ASGDOptions>);
  constructor(params: Params<ASGDOptions>, ...given: readonly unknown[]) {
    super(params, { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false }, given);
  }

  protected override checkOptions(options: Readonly<ASGDOptions>): void {
    checkNotNegative("ASGD", "learning rate", options.lr);
    checkNotNegative("ASGD", "weight_decay value", options.weightDecay);
  }
  protected override makeState(param: Tensor, group: ParamGroup<ASGDOptions>): ASGDState {
    return { step: 0, eta: Math.fround(group.lr), mu: 1, ax: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, state: ASGDState, group: ParamGroup<ASGDOptions>): void {
    captureHook?.interrupt("the step size of ASGD changes with every step");
    const { lr, lambd, alpha, t0, weightDecay, maximize } = group;
    const { eta, mu, ax } = state;
    let direction = maximize ? grad.neg() : grad;
    if (weightDecay !== 0) direction = direction.add(param.mul(weightDecay));
    param.mul_(1 - lambd * eta).sub_(direction.mul(eta));
    if (mu === 1) ax.copy_(param);
    else ax.add_(param.sub(ax).mul(mu));
    state.step++;
    // PyTorch keeps both in float32.
    state.eta = Math.fround(lr / (1 + lambd * lr * state.step) ** alpha);
    state.mu = Math.fround(1 / Math.max(1, state.step - t0));
  }
}
