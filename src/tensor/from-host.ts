/** @file Tensors of host numbers and of one value, where no other tensor says on which device. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { dense, emptyArray } from "../../kernels/layout.ts";
import { backendFor, type DeviceChoice } from "../core/device.ts";
import { checkSizes } from "../core/shape.ts";
import { Tensor } from "./tensor.ts";

/** A tensor with a copy of host numbers, which must be of the dtype's array type. */
export function fromTypedArray(dtype: DType, data: TypedArray, shape: readonly number[], device: DeviceChoice): Tensor {
  return new Tensor(dense(backendFor(device).upload(dtype, data), shape));
}

/** A tensor of one value. */
export function filled(dtype: DType, shape: readonly number[], value: number, device: DeviceChoice): Tensor {
  checkSizes("full", shape);
  const backend = backendFor(device);
  const array = emptyArray(backend, dtype, shape);
  backend.fill(array, value);
  return new Tensor(array);
}
