/** @file PyTorch's other names of functions. */
export { div as divide, div as trueDivide, mul as multiply, sub as subtract } from "./arithmetic.ts";
export { trapezoid as trapz } from "./calculus.ts";
export { ge as greaterEqual, gt as greater, le as lessEqual, lt as less, ne as notEqual } from "./comparison.ts";
export { clamp as clip } from "./elementwise.ts";
export { movedim as moveaxis } from "./movement.ts";
export {
  abs as absolute,
  acos as arccos,
  asin as arcsin,
  atan as arctan,
  neg as negative,
  trunc as fix,
} from "./pointwise.ts";
export { outer as ger } from "./products.ts";
export { cat as concat, swapaxes as swapdims } from "./shape.ts";
