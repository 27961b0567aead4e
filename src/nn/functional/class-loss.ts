/** @file Losses of scores for classes: cross-entropy of logits, negative log-likelihood of log-probabilities. */
import { sameShape } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { DTypeError, ShapeError, ValueError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { ops } from "../../tensor/ops/index.ts";
import { readArguments, type TensorOr } from "../../tensor/options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkClassTarget, checkWeight, classDim, rowsOf, withTargetErrors } from "./class-targets.ts";
import { checkInputs, checkReduction, type Reduction, reduced } from "./reduction.ts";

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

interface ClassLoss {
  readonly op: string;
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
}

/** PyTorch's defaults, in the order of its arguments. */
export const CLASS_LOSS_DEFAULTS = {
  weight: null as Tensor | null,
  ignoreIndex: -100,
  reduction: "mean" as Reduction,
};

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
  weight?: TensorOr<CrossEntropyOptions>,
  options?: CrossEntropyOptions,
): Tensor {
  const op = "crossEntropy";
  const loss = { op, ...readArguments(op, { ...CLASS_LOSS_DEFAULTS, labelSmoothing: 0 }, [weight, options]) };
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
export function nllLoss(
  input: Tensor,
  target: Tensor,
  weight?: TensorOr<NLLLossOptions>,
  options?: NLLLossOptions,
): Tensor {
  const op = "nllLoss";
  const loss = { op, labelSmoothing: 0, ...readArguments(op, CLASS_LOSS_DEFAULTS, [weight, options]) };
  check(loss, input, target);
  checkClassTarget(op, input, target);
  return named(nllName(input, loss), ofLogProbabilities(rowsOf(input), target, loss));
}

function check({ op, weight, ignoreIndex, reduction }: ClassLoss, input: Tensor, target: Tensor): void {
  checkReduction(op, reduction);
  checkInputs(op, input, target);
  if (!Number.isInteger(ignoreIndex)) {
    throw new ValueError(`[${op}] ignoreIndex must be an integer, but got ${ignoreIndex}`);
  }
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
