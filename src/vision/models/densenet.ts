/** @file DenseNet: Huang et al., 2016, arXiv:1608.06993. */
import { keyword, signature } from "../../core/arguments.ts";
import { aNumber } from "../../core/kinds.ts";
import { ReLU } from "../../nn/activation.ts";
import { type Layer, Sequential } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { dropout } from "../../nn/functional/dropout.ts";
import { constant_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BatchNorm2d } from "../../nn/normalization.ts";
import { AvgPool2d, MaxPool2d } from "../../nn/pooling.ts";
import { cat } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { initialize, MODEL_OPTIONS, type ModelArgs, type ModelOptions } from "./blocks.ts";

class _DenseLayer extends Module {
  readonly norm1: BatchNorm2d;
  readonly relu1 = new ReLU(true);
  readonly conv1: Conv2d;
  readonly norm2: BatchNorm2d;
  readonly relu2 = new ReLU(true);
  readonly conv2: Conv2d;
  readonly drop_rate: number;

  constructor(input: number, growthRate: number, dropRate: number) {
    super();
    const inner = 4 * growthRate;
    this.norm1 = new BatchNorm2d(input);
    this.conv1 = new Conv2d(input, inner, 1, { bias: false });
    this.norm2 = new BatchNorm2d(inner);
    this.conv2 = new Conv2d(inner, growthRate, 3, { padding: 1, bias: false });
    this.drop_rate = dropRate;
  }

  override forward(x: Tensor): Tensor {
    const inner = this.conv1.forward(this.relu1.forward(this.norm1.forward(x)));
    const out = this.conv2.forward(this.relu2.forward(this.norm2.forward(inner)));
    return this.drop_rate > 0 ? dropout(out, this.drop_rate, this.training) : out;
  }
}

/** Each layer gets what all before it gave. */
class _DenseBlock extends Sequential {
  constructor(count: number, input: number, growthRate: number, dropRate: number) {
    const layers = Array.from({ length: count }, (_, i) => {
      return [`denselayer${i + 1}`, new _DenseLayer(input + i * growthRate, growthRate, dropRate)] as const;
    });
    super(Object.fromEntries(layers));
  }

  override forward(x: Tensor): Tensor {
    const features = [x];
    for (const layer of this) features.push(layer.forward(cat(features, 1)));
    return cat(features, 1);
  }
}

class _Transition extends Sequential {
  constructor(input: number, output: number) {
    super({
      norm: new BatchNorm2d(input),
      relu: new ReLU(true),
      conv: new Conv2d(input, output, 1, { bias: false }),
      pool: new AvgPool2d(2, 2),
    });
  }
}

/** Options of DenseNets. */
export interface DenseNetOptions extends ModelOptions {
  /** Probability of dropout after each dense layer. Default 0. */
  readonly dropRate?: number | undefined;
}

/**
 * A network of DenseNet.
 *
 * @example
 * const tiny = new vision.models.DenseNet(8, [1, 1], 16, 0, 10);
 * tiny.forward(zeros(2, 3, 32, 32)).shape; // [2, 10]
 */
export class DenseNet extends Module {
  /** The convolutions. */
  readonly features: Sequential;
  /** Linear layer. */
  classifier: Module;

  /**
   * @param growthRate - channels that each layer adds
   * @param blockConfig - number of layers in each block
   * @param numInitFeatures - channels of the first convolution
   */
  constructor(
    growthRate = 32,
    blockConfig: readonly number[] = [6, 12, 24, 16],
    numInitFeatures = 64,
    dropRate = 0,
    numClasses = 1000,
  ) {
    super();
    const features: [string, Layer][] = [
      ["conv0", new Conv2d(3, numInitFeatures, 7, { stride: 2, padding: 3, bias: false })],
      ["norm0", new BatchNorm2d(numInitFeatures)],
      ["relu0", new ReLU(true)],
      ["pool0", new MaxPool2d(3, 2, 1)],
    ];
    let channels = numInitFeatures;
    for (const [i, count] of blockConfig.entries()) {
      features.push([`denseblock${i + 1}`, new _DenseBlock(count, channels, growthRate, dropRate)]);
      channels += count * growthRate;
      if (i === blockConfig.length - 1) continue;
      features.push([`transition${i + 1}`, new _Transition(channels, Math.floor(channels / 2))]);
      channels = Math.floor(channels / 2);
    }
    features.push(["norm5", new BatchNorm2d(channels)]);
    this.features = new Sequential(Object.fromEntries(features));
    this.classifier = new Linear(channels, numClasses);
    initialize(this, "fan_in", "leaky_relu", (layer) => {
      if (layer.bias !== null) constant_(layer.bias, 0);
    });
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.features.forward(x).relu().mean([2, 3]));
  }
}

function maker(op: string, growthRate: number, blockConfig: readonly number[], numInitFeatures: number) {
  const read = signature(op, { ...MODEL_OPTIONS, dropRate: keyword(aNumber, 0) });
  return (args: ModelArgs<DenseNetOptions>): DenseNet => {
    const { numClasses, dropRate } = read.read(args);
    return new DenseNet(growthRate, blockConfig, numInitFeatures, dropRate, numClasses);
  };
}

const make121 = maker("densenet121", 32, [6, 12, 24, 16], 64);
const make161 = maker("densenet161", 48, [6, 12, 36, 24], 96);
const make169 = maker("densenet169", 32, [6, 12, 32, 32], 64);
const make201 = maker("densenet201", 32, [6, 12, 48, 32], 64);

/**
 * DenseNet-121, with torchvision's initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * vision.models.densenet121({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function densenet121(...args: ModelArgs<DenseNetOptions>): DenseNet {
  return make121(args);
}

/**
 * DenseNet-161. See {@link densenet121}.
 *
 * @example
 * ```ts no-run
 * vision.models.densenet161({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function densenet161(...args: ModelArgs<DenseNetOptions>): DenseNet {
  return make161(args);
}

/**
 * DenseNet-169. See {@link densenet121}.
 *
 * @example
 * ```ts no-run
 * vision.models.densenet169({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function densenet169(...args: ModelArgs<DenseNetOptions>): DenseNet {
  return make169(args);
}

/**
 * DenseNet-201. See {@link densenet121}.
 *
 * @example
 * ```ts no-run
 * vision.models.densenet201({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function densenet201(...args: ModelArgs<DenseNetOptions>): DenseNet {
  return make201(args);
}
