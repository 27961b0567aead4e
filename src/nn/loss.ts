/** @file Losses as modules. */
import { readArguments, type TensorOr, withDefaults } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  CLASS_LOSS_DEFAULTS,
  type CrossEntropyOptions,
  crossEntropy,
  type NLLLossOptions,
  nllLoss,
} from "./functional/class-loss.ts";
import {
  BCE_DEFAULTS,
  type BCEWithLogitsOptions,
  binaryCrossEntropyWithLogits,
  type LossOptions,
  l1Loss,
  mseLoss,
} from "./functional/loss.ts";
import { checkReduction, type Reduction } from "./functional/reduction.ts";
import { Module } from "./module.ts";

/**
 * Cross-entropy of logits with class indices or class probabilities: see {@link crossEntropy}.
 *
 * @example
 * const lossFn = new nn.CrossEntropyLoss({ labelSmoothing: 0.1 });
 * lossFn.forward(logits, labels).backward();
 */
export class CrossEntropyLoss extends Module {
  /** A factor for each class, or null. A buffer. */
  weight: Tensor | null;
  ignoreIndex: number;
  reduction: Reduction;
  labelSmoothing: number;

  constructor(weight?: TensorOr<CrossEntropyOptions>, options?: CrossEntropyOptions) {
    super();
    const defaults = { ...CLASS_LOSS_DEFAULTS, labelSmoothing: 0 };
    const given = readArguments("CrossEntropyLoss", defaults, [weight, options]);
    checkReduction("CrossEntropyLoss", given.reduction);
    this.weight = this.registerBuffer("weight", given.weight);
    this.ignoreIndex = given.ignoreIndex;
    this.reduction = given.reduction;
    this.labelSmoothing = given.labelSmoothing;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction, labelSmoothing } = this;
    return crossEntropy(input, target, { weight, ignoreIndex, reduction, labelSmoothing });
  }
}

/** Negative log-likelihood of log-probabilities: see {@link nllLoss}. */
export class NLLLoss extends Module {
  /** A factor for each class, or null. A buffer. */
  weight: Tensor | null;
  ignoreIndex: number;
  reduction: Reduction;

  constructor(weight?: TensorOr<NLLLossOptions>, options?: NLLLossOptions) {
    super();
    const given = readArguments("NLLLoss", CLASS_LOSS_DEFAULTS, [weight, options]);
    checkReduction("NLLLoss", given.reduction);
    this.weight = this.registerBuffer("weight", given.weight);
    this.ignoreIndex = given.ignoreIndex;
    this.reduction = given.reduction;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return nllLoss(input, target, { weight, ignoreIndex, reduction });
  }
}

/** Binary cross-entropy of logits with probabilities: see {@link binaryCrossEntropyWithLogits}. */
export class BCEWithLogitsLoss extends Module {
  /** A factor for each element, or null. A buffer. */
  weight: Tensor | null;
  /** A factor for the positive part of the loss, or null. A buffer. */
  posWeight: Tensor | null;
  reduction: Reduction;

  constructor(weight?: TensorOr<BCEWithLogitsOptions>, options?: BCEWithLogitsOptions) {
    super();
    const given = readArguments("BCEWithLogitsLoss", BCE_DEFAULTS, [weight, options]);
    checkReduction("BCEWithLogitsLoss", given.reduction);
    this.weight = this.registerBuffer("weight", given.weight);
    this.posWeight = this.registerBuffer("posWeight", given.posWeight);
    this.reduction = given.reduction;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, posWeight, reduction } = this;
    return binaryCrossEntropyWithLogits(input, target, { weight, posWeight, reduction });
  }
  protected override keyOf(field: string): string {
    return field === "posWeight" ? "pos_weight" : field;
  }
}

function reductionOf(op: string, options: LossOptions): Reduction {
  const { reduction } = withDefaults(op, { reduction: "mean" as Reduction }, options);
  checkReduction(op, reduction);
  return reduction;
}

/** Mean of the squared differences. */
export class MSELoss extends Module {
  reduction: Reduction;

  constructor(options: LossOptions = {}) {
    super();
    this.reduction = reductionOf("MSELoss", options);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, { reduction: this.reduction });
  }
}

/** Mean of the absolute differences. */
export class L1Loss extends Module {
  reduction: Reduction;

  constructor(options: LossOptions = {}) {
    super();
    this.reduction = reductionOf("L1Loss", options);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, { reduction: this.reduction });
  }
}
