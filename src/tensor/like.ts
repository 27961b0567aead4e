/** @file New tensors on the device of another one, without an import of the class. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { dense } from "../../kernels/layout.ts";
import { filledLike, wrapLike } from "../autograd/tensor-base.ts";
import { backendFor } from "../core/device.ts";
import { checkSizes, sizesOf } from "../core/shape.ts";
import { checkCount } from "./range.ts";
import type { Tensor } from "./tensor.ts";

/** A tensor with a copy of host numbers, which must be of the dtype's array type, on the device of `like`. */
export function newFrom(like: Tensor, dtype: DType, data: TypedArray, shape: readonly number[]): Tensor {
  return wrapLike(like, dense(backendFor(like.device).upload(dtype, data), shape));
}

/** One value everywhere, with the dtype and on the device of `like`. */
export function newFilled(
  op: string,
  like: Tensor,
  size: readonly (number | readonly number[])[],
  value: number,
): Tensor {
  const shape = sizesOf(size);
  checkSizes(op, shape);
  checkCount(op, shape, like.dtype);
  return filledLike(like, { shape, dtype: like.dtype, device: like.device }, value);
}
