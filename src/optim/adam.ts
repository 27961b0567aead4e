/** @file Adam and AdamW. */
import { madeOutside } from "../autograd/capture-hook.ts";
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

/** Options of {@link Adam} and {@link AdamW}. */
export interface AdamOptions {
  /** Learning rate. Default 0.001. */
  lr: number;
  /** Coefficients for the running averages of the gradient and its square. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Term added to the denominator for numerical stability. Default 1e-8. */
  eps: number;
  /** Weight decay: an L2 penalty in Adam, default 0; decoupled in AdamW, default 0.01. */
  weightDecay: number;
  /** Use the AMSGrad variant (Reddi et al., 2018). Default false. */
  amsgrad: boolean;
  /** Maximize the objective instead of minimizing it. Default false. */
  maximize: boolean;
}

/** State of {@link Adam} and {@link AdamW} for one parameter. */
export interface AdamState {
  /** Number of steps. */
  step: number;
  /** Exponential moving average of the gradient. */
  expAvg: Tensor;
  /** Exponential moving average of the squared gradient. */
  expAvgSq: Tensor;
  /** Maximum of all {@link expAvgSq}, with amsgrad. */
  maxExpAvgSq?: Tensor;
}

/** Adam and AdamW, which differ in the weight decay alone. */
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
  /** The term that a step adds to the denominator. */
  protected epsilonOf(_step: number, group: Readonly<AdamOptions>): number {
    return group.eps;
  }
  protected override update(param: Tensor, grad: Tensor, state: AdamState, group: ParamGroup<AdamOptions>): void {
    if (group.amsgrad) state.maxExpAvgSq ??= madeOutside(() => param.newZeros(param.shape));
    const { expAvg, expAvgSq } = state;
    const maxExpAvgSq = (group.amsgrad && state.maxExpAvgSq) || null;
    const options = stepNumbers(this, state, group, () => {
      const [beta1, beta2] = group.betas;
      const step = ++state.step;
      return { ...group, beta1, beta2, step, decoupled: this.decoupled, eps: this.epsilonOf(step, group) };
    });
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
 * Adam (Kingma and Ba, 2015): p ← p − lr · m̂ / (√v̂ + eps), with m̂ and v̂ the bias-corrected running averages of g and
 * g². The weight decay is an L2 penalty on the gradient.
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.Adam([w], { lr: 0.1 });
 * w.square().sum().backward();
 * optimizer.step();
 * w.detach(); // tensor([0.9000, -1.9000])
 */
export class Adam extends AdamBase {
  protected override readonly decoupled = false;

  constructor(params: Params<AdamOptions>, ...options: RateThenOptions<AdamOptions>);
  constructor(params: Params<AdamOptions>, ...given: readonly unknown[]) {
    super(params, DEFAULTS, given);
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019): p ← p · (1 − lr · weightDecay) before Adam's update.
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.AdamW([w], { lr: 0.1 });
 * w.square().sum().backward();
 * optimizer.step();
 * w.detach(); // tensor([0.8990, -1.8980])
 */
export class AdamW extends AdamBase {
  protected override readonly decoupled = true;

  constructor(params: Params<AdamOptions>, ...options: RateThenOptions<AdamOptions>);
  constructor(params: Params<AdamOptions>, ...given: readonly unknown[]) {
    super(params, { ...DEFAULTS, weightDecay: 1e-2 }, given);
  }
}
