/** @file The memory of tensors as MPI needs it: in place for the length of a call, or copied to and from a buffer that never moves. */
import type { DType, NDArray, TypedArray } from "../../kernels/backend.ts";
import { isContiguous } from "../../kernels/layout.ts";
import { createArray } from "../../kernels/reference/storage.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { backendFor } from "../core/device.ts";
import { DeviceError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** @throws DeviceError for a tensor that is not in the host's memory. */
export function checkOnHost(op: string, t: Tensor): void {
  if (t.device === "cpu") return;
  throw new DeviceError(`[${op}] expected a tensor on the CPU, but got one on "${t.device}". Move it with .to("cpu").`);
}

/** Whether the elements of a tensor lie one after the other. */
export function isDense(t: NDArray): boolean {
  return isContiguous(t.shape, t.strides);
}

/** The elements of a dense tensor themselves, until the next operation on any tensor. */
export function elementsOf(t: Tensor): TypedArray {
  const view = backendFor(t.device).view?.(t.storage);
  if (view === undefined) throw new DeviceError(`[distributed] the memory of device "${t.device}" cannot be reached`);
  return view.subarray(t.offset, t.offset + t.numel());
}

/** A buffer that never moves. */
export function stagingBuffer(dtype: DType, length: number): TypedArray {
  return createArray(dtype, length);
}

/** Copies the elements of a tensor, in row-major order. */
export function copyFrom(t: Tensor, target: TypedArray): void {
  target.set(elementsOf(isDense(t) ? t : t.detach().contiguous()));
}

/** Writes elements in row-major order into a tensor, as an in-place operation. */
export function copyInto(t: Tensor, source: TypedArray): void {
  if (isDense(t)) {
    elementsOf(t).set(source);
    t.storage.version++;
    return;
  }
  noGrad(() => {
    const dense = t.detach().contiguous();
    elementsOf(dense).set(source);
    t.copy_(dense);
  });
}
