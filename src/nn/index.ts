/** @file The namespace `nn`: modules, layers, losses, and the functions behind them. */
export {
  ELU,
  GELU,
  Hardswish,
  LeakyReLU,
  LogSoftmax,
  PReLU,
  type PReLUOptions,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from "./activation.ts";
export { MultiheadAttention, type MultiheadAttentionOptions } from "./attention.ts";
export { BatchNorm1d, BatchNorm2d, type BatchNormLayerOptions } from "./batch-norm.ts";
export { Hardshrink, Hardsigmoid, Hardtanh, ReLU6, Softshrink, Threshold } from "./clipped-activation.ts";
export { type Layer, ModuleDict, ModuleList, ParameterList, Sequential } from "./container.ts";
export { Conv1d, Conv2d, type ConvOptions, ConvTranspose2d, type ConvTransposeOptions } from "./conv.ts";
export { Dropout, Dropout1d, Dropout2d } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export { Flatten, type FlattenOptions, Identity, Unflatten } from "./flatten.ts";
export * as functional from "./functional/index.ts";
export type { BackwardHook, ForwardHook, ForwardPreHook, RemovableHandle } from "./hooks.ts";
export * as init from "./init.ts";
export { InstanceNorm1d, InstanceNorm2d } from "./instance-norm.ts";
export { GaussianNLLLoss, PoissonNLLLoss } from "./likelihood-loss.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss, NLLLoss } from "./loss.ts";
export { HingeEmbeddingLoss, MarginRankingLoss, MultiLabelSoftMarginLoss, SoftMarginLoss } from "./margin-loss.ts";
export { type AnyModule, type MemberOptions, Module } from "./module.ts";
export { GroupNorm, type GroupNormOptions, LayerNorm, type LayerNormOptions } from "./normalization.ts";
export {
  BCELoss,
  CosineEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  SmoothL1Loss,
  TripletMarginLoss,
} from "./pair-loss.ts";
export { Parameter } from "./parameter.ts";
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from "./pool.ts";
export { AdaptiveAvgPool1d, AdaptiveMaxPool2d, AvgPool1d, MaxPool1d } from "./pool-lines.ts";
export type { RecurrentWeights } from "./recurrent-stack.ts";
export { GRU, type GRUOptions, LSTM, type LSTMOptions, RNN, type RNNOptions } from "./rnn.ts";
export { GRUCell, LSTMCell, RNNCell, type RNNCellOptions } from "./rnn-cell.ts";
export { Bilinear, CosineSimilarity, PairwiseDistance } from "./similarity.ts";
export { CELU, LogSigmoid, Mish, SELU, Softmin, Softsign, Tanhshrink } from "./smooth-activation.ts";
export type { IncompatibleKeys, StateDict } from "./state-dict.ts";
export {
  type Activation,
  type EncoderLayer,
  type EncoderLayerMasks,
  type EncoderMasks,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from "./transformer.ts";
export { Upsample } from "./upsample.ts";
export * as utils from "./utils/index.ts";
