/** @file The namespace `nn.utils`: gradient clipping, parameters as a vector, packed sequences. */
export { type ClipGradNormOptions, clipGradNorm_, clipGradValue_ } from "./clip.ts";
export { type FunctionalCallOptions, functionalCall, type NamedTensors } from "./functional-call.ts";
export * as rnn from "./rnn.ts";
export { parametersToVector, vectorToParameters } from "./vector.ts";
