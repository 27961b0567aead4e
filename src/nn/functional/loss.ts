/** @file Losses of inputs and targets of one shape: squares, absolute values, binary cross-entropy. */
import { sameShape } from "../../../kernels/layout.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { readArguments, type TensorOr, withDefaults } from "../../tensor/options.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkInputs, checkReduction, type Reduction, reduced } from "./reduction.ts";
import { logOfSigmoid } from "./smooth-activation.ts";

export interface LossOptions {
  /** Default "mean". */
  readonly reduction?: Reduction | undefined;
}

/** Reads the options and checks the arguments. Shapes that broadcast are taken, with PyTorch's warning. */
export function reductionOf(op: string, input: Tensor, target: Tensor, options: LossOptions): Reduction {
  const { reduction } = withDefaults(op, { reduction: "mean" as Reduction }, options);
  checkReduction(op, reduction);
  checkInputs(op, input, target);
  if (!sameShape(input.shape, target.shape)) {
    console.warn(
      `[${op}] Using a target size (torch.Size(${bracketed(target.shape)})) that is different to the input size (torch.Size(${bracketed(input.shape)})). ` +
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
    );
  }
  return reduction;
}

/** Mean of the squared differences: (input − target)². */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const reduction = reductionOf("mseLoss", input, target, options);
  const difference = input.sub(target);
  return named("MseLossBackward0", reduced(difference.mul(difference), reduction));
}

/** Mean of the absolute differences: |input − target|. */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const reduction = reductionOf("l1Loss", input, target, options);
  return reduced(input.sub(target).abs(), reduction);
}

export interface BCEWithLogitsOptions extends LossOptions {
  /** A factor for each element's loss; its shape broadcasts to that of the input. */
  readonly weight?: Tensor | null | undefined;
  /** A factor for the positive part of the loss, one for each class; its shape broadcasts to that of the input. */
  readonly posWeight?: Tensor | null | undefined;
}

/** PyTorch's defaults, in the order of its arguments. */
export const BCE_DEFAULTS = {
  weight: null as Tensor | null,
  reduction: "mean" as Reduction,
  posWeight: null as Tensor | null,
};

/**
 * Cross-entropy of logits with targets that are probabilities, element by element:
 * −(p·t·log σ(x) + (1−t)·log(1−σ(x))), with p the `posWeight`.
 *
 * @throws ShapeError if the shapes of input and target differ.
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  weight?: TensorOr<BCEWithLogitsOptions>,
  options?: BCEWithLogitsOptions,
): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  const { reduction, ...weights } = readArguments(op, BCE_DEFAULTS, [weight, options]);
  checkReduction(op, reduction);
  checkInputs(op, input, target);
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `[${op}] Target size (torch.Size(${bracketed(target.shape)})) must be the same as input size (torch.Size(${bracketed(input.shape)}))`,
    );
  }
  // log σ(x) with a gradient that is finite for every x, where that of log(1 + e⁻ˣ) written out is NaN at −∞.
  const logSigmoid = logOfSigmoid(input);
  const positive =
    weights.posWeight === null ? logSigmoid : logSigmoid.mul(weights.posWeight.sub(1).mul(target).add(1));
  const losses = target.neg().add(1).mul(input).sub(positive);
  return named(
    "BinaryCrossEntropyWithLogitsBackward0",
    reduced(weights.weight === null ? losses : losses.mul(weights.weight), reduction),
  );
}
