/** @file RMSprop. */
import { madeOutside } from "../autograd/capture-hook.ts";
import { backendFor } from "../core/device.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  checkNotNegative,
  Optimizer,
  type ParamGroup,
  type Params,
  type RateThenOptions,
  stepNumbers,
} from "./optimizer.ts";

/** Options of {@link RMSprop}. */
export interface RMSpropOptions {
  /** Learning rate. Default 0.01. */
  lr: number;
  /** Smoothing constant of the running average of g². Default 0.99. */
  alpha: number;
  /** Term added to the denominator for numerical stability. Default 1e-8. */
  eps: number;
  /** Weight decay (L2 penalty). Default 0. */
  weightDecay: number;
  /** Momentum factor. Default 0. */
  momentum: number;
  /** Normalize the gradient by an estimate of its variance (centered RMSprop). Default false. */
  centered: boolean;
  /** Maximize the objective instead of minimizing it. Default false. */
  maximize: boolean;
}

/** State of {@link RMSprop} for one parameter. */
export interface RMSpropState {
  /** Number of steps. */
  step: number;
  /** Running average of g². */
  squareAvg: Tensor;
  /** The momentum buffer, with momentum. */
  momentumBuffer?: Tensor;
  /** Running average of g, if centered. */
  gradAvg?: Tensor;
}

/**
 * RMSprop (Tieleman and Hinton, 2012): p ← p − lr · g / (√v + eps), with v ← alpha · v + (1 − alpha) · g². Centered, the
 * square of the running average of g is subtracted from v; with momentum, p ← p − lr · b, with
 * b ← momentum · b + g / (√v + eps).
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -4], { requiresGrad: true });
 * const optimizer = new optim.RMSprop([w], { lr: 0.05 });
 * w.square().sum().backward();
 * optimizer.step();
 * w.detach(); // tensor([0.5000, -3.5000])
 */
export class RMSprop extends Optimizer<RMSpropOptions, RMSpropState> {
  constructor(params: Params<RMSpropOptions>, ...options: RateThenOptions<RMSpropOptions>);
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
    const zeros = (): Tensor => madeOutside(() => param.newZeros(param.shape));
    if (group.momentum > 0) state.momentumBuffer ??= zeros();
    if (group.centered) state.gradAvg ??= zeros();
    const arrays = {
      squareAvg: state.squareAvg,
      momentumBuffer: (group.momentum > 0 && state.momentumBuffer) || null,
      gradAvg: (group.centered && state.gradAvg) || null,
    };
    const options = stepNumbers(this, state, group, () => {
      state.step++;
      return { ...group };
    });
    backendFor(param.device).optimizerStep("rmsprop", param, grad, arrays, options);
  }
}
