/** @file The namespace `transforms.functional`. */
export { InterpolationMode } from "./arguments.ts";
export * from "./color-functional.ts";
export * from "./conversion.ts";
export {
  type AffineOptions,
  affine,
  type Corners,
  centerCrop,
  crop,
  type Dimensions,
  erase,
  fiveCrop,
  getDimensions,
  getImageNumChannels,
  getImageSize,
  hflip,
  pad,
  perspective,
  type RotateOptions,
  resize,
  resizedCrop,
  rotate,
  type SamplingOptions,
  type Shear,
  tenCrop,
  vflip,
} from "./geometry-functional.ts";
