/** @file Loss layers. */
import { type SomeThenOptions, signature } from "../core/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  BCE_WITH_LOGITS_ARGUMENTS,
  type BCEOptions,
  type BCEWithLogitsOptions,
  binaryCrossEntropy,
  COSINE_EMBEDDING_ARGUMENTS,
  type CosineEmbeddingOptions,
  CROSS_ENTROPY_ARGUMENTS,
  type CrossEntropyOptions,
  cosineEmbeddingLoss,
  crossEntropyOf,
  GAUSSIAN_ARGUMENTS,
  type GaussianNLLOptions,
  gaussianNllLoss,
  HINGE_ARGUMENTS,
  HUBER_ARGUMENTS,
  type HuberLossOptions,
  hingeEmbeddingLoss,
  huberLoss,
  KL_DIV_ARGUMENTS,
  type KLDivOptions,
  type KLDivReduction,
  klDiv,
  type LossOptions,
  l1Loss,
  logitCrossEntropy,
  type MarginOptions,
  type MultiLabelOptions,
  marginRankingLoss,
  multilabelSoftMarginLoss,
  NLL_LOSS_ARGUMENTS,
  type NLLLossOptions,
  nllLossOf,
  POISSON_ARGUMENTS,
  type PoissonNLLOptions,
  poissonNllLoss,
  RANKING_ARGUMENTS,
  SMOOTH_L1_ARGUMENTS,
  type SmoothL1LossOptions,
  smoothL1Loss,
  softMarginLoss,
  squaredError,
  TRIPLET_ARGUMENTS,
  type TripletMarginOptions,
  tripletMarginLoss,
} from "./functional/loss.ts";
import { REDUCTION, type Reduction, reductionOf, WEIGHT_AND_REDUCTION } from "./functional/reduction.ts";
import { Module } from "./module.ts";

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

/** Squares for small differences, absolute values for large ones: see {@link smoothL1Loss}. */
export class SmoothL1Loss extends Module {
  reduction: Reduction;
  beta: number;

  constructor(options?: SmoothL1LossOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { beta, ...how } = SIGNATURES.SmoothL1Loss.read(given);
    this.reduction = reductionOf("SmoothL1Loss", how);
    this.beta = beta;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, { reduction: this.reduction, beta: this.beta });
  }
}

/** Squares for small differences, absolute values for large ones: see {@link huberLoss}. */
export class HuberLoss extends Module {
  reduction: Reduction;
  delta: number;

  constructor(reduction?: Reduction, delta?: number);
  constructor(reduction: Reduction | undefined, options: HuberLossOptions | undefined);
  constructor(options?: HuberLossOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { reduction, delta } = SIGNATURES.HuberLoss.read(given);
    this.reduction = reduction;
    this.delta = delta;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, { reduction: this.reduction, delta: this.delta });
  }
}

/** Cross-entropy of probabilities with probabilities: see {@link binaryCrossEntropy}. */
export class BCELoss extends Module {
  /** A factor for each element, or null. A buffer. */
  weight: Tensor | null;
  reduction: Reduction;

  constructor(weight?: Tensor | null, options?: BCEOptions);
  constructor(options?: BCEOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { weight, ...how } = SIGNATURES.BCELoss.read(given);
    this.weight = this.registerBuffer("weight", weight);
    this.reduction = reductionOf("BCELoss", how);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/** Kullback-Leibler divergence of log-probabilities: see {@link klDiv}. */
export class KLDivLoss extends Module {
  reduction: KLDivReduction;
  logTarget: boolean;

  constructor(options?: KLDivOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { logTarget, ...how } = SIGNATURES.KLDivLoss.read(given);
    this.reduction = reductionOf("KLDivLoss", how);
    this.logTarget = logTarget;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, { reduction: this.reduction, logTarget: this.logTarget });
  }
}

/** For pairs of vectors that should be alike, or not: see {@link cosineEmbeddingLoss}. */
export class CosineEmbeddingLoss extends Module {
  margin: number;
  reduction: Reduction;

  constructor(margin?: number, options?: CosineEmbeddingOptions);
  constructor(options?: CosineEmbeddingOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { margin, ...how } = SIGNATURES.CosineEmbeddingLoss.read(given);
    this.margin = margin;
    this.reduction = reductionOf("CosineEmbeddingLoss", how);
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** For vectors that should be nearer to one than to another: see {@link tripletMarginLoss}. */
export class TripletMarginLoss extends Module {
  margin: number;
  p: number;
  eps: number;
  swap: boolean;
  reduction: Reduction;

  constructor(margin?: number, p?: number, eps?: number, swap?: boolean, options?: TripletMarginOptions);
  constructor(...rest: SomeThenOptions<[margin: number, p: number, eps: number], TripletMarginOptions>);
  constructor(options?: TripletMarginOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { margin, p, eps, swap, ...how } = SIGNATURES.TripletMarginLoss.read(given);
    this.margin = margin;
    this.p = p;
    this.eps = eps;
    this.swap = swap;
    this.reduction = reductionOf("TripletMarginLoss", how);
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { margin, p, eps, swap, reduction } = this;
    return tripletMarginLoss(anchor, positive, negative, { margin, p, eps, swap, reduction });
  }
}

/** For pairs of numbers of which one should be larger: see {@link marginRankingLoss}. */
export class MarginRankingLoss extends Module {
  margin: number;
  reduction: Reduction;

  constructor(margin?: number, options?: MarginOptions);
  constructor(options?: MarginOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { margin, ...how } = SIGNATURES.MarginRankingLoss.read(given);
    this.margin = margin;
    this.reduction = reductionOf("MarginRankingLoss", how);
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** For distances that should be small, or large: see {@link hingeEmbeddingLoss}. */
export class HingeEmbeddingLoss extends Module {
  margin: number;
  reduction: Reduction;

  constructor(margin?: number, options?: MarginOptions);
  constructor(options?: MarginOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { margin, ...how } = SIGNATURES.HingeEmbeddingLoss.read(given);
    this.margin = margin;
    this.reduction = reductionOf("HingeEmbeddingLoss", how);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** For scores of two classes, 1 and −1: see {@link softMarginLoss}. */
export class SoftMarginLoss extends ReducedLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, { reduction: this.reduction });
  }
}

/** For samples of several classes at once: see {@link multilabelSoftMarginLoss}. */
export class MultiLabelSoftMarginLoss extends Module {
  /** A factor for each class, or null. A buffer. */
  weight: Tensor | null;
  reduction: Reduction;

  constructor(weight?: Tensor | null, options?: MultiLabelOptions);
  constructor(options?: MultiLabelOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { weight, ...how } = SIGNATURES.MultiLabelSoftMarginLoss.read(given);
    this.weight = this.registerBuffer("weight", weight);
    this.reduction = reductionOf("MultiLabelSoftMarginLoss", how);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

const SIGNATURES = {
  CrossEntropyLoss: signature("CrossEntropyLoss", CROSS_ENTROPY_ARGUMENTS),
  NLLLoss: signature("NLLLoss", NLL_LOSS_ARGUMENTS),
  BCEWithLogitsLoss: signature("BCEWithLogitsLoss", BCE_WITH_LOGITS_ARGUMENTS),
  SmoothL1Loss: signature("SmoothL1Loss", SMOOTH_L1_ARGUMENTS),
  HuberLoss: signature("HuberLoss", HUBER_ARGUMENTS),
  BCELoss: signature("BCELoss", WEIGHT_AND_REDUCTION),
  KLDivLoss: signature("KLDivLoss", KL_DIV_ARGUMENTS),
  CosineEmbeddingLoss: signature("CosineEmbeddingLoss", COSINE_EMBEDDING_ARGUMENTS),
  TripletMarginLoss: signature("TripletMarginLoss", TRIPLET_ARGUMENTS),
  MarginRankingLoss: signature("MarginRankingLoss", RANKING_ARGUMENTS),
  HingeEmbeddingLoss: signature("HingeEmbeddingLoss", HINGE_ARGUMENTS),
  MultiLabelSoftMarginLoss: signature("MultiLabelSoftMarginLoss", WEIGHT_AND_REDUCTION),
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
  constructor(logInput: boolean | undefined, options: PoissonNLLOptions | undefined);
  constructor(options?: PoissonNLLOptions);
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
