/** @file Losses of the distances between vectors. */
import { optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { aBoolean, aNumber, aTensor } from "../../core/kinds.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LossOptions } from "./loss.ts";
import { checkInputs, REDUCTION, reduced, reductionOf } from "./reduction.ts";

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

/** What follows the inputs; the layers take the same. */
export const COSINE_EMBEDDING_ARGUMENTS = { margin: optional(aNumber, 0), ...REDUCTION };
export const PAIRWISE_ARGUMENTS = {
  p: optional(aNumber, 2),
  eps: optional(aNumber, 1e-6),
  keepdim: optional(aBoolean, false),
};
export const TRIPLET_ARGUMENTS = {
  margin: optional(aNumber, 1),
  p: optional(aNumber, 2),
  eps: optional(aNumber, 1e-6),
  swap: optional(aBoolean, false),
  ...REDUCTION,
};

const SIGNATURES = {
  cosineEmbeddingLoss: signature("cosineEmbeddingLoss", {
    input1: required(aTensor),
    input2: required(aTensor),
    target: required(aTensor),
    ...COSINE_EMBEDDING_ARGUMENTS,
  }),
  pairwiseDistance: signature("pairwiseDistance", {
    x1: required(aTensor),
    x2: required(aTensor),
    ...PAIRWISE_ARGUMENTS,
  }),
  tripletMarginLoss: signature("tripletMarginLoss", {
    anchor: required(aTensor),
    positive: required(aTensor),
    negative: required(aTensor),
    ...TRIPLET_ARGUMENTS,
  }),
};

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
  margin?: number,
  options?: CosineEmbeddingOptions,
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
  return reduced(alike.add(unlike), reductionOf(op, how));
}

export interface PairwiseDistanceOptions {
  /** Which norm. Default 2. */
  readonly p?: number | undefined;
  /** Added to every difference. Default 1e-6. */
  readonly eps?: number | undefined;
  /** Whether the last dimension stays, with size 1. Default false. */
  readonly keepdim?: boolean | undefined;
}

/** ‖x1 − x2 + eps‖ₚ along the last dimension. */
export function pairwiseDistance(x1: Tensor, x2: Tensor, p?: number, eps?: number, keepdim?: boolean): Tensor;
export function pairwiseDistance(
  x1: Tensor,
  x2: Tensor,
  ...rest: ThenOptions<[p: number, eps: number], PairwiseDistanceOptions>
): Tensor;
export function pairwiseDistance(...given: readonly unknown[]): Tensor {
  const { x1, x2, p, eps, keepdim } = SIGNATURES.pairwiseDistance.read(given);
  checkInputs("pairwiseDistance", x1, x2);
  return x1.sub(x2).add(eps).norm(p, -1, keepdim);
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
  margin?: number,
  p?: number,
  eps?: number,
  swap?: boolean,
  options?: TripletMarginOptions,
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
  checkInputs(op, anchor, positive);
  checkInputs(op, anchor, negative);
  const ranks = [anchor.ndim, positive.ndim, negative.ndim];
  if (new Set(ranks).size !== 1) {
    const [a, b, c] = ranks;
    throw new ShapeError(`[${op}] All inputs should have same dimension but got ${a}D, ${b}D and ${c}D inputs.`);
  }
  const distance = (x: Tensor, y: Tensor): Tensor => pairwiseDistance(x, y, p, eps);
  const near = distance(anchor, positive);
  let far = distance(anchor, negative);
  if (swap) far = far.minimum(distance(positive, negative));
  const losses = named("ClampMinBackward0", near.sub(far).add(margin).clamp(0));
  return reduced(losses, reductionOf(op, how));
}
