/** @file Inception-v3: Szegedy et al., 2015, arXiv:1512.00567. */
import { keyword, signature } from "../../core/arguments.ts";
import { aBoolean, aNumber } from "../../core/kinds.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Dropout } from "../../nn/dropout.ts";
import { relu } from "../../nn/functional/activation.ts";
import { adaptiveAvgPool2d, avgPool2d, maxPool2d } from "../../nn/functional/pooling.ts";
import { constant_, truncNormal_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BatchNorm2d } from "../../nn/normalization.ts";
import { AdaptiveAvgPool2d, MaxPool2d } from "../../nn/pooling.ts";
import { cat } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { MODEL_OPTIONS, type ModelArgs, type ModelOptions } from "./blocks.ts";

type Size = number | readonly [rows: number, columns: number];

/** Convolution, normalization and ReLU. */
export class BasicConv2d extends Module {
  readonly conv: Conv2d;
  readonly bn: BatchNorm2d;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    { stride = 1, padding = 0 }: { stride?: number; padding?: Size } = {},
  ) {
    super();
    this.conv = new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, bias: false });
    this.bn = new BatchNorm2d(outChannels, 0.001);
  }

  override forward(x: Tensor): Tensor {
    return relu(this.bn.forward(this.conv.forward(x)), { inplace: true });
  }
}

/** Layers one after the other. */
export function chain(x: Tensor, ...layers: readonly BasicConv2d[]): Tensor {
  return layers.reduce((value, layer) => layer.forward(value), x);
}

/** Draws weights of convolutions and linear layers, and sets those of normalizations. */
export function initializeTruncated(model: Module<unknown>, deviationOf: (layer: Conv2d | Linear) => number): void {
  for (const layer of model.modules()) {
    if (layer instanceof Conv2d || layer instanceof Linear) {
      truncNormal_(layer.weight, { std: deviationOf(layer), a: -2, b: 2 });
    } else if (layer instanceof BatchNorm2d) {
      if (layer.weight !== null) constant_(layer.weight, 1);
      if (layer.bias !== null) constant_(layer.bias, 0);
    }
  }
}

/** Images with ImageNet's means and deviations as images with 0.5 for all of them. */
export function halved(x: Tensor): Tensor {
  const channels = [
    [0.229, 0.485],
    [0.224, 0.456],
    [0.225, 0.406],
  ] as const;
  const shifted = channels.map(([std, mean], i) =>
    x
      .narrow(1, i, 1)
      .mul(std / 0.5)
      .add((mean - 0.5) / 0.5),
  );
  return cat(shifted, 1);
}

class InceptionA extends Module {
  readonly branch1x1: BasicConv2d;
  readonly branch5x5_1: BasicConv2d;
  readonly branch5x5_2: BasicConv2d;
  readonly branch3x3dbl_1: BasicConv2d;
  readonly branch3x3dbl_2: BasicConv2d;
  readonly branch3x3dbl_3: BasicConv2d;
  readonly branch_pool: BasicConv2d;

  constructor(channels: number, poolFeatures: number) {
    super();
    this.branch1x1 = new BasicConv2d(channels, 64, 1);
    this.branch5x5_1 = new BasicConv2d(channels, 48, 1);
    this.branch5x5_2 = new BasicConv2d(48, 64, 5, { padding: 2 });
    this.branch3x3dbl_1 = new BasicConv2d(channels, 64, 1);
    this.branch3x3dbl_2 = new BasicConv2d(64, 96, 3, { padding: 1 });
    this.branch3x3dbl_3 = new BasicConv2d(96, 96, 3, { padding: 1 });
    this.branch_pool = new BasicConv2d(channels, poolFeatures, 1);
  }

  override forward(x: Tensor): Tensor {
    const branches = [
      this.branch1x1.forward(x),
      chain(x, this.branch5x5_1, this.branch5x5_2),
      chain(x, this.branch3x3dbl_1, this.branch3x3dbl_2, this.branch3x3dbl_3),
      this.branch_pool.forward(avgPool2d(x, 3, 1, 1)),
    ];
    return cat(branches, 1);
  }
}

class InceptionB extends Module {
  readonly branch3x3: BasicConv2d;
  readonly branch3x3dbl_1: BasicConv2d;
  readonly branch3x3dbl_2: BasicConv2d;
  readonly branch3x3dbl_3: BasicConv2d;

  constructor(channels: number) {
    super();
    this.branch3x3 = new BasicConv2d(channels, 384, 3, { stride: 2 });
    this.branch3x3dbl_1 = new BasicConv2d(channels, 64, 1);
    this.branch3x3dbl_2 = new BasicConv2d(64, 96, 3, { padding: 1 });
    this.branch3x3dbl_3 = new BasicConv2d(96, 96, 3, { stride: 2 });
  }

  override forward(x: Tensor): Tensor {
    const double = chain(x, this.branch3x3dbl_1, this.branch3x3dbl_2, this.branch3x3dbl_3);
    return cat([this.branch3x3.forward(x), double, maxPool2d(x, 3, 2)], 1);
  }
}

const WIDE = { padding: [0, 3] } as const;
const HIGH = { padding: [3, 0] } as const;

class InceptionC extends Module {
  readonly branch1x1: BasicConv2d;
  readonly branch7x7_1: BasicConv2d;
  readonly branch7x7_2: BasicConv2d;
  readonly branch7x7_3: BasicConv2d;
  readonly branch7x7dbl_1: BasicConv2d;
  readonly branch7x7dbl_2: BasicConv2d;
  readonly branch7x7dbl_3: BasicConv2d;
  readonly branch7x7dbl_4: BasicConv2d;
  readonly branch7x7dbl_5: BasicConv2d;
  readonly branch_pool: BasicConv2d;

  constructor(channels: number, inner: number) {
    super();
    this.branch1x1 = new BasicConv2d(channels, 192, 1);
    this.branch7x7_1 = new BasicConv2d(channels, inner, 1);
    this.branch7x7_2 = new BasicConv2d(inner, inner, [1, 7], WIDE);
    this.branch7x7_3 = new BasicConv2d(inner, 192, [7, 1], HIGH);
    this.branch7x7dbl_1 = new BasicConv2d(channels, inner, 1);
    this.branch7x7dbl_2 = new BasicConv2d(inner, inner, [7, 1], HIGH);
    this.branch7x7dbl_3 = new BasicConv2d(inner, inner, [1, 7], WIDE);
    this.branch7x7dbl_4 = new BasicConv2d(inner, inner, [7, 1], HIGH);
    this.branch7x7dbl_5 = new BasicConv2d(inner, 192, [1, 7], WIDE);
    this.branch_pool = new BasicConv2d(channels, 192, 1);
  }

  override forward(x: Tensor): Tensor {
    const double = [
      ...[this.branch7x7dbl_1, this.branch7x7dbl_2, this.branch7x7dbl_3],
      ...[this.branch7x7dbl_4, this.branch7x7dbl_5],
    ];
    const branches = [
      this.branch1x1.forward(x),
      chain(x, this.branch7x7_1, this.branch7x7_2, this.branch7x7_3),
      chain(x, ...double),
      this.branch_pool.forward(avgPool2d(x, 3, 1, 1)),
    ];
    return cat(branches, 1);
  }
}

class InceptionD extends Module {
  readonly branch3x3_1: BasicConv2d;
  readonly branch3x3_2: BasicConv2d;
  readonly branch7x7x3_1: BasicConv2d;
  readonly branch7x7x3_2: BasicConv2d;
  readonly branch7x7x3_3: BasicConv2d;
  readonly branch7x7x3_4: BasicConv2d;

  constructor(channels: number) {
    super();
    this.branch3x3_1 = new BasicConv2d(channels, 192, 1);
    this.branch3x3_2 = new BasicConv2d(192, 320, 3, { stride: 2 });
    this.branch7x7x3_1 = new BasicConv2d(channels, 192, 1);
    this.branch7x7x3_2 = new BasicConv2d(192, 192, [1, 7], WIDE);
    this.branch7x7x3_3 = new BasicConv2d(192, 192, [7, 1], HIGH);
    this.branch7x7x3_4 = new BasicConv2d(192, 192, 3, { stride: 2 });
  }

  override forward(x: Tensor): Tensor {
    const branches = [
      chain(x, this.branch3x3_1, this.branch3x3_2),
      chain(x, this.branch7x7x3_1, this.branch7x7x3_2, this.branch7x7x3_3, this.branch7x7x3_4),
      maxPool2d(x, 3, 2),
    ];
    return cat(branches, 1);
  }
}

class InceptionE extends Module {
  readonly branch1x1: BasicConv2d;
  readonly branch3x3_1: BasicConv2d;
  readonly branch3x3_2a: BasicConv2d;
  readonly branch3x3_2b: BasicConv2d;
  readonly branch3x3dbl_1: BasicConv2d;
  readonly branch3x3dbl_2: BasicConv2d;
  readonly branch3x3dbl_3a: BasicConv2d;
  readonly branch3x3dbl_3b: BasicConv2d;
  readonly branch_pool: BasicConv2d;

  constructor(channels: number) {
    super();
    this.branch1x1 = new BasicConv2d(channels, 320, 1);
    this.branch3x3_1 = new BasicConv2d(channels, 384, 1);
    this.branch3x3_2a = new BasicConv2d(384, 384, [1, 3], { padding: [0, 1] });
    this.branch3x3_2b = new BasicConv2d(384, 384, [3, 1], { padding: [1, 0] });
    this.branch3x3dbl_1 = new BasicConv2d(channels, 448, 1);
    this.branch3x3dbl_2 = new BasicConv2d(448, 384, 3, { padding: 1 });
    this.branch3x3dbl_3a = new BasicConv2d(384, 384, [1, 3], { padding: [0, 1] });
    this.branch3x3dbl_3b = new BasicConv2d(384, 384, [3, 1], { padding: [1, 0] });
    this.branch_pool = new BasicConv2d(channels, 192, 1);
  }

  override forward(x: Tensor): Tensor {
    const single = this.branch3x3_1.forward(x);
    const double = chain(x, this.branch3x3dbl_1, this.branch3x3dbl_2);
    const branches = [
      this.branch1x1.forward(x),
      cat([this.branch3x3_2a.forward(single), this.branch3x3_2b.forward(single)], 1),
      cat([this.branch3x3dbl_3a.forward(double), this.branch3x3dbl_3b.forward(double)], 1),
      this.branch_pool.forward(avgPool2d(x, 3, 1, 1)),
    ];
    return cat(branches, 1);
  }
}

class InceptionAux extends Module {
  readonly conv0: BasicConv2d;
  readonly conv1: BasicConv2d;
  readonly fc: Linear;

  constructor(channels: number, numClasses: number) {
    super();
    this.conv0 = new BasicConv2d(channels, 128, 1);
    this.conv1 = new BasicConv2d(128, 768, 5);
    this.fc = new Linear(768, numClasses);
  }

  override forward(x: Tensor): Tensor {
    const pooled = avgPool2d(x, 5, 3);
    return this.fc.forward(adaptiveAvgPool2d(chain(pooled, this.conv0, this.conv1), 1).flatten(1));
  }
}

/** What {@link Inception3} gives in training with its auxiliary classifier. */
export type InceptionOutputs = [logits: Tensor, auxLogits: Tensor];

/** Options of {@link Inception3}. */
export interface Inception3Options extends ModelOptions {
  /** Whether there is an auxiliary classifier, whose logits come along in training. Default true. */
  readonly auxLogits?: boolean | undefined;
  /** Whether images come with ImageNet's means and deviations. Default false. */
  readonly transformInput?: boolean | undefined;
  /** Whether weights are drawn as torchvision draws them, or else as layers do. Default true. */
  readonly initWeights?: boolean | undefined;
  /** Probability of an element to be zeroed before the classifier. Default 0.5. */
  readonly dropout?: number | undefined;
}

/**
 * The network of Inception-v3, for images of at least 75 × 75; those that it was made for have 299 × 299.
 *
 * @example
 * ```ts no-run
 * const model = new vision.models.Inception3({ numClasses: 10 });
 * const [logits, auxLogits] = model.forward(zeros(2, 3, 299, 299)) as vision.models.InceptionOutputs;
 * model.eval().forward(zeros(2, 3, 299, 299)); // a tensor [2, 10]
 * ```
 */
export class Inception3 extends Module<Tensor | InceptionOutputs> {
  /** Whether the auxiliary classifier is used. */
  readonly aux_logits: boolean;
  /** Whether images come with ImageNet's means and deviations. */
  readonly transform_input: boolean;
  /** First convolution. */
  readonly Conv2d_1a_3x3: BasicConv2d;
  /** Second convolution. */
  readonly Conv2d_2a_3x3: BasicConv2d;
  /** Third convolution. */
  readonly Conv2d_2b_3x3: BasicConv2d;
  /** First pooling. */
  readonly maxpool1: MaxPool2d;
  /** Fourth convolution. */
  readonly Conv2d_3b_1x1: BasicConv2d;
  /** Fifth convolution. */
  readonly Conv2d_4a_3x3: BasicConv2d;
  /** Second pooling. */
  readonly maxpool2: MaxPool2d;
  /** Blocks at 35 × 35. */
  readonly Mixed_5b: InceptionA;
  /** See {@link Mixed_5b}. */
  readonly Mixed_5c: InceptionA;
  /** See {@link Mixed_5b}. */
  readonly Mixed_5d: InceptionA;
  /** Blocks at 17 × 17. */
  readonly Mixed_6a: InceptionB;
  /** See {@link Mixed_6a}. */
  readonly Mixed_6b: InceptionC;
  /** See {@link Mixed_6a}. */
  readonly Mixed_6c: InceptionC;
  /** See {@link Mixed_6a}. */
  readonly Mixed_6d: InceptionC;
  /** See {@link Mixed_6a}. */
  readonly Mixed_6e: InceptionC;
  /** The auxiliary classifier, or null. It may be replaced. */
  AuxLogits: Module | null;
  /** Blocks at 8 × 8. */
  readonly Mixed_7a: InceptionD;
  /** See {@link Mixed_7a}. */
  readonly Mixed_7b: InceptionE;
  /** See {@link Mixed_7a}. */
  readonly Mixed_7c: InceptionE;
  /** Pooling over the whole image. */
  readonly avgpool: AdaptiveAvgPool2d;
  /** Dropout before the classifier. */
  readonly dropout: Dropout;
  /** Classifier. It may be replaced by one of another size. */
  fc: Module;

  constructor({
    numClasses = 1000,
    auxLogits = true,
    transformInput = false,
    initWeights = true,
    dropout = 0.5,
  }: Omit<Inception3Options, "weights" | "progress"> = {}) {
    super();
    this.aux_logits = auxLogits;
    this.transform_input = transformInput;
    this.Conv2d_1a_3x3 = new BasicConv2d(3, 32, 3, { stride: 2 });
    this.Conv2d_2a_3x3 = new BasicConv2d(32, 32, 3);
    this.Conv2d_2b_3x3 = new BasicConv2d(32, 64, 3, { padding: 1 });
    this.maxpool1 = new MaxPool2d(3, 2);
    this.Conv2d_3b_1x1 = new BasicConv2d(64, 80, 1);
    this.Conv2d_4a_3x3 = new BasicConv2d(80, 192, 3);
    this.maxpool2 = new MaxPool2d(3, 2);
    this.Mixed_5b = new InceptionA(192, 32);
    this.Mixed_5c = new InceptionA(256, 64);
    this.Mixed_5d = new InceptionA(288, 64);
    this.Mixed_6a = new InceptionB(288);
    this.Mixed_6b = new InceptionC(768, 128);
    this.Mixed_6c = new InceptionC(768, 160);
    this.Mixed_6d = new InceptionC(768, 160);
    this.Mixed_6e = new InceptionC(768, 192);
    const aux = auxLogits ? new InceptionAux(768, numClasses) : null;
    this.AuxLogits = aux;
    this.Mixed_7a = new InceptionD(768);
    this.Mixed_7b = new InceptionE(1280);
    this.Mixed_7c = new InceptionE(2048);
    this.avgpool = new AdaptiveAvgPool2d([1, 1]);
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(2048, numClasses);
    // torchvision marks the block `conv1`, and not the convolution inside, whose deviation stays 0.1.
    if (initWeights) initializeTruncated(this, (layer) => (layer === aux?.fc ? 0.001 : 0.1));
  }

  override forward(x: Tensor): Tensor | InceptionOutputs {
    const input = this.transform_input ? halved(x) : x;
    const stem = chain(input, this.Conv2d_1a_3x3, this.Conv2d_2a_3x3, this.Conv2d_2b_3x3);
    let out = this.maxpool2.forward(chain(this.maxpool1.forward(stem), this.Conv2d_3b_1x1, this.Conv2d_4a_3x3));
    const before = [this.Mixed_5b, this.Mixed_5c, this.Mixed_5d, this.Mixed_6a];
    for (const block of [...before, this.Mixed_6b, this.Mixed_6c, this.Mixed_6d, this.Mixed_6e]) {
      out = block.forward(out);
    }
    const aux = this.training && this.aux_logits ? (this.AuxLogits?.forward(out) as Tensor | undefined) : undefined;
    for (const block of [this.Mixed_7a, this.Mixed_7b, this.Mixed_7c]) out = block.forward(out);
    const logits = this.fc.forward(this.dropout.forward(this.avgpool.forward(out)).flatten(1)) as Tensor;
    return aux === undefined ? logits : [logits, aux];
  }
}

/** Options of networks of inceptions, but for dropout. */
export const INCEPTION_OPTIONS = {
  ...MODEL_OPTIONS,
  auxLogits: keyword(aBoolean, true),
  transformInput: keyword(aBoolean, false),
  initWeights: keyword(aBoolean, true),
} as const;

const INCEPTION = signature("inceptionV3", { ...INCEPTION_OPTIONS, dropout: keyword(aNumber, 0.5) });

/**
 * Inception-v3, with torchvision's initial values for a seed. In training it gives the logits and those of the auxiliary
 * classifier.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * const model = vision.models.inceptionV3({ numClasses: 10, auxLogits: false });
 * model.forward(zeros(2, 3, 299, 299)); // a tensor [2, 10]
 * ```
 */
export function inceptionV3(...args: ModelArgs<Inception3Options>): Inception3 {
  return new Inception3(INCEPTION.read(args));
}
