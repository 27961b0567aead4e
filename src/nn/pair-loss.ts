/** @file Losses as modules: softened absolute values, probabilities, distances. */
import { signature, type ThenOptions } from "../core/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  COSINE_EMBEDDING_ARGUMENTS,
  type CosineEmbeddingOptions,
  cosineEmbeddingLoss,
  TRIPLET_ARGUMENTS,
  type TripletMarginOptions,
  tripletMarginLoss,
} from "./functional/distance-loss.ts";
import { type Reduction, reductionOf, WEIGHT_AND_REDUCTION } from "./functional/reduction.ts";
import {
  type BCEOptions,
  binaryCrossEntropy,
  HUBER_ARGUMENTS,
  type HuberLossOptions,
  huberLoss,
  KL_DIV_ARGUMENTS,
  type KLDivOptions,
  type KLDivReduction,
  klDiv,
  SMOOTH_L1_ARGUMENTS,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "./functional/robust-loss.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  SmoothL1Loss: signature("SmoothL1Loss", SMOOTH_L1_ARGUMENTS),
  HuberLoss: signature("HuberLoss", HUBER_ARGUMENTS),
  BCELoss: signature("BCELoss", WEIGHT_AND_REDUCTION),
  KLDivLoss: signature("KLDivLoss", KL_DIV_ARGUMENTS),
  CosineEmbeddingLoss: signature("CosineEmbeddingLoss", COSINE_EMBEDDING_ARGUMENTS),
  TripletMarginLoss: signature("TripletMarginLoss", TRIPLET_ARGUMENTS),
};

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
  constructor(...rest: ThenOptions<[reduction: Reduction], HuberLossOptions>);
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
  constructor(...rest: ThenOptions<[margin: number, p: number, eps: number], TripletMarginOptions>);
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
