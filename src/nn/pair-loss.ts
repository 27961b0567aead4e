/** @file Losses as modules: softened absolute values, probabilities, distances. */
import { readArguments, type TensorOr, withDefaults } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  COSINE_EMBEDDING_DEFAULTS,
  type CosineEmbeddingOptions,
  cosineEmbeddingLoss,
  TRIPLET_DEFAULTS,
  type TripletMarginOptions,
  tripletMarginLoss,
} from "./functional/distance-loss.ts";
import type { LossOptions } from "./functional/loss.ts";
import { checkReduction, type Reduction } from "./functional/reduction.ts";
import {
  type BCEOptions,
  binaryCrossEntropy,
  checkKLDivReduction,
  HUBER_DEFAULTS,
  type HuberLossOptions,
  huberLoss,
  KL_DIV_DEFAULTS,
  type KLDivOptions,
  type KLDivReduction,
  klDiv,
  SMOOTH_L1_DEFAULTS,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "./functional/robust-loss.ts";
import { Module } from "./module.ts";

/** Squares for small differences, absolute values for large ones: see {@link smoothL1Loss}. */
export class SmoothL1Loss extends Module {
  reduction: Reduction;
  beta: number;

  constructor(options: SmoothL1LossOptions = {}) {
    super();
    const given = withDefaults("SmoothL1Loss", SMOOTH_L1_DEFAULTS, options);
    checkReduction("SmoothL1Loss", given.reduction);
    this.reduction = given.reduction;
    this.beta = given.beta;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, { reduction: this.reduction, beta: this.beta });
  }
}

/** Squares for small differences, absolute values for large ones: see {@link huberLoss}. */
export class HuberLoss extends Module {
  reduction: Reduction;
  delta: number;

  constructor(options: HuberLossOptions = {}) {
    super();
    const given = withDefaults("HuberLoss", HUBER_DEFAULTS, options);
    checkReduction("HuberLoss", given.reduction);
    this.reduction = given.reduction;
    this.delta = given.delta;
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

  constructor(weight?: TensorOr<BCEOptions>, options?: LossOptions) {
    super();
    const defaults = { weight: null as Tensor | null, reduction: "mean" as Reduction };
    const given = readArguments("BCELoss", defaults, [weight, options]);
    checkReduction("BCELoss", given.reduction);
    this.weight = this.registerBuffer("weight", given.weight);
    this.reduction = given.reduction;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/** Kullback-Leibler divergence of log-probabilities: see {@link klDiv}. */
export class KLDivLoss extends Module {
  reduction: KLDivReduction;
  logTarget: boolean;

  constructor(options: KLDivOptions = {}) {
    super();
    const given = withDefaults("KLDivLoss", KL_DIV_DEFAULTS, options);
    checkKLDivReduction("KLDivLoss", given.reduction);
    this.reduction = given.reduction;
    this.logTarget = given.logTarget;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, { reduction: this.reduction, logTarget: this.logTarget });
  }
}

/** For pairs of vectors that should be alike, or not: see {@link cosineEmbeddingLoss}. */
export class CosineEmbeddingLoss extends Module {
  margin: number;
  reduction: Reduction;

  constructor(margin?: number | CosineEmbeddingOptions, options?: LossOptions) {
    super();
    const given = readArguments("CosineEmbeddingLoss", COSINE_EMBEDDING_DEFAULTS, [margin, options]);
    checkReduction("CosineEmbeddingLoss", given.reduction);
    this.margin = given.margin;
    this.reduction = given.reduction;
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

  constructor(
    margin?: number | TripletMarginOptions,
    p?: number | TripletMarginOptions,
    eps?: number | TripletMarginOptions,
    swap?: boolean | TripletMarginOptions,
  ) {
    super();
    const given = readArguments("TripletMarginLoss", TRIPLET_DEFAULTS, [margin, p, eps, swap]);
    checkReduction("TripletMarginLoss", given.reduction);
    this.margin = given.margin;
    this.p = given.p;
    this.eps = given.eps;
    this.swap = given.swap;
    this.reduction = given.reduction;
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { margin, p, eps, swap, reduction } = this;
    return tripletMarginLoss(anchor, positive, negative, { margin, p, eps, swap, reduction });
  }
}
