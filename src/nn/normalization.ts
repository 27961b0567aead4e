/** @file Layers that normalise single samples. */
import type { DType } from "../../kernels/backend.ts";
import { optional, required, signature, type ThenOptions } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { aBoolean, aNumber, either, listOfKind, worded } from "../core/kinds.ts";
import { ones, zeros } from "../tensor/create.ts";
import type { DeviceChoice } from "../tensor/devices.ts";
import { ValueError } from "../tensor/errors.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aCount, aPositiveCount, PLACE } from "./functional/check.ts";
import { groupNorm, layerNorm } from "./functional/normalization.ts";
import { ones_, zeros_ } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

interface PlaceOptions {
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

export interface LayerNormOptions extends PlaceOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Whether to learn factors and summands. Default true. */
  readonly elementwiseAffine?: boolean | undefined;
}

export interface GroupNormOptions extends PlaceOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number | undefined;
  /** Whether to learn factors and summands. Default true. */
  readonly affine?: boolean | undefined;
}

const SIGNATURES = {
  LayerNorm: signature("LayerNorm", {
    normalizedShape: required(
      worded(
        either(aCount, listOfKind(aCount, "a list of them")),
        (name, value) =>
          `${name} must be a whole number of at least 0 or a list of them, but got ${describeValue(value)}`,
      ),
    ),
    eps: optional(aNumber, 1e-5),
    elementwiseAffine: optional(aBoolean, true),
    ...PLACE,
  }),
  GroupNorm: signature("GroupNorm", {
    numGroups: required(aPositiveCount),
    numChannels: required(aCount),
    eps: optional(aNumber, 1e-5),
    affine: optional(aBoolean, true),
    ...PLACE,
  }),
};

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
    eps?: number,
    elementwiseAffine?: boolean,
    options?: LayerNormOptions,
  );
  constructor(normalizedShape: number | readonly number[], ...rest: ThenOptions<[eps: number], LayerNormOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { normalizedShape, eps, elementwiseAffine, device, dtype } = SIGNATURES.LayerNorm.read(given);
    this.normalizedShape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, { device, dtype })) : null;
    this.bias = elementwiseAffine ? new Parameter(zeros(this.normalizedShape, { device, dtype })) : null;
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
  constructor(numGroups: number, numChannels: number, eps?: number, affine?: boolean, options?: GroupNormOptions);
  constructor(numGroups: number, numChannels: number, ...rest: ThenOptions<[eps: number], GroupNormOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { numGroups, numChannels, eps, affine, device, dtype } = SIGNATURES.GroupNorm.read(given);
    if (numChannels % numGroups !== 0) {
      throw new ValueError(
        `[GroupNorm] num_channels must be divisible by num_groups, but got ${numChannels} and ${numGroups}`,
      );
    }
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
    this.weight = affine ? new Parameter(ones([numChannels], { device, dtype })) : null;
    this.bias = affine ? new Parameter(zeros([numChannels], { device, dtype })) : null;
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
