/** @file Loss functions. */
import type { NDArray } from "../../../kernels/backend.ts";
import { sameShape } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { allSamples, withBatchingHook } from "../../autograd/batching.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import type { Op } from "../../autograd/op.ts";
import { type ByName, keyword, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { backendFor } from "../../core/device.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import {
  aBoolean,
  aFunction,
  aNumber,
  anInteger,
  aTensor,
  integers,
  type Kind,
  nullable,
  oneOf,
  worded,
} from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { searchsorted } from "../../tensor/functions/searching.ts";
import { newFrom } from "../../tensor/like.ts";
import { ctcLosses } from "../../tensor/ops/ctc.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { resultType } from "../../tensor/type-promotion.ts";
import { logOfSigmoid } from "./activation.ts";
import { pairwiseDistance } from "./distance.ts";
import {
  checkInputs,
  checkTensors,
  INPUT_AND_TARGET,
  REDUCTION,
  type Reduction,
  reduceLoss,
  reductionOf,
  WEIGHT_AND_REDUCTION,
} from "./reduction.ts";
import { SCALAR_TYPES } from "./validate.ts";

/** The arguments after input and target, in PyTorch's order; the layers take the same. */
export const NLL_LOSS_ARGUMENTS = {
  weight: optional(nullable(aTensor), null),
  sizeAverage: REDUCTION.sizeAverage,
  ignoreIndex: optional(anInteger, -100),
  reduce: REDUCTION.reduce,
  reduction: REDUCTION.reduction,
};
export const CROSS_ENTROPY_ARGUMENTS = { ...NLL_LOSS_ARGUMENTS, labelSmoothing: optional(aNumber, 0) };
export const BCE_WITH_LOGITS_ARGUMENTS = { ...WEIGHT_AND_REDUCTION, posWeight: optional(nullable(aTensor), null) };
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
export const POISSON_ARGUMENTS = {
  logInput: optional(aBoolean, true),
  full: optional(aBoolean, false),
  sizeAverage: REDUCTION.sizeAverage,
  eps: optional(aNumber, 1e-8),
  reduce: REDUCTION.reduce,
  reduction: REDUCTION.reduction,
};
export const GAUSSIAN_ARGUMENTS = {
  full: optional(aBoolean, false),
  eps: optional(aNumber, 1e-6),
  reduction: REDUCTION.reduction,
};
export const RANKING_ARGUMENTS = { margin: optional(aNumber, 0), ...REDUCTION };
export const HINGE_ARGUMENTS = { margin: optional(aNumber, 1), ...REDUCTION };
export const COSINE_EMBEDDING_ARGUMENTS = { margin: optional(aNumber, 0), ...REDUCTION };
export const TRIPLET_ARGUMENTS = {
  margin: optional(aNumber, 1),
  p: optional(aNumber, 2),
  eps: optional(aNumber, 1e-6),
  swap: optional(aBoolean, false),
  ...REDUCTION,
};

/** Lengths as a list, or as an int32 tensor on the CPU. */
const someLengths: Kind<readonly number[]> = {
  description: "a list of integers or a tensor of them",
  read: (value) => (isTensor(value) ? integers.read(Array.from(value.dataSync())) : integers.read(value)),
};

export const MULTI_MARGIN_ARGUMENTS = {
  p: optional(aNumber, 1),
  margin: optional(aNumber, 1),
  ...WEIGHT_AND_REDUCTION,
};
export const TRIPLET_DISTANCE_ARGUMENTS = {
  distanceFunction: keyword(nullable(aFunction as unknown as Kind<DistanceFunction>), null),
  margin: keyword(aNumber, 1),
  swap: keyword(aBoolean, false),
  reduction: keyword(REDUCTION.reduction.kind, "mean"),
};
export const CTC_ARGUMENTS = {
  blank: optional(anInteger, 0),
  reduction: REDUCTION.reduction,
  zeroInfinity: optional(aBoolean, false),
};
const SIGNATURES = {
  multiMarginLoss: signature("multiMarginLoss", { ...INPUT_AND_TARGET, ...MULTI_MARGIN_ARGUMENTS }),
  multilabelMarginLoss: signature("multilabelMarginLoss", { ...INPUT_AND_TARGET, ...REDUCTION }),
  tripletMarginWithDistanceLoss: signature("tripletMarginWithDistanceLoss", {
    anchor: required(aTensor),
    positive: required(aTensor),
    negative: required(aTensor),
    ...TRIPLET_DISTANCE_ARGUMENTS,
  }),
  ctcLoss: signature("ctcLoss", {
    logProbs: required(aTensor),
    targets: required(aTensor),
    inputLengths: required(someLengths),
    targetLengths: required(someLengths),
    ...CTC_ARGUMENTS,
  }),
  mseLoss: signature("mseLoss", { ...INPUT_AND_TARGET, ...REDUCTION }),
  l1Loss: signature("l1Loss", { ...INPUT_AND_TARGET, ...REDUCTION }),
  smoothL1Loss: signature("smoothL1Loss", { ...INPUT_AND_TARGET, ...SMOOTH_L1_ARGUMENTS }),
  huberLoss: signature("huberLoss", { ...INPUT_AND_TARGET, ...HUBER_ARGUMENTS }),
  crossEntropy: signature("crossEntropy", { ...INPUT_AND_TARGET, ...CROSS_ENTROPY_ARGUMENTS }),
  nllLoss: signature("nllLoss", { ...INPUT_AND_TARGET, ...NLL_LOSS_ARGUMENTS }),
  binaryCrossEntropy: signature("binaryCrossEntropy", { ...INPUT_AND_TARGET, ...WEIGHT_AND_REDUCTION }),
  binaryCrossEntropyWithLogits: signature("binaryCrossEntropyWithLogits", {
    ...INPUT_AND_TARGET,
    ...BCE_WITH_LOGITS_ARGUMENTS,
  }),
  multilabelSoftMarginLoss: signature("multilabelSoftMarginLoss", { ...INPUT_AND_TARGET, ...WEIGHT_AND_REDUCTION }),
  softMarginLoss: signature("softMarginLoss", { ...INPUT_AND_TARGET, ...REDUCTION }),
  klDiv: signature("klDiv", { ...INPUT_AND_TARGET, ...KL_DIV_ARGUMENTS }),
  poissonNllLoss: signature("poissonNllLoss", { ...INPUT_AND_TARGET, ...POISSON_ARGUMENTS }),
  gaussianNllLoss: signature("gaussianNllLoss", { ...INPUT_AND_TARGET, var: required(aTensor), ...GAUSSIAN_ARGUMENTS }),
  marginRankingLoss: signature("marginRankingLoss", {
    input1: required(aTensor),
    input2: required(aTensor),
    target: required(aTensor),
    ...RANKING_ARGUMENTS,
  }),
  hingeEmbeddingLoss: signature("hingeEmbeddingLoss", { ...INPUT_AND_TARGET, ...HINGE_ARGUMENTS }),
  cosineEmbeddingLoss: signature("cosineEmbeddingLoss", {
    input1: required(aTensor),
    input2: required(aTensor),
    target: required(aTensor),
    ...COSINE_EMBEDDING_ARGUMENTS,
  }),
  tripletMarginLoss: signature("tripletMarginLoss", {
    anchor: required(aTensor),
    positive: required(aTensor),
    negative: required(aTensor),
    ...TRIPLET_ARGUMENTS,
  }),
};

/** Options that all losses share. */
export interface LossOptions {
  /** "none": one loss for each element; "mean": their mean; "sum": their sum. Default "mean". */
  readonly reduction?: Reduction | undefined;
}

/** PyTorch's older form of `reduction`, which older programs use. */
export interface OldReductionOptions {
  /** False for the sum of the losses, true for their mean. Default null. @deprecated Use `reduction`. */
  readonly sizeAverage?: boolean | null | undefined;
  /** False for one loss for each element. Default null. @deprecated Use `reduction`. */
  readonly reduce?: boolean | null | undefined;
}

/** Options of losses that know the older form of `reduction` too. */
export interface ReducedLossOptions extends LossOptions, OldReductionOptions {}

// Regression

/** Checks input and target. Different shapes broadcast, with PyTorch's warning. */
export function checkShapes(op: string, input: Tensor, target: Tensor): void {
  checkInputs(op, input, target);
  if (!sameShape(input.shape, target.shape)) {
    console.warn(
      `[${op}] Using a target size (torch.Size(${bracketed(target.shape)})) that is different to the input size (torch.Size(${bracketed(input.shape)})). ` +
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
    );
  }
}

/**
 * Mean squared error: (input − target)².
 *
 * @param input - Any shape, floating dtype.
 * @param target - The same shape.
 * @returns a 0-d tensor, or with reduction "none" the shape of the input.
 * @throws DTypeError for an input of integers.
 * @example
 * nn.functional.mseLoss(tensor([1.5, 2, 3]), tensor([1.5, 0, 5])); // tensor(2.6667)
 */
export function mseLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & ReducedLossOptions>
): Tensor;
export function mseLoss(input: Tensor, target: Tensor, options?: ReducedLossOptions): Tensor;
export function mseLoss(...given: readonly unknown[]): Tensor {
  const [x, t] = given;
  if (given.length === 2 && isTensor(x) && isTensor(t)) return squaredError(x, t, "mean");
  const { input, target, ...how } = SIGNATURES.mseLoss.read(given);
  return squaredError(input, target, reductionOf("mseLoss", how));
}

/** {@link mseLoss} with its arguments read. */
export function squaredError(input: Tensor, target: Tensor, reduction: Reduction): Tensor {
  checkShapes("mseLoss", input, target);
  const losses = elementLoss(ops.squaredError, input, target);
  return withGradFnName("MseLossBackward0", reduceLoss(losses, reduction));
}

/**
 * Mean absolute error: |input − target|.
 *
 * @param input - Any shape, floating dtype.
 * @param target - The same shape.
 * @returns a 0-d tensor, or with reduction "none" the shape of the input.
 * @throws DTypeError for an input of integers.
 * @example
 * nn.functional.l1Loss(tensor([1.5, 2, 3]), tensor([1.5, 0, 5])); // tensor(1.3333)
 */
export function l1Loss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & ReducedLossOptions>
): Tensor;
export function l1Loss(input: Tensor, target: Tensor, options?: ReducedLossOptions): Tensor;
export function l1Loss(...given: readonly unknown[]): Tensor {
  const { input, target, ...how } = SIGNATURES.l1Loss.read(given);
  checkShapes("l1Loss", input, target);
  return reduceLoss(elementLoss(ops.absoluteError, input, target), reductionOf("l1Loss", how));
}

/** Options of {@link smoothL1Loss}. */
export interface SmoothL1LossOptions extends ReducedLossOptions {
  /** Threshold at which to change between L1 and L2 loss. Default 1. */
  readonly beta?: number | undefined;
}

/**
 * Smooth L1 loss (Girshick, 2015). With d = |input − target|: d² / (2 · beta) where d < beta, d − beta/2 elsewhere.
 *
 * @param input - Any shape, floating dtype.
 * @param target - The same shape.
 * @throws ValueError for a negative beta; DTypeError for an input of integers.
 * @example
 * nn.functional.smoothL1Loss(tensor([1.5, 2, 3]), tensor([1.5, 0, 5]), { reduction: "none" });
 * // tensor([0.0000, 1.5000, 1.5000])
 */
export function smoothL1Loss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & SmoothL1LossOptions>
): Tensor;
export function smoothL1Loss(input: Tensor, target: Tensor, options?: SmoothL1LossOptions): Tensor;
export function smoothL1Loss(...given: readonly unknown[]): Tensor {
  const op = "smoothL1Loss";
  const { input, target, beta, ...how } = SIGNATURES.smoothL1Loss.read(given);
  const reduction = reductionOf(op, how);
  checkShapes(op, input, target);
  if (!(beta >= 0))
    throw new ValueError(`[${op}] smooth_l1_loss does not support negative values for beta. Got: ${beta}`);
  const losses =
    beta === 0 ? elementLoss(ops.absoluteError, input, target) : elementLoss(ops.smoothL1, input, target, [beta]);
  return withGradFnName("SmoothL1LossBackward0", reduceLoss(losses, reduction));
}

/** Options of {@link huberLoss}. */
export interface HuberLossOptions extends LossOptions {
  /** Threshold at which to change between delta-scaled L1 and L2 loss. Default 1. */
  readonly delta?: number | undefined;
}

/**
 * Huber loss. With d = |input − target|: d²/2 where d < delta, delta · (d − delta/2) elsewhere.
 *
 * @param input - Any shape, floating dtype.
 * @param target - The same shape.
 * @throws ValueError unless delta is positive; DTypeError for an input of integers.
 * @example
 * nn.functional.huberLoss(tensor([1.5, 2, 3]), tensor([1.5, 0, 5]), "none", 0.5);
 * // tensor([0.0000, 0.8750, 0.8750])
 */
export function huberLoss(input: Tensor, target: Tensor, reduction?: Reduction, delta?: number): Tensor;
export function huberLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & HuberLossOptions>
): Tensor;
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
  const losses = elementLoss(ops.huber, input, target, [delta]);
  return withGradFnName("HuberLossBackward0", reduceLoss(losses, reduction));
}

/** A loss of single elements of two tensors, which are cast to their common dtype. */
function elementLoss(
  op: Op<[NDArray, NDArray], readonly number[]>,
  input: Tensor,
  target: Tensor,
  scalars: readonly number[] = [],
): Tensor {
  if (input.dtype === target.dtype) return apply(op, [input, target], scalars);
  const dtype = resultType(input, target);
  return apply(op, [input.to(dtype), target.to(dtype)], scalars);
}

// Classification

/** Options of {@link nllLoss}. */
export interface NLLLossOptions extends OldReductionOptions {
  /** Rescaling weight for each class, shape [C]. The mean is weighted by it too. Default null: 1 for every class. */
  readonly weight?: Tensor | null | undefined;
  /** Target value that is ignored: it has no loss and does not count in the mean. Default −100. */
  readonly ignoreIndex?: number | undefined;
  /** "none", "mean" or "sum". Default "mean". */
  readonly reduction?: Reduction | undefined;
}

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends NLLLossOptions {
  /**
   * Amount of smoothing, in [0, 1]: targets become a mixture of the original ones and a uniform distribution. Default 0.
   */
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

const CROSS_ENTROPY_DEFAULTS = { weight: null, ignoreIndex: -100, reduction: "mean", labelSmoothing: 0 } as const;

/**
 * Cross-entropy of unnormalized logits with class indices or class probabilities.
 *
 * @param input - Logits of shape [C], [N,C] or [N,C,d…], floating dtype.
 * @param target - Class indices, int32 or uint8, of shape [], [N] or [N,d…]; or probabilities of the input's shape.
 * @returns a 0-d tensor, or with reduction "none" the shape of the class indices.
 * @throws ValueError for an index out of range, ShapeError for sizes that do not match, DTypeError for a dtype that is
 * not supported.
 * @example
 * const target = tensor([0, 1], { dtype: "int32" });
 * nn.functional.crossEntropy(tensor([[2.5, 0, 0], [0, 0, 1.5]]), target); // tensor(1.0105)
 */
export function crossEntropy(
  input: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  options?: CrossEntropyOptions,
): Tensor;
export function crossEntropy(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & CrossEntropyOptions>
): Tensor;
export function crossEntropy(input: Tensor, target: Tensor, options?: CrossEntropyOptions): Tensor;
export function crossEntropy(...given: readonly unknown[]): Tensor {
  const [x, t] = given;
  if (given.length === 2 && isTensor(x) && isTensor(t)) return crossEntropyOf(x, t, CROSS_ENTROPY_DEFAULTS);
  const { input, target, sizeAverage, reduce, ...loss } = SIGNATURES.crossEntropy.read(given);
  const reduction = reductionOf("crossEntropy", { sizeAverage, reduce, reduction: loss.reduction });
  return crossEntropyOf(input, target, { ...loss, reduction });
}

/** {@link crossEntropy} with its arguments read. */
export function crossEntropyOf(input: Tensor, target: Tensor, given: Omit<ClassLoss, "op">): Tensor {
  const op = "crossEntropy";
  const { weight, ignoreIndex, reduction, labelSmoothing } = given;
  const loss: ClassLoss = { op, weight, ignoreIndex, reduction, labelSmoothing };
  checkClassLoss(loss, input, target);
  if (!(loss.labelSmoothing >= 0 && loss.labelSmoothing <= 1)) {
    throw new ValueError(`[${op}] label_smoothing must be between 0.0 and 1.0. Got: ${loss.labelSmoothing}`);
  }
  if (sameShape(input.shape, target.shape)) return probabilityCrossEntropy(input, target, loss);
  checkClassTarget(op, input, target);
  if (loss.weight === null && loss.labelSmoothing === 0) return fusedCrossEntropy(input, target, loss);
  const result =
    loss.labelSmoothing === 0 && hasNllKernel(input, loss)
      ? fusedNllLoss(input.logSoftmax(classDim(input)), target, loss)
      : gatherClassLosses(classRows(input).logSoftmax(1), target, loss);
  return withGradFnName(loss.labelSmoothing > 0 ? "AddBackward0" : nllName(input, loss), result);
}

/**
 * Negative log-likelihood: minus the log-probability of each target's class.
 *
 * @param input - Log-probabilities of shape [C], [N,C] or [N,C,d…], as `logSoftmax` gives them.
 * @param target - Class indices, int32 or uint8, of shape [], [N] or [N,d…].
 * @returns and throws as {@link crossEntropy}.
 * @example
 * const target = tensor([0, 1], { dtype: "int32" });
 * nn.functional.nllLoss(tensor([[-0.1, -2.5], [-1.5, -0.25]]), target); // tensor(0.1750)
 */
export function nllLoss(input: Tensor, target: Tensor, weight?: Tensor | null, options?: NLLLossOptions): Tensor;
export function nllLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & NLLLossOptions>
): Tensor;
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
  checkClassLoss(loss, input, target);
  checkClassTarget(op, input, target);
  const result = hasNllKernel(input, loss)
    ? fusedNllLoss(input, target, loss)
    : gatherClassLosses(classRows(input), target, loss);
  return withGradFnName(nllName(input, loss), result);
}

/** Whether one kernel computes the loss: it has no gradient for weights. */
function hasNllKernel(input: Tensor, { weight }: ClassLoss): boolean {
  return backendFor(input.device).fused.nllLoss !== undefined && weight?.requiresGrad !== true;
}

/** Gather, weights and reduction in one kernel. */
function fusedNllLoss(logProbs: Tensor, target: Tensor, { op, weight, ignoreIndex, reduction }: ClassLoss): Tensor {
  const classes = target.int();
  const inputs = weight === null ? [logProbs, classes] : [logProbs, classes, weight];
  return withTargetErrors(op, classes, logProbs.size(classDim(logProbs)), ignoreIndex, () =>
    apply(ops.nllLoss, inputs, { ignoreIndex, reduction, weighted: weight !== null }),
  );
}

function checkClassLoss({ op, weight }: ClassLoss, input: Tensor, target: Tensor): void {
  checkInputs(op, input, target);
  if (input.ndim === 0) throw new ShapeError(`[${op}] Expected 1 or more dimensions (got 0)`);
  checkWeight(op, input, weight);
}

/** PyTorch's grad_fn name of a loss with class indices. */
function nllName(input: Tensor, { reduction }: ClassLoss): string {
  if (input.ndim <= 2) return "NllLossBackward0";
  return input.ndim === 4 || reduction !== "none" ? "NllLoss2DBackward0" : "ViewBackward0";
}

/** Log-softmax and gather in one kernel. */
function fusedCrossEntropy(input: Tensor, target: Tensor, loss: ClassLoss): Tensor {
  const { op, ignoreIndex, reduction } = loss;
  const logits = classRows(input);
  const classes = target.int().reshape(-1);
  const losses = withTargetErrors(op, classes, logits.size(1), ignoreIndex, () =>
    apply(ops.crossEntropy, [logits, classes], { ignoreIndex }),
  );
  const shaped = reduction === "none" && target.ndim !== 1 ? losses.view(target.shape) : losses;
  return withGradFnName(
    nllName(input, loss),
    reduceLoss(shaped, reduction, () => classes.ne(ignoreIndex).sum()),
  );
}

/** The loss of each target from log-probabilities [M,C]: gathered, weighted, and smoothed with the mean of its row. */
function gatherClassLosses(rows: Tensor, target: Tensor, loss: ClassLoss): Tensor {
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
  return reduceLoss(shaped, reduction, () => (weights === null ? ignored.logicalNot() : weights()).sum());
}

function probabilityCrossEntropy(input: Tensor, target: Tensor, loss: ClassLoss): Tensor {
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
  return reduction === "sum" ? total : withGradFnName("DivBackward1", total.div(input.numel() / classes));
}

/** The class dimension: 1, or 0 without a batch. */
export function classDim(input: Tensor): number {
  return input.ndim === 1 ? 0 : 1;
}

/** Checks that `weight` is null or has one value of the input's dtype for each class. */
export function checkWeight(op: string, input: Tensor, weight: Tensor | null): void {
  if (weight === null) return;
  const classes = input.size(classDim(input));
  if (weight.ndim !== 1 || weight.numel() !== classes) {
    throw new ShapeError(
      `[${op}] weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${bracketed(weight.shape)}`,
    );
  }
  if (weight.dtype !== input.dtype) {
    throw new DTypeError(
      `[${op}] expected scalar type ${SCALAR_TYPES[input.dtype]} but found ${SCALAR_TYPES[weight.dtype]}: the weight must have the input's dtype. Convert it with .to("${input.dtype}").`,
    );
  }
}

/** Checks that `target` holds class indices in the shape of the input without C: [N] for [N,C], [N,d…] for [N,C,d…]. */
export function checkClassTarget(op: string, input: Tensor, target: Tensor): void {
  const expected = input.shape.filter((_, dim) => dim !== classDim(input));
  if (input.ndim > 1 && input.shape[0] !== target.shape[0]) {
    throw new ShapeError(
      `[${op}] Expected input batch_size (${input.shape[0]}) to match target batch_size (${target.shape[0] ?? 0}).`,
    );
  }
  const hint = target.isFloatingPoint()
    ? ` Class probabilities must have the shape of the input, ${bracketed(input.shape)}.`
    : "";
  if (!sameShape(target.shape, expected)) {
    if (input.ndim > 2) {
      throw new ShapeError(
        `[${op}] Expected target size ${bracketed(expected)}, got ${bracketed(target.shape)}.${hint}`,
      );
    }
    if (target.ndim > 1) {
      throw new ShapeError(
        `[${op}] 0D or 1D target tensor expected, multi-target not supported: got ${bracketed(target.shape)}, expected ${bracketed(expected)}.${hint}`,
      );
    }
    throw new ShapeError(
      `[${op}] size mismatch (got input: ${bracketed(input.shape)}, target: ${bracketed(target.shape)})`,
    );
  }
  if (target.dtype !== "int32" && target.dtype !== "uint8") {
    throw new DTypeError(
      `[${op}] expected scalar type Long but found ${SCALAR_TYPES[target.dtype]}: class indices must be int32. Convert them with .int().${hint}`,
    );
  }
}

/** The input as a matrix with one row for each target: [C] → [1,C], [N,C,d…] → [N·d…,C]. */
export function classRows(input: Tensor): Tensor {
  if (input.ndim === 2) return input;
  if (input.ndim === 1) return input.unsqueeze(0);
  const order = [0, ...Array.from({ length: input.ndim - 2 }, (_, i) => i + 2), 1];
  return input.permute(order).reshape(-1, input.size(1));
}

/**
 * Runs `fn`, in which a kernel looks up class indices.
 *
 * @throws ValueError in PyTorch's words, where the kernel throws its own error for an index that is out of range.
 */
export function withTargetErrors<T>(op: string, target: Tensor, classes: number, ignoreIndex: number, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof ValueError && error.cause instanceof RangeError)) throw error;
    if (target.device !== "cpu") throw error;
    const bad = allSamples(target)
      .dataSync()
      .find((t) => t !== ignoreIndex && (t < 0 || t >= classes));
    if (bad === undefined) throw error;
    throw new ValueError(
      `[${op}] Target ${bad} is out of bounds. Expected class indices from 0 to ${classes - 1}, or ${ignoreIndex} for what is ignored.`,
      { cause: error },
    );
  }
}

/** Options of {@link binaryCrossEntropy}. */
export interface BCEOptions extends ReducedLossOptions {
  /** Rescaling weight for the loss of each element; broadcasts to the input's shape. Default null: none. */
  readonly weight?: Tensor | null | undefined;
}

/**
 * Binary cross-entropy of probabilities: −(t · log x + (1 − t) · log(1 − x)), with logarithms clamped to at least −100.
 *
 * @param input - Probabilities in [0, 1] of any shape, floating dtype.
 * @param target - Probabilities of the same shape.
 * @throws ShapeError for different shapes; ValueError for an input outside [0, 1].
 * @example
 * nn.functional.binaryCrossEntropy(tensor([0.9, 0.2]), tensor([1, 0])); // tensor(0.1643)
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, weight?: Tensor | null, options?: BCEOptions): Tensor;
export function binaryCrossEntropy(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & BCEOptions>
): Tensor;
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
  const inside = (whole: Tensor) => whole.min().ge(0).logicalAnd(whole.max().le(1));
  if (input.device === "cpu" && input.numel() > 0 && !holds(input, inside)) {
    throw new ValueError(
      `[${op}] all elements of input should be between 0 and 1. Use binaryCrossEntropyWithLogits for logits.`,
    );
  }
  const losses = elementLoss(ops.probabilityCrossEntropy, input, target);
  const weighted = weight === null ? losses : losses.mul(weight);
  return withGradFnName("BinaryCrossEntropyBackward0", reduceLoss(weighted, reductionOf(op, how)));
}

/** Whether something holds for all samples of a tensor. It is no part of what a program computes, also where that is recorded. */
function holds(t: Tensor, check: (whole: Tensor) => Tensor): boolean {
  const whole = allSamples(t);
  return withBatchingHook(null, () => noGrad(() => check(whole).itemSync<boolean>()));
}

/** Options of {@link binaryCrossEntropyWithLogits}. */
export interface BCEWithLogitsOptions extends ReducedLossOptions {
  /** Rescaling weight for the loss of each element; broadcasts to the input's shape. Default null: none. */
  readonly weight?: Tensor | null | undefined;
  /** Weight of positive examples, one for each class; broadcasts to the input's shape. Default null: 1. */
  readonly posWeight?: Tensor | null | undefined;
}

/**
 * Binary cross-entropy of logits, the sigmoid included:
 * −(p · t · log σ(x) + (1 − t) · log(1 − σ(x))), with p the `posWeight`. More stable than a sigmoid and then
 * {@link binaryCrossEntropy}.
 *
 * @param input - Logits of any shape, floating dtype.
 * @param target - Probabilities of the same shape.
 * @throws ShapeError for different shapes.
 * @example
 * nn.functional.binaryCrossEntropyWithLogits(tensor([2, -1]), tensor([1, 0])); // tensor(0.2201)
 */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  options?: BCEWithLogitsOptions,
): Tensor;
export function binaryCrossEntropyWithLogits(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & BCEWithLogitsOptions>
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
  if (posWeight === null) {
    const losses = elementLoss(ops.logitCrossEntropy, input, target);
    const weighted = weight === null ? losses : losses.mul(weight);
    return withGradFnName("BinaryCrossEntropyWithLogitsBackward0", reduceLoss(weighted, reduction));
  }
  // log σ(x) with a gradient that is finite for every x, where that of log(1 + e⁻ˣ) written out is NaN at −∞.
  const logSigmoid = logOfSigmoid(input);
  const positive = logSigmoid.mul(posWeight.sub(1).mul(target).add(1));
  const losses = target.neg().add(1).mul(input).sub(positive);
  return withGradFnName(
    "BinaryCrossEntropyWithLogitsBackward0",
    reduceLoss(weight === null ? losses : losses.mul(weight), reduction),
  );
}

/** Options of {@link multilabelSoftMarginLoss}. */
export interface MultiLabelOptions extends ReducedLossOptions {
  /** Rescaling weight for each class, shape [C]. Default null: none. */
  readonly weight?: Tensor | null | undefined;
}

/**
 * Multi-label one-versus-all loss: the mean over the classes of −(t · log σ(x) + (1 − t) · log σ(−x)).
 *
 * @param input - Logits [..., C], floating dtype.
 * @param target - 0 or 1 for each class, the same shape.
 * @returns a 0-d tensor, or with reduction "none" one loss for each sample, shape [...].
 * @throws ShapeError for different shapes.
 * @example
 * nn.functional.multilabelSoftMarginLoss(tensor([[2, -1]]), tensor([[1, 0]])); // tensor(0.2201)
 */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  weight?: Tensor | null,
  options?: MultiLabelOptions,
): Tensor;
export function multilabelSoftMarginLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & MultiLabelOptions>
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
  return reduceLoss(weighted.sum(-1).div(input.size(-1)), reductionOf(op, how));
}

/**
 * Two-class logistic loss: log(1 + e^(−target · input)), with targets 1 and −1.
 *
 * @param input - Any shape, floating dtype.
 * @param target - The same shape.
 * @throws DTypeError for an input of integers.
 * @example
 * nn.functional.softMarginLoss(tensor([2, -1]), tensor([1, 1]), { reduction: "none" }); // tensor([0.1269, 1.3133])
 */
export function softMarginLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & ReducedLossOptions>
): Tensor;
export function softMarginLoss(input: Tensor, target: Tensor, options?: ReducedLossOptions): Tensor;
export function softMarginLoss(...given: readonly unknown[]): Tensor {
  const op = "softMarginLoss";
  const { input, target, ...how } = SIGNATURES.softMarginLoss.read(given);
  checkInputs(op, input, target);
  return withGradFnName(
    "SoftMarginLossBackward0",
    reduceLoss(logOfSigmoid(input.mul(target)).neg(), reductionOf(op, how)),
  );
}

// Distributions

/**
 * The reductions of {@link klDiv}; `"batchmean"`, the divergence in the mathematical sense, divides the sum by the batch size.
 */
export type KLDivReduction = Reduction | "batchmean";

/** Options of {@link klDiv}. */
export interface KLDivOptions extends OldReductionOptions {
  /** "none", "batchmean", "mean" or "sum". Default "mean". */
  readonly reduction?: KLDivReduction | undefined;
  /** Whether target is in the log space. Default false. */
  readonly logTarget?: boolean | undefined;
}

/**
 * Kullback-Leibler divergence: t · (log t − input).
 *
 * @param input - Log-probabilities of any shape, floating dtype.
 * @param target - Probabilities of the same shape, or log-probabilities with `logTarget`.
 * @throws DTypeError for an input of integers.
 * @example
 * nn.functional.klDiv(tensor([0.5, 0.5]).log(), tensor([0.25, 0.75]), { reduction: "sum" }); // tensor(0.1308)
 */
export function klDiv(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & KLDivOptions>
): Tensor;
export function klDiv(input: Tensor, target: Tensor, options?: KLDivOptions): Tensor;
export function klDiv(...given: readonly unknown[]): Tensor {
  const op = "klDiv";
  const { input, target, logTarget, ...how } = SIGNATURES.klDiv.read(given);
  const reduction = reductionOf(op, how);
  checkInputs(op, input, target);
  const losses = logTarget
    ? target.exp().mul(target.sub(input))
    : target.mul(target.maskedFill(target.eq(0), 1).log()).sub(target.mul(input));
  return reduction === "batchmean" ? losses.sum().div(input.size(0)) : reduceLoss(losses, reduction);
}

/** Options of {@link poissonNllLoss}. */
export interface PoissonNLLOptions extends ReducedLossOptions {
  /** If true, the input is the logarithm of the mean. Default true. */
  readonly logInput?: boolean | undefined;
  /** Whether to compute the full loss, with the Stirling approximation of log t!. Default false. */
  readonly full?: boolean | undefined;
  /** Small value to avoid log(0) where `logInput` is false. Default 1e-8. */
  readonly eps?: number | undefined;
}

/**
 * Poisson negative log-likelihood: eˣ − t · x, or without `logInput` x − t · log(x + eps).
 *
 * @param input - Any shape, floating dtype.
 * @param target - Counts of the same shape.
 * @throws DTypeError for an input of integers.
 * @example
 * nn.functional.poissonNllLoss(tensor([0, 1]), tensor([1, 2]), { reduction: "none" }); // tensor([1.0000, 0.7183])
 */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  logInput?: boolean,
  full?: boolean,
  options?: PoissonNLLOptions,
): Tensor;
export function poissonNllLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & PoissonNLLOptions>
): Tensor;
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  ...rest: ThenOptions<[logInput: boolean], PoissonNLLOptions>
): Tensor;
export function poissonNllLoss(...given: readonly unknown[]): Tensor {
  const op = "poissonNllLoss";
  const { input, target, logInput, full, eps, ...how } = SIGNATURES.poissonNllLoss.read(given);
  checkInputs(op, input, target);
  let losses = logInput ? input.exp().sub(target.mul(input)) : input.sub(target.mul(input.add(eps).log()));
  if (full) {
    const small = target.le(1);
    const counts = target.maskedFill(small, 1);
    const stirling = counts
      .mul(counts.log())
      .sub(counts)
      .add(
        counts
          .mul(2 * Math.PI)
          .log()
          .mul(0.5),
      );
    losses = losses.add(stirling.maskedFill(small, 0));
  }
  return reduceLoss(losses, reductionOf(op, how));
}

/** Options of {@link gaussianNllLoss}. */
export interface GaussianNLLOptions extends LossOptions {
  /** Include the constant term log(2π)/2. Default false. */
  readonly full?: boolean | undefined;
  /** Value to clamp the variance with, for stability. Default 1e-6. */
  readonly eps?: number | undefined;
}

/**
 * Gaussian negative log-likelihood: (log v + (x − t)²/v) / 2, for a normal distribution of mean x and variance v.
 *
 * @param input - Means of any shape, floating dtype.
 * @param target - The same shape.
 * @param variance - The same shape; or with a last size of 1, or without the last dimension: one for each row.
 * @throws ShapeError for another shape; ValueError for a negative variance.
 * @example
 * const variance = tensor([1, 4]);
 * nn.functional.gaussianNllLoss(tensor([1, 2]), tensor([0, 2]), variance, { reduction: "none" });
 * // tensor([0.5000, 0.6931])
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  full?: boolean,
  eps?: number,
  reduction?: Reduction,
): Tensor;
export function gaussianNllLoss(
  ...args: ByName<
    ["input", "target", "variance"],
    { readonly input: Tensor; readonly target: Tensor; readonly variance: Tensor } & GaussianNLLOptions
  >
): Tensor;
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  ...rest: ThenOptions<[full: boolean, eps: number], GaussianNLLOptions>
): Tensor;
export function gaussianNllLoss(...given: readonly unknown[]): Tensor {
  const op = "gaussianNllLoss";
  const { input, target, var: variance, full, eps, reduction: how } = SIGNATURES.gaussianNllLoss.read(given);
  checkInputs(op, input, target);
  checkInputs(op, input, variance);
  const spread = broadcastVariance(op, variance, input.shape);
  if (variance.device === "cpu" && !holds(variance, (whole) => whole.ge(0).all())) {
    throw new ValueError(`[${op}] var has negative entry/entries`);
  }
  // The bound changes the number, but the gradient flows as if there were none.
  const bound = noGrad(() => spread.clamp(eps).sub(spread));
  const bounded = spread.add(bound);
  const difference = input.sub(target);
  const losses = bounded.log().add(difference.mul(difference).div(bounded)).mul(0.5);
  return reduceLoss(full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, how);
}

function broadcastVariance(op: string, variance: Tensor, shape: readonly number[]): Tensor {
  const lead = shape.slice(0, -1);
  if (sameShape(variance.shape, shape) || sameShape(variance.shape, [...lead, 1])) return variance;
  if (sameShape(variance.shape, lead)) return variance.unsqueeze(-1);
  throw new ShapeError(`[${op}] var is of incorrect size: ${bracketed(variance.shape)} for inputs ${bracketed(shape)}`);
}

// Ranking and embeddings

/** Options of {@link marginRankingLoss} and {@link hingeEmbeddingLoss}. */
export interface MarginOptions extends ReducedLossOptions {
  /** The margin. Default 0 for `marginRankingLoss`, 1 for `hingeEmbeddingLoss`. */
  readonly margin?: number | undefined;
}

/**
 * Margin ranking loss: max(0, −target · (input1 − input2) + margin). Target 1 ranks input1 higher, −1 input2.
 *
 * @param input1 - Any shape, floating dtype; the others as well.
 * @throws ShapeError for inputs of different rank.
 * @example
 * const [a, b, target] = [tensor([1, 3]), tensor([2, 1]), tensor([1, 1])];
 * nn.functional.marginRankingLoss(a, b, target, { reduction: "none" }); // tensor([1., 0.])
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  margin?: number,
  options?: MarginOptions,
): Tensor;
export function marginRankingLoss(
  ...args: ByName<
    ["input1", "input2", "target"],
    { readonly input1: Tensor; readonly input2: Tensor; readonly target: Tensor } & MarginOptions
  >
): Tensor;
export function marginRankingLoss(input1: Tensor, input2: Tensor, target: Tensor, options?: MarginOptions): Tensor;
export function marginRankingLoss(...given: readonly unknown[]): Tensor {
  const op = "marginRankingLoss";
  const { input1, input2, target, margin, ...how } = SIGNATURES.marginRankingLoss.read(given);
  checkTensors(op, input1, input2, target);
  const sizes = ({ shape }: Tensor): string => `torch.Size(${bracketed(shape)})`;
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new ShapeError(
      `[${op}] margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: ${sizes(input1)}, input2: ${sizes(input2)}, target: ${sizes(target)} `,
    );
  }
  const products = input1.sub(input2).neg().mul(target);
  const losses = (isFloat(products.dtype) ? products : products.float()).add(margin).clamp(0);
  return reduceLoss(withGradFnName("ClampMinBackward0", losses), reductionOf(op, how));
}

/**
 * Hinge embedding loss: the input, a distance, where the target is 1; max(0, margin − input) where it is −1.
 *
 * @param input - Any shape, floating dtype.
 * @param target - 1 or −1, the same shape.
 * @throws DTypeError for an input of integers.
 * @example
 * nn.functional.hingeEmbeddingLoss(tensor([0.25, 0.25]), tensor([1, -1]), { reduction: "none" }); // tensor([0.2500, 0.7500])
 */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, margin?: number, options?: MarginOptions): Tensor;
export function hingeEmbeddingLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & MarginOptions>
): Tensor;
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options?: MarginOptions): Tensor;
export function hingeEmbeddingLoss(...given: readonly unknown[]): Tensor {
  const op = "hingeEmbeddingLoss";
  const { input, target, margin, ...how } = SIGNATURES.hingeEmbeddingLoss.read(given);
  checkInputs(op, input, target);
  const far = input.neg().add(margin).clamp(0).maskedFill(target.eq(1), 0);
  return reduceLoss(far.add(input.maskedFill(target.eq(-1), 0)), reductionOf(op, how));
}

/** Options of {@link cosineEmbeddingLoss}. */
export interface CosineEmbeddingOptions extends ReducedLossOptions {
  /** The margin, from −1 to 1; 0 to 0.5 is suggested. Default 0. */
  readonly margin?: number | undefined;
}

/** Added to squared norms, against division by zero. */
const SQUARED_EPS = 1e-12;

/**
 * Cosine embedding loss: 1 − cos(input1, input2) where the target is 1; max(0, cos − margin) where it is −1.
 *
 * @param input1 - [N,D], or [D], floating dtype.
 * @param input2 - The same shape.
 * @param target - 1 or −1: [N], or [].
 * @throws ShapeError for other shapes.
 * @example
 * const [a, b] = [tensor([[1, 0], [1, 1]]), tensor([[0, 1], [1, 0]])];
 * nn.functional.cosineEmbeddingLoss(a, b, tensor([1, -1]), { reduction: "none" }); // tensor([1.0000, 0.7071])
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  margin?: number,
  options?: CosineEmbeddingOptions,
): Tensor;
export function cosineEmbeddingLoss(
  ...args: ByName<
    ["input1", "input2", "target"],
    { readonly input1: Tensor; readonly input2: Tensor; readonly target: Tensor } & CosineEmbeddingOptions
  >
): Tensor;
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options?: CosineEmbeddingOptions,
): Tensor;
export function cosineEmbeddingLoss(...given: readonly unknown[]): Tensor {
  const op = "cosineEmbeddingLoss";
  const { input1, input2, target, margin, ...how } = SIGNATURES.cosineEmbeddingLoss.read(given);
  checkInputs(op, input1, input2);
  if (target.ndim > 1) {
    throw new ShapeError(`[${op}] 0D or 1D target tensor expected, multi-target not supported`);
  }
  const wanted = target.ndim + 1;
  if (input1.ndim !== wanted || input2.ndim !== wanted) {
    throw new ShapeError(
      `[${op}] ${target.ndim}D target tensor expects ${wanted}D input tensors, but found inputs with sizes ${bracketed(input1.shape)} and ${bracketed(input2.shape)}.`,
    );
  }
  const product = input1.mul(input2).sum(-1);
  const [one, other] = [input1, input2].map((x) => x.mul(x).sum(-1).add(SQUARED_EPS)) as [Tensor, Tensor];
  const cosine = product.div(one.mul(other).sqrt());
  const alike = cosine.neg().add(1).maskedFill(target.ne(1), 0);
  const unlike = cosine.sub(margin).clamp(0).maskedFill(target.ne(-1), 0);
  return reduceLoss(alike.add(unlike), reductionOf(op, how));
}

/** Options of {@link tripletMarginLoss}. */
export interface TripletMarginOptions extends ReducedLossOptions {
  /** The margin. Default 1. */
  readonly margin?: number | undefined;
  /** The norm degree of the distance. Default 2. */
  readonly p?: number | undefined;
  /** Small constant for numerical stability, added to every difference. Default 1e-6. */
  readonly eps?: number | undefined;
  /** The distance swap of Balntas et al. (2016): the smaller one of the negative's distances counts. Default false. */
  readonly swap?: boolean | undefined;
}

/**
 * Triplet margin loss: max(0, d(anchor, positive) − d(anchor, negative) + margin), with the p-norm as the distance d.
 *
 * @param anchor - [N,D], or [D], floating dtype; positive and negative as well.
 * @returns a 0-d tensor, or with reduction "none" shape [N].
 * @throws ShapeError for inputs of different rank.
 * @example
 * const [anchor, positive, negative] = [tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 5.5]])];
 * nn.functional.tripletMarginLoss(anchor, positive, negative); // tensor(0.5000)
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  margin?: number,
  p?: number,
  eps?: number,
  swap?: boolean,
  options?: TripletMarginOptions,
): Tensor;
export function tripletMarginLoss(
  ...args: ByName<
    ["anchor", "positive", "negative"],
    { readonly anchor: Tensor; readonly positive: Tensor; readonly negative: Tensor } & TripletMarginOptions
  >
): Tensor;
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...rest: ThenOptions<[margin: number, p: number, eps: number], TripletMarginOptions>
): Tensor;
export function tripletMarginLoss(...given: readonly unknown[]): Tensor {
  const op = "tripletMarginLoss";
  const { anchor, positive, negative, margin, p, eps, swap, ...how } = SIGNATURES.tripletMarginLoss.read(given);
  checkTensors(op, anchor, positive, negative);
  const ranks = [anchor.ndim, positive.ndim, negative.ndim];
  if (new Set(ranks).size !== 1) {
    const [a, b, c] = ranks;
    throw new ShapeError(`[${op}] All inputs should have same dimension but got ${a}D, ${b}D and ${c}D inputs.`);
  }
  const distance = (x: Tensor, y: Tensor): Tensor => pairwiseDistance(x, y, p, eps);
  const near = distance(anchor, positive);
  let far = distance(anchor, negative);
  if (swap) far = far.minimum(distance(positive, negative));
  const losses = withGradFnName("ClampMinBackward0", near.sub(far).add(margin).clamp(0));
  return reduceLoss(losses, reductionOf(op, how));
}

// Classes by margins

/** Options of {@link multiMarginLoss}. */
export interface MultiMarginOptions extends ReducedLossOptions {
  /** Power of the hinge: 1 or 2. Default 1. */
  readonly p?: number | undefined;
  /** The margin. Default 1. */
  readonly margin?: number | undefined;
  /** Rescaling weight for each class, [C], or null. Default null. */
  readonly weight?: Tensor | null | undefined;
}

/** Checks [N,C] or [C] and its classes. */
function checkClassScores(op: string, words: string, input: Tensor): void {
  if ((input.ndim === 1 || input.ndim === 2) && input.size(-1) > 0) return;
  throw new ShapeError(`[${op}] ${words}: expected input [N, C] or [C], but got ${bracketed(input.shape)}`);
}

/**
 * Multi-class hinge loss: Σ max(0, margin − input[y] + input[i])^p · weight[y] / C over the classes i other than the
 * target y.
 *
 * @param input - Scores [N,C], or [C]; floating dtype.
 * @param target - Classes [N], or a scalar; int32.
 * @throws ShapeError for shapes that do not match; ValueError for a p other than 1 and 2, or a class out of range.
 * @example
 * nn.functional.multiMarginLoss(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([3], { dtype: "int32" })); // tensor(0.3250)
 */
export function multiMarginLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & MultiMarginOptions>
): Tensor;
export function multiMarginLoss(
  input: Tensor,
  target: Tensor,
  ...rest: ThenOptions<[p: number, margin: number, weight: Tensor | null], MultiMarginOptions>
): Tensor;
export function multiMarginLoss(...given: readonly unknown[]): Tensor {
  const op = "multiMarginLoss";
  const { input, target, p, margin, weight, ...how } = SIGNATURES.multiMarginLoss.read(given);
  checkInputs(op, input, target);
  if (p !== 1 && p !== 2) throw new ValueError(`[${op}] only p == 1 and p == 2 supported`);
  checkClassScores(op, "multi_margin_loss", input);
  const scores = input.ndim === 1 ? input.unsqueeze(0) : input;
  const classes = target.ndim === 0 ? target.unsqueeze(0) : target;
  const [count, width] = scores.shape as [number, number];
  if (classes.ndim !== 1 || classes.numel() !== count) {
    throw new ShapeError(`[${op}] inconsistent target size, expected ${count} but got ${bracketed(target.shape)}`);
  }
  if (weight !== null && (weight.ndim !== 1 || weight.numel() !== width)) {
    throw new ShapeError(`[${op}] inconsistent weight size, expected ${width} but got ${bracketed(weight.shape)}`);
  }
  const column = classes.unsqueeze(1);
  const hinge = scores.sub(scores.gather(1, column)).add(margin).relu();
  const powered = p === 1 ? hinge : hinge.mul(hinge);
  const others = powered.scatter(1, column, 0);
  const weighted = weight === null ? others : others.mul(weight.indexSelect(0, classes).unsqueeze(1));
  const losses = weighted.sum(1).div(width);
  const reduced = reduceLoss(input.ndim === 1 ? losses.squeeze(0) : losses, reductionOf(op, how));
  return withGradFnName("MultiMarginLossBackward0", reduced);
}

/**
 * Multi-label hinge loss: Σ max(0, 1 − (input[j] − input[i])) / C over the target classes j and all other classes i.
 *
 * @param input - Scores [N,C], or [C]; floating dtype.
 * @param target - Classes in the shape of the input, int32; those from the first −1 on do not count.
 * @throws ShapeError for shapes that do not match.
 * @example
 * const target = tensor([[3, 0, -1, 1]], { dtype: "int32" });
 * nn.functional.multilabelMarginLoss(tensor([[0.1, 0.2, 0.4, 0.8]]), target); // tensor(0.8500)
 */
export function multilabelMarginLoss(
  ...args: ByName<["input", "target"], { readonly input: Tensor; readonly target: Tensor } & ReducedLossOptions>
): Tensor;
export function multilabelMarginLoss(input: Tensor, target: Tensor, options?: ReducedLossOptions): Tensor;
export function multilabelMarginLoss(...given: readonly unknown[]): Tensor {
  const op = "multilabelMarginLoss";
  const { input, target, ...how } = SIGNATURES.multilabelMarginLoss.read(given);
  checkInputs(op, input, target);
  checkClassScores(op, "multilabel_margin_loss", input);
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `[${op}] inconsistent target size: ${bracketed(target.shape)} for input of size: ${bracketed(input.shape)}`,
    );
  }
  const scores = input.ndim === 1 ? input.unsqueeze(0) : input;
  const classes = input.ndim === 1 ? target.unsqueeze(0) : target;
  const [count, width] = scores.shape as [number, number];
  // Ones up to the first −1.
  const counted = classes.ge(0).int().cumprod(1).to(input.dtype);
  const places = classes.clamp(0).int();
  const isTarget = counted.newZeros([count, width]).scatterAdd(1, places, counted).gt(0);
  const losses = hingesAgainst(scores, scores.gather(1, places), isTarget).mul(counted).sum(1).div(width);
  const reduced = reduceLoss(input.ndim === 1 ? losses.squeeze(0) : losses, reductionOf(op, how));
  return withGradFnName("MultilabelMarginLossBackward0", reduced);
}

/**
 * For each score that is wanted [N,C], Σ max(0, 1 − wanted + other) over the scores [N,C] of its row that are no targets. Those
 * above wanted − 1 are the first ones of a descending order, so their sum is a running one: C·log C steps instead of C².
 */
function hingesAgainst(scores: Tensor, wanted: Tensor, isTarget: Tensor): Tensor {
  // In double precision where there is one: differences of running sums lose nothing there.
  const wide = (x: Tensor): Tensor => (x.device === "cpu" ? x.double() : x);
  const ranked = wide(scores).maskedFill(isTarget, Number.NEGATIVE_INFINITY).sort(1, true).values;
  const bounds = wide(wanted).sub(1);
  // In ascending order, those from here on are above the bound.
  const above = searchsorted(ranked.detach().neg(), bounds.detach().neg());
  const sums = ranked.maskedFill(ranked.detach().eq(Number.NEGATIVE_INFINITY), 0).cumsum(1);
  const before = sums.gather(1, above.sub(1).clamp({ min: 0 })).maskedFill(above.eq(0), 0);
  return before.sub(bounds.mul(above)).to(scores.dtype);
}

/** A distance of two batches of vectors. */
export type DistanceFunction = (x1: Tensor, x2: Tensor) => Tensor;

/** Options of {@link tripletMarginWithDistanceLoss}. */
export interface TripletDistanceOptions {
  /** The distance. Default null: {@link pairwiseDistance}. */
  readonly distanceFunction?: DistanceFunction | null | undefined;
  /** The margin. Default 1. */
  readonly margin?: number | undefined;
  /** If true, the positive stands in for the anchor where it is nearer to the negative. Default false. */
  readonly swap?: boolean | undefined;
  /** The reduction. Default "mean". */
  readonly reduction?: Reduction | undefined;
}

/**
 * {@link tripletMarginLoss} with a distance of your own: max(0, d(anchor, positive) − d(anchor, negative) + margin).
 *
 * @param anchor - Vectors [N,D], floating dtype; the others as well.
 * @throws ShapeError for inputs of different rank.
 * @example
 * const distanceFunction = (a: Tensor, b: Tensor): Tensor => a.sub(b).abs().sum(-1);
 * const [anchor, positive, negative] = [tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]])];
 * nn.functional.tripletMarginWithDistanceLoss(anchor, positive, negative, { distanceFunction }); // tensor(6.)
 */
export function tripletMarginWithDistanceLoss(
  ...args: ByName<
    ["anchor", "positive", "negative"],
    { readonly anchor: Tensor; readonly positive: Tensor; readonly negative: Tensor } & TripletDistanceOptions
  >
): Tensor;
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options?: TripletDistanceOptions,
): Tensor;
export function tripletMarginWithDistanceLoss(...given: readonly unknown[]): Tensor {
  const op = "tripletMarginWithDistanceLoss";
  const { anchor, positive, negative, distanceFunction, margin, swap, reduction } =
    SIGNATURES.tripletMarginWithDistanceLoss.read(given);
  checkInputs(op, anchor, positive);
  checkInputs(op, anchor, negative);
  if (anchor.ndim !== positive.ndim || anchor.ndim !== negative.ndim) {
    throw new ShapeError(
      `[${op}] The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ${anchor.ndim}D, positive ${positive.ndim}D, and negative ${negative.ndim}D inputs`,
    );
  }
  const distance = distanceFunction ?? ((a: Tensor, b: Tensor) => pairwiseDistance(a, b));
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const away = swap ? far.minimum(distance(positive, negative)) : far;
  const losses = near.sub(away).add(margin).clampMin(0);
  return reduceLoss(withGradFnName("ClampBackward1", losses), reduction);
}

// Sequences without alignment

/** Options of {@link ctcLoss}. */
export interface CTCLossOptions {
  /** Class of the blank. Default 0. */
  readonly blank?: number | undefined;
  /** "none", "mean" (of losses divided by the target lengths) or "sum". Default "mean". */
  readonly reduction?: Reduction | undefined;
  /** If true, infinite losses and their gradients are zero: of targets that do not fit into their input. Default false. */
  readonly zeroInfinity?: boolean | undefined;
}

/** Each target with blanks around its classes, [N,2L+1] in row-major order, L the longest of them. */
function withBlanks(
  op: string,
  target: Tensor,
  lengths: readonly number[],
  blank: number,
  classes: number,
): { labels: Int32Array; width: number } {
  const longest = Math.max(...lengths, 0);
  const width = 2 * longest + 1;
  const labels = new Int32Array(lengths.length * width).fill(blank);
  const data = target.dataSync();
  const step = target.ndim === 2 ? target.size(1) : null;
  let start = 0;
  for (const [n, length] of lengths.entries()) {
    if (step !== null && length > step) {
      throw new ValueError(
        `[${op}] Expected targets of at least ${length} classes at dimension 1, but got targets of shape ${bracketed(target.shape)}`,
      );
    }
    for (let i = 0; i < length; i++) {
      const label = data[(step === null ? start : n * step) + i];
      if (label === undefined || label < 0 || label >= classes) {
        throw new ValueError(`[${op}] targets should be classes from 0 to ${classes - 1}, but one of them is ${label}`);
      }
      labels[n * width + 2 * i + 1] = label;
    }
    start += length;
  }
  if (step === null && start !== target.numel()) {
    throw new ValueError(`[${op}] the target lengths add up to ${start}, but there are ${target.numel()} targets`);
  }
  return { labels, width };
}

/**
 * Connectionist temporal classification (Graves et al., 2006): −log of the probability that the input spells the target,
 * summed over all alignments.
 *
 * @param logProbs - Log-probabilities [T,N,C], or [T,C], as `logSoftmax` gives; floating dtype.
 * @param targets - Classes [N,S], or all targets one after the other [Σ lengths]; int32, on the CPU; not the blank.
 * @param inputLengths - Number of steps of each input: a list, or an int32 tensor on the CPU.
 * @param targetLengths - Length of each target.
 * @returns a scalar; the losses [N] with reduction "none".
 * @throws ShapeError and ValueError for lengths and classes that do not fit.
 * @example
 * const logProbs = zeros(3, 1, 2).logSoftmax(-1);
 * const target = tensor([[1]], { dtype: "int32" });
 * // Six of eight paths are a 1 with blanks around it.
 * nn.functional.ctcLoss(logProbs, target, [3], [1]); // tensor(0.2877)
 */
export function ctcLoss(
  ...args: ByName<
    ["logProbs", "targets", "inputLengths", "targetLengths"],
    {
      readonly logProbs: Tensor;
      readonly targets: Tensor;
      readonly inputLengths: readonly number[] | Tensor;
      readonly targetLengths: readonly number[] | Tensor;
    } & CTCLossOptions
  >
): Tensor;
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[] | Tensor,
  targetLengths: readonly number[] | Tensor,
  ...rest: ThenOptions<[blank: number, reduction: Reduction], CTCLossOptions>
): Tensor;
export function ctcLoss(...args: readonly unknown[]): Tensor {
  const op = "ctcLoss";
  const given = SIGNATURES.ctcLoss.read(args);
  const { blank, reduction, zeroInfinity, inputLengths, targetLengths } = given;
  checkInputs(op, given.logProbs, given.targets);
  if (given.logProbs.ndim !== 2 && given.logProbs.ndim !== 3) {
    throw new ShapeError(`[${op}] expected log_probs [T, N, C] or [T, C], but got ${bracketed(given.logProbs.shape)}`);
  }
  const batched = given.logProbs.ndim === 3;
  const logProbs = batched ? given.logProbs : given.logProbs.unsqueeze(1);
  const targets = batched || given.targets.ndim === 2 ? given.targets : given.targets.reshape([1, -1]);
  const [steps, batch, classes] = logProbs.shape as [number, number, number];
  if (blank < 0 || blank >= classes) throw new ValueError(`[${op}] blank must be in label range`);
  for (const [name, lengths] of [
    ["input_lengths", inputLengths] as const,
    ["target_lengths", targetLengths] as const,
  ]) {
    if (lengths.length === batch) continue;
    throw new ShapeError(`[${op}] ${name} must be of size batch_size: ${batch}, but got ${lengths.length}`);
  }
  for (const length of inputLengths) {
    if (length >= 0 && length <= steps) continue;
    throw new ValueError(
      `[${op}] Expected input_lengths to have value at most ${steps}, but got value ${length} (while checking arguments for ctc_loss_cpu)`,
    );
  }
  const sequences = withBlanks(op, targets, targetLengths, blank, classes);
  if (steps === 0) throw new ShapeError(`[${op}] expected at least one step`);
  const found = ctcLosses(apply, logProbs, { ...sequences, inputLengths, targetLengths });
  const losses = zeroInfinity ? found.maskedFill(found.detach().eq(Number.POSITIVE_INFINITY), 0) : found;
  if (reduction === "none") {
    const named = withGradFnName(zeroInfinity ? "WhereBackward0" : "CtcLossBackward0", losses);
    return batched ? named : withGradFnName("SqueezeBackward1", named.squeeze(0));
  }
  if (reduction === "sum") return losses.sum();
  const divisors = Float64Array.from(targetLengths, (length) => Math.max(length, 1));
  const scaled = losses.div(newFrom(logProbs, "float64", divisors, [batch]).to(losses.dtype));
  return scaled.mean();
}
