/** @file Losses of the distances between vectors. */
import { ShapeError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { readArguments } from "../../tensor/options.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LossOptions } from "./loss.ts";
import { checkInputs, checkReduction, type Reduction, reduced } from "./reduction.ts";

export interface CosineEmbeddingOptions extends LossOptions {
  /** Cosine up to which vectors that should differ have no loss. Default 0. */
  readonly margin?: number | undefined;
}

export interface TripletMarginOptions extends LossOptions {
  /** By how much the negative should be further away. Default 1. */
  readonly margin?: number | undefined;
  /** Which norm of the difference. Default 2. */
  readonly p?: number | undefined;
  /** Added to every difference. Default 1e-6. */
  readonly eps?: number | undefined;
  /** Whether to take the distance from positive to negative where it is smaller. Default false. */
  readonly swap?: boolean | undefined;
}

/** PyTorch's defaults, in the order of its arguments. */
export const COSINE_EMBEDDING_DEFAULTS = { margin: 0, reduction: "mean" as Reduction };
export const TRIPLET_DEFAULTS = { margin: 1, p: 2, eps: 1e-6, swap: false, reduction: "mean" as Reduction };

/** Added to squared lengths, so that those of zero vectors can be divided by. */
const SQUARED_EPS = 1e-12;

/**
 * 1 − cos for pairs of vectors that should be alike (target 1), max(0, cos − margin) for those that should not
 * (target −1).
 *
 * @param input1 - [N,D], or [D].
 * @param input2 - [N,D], or [D].
 * @param target - [N], or [].
 * @throws ShapeError for other shapes.
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  margin?: number | CosineEmbeddingOptions,
  options?: LossOptions,
): Tensor {
  const op = "cosineEmbeddingLoss";
  const given = readArguments(op, COSINE_EMBEDDING_DEFAULTS, [margin, options]);
  checkReduction(op, given.reduction);
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
  const unlike = cosine.sub(given.margin).clamp(0).maskedFill(target.ne(-1), 0);
  return reduced(alike.add(unlike), given.reduction);
}

export interface PairwiseDistanceOptions {
  /** Which norm. Default 2. */
  readonly p?: number | undefined;
  /** Added to every difference. Default 1e-6. */
  readonly eps?: number | undefined;
  /** Whether the last dimension stays, with size 1. Default false. */
  readonly keepdim?: boolean | undefined;
}

/** ‖x − y + eps‖ₚ along the last dimension. */
export function pairwiseDistance(
  x: Tensor,
  y: Tensor,
  p?: number | PairwiseDistanceOptions,
  eps?: number | Omit<PairwiseDistanceOptions, "p">,
  keepdim?: boolean | Pick<PairwiseDistanceOptions, "keepdim">,
): Tensor {
  const given = readArguments("pairwiseDistance", { p: 2, eps: 1e-6, keepdim: false }, [p, eps, keepdim]);
  checkInputs("pairwiseDistance", x, y);
  return x.sub(y).add(given.eps).norm(given.p, -1, given.keepdim);
}

/**
 * max(0, margin + distance to the positive − distance to the negative).
 *
 * @param anchor - [N,D], or [D]; the other two as well.
 * @throws ShapeError for inputs of different rank.
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  margin?: number | TripletMarginOptions,
  p?: number | TripletMarginOptions,
  eps?: number | TripletMarginOptions,
  swap?: boolean | TripletMarginOptions,
): Tensor {
  const op = "tripletMarginLoss";
  const given = readArguments(op, TRIPLET_DEFAULTS, [margin, p, eps, swap]);
  checkReduction(op, given.reduction);
  checkInputs(op, anchor, positive);
  checkInputs(op, anchor, negative);
  const ranks = [anchor.ndim, positive.ndim, negative.ndim];
  if (new Set(ranks).size !== 1) {
    const [a, b, c] = ranks;
    throw new ShapeError(`[${op}] All inputs should have same dimension but got ${a}D, ${b}D and ${c}D inputs.`);
  }
  const distance = (x: Tensor, y: Tensor): Tensor => pairwiseDistance(x, y, given.p, given.eps);
  const near = distance(anchor, positive);
  let far = distance(anchor, negative);
  if (given.swap) far = far.minimum(distance(positive, negative));
  const losses = named("ClampMinBackward0", near.sub(far).add(given.margin).clamp(0));
  return reduced(losses, given.reduction);
}
