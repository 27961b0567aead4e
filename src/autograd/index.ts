/** @file The namespace `autograd`: the tape from the user's side. */
export { type AnomalyOptions, detectAnomaly } from "./anomaly.ts";
export type { BackwardOptions } from "./backward.ts";
export { CustomFunction as Function, type FunctionClass, type FunctionContext } from "./function.ts";
export type { ReturnedGradients } from "./function-node.ts";
export * as functional from "./functional/index.ts";
export { type GradOptions, grad } from "./grad.ts";
export { enableGrad, isGradEnabled, noGrad } from "./grad-mode.ts";
export {
  type Differentiable,
  type GradcheckOptions,
  type GradgradcheckOptions,
  gradcheck,
  gradgradcheck,
} from "./gradcheck.ts";
export type { GradientHook, GraphNode } from "./node.ts";
