/** @file Losses of inputs and targets of one shape: softened absolute values, cross-entropy and divergence of probabilities. */
import { sameShape } from "../../../kernels/layout.ts";
import { CustomFunction, type FunctionContext } from "../../autograd/function.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { aBoolean, aNumber, oneOf, worded } from "../../core/kinds.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkShapes, type LossOptions } from "./loss.ts";
import {
  checkInputs,
  INPUT_AND_TARGET,
  REDUCTION,
  type Reduction,
  reduced,
  reductionOf,
  WEIGHT_AND_REDUCTION,
} from "./reduction.ts";

export interface SmoothL1LossOptions extends LossOptions {
  /** Where squares end and absolute values begin. Default 1. */
  readonly beta?: number | undefined;
}

export interface HuberLossOptions extends LossOptions {
  /** Where squares end and absolute values begin. Default 1. */
  readonly delta?: number | undefined;
}

/** What follows input and target; the layers take the same. */
export const SMOOTH_L1_ARGUMENTS = { ...REDUCTION, beta: optional(aNumber, 1) };
export const HUBER_ARGUMENTS = { reduction: REDUCTION.reduction, delta: optional(aNumber, 1) };
export const KL_DIV_ARGUMENTS = {
  ...REDUCTION,
  reduction: optional(
    worded(
      oneOf("none", "batchmean", "sum", "mean"),
      (_, value) =>
        `${describeBare(value)} is not a valid value for reduction. Expected "none", "mean", "sum" or "batchmean".`,
    ),
    "mean",
  ),
  logTarget: optional(aBoolean, false),
};

const SIGNATURES = {
  smoothL1Loss: signature("smoothL1Loss", { ...INPUT_AND_TARGET, ...SMOOTH_L1_ARGUMENTS }),
  huberLoss: signature("huberLoss", { ...INPUT_AND_TARGET, ...HUBER_ARGUMENTS }),
  binaryCrossEntropy: signature("binaryCrossEntropy", { ...INPUT_AND_TARGET, ...WEIGHT_AND_REDUCTION }),
  klDiv: signature("klDiv", { ...INPUT_AND_TARGET, ...KL_DIV_ARGUMENTS }),
};

/** Squares, and zeros where they are `unused`: an infinite one there would make the gradient NaN. */
function squares(x: Tensor, unused: Tensor): Tensor {
  const used = x.maskedFill(unused, 0);
  return used.mul(used);
}

/**
 * With d = |input − target|: d²/2/beta where d < beta, else d − beta/2.
 *
 * @throws ValueError for a negative beta.
 */
export function smoothL1Loss(input: Tensor, target: Tensor, options?: SmoothL1LossOptions): Tensor;
export function smoothL1Loss(...given: readonly unknown[]): Tensor {
  const op = "smoothL1Loss";
  const { input, target, beta, ...how } = SIGNATURES.smoothL1Loss.read(given);
  const reduction = reductionOf(op, how);
  checkShapes(op, input, target);
  if (!(beta >= 0))
    throw new ValueError(`[${op}] smooth_l1_loss does not support negative values for beta. Got: ${beta}`);
  const difference = input.sub(target);
  const size = difference.abs();
  const far = size.ge(beta);
  const losses = beta === 0 ? size : size.sub(0.5 * beta).where(far, squares(difference, far).mul(0.5 / beta));
  return named("SmoothL1LossBackward0", reduced(losses, reduction));
}

/**
 * With d = |input − target|: d²/2 where d < delta, else delta·(d − delta/2).
 *
 * @throws ValueError unless delta is positive.
 */
export function huberLoss(input: Tensor, target: Tensor, reduction?: Reduction, delta?: number): Tensor;
export function huberLoss(
  input: Tensor,
  target: Tensor,
  ...rest: ThenOptions<[reduction: Reduction], HuberLossOptions>
): Tensor;
export function huberLoss(...given: readonly unknown[]): Tensor {
  const op = "huberLoss";
  const { input, target, reduction, delta } = SIGNATURES.huberLoss.read(given);
  checkShapes(op, input, target);
  if (!(delta > 0))
    throw new ValueError(`[${op}] huber_loss does not support non-positive values for delta. Got: ${delta}`);
  const difference = input.sub(target);
  const size = difference.abs();
  const far = size.ge(delta);
  const losses = size
    .sub(0.5 * delta)
    .mul(delta)
    .where(far, squares(difference, far).mul(0.5));
  return named("HuberLossBackward0", reduced(losses, reduction));
}

/** −(t·log x + (1−t)·log(1−x)), with logarithms of at least −100, and PyTorch's bounded gradient. */
class BinaryCrossEntropy extends CustomFunction {
  static forward(ctx: FunctionContext<[Tensor, Tensor]>, x: Tensor, t: Tensor): Tensor {
    ctx.saveForBackward(x, t);
    const [yes, no] = [x.log().clamp(-100), x.neg().log1p().clamp(-100)];
    return t.mul(no.sub(yes)).sub(no);
  }
  static backward(ctx: FunctionContext<[Tensor, Tensor]>, grad: Tensor): (Tensor | null)[] {
    const [x, t] = ctx.savedTensors;
    const rest = x.neg().add(1);
    const [forInput, forTarget] = ctx.needsInputGrad;
    return [
      forInput ? grad.mul(x.sub(t)).div(rest.mul(x).clamp(1e-12)) : null,
      forTarget ? grad.mul(rest.log().sub(x.log())) : null,
    ];
  }
}

export interface BCEOptions extends LossOptions {
  /** A factor for each element's loss; its shape broadcasts to that of the input. */
  readonly weight?: Tensor | null | undefined;
}

/**
 * Cross-entropy of probabilities with targets that are probabilities, element by element:
 * −(t·log x + (1−t)·log(1−x)), where no logarithm is less than −100.
 *
 * @throws ShapeError if the shapes differ; ValueError for an input outside 0 … 1.
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, weight?: Tensor | null, options?: BCEOptions): Tensor;
export function binaryCrossEntropy(input: Tensor, target: Tensor, options?: BCEOptions): Tensor;
export function binaryCrossEntropy(...given: readonly unknown[]): Tensor {
  const op = "binaryCrossEntropy";
  const { input, target, weight, ...how } = SIGNATURES.binaryCrossEntropy.read(given);
  checkInputs(op, input, target);
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `[${op}] Using a target size (torch.Size(${bracketed(target.shape)})) that is different to the input size (torch.Size(${bracketed(input.shape)})) is deprecated. Please ensure they have the same size.`,
    );
  }
  const inside = () => input.ge(0).logicalAnd(input.le(1)).all().itemSync<boolean>();
  if (input.device === "cpu" && !noGrad(inside)) {
    throw new ValueError(
      `[${op}] all elements of input should be between 0 and 1. Use binaryCrossEntropyWithLogits for logits.`,
    );
  }
  const losses = BinaryCrossEntropy.apply(input, target);
  const weighted = weight === null ? losses : losses.mul(weight);
  return named("BinaryCrossEntropyBackward0", reduced(weighted, reductionOf(op, how)));
}

/** `"batchmean"`, the divergence proper, divides the sum by the first size. */
export type KLDivReduction = Reduction | "batchmean";

export interface KLDivOptions {
  /** Default "mean". */
  readonly reduction?: KLDivReduction | undefined;
  /** Whether the target holds logarithms too. Default false. */
  readonly logTarget?: boolean | undefined;
}

/** Kullback-Leibler divergence of log-probabilities from target probabilities: t·(log t − input). */
export function klDiv(input: Tensor, target: Tensor, options?: KLDivOptions): Tensor;
export function klDiv(...given: readonly unknown[]): Tensor {
  const op = "klDiv";
  const { input, target, logTarget, ...how } = SIGNATURES.klDiv.read(given);
  const reduction = reductionOf(op, how);
  checkInputs(op, input, target);
  const losses = logTarget
    ? target.exp().mul(target.sub(input))
    : target.mul(target.maskedFill(target.eq(0), 1).log()).sub(target.mul(input));
  return reduction === "batchmean" ? losses.sum().div(input.size(0)) : reduced(losses, reduction);
}
