/** @file Distance and similarity functions. */
import { apply } from "../../autograd/apply.ts";
import { type ByName, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { backendFor } from "../../core/device.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aTensor, nullable } from "../../core/kinds.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../../core/shape.ts";
import { triuIndices } from "../../tensor/create.ts";
import { asNonView, withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { newFrom } from "../../tensor/like.ts";
import { normsOfPairs } from "../../tensor/ops/distances.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { resultType } from "../../tensor/type-promotion.ts";
import { checkTensors } from "./reduction.ts";
import { checkFloat, checkSameDType } from "./validate.ts";

/** Options of {@link cosineSimilarity}. */
export interface CosineSimilarityOptions {
  /** Dimension along which the cosine similarity is computed. Default 1. */
  readonly dim?: number | undefined;
  /** Small value to avoid division by zero: the least norm that is divided by. Default 1e-8. */
  readonly eps?: number | undefined;
}

/** The arguments after the inputs; the layers take the same. */
export const COSINE_ARGUMENTS = { dim: optional(anInteger, 1), eps: optional(aNumber, 1e-8) };
export const PAIRWISE_ARGUMENTS = {
  p: optional(aNumber, 2),
  eps: optional(aNumber, 1e-6),
  keepdim: optional(aBoolean, false),
};

const PDIST = signature("pdist", { input: required(aTensor), p: optional(aNumber, 2) });

const SIGNATURES = {
  cosineSimilarity: signature("cosineSimilarity", {
    x1: required(aTensor),
    x2: required(aTensor),
    ...COSINE_ARGUMENTS,
  }),
  pairwiseDistance: signature("pairwiseDistance", {
    x1: required(aTensor),
    x2: required(aTensor),
    ...PAIRWISE_ARGUMENTS,
  }),
  bilinear: signature("bilinear", {
    input1: required(aTensor),
    input2: required(aTensor),
    weight: required(aTensor),
    bias: optional(nullable(aTensor), null),
  }),
};

/**
 * Cosine similarity along a dimension: x1 · x2 / (max(‖x1‖, eps) · max(‖x2‖, eps)).
 *
 * @param x1 - Any shape, floating dtype.
 * @param x2 - A shape that broadcasts with that of x1.
 * @returns the broadcast shape without `dim`.
 * @throws DTypeError for two integer tensors; ShapeError for shapes that do not broadcast.
 * @example
 * const [x1, x2] = [tensor([[1, 0], [1, 1]]), tensor([[0, 2], [3, 3]])];
 * nn.functional.cosineSimilarity(x1, x2).round({ decimals: 4 }); // tensor([0., 1.])
 */
export function cosineSimilarity(x1: Tensor, x2: Tensor, dim?: number, eps?: number): Tensor;
export function cosineSimilarity(
  ...args: ByName<["x1", "x2"], { readonly x1: Tensor; readonly x2: Tensor } & CosineSimilarityOptions>
): Tensor;
export function cosineSimilarity(
  x1: Tensor,
  x2: Tensor,
  ...rest: ThenOptions<[dim: number], CosineSimilarityOptions>
): Tensor;
export function cosineSimilarity(...given: readonly unknown[]): Tensor {
  const op = "cosineSimilarity";
  const { x1, x2, dim, eps } = SIGNATURES.cosineSimilarity.read(given);
  const dtype = resultType(x1, x2);
  if (!isFloat(dtype)) {
    throw new DTypeError(
      `[${op}] expected common dtype to be floating point, yet common dtype is ${dtype}. Convert with .float().`,
    );
  }
  const shape = broadcastShapes(op, x1.shape, x2.shape);
  // Lengths are those of the vectors as they meet, so broadcasting comes first.
  const vectors = (x: Tensor): Tensor => (x.dtype === dtype ? x : x.to(dtype)).expand(shape);
  return apply(ops.cosineSimilarity, [vectors(x1), vectors(x2)], { dim: normalizeDim(op, dim, shape.length), eps });
}

/** Options of {@link pairwiseDistance}. */
export interface PairwiseDistanceOptions {
  /** The norm degree. Default 2. */
  readonly p?: number | undefined;
  /** Small value to avoid division by zero, added to every difference. Default 1e-6. */
  readonly eps?: number | undefined;
  /** Whether the last dimension is kept, with size 1. Default false. */
  readonly keepdim?: boolean | undefined;
}

/**
 * The p-norm distance of vectors: ‖x1 − x2 + eps‖ₚ along the last dimension.
 *
 * @param x1 - [N,D] or [D], floating dtype.
 * @param x2 - A shape that broadcasts with that of x1.
 * @returns [N], or [].
 * @throws DTypeError for an x1 of integers.
 * @example
 * const [x1, x2] = [tensor([[0, 0], [1, 1]]), tensor([[3, 4], [1, 2]])];
 * nn.functional.pairwiseDistance(x1, x2); // tensor([5.0000, 1.0000])
 */
export function pairwiseDistance(x1: Tensor, x2: Tensor, p?: number, eps?: number, keepdim?: boolean): Tensor;
export function pairwiseDistance(
  ...args: ByName<["x1", "x2"], { readonly x1: Tensor; readonly x2: Tensor } & PairwiseDistanceOptions>
): Tensor;
export function pairwiseDistance(
  x1: Tensor,
  x2: Tensor,
  ...rest: ThenOptions<[p: number, eps: number], PairwiseDistanceOptions>
): Tensor;
export function pairwiseDistance(...given: readonly unknown[]): Tensor {
  const { x1, x2, p, eps, keepdim } = SIGNATURES.pairwiseDistance.read(given);
  checkTensors("pairwiseDistance", x1, x2);
  const difference = x1.sub(x2);
  return (isFloat(difference.dtype) ? difference : difference.float()).add(eps).norm(p, -1, keepdim);
}

/**
 * p-norms of the differences of all pairs of rows: those above the diagonal of `cdist(x, x)`, row by row.
 *
 * @param x - [N, M], floating dtype.
 * @param p - Order of the norm, from 0 to infinity. Default 2.
 * @returns [N·(N − 1)/2].
 * @throws ShapeError unless x is a matrix; ValueError for a negative p; DTypeError for an integer tensor.
 * @example
 * nn.functional.pdist(tensor([[0, 0], [3, 4], [0, 1]])); // tensor([5.0000, 1.0000, 4.2426])
 */
export function pdist(x: Tensor, p?: number): Tensor;
export function pdist(x: Tensor, options: { readonly p?: number | undefined }): Tensor;
export function pdist(...given: readonly unknown[]): Tensor {
  const { input, p } = PDIST.read(given);
  checkFloat("pdist", input);
  if (input.ndim !== 2) {
    throw new ShapeError(`[pdist] pdist only supports 2D tensors, got: ${input.ndim}D`);
  }
  if (!(p >= 0)) throw new ValueError(`[pdist] pdist only supports non-negative p values, but got ${p}`);
  const n = input.size(0);
  if ((p === 1 || p === 2) && backendFor(input.device).fused.cdist !== undefined) {
    return apply(ops.pdist, [input, upperTriangle(input, n)], p);
  }
  const [rows, others] = [...triuIndices(n, n, 1, { device: input.device })] as [Tensor, Tensor];
  return withGradFnName("PdistBackward0", normsOfPairs(input, rows, others, p));
}

/** Positions above the diagonal of a matrix [n, n]. */
function upperTriangle(like: Tensor, n: number): Tensor {
  const places = new Int32Array((n * (n - 1)) / 2);
  let next = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) places[next++] = i * n + j;
  return newFrom(like, "int32", places, [places.length]);
}

/**
 * Bilinear transformation: x1ᵀ · W · x2 + b for each matrix of the weight.
 *
 * @param x1 - [..., in1], floating dtype.
 * @param x2 - [..., in2], the same leading sizes and dtype.
 * @param weight - [out, in1, in2].
 * @param bias - [out], or null.
 * @returns [..., out].
 * @throws ShapeError for sizes that do not match; DTypeError for different dtypes.
 * @example
 * const weight = eye(2).view(1, 2, 2);
 * nn.functional.bilinear(tensor([[1, 2]]), tensor([[3, 4]]), weight); // tensor([[11.]])
 */
export function bilinear(x1: Tensor, x2: Tensor, weight: Tensor, bias?: Tensor | null): Tensor;
export function bilinear(...given: readonly unknown[]): Tensor {
  const op = "bilinear";
  const { input1: x1, input2: x2, weight, bias } = SIGNATURES.bilinear.read(given);
  if (x1.dtype === "bool") checkFloat(op, x1);
  checkSameDType(op, x1, x2, "second input");
  checkSameDType(op, x1, weight, "weight");
  const [outputs, in1, in2] = weight.shape;
  if (outputs === undefined || in1 === undefined || in2 === undefined || weight.ndim !== 3) {
    throw new ShapeError(`[${op}] expected a weight of 3 dimensions, but got shape ${bracketed(weight.shape)}`);
  }
  const lead = x1.shape.slice(0, -1);
  if (x1.shape.at(-1) !== in1 || x2.shape.at(-1) !== in2 || String(lead) !== String(x2.shape.slice(0, -1))) {
    throw new ShapeError(
      `[${op}] expected inputs [..., ${in1}] and [..., ${in2}] that agree in all but the last size, but got ${bracketed(x1.shape)} and ${bracketed(x2.shape)}`,
    );
  }
  const left = x1.reshape(-1, in1).matmul(weight.transpose(0, 1).reshape(in1, outputs * in2));
  const products = left
    .view(-1, outputs, in2)
    .mul(x2.reshape(-1, 1, in2))
    .sum(-1)
    .to(x1.dtype);
  const result = asNonView("ReshapeAliasBackward0", products.view(...lead, outputs));
  return bias === null ? result : result.add(bias);
}
