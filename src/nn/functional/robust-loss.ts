/** @file Losses of inputs and targets of one shape: softened absolute values, cross-entropy and divergence of probabilities. */
import { sameShape } from "../../../kernels/layout.ts";
import { CustomFunction, type FunctionContext } from "../../autograd/function.ts";
import { noGrad } from "../../autograd/mode.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { readArguments, type TensorOr, withDefaults } from "../../tensor/options.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type LossOptions, reductionOf } from "./loss.ts";
import { checkInputs, checkReduction, type Reduction, reduced } from "./reduction.ts";

export interface SmoothL1LossOptions extends LossOptions {
  /** Where squares end and absolute values begin. Default 1. */
  readonly beta?: number | undefined;
}

export interface HuberLossOptions extends LossOptions {
  /** Where squares end and absolute values begin. Default 1. */
  readonly delta?: number | undefined;
}

/** PyTorch's defaults. */
export const SMOOTH_L1_DEFAULTS = { reduction: "mean" as Reduction, beta: 1 };
export const HUBER_DEFAULTS = { reduction: "mean" as Reduction, delta: 1 };
export const KL_DIV_DEFAULTS = { reduction: "mean" as KLDivReduction, logTarget: false };

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
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  const op = "smoothL1Loss";
  const { beta, ...rest } = withDefaults(op, SMOOTH_L1_DEFAULTS, options);
  const reduction = reductionOf(op, input, target, rest);
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
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  const op = "huberLoss";
  const { delta, ...rest } = withDefaults(op, HUBER_DEFAULTS, options);
  const reduction = reductionOf(op, input, target, rest);
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
export function binaryCrossEntropy(
  input: Tensor,
  target: Tensor,
  weight?: TensorOr<BCEOptions>,
  options?: BCEOptions,
): Tensor {
  const op = "binaryCrossEntropy";
  const given = readArguments(op, { weight: null as Tensor | null, reduction: "mean" as Reduction }, [weight, options]);
  checkReduction(op, given.reduction);
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
  const weighted = given.weight === null ? losses : losses.mul(given.weight);
  return named("BinaryCrossEntropyBackward0", reduced(weighted, given.reduction));
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
export function klDiv(input: Tensor, target: Tensor, options: KLDivOptions = {}): Tensor {
  const op = "klDiv";
  const { reduction, logTarget } = withDefaults(op, KL_DIV_DEFAULTS, options);
  checkKLDivReduction(op, reduction);
  checkInputs(op, input, target);
  const losses = logTarget
    ? target.exp().mul(target.sub(input))
    : target.mul(target.maskedFill(target.eq(0), 1).log()).sub(target.mul(input));
  return reduction === "batchmean" ? losses.sum().div(input.size(0)) : reduced(losses, reduction);
}

/** Throws a ValueError unless it is one. */
export function checkKLDivReduction(op: string, reduction: unknown): asserts reduction is KLDivReduction {
  if (reduction !== "batchmean") checkReduction(op, reduction);
}
