/** @file The namespace `transforms`: those of `data`, and all others. */
export * from "../../data/transforms/index.ts";
export { InterpolationMode, type Range } from "./arguments.ts";
export {
  AugMix,
  type AugMixOptions,
  AutoAugment,
  type AutoAugmentOptions,
  AutoAugmentPolicy,
  type AutoAugmentPolicyName,
  RandAugment,
  type RandAugmentOptions,
  TrivialAugmentWide,
  type TrivialAugmentWideOptions,
} from "./auto-augment.ts";
export {
  ColorJitter,
  type ColorJitterOptions,
  GaussianBlur,
  Grayscale,
  type Jitter,
  RandomAdjustSharpness,
  RandomAutocontrast,
  RandomEqualize,
  RandomGrayscale,
  RandomInvert,
  RandomPosterize,
  RandomSolarize,
} from "./color.ts";
export { ConvertImageDtype, PILToTensor, RandomApply, RandomChoice, RandomOrder, ToPILImage } from "./composition.ts";
export { CenterCrop, FiveCrop, RandomResizedCrop, type RandomResizedCropOptions, TenCrop } from "./crops.ts";
export * as functional from "./functional.ts";
export {
  RandomAffine,
  type RandomAffineOptions,
  RandomErasing,
  type RandomErasingOptions,
  RandomPerspective,
  type RandomPerspectiveOptions,
  RandomVerticalFlip,
} from "./random-geometry.ts";
