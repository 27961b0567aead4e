/** @file Negative log-likelihoods as modules. */
import { readArguments, withDefaults } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  GAUSSIAN_DEFAULTS,
  type GaussianNLLOptions,
  gaussianNllLoss,
  POISSON_DEFAULTS,
  type PoissonNLLOptions,
  poissonNllLoss,
} from "./functional/likelihood-loss.ts";
import { checkReduction, type Reduction } from "./functional/reduction.ts";
import { Module } from "./module.ts";

/** For counts: see {@link poissonNllLoss}. */
export class PoissonNLLLoss extends Module {
  logInput: boolean;
  full: boolean;
  eps: number;
  reduction: Reduction;

  constructor(logInput?: boolean | PoissonNLLOptions, full?: boolean | Omit<PoissonNLLOptions, "logInput">) {
    super();
    const given = readArguments("PoissonNLLLoss", POISSON_DEFAULTS, [logInput, full]);
    checkReduction("PoissonNLLLoss", given.reduction);
    this.logInput = given.logInput;
    this.full = given.full;
    this.eps = given.eps;
    this.reduction = given.reduction;
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

  constructor(options: GaussianNLLOptions = {}) {
    super();
    const given = withDefaults("GaussianNLLLoss", GAUSSIAN_DEFAULTS, options);
    checkReduction("GaussianNLLLoss", given.reduction);
    this.full = given.full;
    this.eps = given.eps;
    this.reduction = given.reduction;
  }
  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    const { full, eps, reduction } = this;
    return gaussianNllLoss(input, target, variance, { full, eps, reduction });
  }
}
