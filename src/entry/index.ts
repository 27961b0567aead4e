/** @file Entry point `tapegrad`: tensors with automatic differentiation, and all namespaces. */

export type { Device, DType } from "../../kernels/backend.ts";
export { type AutocastOptions, autocast, isAutocastEnabled } from "../autograd/autocast.ts";
export { enableGrad, inferenceMode, isGradEnabled, noGrad, setGradEnabled } from "../autograd/grad-mode.ts";
export { type CompiledMembers, type CompileOptions, compile } from "../compile/compile.ts";
export type { CompiledProgram, ProgramStats } from "../compile/compiled-program.ts";
export { e, inf, nan, pi } from "../core/constants.ts";
export {
  type FloatDType,
  getDefaultDevice,
  getDefaultDtype,
  setDefaultDevice,
  setDefaultDtype,
} from "../core/defaults.ts";
export { areDeterministicAlgorithmsEnabled, useDeterministicAlgorithms } from "../core/deterministic.ts";
export type { DeviceChoice } from "../core/device.ts";
export { type DeviceInfo, deviceInfo, type GpuInfo, getNumThreads, setNumThreads } from "../core/device-info.ts";
export * from "../core/errors.ts";
export { type GpuAvailability, gpuAvailable, type SelectDeviceOptions, selectDevice } from "../core/gpu.ts";
export { isTensor } from "../core/identity.ts";
export {
  getFloat32MatmulPrecision,
  type MatmulPrecision,
  setFloat32MatmulPrecision,
} from "../core/matmul-precision.ts";
export { type FloatInfo, finfo, type IntegerInfo, iinfo } from "../core/numeric-limits.ts";
export { __version__ } from "../core/version.ts";
export {
  type CheckpointOptions,
  type CheckpointSequentialOptions,
  checkpoint,
  checkpointSequential,
  type SequentialPart,
} from "../func/checkpoint.ts";
export { loadCheckpoint, saveCheckpoint } from "../io/checkpoint.ts";
export { load, save } from "../io/save.ts";
export {
  adaptiveAvgPool1d,
  adaptiveMaxPool1d,
  alphaDropout,
  avgPool1d,
  bilinear,
  binaryCrossEntropyWithLogits,
  celu,
  channelShuffle,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  cosineEmbeddingLoss,
  cosineSimilarity,
  ctcLoss,
  dropout,
  featureAlphaDropout,
  groupNorm,
  hardshrink,
  hingeEmbeddingLoss,
  klDiv,
  layerNorm,
  marginRankingLoss,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  pairwiseDistance,
  pdist,
  pixelShuffle,
  pixelUnshuffle,
  poissonNllLoss,
  prelu,
  rrelu,
  selu,
  threshold,
  tripletMarginLoss,
} from "../nn/functional/index.ts";
export * as amp from "../optim/amp.ts";
export { yieldToEventLoop } from "../platform/event-loop.ts";
export * from "../tensor/create.ts";
export * from "../tensor/functional.ts";
export type { LegacyData, LegacyOptions, LegacyRow } from "../tensor/functions/legacy-array.ts";
export * from "../tensor/in-place-functions.ts";
export * from "../tensor/legacy-types.ts";
export { type PrintOptions, setPrintoptions } from "../tensor/print-options.ts";
export * from "../tensor/queries.ts";
export { defaultGenerator, Generator, manualSeed } from "../tensor/random/generator.ts";
export { getRngState, initialSeed, seed, setRngState } from "../tensor/random/state.ts";
export * from "../tensor/random.ts";
export { normal } from "../tensor/random-normal.ts";
export { Tensor, type ValuesAndIndices } from "../tensor/tensor.ts";
export { tidy } from "../tensor/tidy.ts";
export * from "../tensor/windows.ts";
export * as testing from "../testing/index.ts";
export * as autograd from "./autograd.ts";
export * as data from "./data.ts";
export * as func from "./func.ts";
export * as io from "./io.ts";
export * as linalg from "./linalg.ts";
export * as nn from "./nn.ts";
export * as optim from "./optim.ts";
