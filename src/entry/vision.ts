/** @file Entry point `tapegrad/vision`: datasets, transforms and files of images, models and their operations, as torchvision. */
export { __version__ } from "../core/version.ts";
export * as datasets from "../vision/datasets/index.ts";
export * as io from "../vision/io.ts";
export * as models from "../vision/models/index.ts";
export * as ops from "../vision/ops/index.ts";
export * as transforms from "../vision/transforms/index.ts";
export * as utils from "../vision/utils.ts";
