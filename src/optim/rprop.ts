/** @file Rprop. */
import { onHost } from "../autograd/capture-hook.ts";
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

/** Options of {@link Rprop}. */
export interface RpropOptions {
  /** Initial step size. Default 0.01. */
  lr: number;
  /** Factors of the step size where the gradient changes its sign, and where it keeps it. Default [0.5, 1.2]. */
  etas: readonly [etaMinus: number, etaPlus: number];
  /** Least and largest step size. Default [1e-6, 50]. */
  stepSizes: readonly [min: number, max: number];
  /** Maximize the objective instead of minimizing it. Default false. */
  maximize: boolean;
}

/** State of {@link Rprop} for one parameter. */
export interface RpropState {
  /** Number of steps. */
  step: number;
  /** The last gradient; 0 where the sign has changed. */
  prev: Tensor;
  /** Step size of each element. */
  stepSize: Tensor;
}

/**
 * Resilient backpropagation (Riedmiller and Braun, 1993): every element moves against the sign of its gradient by a step
 * size of its own, which grows while the sign stays and shrinks when it changes. For whole data sets, not for batches.
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.Rprop([w], { lr: 0.1 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   w.square().sum().backward();
 *   optimizer.step();
 * }
 * w.detach(); // tensor([0.7800, -1.7800])
 */
export class Rprop extends Optimizer<RpropOptions, RpropState> {
  constructor(params: Params<RpropOptions>, ...options: RateThenOptions<RpropOptions>);
  constructor(params: Params<RpropOptions>, ...given: readonly unknown[]) {
    super(params, { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false }, given);
  }

  protected override checkOptions(options: Readonly<RpropOptions>): void {
    checkNotNegative("Rprop", "learning rate", options.lr);
    const [minus, plus] = options.etas;
    if (!(minus > 0 && minus < 1 && plus > 1)) throw new ValueError(`[Rprop] Invalid eta values: ${minus}, ${plus}`);
  }
  protected override makeState(param: Tensor, group: ParamGroup<RpropOptions>): RpropState {
    return { step: 0, prev: param.newZeros(param.shape), stepSize: param.newZeros(param.shape).fill_(group.lr) };
  }
  protected override update(param: Tensor, grad: Tensor, state: RpropState, group: ParamGroup<RpropOptions>): void {
    const { prev, stepSize } = state;
    const [minus, plus] = group.etas;
    const [least, largest] = group.stepSizes;
    const direction = group.maximize ? grad.neg() : grad;
    const agreement = direction.mul(prev);
    const turned = agreement.lt(0);
    const kept = agreement.gt(0);
    stepSize.mul_(
      kept
        .to(param.dtype)
        .mul(plus - 1)
        .add(turned.to(param.dtype).mul(minus - 1))
        .add(1),
    );
    stepSize.clamp_(least, largest);
    const used = direction.maskedFill(turned, 0);
    param.sub_(used.sign().mul(stepSize));
    prev.copy_(used);
    stepNumbers(this, state, null, () => {
      onHost("step", () => {
        state.step++;
      });
      return state;
    });
  }
}
