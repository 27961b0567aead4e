/** @file Automatic augmentation: AutoAugment, RandAugment, TrivialAugmentWide and AugMix. */
import { optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aSize, type Kind, kind, oneOf } from "../../core/kinds.ts";
import { finfo } from "../../core/numeric-limits.ts";
import { pythonRepr } from "../../core/python-repr.ts";
import { aPositiveInteger } from "../../data/arguments.ts";
import { randomBelow } from "../../data/transforms/draws.ts";
import { imageSize, onPicture, type Picture } from "../../data/transforms/picture.ts";
import type { Fill, SamplingInterpolation } from "../../data/transforms/sampling.ts";
import { linspace, tensor } from "../../tensor/create.ts";
import { nextDirichlet } from "../../tensor/random/rejection.ts";
import { rand } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  adjustSharpness,
  autocontrast,
  equalize,
  invert,
  posterize,
  solarize,
} from "./color-functional.ts";
import {
  aFill,
  affine,
  aSampling,
  getDimensions,
  rotate,
  roundHalfEven,
  type SamplingOptions,
} from "./geometry-functional.ts";

/** What changes an image, by the names of the papers. The changes with a magnitude take theirs; the others ignore it. */
const CHANGES = {
  Identity: (image) => image,
  ShearX: (image, m, how) => affine(image, 0, [0, 0], 1, [degrees(m), 0], { ...how, center: [0, 0] }),
  ShearY: (image, m, how) => affine(image, 0, [0, 0], 1, [0, degrees(m)], { ...how, center: [0, 0] }),
  TranslateX: (image, m, how) => affine(image, 0, [Math.trunc(m), 0], 1, 0, how),
  TranslateY: (image, m, how) => affine(image, 0, [0, Math.trunc(m)], 1, 0, how),
  Rotate: (image, m, how) => rotate(image, m, how),
  Brightness: (image, m) => adjustBrightness(image, 1 + m),
  Color: (image, m) => adjustSaturation(image, 1 + m),
  Contrast: (image, m) => adjustContrast(image, 1 + m),
  Sharpness: (image, m) => adjustSharpness(image, 1 + m),
  Posterize: (image, m) => posterize(image, Math.trunc(m)),
  Solarize: (image, m) => solarize(image, m),
  AutoContrast: (image) => autocontrast(image),
  Equalize: (image) => equalize(image),
  Invert: (image) => invert(image),
} as const satisfies Record<string, <I extends Picture>(image: I, magnitude: number, how: SamplingOptions) => I>;

type Change = keyof typeof CHANGES;

const degrees = (magnitude: number): number => (Math.atan(magnitude) * 180) / Math.PI;

/** The magnitudes of one kind of change, none if there is one alone, and whether their sign is drawn. */
interface Strength {
  readonly magnitudes: readonly number[];
  readonly signed: boolean;
}

const PLAIN: Strength = { magnitudes: [], signed: false };

/** Magnitudes from `from` to `to`, in float32. */
function steps(from: number, to: number, count: number): readonly number[] {
  return Array.from(linspace(from, to, count).dataSync());
}

/** The strongest change of each kind. */
interface Strongest {
  readonly shear: number;
  readonly translate: readonly [x: number, y: number];
  readonly angle: number;
  readonly color: number;
  /** Bits of the weakest change, and how many the strongest one loses. */
  readonly bits: readonly [most: number, lost: number];
}

/** The changes with their strengths, in torchvision's order. */
function strengths(bins: number, strongest: Strongest): ReadonlyMap<Change, Strength> {
  const { shear, translate, angle, color, bits } = strongest;
  const signed = (most: number): Strength => ({ magnitudes: steps(0, most, bins), signed: true });
  const [most, lost] = bits;
  return new Map<Change, Strength>([
    ["Identity", PLAIN],
    ["ShearX", signed(shear)],
    ["ShearY", signed(shear)],
    ["TranslateX", signed(translate[0])],
    ["TranslateY", signed(translate[1])],
    ["Rotate", signed(angle)],
    ["Brightness", signed(color)],
    ["Color", signed(color)],
    ["Contrast", signed(color)],
    ["Sharpness", signed(color)],
    [
      "Posterize",
      {
        magnitudes: Array.from({ length: bins }, (_, i) => most - roundHalfEven(Math.fround(i / ((bins - 1) / lost)))),
        signed: false,
      },
    ],
    ["Solarize", { magnitudes: steps(255, 0, bins), signed: false }],
    ["AutoContrast", PLAIN],
    ["Equalize", PLAIN],
    ["Invert", PLAIN],
  ]);
}

/** Those of {@link strengths} without some. */
function without(all: ReadonlyMap<Change, Strength>, ...names: readonly Change[]): (readonly [Change, Strength])[] {
  return [...all].filter(([name]) => !names.includes(name));
}

function randStrongest([height, width]: readonly [number, number]): Strongest {
  const translate = [(150 / 331) * width, (150 / 331) * height] as const;
  return { shear: 0.3, translate, angle: 30, color: 0.9, bits: [8, 4] };
}

const TRIVIAL_WIDE: Strongest = { shear: 0.99, translate: [32, 32], angle: 135, color: 0.99, bits: [8, 6] };

/** Draws one of several changes, its magnitude and its sign, and applies it. */
function drawChange<I extends Picture>(
  image: I,
  all: readonly (readonly [Change, Strength])[],
  magnitudeOf: (magnitudes: readonly number[]) => number,
  how: SamplingOptions,
): I {
  const [name, { magnitudes, signed }] = all[randomBelow(all.length)] as readonly [Change, Strength];
  const size = magnitudes.length === 0 ? 0 : magnitudeOf(magnitudes);
  return CHANGES[name](image, signed && randomBelow(2) === 1 ? -size : size, how);
}

const aCount: Kind<number> = kind(
  "an integer of at least 2",
  (value) => Number.isSafeInteger(value) && (value as number) >= 2,
);

/** The last two positions of the constructors. */
type SamplingPositions = [interpolation: SamplingInterpolation, fill: Fill | null];

const SAMPLING = { interpolation: optional(aSampling, "nearest"), fill: optional(aFill, null) } as const;

const text = (name: string, parts: Readonly<Record<string, number | boolean>>, how: SamplingTexts): string => {
  const own = Object.entries(parts).map(([key, value]) => `${key}=${pythonRepr(value)}`);
  return `${name}(${[...own, `interpolation=InterpolationMode.${how.interpolation.toUpperCase()}`, `fill=${pythonRepr(how.fill)}`].join(", ")})`;
};

interface SamplingTexts {
  readonly interpolation: SamplingInterpolation;
  readonly fill: Fill | null;
}

/** Names of the policies of {@link AutoAugment}. A policy's text can be given as well: `"imagenet"`. */
export const AutoAugmentPolicy = { IMAGENET: "imagenet", CIFAR10: "cifar10", SVHN: "svhn" } as const;

/** The set of images for which a policy was learnt. */
export type AutoAugmentPolicyName = "imagenet" | "cifar10" | "svhn";

/** Two changes, each with its probability and, where it has several, the number of its magnitude. */
const POLICIES: Readonly<Record<AutoAugmentPolicyName, readonly string[]>> = {
  imagenet: [
    "Posterize 0.4 8 | Rotate 0.6 9",
    "Solarize 0.6 5 | AutoContrast 0.6",
    "Equalize 0.8 | Equalize 0.6",
    "Posterize 0.6 7 | Posterize 0.6 6",
    "Equalize 0.4 | Solarize 0.2 4",
    "Equalize 0.4 | Rotate 0.8 8",
    "Solarize 0.6 3 | Equalize 0.6",
    "Posterize 0.8 5 | Equalize 1",
    "Rotate 0.2 3 | Solarize 0.6 8",
    "Equalize 0.6 | Posterize 0.4 6",
    "Rotate 0.8 8 | Color 0.4 0",
    "Rotate 0.4 9 | Equalize 0.6",
    "Equalize 0 | Equalize 0.8",
    "Invert 0.6 | Equalize 1",
    "Color 0.6 4 | Contrast 1 8",
    "Rotate 0.8 8 | Color 1 2",
    "Color 0.8 8 | Solarize 0.8 7",
    "Sharpness 0.4 7 | Invert 0.6",
    "ShearX 0.6 5 | Equalize 1",
    "Color 0.4 0 | Equalize 0.6",
    "Equalize 0.4 | Solarize 0.2 4",
    "Solarize 0.6 5 | AutoContrast 0.6",
    "Invert 0.6 | Equalize 1",
    "Color 0.6 4 | Contrast 1 8",
    "Equalize 0.8 | Equalize 0.6",
  ],
  cifar10: [
    "Invert 0.1 | Contrast 0.2 6",
    "Rotate 0.7 2 | TranslateX 0.3 9",
    "Sharpness 0.8 1 | Sharpness 0.9 3",
    "ShearY 0.5 8 | TranslateY 0.7 9",
    "AutoContrast 0.5 | Equalize 0.9",
    "ShearY 0.2 7 | Posterize 0.3 7",
    "Color 0.4 3 | Brightness 0.6 7",
    "Sharpness 0.3 9 | Brightness 0.7 9",
    "Equalize 0.6 | Equalize 0.5",
    "Contrast 0.6 7 | Sharpness 0.6 5",
    "Color 0.7 7 | TranslateX 0.5 8",
    "Equalize 0.3 | AutoContrast 0.4",
    "TranslateY 0.4 3 | Sharpness 0.2 6",
    "Brightness 0.9 6 | Color 0.2 8",
    "Solarize 0.5 2 | Invert 0",
    "Equalize 0.2 | AutoContrast 0.6",
    "Equalize 0.2 | Equalize 0.6",
    "Color 0.9 9 | Equalize 0.6",
    "AutoContrast 0.8 | Solarize 0.2 8",
    "Brightness 0.1 3 | Color 0.7 0",
    "Solarize 0.4 5 | AutoContrast 0.9",
    "TranslateY 0.9 9 | TranslateY 0.7 9",
    "AutoContrast 0.9 | Solarize 0.8 3",
    "Equalize 0.8 | Invert 0.1",
    "TranslateY 0.7 9 | AutoContrast 0.9",
  ],
  svhn: [
    "ShearX 0.9 4 | Invert 0.2",
    "ShearY 0.9 8 | Invert 0.7",
    "Equalize 0.6 | Solarize 0.6 6",
    "Invert 0.9 | Equalize 0.6",
    "Equalize 0.6 | Rotate 0.9 3",
    "ShearX 0.9 4 | AutoContrast 0.8",
    "ShearY 0.9 8 | Invert 0.4",
    "ShearY 0.9 5 | Solarize 0.2 6",
    "Invert 0.9 | AutoContrast 0.8",
    "Equalize 0.6 | Rotate 0.9 3",
    "ShearX 0.9 4 | Solarize 0.3 3",
    "ShearY 0.8 8 | Invert 0.7",
    "Equalize 0.9 | TranslateY 0.6 6",
    "Invert 0.9 | Equalize 0.6",
    "Contrast 0.3 3 | Rotate 0.8 4",
    "Invert 0.8 | TranslateY 0 2",
    "ShearY 0.7 6 | Solarize 0.4 8",
    "Invert 0.6 | Rotate 0.8 4",
    "ShearY 0.3 7 | TranslateX 0.9 3",
    "ShearX 0.1 6 | Invert 0.6",
    "Solarize 0.7 2 | TranslateY 0.6 7",
    "ShearY 0.8 4 | Invert 0.8",
    "ShearX 0.7 9 | TranslateY 0.8 3",
    "ShearY 0.8 5 | AutoContrast 0.7",
    "ShearX 0.7 2 | Invert 0.1",
  ],
};

interface PolicyStep {
  readonly name: Change;
  readonly p: number;
  readonly magnitude: number | null;
}

function stepsOf(line: string): readonly PolicyStep[] {
  return line.split(" | ").map((step) => {
    const [name, p, magnitude] = step.split(" ");
    return { name: name as Change, p: Number(p), magnitude: magnitude === undefined ? null : Number(magnitude) };
  });
}

/** Options of {@link AutoAugment}. */
export interface AutoAugmentOptions extends SamplingOptions {
  /** The set of images for which the policy was learnt. Default "imagenet". */
  readonly policy?: AutoAugmentPolicyName | undefined;
}

const AUTO_AUGMENT = signature("AutoAugment", {
  policy: optional(oneOf("imagenet", "cifar10", "svhn"), "imagenet"),
  ...SAMPLING,
});

/**
 * AutoAugment (Cubuk et al., 2018, arXiv:1805.09501): one of 25 learnt pairs of changes, for images of bytes.
 *
 * @example new vision.transforms.AutoAugment().forward(zeros(3, 8, 8, { dtype: "uint8" })).shape; // [3, 8, 8]
 */
export class AutoAugment {
  /** The set of images for which the policy was learnt. */
  readonly policy: AutoAugmentPolicyName;
  /** Interpolation mode. */
  readonly interpolation: SamplingInterpolation;
  /** Pixel fill value for the area outside of the image. */
  readonly fill: Fill | null;

  constructor(...args: ThenOptions<[policy: AutoAugmentPolicyName, ...SamplingPositions], AutoAugmentOptions>) {
    const { policy, interpolation, fill } = AUTO_AUGMENT.read(args);
    this.policy = policy;
    this.interpolation = interpolation;
    this.fill = fill;
  }

  /** Draws the pair, whether each change is made, and the signs; and applies the changes. */
  forward<I extends Picture>(image: I): I {
    const [, height, width] = getDimensions(image);
    const lines = POLICIES[this.policy];
    const line = lines[randomBelow(lines.length)] as string;
    const chances = rand(2).dataSync();
    const signs = [randomBelow(2), randomBelow(2)];
    const all = strengths(10, randStrongest([height, width]));
    const how = { interpolation: this.interpolation, fill: this.fill };
    return stepsOf(line).reduce((result, { name, p, magnitude }, i) => {
      if (!((chances[i] as number) <= Math.fround(p))) return result;
      const { magnitudes, signed } = all.get(name) ?? PLAIN;
      const size = magnitude === null ? 0 : (magnitudes[magnitude] ?? 0);
      return CHANGES[name](result, signed && signs[i] === 0 ? -size : size, how);
    }, image);
  }

  /** torchvision's text. */
  toString(): string {
    return `AutoAugment(policy=AutoAugmentPolicy.${this.policy.toUpperCase()}, fill=${pythonRepr(this.fill)})`;
  }
}

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
  numOps: optional(aSize, 2),
  magnitude: optional(aSize, 9),
  numMagnitudeBins: optional(aCount, 31),
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

  constructor(
    ...args: ThenOptions<
      [numOps: number, magnitude: number, numMagnitudeBins: number, ...SamplingPositions],
      RandAugmentOptions
    >
  ) {
    const given = RAND_AUGMENT.read(args);
    this.numOps = given.numOps;
    this.magnitude = given.magnitude;
    this.numMagnitudeBins = given.numMagnitudeBins;
    this.interpolation = given.interpolation;
    this.fill = given.fill;
  }

  /** Draws the changes and their signs, and applies them. */
  forward<I extends Picture>(image: I): I {
    const [, height, width] = getDimensions(image);
    const all = without(strengths(this.numMagnitudeBins, randStrongest([height, width])), "Invert");
    const how = { interpolation: this.interpolation, fill: this.fill };
    let result = image;
    for (let i = 0; i < this.numOps; i++) {
      result = drawChange(result, all, (magnitudes) => magnitudes[this.magnitude] ?? 0, how);
    }
    return result;
  }

  /** torchvision's text. */
  toString(): string {
    const { numOps, magnitude, numMagnitudeBins } = this;
    return text("RandAugment", { num_ops: numOps, magnitude, num_magnitude_bins: numMagnitudeBins }, this);
  }
}

/** Options of {@link TrivialAugmentWide}. */
export interface TrivialAugmentWideOptions extends SamplingOptions {
  /** Number of different strengths. Default 31. */
  readonly numMagnitudeBins?: number | undefined;
}

const TRIVIAL_AUGMENT = signature("TrivialAugmentWide", { numMagnitudeBins: optional(aCount, 31), ...SAMPLING });

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

  constructor(...args: ThenOptions<[numMagnitudeBins: number, ...SamplingPositions], TrivialAugmentWideOptions>) {
    const { numMagnitudeBins, interpolation, fill } = TRIVIAL_AUGMENT.read(args);
    this.numMagnitudeBins = numMagnitudeBins;
    this.interpolation = interpolation;
    this.fill = fill;
  }

  /** Draws the change, its strength and its sign, and applies it. */
  forward<I extends Picture>(image: I): I {
    imageSize("TrivialAugmentWide", image);
    const all = without(strengths(this.numMagnitudeBins, TRIVIAL_WIDE), "Invert");
    const any = (magnitudes: readonly number[]): number => magnitudes[randomBelow(magnitudes.length)] as number;
    return drawChange(image, all, any, { interpolation: this.interpolation, fill: this.fill });
  }

  /** torchvision's text. */
  toString(): string {
    return text("TrivialAugmentWide", { num_magnitude_bins: this.numMagnitudeBins }, this);
  }
}

/** Options of {@link AugMix}. */
export interface AugMixOptions {
  /** Strength of the changes, from 1 to 10. Default 3. */
  readonly severity?: number | undefined;
  /** Number of chains of changes that are mixed. Default 3. */
  readonly mixtureWidth?: number | undefined;
  /** Number of changes in each chain. Default −1: drawn, from 1 to 3. */
  readonly chainDepth?: number | undefined;
  /** Concentration of the distributions of the weights. Default 1. */
  readonly alpha?: number | undefined;
  /** Whether brightness, color, contrast and sharpness are changed too. Default true. */
  readonly allOps?: boolean | undefined;
  /** Interpolation mode. Default "bilinear". */
  readonly interpolation?: SamplingInterpolation | undefined;
  /** Pixel fill value for the area outside of the image, one for all channels or one for each. Default null: 0. */
  readonly fill?: Fill | null | undefined;
}

const SEVEREST = 10;

const AUG_MIX = signature("AugMix", {
  severity: optional(anInteger, 3),
  mixtureWidth: optional(aPositiveInteger, 3),
  chainDepth: optional(anInteger, -1),
  alpha: optional(aNumber, 1),
  allOps: optional(aBoolean, true),
  interpolation: optional(aSampling, "bilinear"),
  fill: optional(aFill, null),
});

/**
 * AugMix (Hendrycks et al., 2019, arXiv:1912.02781): an image mixed with what some chains of random changes make of it, for
 * images of bytes.
 *
 * @throws ValueError for options out of range
 * @example new vision.transforms.AugMix().forward(zeros(3, 8, 8, { dtype: "uint8" })).shape; // [3, 8, 8]
 */
export class AugMix {
  /** Strength of the changes. */
  readonly severity: number;
  /** Number of chains. */
  readonly mixtureWidth: number;
  /** Number of changes in each chain; drawn unless it is positive. */
  readonly chainDepth: number;
  /** Concentration of the distributions of the weights. */
  readonly alpha: number;
  /** Whether brightness, color, contrast and sharpness are changed too. */
  readonly allOps: boolean;
  /** Interpolation mode. */
  readonly interpolation: SamplingInterpolation;
  /** Pixel fill value for the area outside of the image. */
  readonly fill: Fill | null;

  constructor(
    ...args: ThenOptions<
      [
        severity: number,
        mixtureWidth: number,
        chainDepth: number,
        alpha: number,
        allOps: boolean,
        ...SamplingPositions,
      ],
      AugMixOptions
    >
  ) {
    const given = AUG_MIX.read(args);
    if (!(given.severity >= 1 && given.severity <= SEVEREST)) {
      throw new ValueError(
        `[AugMix] The severity must be between [1, ${SEVEREST}]. Got ${describeValue(given.severity)} instead.`,
      );
    }
    if (!(given.alpha > 0)) throw new ValueError(`[AugMix] alpha must be above 0, but got ${given.alpha}`);
    this.severity = given.severity;
    this.mixtureWidth = given.mixtureWidth;
    this.chainDepth = given.chainDepth;
    this.alpha = given.alpha;
    this.allOps = given.allOps;
    this.interpolation = given.interpolation;
    this.fill = given.fill;
  }

  /** Draws the weights and the changes of each chain, and mixes. */
  forward<I extends Picture>(image: I): I {
    return onPicture("AugMix", image, (pixels) => this.#mix(pixels));
  }

  #mix(image: Tensor): Tensor {
    const [, height, width] = getDimensions(image);
    const batch = image.ndim > 3 ? image : image.unsqueeze(0);
    const count = batch.size(0);
    const own = this.#weights(count, 2);
    const shares = this.#weights(count, this.mixtureWidth).mul(own.select(1, 1).unsqueeze(1));
    const along = (weights: Tensor): Tensor => weights.view(count, ...new Array<number>(batch.ndim - 1).fill(1));
    const all = this.#changes([height, width]);
    const how = { interpolation: this.interpolation, fill: this.fill };
    const any = (magnitudes: readonly number[]): number => magnitudes[randomBelow(this.severity)] as number;
    let mix = batch.mul(along(own.select(1, 0)));
    for (let i = 0; i < this.mixtureWidth; i++) {
      const depth = this.chainDepth > 0 ? this.chainDepth : randomBelow(4, 1);
      let changed = batch;
      for (let k = 0; k < depth; k++) changed = drawChange(changed, all, any, how);
      mix = mix.add(changed.mul(along(shares.select(1, i))));
    }
    return mix.view(image.shape).to(image.dtype);
  }

  /** Weights whose sum is 1, for each image of a batch. */
  #weights(rows: number, count: number): Tensor {
    const alphas = new Array<number>(count).fill(Math.fround(this.alpha));
    const { tiny, eps } = finfo("float32");
    return tensor(Array.from({ length: rows }, () => Array.from(nextDirichlet(alphas, tiny, eps))));
  }

  #changes([height, width]: readonly [number, number]): (readonly [Change, Strength])[] {
    const translate = [width / 3, height / 3] as const;
    const strongest: Strongest = { shear: 0.3, translate, angle: 30, color: 0.9, bits: [4, 4] };
    const all = strengths(SEVEREST, strongest);
    const colors = ["Brightness", "Color", "Contrast", "Sharpness"] as const;
    const others = without(all, "Identity", "Invert", ...colors);
    return this.allOps ? [...others, ...colors.map((name) => [name, all.get(name) ?? PLAIN] as const)] : others;
  }

  /** torchvision's text. */
  toString(): string {
    const { severity, mixtureWidth, chainDepth, alpha, allOps } = this;
    const parts = { severity, mixture_width: mixtureWidth, chain_depth: chainDepth, alpha, all_ops: allOps };
    return text("AugMix", parts, this);
  }
}
