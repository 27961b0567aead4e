/** @file Distance and similarity layers. */
import { type SomeThenOptions, signature } from "../core/arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  COSINE_ARGUMENTS,
  type CosineSimilarityOptions,
  cosineSimilarity,
  PAIRWISE_ARGUMENTS,
  type PairwiseDistanceOptions,
  pairwiseDistance,
} from "./functional/distance.ts";
import { Module } from "./module.ts";

const SIGNATURES = {
  CosineSimilarity: signature("CosineSimilarity", COSINE_ARGUMENTS),
  PairwiseDistance: signature("PairwiseDistance", PAIRWISE_ARGUMENTS),
};

/**
 * Cosine similarity along a dimension: x1·x2 / max(‖x1‖·‖x2‖, eps). See {@link cosineSimilarity}.
 *
 * Shape: inputs `(…,D,…)` with D at `dim`, which the output lacks.
 *
 * @example
 * new nn.CosineSimilarity().forward(tensor([[1, 0]]), tensor([[1, 1]])); // tensor([0.7071])
 */
export class CosineSimilarity extends Module {
  /** Dimension along which the similarity is computed. Default 1. */
  dim: number;
  /** Small value that avoids division by zero. Default 1e-8. */
  eps: number;

  constructor(dim?: number, eps?: number);
  constructor(dim: number | undefined, options: CosineSimilarityOptions | undefined);
  constructor(options?: CosineSimilarityOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { dim, eps } = SIGNATURES.CosineSimilarity.read(given);
    this.dim = dim;
    this.eps = eps;
  }
  override forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}

/**
 * Distance between vectors: the p-norm ‖x1 − x2 + eps‖ₚ along the last dimension. See {@link pairwiseDistance}.
 *
 * Shape: inputs `(N,D)` or `(D)`; output `(N)` or `()`, with `keepdim` `(N,1)` or `(1)`.
 *
 * @example
 * new nn.PairwiseDistance().forward(tensor([[0, 0]]), tensor([[3, 4]])); // tensor([5.0000])
 */
export class PairwiseDistance extends Module {
  /** Norm degree. Default 2. */
  p: number;
  /** Small value that avoids division by zero in the gradient. Default 1e-6. */
  eps: number;
  /** Whether the result keeps the last dimension, with size 1. Default false. */
  keepdim: boolean;

  constructor(p?: number, eps?: number, keepdim?: boolean);
  constructor(...rest: SomeThenOptions<[p: number, eps: number], PairwiseDistanceOptions>);
  constructor(options?: PairwiseDistanceOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { p, eps, keepdim } = SIGNATURES.PairwiseDistance.read(given);
    this.p = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }
  override forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this.p, this.eps, this.keepdim);
  }
}
