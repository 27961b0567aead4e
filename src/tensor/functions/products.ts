/** @file Products beyond `matmul`: outer, cross and addmm. */
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError } from "../../core/errors.ts";
import { aNumber, anInteger, aTensor } from "../../core/kinds.ts";
import { bracketed, broadcastShapes, normalizeDim } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { tensorPair } from "./arguments.ts";
import { withGradFnName } from "./grad-fn-name.ts";
import { mm } from "./matmul.ts";

export type OuterArgs = Args<[vec2: Tensor], [], { readonly vec2: Tensor }>;

const OUTER = tensorPair("outer", "vec2");

/**
 * Outer product of two vectors: [n] and [m] → [n, m].
 *
 * @throws ShapeError unless both are 1-d.
 * @example outer(tensor([1, 2]), tensor([3, 4])); // tensor([[3., 4.], [6., 8.]])
 */
export function outer(x: Tensor, ...args: OuterArgs): Tensor {
  const { input: a, vec2: b } = OUTER.read([x, ...args]);
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new ShapeError(
      `[outer] expected 1-D tensors, but got shapes ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
    );
  }
  return a.unsqueeze(1).mul(b);
}

/** Options of `addmm`. */
export interface AddmmOptions {
  /** Multiplier of the input. Default 1; with 0 the input is ignored. */
  readonly beta?: number | undefined;
  /** Multiplier of the product. Default 1. */
  readonly alpha?: number | undefined;
}

export type AddmmArgs = Args<
  [mat1: Tensor, mat2: Tensor],
  [],
  { readonly mat1: Tensor; readonly mat2: Tensor } & AddmmOptions
>;

const ADDMM = signature("addmm", {
  input: required(aTensor),
  mat1: required(aTensor),
  mat2: required(aTensor),
  beta: keyword(aNumber, 1),
  alpha: keyword(aNumber, 1),
});

/**
 * Matrix product added to a tensor, beta·input + alpha·mat1·mat2, for [n, k] and [k, m] and an input that broadcasts to
 * [n, m]. With beta 0 the input is ignored, even its NaNs.
 *
 * @throws ShapeError for sizes that do not match; DTypeError for tensors of different dtypes.
 * @example addmm(tensor([1, 1]), tensor([[1, 2]]), tensor([[1, 0], [0, 1]])); // tensor([[2., 3.]])
 */
export function addmm(input: Tensor, ...args: AddmmArgs): Tensor {
  const { input: x, mat1: a, mat2: b, ...factors } = ADDMM.read([input, ...args]);
  const product = mm(a, b);
  // For integers the multipliers are truncated, as in PyTorch.
  const round = isFloat(product.dtype) ? (v: number): number => v : Math.trunc;
  const [beta, alpha] = [round(factors.beta), round(factors.alpha)];
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
  // With beta 0 the input is ignored, but it still gets a zero gradient.
  const added = beta === 0 ? x.maskedFill(x.detach().eq(x.detach()), 0).maskedFill(x.detach().isnan(), 0) : x;
  return withGradFnName("AddmmBackward0", (beta === 1 || beta === 0 ? added : added.mul(beta)).add(scaled));
}

export type CrossArgs = Args<
  [other: Tensor],
  [dim: number | null],
  { readonly other: Tensor; readonly dim?: number | null | undefined }
>;

const CROSS = signature("cross", {
  input: required(aTensor),
  other: required(aTensor),
  dim: optional(anInteger, null),
});

/**
 * Cross product of 3-vectors along a dimension of size 3, by default the first one. The other dimensions broadcast.
 *
 * @throws ShapeError if the dimension does not have size 3 in both.
 * @example cross(tensor([1, 0, 0]), tensor([0, 1, 0])); // tensor([0., 0., 1.])
 */
export function cross(x: Tensor, ...args: CrossArgs): Tensor {
  const { input: a, other: b, dim } = CROSS.read([x, ...args]);
  if (a.ndim !== b.ndim) {
    throw new ShapeError(
      `[cross] inputs must have the same number of dimensions, but got ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
    );
  }
  const d = dim === null ? a.shape.indexOf(3) : normalizeDim("cross", dim, a.ndim);
  if (a.shape[d] !== 3 || b.shape[d] !== 3) {
    throw new ShapeError(
      dim === null
        ? `[cross] no dimension of size 3 in input: got shape ${bracketed(a.shape)}`
        : `[cross] inputs dimension ${dim} must have length 3. Got ${a.shape[d]} and ${b.shape[d]}`,
    );
  }
  broadcastShapes("cross", a.shape, b.shape);
  const [a1, a2, b1, b2] = [a.roll(-1, d), a.roll(-2, d), b.roll(-1, d), b.roll(-2, d)];
  return withGradFnName("LinalgCrossBackward0", a1.mul(b2).sub(a2.mul(b1)));
}
