/** @file Losses that ask for a margin, as modules. */
import { signature } from "../core/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  HINGE_ARGUMENTS,
  hingeEmbeddingLoss,
  type MarginOptions,
  type MultiLabelOptions,
  marginRankingLoss,
  multilabelSoftMarginLoss,
  RANKING_ARGUMENTS,
  softMarginLoss,
} from "./functional/margin-loss.ts";
import { type Reduction, reductionOf, WEIGHT_AND_REDUCTION } from "./functional/reduction.ts";
import { ReducedLoss } from "./loss.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  MarginRankingLoss: signature("MarginRankingLoss", RANKING_ARGUMENTS),
  HingeEmbeddingLoss: signature("HingeEmbeddingLoss", HINGE_ARGUMENTS),
  MultiLabelSoftMarginLoss: signature("MultiLabelSoftMarginLoss", WEIGHT_AND_REDUCTION),
};

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
