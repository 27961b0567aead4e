/** @file Crops of images: the middle, random parts of random shapes, the corners. */
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { aBoolean, type Kind, nullable, oneOrMoreNumbers } from "../../core/kinds.ts";
import { pythonRepr } from "../../core/python-repr.ts";
import { randomBelow, randomUniform } from "../../data/transforms/draws.ts";
import { aSizeOrTwo, type ImageSize, RESIZE_INTERPOLATION, readSize } from "../../data/transforms/geometry.ts";
import { imageSize, type Picture } from "../../data/transforms/picture.ts";
import type { ResizeInterpolation } from "../../data/transforms/resample.ts";
import { type Range, readRange } from "./arguments.ts";
import { centerCrop, fiveCrop, resizedCrop, roundHalfEven, tenCrop } from "./geometry-functional.ts";

/** A size by position or by name. */
type SizeArgs = Args<[size: ImageSize], [], { readonly size: ImageSize }>;

const CENTER_CROP = signature("CenterCrop", { size: required(aSizeOrTwo) });

const FIVE_CROP = signature("FiveCrop", { size: required(aSizeOrTwo) });

/**
 * The middle of an image. A smaller image is padded with 0.
 *
 * @example new vision.transforms.CenterCrop(4).forward(zeros(3, 8, 8)).shape; // [3, 4, 4]
 */
export class CenterCrop {
  /** Size of the crop. */
  readonly size: readonly [height: number, width: number];
  /** Whether a batch of images gives the batch of the results. */
  readonly batched = true;

  constructor(...args: SizeArgs) {
    this.size = readSize("CenterCrop", CENTER_CROP.read(args).size);
  }

  /** Crops an image. */
  forward<I extends Picture>(image: I): I {
    return centerCrop(image, this.size);
  }

  /** torchvision's text. */
  toString(): string {
    return `CenterCrop(size=${pythonRepr(this.size)})`;
  }
}

/** Options of {@link RandomResizedCrop}. */
export interface RandomResizedCropOptions {
  /** Bounds of the crop's area, as parts of the image's. Default [0.08, 1]. */
  readonly scale?: Range | undefined;
  /** Bounds of the crop's width / height. Default [3/4, 4/3]. */
  readonly ratio?: Range | undefined;
  /** Interpolation mode. Default "bilinear". */
  readonly interpolation?: ResizeInterpolation | undefined;
  /** Apply antialiasing when downscaling. Default true; null: false. */
  readonly antialias?: boolean | null | undefined;
}

const aRange = oneOrMoreNumbers as Kind<Range>;

const RESIZED_CROP = signature("RandomResizedCrop", {
  size: required(aSizeOrTwo),
  scale: optional(aRange, [0.08, 1]),
  ratio: optional(aRange, [3 / 4, 4 / 3]),
  ...RESIZE_INTERPOLATION,
  antialias: optional(nullable(aBoolean), true),
});

/**
 * Crops a random part of an image, of random area and shape, and resizes it.
 *
 * @throws ValueError for options out of range
 * @example new vision.transforms.RandomResizedCrop(4).forward(zeros(3, 8, 8)).shape; // [3, 4, 4]
 */
export class RandomResizedCrop {
  /** Size of the result. */
  readonly size: readonly [height: number, width: number];
  /** Bounds of the crop's area, as parts of the image's. */
  readonly scale: Range;
  /** Bounds of the crop's width / height. */
  readonly ratio: Range;
  /** Interpolation mode. */
  readonly interpolation: ResizeInterpolation;
  /** Whether antialiasing is applied when downscaling. */
  readonly antialias: boolean;

  constructor(
    ...args: Args<
      [size: ImageSize],
      [scale: Range, ratio: Range, interpolation: ResizeInterpolation, antialias: boolean | null],
      { readonly size: ImageSize } & RandomResizedCropOptions
    >
  ) {
    const { size, scale, ratio, interpolation, antialias } = RESIZED_CROP.read(args);
    this.size = readSize("RandomResizedCrop", size);
    this.scale = readRange("RandomResizedCrop", "scale", scale);
    this.ratio = readRange("RandomResizedCrop", "ratio", ratio);
    this.interpolation = interpolation;
    this.antialias = antialias ?? false;
  }

  /** Draws area, shape and place, up to ten times until the part is inside, crops and resizes. */
  forward<I extends Picture>(image: I): I {
    const [top, left, height, width] = RandomResizedCrop.getParams(image, this.scale, this.ratio);
    const { size, interpolation, antialias } = this;
    return resizedCrop(image, top, left, height, width, size, { interpolation, antialias });
  }

  /** Draws a part of an image: where it begins, and its rows and columns. */
  static getParams(
    img: Picture,
    scale: Range,
    ratio: Range,
  ): [top: number, left: number, height: number, width: number] {
    const [height, width] = imageSize("RandomResizedCrop", img);
    const [low, high] = ratio.map((ratio) => Math.fround(Math.log(Math.fround(ratio)))) as [number, number];
    for (let i = 0; i < 10; i++) {
      const area = height * width * randomUniform(...scale);
      const shape = Math.fround(Math.exp(randomUniform(low, high)));
      const [w, h] = [roundHalfEven(Math.sqrt(area * shape)), roundHalfEven(Math.sqrt(area / shape))];
      if (w <= 0 || w > width || h <= 0 || h > height) continue;
      const top = randomBelow(height - h + 1);
      return [top, randomBelow(width - w + 1), h, w];
    }
    const [least, most] = ratio;
    const inRatio = width / height;
    const w = inRatio > most ? roundHalfEven(height * most) : width;
    const h = inRatio < least ? roundHalfEven(width / least) : height;
    return [Math.floor((height - h) / 2), Math.floor((width - w) / 2), h, w];
  }

  /** torchvision's text. */
  toString(): string {
    const short = (range: Range): string =>
      pythonRepr(
        range.map((value) => Number(value.toFixed(4))),
        true,
      );
    return (
      `RandomResizedCrop(size=${pythonRepr(this.size)}, scale=${short(this.scale)}, ratio=${short(this.ratio)}, ` +
      `interpolation=${this.interpolation}), antialias=${pythonRepr(this.antialias)})`
    );
  }
}

/**
 * The four corners and the middle of an image.
 *
 * @example new vision.transforms.FiveCrop(4).forward(zeros(3, 8, 8)).length; // 5
 */
export class FiveCrop {
  /** Size of the crops. */
  readonly size: readonly [height: number, width: number];

  constructor(...args: SizeArgs) {
    this.size = readSize("FiveCrop", FIVE_CROP.read(args).size);
  }

  /** Crops an image five times. */
  forward<I extends Picture>(image: I): [I, I, I, I, I] {
    return fiveCrop(image, this.size);
  }

  /** torchvision's text. */
  toString(): string {
    return `FiveCrop(size=${pythonRepr(this.size)})`;
  }
}

const TEN_CROP = signature("TenCrop", { size: required(aSizeOrTwo), verticalFlip: optional(aBoolean, false) });

/**
 * {@link FiveCrop} of an image and of its mirror image.
 *
 * @example new vision.transforms.TenCrop(4).forward(zeros(3, 8, 8)).length; // 10
 */
export class TenCrop {
  /** Size of the crops. */
  readonly size: readonly [height: number, width: number];
  /** Whether the mirror image is the one from top to bottom. */
  readonly verticalFlip: boolean;

  constructor(
    ...args: Args<
      [size: ImageSize],
      [verticalFlip: boolean],
      { readonly size: ImageSize; readonly verticalFlip?: boolean | undefined }
    >
  ) {
    const { size, verticalFlip } = TEN_CROP.read(args);
    this.size = readSize("TenCrop", size);
    this.verticalFlip = verticalFlip;
  }

  /** Crops an image ten times. */
  forward<I extends Picture>(image: I): I[] {
    return tenCrop(image, this.size, this.verticalFlip);
  }

  /** torchvision's text. */
  toString(): string {
    return `TenCrop(size=${pythonRepr(this.size)}, vertical_flip=${pythonRepr(this.verticalFlip)})`;
  }
}
