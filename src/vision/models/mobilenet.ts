/** @file MobileNetV2: Sandler et al., 2018, arXiv:1801.04381. */
import { keyword, signature } from "../../core/arguments.ts";
import { aNumber } from "../../core/kinds.ts";
import { ReLU6 } from "../../nn/activation.ts";
import { type Layer, Sequential } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Dropout } from "../../nn/dropout.ts";
import { normal_, zeros_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BatchNorm2d } from "../../nn/normalization.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Conv2dNormActivation, initialize, type ModelArgs, makeDivisible, withDropout } from "./blocks.ts";
import type { DropoutModelOptions } from "./vgg.ts";

/** Widens, convolves each channel for itself, and narrows; beside a shortcut where the size stays. */
class InvertedResidual extends Module {
  readonly conv: Sequential;
  readonly #hasShortcut: boolean;

  constructor(input: number, output: number, stride: number, expandRatio: number) {
    super();
    const hidden = input * expandRatio;
    this.#hasShortcut = stride === 1 && input === output;
    const layers: Layer[] = [];
    if (expandRatio !== 1) layers.push(new Conv2dNormActivation(input, hidden, { kernelSize: 1, activation: ReLU6 }));
    layers.push(
      new Conv2dNormActivation(hidden, hidden, { stride, groups: hidden, activation: ReLU6 }),
      new Conv2d(hidden, output, 1, { bias: false }),
      new BatchNorm2d(output),
    );
    this.conv = new Sequential(...layers);
  }

  override forward(x: Tensor): Tensor {
    const out = this.conv.forward(x);
    return this.#hasShortcut ? x.add(out) : out;
  }
}

/** Expansion, channels, number of blocks, stride of the first one. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Options of {@link mobilenetV2}. */
export interface MobileNetV2Options extends DropoutModelOptions {
  /** Factor of the channels of each layer. Default 1. */
  readonly widthMult?: number | undefined;
}

/**
 * The network of MobileNetV2.
 *
 * @example
 * const model = new vision.models.MobileNetV2({ numClasses: 10, widthMult: 0.25 });
 * model.forward(zeros(2, 3, 32, 32)).shape; // [2, 10]
 */
export class MobileNetV2 extends Module {
  /** The convolutions. */
  readonly features: Sequential;
  /** Dropout and the linear layer. */
  classifier: Module;

  constructor({
    numClasses = 1000,
    widthMult = 1,
    dropout = 0.2,
  }: Omit<MobileNetV2Options, "weights" | "progress"> = {}) {
    super();
    let channels = makeDivisible(32 * widthMult);
    const last = makeDivisible(1280 * Math.max(1, widthMult));
    const features: Layer[] = [new Conv2dNormActivation(3, channels, { stride: 2, activation: ReLU6 })];
    for (const [expansion, width, count, stride] of STAGES) {
      const output = makeDivisible(width * widthMult);
      for (let i = 0; i < count; i++) {
        features.push(new InvertedResidual(channels, output, i === 0 ? stride : 1, expansion));
        channels = output;
      }
    }
    features.push(new Conv2dNormActivation(channels, last, { kernelSize: 1, activation: ReLU6 }));
    this.features = new Sequential(...features);
    this.classifier = new Sequential(new Dropout(dropout), new Linear(last, numClasses));
    initialize(this, "fan_out", "leaky_relu", (layer) => {
      normal_(layer.weight, 0, 0.01);
      if (layer.bias !== null) zeros_(layer.bias);
    });
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.features.forward(x).mean([2, 3]));
  }
}

const MOBILENET = signature("mobilenetV2", { ...withDropout(0.2), widthMult: keyword(aNumber, 1) });

/**
 * MobileNetV2, with torchvision's initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * vision.models.mobilenetV2({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function mobilenetV2(...args: ModelArgs<MobileNetV2Options>): MobileNetV2 {
  const { numClasses, dropout, widthMult } = MOBILENET.read(args);
  return new MobileNetV2({ numClasses, dropout, widthMult });
}
