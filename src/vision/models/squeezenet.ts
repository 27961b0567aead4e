/** @file SqueezeNet: Iandola et al., 2016, arXiv:1602.07360. */
import { signature } from "../../core/arguments.ts";
import { ReLU } from "../../nn/activation.ts";
import { Sequential } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Dropout } from "../../nn/dropout.ts";
import { constant_, kaimingUniform_, normal_ } from "../../nn/init.ts";
import { Module } from "../../nn/module.ts";
import { AdaptiveAvgPool2d, MaxPool2d } from "../../nn/pooling.ts";
import { cat } from "../../tensor/functional.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type ModelArgs, withDropout } from "./blocks.ts";
import type { DropoutModelOptions } from "./vgg.ts";

/** A narrow convolution of 1 × 1, and two that widen its result. */
class Fire extends Module {
  readonly squeeze: Conv2d;
  readonly squeeze_activation: ReLU;
  readonly expand1x1: Conv2d;
  readonly expand1x1_activation: ReLU;
  readonly expand3x3: Conv2d;
  readonly expand3x3_activation: ReLU;

  constructor(input: number, narrow: number, wide: number) {
    super();
    this.squeeze = new Conv2d(input, narrow, 1);
    this.squeeze_activation = new ReLU(true);
    this.expand1x1 = new Conv2d(narrow, wide, 1);
    this.expand1x1_activation = new ReLU(true);
    this.expand3x3 = new Conv2d(narrow, wide, 3, { padding: 1 });
    this.expand3x3_activation = new ReLU(true);
  }

  override forward(x: Tensor): Tensor {
    const narrow = this.squeeze_activation.forward(this.squeeze.forward(x));
    return cat(
      [
        this.expand1x1_activation.forward(this.expand1x1.forward(narrow)),
        this.expand3x3_activation.forward(this.expand3x3.forward(narrow)),
      ],
      1,
    );
  }
}

/** The versions of {@link SqueezeNet}. */
export type SqueezeNetVersion = "1_0" | "1_1";

/** Options of {@link SqueezeNet}. */
export interface SqueezeNetOptions extends DropoutModelOptions {
  /** "1_0" of the paper, or "1_1", which computes less than half. Default "1_0". */
  readonly version?: SqueezeNetVersion | undefined;
}

const pool = (): MaxPool2d => new MaxPool2d(3, { stride: 2, ceilMode: true });

function featuresOf(version: SqueezeNetVersion): Sequential {
  if (version === "1_0") {
    return new Sequential(
      ...[new Conv2d(3, 96, 7, { stride: 2 }), new ReLU(true), pool()],
      ...[new Fire(96, 16, 64), new Fire(128, 16, 64), new Fire(128, 32, 128), pool()],
      ...[new Fire(256, 32, 128), new Fire(256, 48, 192), new Fire(384, 48, 192), new Fire(384, 64, 256), pool()],
      new Fire(512, 64, 256),
    );
  }
  return new Sequential(
    ...[new Conv2d(3, 64, 3, { stride: 2 }), new ReLU(true), pool()],
    ...[new Fire(64, 16, 64), new Fire(128, 16, 64), pool()],
    ...[new Fire(128, 32, 128), new Fire(256, 32, 128), pool()],
    ...[new Fire(256, 48, 192), new Fire(384, 48, 192), new Fire(384, 64, 256), new Fire(512, 64, 256)],
  );
}

/**
 * The network of SqueezeNet.
 *
 * @example
 * const model = new vision.models.SqueezeNet({ version: "1_1", numClasses: 10 });
 * model.forward(zeros(2, 3, 32, 32)).shape; // [2, 10]
 */
export class SqueezeNet extends Module {
  /** Number of classes. */
  readonly numClasses: number;
  /** The convolutions. */
  readonly features: Sequential;
  /** Dropout, a convolution to the classes, and pooling. */
  classifier: Module;

  constructor({
    version = "1_0",
    numClasses = 1000,
    dropout = 0.5,
  }: Omit<SqueezeNetOptions, "weights" | "progress"> = {}) {
    super();
    this.numClasses = numClasses;
    this.features = featuresOf(version);
    const last = new Conv2d(512, numClasses, 1);
    this.classifier = new Sequential(new Dropout(dropout), last, new ReLU(true), new AdaptiveAvgPool2d([1, 1]));
    for (const layer of this.modules()) {
      if (!(layer instanceof Conv2d)) continue;
      if (layer === last) normal_(layer.weight, 0, 0.01);
      else kaimingUniform_(layer.weight);
      if (layer.bias !== null) constant_(layer.bias, 0);
    }
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.features.forward(x)).flatten(1);
  }
}

const ARGUMENTS = withDropout(0.5);
const SIGNATURES = {
  squeezenet1_0: signature("squeezenet1_0", ARGUMENTS),
  squeezenet1_1: signature("squeezenet1_1", ARGUMENTS),
};

/**
 * SqueezeNet 1.0, the one of the paper, with some 1.2 million parameters.
 *
 * @example
 * const model = vision.models.squeezenet1_0({ numClasses: 10 });
 * model.forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 */
export function squeezenet1_0(...args: ModelArgs<DropoutModelOptions>): SqueezeNet {
  const { numClasses, dropout } = SIGNATURES.squeezenet1_0.read(args);
  return new SqueezeNet({ version: "1_0", numClasses, dropout });
}

/**
 * SqueezeNet 1.1, which computes less than half of 1.0 with the same accuracy.
 *
 * @example
 * const model = vision.models.squeezenet1_1({ numClasses: 10 });
 * model.forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 */
export function squeezenet1_1(...args: ModelArgs<DropoutModelOptions>): SqueezeNet {
  const { numClasses, dropout } = SIGNATURES.squeezenet1_1.read(args);
  return new SqueezeNet({ version: "1_1", numClasses, dropout });
}
