/** @file The namespace `autograd.functional`: derivatives of functions, at a point, as matrices or products with a vector. */
export type { DerivativeOptions, PerTensor, TensorFunction, Tensors } from "./inputs.ts";
export { hessian, jacobian } from "./jacobian.ts";
export { hvp, jvp, vhp, vjp } from "./vjp-jvp.ts";
