/** @file Entry point `tapegrad/autograd`: gradients, grad mode, custom functions, gradient checks. */
export { type AnomalyOptions, detectAnomaly, setDetectAnomaly } from "../autograd/anomaly.ts";
export type { BackwardOptions } from "../autograd/backward.ts";
export { type BackwardAllOptions, backward } from "../autograd/backward-all.ts";
export { CustomFunction as Function, type FunctionClass, type FunctionContext } from "../autograd/function.ts";
export type { ReturnedGradients } from "../autograd/function-node.ts";
export { type GradOptions, grad } from "../autograd/grad.ts";
export { enableGrad, isGradEnabled, noGrad, setGradEnabled } from "../autograd/grad-mode.ts";
export * as graph from "../autograd/graph.ts";
export type { GradientHook, GraphNode } from "../autograd/node.ts";
export { onceDifferentiable } from "../autograd/once-differentiable.ts";
export * as forwardAD from "../func/forward-ad.ts";
export * as functional from "../func/index.ts";
export { Variable, type VariableOptions, type VariableType } from "../tensor/variable.ts";
export {
  type Differentiable,
  type GradcheckOptions,
  type GradgradcheckOptions,
  gradcheck,
  gradgradcheck,
} from "../testing/gradcheck.ts";
