/** @file The namespace `nn.utils`: gradient clipping, and parameters as a vector. */
export { type ClipGradNormOptions, clipGradNorm_, clipGradValue_ } from "./clip.ts";
export { parametersToVector, vectorToParameters } from "./vector.ts";
