/** @file RMSprop. */
import { backendFor } from "../core/device.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNotNegative, Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

export interface RMSpropOptions {
  /** Learning rate. Default 0.01. */
  lr: number;
  /** Share of the last mean square that is kept. Default 0.99. */
  alpha: number;
  /** Added to the root before dividing by it. Default 1e-8. */
  eps: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weightDecay: number;
  /** Share of the last direction that is kept. Default 0. */
  momentum: number;
  /** Divide by the standard deviation instead of the root of the mean square. Default false. */
  centered: boolean;
  /** Climb instead of descend. Default false. */
  maximize: boolean;
}

export interface RMSpropState {
  step: number;
  /** Running mean of g². */
  squareAvg: Tensor;
  /** The direction, if there is momentum. */
  momentumBuffer?: Tensor;
  /** Running mean of g, if centered. */
  gradAvg?: Tensor;
}

/**
 * p ← p − lr·d with the direction d = g / (√v + eps), where v ← alpha·v + (1 − alpha)·g²; centered, the square of the
 * running mean of g is taken off v; with momentum, d ← momentum·d + g / (√v + eps).
 *
 * @example
 * const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.001 });
 */
export class RMSprop extends Optimizer<RMSpropOptions, RMSpropState> {
  constructor(params: Params<RMSpropOptions>, options?: Partial<RMSpropOptions>);
  constructor(params: Params<RMSpropOptions>, ...given: readonly unknown[]) {
    const defaults = {
      lr: 0.01,
      alpha: 0.99,
      eps: 1e-8,
      weightDecay: 0,
      momentum: 0,
      centered: false,
      maximize: false,
    };
    super(params, defaults, given);
  }

  protected override checkOptions(options: Readonly<RMSpropOptions>): void {
    checkNotNegative("RMSprop", "learning rate", options.lr);
    checkNotNegative("RMSprop", "epsilon value", options.eps);
    checkNotNegative("RMSprop", "momentum value", options.momentum);
    checkNotNegative("RMSprop", "weight_decay value", options.weightDecay);
    checkNotNegative("RMSprop", "alpha value", options.alpha);
  }
  protected override makeState(param: Tensor): RMSpropState {
    return { step: 0, squareAvg: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, state: RMSpropState, group: ParamGroup<RMSpropOptions>): void {
    state.step++;
    if (group.momentum > 0) state.momentumBuffer ??= param.newZeros(param.shape);
    if (group.centered) state.gradAvg ??= param.newZeros(param.shape);
    const arrays = {
      squareAvg: state.squareAvg,
      momentumBuffer: (group.momentum > 0 && state.momentumBuffer) || null,
      gradAvg: (group.centered && state.gradAvg) || null,
    };
    backendFor(param.device).optimizerStep("rmsprop", param, grad, arrays, group);
  }
}
