/** @file GoogLeNet: Szegedy et al., 2014, arXiv:1409.4842. */
import { keyword, signature } from "../../core/arguments.ts";
import { aNumber } from "../../core/kinds.ts";
import { Sequential } from "../../nn/container.ts";
import { Dropout } from "../../nn/dropout.ts";
import { adaptiveAvgPool2d } from "../../nn/functional/pooling.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { AdaptiveAvgPool2d, MaxPool2d } from "../../nn/pooling.ts";
import { cat } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ModelArgs } from "./blocks.ts";
import {
  BasicConv2d,
  chain,
  halved,
  INCEPTION_OPTIONS,
  type Inception3Options,
  initializeTruncated,
} from "./inception.ts";

class Inception extends Module {
  readonly branch1: BasicConv2d;
  readonly branch2: Sequential;
  readonly branch3: Sequential;
  readonly branch4: Sequential;

  constructor(
    channels: number,
    [one, narrow3, wide3, narrow5, wide5, pool]: readonly [number, number, number, number, number, number],
  ) {
    super();
    this.branch1 = new BasicConv2d(channels, one, 1);
    this.branch2 = new Sequential(
      new BasicConv2d(channels, narrow3, 1),
      new BasicConv2d(narrow3, wide3, 3, { padding: 1 }),
    );
    // The paper's third branch has kernels of 5 × 5; torchvision's has 3 × 3, and so have its weights.
    this.branch3 = new Sequential(
      new BasicConv2d(channels, narrow5, 1),
      new BasicConv2d(narrow5, wide5, 3, { padding: 1 }),
    );
    this.branch4 = new Sequential(
      new MaxPool2d(3, { stride: 1, padding: 1, ceilMode: true }),
      new BasicConv2d(channels, pool, 1),
    );
  }

  override forward(x: Tensor): Tensor {
    return cat(
      [this.branch1, this.branch2, this.branch3, this.branch4].map((branch) => branch.forward(x) as Tensor),
      1,
    );
  }
}

class InceptionAux extends Module {
  readonly conv: BasicConv2d;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly dropout: Dropout;

  constructor(channels: number, numClasses: number, dropout: number) {
    super();
    this.conv = new BasicConv2d(channels, 128, 1);
    this.fc1 = new Linear(2048, 1024);
    this.fc2 = new Linear(1024, numClasses);
    this.dropout = new Dropout(dropout);
  }

  override forward(x: Tensor): Tensor {
    const hidden = this.fc1.forward(this.conv.forward(adaptiveAvgPool2d(x, 4)).flatten(1)).relu();
    return this.fc2.forward(this.dropout.forward(hidden));
  }
}

/**
 * What {@link GoogLeNet} gives in training with its auxiliary classifiers: theirs come in their order, which torchvision
 * names the other way round.
 */
export type GoogLeNetOutputs = [logits: Tensor, auxLogits2: Tensor, auxLogits1: Tensor];

/** Options of {@link GoogLeNet}. */
export interface GoogLeNetOptions extends Omit<Inception3Options, "dropout"> {
  /** Probability of an element to be zeroed before the classifier. Default 0.2. */
  readonly dropout?: number | undefined;
  /** Probability of an element to be zeroed in the auxiliary classifiers. Default 0.7. */
  readonly dropoutAux?: number | undefined;
}

const pool = (size: number): MaxPool2d => new MaxPool2d(size, { stride: 2, ceilMode: true });

/**
 * The network of GoogLeNet.
 *
 * @example
 * ```ts no-run
 * const model = new vision.models.GoogLeNet({ numClasses: 10 });
 * const [logits, aux2, aux1] = model.forward(zeros(2, 3, 224, 224)) as vision.models.GoogLeNetOutputs;
 * ```
 */
export class GoogLeNet extends Module<Tensor | GoogLeNetOutputs> {
  /** Whether the auxiliary classifiers are used. */
  readonly aux_logits: boolean;
  /** Whether images come with ImageNet's means and deviations. */
  readonly transform_input: boolean;
  /** First convolution. */
  readonly conv1: BasicConv2d;
  /** First pooling. */
  readonly maxpool1: MaxPool2d;
  /** Second convolution. */
  readonly conv2: BasicConv2d;
  /** Third convolution. */
  readonly conv3: BasicConv2d;
  /** Second pooling. */
  readonly maxpool2: MaxPool2d;
  /** Blocks at 28 × 28. */
  readonly inception3a: Inception;
  /** See {@link inception3a}. */
  readonly inception3b: Inception;
  /** Third pooling. */
  readonly maxpool3: MaxPool2d;
  /** Blocks at 14 × 14. */
  readonly inception4a: Inception;
  /** See {@link inception4a}. */
  readonly inception4b: Inception;
  /** See {@link inception4a}. */
  readonly inception4c: Inception;
  /** See {@link inception4a}. */
  readonly inception4d: Inception;
  /** See {@link inception4a}. */
  readonly inception4e: Inception;
  /** Fourth pooling. */
  readonly maxpool4: MaxPool2d;
  /** Blocks at 7 × 7. */
  readonly inception5a: Inception;
  /** See {@link inception5a}. */
  readonly inception5b: Inception;
  /** First auxiliary classifier, or null. It may be replaced. */
  aux1: Module | null;
  /** Second auxiliary classifier, or null. It may be replaced. */
  aux2: Module | null;
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
    dropout = 0.2,
    dropoutAux = 0.7,
  }: Omit<GoogLeNetOptions, "weights" | "progress"> = {}) {
    super();
    this.aux_logits = auxLogits;
    this.transform_input = transformInput;
    this.conv1 = new BasicConv2d(3, 64, 7, { stride: 2, padding: 3 });
    this.maxpool1 = pool(3);
    this.conv2 = new BasicConv2d(64, 64, 1);
    this.conv3 = new BasicConv2d(64, 192, 3, { padding: 1 });
    this.maxpool2 = pool(3);
    this.inception3a = new Inception(192, [64, 96, 128, 16, 32, 32]);
    this.inception3b = new Inception(256, [128, 128, 192, 32, 96, 64]);
    this.maxpool3 = pool(3);
    this.inception4a = new Inception(480, [192, 96, 208, 16, 48, 64]);
    this.inception4b = new Inception(512, [160, 112, 224, 24, 64, 64]);
    this.inception4c = new Inception(512, [128, 128, 256, 24, 64, 64]);
    this.inception4d = new Inception(512, [112, 144, 288, 32, 64, 64]);
    this.inception4e = new Inception(528, [256, 160, 320, 32, 128, 128]);
    this.maxpool4 = pool(2);
    this.inception5a = new Inception(832, [256, 160, 320, 32, 128, 128]);
    this.inception5b = new Inception(832, [384, 192, 384, 48, 128, 128]);
    this.aux1 = auxLogits ? new InceptionAux(512, numClasses, dropoutAux) : null;
    this.aux2 = auxLogits ? new InceptionAux(528, numClasses, dropoutAux) : null;
    this.avgpool = new AdaptiveAvgPool2d([1, 1]);
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(1024, numClasses);
    if (initWeights) initializeTruncated(this, () => 0.01);
  }

  override forward(x: Tensor): Tensor | GoogLeNetOutputs {
    const input = this.transform_input ? halved(x) : x;
    const stem = chain(this.maxpool1.forward(this.conv1.forward(input)), this.conv2, this.conv3);
    const third = this.inception3b.forward(this.inception3a.forward(this.maxpool2.forward(stem)));
    const first = this.inception4a.forward(this.maxpool3.forward(third));
    let second = this.inception4b.forward(first);
    for (const block of [this.inception4c, this.inception4d]) second = block.forward(second);
    const last = this.maxpool4.forward(this.inception4e.forward(second));
    const features = this.avgpool.forward(this.inception5b.forward(this.inception5a.forward(last))).flatten(1);
    const logits = this.fc.forward(this.dropout.forward(features)) as Tensor;
    if (!this.training || !this.aux_logits || this.aux1 === null || this.aux2 === null) return logits;
    return [logits, this.aux1.forward(first) as Tensor, this.aux2.forward(second) as Tensor];
  }
}

const GOOGLENET = signature("googlenet", {
  ...INCEPTION_OPTIONS,
  dropout: keyword(aNumber, 0.2),
  dropoutAux: keyword(aNumber, 0.7),
});

/**
 * GoogLeNet, with torchvision's initial values for a seed. In training it gives the logits and those of the auxiliary
 * classifiers.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * const model = vision.models.googlenet({ numClasses: 10, auxLogits: false });
 * model.forward(zeros(2, 3, 64, 64)); // a tensor [2, 10]
 * ```
 */
export function googlenet(...args: ModelArgs<GoogLeNetOptions>): GoogLeNet {
  return new GoogLeNet(GOOGLENET.read(args));
}
