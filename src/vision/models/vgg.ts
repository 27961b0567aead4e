/** @file VGG: Simonyan and Zisserman, 2014, arXiv:1409.1556; and AlexNet: Krizhevsky, 2014, arXiv:1404.5997. */
import { signature } from "../../core/arguments.ts";
import { ReLU } from "../../nn/activation.ts";
import { type Layer, Sequential } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Dropout } from "../../nn/dropout.ts";
import { constant_, normal_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BatchNorm2d } from "../../nn/normalization.ts";
import { AdaptiveAvgPool2d, MaxPool2d } from "../../nn/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { initialize, type ModelArgs, type ModelOptions, withDropout } from "./blocks.ts";

/** Options of models with dropout in their classifier. */
export interface DropoutModelOptions extends ModelOptions {
  /** Probability of an element to be zeroed in the classifier. */
  readonly dropout?: number | undefined;
}

/** Channels of the convolutions, and "M" for a max pooling. */
const LAYOUTS = {
  A: [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
  B: [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
  D: [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"],
  E: [64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512, "M"],
} as const;

function makeLayers(layout: readonly (number | "M")[], batchNorm: boolean): Sequential {
  let channels = 3;
  const layers = layout.flatMap((entry): Layer[] => {
    if (entry === "M") return [new MaxPool2d(2, 2)];
    const convolution = new Conv2d(channels, entry, 3, { padding: 1 });
    channels = entry;
    return batchNorm ? [convolution, new BatchNorm2d(entry), new ReLU(true)] : [convolution, new ReLU(true)];
  });
  return new Sequential(...layers);
}

/**
 * A network of VGG: convolutions of 3 × 3, and three linear layers.
 *
 * @example
 * ```ts no-run
 * const model = vision.models.vgg16({ numClasses: 10 });
 * model instanceof vision.models.VGG; // true
 * ```
 */
export class VGG extends Module {
  /** The convolutions. */
  readonly features: Sequential;
  /** Pooling to 7 × 7. */
  readonly avgpool: AdaptiveAvgPool2d;
  /** The linear layers. */
  classifier: Module;

  constructor(features: Sequential, numClasses = 1000, dropout = 0.5) {
    super();
    this.features = features;
    this.avgpool = new AdaptiveAvgPool2d([7, 7]);
    this.classifier = new Sequential(
      new Linear(512 * 7 * 7, 4096),
      new ReLU(true),
      new Dropout(dropout),
      new Linear(4096, 4096),
      new ReLU(true),
      new Dropout(dropout),
      new Linear(4096, numClasses),
    );
    initialize(this, "fan_out", "relu", (layer) => {
      normal_(layer.weight, 0, 0.01);
      if (layer.bias !== null) constant_(layer.bias, 0);
    });
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.avgpool.forward(this.features.forward(x)).flatten(1));
  }
}

function maker(op: string, layout: keyof typeof LAYOUTS, batchNorm: boolean) {
  const read = signature(op, withDropout(0.5));
  return (args: ModelArgs<DropoutModelOptions>): VGG => {
    const { numClasses, dropout } = read.read(args);
    return new VGG(makeLayers(LAYOUTS[layout], batchNorm), numClasses, dropout);
  };
}

const make11 = maker("vgg11", "A", false);
const make11Bn = maker("vgg11_bn", "A", true);
const make13 = maker("vgg13", "B", false);
const make13Bn = maker("vgg13_bn", "B", true);
const make16 = maker("vgg16", "D", false);
const make16Bn = maker("vgg16_bn", "D", true);
const make19 = maker("vgg19", "E", false);
const make19Bn = maker("vgg19_bn", "E", true);

/**
 * VGG-11, with torchvision's initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * vision.models.vgg11({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function vgg11(...args: ModelArgs<DropoutModelOptions>): VGG {
  return make11(args);
}

/**
 * VGG-11 with batch normalization. See {@link vgg11}.
 *
 * @example
 * ```ts no-run
 * vision.models.vgg11_bn({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function vgg11_bn(...args: ModelArgs<DropoutModelOptions>): VGG {
  return make11Bn(args);
}

/**
 * VGG-13. See {@link vgg11}.
 *
 * @example
 * ```ts no-run
 * vision.models.vgg13({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function vgg13(...args: ModelArgs<DropoutModelOptions>): VGG {
  return make13(args);
}

/**
 * VGG-13 with batch normalization. See {@link vgg11}.
 *
 * @example
 * ```ts no-run
 * vision.models.vgg13_bn({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function vgg13_bn(...args: ModelArgs<DropoutModelOptions>): VGG {
  return make13Bn(args);
}

/**
 * VGG-16. See {@link vgg11}.
 *
 * @example
 * ```ts no-run
 * vision.models.vgg16({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function vgg16(...args: ModelArgs<DropoutModelOptions>): VGG {
  return make16(args);
}

/**
 * VGG-16 with batch normalization. See {@link vgg11}.
 *
 * @example
 * ```ts no-run
 * vision.models.vgg16_bn({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function vgg16_bn(...args: ModelArgs<DropoutModelOptions>): VGG {
  return make16Bn(args);
}

/**
 * VGG-19. See {@link vgg11}.
 *
 * @example
 * ```ts no-run
 * vision.models.vgg19({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function vgg19(...args: ModelArgs<DropoutModelOptions>): VGG {
  return make19(args);
}

/**
 * VGG-19 with batch normalization. See {@link vgg11}.
 *
 * @example
 * ```ts no-run
 * vision.models.vgg19_bn({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function vgg19_bn(...args: ModelArgs<DropoutModelOptions>): VGG {
  return make19Bn(args);
}

/**
 * The network of AlexNet.
 *
 * @example
 * ```ts no-run
 * const model = vision.models.alexnet({ numClasses: 10 });
 * model instanceof vision.models.AlexNet; // true
 * ```
 */
export class AlexNet extends Module {
  /** The convolutions. */
  readonly features = new Sequential(
    new Conv2d(3, 64, 11, { stride: 4, padding: 2 }),
    new ReLU(true),
    new MaxPool2d(3, 2),
    new Conv2d(64, 192, 5, { padding: 2 }),
    new ReLU(true),
    new MaxPool2d(3, 2),
    new Conv2d(192, 384, 3, { padding: 1 }),
    new ReLU(true),
    new Conv2d(384, 256, 3, { padding: 1 }),
    new ReLU(true),
    new Conv2d(256, 256, 3, { padding: 1 }),
    new ReLU(true),
    new MaxPool2d(3, 2),
  );
  /** Pooling to 6 × 6. */
  readonly avgpool = new AdaptiveAvgPool2d([6, 6]);
  /** The linear layers. */
  classifier: Module;

  constructor(numClasses = 1000, dropout = 0.5) {
    super();
    this.classifier = new Sequential(
      new Dropout(dropout),
      new Linear(256 * 6 * 6, 4096),
      new ReLU(true),
      new Dropout(dropout),
      new Linear(4096, 4096),
      new ReLU(true),
      new Linear(4096, numClasses),
    );
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.avgpool.forward(this.features.forward(x)).flatten(1));
  }
}

const ALEXNET = signature("alexnet", withDropout(0.5));

/**
 * AlexNet, with torchvision's initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * vision.models.alexnet({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function alexnet(...args: ModelArgs<DropoutModelOptions>): AlexNet {
  const { numClasses, dropout } = ALEXNET.read(args);
  return new AlexNet(numClasses, dropout);
}
