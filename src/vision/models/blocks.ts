/** @file What the models share: convolution with normalization and activation, initial values, arguments. */
import { type Args, keyword, optional, type Signature, signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, type Kind, kind, REFUSED } from "../../core/kinds.ts";
import { aPositiveInteger } from "../../data/arguments.ts";
import { ReLU } from "../../nn/activation.ts";
import { type Layer, Sequential } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { constant_, type FanMode, kaimingNormal_, type Nonlinearity, zeros_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import type { Module } from "../../nn/module.ts";
import { BatchNorm2d } from "../../nn/normalization.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * A model's weights: none. Those of torchvision are files of their own. Older programs have `false` in this place, which
 * says that the model is not pretrained.
 */
export type Weights = null | false;

/** Options of every model. */
export interface ModelOptions {
  /** Number of classes, the size of the output. Default 1000. */
  readonly numClasses?: number | undefined;
  /** Only null: trained weights are loaded with `model.loadStateDict(await load("file.safetensors"))`. Default null. */
  readonly weights?: Weights | undefined;
  /** Only false, which older programs give in place of null weights. Default false. */
  readonly pretrained?: false | undefined;
  /** Shown progress of a download of weights, of which there is none. */
  readonly progress?: boolean | undefined;
}

const noWeightsMessage = (): string =>
  "trained weights do not come with tapegrad. Save those of torchvision as safetensors, and load them: " +
  'model.loadStateDict(await load("weights.safetensors"))';

const noWeights: Kind<null> = {
  description: "null",
  read: (value) => (value === null || value === false ? null : REFUSED),
  message: noWeightsMessage,
};

const notPretrained: Kind<false> = { ...kind<false>("false", (value) => value === false), message: noWeightsMessage };

/** The declared form of {@link ModelOptions}. */
export const MODEL_OPTIONS = {
  weights: optional(noWeights, null),
  progress: optional(aBoolean, true),
  pretrained: keyword(notPretrained, false),
  numClasses: keyword(aPositiveInteger, 1000),
} as const;

/** The arguments of a function that makes a model. */
export type ModelArgs<Options extends ModelOptions = ModelOptions> = Args<
  [],
  [weights: Weights, progress: boolean],
  Options
>;

/** {@link MODEL_OPTIONS} with the probability of dropout. */
export function withDropout<const P extends number>(p: P) {
  return { ...MODEL_OPTIONS, dropout: keyword(aNumber, p) } as const;
}

/** The signature of a function that makes a model with no options of its own. */
export function modelSignature(op: string): Signature<typeof MODEL_OPTIONS> {
  return signature(op, MODEL_OPTIONS);
}

/** How {@link Conv2dNormActivation} differs from a 3 × 3 convolution of stride 1 with a ReLU. */
export interface ConvNormOptions {
  readonly kernelSize?: number;
  readonly stride?: number;
  /** Default: as much as keeps the size. */
  readonly padding?: number;
  readonly groups?: number;
  /** Default false: a normalization follows. */
  readonly bias?: boolean;
  /** Null: none. */
  readonly activation?: (new (inplace: boolean) => Layer) | null;
  readonly norm?: (channels: number) => Layer;
}

/** Convolution, batch normalization and activation. */
export class Conv2dNormActivation extends Sequential {
  constructor(inChannels: number, outChannels: number, options: ConvNormOptions = {}) {
    const { kernelSize = 3, stride = 1, groups = 1, activation = ReLU, norm = batchNorm, bias = false } = options;
    const { padding = (kernelSize - 1) / 2 } = options;
    const convolution = new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, groups, bias });
    const layers = [convolution, norm(outChannels)];
    super(...(activation === null ? layers : [...layers, new activation(true)]));
  }
}

/** Batch normalization with PyTorch's defaults. */
export function batchNorm(channels: number): Layer {
  return new BatchNorm2d(channels);
}

/** Draws the initial values of convolutions, and sets those of normalizations: what most models do. */
export function initialize(
  model: Module,
  mode: FanMode,
  nonlinearity: Nonlinearity,
  linear: (layer: Linear) => void = () => {},
): void {
  for (const layer of model.modules()) {
    if (layer instanceof Conv2d) {
      kaimingNormal_(layer.weight, { mode, nonlinearity });
      if (layer.bias !== null) zeros_(layer.bias);
    } else if (layer instanceof BatchNorm2d) {
      if (layer.weight !== null) constant_(layer.weight, 1);
      if (layer.bias !== null) constant_(layer.bias, 0);
    } else if (layer instanceof Linear) {
      linear(layer);
    }
  }
}

/** The next multiple of `divisor`, not more than 10 % below. */
export function makeDivisible(value: number, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor(Math.trunc(value + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}

/** @throws ValueError unless images are of the size that a model is made for */
export function checkImageSize(op: string, x: Tensor, size: number): void {
  const [height, width] = x.shape.slice(-2);
  if (height === size && width === size) return;
  throw new ValueError(`[${op}] Wrong image size! Expected ${size} x ${size} but got ${height} x ${width}!`);
}
