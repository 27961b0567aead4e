/** @file Layers that normalise single samples. */
import type { Device, DType } from "../../kernels/backend.ts";
import { ones, zeros } from "../tensor/create.ts";
import { ValueError } from "../tensor/errors.ts";
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkWhole } from "./functional/check.ts";
import { groupNorm, layerNorm } from "./functional/normalization.ts";
import { ones_, zeros_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

interface PlaceOptions {
  /** Default "cpu". */
  readonly device?: Device | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

const PLACE: Required<PlaceOptions> = { device: "cpu", dtype: "float32" };

export interface LayerNormOptions extends PlaceOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Whether to learn factors and summands. Default true. */
  readonly elementwiseAffine?: boolean | undefined;
}

/** Normalises over the last dimensions of each sample: see {@link layerNorm}. */
export class LayerNorm extends Module {
  normalizedShape: readonly number[];
  eps: number;
  elementwiseAffine: boolean;
  /** Of the normalised shape, or null. */
  weight: Parameter | null;
  /** Of the normalised shape, or null. */
  bias: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    eps?: number | LayerNormOptions,
    elementwiseAffine?: boolean | Omit<LayerNormOptions, "eps">,
  ) {
    super();
    const defaults = { eps: 1e-5, elementwiseAffine: true, ...PLACE };
    const { device, dtype, ...given } = readArguments("LayerNorm", defaults, [eps, elementwiseAffine]);
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    for (const size of this.normalizedShape) checkWhole("LayerNorm", "normalizedShape", size);
    this.eps = given.eps;
    this.elementwiseAffine = given.elementwiseAffine;
    const affine = given.elementwiseAffine;
    this.weight = affine ? new Parameter(ones(this.normalizedShape, { device, dtype })) : null;
    this.bias = affine ? new Parameter(zeros(this.normalizedShape, { device, dtype })) : null;
    this.noteMembers("weight", "bias");
  }

  /** Sets the factors to 1 and the summands to 0. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    return layerNorm(x, this.normalizedShape, this.weight, this.bias, this.eps);
  }
  override extraRepr(): string {
    return `${pythonRepr(this.normalizedShape)}, eps=${pythonRepr(this.eps)}, elementwise_affine=${pythonRepr(this.elementwiseAffine)}`;
  }
}

export interface GroupNormOptions extends PlaceOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Whether to learn factors and summands. Default true. */
  readonly affine?: boolean | undefined;
}

/** Normalises groups of channels of each sample: see {@link groupNorm}. */
export class GroupNorm extends Module {
  numGroups: number;
  numChannels: number;
  eps: number;
  affine: boolean;
  /** [numChannels], or null. */
  weight: Parameter | null;
  /** [numChannels], or null. */
  bias: Parameter | null;

  /** @throws ValueError for channels that do not divide into the groups. */
  constructor(
    numGroups: number,
    numChannels: number,
    eps?: number | GroupNormOptions,
    affine?: boolean | Omit<GroupNormOptions, "eps">,
  ) {
    super();
    const { device, dtype, ...given } = readArguments("GroupNorm", { eps: 1e-5, affine: true, ...PLACE }, [
      eps,
      affine,
    ]);
    checkWhole("GroupNorm", "numGroups", numGroups, 1);
    checkWhole("GroupNorm", "numChannels", numChannels);
    if (numChannels % numGroups !== 0) {
      throw new ValueError(
        `[GroupNorm] num_channels must be divisible by num_groups, but got ${numChannels} and ${numGroups}`,
      );
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = given.eps;
    this.affine = given.affine;
    this.weight = given.affine ? new Parameter(ones([numChannels], { device, dtype })) : null;
    this.bias = given.affine ? new Parameter(zeros([numChannels], { device, dtype })) : null;
    this.noteMembers("weight", "bias");
  }

  /** Sets the factors to 1 and the summands to 0. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    return groupNorm(x, this.numGroups, this.weight, this.bias, this.eps);
  }
  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${pythonRepr(this.eps)}, affine=${pythonRepr(this.affine)}`;
  }
}
