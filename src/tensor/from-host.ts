/** @file New tensors from typed arrays and from one fill value. */

import type { DType, TypedArray } from "../../kernels/backend.ts";
import { dense, emptyArray, sizeOf } from "../../kernels/layout.ts";
import { captureHook } from "../autograd/capture-hook.ts";
import { getDefaultDevice } from "../core/defaults.ts";
import { backendFor, type DeviceChoice } from "../core/device.ts";
import { isFloat, newTypedArray } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import { checkSizes } from "../core/shape.ts";
import type { ReadTensorOptions } from "./create-options.ts";
import { converted } from "./host-data.ts";
import { Tensor } from "./tensor.ts";

/** A tensor with a copy of host numbers, which must be of the dtype's array type. */
export function fromTypedArray(dtype: DType, data: TypedArray, shape: readonly number[], device: DeviceChoice): Tensor {
  return new Tensor(dense(backendFor(device).upload(dtype, data), shape));
}

/** A tensor whose elements `write` writes, into its own memory where the host can. */
export function written(
  dtype: DType,
  shape: readonly number[],
  device: DeviceChoice,
  write: (elements: TypedArray) => void,
): Tensor {
  const backend = backendFor(device);
  // What is captured gets its elements with the upload.
  if (backend.view === undefined || captureHook !== null) {
    const elements = newTypedArray(dtype, sizeOf(shape));
    write(elements);
    return fromTypedArray(dtype, elements, shape, device);
  }
  const array = emptyArray(backend, dtype, shape);
  write(backend.view(array.storage));
  return new Tensor(array);
}

/** A tensor of one value. */
export function filled(dtype: DType, shape: readonly number[], value: number, device: DeviceChoice): Tensor {
  checkSizes("full", shape);
  const backend = backendFor(device);
  const array = emptyArray(backend, dtype, shape);
  backend.fill(array, value);
  return new Tensor(array);
}

/** Sets `requiresGrad` of a new tensor, the last step of every function that makes one. */
export function finish(op: string, t: Tensor, { requiresGrad }: ReadTensorOptions): Tensor {
  if (!requiresGrad) return t;
  if (isFloat(t.dtype)) return t.requiresGrad_();
  throw new DTypeError(
    `[${op}] only Tensors of floating point dtype can require gradients, but this one is ${t.dtype}. Leave requiresGrad out, or give a floating dtype.`,
  );
}

/** Host numbers as a tensor of the requested dtype. */
export function upload(
  op: string,
  data: TypedArray,
  shape: readonly number[],
  from: DType,
  options: ReadTensorOptions,
): Tensor {
  const dtype = options.dtype ?? from;
  const numbers = dtype === from ? data : converted(op, data, dtype);
  return finish(op, fromTypedArray(dtype, numbers, shape, options.device ?? getDefaultDevice()), options);
}
