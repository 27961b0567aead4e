/** @file Random flips, affine and perspective transforms, and erasing of rectangles. */
import { type Args, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { aBoolean, either, type Kind, nullable, oneOf, oneOrMoreNumbers } from "../../core/kinds.ts";
import { pythonRepr } from "../../core/python-repr.ts";
import { numbersOf } from "../../data/arguments.ts";
import { randomBelow, randomUniform } from "../../data/transforms/draws.ts";
import { imageSize, type Picture } from "../../data/transforms/picture.ts";
import type { Fill, SamplingInterpolation } from "../../data/transforms/sampling.ts";
import { tensor } from "../../tensor/create.ts";
import { randn } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { aProbability, type ProbabilityArgs, type Range, readRange, readSpread, withProbability } from "./arguments.ts";
import {
  aFill,
  affine,
  aPoint,
  aSampling,
  type Corners,
  erase,
  getDimensions,
  perspective,
  roundHalfEven,
  type SamplingOptions,
  vflip,
} from "./geometry-functional.ts";

const FLIP = signature("RandomVerticalFlip", withProbability(0.5));

/**
 * Flips an image from top to bottom with a given probability.
 *
 * @example new vision.transforms.RandomVerticalFlip(1).forward(tensor([[[1], [2]]])).flatten(); // tensor([2., 1.])
 */
export class RandomVerticalFlip {
  /** Probability of the image being flipped. */
  readonly p: number;

  /** @param p - The probability. Default 0.5. */
  constructor(...args: ProbabilityArgs) {
    this.p = FLIP.read(args).p;
  }

  /** Draws one number, and flips the image if it is below the probability. */
  forward<I extends Picture>(image: I): I {
    imageSize("RandomVerticalFlip", image);
    return randomUniform(0, 1) < this.p ? vflip(image) : image;
  }

  /** torchvision's text. */
  toString(): string {
    return `RandomVerticalFlip(p=${this.p})`;
  }
}

/** Options of {@link RandomAffine}. */
export interface RandomAffineOptions extends SamplingOptions {
  /** Largest translation to either side, as parts of width and height. Default null: none. */
  readonly translate?: readonly [number, number] | null | undefined;
  /** Bounds of the scale. Default null: 1. */
  readonly scale?: Range | null | undefined;
  /** Angles of the shear: one number x for −x … x along x, bounds along x, or bounds along x and y. Default null: none. */
  readonly shear?: number | readonly number[] | null | undefined;
  /** Center [x, y], from the upper left corner. Default null: the center of the image. */
  readonly center?: readonly [number, number] | null | undefined;
}

const AFFINE = signature("RandomAffine", {
  degrees: required(oneOrMoreNumbers as Kind<number | Range>),
  translate: optional(nullable(aPoint), null),
  scale: optional(nullable(aPoint), null),
  shear: optional(nullable(oneOrMoreNumbers), null),
  interpolation: optional(aSampling, "nearest"),
  fill: optional(aFill, 0),
  center: optional(nullable(aPoint), null),
});

/**
 * Rotates, moves, scales and shears an image at random, with its center where it was.
 *
 * @throws ValueError for options out of range
 * @example new vision.transforms.RandomAffine(10, { scale: [0.9, 1.1] }).forward(ones(1, 4, 4)).shape; // [1, 4, 4]
 */
export class RandomAffine {
  /** Bounds of the angle, in degrees. */
  readonly degrees: Range;
  /** Largest translation, as parts of width and height, or null. */
  readonly translate: readonly [number, number] | null;
  /** Bounds of the scale, or null. */
  readonly scale: Range | null;
  /** Bounds of the shear along x, and along y if there are four; or null. */
  readonly shear: readonly number[] | null;
  /** Interpolation mode. */
  readonly interpolation: SamplingInterpolation;
  /** Pixel fill value for the area outside of the image. */
  readonly fill: Fill | null;
  /** Center [x, y], or null. */
  readonly center: readonly [number, number] | null;

  /** @param degrees - Bounds of the angle; one number stands for −degrees … degrees. */
  constructor(
    ...args: Args<
      [degrees: number | Range],
      [
        translate: readonly [number, number] | null,
        scale: Range | null,
        shear: number | readonly number[] | null,
        interpolation: SamplingInterpolation,
        fill: Fill | null,
        center: readonly [number, number] | null,
      ],
      { readonly degrees: number | Range } & RandomAffineOptions
    >
  ) {
    const { degrees, translate, scale, shear, interpolation, fill, center } = AFFINE.read(args);
    this.degrees = readSpread("RandomAffine", "degrees", degrees);
    if (translate?.some((part) => part < 0 || part > 1)) {
      throw new ValueError("[RandomAffine] translation values should be between 0 and 1");
    }
    if (scale?.some((value) => value <= 0)) throw new ValueError("[RandomAffine] scale values should be positive");
    this.translate = translate;
    this.scale = scale;
    this.shear = shear === null ? null : readShear(shear);
    this.interpolation = interpolation;
    this.fill = fill;
    this.center = center;
  }

  /** Draws angle, translation, scale and shear, in this order, and transforms the image. */
  forward<I extends Picture>(image: I): I {
    const [height, width] = imageSize("RandomAffine", image);
    const { interpolation, fill, center } = this;
    const angle = randomUniform(...this.degrees);
    const move = (part: number, size: number): number => roundHalfEven(randomUniform(-part * size, part * size));
    const [partX, partY] = this.translate ?? [0, 0];
    const translate =
      this.translate === null ? ([0, 0] as const) : ([move(partX, width), move(partY, height)] as const);
    const scale = this.scale === null ? 1 : randomUniform(...this.scale);
    const [x0 = 0, x1 = 0, y0, y1] = this.shear ?? [];
    const shearX = this.shear === null ? 0 : randomUniform(x0, x1);
    const shearY = y0 === undefined || y1 === undefined ? 0 : randomUniform(y0, y1);
    return affine(image, angle, translate, scale, [shearX, shearY], { interpolation, fill, center });
  }

  /** torchvision's text. */
  toString(): string {
    const floats = (values: readonly number[]): string =>
      `[${values.map((value) => pythonRepr(value, true)).join(", ")}]`;
    const parts = [`degrees=${floats(this.degrees)}`];
    if (this.translate !== null) parts.push(`translate=${pythonRepr(this.translate)}`);
    if (this.scale !== null) parts.push(`scale=${pythonRepr(this.scale)}`);
    if (this.shear !== null) parts.push(`shear=${floats(this.shear)}`);
    if (this.interpolation !== "nearest") parts.push(`interpolation=${this.interpolation}`);
    if (this.fill !== 0) parts.push(`fill=${pythonRepr(this.fill)}`);
    if (this.center !== null) parts.push(`center=${pythonRepr(this.center)}`);
    return `RandomAffine(${parts.join(", ")})`;
  }
}

function readShear(shear: number | readonly number[]): readonly number[] {
  if (typeof shear === "number") return readSpread("RandomAffine", "shear", shear);
  const bounds = numbersOf("RandomAffine", "shear", shear);
  if (bounds.length === 2 || bounds.length === 4) return bounds;
  throw new ValueError(`[RandomAffine] shear should be one number, or 2 or 4 of them, but got ${describeValue(shear)}`);
}

/** Options of {@link RandomPerspective}. */
export interface RandomPerspectiveOptions extends SamplingOptions {
  /** Degree of distortion, from 0 to 1. Default 0.5. */
  readonly distortionScale?: number | undefined;
  /** Probability of the image being transformed. Default 0.5. */
  readonly p?: number | undefined;
}

const PERSPECTIVE = signature("RandomPerspective", {
  distortionScale: optional(aProbability, 0.5),
  p: optional(aProbability, 0.5),
  interpolation: optional(aSampling, "bilinear"),
  fill: optional(aFill, 0),
});

/**
 * Moves the corners of an image inwards at random, with a given probability.
 *
 * @example new vision.transforms.RandomPerspective({ p: 1 }).forward(ones(1, 8, 8)).shape; // [1, 8, 8]
 */
export class RandomPerspective {
  /** Degree of distortion. */
  readonly distortionScale: number;
  /** Probability of the image being transformed. */
  readonly p: number;
  /** Interpolation mode. */
  readonly interpolation: SamplingInterpolation;
  /** Pixel fill value for the area outside of the image. */
  readonly fill: Fill | null;

  constructor(
    ...args: ThenOptions<
      [distortionScale: number, p: number, interpolation: SamplingInterpolation, fill: Fill | null],
      RandomPerspectiveOptions
    >
  ) {
    const { distortionScale, p, interpolation, fill } = PERSPECTIVE.read(args);
    this.distortionScale = distortionScale;
    this.p = p;
    this.interpolation = interpolation;
    this.fill = fill;
  }

  /** Draws whether the image is transformed, and then the corners. */
  forward<I extends Picture>(image: I): I {
    const [height, width] = imageSize("RandomPerspective", image);
    if (randomUniform(0, 1) >= this.p) return image;
    const [halfHeight, halfWidth] = [Math.floor(height / 2), Math.floor(width / 2)];
    const [dx, dy] = [Math.trunc(this.distortionScale * halfWidth), Math.trunc(this.distortionScale * halfHeight)];
    const near = (distance: number): number => randomBelow(distance + 1);
    const far = (size: number, distance: number): number => randomBelow(size, size - distance - 1);
    const topLeft = [near(dx), near(dy)] as const;
    const topRight = [far(width, dx), near(dy)] as const;
    const bottomRight = [far(width, dx), far(height, dy)] as const;
    const bottomLeft = [near(dx), far(height, dy)] as const;
    const start: Corners = [
      [0, 0],
      [width - 1, 0],
      [width - 1, height - 1],
      [0, height - 1],
    ];
    const { interpolation, fill } = this;
    return perspective(image, start, [topLeft, topRight, bottomRight, bottomLeft], { interpolation, fill });
  }

  /** torchvision's text. */
  toString(): string {
    return `RandomPerspective(p=${this.p})`;
  }
}

/** Options of {@link RandomErasing}. */
export interface RandomErasingOptions {
  /** Probability of a rectangle being erased. Default 0.5. */
  readonly p?: number | undefined;
  /** Bounds of its area, as parts of the image's. Default [0.02, 0.33]. */
  readonly scale?: Range | undefined;
  /** Bounds of its height / width. Default [0.3, 3.3]. */
  readonly ratio?: Range | undefined;
  /** One value, one for each channel, or "random" for normally distributed numbers. Default 0. */
  readonly value?: ErasedValue | undefined;
  /** Whether the image itself is changed. Default false. */
  readonly inplace?: boolean | undefined;
}

/** What stands in an erased rectangle. */
export type ErasedValue = number | readonly number[] | "random";

const ERASING = signature("RandomErasing", {
  p: optional(aProbability, 0.5),
  scale: optional(aPoint, [0.02, 0.33]),
  ratio: optional(aPoint, [0.3, 3.3]),
  value: optional(either(oneOrMoreNumbers, oneOf("random")), 0),
  inplace: optional(aBoolean, false),
});

/**
 * Erases a random rectangle of a tensor image, with a given probability.
 *
 * @throws ValueError for options out of range
 * @example new vision.transforms.RandomErasing({ p: 0 }).forward(ones(1, 2, 2)).sum(); // tensor(4.)
 */
export class RandomErasing {
  /** Probability of a rectangle being erased. */
  readonly p: number;
  /** Bounds of its area, as parts of the image's. */
  readonly scale: Range;
  /** Bounds of its height / width. */
  readonly ratio: Range;
  /** The value, one for each channel, or "random". */
  readonly value: ErasedValue;
  /** Whether the image itself is changed. */
  readonly inplace: boolean;

  constructor(
    ...args: ThenOptions<
      [p: number, scale: Range, ratio: Range, value: ErasedValue, inplace: boolean],
      RandomErasingOptions
    >
  ) {
    const { p, scale, ratio, value, inplace } = ERASING.read(args);
    this.p = p;
    this.scale = readRange("RandomErasing", "scale", scale);
    this.ratio = readRange("RandomErasing", "ratio", ratio);
    this.value = value;
    this.inplace = inplace;
    if (this.scale[0] < 0 || this.scale[1] > 1) throw new ValueError("[RandomErasing] Scale should be between 0 and 1");
  }

  /** Draws whether to erase, and then area, shape and place, up to ten times until the rectangle is inside. */
  forward(image: Tensor): Tensor {
    const [channels, height, width] = getDimensions(image);
    if (randomUniform(0, 1) >= this.p) return image;
    const { value } = this;
    if (typeof value === "object" && value.length !== 1 && value.length !== channels) {
      throw new ValueError(
        `[RandomErasing] If value is a sequence, it should have either a single value or ${channels} (number of input channels)`,
      );
    }
    const [low, high] = this.ratio.map((ratio) => Math.fround(Math.log(Math.fround(ratio)))) as [number, number];
    for (let i = 0; i < 10; i++) {
      const area = height * width * randomUniform(...this.scale);
      const ratio = Math.fround(Math.exp(randomUniform(low, high)));
      const [h, w] = [roundHalfEven(Math.sqrt(area * ratio)), roundHalfEven(Math.sqrt(area / ratio))];
      if (!(h < height && w < width)) continue;
      const color =
        value === "random"
          ? randn(channels, h, w)
          : tensor(typeof value === "number" ? [value] : [...value]).view(-1, 1, 1);
      const top = randomBelow(height - h + 1);
      return erase(image, top, randomBelow(width - w + 1), h, w, color, this.inplace);
    }
    return image;
  }

  /** torchvision's text. */
  toString(): string {
    const value = this.value === "random" ? "random" : pythonRepr(this.value);
    return `RandomErasing(p=${this.p}, scale=${pythonRepr(this.scale)}, ratio=${pythonRepr(this.ratio)}, value=${value}, inplace=${pythonRepr(this.inplace)})`;
  }
}
