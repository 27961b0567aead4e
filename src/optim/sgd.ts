/** @file Stochastic gradient descent. */
import { madeOutside } from "../autograd/capture-hook.ts";
import { backendFor } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  checkNotNegative,
  Optimizer,
  type ParamGroup,
  type Params,
  type RateThenOptions,
  stepNumbers,
} from "./optimizer.ts";

/** Options of {@link SGD}. */
export interface SGDOptions {
  /** Learning rate. Default 0.001. */
  lr: number;
  /** Momentum factor. Default 0. */
  momentum: number;
  /** Dampening for momentum. Default 0. */
  dampening: number;
  /** Weight decay (L2 penalty). Default 0. */
  weightDecay: number;
  /** Enables Nesterov momentum; requires a momentum and zero dampening. Default false. */
  nesterov: boolean;
  /** Maximize the objective instead of minimizing it. Default false. */
  maximize: boolean;
}

/** State of {@link SGD} for one parameter. */
export interface SGDState {
  /** The momentum buffer; null before the first step and without momentum. */
  momentumBuffer: Tensor | null;
}

/**
 * Stochastic gradient descent, optionally with momentum: p ← p − lr · b, with b the gradient g, or with momentum
 * b ← momentum · b + (1 − dampening) · g.
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.SGD([w], { lr: 0.1, momentum: 0.9 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   w.square().sum().backward();
 *   optimizer.step();
 * }
 * w.detach(); // tensor([0.4600, -0.9200])
 */
export class SGD extends Optimizer<SGDOptions, SGDState> {
  constructor(params: Params<SGDOptions>, ...options: RateThenOptions<SGDOptions>);
  constructor(params: Params<SGDOptions>, ...given: readonly unknown[]) {
    const defaults = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false };
    super(params, defaults, given);
  }

  protected override checkOptions(options: Readonly<SGDOptions>): void {
    checkNotNegative("SGD", "learning rate", options.lr);
    checkNotNegative("SGD", "momentum value", options.momentum);
    checkNotNegative("SGD", "weight_decay value", options.weightDecay);
    if (options.nesterov && !(options.momentum > 0 && options.dampening === 0)) {
      throw new ValueError("[SGD] Nesterov momentum requires a momentum and zero dampening");
    }
  }
  protected override makeState(): SGDState {
    return { momentumBuffer: null };
  }
  protected override update(param: Tensor, grad: Tensor, state: SGDState, group: ParamGroup<SGDOptions>): void {
    let first = state.momentumBuffer === null;
    if (first && group.momentum > 0) state.momentumBuffer = madeOutside(() => param.newZeros(param.shape));
    const buffer = group.momentum > 0 ? state.momentumBuffer : null;
    const options = stepNumbers(this, state, group, () => {
      const now = { ...group, first };
      first = false;
      return now;
    });
    backendFor(param.device).optimizerStep("sgd", param, grad, { momentumBuffer: buffer }, options);
  }
}
