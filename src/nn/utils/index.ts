/** @file The namespace `nn.utils`: what training loops do with all parameters at once. */
export { type ClipGradNormOptions, clipGradNorm_, clipGradValue_ } from "./clip.ts";
export { parametersToVector, vectorToParameters } from "./vector.ts";
