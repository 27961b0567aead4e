/** @file Losses that ask for a margin: between pairs, between classes, or around zero. */
import { sameShape } from "../../../kernels/layout.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { readArguments, type TensorOr, withDefaults } from "../../tensor/options.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LossOptions } from "./loss.ts";
import { checkInputs, checkReduction, type Reduction, reduced } from "./reduction.ts";
import { logOfSigmoid } from "./smooth-activation.ts";

export interface MarginOptions extends LossOptions {
  /** Default 0 for `marginRankingLoss`, 1 for `hingeEmbeddingLoss`. */
  readonly margin?: number | undefined;
}

export interface MultiLabelOptions extends LossOptions {
  /** A factor for each class, shape [C]. */
  readonly weight?: Tensor | null | undefined;
}

/** PyTorch's defaults, in the order of its arguments. */
export const RANKING_DEFAULTS = { margin: 0, reduction: "mean" as Reduction };
export const HINGE_DEFAULTS = { margin: 1, reduction: "mean" as Reduction };
export const MULTI_LABEL_DEFAULTS = { weight: null as Tensor | null, reduction: "mean" as Reduction };

/**
 * max(0, margin − target·(input1 − input2)): where the target is 1 the first should be larger, where it is −1 the second.
 *
 * @throws ShapeError for inputs of different rank.
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  margin?: number | MarginOptions,
  options?: LossOptions,
): Tensor {
  const op = "marginRankingLoss";
  const given = readArguments(op, RANKING_DEFAULTS, [margin, options]);
  checkReduction(op, given.reduction);
  checkInputs(op, input1, input2);
  checkInputs(op, input1, target);
  const sizes = ({ shape }: Tensor): string => `torch.Size(${bracketed(shape)})`;
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new ShapeError(
      `[${op}] margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: ${sizes(input1)}, input2: ${sizes(input2)}, target: ${sizes(target)} `,
    );
  }
  const losses = input1.sub(input2).neg().mul(target).add(given.margin).clamp(0);
  return reduced(named("ClampMinBackward0", losses), given.reduction);
}

/** input where the target is 1, max(0, margin − input) where it is −1: distances that should be small, or not. */
export function hingeEmbeddingLoss(
  input: Tensor,
  target: Tensor,
  margin?: number | MarginOptions,
  options?: LossOptions,
): Tensor {
  const op = "hingeEmbeddingLoss";
  const given = readArguments(op, HINGE_DEFAULTS, [margin, options]);
  checkReduction(op, given.reduction);
  checkInputs(op, input, target);
  const far = input.neg().add(given.margin).clamp(0).maskedFill(target.eq(1), 0);
  return reduced(far.add(input.maskedFill(target.eq(-1), 0)), given.reduction);
}

/** log(1 + e^(−target·input)), with targets of 1 and −1. */
export function softMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const op = "softMarginLoss";
  const { reduction } = withDefaults(op, { reduction: "mean" as Reduction }, options);
  checkReduction(op, reduction);
  checkInputs(op, input, target);
  return named("SoftMarginLossBackward0", reduced(logOfSigmoid(input.mul(target)).neg(), reduction));
}

/**
 * The mean over the classes of −(t·log σ(x) + (1−t)·log σ(−x)), with targets of 0 and 1.
 *
 * @param input - [..., C].
 * @param target - of that shape.
 * @returns one number, or with reduction "none" one for each sample.
 * @throws ShapeError if the shapes differ.
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  weight?: TensorOr<MultiLabelOptions>,
  options?: LossOptions,
): Tensor {
  const op = "multilabelSoftMarginLoss";
  const given = readArguments(op, MULTI_LABEL_DEFAULTS, [weight, options]);
  checkReduction(op, given.reduction);
  checkInputs(op, input, target);
  if (!sameShape(input.shape, target.shape) || input.ndim === 0) {
    throw new ShapeError(
      `[${op}] expected input and target of the same shape [..., C], but got ${bracketed(input.shape)} and ${bracketed(target.shape)}`,
    );
  }
  const yes = target.mul(logOfSigmoid(input));
  const no = target.neg().add(1).mul(logOfSigmoid(input.neg()));
  const losses = yes.add(no).neg();
  const weighted = given.weight === null ? losses : losses.mul(given.weight);
  return reduced(weighted.sum(-1).div(input.size(-1)), given.reduction);
}
