/** @file Losses of inputs and targets of one shape: squares, absolute values, binary cross-entropy. */
import { sameShape } from "../../../kernels/layout.ts";
import { optional, signature } from "../../core/arguments.ts";
import { isTensor } from "../../core/identity.ts";
import { aTensor, nullable } from "../../core/kinds.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  checkInputs,
  INPUT_AND_TARGET,
  REDUCTION,
  type Reduction,
  reduced,
  reductionOf,
  WEIGHT_AND_REDUCTION,
} from "./reduction.ts";
import { logOfSigmoid } from "./smooth-activation.ts";

export interface LossOptions {
  /** Default "mean". */
  readonly reduction?: Reduction | undefined;
}

/** Checks both. Shapes that broadcast are taken, with PyTorch's warning. */
export function checkShapes(op: string, input: Tensor, target: Tensor): void {
  checkInputs(op, input, target);
  if (!sameShape(input.shape, target.shape)) {
    console.warn(
      `[${op}] Using a target size (torch.Size(${bracketed(target.shape)})) that is different to the input size (torch.Size(${bracketed(input.shape)})). ` +
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
    );
  }
}

/** What follows input and target; the layer takes the same. */
export const BCE_WITH_LOGITS_ARGUMENTS = { ...WEIGHT_AND_REDUCTION, posWeight: optional(nullable(aTensor), null) };

const SIGNATURES = {
  mseLoss: signature("mseLoss", { ...INPUT_AND_TARGET, ...REDUCTION }),
  l1Loss: signature("l1Loss", { ...INPUT_AND_TARGET, ...REDUCTION }),
  binaryCrossEntropyWithLogits: signature("binaryCrossEntropyWithLogits", {
    ...INPUT_AND_TARGET,
    ...BCE_WITH_LOGITS_ARGUMENTS,
  }),
};

/** Mean of the squared differences: (input − target)². */
export function mseLoss(input: Tensor, target: Tensor, options?: LossOptions): Tensor;
export function mseLoss(...given: readonly unknown[]): Tensor {
  const [x, t] = given;
  if (given.length === 2 && isTensor(x) && isTensor(t)) return squaredError(x, t, "mean");
  const { input, target, ...how } = SIGNATURES.mseLoss.read(given);
  return squaredError(input, target, reductionOf("mseLoss", how));
}

/** {@link mseLoss} with its arguments read. */
export function squaredError(input: Tensor, target: Tensor, reduction: Reduction): Tensor {
  checkShapes("mseLoss", input, target);
  const difference = input.sub(target);
  return named("MseLossBackward0", reduced(difference.mul(difference), reduction));
}

/** Mean of the absolute differences: |input − target|. */
export function l1Loss(input: Tensor, target: Tensor, options?: LossOptions): Tensor;
export function l1Loss(...given: readonly unknown[]): Tensor {
  const { input, target, ...how } = SIGNATURES.l1Loss.read(given);
  checkShapes("l1Loss", input, target);
  return reduced(input.sub(target).abs(), reductionOf("l1Loss", how));
}

export interface BCEWithLogitsOptions extends LossOptions {
  /** A factor for each element's loss; its shape broadcasts to that of the input. */
  readonly weight?: Tensor | null | undefined;
  /** A factor for the positive part of the loss, one for each class; its shape broadcasts to that of the input. */
  readonly posWeight?: Tensor | null | undefined;
}

/**
 * Cross-entropy of logits with targets that are probabilities, element by element:
 * −(p·t·log σ(x) + (1−t)·log(1−σ(x))), with p the `posWeight`.
 *
 * @throws ShapeError if the shapes of input and target differ.
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  options?: BCEWithLogitsOptions,
): Tensor;
export function binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, options?: BCEWithLogitsOptions): Tensor;
export function binaryCrossEntropyWithLogits(...given: readonly unknown[]): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  const { input, target, weight, posWeight, ...how } = SIGNATURES.binaryCrossEntropyWithLogits.read(given);
  return logitCrossEntropy(input, target, { weight, posWeight, reduction: reductionOf(op, how) });
}

/** {@link binaryCrossEntropyWithLogits} with its arguments read. */
export function logitCrossEntropy(
  input: Tensor,
  target: Tensor,
  given: { readonly weight: Tensor | null; readonly posWeight: Tensor | null; readonly reduction: Reduction },
): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  const { weight, posWeight, reduction } = given;
  checkInputs(op, input, target);
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `[${op}] Target size (torch.Size(${bracketed(target.shape)})) must be the same as input size (torch.Size(${bracketed(input.shape)}))`,
    );
  }
  // log σ(x) with a gradient that is finite for every x, where that of log(1 + e⁻ˣ) written out is NaN at −∞.
  const logSigmoid = logOfSigmoid(input);
  const positive = posWeight === null ? logSigmoid : logSigmoid.mul(posWeight.sub(1).mul(target).add(1));
  const losses = target.neg().add(1).mul(input).sub(positive);
  return named(
    "BinaryCrossEntropyWithLogitsBackward0",
    reduced(weight === null ? losses : losses.mul(weight), reduction),
  );
}
