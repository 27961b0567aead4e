/** @file Losses that ask for a margin, as modules. */
import { readArguments, type TensorOr, withDefaults } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LossOptions } from "./functional/loss.ts";
import {
  HINGE_DEFAULTS,
  hingeEmbeddingLoss,
  type MarginOptions,
  MULTI_LABEL_DEFAULTS,
  type MultiLabelOptions,
  marginRankingLoss,
  multilabelSoftMarginLoss,
  RANKING_DEFAULTS,
  softMarginLoss,
} from "./functional/margin-loss.ts";
import { checkReduction, type Reduction } from "./functional/reduction.ts";
import { Module } from "./module.ts";

/** For pairs of numbers of which one should be larger: see {@link marginRankingLoss}. */
export class MarginRankingLoss extends Module {
  margin: number;
  reduction: Reduction;

  constructor(margin?: number | MarginOptions, options?: LossOptions) {
    super();
    const given = readArguments("MarginRankingLoss", RANKING_DEFAULTS, [margin, options]);
    checkReduction("MarginRankingLoss", given.reduction);
    this.margin = given.margin;
    this.reduction = given.reduction;
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** For distances that should be small, or large: see {@link hingeEmbeddingLoss}. */
export class HingeEmbeddingLoss extends Module {
  margin: number;
  reduction: Reduction;

  constructor(margin?: number | MarginOptions, options?: LossOptions) {
    super();
    const given = readArguments("HingeEmbeddingLoss", HINGE_DEFAULTS, [margin, options]);
    checkReduction("HingeEmbeddingLoss", given.reduction);
    this.margin = given.margin;
    this.reduction = given.reduction;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** For scores of two classes, 1 and −1: see {@link softMarginLoss}. */
export class SoftMarginLoss extends Module {
  reduction: Reduction;

  constructor(options: LossOptions = {}) {
    super();
    const { reduction } = withDefaults("SoftMarginLoss", { reduction: "mean" as Reduction }, options);
    checkReduction("SoftMarginLoss", reduction);
    this.reduction = reduction;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, { reduction: this.reduction });
  }
}

/** For samples of several classes at once: see {@link multilabelSoftMarginLoss}. */
export class MultiLabelSoftMarginLoss extends Module {
  /** A factor for each class, or null. A buffer. */
  weight: Tensor | null;
  reduction: Reduction;

  constructor(weight?: TensorOr<MultiLabelOptions>, options?: LossOptions) {
    super();
    const given = readArguments("MultiLabelSoftMarginLoss", MULTI_LABEL_DEFAULTS, [weight, options]);
    checkReduction("MultiLabelSoftMarginLoss", given.reduction);
    this.weight = this.registerBuffer("weight", given.weight);
    this.reduction = given.reduction;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, { weight: this.weight, reduction: this.reduction });
  }
}
