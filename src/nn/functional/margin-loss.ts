/** @file Losses that ask for a margin: between pairs, between classes, or around zero. */
import { sameShape } from "../../../kernels/layout.ts";
import { optional, required, signature } from "../../core/arguments.ts";
import { aNumber, aTensor } from "../../core/kinds.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LossOptions } from "./loss.ts";
import { checkInputs, INPUT_AND_TARGET, REDUCTION, reduced, reductionOf, WEIGHT_AND_REDUCTION } from "./reduction.ts";
import { logOfSigmoid } from "./smooth-activation.ts";

export interface MarginOptions extends LossOptions {
  /** Default 0 for `marginRankingLoss`, 1 for `hingeEmbeddingLoss`. */
  readonly margin?: number | undefined;
}

export interface MultiLabelOptions extends LossOptions {
  /** A factor for each class, shape [C]. */
  readonly weight?: Tensor | null | undefined;
}

/** What follows inputs and target; the layers take the same. */
export const RANKING_ARGUMENTS = { margin: optional(aNumber, 0), ...REDUCTION };
export const HINGE_ARGUMENTS = { margin: optional(aNumber, 1), ...REDUCTION };

const SIGNATURES = {
  marginRankingLoss: signature("marginRankingLoss", {
    input1: required(aTensor),
    input2: required(aTensor),
    target: required(aTensor),
    ...RANKING_ARGUMENTS,
  }),
  hingeEmbeddingLoss: signature("hingeEmbeddingLoss", { ...INPUT_AND_TARGET, ...HINGE_ARGUMENTS }),
  softMarginLoss: signature("softMarginLoss", { ...INPUT_AND_TARGET, ...REDUCTION }),
  multilabelSoftMarginLoss: signature("multilabelSoftMarginLoss", { ...INPUT_AND_TARGET, ...WEIGHT_AND_REDUCTION }),
};

/**
 * max(0, margin − target·(input1 − input2)): where the target is 1 the first should be larger, where it is −1 the second.
 *
 * @throws ShapeError for inputs of different rank.
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  margin?: number,
  options?: MarginOptions,
): Tensor;
export function marginRankingLoss(input1: Tensor, input2: Tensor, target: Tensor, options?: MarginOptions): Tensor;
export function marginRankingLoss(...given: readonly unknown[]): Tensor {
  const op = "marginRankingLoss";
  const { input1, input2, target, margin, ...how } = SIGNATURES.marginRankingLoss.read(given);
  checkInputs(op, input1, input2);
  checkInputs(op, input1, target);
  const sizes = ({ shape }: Tensor): string => `torch.Size(${bracketed(shape)})`;
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new ShapeError(
      `[${op}] margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: ${sizes(input1)}, input2: ${sizes(input2)}, target: ${sizes(target)} `,
    );
  }
  const losses = input1.sub(input2).neg().mul(target).add(margin).clamp(0);
  return reduced(named("ClampMinBackward0", losses), reductionOf(op, how));
}

/** input where the target is 1, max(0, margin − input) where it is −1: distances that should be small, or not. */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, margin?: number, options?: MarginOptions): Tensor;
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options?: MarginOptions): Tensor;
export function hingeEmbeddingLoss(...given: readonly unknown[]): Tensor {
  const op = "hingeEmbeddingLoss";
  const { input, target, margin, ...how } = SIGNATURES.hingeEmbeddingLoss.read(given);
  checkInputs(op, input, target);
  const far = input.neg().add(margin).clamp(0).maskedFill(target.eq(1), 0);
  return reduced(far.add(input.maskedFill(target.eq(-1), 0)), reductionOf(op, how));
}

/** log(1 + e^(−target·input)), with targets of 1 and −1. */
export function softMarginLoss(input: Tensor, target: Tensor, options?: LossOptions): Tensor;
export function softMarginLoss(...given: readonly unknown[]): Tensor {
  const op = "softMarginLoss";
  const { input, target, ...how } = SIGNATURES.softMarginLoss.read(given);
  checkInputs(op, input, target);
  return named("SoftMarginLossBackward0", reduced(logOfSigmoid(input.mul(target)).neg(), reductionOf(op, how)));
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
  weight?: Tensor | null,
  options?: MultiLabelOptions,
): Tensor;
export function multilabelSoftMarginLoss(input: Tensor, target: Tensor, options?: MultiLabelOptions): Tensor;
export function multilabelSoftMarginLoss(...given: readonly unknown[]): Tensor {
  const op = "multilabelSoftMarginLoss";
  const { input, target, weight, ...how } = SIGNATURES.multilabelSoftMarginLoss.read(given);
  checkInputs(op, input, target);
  if (!sameShape(input.shape, target.shape) || input.ndim === 0) {
    throw new ShapeError(
      `[${op}] expected input and target of the same shape [..., C], but got ${bracketed(input.shape)} and ${bracketed(target.shape)}`,
    );
  }
  const yes = target.mul(logOfSigmoid(input));
  const no = target.neg().add(1).mul(logOfSigmoid(input.neg()));
  const losses = yes.add(no).neg();
  const weighted = weight === null ? losses : losses.mul(weight);
  return reduced(weighted.sum(-1).div(input.size(-1)), reductionOf(op, how));
}
