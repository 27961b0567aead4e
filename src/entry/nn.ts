/** @file Entry point `tapegrad/nn`: modules, layers, losses, functional, init. */
export {
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  Mish,
  PReLU,
  type PReLUOptions,
  ReLU,
  ReLU6,
  RReLU,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softmax2d,
  Softmin,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
  Threshold,
} from "../nn/activation.ts";
export {
  type AdaptiveLogSoftmaxOptions,
  type AdaptiveLogSoftmaxOutput,
  AdaptiveLogSoftmaxWithLoss,
} from "../nn/adaptive.ts";
export { MultiheadAttention, type MultiheadAttentionOptions } from "../nn/attention.ts";
export { type Layer, ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential } from "../nn/container.ts";
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
  type PaddingMode,
} from "../nn/conv.ts";
export { DataParallel, type DataParallelOptions } from "../nn/data-parallel.ts";
export { CosineSimilarity, PairwiseDistance } from "../nn/distance.ts";
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout } from "../nn/dropout.ts";
export {
  type BagInputs,
  Embedding,
  EmbeddingBag,
  type EmbeddingBagOptions,
  type EmbeddingOptions,
  type PretrainedOptions,
} from "../nn/embedding.ts";
export { Flatten, type FlattenOptions, Identity, Unflatten } from "../nn/flatten.ts";
export { Fold, Unfold } from "../nn/fold.ts";
export * as functional from "../nn/functional/index.ts";
export type { BackwardHook, ForwardHook, ForwardPreHook, RemovableHandle } from "../nn/hooks.ts";
export * as init from "../nn/init.ts";
export {
  LazyBatchNorm1d,
  LazyBatchNorm2d,
  LazyBatchNorm3d,
  LazyConv1d,
  LazyConv2d,
  LazyConv3d,
  LazyConvTranspose1d,
  LazyConvTranspose2d,
  LazyConvTranspose3d,
  LazyInstanceNorm1d,
  LazyInstanceNorm2d,
  LazyInstanceNorm3d,
  LazyLinear,
} from "../nn/lazy.ts";
export { Bilinear, Linear, type LinearOptions } from "../nn/linear.ts";
export {
  BCELoss,
  BCEWithLogitsLoss,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  CTCLoss,
  GaussianNLLLoss,
  HingeEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MarginRankingLoss,
  MSELoss,
  MultiLabelMarginLoss,
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  NLLLoss,
  PoissonNLLLoss,
  SmoothL1Loss,
  SoftMarginLoss,
  TripletMarginLoss,
  TripletMarginWithDistanceLoss,
} from "../nn/loss.ts";
export { type AnyModule, type MemberOptions, Module } from "../nn/module.ts";
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormLayerOptions,
  CrossMapLRN2d,
  GroupNorm,
  type GroupNormOptions,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormLayerOptions,
  LayerNorm,
  type LayerNormOptions,
  LocalResponseNorm,
  RMSNorm,
  type RMSNormOptions,
  SyncBatchNorm,
} from "../nn/normalization.ts";
export {
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  type ConstantPadOptions,
  type Padding1d,
  type Padding2d,
  type Padding3d,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "../nn/padding.ts";
export { Parameter, UninitializedBuffer, UninitializedParameter } from "../nn/parameter.ts";
export { ChannelShuffle, PixelShuffle, PixelUnshuffle } from "../nn/pixel-shuffle.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  FractionalMaxPool2d,
  FractionalMaxPool3d,
  LPPool1d,
  LPPool2d,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  MaxUnpool1d,
  MaxUnpool2d,
  MaxUnpool3d,
  type Pooled,
  type UnpooledSize,
  type UnpoolOptions,
} from "../nn/pooling.ts";
export {
  GRU,
  GRUCell,
  type GRUOptions,
  LSTM,
  LSTMCell,
  type LSTMOptions,
  RNN,
  RNNCell,
  type RNNCellOptions,
  type RNNOptions,
} from "../nn/rnn.ts";
export type { RecurrentWeights } from "../nn/rnn-base.ts";
export type { IncompatibleKeys, StateDict } from "../nn/state-dict.ts";
export { type ModelSummary, type SummaryOptions, summary } from "../nn/summary.ts";
export {
  type Activation,
  type Decoder,
  type DecoderLayer,
  type DecoderMasks,
  type Encoder,
  type EncoderLayer,
  type EncoderLayerMasks,
  type EncoderMasks,
  Transformer,
  TransformerDecoder,
  TransformerDecoderLayer,
  type TransformerDecoderLayerOptions,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
  type TransformerMasks,
  type TransformerOptions,
} from "../nn/transformer.ts";
export { Upsample, UpsamplingBilinear2d, UpsamplingNearest2d, type UpsamplingOptions } from "../nn/upsampling.ts";
export * as utils from "../nn/utils/index.ts";
