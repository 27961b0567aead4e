/** @file Products of vectors and matrices beyond `matmul`: outer, cross, and products added to something. */
import { isFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { withDefaults } from "../options.ts";
import { checkTensor } from "../promote.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { mm } from "./matmul.ts";
import { named } from "./named.ts";

/** Every element of one vector times every element of another: [n] and [m] → [n, m]. */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkTensor("outer", b);
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new ShapeError(
      `[outer] expected 1-D tensors, but got shapes ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
    );
  }
  return a.unsqueeze(1).mul(b);
}

export interface AddmmOptions {
  /** Factor of what is added. Default 1; with 0 it is not looked at. */
  readonly beta?: number | undefined;
  /** Factor of the product. Default 1. */
  readonly alpha?: number | undefined;
}

/** beta·x + alpha·a·b for matrices a [n, k] and b [k, m], and an x that broadcasts to [n, m]. */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  const given = withDefaults("addmm", { beta: 1, alpha: 1 }, options);
  const product = mm(a, b);
  // Beside integers the factors become integers, as in PyTorch.
  const { beta, alpha } = isFloat(product.dtype)
    ? given
    : { beta: Math.trunc(given.beta), alpha: Math.trunc(given.alpha) };
  if (x.dtype !== product.dtype) {
    throw new DTypeError(`[addmm] expected tensors of one dtype, but got ${x.dtype} and ${product.dtype}`);
  }
  const shape = broadcastShapes("addmm", x.shape, product.shape);
  if (shape.length !== 2 || shape.some((size, d) => size !== product.shape[d])) {
    throw new ShapeError(
      `[addmm] an input of shape ${bracketed(x.shape)} cannot be expanded to ${bracketed(product.shape)}`,
    );
  }
  const scaled = alpha === 1 ? product : product.mul(alpha);
  // What beta 0 leaves out still gets its gradient, which is zero.
  const added = beta === 0 ? x.maskedFill(x.detach().eq(x.detach()), 0).maskedFill(x.detach().isnan(), 0) : x;
  return named("AddmmBackward0", (beta === 1 || beta === 0 ? added : added.mul(beta)).add(scaled));
}

/** The vector product along a dimension of size 3, by default the first one of `a`. The other dimensions broadcast. */
export function cross(a: Tensor, b: Tensor, dim?: number | null): Tensor {
  checkTensor("cross", b);
  if (a.ndim !== b.ndim) {
    throw new ShapeError(
      `[cross] inputs must have the same number of dimensions, but got ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
    );
  }
  const d = dim == null ? a.shape.indexOf(3) : normalizeDim("cross", dim, a.ndim);
  if (a.shape[d] !== 3 || b.shape[d] !== 3) {
    throw new ShapeError(
      dim == null
        ? `[cross] no dimension of size 3 in input: got shape ${bracketed(a.shape)}`
        : `[cross] inputs dimension ${dim} must have length 3. Got ${a.shape[d]} and ${b.shape[d]}`,
    );
  }
  broadcastShapes("cross", a.shape, b.shape);
  const [a1, a2, b1, b2] = [a.roll(-1, d), a.roll(-2, d), b.roll(-1, d), b.roll(-2, d)];
  return named("LinalgCrossBackward0", a1.mul(b2).sub(a2.mul(b1)));
}
