/** @file EfficientNet: Tan and Le, 2019, arXiv:1905.11946. */

import { signature } from "../../core/arguments.ts";
import { SiLU } from "../../nn/activation.ts";
import { type Layer, Sequential } from "../../nn/container.ts";
import { Dropout } from "../../nn/dropout.ts";
import { uniform_, zeros_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BatchNorm2d } from "../../nn/normalization.ts";
import { AdaptiveAvgPool2d } from "../../nn/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { SqueezeExcitation, StochasticDepth } from "../ops/layers.ts";
import { batchNorm, Conv2dNormActivation, initialize, type ModelArgs, makeDivisible, withDropout } from "./blocks.ts";
import type { DropoutModelOptions } from "./vgg.ts";

type Norm = (channels: number) => Layer;

interface BlockSettings {
  readonly expansion: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly input: number;
  readonly output: number;
}

class MBConv extends Module {
  readonly block: Sequential;
  readonly stochastic_depth: StochasticDepth;
  readonly #hasShortcut: boolean;

  constructor({ expansion, kernelSize, stride, input, output }: BlockSettings, depth: number, norm: Norm) {
    super();
    this.#hasShortcut = stride === 1 && input === output;
    const hidden = makeDivisible(input * expansion);
    const layers: Layer[] = [];
    if (hidden !== input) {
      layers.push(new Conv2dNormActivation(input, hidden, { kernelSize: 1, norm, activation: SiLU }));
    }
    layers.push(
      new Conv2dNormActivation(hidden, hidden, { kernelSize, stride, groups: hidden, norm, activation: SiLU }),
      new SqueezeExcitation(hidden, Math.max(1, Math.floor(input / 4)), () => new SiLU(true)),
      new Conv2dNormActivation(hidden, output, { kernelSize: 1, norm, activation: null }),
    );
    this.block = new Sequential(...layers);
    this.stochastic_depth = new StochasticDepth(depth, "row");
  }

  override forward(x: Tensor): Tensor {
    const out = this.block.forward(x);
    return this.#hasShortcut ? this.stochastic_depth.forward(out).add(x) : out;
  }
}

/** Expansion, kernel, stride, channels in and out, number of blocks. */
const STAGES = [
  [1, 3, 1, 32, 16, 1],
  [6, 3, 2, 16, 24, 2],
  [6, 5, 2, 24, 40, 2],
  [6, 3, 2, 40, 80, 3],
  [6, 5, 1, 80, 112, 3],
  [6, 5, 2, 112, 192, 4],
  [6, 3, 1, 192, 320, 1],
] as const;

/** How much wider and deeper than EfficientNet-B0. */
interface Scaling {
  readonly width: number;
  readonly depth: number;
  readonly norm?: Norm;
}

/**
 * A network of EfficientNet.
 *
 * @example
 * ```ts no-run
 * const model = vision.models.efficientnetB0({ numClasses: 10 });
 * model instanceof vision.models.EfficientNet; // true
 * ```
 */
export class EfficientNet extends Module {
  /** The convolutions. */
  readonly features: Sequential;
  /** Pooling over the whole image. */
  readonly avgpool = new AdaptiveAvgPool2d(1);
  /** Dropout and the linear layer. */
  classifier: Module;

  constructor({ width, depth, norm = batchNorm }: Scaling, numClasses: number, dropout: number) {
    super();
    const stages = STAGES.map(([expansion, kernelSize, stride, input, output, count]) => {
      const [wideInput, wideOutput] = [makeDivisible(input * width), makeDivisible(output * width)];
      return { expansion, kernelSize, stride, input: wideInput, output: wideOutput, count: Math.ceil(count * depth) };
    });
    const total = stages.reduce((sum, { count }) => sum + count, 0);
    const first = makeDivisible(32 * width);
    const features: Layer[] = [new Conv2dNormActivation(3, first, { stride: 2, norm, activation: SiLU })];
    let index = 0;
    for (const { count, ...settings } of stages) {
      const blocks = Array.from({ length: count }, (_, i) => {
        const here = i === 0 ? settings : { ...settings, input: settings.output, stride: 1 };
        return new MBConv(here, (0.2 * index++) / total, norm);
      });
      features.push(new Sequential(...blocks));
    }
    const narrow = makeDivisible(320 * width);
    features.push(new Conv2dNormActivation(narrow, 4 * narrow, { kernelSize: 1, norm, activation: SiLU }));
    this.features = new Sequential(...features);
    this.classifier = new Sequential(new Dropout(dropout, true), new Linear(4 * narrow, numClasses));
    initialize(this, "fan_out", "leaky_relu", (layer) => {
      const range = 1 / Math.sqrt(layer.outFeatures);
      uniform_(layer.weight, -range, range);
      if (layer.bias !== null) zeros_(layer.bias);
    });
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.avgpool.forward(this.features.forward(x)).flatten(1));
  }
}

/** The normalization of the larger ones. */
const slowNorm: Norm = (channels) => new BatchNorm2d(channels, 0.001, 0.01);

function maker(op: string, dropout: number, scaling: Scaling) {
  const read = signature(op, withDropout(dropout));
  return (args: ModelArgs<DropoutModelOptions>): EfficientNet => {
    const given = read.read(args);
    return new EfficientNet(scaling, given.numClasses, given.dropout);
  };
}

const make0 = maker("efficientnetB0", 0.2, { width: 1, depth: 1 });
const make1 = maker("efficientnetB1", 0.2, { width: 1, depth: 1.1 });
const make2 = maker("efficientnetB2", 0.3, { width: 1.1, depth: 1.2 });
const make3 = maker("efficientnetB3", 0.3, { width: 1.2, depth: 1.4 });
const make4 = maker("efficientnetB4", 0.4, { width: 1.4, depth: 1.8 });
const make5 = maker("efficientnetB5", 0.4, { width: 1.6, depth: 2.2, norm: slowNorm });
const make6 = maker("efficientnetB6", 0.5, { width: 1.8, depth: 2.6, norm: slowNorm });
const make7 = maker("efficientnetB7", 0.5, { width: 2, depth: 3.1, norm: slowNorm });

/**
 * EfficientNet-B0, with torchvision's initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * vision.models.efficientnetB0({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function efficientnetB0(...args: ModelArgs<DropoutModelOptions>): EfficientNet {
  return make0(args);
}

/**
 * EfficientNet-B1. See {@link efficientnetB0}.
 *
 * @example
 * ```ts no-run
 * vision.models.efficientnetB1({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function efficientnetB1(...args: ModelArgs<DropoutModelOptions>): EfficientNet {
  return make1(args);
}

/**
 * EfficientNet-B2. See {@link efficientnetB0}.
 *
 * @example
 * ```ts no-run
 * vision.models.efficientnetB2({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function efficientnetB2(...args: ModelArgs<DropoutModelOptions>): EfficientNet {
  return make2(args);
}

/**
 * EfficientNet-B3. See {@link efficientnetB0}.
 *
 * @example
 * ```ts no-run
 * vision.models.efficientnetB3({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function efficientnetB3(...args: ModelArgs<DropoutModelOptions>): EfficientNet {
  return make3(args);
}

/**
 * EfficientNet-B4. See {@link efficientnetB0}.
 *
 * @example
 * ```ts no-run
 * vision.models.efficientnetB4({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function efficientnetB4(...args: ModelArgs<DropoutModelOptions>): EfficientNet {
  return make4(args);
}

/**
 * EfficientNet-B5. See {@link efficientnetB0}.
 *
 * @example
 * ```ts no-run
 * vision.models.efficientnetB5({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function efficientnetB5(...args: ModelArgs<DropoutModelOptions>): EfficientNet {
  return make5(args);
}

/**
 * EfficientNet-B6. See {@link efficientnetB0}.
 *
 * @example
 * ```ts no-run
 * vision.models.efficientnetB6({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function efficientnetB6(...args: ModelArgs<DropoutModelOptions>): EfficientNet {
  return make6(args);
}

/**
 * EfficientNet-B7. See {@link efficientnetB0}.
 *
 * @example
 * ```ts no-run
 * vision.models.efficientnetB7({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function efficientnetB7(...args: ModelArgs<DropoutModelOptions>): EfficientNet {
  return make7(args);
}
