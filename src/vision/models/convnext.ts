/** @file ConvNeXt: Liu et al., 2022, arXiv:2201.03545. */
import { keyword, signature } from "../../core/arguments.ts";
import { aNumber } from "../../core/kinds.ts";
import { GELU } from "../../nn/activation.ts";
import { type Layer, Sequential } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Flatten } from "../../nn/flatten.ts";
import { truncNormal_, zeros_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { LayerNorm } from "../../nn/normalization.ts";
import { Parameter } from "../../nn/parameter.ts";
import { AdaptiveAvgPool2d } from "../../nn/pooling.ts";
import { full } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Permute, StochasticDepth } from "../ops/layers.ts";
import { Conv2dNormActivation, MODEL_OPTIONS, type ModelArgs, type ModelOptions } from "./blocks.ts";

const EPS = { eps: 1e-6 } as const;

/** Layer normalization over the channels of images [n, channels, rows, columns]. */
class LayerNorm2d extends LayerNorm {
  override forward(x: Tensor): Tensor {
    return super.forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2);
  }
}

const norm = (channels: number): Layer => new LayerNorm2d(channels, EPS);

class CNBlock extends Module {
  readonly layer_scale: Parameter;
  readonly block: Sequential;
  readonly stochastic_depth: StochasticDepth;

  constructor(channels: number, layerScale: number, depth: number) {
    super();
    this.block = new Sequential(
      new Conv2d(channels, channels, 7, { padding: 3, groups: channels }),
      new Permute([0, 2, 3, 1]),
      new LayerNorm(channels, EPS),
      new Linear(channels, 4 * channels),
      new GELU(),
      new Linear(4 * channels, channels),
      new Permute([0, 3, 1, 2]),
    );
    this.layer_scale = new Parameter(full([channels, 1, 1], layerScale));
    this.stochastic_depth = new StochasticDepth(depth, "row");
  }

  override forward(input: Tensor): Tensor {
    return this.stochastic_depth.forward(this.layer_scale.mul(this.block.forward(input) as Tensor)).add(input);
  }
}

/** What makes a {@link ConvNeXt}. */
export interface ConvNeXtOptions {
  /** Number of classes. Default 1000. */
  readonly numClasses?: number | undefined;
  /** Largest probability of stochastic depth, that of the last block. Default 0. */
  readonly stochasticDepthProb?: number | undefined;
  /** Initial scale of each block's result. Default 1e-6. */
  readonly layerScale?: number | undefined;
}

/** A stage: its channels and number of blocks. */
export type ConvNeXtStage = readonly [channels: number, layers: number];

/**
 * A network of ConvNeXt.
 *
 * @example
 * const tiny = new vision.models.ConvNeXt([[8, 1], [16, 1]], { numClasses: 10 });
 * tiny.forward(zeros(2, 3, 32, 32)).shape; // [2, 10]
 */
export class ConvNeXt extends Module {
  /** The convolutions. */
  readonly features: Sequential;
  /** Pooling over the whole image. */
  readonly avgpool: AdaptiveAvgPool2d;
  /** Normalization and the linear layer. */
  classifier: Module;

  /** @param stages - channels and number of blocks of each stage */
  constructor(stages: readonly ConvNeXtStage[], options: ConvNeXtOptions = {}) {
    super();
    const { numClasses = 1000, stochasticDepthProb = 0, layerScale = 1e-6 } = options;
    const [first = 0] = stages[0] ?? [];
    const total = stages.reduce((sum, [, count]) => sum + count, 0);
    const stem = { kernelSize: 4, stride: 4, padding: 0, norm, activation: null, bias: true };
    const features: Layer[] = [new Conv2dNormActivation(3, first, stem)];
    let index = 0;
    for (const [i, [channels, count]] of stages.entries()) {
      const blocks = Array.from({ length: count }, () => {
        return new CNBlock(channels, layerScale, (stochasticDepthProb * index++) / (total - 1));
      });
      features.push(new Sequential(...blocks));
      const next = stages[i + 1];
      if (next !== undefined) {
        features.push(new Sequential(norm(channels), new Conv2d(channels, next[0], 2, { stride: 2 })));
      }
    }
    const [last = 0] = stages.at(-1) ?? [];
    this.features = new Sequential(...features);
    this.avgpool = new AdaptiveAvgPool2d(1);
    this.classifier = new Sequential(norm(last), new Flatten(1), new Linear(last, numClasses));
    for (const layer of this.modules()) {
      if (!(layer instanceof Conv2d || layer instanceof Linear)) continue;
      truncNormal_(layer.weight, { std: 0.02 });
      if (layer.bias !== null) zeros_(layer.bias);
    }
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.avgpool.forward(this.features.forward(x))) as Tensor;
  }
}

/** Options of the functions that make a {@link ConvNeXt}. */
export interface ConvNeXtModelOptions extends ModelOptions, ConvNeXtOptions {
  readonly numClasses?: number | undefined;
}

function maker(op: string, widths: readonly [number, number, number, number], depth: number, probability: number) {
  const read = signature(op, {
    ...MODEL_OPTIONS,
    stochasticDepthProb: keyword(aNumber, probability),
    layerScale: keyword(aNumber, 1e-6),
  });
  const counts = [3, 3, depth, 3];
  const stages = widths.map((channels, i) => [channels, counts[i] as number] as const);
  return (args: ModelArgs<ConvNeXtModelOptions>): ConvNeXt => new ConvNeXt(stages, read.read(args));
}

const makeTiny = maker("convnextTiny", [96, 192, 384, 768], 9, 0.1);
const makeSmall = maker("convnextSmall", [96, 192, 384, 768], 27, 0.4);
const makeBase = maker("convnextBase", [128, 256, 512, 1024], 27, 0.5);
const makeLarge = maker("convnextLarge", [192, 384, 768, 1536], 27, 0.5);

/**
 * ConvNeXt Tiny, with torchvision's initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * vision.models.convnextTiny({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function convnextTiny(...args: ModelArgs<ConvNeXtModelOptions>): ConvNeXt {
  return makeTiny(args);
}

/**
 * ConvNeXt Small. See {@link convnextTiny}.
 *
 * @example
 * ```ts no-run
 * vision.models.convnextSmall({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function convnextSmall(...args: ModelArgs<ConvNeXtModelOptions>): ConvNeXt {
  return makeSmall(args);
}

/**
 * ConvNeXt Base. See {@link convnextTiny}.
 *
 * @example
 * ```ts no-run
 * vision.models.convnextBase({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function convnextBase(...args: ModelArgs<ConvNeXtModelOptions>): ConvNeXt {
  return makeBase(args);
}

/**
 * ConvNeXt Large. See {@link convnextTiny}.
 *
 * @example
 * ```ts no-run
 * vision.models.convnextLarge({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function convnextLarge(...args: ModelArgs<ConvNeXtModelOptions>): ConvNeXt {
  return makeLarge(args);
}
