/** @file Entry point `tapegrad/func`: transforms of functions, which nest: gradients, Jacobians, batches. */
export type { Argnums } from "../func/derivatives.ts";
export type { TensorTree } from "../func/pytree.ts";
export {
  type Gradient,
  type GradTransformOptions,
  grad,
  gradAndValue,
  hessian,
  type JacobianOf,
  type JacobianTransformOptions,
  jacfwd,
  jacrev,
  jvp,
  type VjpFunction,
  vjp,
} from "../func/transforms.ts";
export type { Randomness } from "../func/vmap/level.ts";
export { type BatchDims, type VmapArgs, type VmapOptions, vmap } from "../func/vmap/vmap.ts";
export {
  type FunctionalCallOptions,
  functionalCall,
  type MakeFunctionalOptions,
  makeFunctional,
  makeFunctionalWithBuffers,
  stackModuleState,
} from "../nn/utils/functional-call.ts";
