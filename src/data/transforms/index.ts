/** @file The namespace `transforms`. */
export {
  type ImageSize,
  Pad,
  type Padding,
  type PaddingMode,
  type PadTransformOptions,
  Resize,
  type ResizeOptions,
} from "./geometry.ts";
export type { Image, Picture } from "./picture.ts";
export { RandomCrop, type RandomCropOptions, RandomHorizontalFlip } from "./random.ts";
export type { ResizeInterpolation } from "./resample.ts";
export { RandomRotation, type RandomRotationOptions } from "./rotation.ts";
export {
  Compose,
  Lambda,
  Normalize,
  ToTensor,
  type Transform,
  type TransformLike,
} from "./transforms.ts";
