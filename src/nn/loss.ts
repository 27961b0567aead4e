/** @file Losses as modules. */
import { signature } from "../core/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  CROSS_ENTROPY_ARGUMENTS,
  type CrossEntropyOptions,
  crossEntropyOf,
  NLL_LOSS_ARGUMENTS,
  type NLLLossOptions,
  nllLossOf,
} from "./functional/class-loss.ts";
import {
  BCE_WITH_LOGITS_ARGUMENTS,
  type BCEWithLogitsOptions,
  type LossOptions,
  l1Loss,
  logitCrossEntropy,
  squaredError,
} from "./functional/loss.ts";
import { REDUCTION, type Reduction, reductionOf } from "./functional/reduction.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  CrossEntropyLoss: signature("CrossEntropyLoss", CROSS_ENTROPY_ARGUMENTS),
  NLLLoss: signature("NLLLoss", NLL_LOSS_ARGUMENTS),
  BCEWithLogitsLoss: signature("BCEWithLogitsLoss", BCE_WITH_LOGITS_ARGUMENTS),
};

/**
 * Cross-entropy of logits with class indices or class probabilities: see `functional.crossEntropy`.
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

  constructor(weight?: Tensor | null, options?: CrossEntropyOptions);
  constructor(options?: CrossEntropyOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { weight, ignoreIndex, labelSmoothing, ...how } = SIGNATURES.CrossEntropyLoss.read(given);
    this.weight = this.registerBuffer("weight", weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reductionOf("CrossEntropyLoss", how);
    this.labelSmoothing = labelSmoothing;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropyOf(input, target, this);
  }
}

/** Negative log-likelihood of log-probabilities: see `functional.nllLoss`. */
export class NLLLoss extends Module {
  /** A factor for each class, or null. A buffer. */
  weight: Tensor | null;
  ignoreIndex: number;
  reduction: Reduction;

  constructor(weight?: Tensor | null, options?: NLLLossOptions);
  constructor(options?: NLLLossOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { weight, ignoreIndex, ...how } = SIGNATURES.NLLLoss.read(given);
    this.weight = this.registerBuffer("weight", weight);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reductionOf("NLLLoss", how);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return nllLossOf(input, target, this);
  }
}

/** Binary cross-entropy of logits with probabilities: see `functional.binaryCrossEntropyWithLogits`. */
export class BCEWithLogitsLoss extends Module {
  /** A factor for each element, or null. A buffer. */
  weight: Tensor | null;
  /** A factor for the positive part of the loss, or null. A buffer. */
  posWeight: Tensor | null;
  reduction: Reduction;

  constructor(weight?: Tensor | null, options?: BCEWithLogitsOptions);
  constructor(options?: BCEWithLogitsOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { weight, posWeight, ...how } = SIGNATURES.BCEWithLogitsLoss.read(given);
    this.weight = this.registerBuffer("weight", weight);
    this.posWeight = this.registerBuffer("posWeight", posWeight);
    this.reduction = reductionOf("BCEWithLogitsLoss", how);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return logitCrossEntropy(input, target, this);
  }
  protected override keyOf(field: string): string {
    return field === "posWeight" ? "pos_weight" : field;
  }
}

/** A loss whose only argument is its reduction. */
export abstract class ReducedLoss extends Module {
  reduction: Reduction;

  constructor(options?: LossOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const op = new.target.name;
    this.reduction = reductionOf(op, signature(op, REDUCTION).read(given));
  }
}

/** Mean of the squared differences. */
export class MSELoss extends ReducedLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return squaredError(input, target, this.reduction);
  }
}

/** Mean of the absolute differences. */
export class L1Loss extends ReducedLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, { reduction: this.reduction });
  }
}
