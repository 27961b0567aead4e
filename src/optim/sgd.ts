/** @file Stochastic gradient descent. */
import { backendFor } from "../core/device.ts";
import { ValueError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNotNegative, Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

export interface SGDOptions {
  /** Learning rate. Default 0.001. */
  lr: number;
  /** Share of the last direction that is kept. Default 0. */
  momentum: number;
  /** Share of the gradient that does not enter the direction. Default 0. */
  dampening: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weightDecay: number;
  /** Look ahead along the direction; needs momentum and no dampening. Default false. */
  nesterov: boolean;
  /** Climb instead of descend. Default false. */
  maximize: boolean;
}

export interface SGDState {
  /** The direction, from the first step on, if there is momentum. */
  momentumBuffer: Tensor | null;
}

/** p ← p − lr·d, with the gradient g as the direction d; with momentum, d ← momentum·d + (1 − dampening)·g. */
export class SGD extends Optimizer<SGDOptions, SGDState> {
  constructor(params: Params<SGDOptions>, options?: Partial<SGDOptions>);
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
    const first = state.momentumBuffer === null;
    if (first && group.momentum > 0) state.momentumBuffer = param.newZeros(param.shape);
    const buffer = group.momentum > 0 ? state.momentumBuffer : null;
    const options = { ...group, first };
    backendFor(param.device).optimizerStep("sgd", param, grad, { momentumBuffer: buffer }, options);
  }
}
