/** @file Distance and similarity layers. */
import { optional, required, signature, type ThenOptions } from "../core/arguments.ts";
import { aBoolean } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { empty } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  bilinear,
  COSINE_ARGUMENTS,
  type CosineSimilarityOptions,
  cosineSimilarity,
  PAIRWISE_ARGUMENTS,
  type PairwiseDistanceOptions,
  pairwiseDistance,
} from "./functional/distance.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/validate.ts";
import { uniform_ } from "./init.ts";
import type { LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

const SIGNATURES = {
  CosineSimilarity: signature("CosineSimilarity", COSINE_ARGUMENTS),
  PairwiseDistance: signature("PairwiseDistance", PAIRWISE_ARGUMENTS),
  Bilinear: signature("Bilinear", {
    in1Features: required(aPositiveCount),
    in2Features: required(aCount),
    outFeatures: required(aCount),
    bias: optional(aBoolean, true),
    ...PLACE,
  }),
};

/** The cosine of the angle between vectors: see {@link cosineSimilarity}. */
export class CosineSimilarity extends Module {
  dim: number;
  eps: number;

  constructor(dim?: number, eps?: number);
  constructor(...rest: ThenOptions<[dim: number], CosineSimilarityOptions>);
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

/** ‖x1 − x2 + eps‖ₚ along the last dimension: see {@link pairwiseDistance}. */
export class PairwiseDistance extends Module {
  p: number;
  eps: number;
  keepdim: boolean;

  constructor(p?: number, eps?: number, keepdim?: boolean);
  constructor(...rest: ThenOptions<[p: number, eps: number], PairwiseDistanceOptions>);
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

/**
 * x1ᵀ·W·x2 + b: [..., in1Features] and [..., in2Features] → [..., outFeatures]. Weight and bias start uniformly
 * distributed over ±1/√in1Features, with the numbers that PyTorch draws for the seed.
 */
export class Bilinear extends Module {
  in1Features: number;
  in2Features: number;
  outFeatures: number;
  /** [outFeatures, in1Features, in2Features] */
  weight: Parameter;
  /** [outFeatures], or null. */
  bias: Parameter | null;

  /** @throws ValueError for sizes that make no sense. */
  constructor(in1Features: number, in2Features: number, outFeatures: number, bias?: boolean, options?: LinearOptions);
  constructor(in1Features: number, in2Features: number, outFeatures: number, options?: LinearOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { in1Features, in2Features, outFeatures, bias, device, dtype } = SIGNATURES.Bilinear.read(given);
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty(outFeatures, in1Features, in2Features, { device, dtype }));
    this.bias = bias ? new Parameter(empty(outFeatures, { device, dtype })) : null;
    this.resetParameters();
    this.noteMembers("weight", "bias");
  }

  /** Draws weight and bias anew. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }
  override forward(x1: Tensor, x2: Tensor): Tensor {
    this.checkMembers();
    return bilinear(x1, x2, this.weight, this.bias);
  }
  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures } = this;
    return `in1_features=${in1Features}, in2_features=${in2Features}, out_features=${outFeatures}, bias=${pythonRepr(this.bias !== null)}`;
  }
}
