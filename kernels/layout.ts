/** @file Shapes and strides as plain arithmetic, shared by every backend. */
import type { Backend, DType, NDArray, Storage } from "./backend.ts";

/** Number of elements of a shape; 1 for a scalar's []. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i]!;
  return size;
}

/** Row-major strides. A dimension of size 0 counts as 1, as in PyTorch. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(shape[i]!, 1);
  }
  return strides;
}

/** Whether the elements lie row-major without gaps. Strides of dimensions of size 1 do not matter. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i]!;
    if (size === 0) return true;
    if (size !== 1) {
      if (strides[i] !== step) return false;
      step *= size;
    }
  }
  return true;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Strides with which an array of `shape` is read as the larger `target`: 0 wherever it repeats. */
export function broadcastStrides(
  shape: readonly number[],
  strides: readonly number[],
  target: readonly number[],
): number[] {
  const lead = target.length - shape.length;
  return target.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : strides[i - lead]!));
}

/** A contiguous view of the start of a storage. */
export function dense(storage: Storage, shape: readonly number[]): NDArray {
  return { storage, shape, strides: contiguousStrides(shape), offset: 0, dtype: storage.dtype };
}

/** Bytes of the largest array there can be: what WebAssembly can address. */
export const MOST_BYTES = 2 ** 32;

/** Bytes of one element. */
export const BYTES: Readonly<Record<DType, number>> = { bool: 1, uint8: 1, int32: 4, float32: 4, float64: 8 };

/** Why an array of a shape cannot be had, or undefined for one that can. */
export function tooLarge(dtype: DType, shape: readonly number[]): string | undefined {
  const bytes = sizeOf(shape) * BYTES[dtype];
  if (bytes <= MOST_BYTES) return undefined;
  return `a tensor of shape [${shape.join(", ")}] and dtype ${dtype} takes ${bytes} bytes, more than the ${MOST_BYTES} that one tensor may have`;
}

/**
 * A fresh contiguous array with undefined contents.
 *
 * @throws RangeError for one that is too large.
 */
export function emptyArray(backend: Backend, dtype: DType, shape: readonly number[]): NDArray {
  const n = sizeOf(shape);
  // No element takes more than 8 bytes, so few arrays need the exact test.
  const problem = n * 8 > MOST_BYTES ? tooLarge(dtype, shape) : undefined;
  if (problem !== undefined) throw new RangeError(problem);
  return dense(backend.alloc(dtype, n), shape);
}

/** A fresh array after `fill` has filled it; freed if that throws. */
export function freeOnError(backend: Backend, fresh: NDArray, fill: () => void): NDArray {
  try {
    fill();
  } catch (error) {
    backend.free(fresh.storage);
    throw error;
  }
  return fresh;
}

/**
 * Calls `use` with x, made contiguous if it is not; a copy made for that is freed afterwards.
 * The result must not be a view of the argument.
 */
export function withContiguous<T>(backend: Backend, x: NDArray, use: (x: NDArray) => T): T {
  if (isContiguous(x.shape, x.strides)) return use(x);
  const copy = emptyArray(backend, x.dtype, x.shape);
  backend.copy(copy, x);
  try {
    return use(copy);
  } finally {
    backend.free(copy.storage);
  }
}

/** Calls `use` with `x` contiguous and in another shape of as many elements. */
export function withShape<T>(backend: Backend, x: NDArray, shape: readonly number[], use: (x: NDArray) => T): T {
  return withContiguous(backend, x, (whole) => use({ ...whole, shape, strides: contiguousStrides(shape) }));
}
