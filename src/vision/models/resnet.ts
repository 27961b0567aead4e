/** @file ResNet: He et al., 2015, arXiv:1512.03385. */
import { ReLU } from "../../nn/activation.ts";
import { Sequential } from "../../nn/container.ts";
import { Conv2d } from "../../nn/conv.ts";
import { Linear } from "../../nn/linear.ts";
import { Module } from "../../nn/module.ts";
import { BatchNorm2d } from "../../nn/normalization.ts";
import { AdaptiveAvgPool2d, MaxPool2d } from "../../nn/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { initialize, type ModelArgs, modelSignature } from "./blocks.ts";

function conv3x3(inPlanes: number, outPlanes: number, stride = 1, groups = 1): Conv2d {
  return new Conv2d(inPlanes, outPlanes, 3, { stride, padding: 1, groups, bias: false });
}

function conv1x1(inPlanes: number, outPlanes: number, stride = 1): Conv2d {
  return new Conv2d(inPlanes, outPlanes, 1, { stride, bias: false });
}

/** What makes a block. */
interface BlockSettings {
  readonly inplanes: number;
  readonly planes: number;
  readonly stride: number;
  readonly downsample: Sequential | null;
  readonly groups: number;
  readonly baseWidth: number;
}

/**
 * Two convolutions beside a shortcut: the block of ResNet-18 and ResNet-34.
 *
 * @example vision.models.BasicBlock.expansion; // 1
 */
export class BasicBlock extends Module {
  /** Channels of the output for each of `planes`. */
  static readonly expansion: number = 1;
  /** First convolution. */
  readonly conv1: Conv2d;
  /** Its normalization. */
  readonly bn1: BatchNorm2d;
  /** Activation. */
  readonly relu = new ReLU(true);
  /** Second convolution. */
  readonly conv2: Conv2d;
  /** Its normalization. */
  readonly bn2: BatchNorm2d;
  /** The shortcut where the size changes, or null. */
  readonly downsample: Sequential | null;

  constructor({ inplanes, planes, stride, downsample }: BlockSettings) {
    super();
    this.conv1 = conv3x3(inplanes, planes, stride);
    this.bn1 = new BatchNorm2d(planes);
    this.conv2 = conv3x3(planes, planes);
    this.bn2 = new BatchNorm2d(planes);
    this.downsample = downsample;
  }

  override forward(x: Tensor): Tensor {
    const identity = this.downsample === null ? x : this.downsample.forward(x);
    const out = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    return this.relu.forward(this.bn2.forward(this.conv2.forward(out)).add(identity));
  }
}

/**
 * Three convolutions beside a shortcut, the middle one with fewer channels: the block of the deeper ResNets.
 *
 * @example vision.models.Bottleneck.expansion; // 4
 */
export class Bottleneck extends Module {
  /** Channels of the output for each of `planes`. */
  static readonly expansion: number = 4;
  /** First convolution, 1 × 1. */
  readonly conv1: Conv2d;
  /** Its normalization. */
  readonly bn1: BatchNorm2d;
  /** Second convolution, 3 × 3. */
  readonly conv2: Conv2d;
  /** Its normalization. */
  readonly bn2: BatchNorm2d;
  /** Third convolution, 1 × 1. */
  readonly conv3: Conv2d;
  /** Its normalization. */
  readonly bn3: BatchNorm2d;
  /** Activation. */
  readonly relu: ReLU;
  /** The shortcut where the size changes, or null. */
  readonly downsample: Sequential | null;

  constructor({ inplanes, planes, stride, downsample, groups, baseWidth }: BlockSettings) {
    super();
    const width = Math.trunc(planes * (baseWidth / 64)) * groups;
    this.conv1 = conv1x1(inplanes, width);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = conv3x3(width, width, stride, groups);
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = conv1x1(width, planes * Bottleneck.expansion);
    this.bn3 = new BatchNorm2d(planes * Bottleneck.expansion);
    this.relu = new ReLU(true);
    this.downsample = downsample;
  }

  override forward(x: Tensor): Tensor {
    const identity = this.downsample === null ? x : this.downsample.forward(x);
    let out = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    out = this.relu.forward(this.bn2.forward(this.conv2.forward(out)));
    return this.relu.forward(this.bn3.forward(this.conv3.forward(out)).add(identity));
  }
}

/** A class of blocks. */
export type ResNetBlock = typeof BasicBlock | typeof Bottleneck;

/** Options of {@link ResNet}. */
export interface ResNetOptions {
  /** Number of classes. Default 1000. */
  readonly numClasses?: number | undefined;
  /** Groups of the 3 × 3 convolutions of {@link Bottleneck}. Default 1. */
  readonly groups?: number | undefined;
  /** Channels of each group, for 64 planes. Default 64. */
  readonly widthPerGroup?: number | undefined;
}

/**
 * A residual network: a convolution, four stages of blocks, a linear layer.
 *
 * @example
 * const tiny = new vision.models.ResNet(vision.models.BasicBlock, [1, 1, 1, 1], { numClasses: 10 });
 * tiny.forward(zeros(2, 3, 64, 64)).shape; // [2, 10]
 */
export class ResNet extends Module {
  /** First convolution. */
  readonly conv1 = new Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
  /** Its normalization. */
  readonly bn1 = new BatchNorm2d(64);
  /** Activation. */
  readonly relu = new ReLU(true);
  /** Pooling before the stages. */
  readonly maxpool = new MaxPool2d(3, 2, 1);
  /** First stage. */
  readonly layer1: Sequential;
  /** Second stage. */
  readonly layer2: Sequential;
  /** Third stage. */
  readonly layer3: Sequential;
  /** Fourth stage. */
  readonly layer4: Sequential;
  /** Pooling over the whole image. */
  readonly avgpool: AdaptiveAvgPool2d;
  /** Classifier. It may be replaced by one of another size. */
  fc: Module;

  constructor(block: ResNetBlock, layers: readonly [number, number, number, number], options: ResNetOptions = {}) {
    super();
    const { numClasses = 1000, groups = 1, widthPerGroup = 64 } = options;
    let inplanes = 64;
    const stage = (planes: number, count: number, stride: number): Sequential => {
      const blocks = Array.from({ length: count }, (_, i) => {
        const step = i === 0 ? stride : 1;
        const outplanes = planes * block.expansion;
        const changes = step !== 1 || inplanes !== outplanes;
        const downsample = changes
          ? new Sequential(conv1x1(inplanes, outplanes, step), new BatchNorm2d(outplanes))
          : null;
        const made = new block({ inplanes, planes, stride: step, downsample, groups, baseWidth: widthPerGroup });
        inplanes = outplanes;
        return made;
      });
      return new Sequential(...blocks);
    };
    this.layer1 = stage(64, layers[0], 1);
    this.layer2 = stage(128, layers[1], 2);
    this.layer3 = stage(256, layers[2], 2);
    this.layer4 = stage(512, layers[3], 2);
    this.avgpool = new AdaptiveAvgPool2d([1, 1]);
    this.fc = new Linear(512 * block.expansion, numClasses);
    initialize(this, "fan_out", "relu");
  }

  override forward(x: Tensor): Tensor {
    let out = this.maxpool.forward(this.relu.forward(this.bn1.forward(this.conv1.forward(x))));
    for (const stage of [this.layer1, this.layer2, this.layer3, this.layer4]) out = stage.forward(out);
    return this.fc.forward(this.avgpool.forward(out).flatten(1));
  }
}

function maker(
  op: string,
  block: ResNetBlock,
  layers: readonly [number, number, number, number],
  options: ResNetOptions = {},
) {
  const read = modelSignature(op);
  return (args: ModelArgs): ResNet => new ResNet(block, layers, { ...options, numClasses: read.read(args).numClasses });
}

const make18 = maker("resnet18", BasicBlock, [2, 2, 2, 2]);
const make34 = maker("resnet34", BasicBlock, [3, 4, 6, 3]);
const make50 = maker("resnet50", Bottleneck, [3, 4, 6, 3]);
const make101 = maker("resnet101", Bottleneck, [3, 4, 23, 3]);
const make152 = maker("resnet152", Bottleneck, [3, 8, 36, 3]);
const makeNext50 = maker("resnext50_32x4d", Bottleneck, [3, 4, 6, 3], { groups: 32, widthPerGroup: 4 });
const makeNext101 = maker("resnext101_32x8d", Bottleneck, [3, 4, 23, 3], { groups: 32, widthPerGroup: 8 });
const makeWide101 = maker("wideResnet101_2", Bottleneck, [3, 4, 23, 3], { widthPerGroup: 128 });
const makeWide50 = maker("wideResnet50_2", Bottleneck, [3, 4, 6, 3], { widthPerGroup: 128 });

/**
 * ResNet-18, with torchvision's initial values for a seed.
 *
 * @throws ValueError for `weights`, which are loaded from a file
 * @example
 * const model = vision.models.resnet18({ numClasses: 10 });
 * model.forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 */
export function resnet18(...args: ModelArgs): ResNet {
  return make18(args);
}

/**
 * ResNet-34. See {@link resnet18}.
 *
 * @example
 * ```ts no-run
 * vision.models.resnet34({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function resnet34(...args: ModelArgs): ResNet {
  return make34(args);
}

/**
 * ResNet-50. See {@link resnet18}.
 *
 * @example
 * ```ts no-run
 * vision.models.resnet50({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function resnet50(...args: ModelArgs): ResNet {
  return make50(args);
}

/**
 * ResNet-101. See {@link resnet18}.
 *
 * @example
 * ```ts no-run
 * vision.models.resnet101({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function resnet101(...args: ModelArgs): ResNet {
  return make101(args);
}

/**
 * ResNet-152. See {@link resnet18}.
 *
 * @example
 * ```ts no-run
 * vision.models.resnet152({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function resnet152(...args: ModelArgs): ResNet {
  return make152(args);
}

/**
 * ResNeXt-50 32x4d: Xie et al., 2016, arXiv:1611.05431. See {@link resnet18}.
 *
 * @example
 * ```ts no-run
 * vision.models.resnext50_32x4d({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function resnext50_32x4d(...args: ModelArgs): ResNet {
  return makeNext50(args);
}

/**
 * Wide ResNet-50-2: Zagoruyko and Komodakis, 2016, arXiv:1605.07146. See {@link resnet18}.
 *
 * @example
 * ```ts no-run
 * vision.models.wideResnet50_2({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function wideResnet50_2(...args: ModelArgs): ResNet {
  return makeWide50(args);
}

/**
 * ResNeXt-101 32x8d. See {@link resnext50_32x4d}.
 *
 * @example
 * ```ts no-run
 * vision.models.resnext101_32x8d({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function resnext101_32x8d(...args: ModelArgs): ResNet {
  return makeNext101(args);
}

/**
 * Wide ResNet-101-2. See {@link wideResnet50_2}.
 *
 * @example
 * ```ts no-run
 * vision.models.wideResnet101_2({ numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 * ```
 */
export function wideResnet101_2(...args: ModelArgs): ResNet {
  return makeWide101(args);
}
