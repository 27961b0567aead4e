/** @file Adam and AdamW. */
import { backendFor } from "../core/device.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkBetas, checkNotNegative, Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

export interface AdamOptions {
  /** Learning rate. Default 0.001. */
  lr: number;
  /** Shares of the last means of g and of g² that are kept. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Added to the root before dividing by it. Default 1e-8. */
  eps: number;
  /** Adam: factor of the parameter that is added to its gradient, default 0. AdamW: rate of decay, default 0.01. */
  weightDecay: number;
  /** Divide by the largest mean of g² so far. Default false. */
  amsgrad: boolean;
  /** Climb instead of descend. Default false. */
  maximize: boolean;
}

export interface AdamState {
  step: number;
  /** Running mean of g. */
  expAvg: Tensor;
  /** Running mean of g². */
  expAvgSq: Tensor;
  /** Largest {@link expAvgSq} so far, with amsgrad. */
  maxExpAvgSq?: Tensor;
}

/** What Adam and AdamW share: all but what the weight decay goes to. */
abstract class AdamBase extends Optimizer<AdamOptions, AdamState> {
  protected abstract readonly decoupled: boolean;

  protected override checkOptions(options: Readonly<AdamOptions>): void {
    checkNotNegative(this.constructor.name, "learning rate", options.lr);
    checkNotNegative(this.constructor.name, "epsilon value", options.eps);
    checkBetas(this.constructor.name, options.betas);
    checkNotNegative(this.constructor.name, "weight_decay value", options.weightDecay);
  }
  protected override makeState(param: Tensor): AdamState {
    return { step: 0, expAvg: param.newZeros(param.shape), expAvgSq: param.newZeros(param.shape) };
  }
  protected override update(param: Tensor, grad: Tensor, state: AdamState, group: ParamGroup<AdamOptions>): void {
    state.step++;
    if (group.amsgrad) state.maxExpAvgSq ??= param.newZeros(param.shape);
    const { expAvg, expAvgSq, step } = state;
    const maxExpAvgSq = (group.amsgrad && state.maxExpAvgSq) || null;
    const [beta1, beta2] = group.betas;
    const options = { ...group, beta1, beta2, step, decoupled: this.decoupled };
    backendFor(param.device).optimizerStep("adam", param, grad, { expAvg, expAvgSq, maxExpAvgSq }, options);
  }
}

const DEFAULTS: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
};

/**
 * p ← p − lr·m̂ / (√v̂ + eps), with m̂ and v̂ the running means of g and g² divided by 1 − βᵗ. The weight decay goes into
 * the gradient.
 */
export class Adam extends AdamBase {
  protected override readonly decoupled = false;

  constructor(params: Params<AdamOptions>, options?: Partial<AdamOptions>);
  constructor(params: Params<AdamOptions>, ...given: readonly unknown[]) {
    super(params, DEFAULTS, given);
  }
}

/** Adam whose weight decay goes to the parameter: p ← p·(1 − lr·weightDecay) before the step. */
export class AdamW extends AdamBase {
  protected override readonly decoupled = true;

  constructor(params: Params<AdamOptions>, options?: Partial<AdamOptions>);
  constructor(params: Params<AdamOptions>, ...given: readonly unknown[]) {
    super(params, { ...DEFAULTS, weightDecay: 1e-2 }, given);
  }
}
