/** @file The namespace `nn.functional`: layers and losses without state. */
export { flatten, oneHot, pad, sigmoid, tanh } from "../../tensor/functional.ts";
export { linear } from "../../tensor/functions/matmul.ts";
export {
  type DimOptions,
  type EluOptions,
  elu,
  type GeluApproximation,
  type GeluOptions,
  gelu,
  hardswish,
  type InplaceOptions,
  type LeakyReluOptions,
  leakyRelu,
  logSoftmax,
  prelu,
  relu,
  type SoftmaxOptions,
  type SoftplusOptions,
  silu,
  softmax,
  softmin,
  softplus,
} from "./activation.ts";
export {
  type AttentionOptions,
  type MultiHeadAttentionOptions,
  multiHeadAttentionForward,
} from "./attention.ts";
export { type CrossEntropyOptions, crossEntropy, type NLLLossOptions, nllLoss } from "./class-loss.ts";
export {
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardtanh,
  type LambdOptions,
  relu6,
  softshrink,
  threshold,
} from "./clipped-activation.ts";
export {
  type ConvFunctionOptions,
  type ConvTransposeFunctionOptions,
  conv1d,
  conv2d,
  convTranspose2d,
} from "./conv.ts";
export {
  type CosineEmbeddingOptions,
  cosineEmbeddingLoss,
  type PairwiseDistanceOptions,
  pairwiseDistance,
  type TripletMarginOptions,
  tripletMarginLoss,
} from "./distance-loss.ts";
export { type DropoutOptions, dropout, dropout1d, dropout2d } from "./dropout.ts";
export { embedding, type PaddingIdxOptions } from "./embedding.ts";
export { type InstanceNormOptions, instanceNorm } from "./instance-norm.ts";
export { type InterpolateOptions, type InterpolationMode, interpolate } from "./interpolate.ts";
export {
  type GaussianNLLOptions,
  gaussianNllLoss,
  type PoissonNLLOptions,
  poissonNllLoss,
} from "./likelihood-loss.ts";
export { type BCEWithLogitsOptions, binaryCrossEntropyWithLogits, type LossOptions, l1Loss, mseLoss } from "./loss.ts";
export {
  hingeEmbeddingLoss,
  type MarginOptions,
  type MultiLabelOptions,
  marginRankingLoss,
  multilabelSoftMarginLoss,
  softMarginLoss,
} from "./margin-loss.ts";
export { type AffineOptions, type BatchNormOptions, batchNorm, groupNorm, layerNorm } from "./normalization.ts";
export type { Padding, Size1d, Size2d } from "./pairs.ts";
export {
  type AdaptiveSize,
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
  maxPool2dWithIndices,
} from "./pool.ts";
export {
  type AvgPool1dOptions,
  adaptiveAvgPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  type MaxPool1dOptions,
  maxPool1d,
} from "./pool-lines.ts";
export type { Reduction } from "./reduction.ts";
export {
  type BCEOptions,
  binaryCrossEntropy,
  type HuberLossOptions,
  huberLoss,
  type KLDivOptions,
  type KLDivReduction,
  klDiv,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "./robust-loss.ts";
export { type ScaledDotProductOptions, scaledDotProductAttention } from "./scaled-dot-product.ts";
export { bilinear, type CosineSimilarityOptions, cosineSimilarity } from "./similarity.ts";
export { celu, logsigmoid, mish, selu, softsign, tanhshrink } from "./smooth-activation.ts";
