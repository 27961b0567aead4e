/** @file The context that the kernels run in, and the strided views of the heap that they work on. */
import type { DType, NDArray, Storage } from "../backend.ts";
import { BYTES, contiguousStrides, isContiguous, sameShape, sizeOf } from "../layout.ts";
import type { SystemBlas } from "./blas/blas.ts";
import type { GeneratedKernels } from "./generated-kernels.ts";
import type { Heap } from "./heap.ts";
import { type FloatStorage, HeapStorage } from "./storage.ts";
import type { ThreadPool } from "./threads.ts";
import type { GemmExports, VectorExports } from "./wasm.ts";

/** Bytes that are always there for what the main thread packs in a small product. */
export const SCRATCH_BYTES = 131072;

/** Below this many elements the reference loops are done before a kernel is called. */
export const MIN_SIMD_ELEMENTS = 17;

/** Whether an array is large enough for kernels. */
export function isLargeArray(x: NDArray): boolean {
  return sizeOf(x.shape) >= MIN_SIMD_ELEMENTS;
}

export interface KernelContext {
  readonly heap: Heap;
  /** Address of {@link SCRATCH_BYTES} bytes. */
  readonly scratch: number;
  /** Kernels that use all threads where that pays. */
  readonly vector: VectorExports;
  /** Element-wise kernels. */
  readonly generated: GeneratedKernels;
  /** Kernels for the calling thread. */
  readonly gemm: GemmExports;
  readonly threads: ThreadPool;
  readonly blas: SystemBlas;
}

/** A strided view of the heap: a byte address, and strides in elements of the dtype. */
export interface StridedView {
  readonly dtype: DType;
  readonly address: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Whether a kernel can work on an array in place, and not on a copy of a small one. */
export function isOnHeap({ storage }: NDArray): boolean {
  return storage instanceof HeapStorage && storage.array === null;
}

/**
 * The storage behind the interface.
 *
 * @throws Error if it belongs to another backend.
 */
export function heapStorage(storage: Storage): HeapStorage {
  if (storage instanceof HeapStorage) return storage;
  throw new Error("the storage belongs to another backend");
}

/** As {@link heapStorage}, for one that is known to be float32. */
export function floatStorage(storage: Storage): FloatStorage {
  return heapStorage(storage) as FloatStorage;
}

/** Where a kernel reads the elements of x. */
export function operandAddress(heap: Heap, x: NDArray): number {
  return heap.operand(heapStorage(x.storage)) + BYTES[x.dtype] * x.offset;
}

export function viewOf(heap: Heap, x: NDArray): StridedView {
  return { dtype: x.dtype, address: operandAddress(heap, x), shape: x.shape, strides: x.strides };
}

/**
 * Where a kernel writes `out`; {@link copyOut} must follow when it has.
 *
 * @param reads Whether the kernel also reads what stands there.
 */
export function targetOf(heap: Heap, out: NDArray, reads = false): StridedView {
  const { dtype, shape, strides } = out;
  const storage = heapStorage(out.storage);
  const whole = !reads && sizeOf(shape) === storage.length && isDense(out);
  return { dtype, address: heap.target(storage, whole) + BYTES[dtype] * out.offset, shape, strides };
}

/** Ends the writing to what {@link targetOf} gave. */
export function copyOut(heap: Heap, out: NDArray, target: StridedView): void {
  heap.copyOut(heapStorage(out.storage), target.address - BYTES[out.dtype] * out.offset);
}

/** Contiguous room for a temporary that lives as long as the running operation. */
export function temporary(heap: Heap, shape: readonly number[], dtype: DType = "float32"): StridedView {
  return { dtype, address: heap.scratch(BYTES[dtype] * sizeOf(shape)), shape, strides: contiguousStrides(shape) };
}

export function isDense(x: NDArray | StridedView): boolean {
  return isContiguous(x.shape, x.strides);
}

/** Whether two arrays are one and the same view. */
function isSameView(x: NDArray, y: NDArray): boolean {
  return x.storage === y.storage && x.offset === y.offset && sameShape(x.shape, y.shape) && sameStrides(x, y);
}

function sameStrides(x: NDArray, y: NDArray): boolean {
  for (let d = 0; d < x.shape.length; d++) if (x.shape[d] !== 1 && x.strides[d] !== y.strides[d]) return false;
  return true;
}

/** Whether writing to `out` could change what is still to be read from x. */
export function overlaps(out: NDArray, x: NDArray): boolean {
  if (out.storage !== x.storage || isSameView(out, x)) return false;
  const [outLow, outHigh] = extent(out);
  const [low, high] = extent(x);
  return low <= outHigh && outLow <= high;
}

/** The smallest and the largest position of the elements. */
function extent(x: NDArray): readonly [number, number] {
  let low = x.offset;
  let high = x.offset;
  for (let d = 0; d < x.shape.length; d++) {
    const reach = x.strides[d]! * (x.shape[d]! - 1);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high];
}

/** Whether no two elements of x lie at one place. May say no where it is so, for very unusual strides. */
export function isInjective(x: NDArray): boolean {
  if (isDense(x)) return true;
  const dims = x.shape.map((size, d) => ({ size, stride: Math.abs(x.strides[d]!) })).filter(({ size }) => size > 1);
  dims.sort((a, b) => a.stride - b.stride);
  let reach = 0;
  for (const { size, stride } of dims) {
    if (stride <= reach) return false;
    reach += stride * (size - 1);
  }
  return true;
}

/**
 * The smaller of two dimensions along which elements of an array that is not injective coincide: without it, fewer do or
 * none.
 */
export function overlappingDim(x: NDArray): number {
  const dims = x.shape
    .map((size, d) => ({ d, size, stride: Math.abs(x.strides[d]!) }))
    .filter(({ size }) => size > 1)
    .sort((a, b) => a.stride - b.stride);
  let reach = 0;
  for (const [i, dim] of dims.entries()) {
    if (dim.stride <= reach) {
      const others = dims.slice(0, i).filter(({ size, stride }) => (size - 1) * stride >= dim.stride);
      return others.reduce((least, other) => (other.size < least.size ? other : least), dim).d;
    }
    reach += dim.stride * (dim.size - 1);
  }
  throw new RangeError("[overlappingDim] no elements coincide");
}
