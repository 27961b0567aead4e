/** @file Adadelta. */
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

/** Options of {@link Adadelta}. */
export interface AdadeltaOptions {
  /** Coefficient that scales the update. Default 1. */
  lr: number;
  /** Coefficient for the running averages of g² and of squared updates. Default 0.9. */
  rho: number;
  /** Term added under both roots for numerical stability. Default 1e-6. */
  eps: number;
  /** Weight decay (L2 penalty). Default 0. */
  weightDecay: number;
  /** Maximize the objective instead of minimizing it. Default false. */
  maximize: boolean;
}

/** State of {@link Adadelta} for one parameter. */
export interface AdadeltaState {
  /** Number of steps. */
  step: number;
  /** Running average of g². */
  squareAvg: Tensor;
  /** Running average of the squared updates, before the learning rate. */
  accDelta: Tensor;
}

/**
 * Adadelta (Zeiler, 2012): p ← p − lr · Δ, with Δ = g · √(avg(Δ²) + eps) / √(avg(g²) + eps) and running averages.
 *
 * @throws ValueError for an option that is out of range; GraphError for a parameter that is not a leaf.
 * @example
 * const w = tensor([1, -2], { requiresGrad: true });
 * const optimizer = new optim.Adadelta([w]);
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   w.square().sum().backward();
 *   optimizer.step();
 * }
 * w.detach(); // tensor([0.9936, -1.9936])
 */
export class Adadelta extends Optimizer<AdadeltaOptions, AdadeltaState> {
  constructor(params: Params<AdadeltaOptions>, ...options: RateThenOptions<AdadeltaOptions>);
  constructor(params: Params<AdadeltaOptions>, ...given: readonly unknown[]) {
    super(params, { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false }, given);
  }

  protected override checkOptions(options: Readonly<AdadeltaOptions>): void {
    checkNotNegative("Adadelta", "learning rate", options.lr);
    checkNotNegative("Adadelta", "rho value", options.rho);
    if (options.rho > 1) throw new ValueError(`[Adadelta] Invalid rho value: ${options.rho}. Expected at most 1.`);
    checkNotNegative("Adadelta", "epsilon value", options.eps);
    checkNotNegative("Adadelta", "weight_decay value", options.weightDecay);
  }
  protected override makeState(param: Tensor): AdadeltaState {
    return { step: 0, squareAvg: param.newZeros(param.shape), accDelta: param.newZeros(param.shape) };
  }
  protected override update(
    param: Tensor,
    grad: Tensor,
    state: AdadeltaState,
    group: ParamGroup<AdadeltaOptions>,
  ): void {
    const { squareAvg, accDelta } = state;
    const options = stepNumbers(this, state, group, () => {
      state.step++;
      return { ...group };
    });
    backendFor(param.device).optimizerStep("adadelta", param, grad, { squareAvg, accDelta }, options);
  }
}
