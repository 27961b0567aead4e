/** @file Random images, for trying a program without data. */
import { optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { anInteger, aSize, integers } from "../../core/kinds.ts";
import { checkIndex } from "../../data/arguments.ts";
import { Generator } from "../../tensor/random/generator.ts";
import { randint, randn } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { toPilImage } from "../transforms/conversion.ts";
import { type TransformPositions, VISION_OPTIONS, VisionDataset, type VisionOptions } from "./dataset.ts";

/** Options of {@link FakeData}. */
export interface FakeDataOptions<Item, Target> extends VisionOptions<Item, Target> {
  /** Number of images. Default 1000. */
  readonly size?: number | undefined;
  /** Channels, rows and columns. Default [3, 224, 224]. */
  readonly imageSize?: readonly number[] | undefined;
  /** Number of classes. Default 10. */
  readonly numClasses?: number | undefined;
  /** Added to the index of an image, which is its seed. Default 0. */
  readonly randomOffset?: number | undefined;
}

const FAKE = signature("FakeData", {
  size: optional(aSize, 1000),
  imageSize: optional(integers, [3, 224, 224]),
  numClasses: optional(anInteger, 10),
  ...VISION_OPTIONS,
  randomOffset: optional(anInteger, 0),
});

/**
 * Random images with random labels, the same ones at each index always: those of torchvision.
 *
 * @example
 * const fake = new vision.datasets.FakeData(10, [3, 8, 8], 5);
 * fake.get(0)[0].shape; // [3, 8, 8]
 */
export class FakeData<Item = Tensor, Target = number> extends VisionDataset<Item, Target> {
  /** Number of classes. */
  readonly numClasses: number;
  /** Number of images. */
  readonly size: number;
  /** Channels, rows and columns. */
  readonly imageSize: readonly number[];
  /** Added to the index of an image, which is its seed. */
  readonly randomOffset: number;

  constructor(
    ...args: ThenOptions<
      [
        size: number,
        imageSize: readonly number[],
        numClasses: number,
        ...TransformPositions<Item, Target>,
        randomOffset: number,
      ],
      FakeDataOptions<Item, Target>
    >
  ) {
    const given = FAKE.read(args);
    super("None", { transform: given.transform, targetTransform: given.targetTransform } as VisionOptions<
      Item,
      Target
    >);
    this.size = given.size;
    this.imageSize = given.imageSize;
    this.numClasses = given.numClasses;
    this.randomOffset = given.randomOffset;
  }

  get length(): number {
    return this.size;
  }

  /** The transformed image and label. @throws ValueError if there is no such index */
  get(index: number): [image: Item, target: Target] {
    const at = checkIndex("FakeData.get", index, this.size);
    const generator = new Generator().manualSeed(at + this.randomOffset);
    const pixels = randn(this.imageSize, { generator });
    const label = randint(0, this.numClasses, [1], { generator }).itemSync();
    // Negative numbers wrap, as in torchvision.
    return this.transformed(toPilImage(pixels.mul(255).to("int32").remainder(256).to("uint8")), label);
  }
}
