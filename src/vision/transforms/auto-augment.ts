/** @file Automatic augmentation: RandAugment and TrivialAugmentWide. */
import { keyword, signature } from "../../core/arguments.ts";
import { aSize, type Kind, kind, oneOf } from "../../core/kinds.ts";
import { pythonRepr } from "../../core/python-repr.ts";
import { randomBelow } from "../../data/transforms/draws.ts";
import type { Picture } from "../../data/transforms/picture.ts";
import type { Fill, SamplingInterpolation } from "../../data/transforms/sampling.ts";
import { linspace } from "../../tensor/create.ts";
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  adjustSharpness,
  autocontrast,
  equalize,
  posterize,
  solarize,
} from "./color-functional.ts";
import { aFill, affine, getDimensions, rotate, roundHalfEven, type SamplingOptions } from "./geometry-functional.ts";

/** One kind of change: its magnitudes, none if there is one alone, and whether their sign is drawn. */
interface Augmentation {
  readonly magnitudes: readonly number[];
  readonly signed: boolean;
  readonly apply: <I extends Picture>(image: I, magnitude: number, how: SamplingOptions) => I;
}

/** Magnitudes from `from` to `to`, in float32. */
function steps(from: number, to: number, count: number): readonly number[] {
  return Array.from(linspace(from, to, count).dataSync());
}

const degrees = (magnitude: number): number => (Math.atan(magnitude) * 180) / Math.PI;

/** The changes, in torchvision's order, each as strong as the arguments say. */
function augmentations(
  bins: number,
  { shear, translate, angle, color, bits }: Strengths,
  [height, width]: readonly [number, number],
): readonly Augmentation[] {
  const signed = (most: number, apply: Augmentation["apply"]): Augmentation => ({
    magnitudes: steps(0, most, bins),
    signed: true,
    apply,
  });
  const plain = (apply: Augmentation["apply"]): Augmentation => ({ magnitudes: [], signed: false, apply });
  const [moveX, moveY] = translate(height, width);
  return [
    plain((image) => image),
    signed(shear, (image, m, how) => affine(image, 0, [0, 0], 1, [degrees(m), 0], { ...how, center: [0, 0] })),
    signed(shear, (image, m, how) => affine(image, 0, [0, 0], 1, [0, degrees(m)], { ...how, center: [0, 0] })),
    signed(moveX, (image, m, how) => affine(image, 0, [Math.trunc(m), 0], 1, 0, how)),
    signed(moveY, (image, m, how) => affine(image, 0, [0, Math.trunc(m)], 1, 0, how)),
    signed(angle, (image, m, how) => rotate(image, m, how)),
    signed(color, (image, m) => adjustBrightness(image, 1 + m)),
    signed(color, (image, m) => adjustSaturation(image, 1 + m)),
    signed(color, (image, m) => adjustContrast(image, 1 + m)),
    signed(color, (image, m) => adjustSharpness(image, 1 + m)),
    {
      magnitudes: Array.from({ length: bins }, (_, i) => 8 - roundHalfEven(Math.fround(i / ((bins - 1) / bits)))),
      signed: false,
      apply: (image, m) => posterize(image, Math.trunc(m)),
    },
    { magnitudes: steps(255, 0, bins), signed: false, apply: (image, m) => solarize(image, m) },
    plain((image) => autocontrast(image)),
    plain((image) => equalize(image)),
  ];
}

/** The strongest change of each kind. */
interface Strengths {
  readonly shear: number;
  readonly translate: (height: number, width: number) => readonly [x: number, y: number];
  readonly angle: number;
  readonly color: number;
  /** Bits that are lost. */
  readonly bits: number;
}

const RAND: Strengths = {
  shear: 0.3,
  translate: (height, width) => [(150 / 331) * width, (150 / 331) * height],
  angle: 30,
  color: 0.9,
  bits: 4,
};

const TRIVIAL_WIDE: Strengths = { shear: 0.99, translate: () => [32, 32], angle: 135, color: 0.99, bits: 6 };

/** Applies one change, whose sign is drawn where it has one. */
function augment<I extends Picture>(image: I, { signed, apply }: Augmentation, size: number, how: SamplingOptions): I {
  const magnitude = signed && randomBelow(2) === 1 ? -size : size;
  return apply(image, magnitude, how);
}

const aCount: Kind<number> = kind(
  "an integer of at least 2",
  (value) => Number.isSafeInteger(value) && (value as number) >= 2,
);

const SAMPLING = {
  interpolation: keyword(oneOf("nearest", "bilinear"), "nearest"),
  fill: keyword(aFill, null),
} as const;

/** Options of {@link RandAugment}. */
export interface RandAugmentOptions extends SamplingOptions {
  /** Number of changes one after the other. Default 2. */
  readonly numOps?: number | undefined;
  /** Strength of all changes, below `numMagnitudeBins`. Default 9. */
  readonly magnitude?: number | undefined;
  /** Number of different strengths. Default 31. */
  readonly numMagnitudeBins?: number | undefined;
}

const RAND_AUGMENT = signature("RandAugment", {
  numOps: keyword(aSize, 2),
  magnitude: keyword(aSize, 9),
  numMagnitudeBins: keyword(aCount, 31),
  ...SAMPLING,
});

/**
 * RandAugment (Cubuk et al., 2019, arXiv:1909.13719): some random changes of one strength, for images of bytes.
 *
 * @example new vision.transforms.RandAugment().forward(zeros(3, 8, 8, { dtype: "uint8" })).shape; // [3, 8, 8]
 */
export class RandAugment {
  /** Number of changes one after the other. */
  readonly numOps: number;
  /** Strength of all changes. */
  readonly magnitude: number;
  /** Number of different strengths. */
  readonly numMagnitudeBins: number;
  /** Interpolation mode. */
  readonly interpolation: SamplingInterpolation;
  /** Pixel fill value for the area outside of the image. */
  readonly fill: Fill | null;

  constructor(options: RandAugmentOptions = {}) {
    const given = RAND_AUGMENT.read([options]);
    this.numOps = given.numOps;
    this.magnitude = given.magnitude;
    this.numMagnitudeBins = given.numMagnitudeBins;
    this.interpolation = given.interpolation;
    this.fill = given.fill;
  }

  /** Draws the changes and their signs, and applies them. */
  forward<I extends Picture>(image: I): I {
    const [, height, width] = getDimensions(image);
    const all = augmentations(this.numMagnitudeBins, RAND, [height, width]);
    const how = { interpolation: this.interpolation, fill: this.fill };
    let result = image;
    for (let i = 0; i < this.numOps; i++) {
      const chosen = all[randomBelow(all.length)] as Augmentation;
      result = augment(result, chosen, chosen.magnitudes[this.magnitude] ?? 0, how);
    }
    return result;
  }

  /** torchvision's text. */
  toString(): string {
    return (
      `RandAugment(num_ops=${this.numOps}, magnitude=${this.magnitude}, num_magnitude_bins=${this.numMagnitudeBins}, ` +
      `interpolation=InterpolationMode.${this.interpolation.toUpperCase()}, fill=${pythonRepr(this.fill)})`
    );
  }
}

/** Options of {@link TrivialAugmentWide}. */
export interface TrivialAugmentWideOptions extends SamplingOptions {
  /** Number of different strengths. Default 31. */
  readonly numMagnitudeBins?: number | undefined;
}

const TRIVIAL_AUGMENT = signature("TrivialAugmentWide", { numMagnitudeBins: keyword(aCount, 31), ...SAMPLING });

/**
 * TrivialAugment (Müller and Hutter, 2021, arXiv:2103.10158): one random change of random strength, for images of bytes.
 *
 * @example new vision.transforms.TrivialAugmentWide().forward(zeros(3, 8, 8, { dtype: "uint8" })).shape; // [3, 8, 8]
 */
export class TrivialAugmentWide {
  /** Number of different strengths. */
  readonly numMagnitudeBins: number;
  /** Interpolation mode. */
  readonly interpolation: SamplingInterpolation;
  /** Pixel fill value for the area outside of the image. */
  readonly fill: Fill | null;

  constructor(options: TrivialAugmentWideOptions = {}) {
    const { numMagnitudeBins, interpolation, fill } = TRIVIAL_AUGMENT.read([options]);
    this.numMagnitudeBins = numMagnitudeBins;
    this.interpolation = interpolation;
    this.fill = fill;
  }

  /** Draws the change, its strength and its sign, and applies it. */
  forward<I extends Picture>(image: I): I {
    const [, height, width] = getDimensions(image);
    const all = augmentations(this.numMagnitudeBins, TRIVIAL_WIDE, [height, width]);
    const chosen = all[randomBelow(all.length)] as Augmentation;
    const { magnitudes } = chosen;
    const magnitude = magnitudes.length === 0 ? 0 : (magnitudes[randomBelow(magnitudes.length)] as number);
    return augment(image, chosen, magnitude, { interpolation: this.interpolation, fill: this.fill });
  }

  /** torchvision's text. */
  toString(): string {
    return (
      `TrivialAugmentWide(num_magnitude_bins=${this.numMagnitudeBins}, ` +
      `interpolation=InterpolationMode.${this.interpolation.toUpperCase()}, fill=${pythonRepr(this.fill)})`
    );
  }
}
