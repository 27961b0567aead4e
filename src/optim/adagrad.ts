/** @file Adagrad. */
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

/** Options of {@link Adagrad}. */
export interface AdagradOptions {
  /** Learning rate. Default 0.01. */
  lr: number;
  /** Learning rate decay: step t has the rate lr / (1 + (t − 1) · lrDecay). Default 0. */
  lrDecay: number;
  /** Weight decay (L2 penalty). Default 0. */
  weightDecay: number;
  /** Initial value of the sum of g². Default 0. */
  initialAccumulatorValue: number;
  /** Term added to the denominator for numerical stability. Default 1e-10. */
  eps: number;
  /** Maximize the objective instead of minimizing it. Default false. */
  maximize: boolean;
}

/** State of {@link Adagrad} for one parameter. */
export interface AdagradState {
  /** Number of steps. */
  step: number;
  /** Sum of g². */
  sum: Tensor;
}

/**
 * Adagrad (Duchi et al., 2011): p ← p − lr / (1 + (t − 1) · lrDecay) · g / (√s + eps), with s the sum of all g².
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.Adagrad([w], { lr: 0.1 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   w.square().sum().backward();
 *   optimizer.step();
 * }
 * w.detach(); // tensor([0.8331, -1.8311])
 */
export class Adagrad extends Optimizer<AdagradOptions, AdagradState> {
  constructor(params: Params<AdagradOptions>, ...options: RateThenOptions<AdagradOptions>);
  constructor(params: Params<AdagradOptions>, ...given: readonly unknown[]) {
    const defaults = { lr: 1e-2, lrDecay: 0, weightDecay: 0, initialAccumulatorValue: 0, eps: 1e-10, maximize: false };
    super(params, defaults, given);
    // As in PyTorch, the state is there before the first step.
    for (const group of this.paramGroups) {
      for (const param of group.params) this.state.set(param, this.makeState(param, group));
    }
  }

  protected override checkOptions(options: Readonly<AdagradOptions>): void {
    checkNotNegative("Adagrad", "learning rate", options.lr);
    checkNotNegative("Adagrad", "lr_decay value", options.lrDecay);
    checkNotNegative("Adagrad", "weight_decay value", options.weightDecay);
    checkNotNegative("Adagrad", "initial_accumulator_value value", options.initialAccumulatorValue);
    checkNotNegative("Adagrad", "epsilon value", options.eps);
  }
  protected override makeState(param: Tensor, group: ParamGroup<AdagradOptions>): AdagradState {
    return { step: 0, sum: param.newZeros(param.shape).fill_(group.initialAccumulatorValue) };
  }
  protected override update(param: Tensor, grad: Tensor, state: AdagradState, group: ParamGroup<AdagradOptions>): void {
    const options = stepNumbers(this, state, group, () => ({
      ...group,
      rate: group.lr / (1 + state.step++ * group.lrDecay),
    }));
    backendFor(param.device).optimizerStep("adagrad", param, grad, { sum: state.sum }, options);
  }
}
