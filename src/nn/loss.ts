/** @file Loss layers. */
import { type SomeThenOptions, signature } from "../core/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { PairwiseDistance } from "./distance.ts";
import {
  BCE_WITH_LOGITS_ARGUMENTS,
  type BCEOptions,
  type BCEWithLogitsOptions,
  binaryCrossEntropy,
  COSINE_EMBEDDING_ARGUMENTS,
  type CosineEmbeddingOptions,
  CROSS_ENTROPY_ARGUMENTS,
  type CrossEntropyOptions,
  CTC_ARGUMENTS,
  type CTCLossOptions,
  cosineEmbeddingLoss,
  crossEntropyOf,
  ctcLoss,
  type DistanceFunction,
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
  l1Loss,
  logitCrossEntropy,
  type MarginOptions,
  MULTI_MARGIN_ARGUMENTS,
  type MultiLabelOptions,
  type MultiMarginOptions,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  NLL_LOSS_ARGUMENTS,
  type NLLLossOptions,
  nllLossOf,
  POISSON_ARGUMENTS,
  type PoissonNLLOptions,
  poissonNllLoss,
  RANKING_ARGUMENTS,
  type ReducedLossOptions,
  SMOOTH_L1_ARGUMENTS,
  type SmoothL1LossOptions,
  smoothL1Loss,
  softMarginLoss,
  squaredError,
  TRIPLET_ARGUMENTS,
  TRIPLET_DISTANCE_ARGUMENTS,
  type TripletDistanceOptions,
  type TripletMarginOptions,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from "./functional/loss.ts";
import { REDUCTION, type Reduction, reductionOf, WEIGHT_AND_REDUCTION } from "./functional/reduction.ts";
import { Module } from "./module.ts";

/** The arguments of the losses. */
const SIGNATURES = {
  MultiMarginLoss: signature("MultiMarginLoss", MULTI_MARGIN_ARGUMENTS),
  TripletMarginWithDistanceLoss: signature("TripletMarginWithDistanceLoss", TRIPLET_DISTANCE_ARGUMENTS),
  CTCLoss: signature("CTCLoss", CTC_ARGUMENTS),
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

/** Base of the losses whose only option is `reduction`. */
abstract class ReducedLoss extends Module {
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
  reduction: Reduction;

  constructor(options?: ReducedLossOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const op = new.target.name;
    this.reduction = reductionOf(op, signature(op, REDUCTION).read(given));
  }
}

/**
 * Mean absolute error: |input − target|. See `functional.l1Loss`.
 *
 * Shape: input `(*)`, target of the same shape; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.L1Loss().forward(tensor([1, 2, 3]), tensor([1, 4, 2])); // tensor(1.)
 */
export class L1Loss extends ReducedLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, { reduction: this.reduction });
  }
}

/**
 * Negative log likelihood of log-probabilities. See `functional.nllLoss`.
 *
 * Shape: input `(C)`, `(N,C)` or `(N,C,d1,…)`, target of int32 class indices `()`, `(N)` or `(N,d1,…)`; output a
 * scalar, the target's shape with reduction "none".
 *
 * @example
 * const logProbs = tensor([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]]).log();
 * new nn.NLLLoss().forward(logProbs, tensor([0, 2], { dtype: "int32" })); // tensor(0.6020)
 */
export class NLLLoss extends Module {
  /** Rescaling weight for each class, `(C)`, or null. A buffer. */
  weight: Tensor | null;
  /** A target that is ignored and does not contribute to the gradient. Default −100. */
  ignoreIndex: number;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Negative log likelihood of counts with a Poisson distribution, whose rate (or its logarithm) is predicted. See
 * {@link poissonNllLoss}.
 *
 * Shape: input and target `(*)`; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.PoissonNLLLoss().forward(tensor([0, 1]), tensor([1, 3])); // tensor(0.3591)
 */
export class PoissonNLLLoss extends Module {
  /** Whether the input is the logarithm of the rate. Default true. */
  logInput: boolean;
  /** Whether to add the Stirling approximation of log(target!). Default false. */
  full: boolean;
  /** Small value that avoids log(0) with `logInput: false`. Default 1e-8. */
  eps: number;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Negative log likelihood of targets with a normal distribution, whose mean and variance are predicted. See
 * {@link gaussianNllLoss}.
 *
 * Shape: input and target `(N,*)`, variance the same, with a last size of 1, or without the last dimension; output a
 * scalar, `(N,*)` with reduction "none".
 *
 * @example
 * const lossFn = new nn.GaussianNLLLoss();
 * lossFn.forward(tensor([1, 2]), tensor([1, 4]), tensor([1, 4])); // tensor(0.5966)
 */
export class GaussianNLLLoss extends Module {
  /** Whether to include the constant term ½·log 2π. Default false. */
  full: boolean;
  /** Lower bound of the variance, for stability. Default 1e-6. */
  eps: number;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Kullback-Leibler divergence: target·(log target − input), with log-probabilities as input. See {@link klDiv}.
 *
 * Shape: input and target `(*)`; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * const input = tensor([[0.5, 0.5]]).log();
 * new nn.KLDivLoss({ reduction: "batchmean" }).forward(input, tensor([[0.25, 0.75]])); // tensor(0.1308)
 */
export class KLDivLoss extends Module {
  /**
   * How the loss is reduced: "none", "mean", "sum", or "batchmean", which divides by the batch size. Default "mean".
   */
  reduction: KLDivReduction;
  /** Whether the target is given as log-probabilities. Default false. */
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

/**
 * Mean squared error: (input − target)². See `functional.mseLoss`.
 *
 * Shape: input `(*)`, target of the same shape; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.MSELoss().forward(tensor([1, 2, 3]), tensor([1, 4, 2])); // tensor(1.6667)
 */
export class MSELoss extends ReducedLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return squaredError(input, target, this.reduction);
  }
}

/**
 * Binary cross-entropy of probabilities. See {@link binaryCrossEntropy}; {@link BCEWithLogitsLoss}, which takes
 * logits, is more accurate.
 *
 * Shape: input `(*)`, numbers in [0, 1], target of the same shape; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.BCELoss().forward(tensor([0.9, 0.2]), tensor([1, 0])); // tensor(0.1643)
 */
export class BCELoss extends Module {
  /** Rescaling weight for the loss of each element, or null. A buffer. */
  weight: Tensor | null;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Binary cross-entropy of logits: a sigmoid and {@link BCELoss} in one, with the log-sum-exp trick. See
 * `functional.binaryCrossEntropyWithLogits`.
 *
 * Shape: input `(*)`, target of the same shape; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.BCEWithLogitsLoss().forward(tensor([2, -1]), tensor([1, 0])); // tensor(0.2201)
 */
export class BCEWithLogitsLoss extends Module {
  /** Rescaling weight for the loss of each element, or null. A buffer. */
  weight: Tensor | null;
  /** Weight of positive examples, broadcast with the target, or null. A buffer. */
  posWeight: Tensor | null;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Hinge embedding loss: x where the target is 1, max(0, margin − x) where it is −1; x is typically a distance. See
 * {@link hingeEmbeddingLoss}.
 *
 * Shape: input `(*)`, target of 1 or −1 of the same shape; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.HingeEmbeddingLoss().forward(tensor([0.5, 0.2]), tensor([1, -1])); // tensor(0.6500)
 */
export class HingeEmbeddingLoss extends Module {
  /** The margin of the formula. Default 1. */
  margin: number;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Smooth L1 loss: d²/(2·beta) where d = |input − target| < beta, else d − beta/2. See {@link smoothL1Loss}.
 *
 * Shape: input `(*)`, target of the same shape; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.SmoothL1Loss().forward(tensor([0.5, 3]), tensor([0, 0])); // tensor(1.3125)
 */
export class SmoothL1Loss extends Module {
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
  reduction: Reduction;
  /** Threshold between the L1 and the L2 loss. Default 1. */
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

/**
 * Huber loss: d²/2 where d = |input − target| ≤ delta, else delta·(d − delta/2). See {@link huberLoss}.
 *
 * Shape: input `(*)`, target of the same shape; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.HuberLoss({ delta: 2 }).forward(tensor([0.5, 3]), tensor([0, 0])); // tensor(2.0625)
 */
export class HuberLoss extends Module {
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
  reduction: Reduction;
  /** Threshold between the delta-scaled L1 and the L2 loss. Default 1. */
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

/**
 * Logistic loss of two classes: log(1 + e^(−target·input)). See {@link softMarginLoss}.
 *
 * Shape: input `(*)`, target of 1 or −1 of the same shape; output a scalar, `(*)` with reduction "none".
 *
 * @example
 * new nn.SoftMarginLoss().forward(tensor([2, -1]), tensor([1, -1])); // tensor(0.2201)
 */
export class SoftMarginLoss extends ReducedLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, { reduction: this.reduction });
  }
}

/**
 * Cross-entropy of logits with class indices or class probabilities. See `functional.crossEntropy`.
 *
 * Shape: input `(C)`, `(N,C)` or `(N,C,d1,…)`; target of int32 class indices `()`, `(N)` or `(N,d1,…)`, or of
 * probabilities in the input's shape; output a scalar, the indices' shape with reduction "none".
 *
 * @example
 * const logits = tensor([[2, 0, 0], [0, 0, 2]]);
 * new nn.CrossEntropyLoss().forward(logits, tensor([0, 1], { dtype: "int32" })); // tensor(1.2395)
 */
export class CrossEntropyLoss extends Module {
  /** Rescaling weight for each class, `(C)`, or null. A buffer. */
  weight: Tensor | null;
  /** A target that is ignored and does not contribute to the gradient. Default −100. */
  ignoreIndex: number;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
  reduction: Reduction;
  /** Amount of label smoothing, in [0, 1]: the target is mixed with the uniform distribution. Default 0. */
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

/**
 * Multi-label one-versus-all loss of logits: the mean over the classes of the binary cross-entropy. See
 * {@link multilabelSoftMarginLoss}.
 *
 * Shape: input and target `(N,C)`; output a scalar, `(N)` with reduction "none".
 *
 * @example
 * new nn.MultiLabelSoftMarginLoss().forward(tensor([[2, -1]]), tensor([[1, 0]])); // tensor(0.2201)
 */
export class MultiLabelSoftMarginLoss extends Module {
  /** Rescaling weight for each class, `(C)`, or null. A buffer. */
  weight: Tensor | null;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Cosine embedding loss: 1 − cos(x1, x2) where the target is 1, max(0, cos(x1, x2) − margin) where it is −1. See
 * {@link cosineEmbeddingLoss}.
 *
 * Shape: inputs `(N,D)` or `(D)`, target of 1 or −1 `(N)` or `()`; output a scalar, the target's shape with reduction
 * "none".
 *
 * @example
 * const lossFn = new nn.CosineEmbeddingLoss();
 * lossFn.forward(tensor([[1, 0], [1, 0]]), tensor([[1, 1], [0, 1]]), tensor([1, -1])); // tensor(0.1464)
 */
export class CosineEmbeddingLoss extends Module {
  /** The margin of the formula, in [−1, 1]. Default 0. */
  margin: number;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Margin ranking loss: max(0, −target·(x1 − x2) + margin); a target of 1 says that x1 should be the larger, −1 that x2
 * should. See {@link marginRankingLoss}.
 *
 * Shape: inputs and target `(N)` or `()`; output a scalar, `(N)` with reduction "none".
 *
 * @example
 * new nn.MarginRankingLoss().forward(tensor([1, 2]), tensor([3, 1]), tensor([1, 1])); // tensor(1.)
 */
export class MarginRankingLoss extends Module {
  /** The margin of the formula. Default 0. */
  margin: number;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Triplet margin loss: max(0, d(anchor, positive) − d(anchor, negative) + margin), with d the p-norm of the difference.
 * See {@link tripletMarginLoss}.
 *
 * Shape: inputs `(N,D)` or `(D)`; output a scalar, `(N)` or `()` with reduction "none".
 *
 * @example
 * const lossFn = new nn.TripletMarginLoss();
 * lossFn.forward(tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]])); // tensor(4.0000)
 */
export class TripletMarginLoss extends Module {
  /** The margin of the formula. Default 1. */
  margin: number;
  /** Norm degree of the distance. Default 2. */
  p: number;
  /** Small value for numerical stability. Default 1e-6. */
  eps: number;
  /** Whether to use the distance swap of Balntas et al., 2016. Default false. */
  swap: boolean;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
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

/**
 * Multi-class hinge loss. See {@link multiMarginLoss}.
 *
 * Shape: input `(N,C)` or `(C)`, target classes `(N)` or `()`; output a scalar, `(N)` or `()` with reduction "none".
 *
 * @example
 * new nn.MultiMarginLoss().forward(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([3], { dtype: "int32" })); // tensor(0.3250)
 */
export class MultiMarginLoss extends Module {
  /** Power of the hinge: 1 or 2. Default 1. */
  p: number;
  /** The margin. Default 1. */
  margin: number;
  /** Rescaling weight for each class, `(C)`, or null. A buffer. */
  weight: Tensor | null;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
  reduction: Reduction;

  constructor(p?: number, margin?: number, weight?: Tensor | null, options?: MultiMarginOptions);
  constructor(...rest: SomeThenOptions<[p: number, margin: number], MultiMarginOptions>);
  constructor(options?: MultiMarginOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { p, margin, weight, ...how } = SIGNATURES.MultiMarginLoss.read(given);
    this.p = p;
    this.margin = margin;
    this.weight = this.registerBuffer("weight", weight);
    this.reduction = reductionOf("MultiMarginLoss", how);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    const { p, margin, weight, reduction } = this;
    return multiMarginLoss(input, target, { p, margin, weight, reduction });
  }
}

/**
 * Multi-label hinge loss. See {@link multilabelMarginLoss}.
 *
 * Shape: input `(N,C)` or `(C)`, target classes in the same shape, those from the first −1 on do not count; output a
 * scalar, `(N)` or `()` with reduction "none".
 *
 * @example
 * const target = tensor([[3, 0, -1, 1]], { dtype: "int32" });
 * new nn.MultiLabelMarginLoss().forward(tensor([[0.1, 0.2, 0.4, 0.8]]), target); // tensor(0.8500)
 */
export class MultiLabelMarginLoss extends ReducedLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, { reduction: this.reduction });
  }
}

/**
 * Triplet margin loss with a distance of your own. See {@link tripletMarginWithDistanceLoss}.
 *
 * Shape: inputs `(N,*)`; output a scalar, the distance's shape with reduction "none".
 *
 * @example
 * const lossFn = new nn.TripletMarginWithDistanceLoss({ distanceFunction: (a, b) => a.sub(b).abs().sum(-1) });
 * lossFn.forward(tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]])); // tensor(6.)
 */
export class TripletMarginWithDistanceLoss extends Module {
  /** The distance. Default: a {@link PairwiseDistance}. */
  distanceFunction: DistanceFunction | PairwiseDistance;
  /** The margin of the formula. Default 1. */
  margin: number;
  /** Whether to use the distance swap of Balntas et al., 2016. Default false. */
  swap: boolean;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
  reduction: Reduction;

  constructor(options?: TripletDistanceOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { distanceFunction, margin, swap, reduction } = SIGNATURES.TripletMarginWithDistanceLoss.read(given);
    this.distanceFunction = distanceFunction ?? new PairwiseDistance();
    this.margin = margin;
    this.swap = swap;
    this.reduction = reduction;
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distanceFunction: distance, margin, swap, reduction } = this;
    const distanceFunction =
      typeof distance === "function" ? distance : (a: Tensor, b: Tensor) => distance.forward(a, b);
    return tripletMarginWithDistanceLoss(anchor, positive, negative, { distanceFunction, margin, swap, reduction });
  }
  protected override keyOf(field: string): string {
    return field === "distanceFunction" ? "distance_function" : field;
  }
}

/**
 * Connectionist temporal classification loss. See {@link ctcLoss}; Graves et al., 2006.
 *
 * Shape: log-probabilities `(T,N,C)` or `(T,C)`, targets `(N,S)` or `(sum of the lengths)`, lengths `(N)`; output a scalar,
 * `(N)` with reduction "none".
 *
 * @example
 * const logProbs = randn(50, 16, 20).logSoftmax(2);
 * const targets = randint(1, 20, [16, 10]);
 * const [inputLengths, targetLengths] = [new Array<number>(16).fill(50), new Array<number>(16).fill(10)];
 * new nn.CTCLoss().forward(logProbs, targets, inputLengths, targetLengths).shape; // []
 */
export class CTCLoss extends Module {
  /** Class of the blank: PyTorch's `blank`. Default 0. */
  blankLabel: number;
  /** How the loss is reduced: "none", "mean" or "sum". Default "mean". */
  reduction: Reduction;
  /** Whether infinite losses and their gradients are zero. Default false. */
  zeroInfinity: boolean;

  constructor(blank?: number, reduction?: Reduction, zeroInfinity?: boolean);
  constructor(...rest: SomeThenOptions<[blank: number, reduction: Reduction], CTCLossOptions>);
  constructor(options?: CTCLossOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { blank, reduction, zeroInfinity } = SIGNATURES.CTCLoss.read(given);
    this.blankLabel = blank;
    this.reduction = reduction;
    this.zeroInfinity = zeroInfinity;
  }
  override forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: readonly number[] | Tensor,
    targetLengths: readonly number[] | Tensor,
  ): Tensor {
    const { blankLabel: blank, reduction, zeroInfinity } = this;
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, { blank, reduction, zeroInfinity });
  }
}
