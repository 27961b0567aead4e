/** @file Negative log-likelihoods as modules. */
import { signature, type ThenOptions } from "../core/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  GAUSSIAN_ARGUMENTS,
  type GaussianNLLOptions,
  gaussianNllLoss,
  POISSON_ARGUMENTS,
  type PoissonNLLOptions,
  poissonNllLoss,
} from "./functional/likelihood-loss.ts";
import { type Reduction, reductionOf } from "./functional/reduction.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  PoissonNLLLoss: signature("PoissonNLLLoss", POISSON_ARGUMENTS),
  GaussianNLLLoss: signature("GaussianNLLLoss", GAUSSIAN_ARGUMENTS),
};

/** For counts: see {@link poissonNllLoss}. */
export class PoissonNLLLoss extends Module {
  logInput: boolean;
  full: boolean;
  eps: number;
  reduction: Reduction;

  constructor(logInput?: boolean, full?: boolean, options?: PoissonNLLOptions);
  constructor(...rest: ThenOptions<[logInput: boolean], PoissonNLLOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { logInput, full, eps, ...how } = SIGNATURES.PoissonNLLLoss.read(given);
    this.logInput = logInput;
    this.full = full;
    this.eps = eps;
    this.reduction = reductionOf("PoissonNLLLoss", how);
  }
  override forward(logInput: Tensor, target: Tensor): Tensor {
    const { full, eps, reduction } = this;
    return poissonNllLoss(logInput, target, { logInput: this.logInput, full, eps, reduction });
  }
}

/** For normally distributed numbers whose variance is predicted too: see {@link gaussianNllLoss}. */
export class GaussianNLLLoss extends Module {
  full: boolean;
  eps: number;
  reduction: Reduction;

  constructor(options?: GaussianNLLOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { full, eps, reduction } = SIGNATURES.GaussianNLLLoss.read(given);
    this.full = full;
    this.eps = eps;
    this.reduction = reduction;
  }
  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    const { full, eps, reduction } = this;
    return gaussianNllLoss(input, target, variance, { full, eps, reduction });
  }
}
