/** @file MobileNetV3: Howard et al., 2019, arXiv:1905.02244. */
import { keyword, signature } from "../../core/arguments.ts";
import { aNumber } from "../../core/kinds.ts";
import { Hardsigmoid, Hardswish, ReLU } from "../../nn/activation.ts";
import { type Layer, Sequential } from "../../nn/container.ts";
import { Dropout } from "../../nn/dropout.ts";
import { normal_, zeros_ } from "../../nn/init.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BatchNorm2d } from "../../nn/normalization.ts";
import { AdaptiveAvgPool2d } from "../../nn/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { SqueezeExcitation } from "../ops/layers.ts";
import { Conv2dNormActivation, initialize, type ModelArgs, makeDivisible, withDropout } from "./blocks.ts";
import type { MobileNetV2Options } from "./mobilenet.ts";

/** Channels in, kernel, expanded channels, channels out, squeeze and excitation, hard swish, stride. */
type V3Block = readonly [number, number, number, number, boolean, boolean, number];

const LARGE_V3: readonly V3Block[] = [
  [16, 3, 16, 16, false, false, 1],
  [16, 3, 64, 24, false, false, 2],
  [24, 3, 72, 24, false, false, 1],
  [24, 5, 72, 40, true, false, 2],
  [40, 5, 120, 40, true, false, 1],
  [40, 5, 120, 40, true, false, 1],
  [40, 3, 240, 80, false, true, 2],
  [80, 3, 200, 80, false, true, 1],
  [80, 3, 184, 80, false, true, 1],
  [80, 3, 184, 80, false, true, 1],
  [80, 3, 480, 112, true, true, 1],
  [112, 3, 672, 112, true, true, 1],
  [112, 5, 672, 160, true, true, 2],
  [160, 5, 960, 160, true, true, 1],
  [160, 5, 960, 160, true, true, 1],
];

const SMALL_V3: readonly V3Block[] = [
  [16, 3, 16, 16, true, false, 2],
  [16, 3, 72, 24, false, false, 2],
  [24, 3, 88, 24, false, false, 1],
  [24, 5, 96, 40, true, true, 2],
  [40, 5, 240, 40, true, true, 1],
  [40, 5, 240, 40, true, true, 1],
  [40, 5, 120, 48, true, true, 1],
  [48, 5, 144, 48, true, true, 1],
  [48, 5, 288, 96, true, true, 2],
  [96, 5, 576, 96, true, true, 1],
  [96, 5, 576, 96, true, true, 1],
];

const slowNorm = (channels: number): Layer => new BatchNorm2d(channels, 0.001, 0.01);

class InvertedResidual extends Module {
  readonly block: Sequential;
  readonly #hasShortcut: boolean;

  constructor([input, kernelSize, hidden, output, squeezes, hard, stride]: V3Block) {
    super();
    this.#hasShortcut = stride === 1 && input === output;
    const activation = hard ? Hardswish : ReLU;
    const layers: Layer[] = [];
    if (hidden !== input) {
      layers.push(new Conv2dNormActivation(input, hidden, { kernelSize: 1, norm: slowNorm, activation }));
    }
    layers.push(
      new Conv2dNormActivation(hidden, hidden, { kernelSize, stride, groups: hidden, norm: slowNorm, activation }),
    );
    if (squeezes) {
      const squeezed = makeDivisible(Math.floor(hidden / 4));
      layers.push(
        new SqueezeExcitation(
          hidden,
          squeezed,
          () => new ReLU(),
          () => new Hardsigmoid(),
        ),
      );
    }
    layers.push(new Conv2dNormActivation(hidden, output, { kernelSize: 1, norm: slowNorm, activation: null }));
    this.block = new Sequential(...layers);
  }

  override forward(x: Tensor): Tensor {
    const out = this.block.forward(x) as Tensor;
    return this.#hasShortcut ? out.add(x) : out;
  }
}

/** The two sizes of {@link MobileNetV3}. */
export type MobileNetV3Size = "large" | "small";

/**
 * The network of MobileNetV3.
 *
 * @example
 * const model = new vision.models.MobileNetV3("small", { numClasses: 10, widthMult: 0.25 });
 * model.forward(zeros(2, 3, 32, 32)).shape; // [2, 10]
 */
export class MobileNetV3 extends Module {
  /** The convolutions. */
  readonly features: Sequential;
  /** Pooling over the whole image. */
  readonly avgpool: AdaptiveAvgPool2d;
  /** Two linear layers with dropout. */
  classifier: Module;

  constructor(
    size: MobileNetV3Size,
    { numClasses = 1000, widthMult = 1, dropout = 0.2 }: Omit<MobileNetV2Options, "weights" | "progress"> = {},
  ) {
    super();
    const wide = (channels: number): number => makeDivisible(channels * widthMult);
    const blocks = (size === "large" ? LARGE_V3 : SMALL_V3).map(
      ([input, kernel, hidden, output, ...rest]): V3Block => [wide(input), kernel, wide(hidden), wide(output), ...rest],
    );
    const [first = 0] = blocks[0] ?? [];
    const last = blocks.at(-1)?.[3] ?? 0;
    const inner = wide(size === "large" ? 1280 : 1024);
    this.features = new Sequential(
      new Conv2dNormActivation(3, first, { stride: 2, norm: slowNorm, activation: Hardswish }),
      ...blocks.map((block) => new InvertedResidual(block)),
      new Conv2dNormActivation(last, 6 * last, { kernelSize: 1, norm: slowNorm, activation: Hardswish }),
    );
    this.avgpool = new AdaptiveAvgPool2d(1);
    this.classifier = new Sequential(
      new Linear(6 * last, inner),
      new Hardswish(true),
      new Dropout(dropout, true),
      new Linear(inner, numClasses),
    );
    initialize(this, "fan_out", "leaky_relu", (layer) => {
      normal_(layer.weight, 0, 0.01);
      if (layer.bias !== null) zeros_(layer.bias);
    });
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.avgpool.forward(this.features.forward(x)).flatten(1)) as Tensor;
  }
}

const MOBILENET_V3 = { ...withDropout(0.2), widthMult: keyword(aNumber, 1) } as const;
const LARGE_SIGNATURE = signature("mobilenetV3Large", MOBILENET_V3);
const SMALL_SIGNATURE = signature("mobilenetV3Small", MOBILENET_V3);

/**
 * MobileNetV3 Large, with torchvision's initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * ```ts no-run
 * vision.models.mobilenetV3Large({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function mobilenetV3Large(...args: ModelArgs<MobileNetV2Options>): MobileNetV3 {
  return new MobileNetV3("large", LARGE_SIGNATURE.read(args));
}

/**
 * MobileNetV3 Small. See {@link mobilenetV3Large}.
 *
 * @example
 * ```ts no-run
 * vision.models.mobilenetV3Small({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function mobilenetV3Small(...args: ModelArgs<MobileNetV2Options>): MobileNetV3 {
  return new MobileNetV3("small", SMALL_SIGNATURE.read(args));
}
