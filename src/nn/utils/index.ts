/** @file The namespace `nn.utils`: gradient clipping, and parameters as a vector. */
export { type ClipGradNormOptions, clipGradNorm_, clipGradValue_ } from "./clip.ts";
export { type FunctionalCallOptions, functionalCall, type NamedTensors } from "./functional-call.ts";
export { parametersToVector, vectorToParameters } from "./vector.ts";
