/** @file Layers of two inputs: their similarity, their distance, and a product with learned matrices. */
import type { Device, DType } from "../../kernels/backend.ts";
import { empty } from "../tensor/create.ts";
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkWhole } from "./functional/check.ts";
import { type PairwiseDistanceOptions, pairwiseDistance } from "./functional/distance-loss.ts";
import { bilinear, COSINE_DEFAULTS, type CosineSimilarityOptions, cosineSimilarity } from "./functional/similarity.ts";
import { uniform_ } from "./init.ts";
import type { LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** The cosine of the angle between vectors: see {@link cosineSimilarity}. */
export class CosineSimilarity extends Module {
  dim: number;
  eps: number;

  constructor(dim?: number | CosineSimilarityOptions, eps?: number | Pick<CosineSimilarityOptions, "eps">) {
    super();
    const given = readArguments("CosineSimilarity", COSINE_DEFAULTS, [dim, eps]);
    this.dim = given.dim;
    this.eps = given.eps;
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

  constructor(
    p?: number | PairwiseDistanceOptions,
    eps?: number | Omit<PairwiseDistanceOptions, "p">,
    keepdim?: boolean | Pick<PairwiseDistanceOptions, "keepdim">,
  ) {
    super();
    const given = readArguments("PairwiseDistance", { p: 2, eps: 1e-6, keepdim: false }, [p, eps, keepdim]);
    this.p = given.p;
    this.eps = given.eps;
    this.keepdim = given.keepdim;
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
  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    bias?: boolean | LinearOptions,
    options?: LinearOptions,
  ) {
    super();
    const defaults = { bias: true, device: "cpu" as Device, dtype: "float32" as DType };
    const { bias: hasBias, device, dtype } = readArguments("Bilinear", defaults, [bias, options]);
    checkWhole("Bilinear", "in1Features", in1Features, 1);
    checkWhole("Bilinear", "in2Features", in2Features);
    checkWhole("Bilinear", "outFeatures", outFeatures);
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    this.weight = new Parameter(empty(outFeatures, in1Features, in2Features, { device, dtype }));
    this.bias = hasBias ? new Parameter(empty(outFeatures, { device, dtype })) : null;
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
