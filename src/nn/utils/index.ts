/** @file The namespace `nn.utils`: gradient clipping, parameters as a vector, packed sequences, weight and spectral normalization, parametrizations, pruning. */
export { type ClipGradNormOptions, clipGradNorm_, clipGradNorm_ as clipGradNorm, clipGradValue_ } from "./clip.ts";
export { type FunctionalCallOptions, functionalCall, type NamedTensors } from "./functional-call.ts";
export * as parametrizations from "./parametrizations.ts";
export * as parametrize from "./parametrize.ts";
export * as prune from "./prune.ts";
export * as rnn from "./rnn.ts";
export { removeSpectralNorm, type SpectralNormOptions, spectralNorm } from "./spectral-norm.ts";
export { parametersToVector, vectorToParameters } from "./vector.ts";
export { removeWeightNorm, type WeightNormOptions, weightNorm } from "./weight-norm.ts";
