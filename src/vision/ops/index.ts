/** @file The namespace `ops`: boxes, losses and layers of vision models. */
export {
  type BoxFormat,
  batchedNms,
  boxArea,
  boxConvert,
  boxIou,
  clipBoxesToImage,
  generalizedBoxIou,
  nms,
  removeSmallBoxes,
} from "./boxes.ts";
export { type FocalLossOptions, sigmoidFocalLoss } from "./focal-loss.ts";
export { Permute, SqueezeExcitation, StochasticDepth, type StochasticDepthMode, stochasticDepth } from "./layers.ts";
