/** @file Adagrad. */
import type { Tensor } from "../tensor/tensor.ts";
import { checkNotNegative, descentGrad, Optimizer, type ParamGroup, type Params } from "./optimizer.ts";

export interface AdagradOptions {
  /** Learning rate. Default 0.01. */
  lr: number;
  /** The rate is divided by 1 + lrDecay · (steps before this one). Default 0. */
  lrDecay: number;
  /** Factor of the parameter that is added to its gradient. Default 0. */
  weightDecay: number;
  /** What the sum of g² begins with. Default 0. */
  initialAccumulatorValue: number;
  /** Added to the root before dividing by it. Default 1e-10. */
  eps: number;
  /** Climb instead of descend. Default false. */
  maximize: boolean;
}

export interface AdagradState {
  step: number;
  /** Sum of g². */
  sum: Tensor;
}

/** p ← p − lr / (1 + (t − 1)·lrDecay) · g / (√s + eps), where s is the sum of all g² (Duchi et al., 2011). */
export class Adagrad extends Optimizer<AdagradOptions, AdagradState> {
  constructor(params: Params<AdagradOptions>, options?: Partial<AdagradOptions>);
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
    const rate = group.lr / (1 + state.step * group.lrDecay);
    state.step++;
    const g = descentGrad(param, grad, group);
    state.sum.add_(g.mul(g));
    param.sub_(g.div(state.sum.sqrt().add_(group.eps)).mul_(rate));
  }
}
