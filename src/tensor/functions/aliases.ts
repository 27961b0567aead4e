/** @file PyTorch's other names of functions. */
export { atan2 as arctan2, div as divide, div as trueDivide, mul as multiply, sub as subtract } from "./arithmetic.ts";
export { trapezoid as trapz } from "./calculus.ts";
export { ge as greaterEqual, gt as greater, le as lessEqual, lt as less, ne as notEqual } from "./comparison.ts";
export { clamp as clip } from "./elementwise.ts";
export { mm as spmm } from "./matmul.ts";
export { movedim as moveaxis } from "./movement.ts";
export {
  abs as absolute,
  acos as arccos,
  acosh as arccosh,
  asin as arcsin,
  asinh as arcsinh,
  atan as arctan,
  atanh as arctanh,
  neg as negative,
  trunc as fix,
} from "./pointwise.ts";
export { outer as ger } from "./products.ts";
export { cat as concat, cat as concatenate, swapaxes as swapdims } from "./shape.ts";
