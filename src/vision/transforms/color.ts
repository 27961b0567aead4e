/** @file Transforms of colors: jitter, grayscale, blur, and random filters. */
import { type Args, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { aNumber, anInteger, type Kind, oneOrMoreNumbers } from "../../core/kinds.ts";
import { pythonRepr } from "../../core/python-repr.ts";
import { numbersOf } from "../../data/arguments.ts";
import { randomUniform } from "../../data/transforms/draws.ts";
import { imageSize, type Picture } from "../../data/transforms/picture.ts";
import { randperm } from "../../tensor/random/integers.ts";
import { type ProbabilityArgs, type Range, readRange, withProbability } from "./arguments.ts";
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  adjustSharpness,
  autocontrast,
  equalize,
  type GrayscaleArgs,
  gaussianBlur,
  invert,
  posterize,
  rgbToGrayscale,
  solarize,
} from "./color-functional.ts";
import { getDimensions } from "./geometry-functional.ts";

/** How much a property of the colors changes: x for a factor from max(0, 1 − x) to 1 + x, or bounds of the factor. */
export type Jitter = number | Range;

/** Options of {@link ColorJitter}. */
export interface ColorJitterOptions {
  /** Of the brightness. Default 0: not at all. */
  readonly brightness?: Jitter | undefined;
  /** Of the contrast. Default 0. */
  readonly contrast?: Jitter | undefined;
  /** Of the saturation. Default 0. */
  readonly saturation?: Jitter | undefined;
  /** Of the hue: x for a turn from −x to x, of at most 0.5, or bounds. Default 0. */
  readonly hue?: Jitter | undefined;
}

const aJitter = oneOrMoreNumbers as Kind<Jitter>;

const JITTER = signature("ColorJitter", {
  brightness: optional(aJitter, 0),
  contrast: optional(aJitter, 0),
  saturation: optional(aJitter, 0),
  hue: optional(aJitter, 0),
});

/**
 * Changes brightness, contrast, saturation and hue of an image at random, in a random order.
 *
 * @throws ValueError for options out of range
 * @example new vision.transforms.ColorJitter({ brightness: 0.2, hue: 0.1 }).forward(ones(3, 2, 2)).shape; // [3, 2, 2]
 */
export class ColorJitter {
  /** Bounds of the factor of the brightness, or null. */
  readonly brightness: Range | null;
  /** Bounds of the factor of the contrast, or null. */
  readonly contrast: Range | null;
  /** Bounds of the factor of the saturation, or null. */
  readonly saturation: Range | null;
  /** Bounds of the turn of the hue, or null. */
  readonly hue: Range | null;

  constructor(
    ...args: ThenOptions<[brightness: Jitter, contrast: Jitter, saturation: Jitter, hue: Jitter], ColorJitterOptions>
  ) {
    const { brightness, contrast, saturation, hue } = JITTER.read(args);
    this.brightness = readJitter("brightness", brightness, 1, [0, Number.POSITIVE_INFINITY]);
    this.contrast = readJitter("contrast", contrast, 1, [0, Number.POSITIVE_INFINITY]);
    this.saturation = readJitter("saturation", saturation, 1, [0, Number.POSITIVE_INFINITY]);
    this.hue = readJitter("hue", hue, 0, [-0.5, 0.5]);
  }

  /** Draws the order and then the factors, and changes the image. */
  forward<I extends Picture>(image: I): I {
    imageSize("ColorJitter", image);
    const order = randperm(4);
    const [brightness, contrast, saturation, hue] = [this.brightness, this.contrast, this.saturation, this.hue].map(
      (range) => (range === null ? null : randomUniform(...range)),
    ) as [number | null, number | null, number | null, number | null];
    const steps: readonly ((image: I) => I)[] = [
      (one) => (brightness === null ? one : adjustBrightness(one, brightness)),
      (one) => (contrast === null ? one : adjustContrast(one, contrast)),
      (one) => (saturation === null ? one : adjustSaturation(one, saturation)),
      (one) => (hue === null ? one : adjustHue(one, hue)),
    ];
    return order.reduce((one: I, i) => steps[i]?.(one) ?? one, image);
  }

  /** torchvision's text. */
  toString(): string {
    const list = (range: Range | null): string =>
      range === null ? "None" : `[${range.map((value) => pythonRepr(value, true)).join(", ")}]`;
    return (
      `ColorJitter(brightness=${list(this.brightness)}, contrast=${list(this.contrast)}, ` +
      `saturation=${list(this.saturation)}, hue=${list(this.hue)})`
    );
  }
}

function readJitter(name: string, value: Jitter, center: number, [low, high]: Range): Range | null {
  const given = numbersOf("ColorJitter", name, value);
  if (given.length === 1 && !((given[0] as number) >= 0)) {
    throw new ValueError(`[ColorJitter] If ${name} is a single number, it must be non negative.`);
  }
  const [x = 0] = given;
  const least = center - x;
  const range =
    given.length === 1
      ? ([center === 1 ? Math.max(least, 0) : least, center + x] as const)
      : readRange("ColorJitter", name, value);
  if (range[0] < low || range[1] > high) {
    throw new ValueError(
      `[ColorJitter] ${name} values should be between ${pythonRepr([low, high])}, but got ${describeValue(value)}`,
    );
  }
  return range[0] === center && range[1] === center ? null : range;
}

const GRAYSCALE = signature("Grayscale", { numOutputChannels: optional(anInteger, 1) });

/**
 * Gray values of an image.
 *
 * @example new vision.transforms.Grayscale(3).forward(ones(3, 2, 2)).shape; // [3, 2, 2]
 */
export class Grayscale {
  /** Number of channels of the result. */
  readonly numOutputChannels: 1 | 3;
  /** Whether a batch of images gives the batch of the results. */
  readonly batched = true;

  /** @param numOutputChannels - 1, or 3 equal ones. Default 1. */
  constructor(...args: GrayscaleArgs) {
    this.numOutputChannels = GRAYSCALE.read(args).numOutputChannels as 1 | 3;
  }

  /** Converts an image. */
  forward<I extends Picture>(image: I): I {
    return rgbToGrayscale(image, this.numOutputChannels);
  }

  /** torchvision's text. */
  toString(): string {
    return `Grayscale(num_output_channels=${this.numOutputChannels})`;
  }
}

const RANDOM_GRAYSCALE = signature("RandomGrayscale", withProbability(0.1));

/**
 * Gray values of an image with a given probability, in as many channels as the image has.
 *
 * @example new vision.transforms.RandomGrayscale(1).forward(ones(3, 2, 2)).shape; // [3, 2, 2]
 */
export class RandomGrayscale {
  /** Probability of the image being converted. */
  readonly p: number;

  /** @param p - The probability. Default 0.1. */
  constructor(...args: ProbabilityArgs) {
    this.p = RANDOM_GRAYSCALE.read(args).p;
  }

  /** Draws one number, and converts the image if it is below the probability. */
  forward<I extends Picture>(image: I): I {
    const [channels] = getDimensions(image);
    return randomUniform(0, 1) < this.p ? rgbToGrayscale(image, channels as 1 | 3) : image;
  }

  /** torchvision's text. */
  toString(): string {
    return `RandomGrayscale(p=${this.p})`;
  }
}

const BLUR = signature("GaussianBlur", {
  kernelSize: required(oneOrMoreNumbers),
  sigma: optional(oneOrMoreNumbers as Kind<number | Range>, [0.1, 2]),
});

/**
 * Blurs an image by a Gaussian kernel of random width.
 *
 * @throws ValueError for an even size or a sigma that is not positive
 * @example new vision.transforms.GaussianBlur(3).forward(ones(1, 5, 5)).shape; // [1, 5, 5]
 */
export class GaussianBlur {
  /** Size of the kernel: [columns, rows]. */
  readonly kernelSize: readonly number[];
  /** Bounds of the standard deviation. */
  readonly sigma: Range;

  /**
   * @param kernelSize - odd size, one for both or [columns, rows]
   * @param sigma - bounds of the standard deviation, or one number. Default [0.1, 2].
   */
  constructor(
    ...args: Args<
      [kernelSize: number | readonly number[]],
      [sigma: number | Range],
      { readonly kernelSize: number | readonly number[]; readonly sigma?: number | Range | undefined }
    >
  ) {
    const { kernelSize, sigma } = BLUR.read(args);
    const sizes = numbersOf("GaussianBlur", "kernelSize", kernelSize);
    this.kernelSize = sizes.length === 1 ? [...sizes, ...sizes] : sizes;
    if (this.kernelSize.length !== 2 || this.kernelSize.some((size) => size <= 0 || size % 2 !== 1)) {
      throw new ValueError("[GaussianBlur] Kernel size value should be an odd and positive number.");
    }
    this.sigma = typeof sigma === "number" ? [sigma, sigma] : readRange("GaussianBlur", "sigma", sigma);
    if (!(this.sigma[0] > 0))
      throw new ValueError("[GaussianBlur] sigma values should be positive and of the form (min, max).");
  }

  /** Draws the standard deviation, and blurs the image. */
  forward<I extends Picture>(image: I): I {
    imageSize("GaussianBlur", image);
    return gaussianBlur(image, this.kernelSize, randomUniform(...this.sigma));
  }

  /** torchvision's text. */
  toString(): string {
    return `GaussianBlur(kernel_size=${pythonRepr(this.kernelSize)}, sigma=${pythonRepr(this.sigma)})`;
  }
}

/** Changes an image with a given probability. */
abstract class RandomFilter {
  /** Probability of the image being changed. */
  readonly p: number;

  constructor(p: number) {
    this.p = p;
  }

  /** Draws one number, and changes the image if it is below the probability. */
  forward<I extends Picture>(image: I): I {
    imageSize(this.constructor.name, image);
    return randomUniform(0, 1) < this.p ? this.filter(image) : image;
  }

  protected abstract filter<I extends Picture>(image: I): I;

  /** torchvision's text. */
  toString(): string {
    return `${this.constructor.name}(p=${this.p})`;
  }
}

const RANDOM_INVERT = signature("RandomInvert", withProbability(0.5));

/**
 * Inverts the colors of an image with a given probability.
 *
 * @example new vision.transforms.RandomInvert(1).forward(tensor([[[0.25]]])); // tensor([[[0.7500]]])
 */
export class RandomInvert extends RandomFilter {
  /** @param p - The probability. Default 0.5. */
  constructor(...args: ProbabilityArgs) {
    super(RANDOM_INVERT.read(args).p);
  }

  protected filter<I extends Picture>(image: I): I {
    return invert(image);
  }
}

const RANDOM_POSTERIZE = signature("RandomPosterize", { bits: required(aNumber), ...withProbability(0.5) });

/**
 * Keeps fewer bits of each channel of an image of bytes, with a given probability.
 *
 * @example new vision.transforms.RandomPosterize(1, 1).forward(tensor([[[200]]], { dtype: "uint8" })).item(); // 128
 */
export class RandomPosterize extends RandomFilter {
  /** Number of bits that are kept. */
  readonly bits: number;

  /** @param p - The probability. Default 0.5. */
  constructor(...args: Args<[bits: number], [p: number], { readonly bits: number; readonly p?: number | undefined }>) {
    const { bits, p } = RANDOM_POSTERIZE.read(args);
    super(p);
    this.bits = bits;
  }

  protected filter<I extends Picture>(image: I): I {
    return posterize(image, this.bits);
  }

  override toString(): string {
    return `RandomPosterize(bits=${this.bits},p=${this.p})`;
  }
}

const RANDOM_SOLARIZE = signature("RandomSolarize", { threshold: required(aNumber), ...withProbability(0.5) });

/**
 * Inverts the values of an image from a threshold on, with a given probability.
 *
 * @example new vision.transforms.RandomSolarize(0.5, 1).forward(tensor([[[0.75]]])); // tensor([[[0.2500]]])
 */
export class RandomSolarize extends RandomFilter {
  /** From here on values are inverted. */
  readonly threshold: number;

  /** @param p - The probability. Default 0.5. */
  constructor(
    ...args: Args<[threshold: number], [p: number], { readonly threshold: number; readonly p?: number | undefined }>
  ) {
    const { threshold, p } = RANDOM_SOLARIZE.read(args);
    super(p);
    this.threshold = threshold;
  }

  protected filter<I extends Picture>(image: I): I {
    return solarize(image, this.threshold);
  }

  override toString(): string {
    return `RandomSolarize(threshold=${this.threshold},p=${this.p})`;
  }
}

const RANDOM_ADJUST_SHARPNESS = signature("RandomAdjustSharpness", {
  sharpnessFactor: required(aNumber),
  ...withProbability(0.5),
});

/**
 * Changes the sharpness of an image with a given probability.
 *
 * @example new vision.transforms.RandomAdjustSharpness(2, 1).forward(ones(1, 4, 4)).sum(); // tensor(16.)
 */
export class RandomAdjustSharpness extends RandomFilter {
  /** How sharp: 0 gives a blurred image, 1 the original. */
  readonly sharpnessFactor: number;

  /** @param p - The probability. Default 0.5. */
  constructor(
    ...args: Args<
      [sharpnessFactor: number],
      [p: number],
      { readonly sharpnessFactor: number; readonly p?: number | undefined }
    >
  ) {
    const { sharpnessFactor, p } = RANDOM_ADJUST_SHARPNESS.read(args);
    super(p);
    this.sharpnessFactor = sharpnessFactor;
  }

  protected filter<I extends Picture>(image: I): I {
    return adjustSharpness(image, this.sharpnessFactor);
  }

  override toString(): string {
    return `RandomAdjustSharpness(sharpness_factor=${this.sharpnessFactor},p=${this.p})`;
  }
}

const RANDOM_AUTOCONTRAST = signature("RandomAutocontrast", withProbability(0.5));

/**
 * Spreads the values of each channel over the whole range, with a given probability.
 *
 * @example new vision.transforms.RandomAutocontrast(1).forward(tensor([[[0.25, 0.75]]])); // tensor([[[0., 1.]]])
 */
export class RandomAutocontrast extends RandomFilter {
  /** @param p - The probability. Default 0.5. */
  constructor(...args: ProbabilityArgs) {
    super(RANDOM_AUTOCONTRAST.read(args).p);
  }

  protected filter<I extends Picture>(image: I): I {
    return autocontrast(image);
  }
}

const RANDOM_EQUALIZE = signature("RandomEqualize", withProbability(0.5));

/**
 * Equalizes the histogram of an image of bytes with a given probability.
 *
 * @example new vision.transforms.RandomEqualize(0).forward(ones(1, 2, 2)).sum(); // tensor(4.)
 */
export class RandomEqualize extends RandomFilter {
  /** @param p - The probability. Default 0.5. */
  constructor(...args: ProbabilityArgs) {
    super(RANDOM_EQUALIZE.read(args).p);
  }

  protected filter<I extends Picture>(image: I): I {
    return equalize(image);
  }
}
