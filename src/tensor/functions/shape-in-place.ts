/** @file Shapes and diagonals in place: `unsqueeze_`, `squeeze_`, `t_`, `transpose_`, `fillDiagonal_`, `detach_`. */
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { applyViewInPlace, detachInPlace } from "../../autograd/view-in-place.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { ShapeError } from "../../core/errors.ts";
import { aBoolean, anInteger, aScalar, aTensor } from "../../core/kinds.ts";
import { normalizeDim } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import { stored } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { unary } from "./arguments.ts";
import type { SqueezeArgs, SwapaxesArgs, TransposeArgs, UnsqueezeArgs } from "./shape.ts";

const UNSQUEEZE_ = signature("unsqueeze_", { input: required(aTensor), dim: required(anInteger) });

/**
 * In-place {@link unsqueeze}: the tensor itself gets the new dimension.
 *
 * @example tensor([1, 2]).unsqueeze_(0); // tensor([[1., 2.]])
 */
export function unsqueeze_(x: Tensor, ...args: UnsqueezeArgs): Tensor {
  const { input, dim } = UNSQUEEZE_.read([x, ...args]);
  return applyViewInPlace(
    ops.unsqueeze,
    "unsqueeze_",
    "UnsqueezeBackward1",
    input,
    normalizeDim("unsqueeze_", dim, input.ndim + 1),
  );
}

const SQUEEZE_ = signature("squeeze_", { input: required(aTensor), dim: optional(anInteger, null) });

/**
 * In-place {@link squeeze}: the tensor itself loses the dimensions.
 *
 * @example tensor([[1, 2]]).squeeze_(); // tensor([1., 2.])
 */
export function squeeze_(x: Tensor, ...args: SqueezeArgs): Tensor {
  const { input, dim } = SQUEEZE_.read([x, ...args]);
  if (dim === null)
    return applyViewInPlace(ops.squeeze, "squeeze_", "SqueezeBackward2", input, [...input.shape.keys()]);
  return applyViewInPlace(ops.squeezeDim, "squeeze_", "SqueezeBackward3", input, [
    normalizeDim("squeeze_", dim, input.ndim),
  ]);
}

/** The dimensions with two of them swapped. */
function swapped(rank: number, a: number, b: number): number[] {
  return Array.from({ length: rank }, (_, d) => (d === a ? b : d === b ? a : d));
}

/**
 * In-place {@link t}: the tensor itself is transposed.
 *
 * @throws ShapeError for more than two dimensions.
 * @example tensor([[1, 2]]).t_().shape; // [2, 1]
 */
export const t_ = unary("t_", (x) => {
  if (x.ndim > 2) throw new ShapeError(`[t_] t_() expects a tensor with <= 2 dimensions, but self is ${x.ndim}D`);
  return applyViewInPlace(ops.t, "t_", "TBackward1", x, x.ndim === 2 ? [1, 0] : [...x.shape.keys()]);
});

const TRANSPOSE_ = signature("transpose_", {
  input: required(aTensor),
  dim0: required(anInteger),
  dim1: required(anInteger),
});

/**
 * In-place {@link transpose}: two dimensions of the tensor itself are swapped.
 *
 * @example zeros(2, 3, 4).transpose_(0, 2).shape; // [4, 3, 2]
 */
export function transpose_(x: Tensor, ...args: TransposeArgs): Tensor {
  const { input, dim0, dim1 } = TRANSPOSE_.read([x, ...args]);
  const [a, b] = [normalizeDim("transpose_", dim0, input.ndim), normalizeDim("transpose_", dim1, input.ndim)];
  return applyViewInPlace(ops.transpose, "transpose_", "TransposeBackward1", input, swapped(input.ndim, a, b));
}

const SWAPAXES_ = signature("swapaxes_", {
  input: required(aTensor),
  axis0: required(anInteger),
  axis1: required(anInteger),
});

/**
 * In-place {@link swapaxes}: two dimensions of the tensor itself are swapped.
 *
 * @example zeros(2, 3, 4).swapaxes_(0, 2).shape; // [4, 3, 2]
 */
export function swapaxes_(x: Tensor, ...args: SwapaxesArgs): Tensor {
  const { input, axis0, axis1 } = SWAPAXES_.read([x, ...args]);
  return transpose_(input, axis0, axis1);
}

/**
 * Takes the tensor itself out of its graph: it becomes a leaf that requires no gradient.
 *
 * @throws GraphError for a view: use {@link detach}.
 * @example tensor([1], { requiresGrad: true }).mul(2).detach_(); // tensor([2.])
 */
export const detach_ = unary("detach_", detachInPlace);

export type FillDiagonalArgs = Args<
  [fillValue: number | boolean],
  [wrap: boolean],
  { readonly fillValue: number | boolean; readonly wrap?: boolean | undefined }
>;

const FILL_DIAGONAL_ = signature("fillDiagonal_", {
  input: required(aTensor),
  fillValue: required(aScalar),
  wrap: optional(aBoolean, false),
});

/**
 * Fills the main diagonal of a matrix, or of a cube of any number of dimensions, in place. With `wrap`, a tall matrix gets
 * further diagonals below the square.
 *
 * @throws ShapeError for a vector, or for dimensions of different sizes beyond two.
 * @example zeros(2, 3).fillDiagonal_(5); // tensor([[5., 0., 0.], [0., 5., 0.]])
 */
export function fillDiagonal_(x: Tensor, ...args: FillDiagonalArgs): Tensor {
  const { input, fillValue, wrap } = FILL_DIAGONAL_.read([x, ...args]);
  const { shape, strides, ndim } = input;
  if (ndim < 2) throw new ShapeError(`[fillDiagonal_] dimensions must larger than 1, but got ${ndim}`);
  if (ndim > 2 && shape.some((size) => size !== shape[0])) {
    throw new ShapeError("[fillDiagonal_] all dimensions of input must be of equal length");
  }
  const value = stored("fillDiagonal_", fillValue, input.dtype);
  const step = strides.reduce((sum, stride) => sum + stride, 0);
  const size = Math.min(...shape);
  fillStrided(input, size, step, 0, value);
  const [height = 0, width = 0] = shape;
  if (wrap && ndim === 2 && height > width + 1) {
    const further = Math.floor((input.numel() + width) / (width + 1)) - size;
    fillStrided(input, further, step, (strides[0] as number) * (width + 1), value);
  }
  return input;
}

function fillStrided(x: Tensor, count: number, step: number, offset: number, value: number): void {
  const view = { shape: [count], strides: [step], offset, layout: x.strides };
  applyInPlace(ops.fill, "fillDiagonal_", apply(ops.asStrided, [x], view), [], value);
}
