/** @file Elements of arrays for loops of JavaScript, where each step of an algorithm waits for the one before it. */
import type { Backend, NDArray, TypedArray } from "../../../kernels/backend.ts";
import { dense, sizeOf, withContiguous } from "../../../kernels/layout.ts";

/**
 * Calls `use` with the row-major elements of x, which it must not change; it must not call the backend either.
 *
 * @throws DeviceError on a device that cannot be read synchronously.
 */
export function withElements<T>(k: Backend, x: NDArray, use: (elements: TypedArray) => T): T {
  return withContiguous(k, x, ({ storage, offset, shape }) => {
    const n = sizeOf(shape);
    const all = k.view?.(storage);
    return use(all === undefined ? k.readSync(storage, offset, n) : all.subarray(offset, offset + n));
  });
}

/** An array with these elements. */
export function fromElements(k: Backend, dtype: NDArray["dtype"], data: TypedArray, shape: readonly number[]): NDArray {
  return dense(k.upload(dtype, data), shape);
}
