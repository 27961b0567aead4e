/** @file Losses of scores for classes: cross-entropy of logits, negative log-likelihood of log-probabilities. */
import { sameShape } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { optional, signature } from "../../core/arguments.ts";
import { isTensor } from "../../core/identity.ts";
import { aNumber } from "../../core/kinds.ts";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkClassTarget, checkWeight, classDim, rowsOf, withTargetErrors } from "./class-targets.ts";
import { CLASS_LOSS, checkInputs, INPUT_AND_TARGET, type Reduction, reduced, reductionOf } from "./reduction.ts";

export interface NLLLossOptions {
  /** A factor for each class, shape [C]. A mean is weighted by it too. */
  readonly weight?: Tensor | null | undefined;
  /** Targets of this value have no loss and do not count in a mean. Default −100. */
  readonly ignoreIndex?: number | undefined;
  /** Default "mean". */
  readonly reduction?: Reduction | undefined;
}

export interface CrossEntropyOptions extends NLLLossOptions {
  /** Share of the target, 0 … 1, that is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number | undefined;
}

/** A loss with its arguments read. */
interface ClassLoss {
  readonly op: string;
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
}

/** What follows input and target; the layers take the same. */
export const CROSS_ENTROPY_ARGUMENTS = { ...CLASS_LOSS, labelSmoothing: optional(aNumber, 0) };
export const NLL_LOSS_ARGUMENTS = CLASS_LOSS;

const SIGNATURES = {
  crossEntropy: signature("crossEntropy", { ...INPUT_AND_TARGET, ...CROSS_ENTROPY_ARGUMENTS }),
  nllLoss: signature("nllLoss", { ...INPUT_AND_TARGET, ...NLL_LOSS_ARGUMENTS }),
};

const PLAIN = { weight: null, ignoreIndex: -100, reduction: "mean", labelSmoothing: 0 } as const;

/**
 * Cross-entropy of logits with targets, which are class indices or class probabilities.
 *
 * @param input - Logits of shape [C], [N,C] or [N,C,d…].
 * @param target - int32 class indices of shape [], [N] or [N,d…]; or probabilities of the shape of the input.
 * @returns one number, or with reduction "none" the losses in the shape of the class indices.
 * @throws ValueError for an index that is no class, ShapeError for shapes that do not fit, DTypeError for dtypes.
 */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  options?: CrossEntropyOptions,
): Tensor;
export function crossEntropy(input: Tensor, target: Tensor, options?: CrossEntropyOptions): Tensor;
export function crossEntropy(...given: readonly unknown[]): Tensor {
  const [x, t] = given;
  if (given.length === 2 && isTensor(x) && isTensor(t)) return crossEntropyOf(x, t, PLAIN);
  const { input, target, sizeAverage, reduce, ...loss } = SIGNATURES.crossEntropy.read(given);
  const reduction = reductionOf("crossEntropy", { sizeAverage, reduce, reduction: loss.reduction });
  return crossEntropyOf(input, target, { ...loss, reduction });
}

/** {@link crossEntropy} with its arguments read. */
export function crossEntropyOf(input: Tensor, target: Tensor, given: Omit<ClassLoss, "op">): Tensor {
  const op = "crossEntropy";
  const { weight, ignoreIndex, reduction, labelSmoothing } = given;
  const loss: ClassLoss = { op, weight, ignoreIndex, reduction, labelSmoothing };
  check(loss, input, target);
  if (!(loss.labelSmoothing >= 0 && loss.labelSmoothing <= 1)) {
    throw new ValueError(`[${op}] label_smoothing must be between 0.0 and 1.0. Got: ${loss.labelSmoothing}`);
  }
  if (sameShape(input.shape, target.shape)) return ofProbabilities(input, target, loss);
  checkClassTarget(op, input, target);
  if (loss.weight === null && loss.labelSmoothing === 0) return fused(input, target, loss);
  const result = ofLogProbabilities(rowsOf(input).logSoftmax(1), target, loss);
  return named(loss.labelSmoothing > 0 ? "AddBackward0" : nllName(input, loss), result);
}

/**
 * Negative log-likelihood: minus the log-probability of each target's class.
 *
 * @param input - Log-probabilities of shape [C], [N,C] or [N,C,d…], as `logSoftmax` gives them.
 * @param target - int32 class indices of shape [], [N] or [N,d…].
 * @returns and throws as {@link crossEntropy}.
 */
export function nllLoss(input: Tensor, target: Tensor, weight?: Tensor | null, options?: NLLLossOptions): Tensor;
export function nllLoss(input: Tensor, target: Tensor, options?: NLLLossOptions): Tensor;
export function nllLoss(...given: readonly unknown[]): Tensor {
  const { input, target, sizeAverage, reduce, ...loss } = SIGNATURES.nllLoss.read(given);
  const reduction = reductionOf("nllLoss", { sizeAverage, reduce, reduction: loss.reduction });
  return nllLossOf(input, target, { ...loss, reduction });
}

/** {@link nllLoss} with its arguments read. */
export function nllLossOf(input: Tensor, target: Tensor, given: Omit<ClassLoss, "op" | "labelSmoothing">): Tensor {
  const op = "nllLoss";
  const { weight, ignoreIndex, reduction } = given;
  const loss: ClassLoss = { op, weight, ignoreIndex, reduction, labelSmoothing: 0 };
  check(loss, input, target);
  checkClassTarget(op, input, target);
  return named(nllName(input, loss), ofLogProbabilities(rowsOf(input), target, loss));
}

function check({ op, weight }: ClassLoss, input: Tensor, target: Tensor): void {
  checkInputs(op, input, target);
  if (input.ndim === 0) throw new ShapeError(`[${op}] Expected 1 or more dimensions (got 0)`);
  checkWeight(op, input, weight);
}

/** What PyTorch calls the tape node of a loss with class indices. */
function nllName(input: Tensor, { reduction }: ClassLoss): string {
  if (input.ndim <= 2) return "NllLossBackward0";
  return input.ndim === 4 || reduction !== "none" ? "NllLoss2DBackward0" : "ViewBackward0";
}

/** Softmax, logarithm and choice in one kernel. */
function fused(input: Tensor, target: Tensor, loss: ClassLoss): Tensor {
  const { op, ignoreIndex, reduction } = loss;
  const logits = rowsOf(input);
  const classes = target.int().reshape(-1);
  const losses = withTargetErrors(op, classes, logits.size(1), ignoreIndex, () =>
    apply(ops.crossEntropy, [logits, classes], { ignoreIndex }),
  );
  const shaped = reduction === "none" && target.ndim !== 1 ? losses.view(target.shape) : losses;
  return named(
    nllName(input, loss),
    reduced(shaped, reduction, () => classes.ne(ignoreIndex).sum()),
  );
}

/** From rows [M,C] of log-probabilities: what each target picks, weighted, and smoothed with the mean of its row. */
function ofLogProbabilities(rows: Tensor, target: Tensor, loss: ClassLoss): Tensor {
  const { op, weight, ignoreIndex, reduction, labelSmoothing } = loss;
  const classes = target.int().reshape(-1);
  const ignored = classes.eq(ignoreIndex);
  const places = classes.maskedFill(ignored, 0);
  const count = rows.size(1);
  const weights = weight === null ? null : () => weight.gather(0, places).maskedFill(ignored, 0);

  let losses = withTargetErrors(op, classes, count, ignoreIndex, () => rows.gather(1, places.unsqueeze(1)))
    .squeeze(1)
    .neg();
  if (weights !== null) losses = losses.mul(weights());
  if (labelSmoothing > 0) {
    const spread = (weight === null ? rows : rows.mul(weight)).sum(1).neg();
    losses = losses.mul(1 - labelSmoothing).add(spread.mul(labelSmoothing / count));
  }
  losses = losses.maskedFill(ignored, 0);
  const shaped = reduction === "none" ? losses.view(target.shape) : losses;
  return reduced(shaped, reduction, () => (weights === null ? ignored.logicalNot() : weights()).sum());
}

function ofProbabilities(input: Tensor, target: Tensor, loss: ClassLoss): Tensor {
  const { op, weight, ignoreIndex, reduction, labelSmoothing } = loss;
  if (!target.isFloatingPoint()) {
    throw new DTypeError(
      `[${op}] Expected floating point type for target with class probabilities, got ${target.dtype}: a target of the input's shape holds probabilities`,
    );
  }
  if (ignoreIndex >= 0) throw new ValueError(`[${op}] ignore_index is not supported for floating point target`);
  const dim = classDim(input);
  const classes = input.size(dim);
  const smoothed = labelSmoothing > 0 ? target.mul(1 - labelSmoothing).add(labelSmoothing / classes) : target;
  const products = input.logSoftmax(dim).mul(smoothed);
  const weighted =
    weight === null ? products : products.mul(weight.view(input.shape.map((_, d) => (d === dim ? classes : 1))));
  if (reduction === "none") return weighted.sum(dim).neg();
  const total = weighted.sum().neg();
  return reduction === "sum" ? total : named("DivBackward1", total.div(input.numel() / classes));
}
