/** @file The namespace `autograd.functional`: Jacobians, Hessians, and their products with vectors. */
export type { DerivativeOptions, PerTensor, TensorFunction, Tensors } from "./inputs.ts";
export { hessian, jacobian } from "./jacobian.ts";
export { hvp, jvp, vhp, vjp } from "./vjp-jvp.ts";
