/** @file tapegrad: tensors that remember how they were computed. */

export type { Device, DType } from "../kernels/backend.ts";
export { enableGrad, isGradEnabled, noGrad } from "./autograd/grad-mode.ts";
export * as autograd from "./autograd/index.ts";
export * as data from "./data/index.ts";
export { loadCheckpoint, saveCheckpoint } from "./io/checkpoint.ts";
export * as io from "./io/index.ts";
export { load, save } from "./io/save.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export { yieldToEventLoop } from "./platform/event-loop.ts";
export * from "./tensor/create.ts";
export * from "./tensor/create-special.ts";
export type { DeviceChoice } from "./tensor/devices.ts";
export * from "./tensor/errors.ts";
export * from "./tensor/functional.ts";
export { type GpuAvailability, gpuAvailable, type SelectDeviceOptions, selectDevice } from "./tensor/gpu.ts";
export { type DeviceInfo, deviceInfo, type GpuInfo, getNumThreads, setNumThreads } from "./tensor/machine.ts";
export { defaultGenerator, Generator, manualSeed } from "./tensor/random/generator.ts";
export { Tensor, type ValuesAndIndices } from "./tensor/tensor.ts";
export { tidy } from "./tensor/tidy.ts";
