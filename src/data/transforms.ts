/** @file The namespace `transforms`. */
export {
  type ImageSize,
  Pad,
  type Padding,
  type PaddingMode,
  type PadTransformOptions,
  Resize,
  type ResizeOptions,
} from "./transform-geometry.ts";
export { RandomCrop, type RandomCropOptions, RandomHorizontalFlip } from "./transform-random.ts";
export { RandomRotation, type RandomRotationOptions } from "./transform-rotation.ts";
export {
  Compose,
  type Image,
  Lambda,
  Normalize,
  ToTensor,
  type Transform,
  type TransformLike,
} from "./transform-steps.ts";
