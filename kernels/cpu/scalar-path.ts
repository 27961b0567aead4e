/**
 * @file The fast path for tiny arrays, as plain loops: for these a kernel call and its addresses would cost more than the
 * arithmetic. Results are computed in double precision and rounded once. Each function returns false, and has done
 * nothing, where the general way must be taken.
 */
import type { DType, NDArray, TypedArray } from "../backend.ts";
import { ELEMENTWISE, type ElementwiseName, expressionOf, resultDType } from "../ir/elementwise.ts";
import { hasCalls } from "../ir/wasm.ts";
import { BYTES, sameShape, sizeOf } from "../layout.ts";
import { type Loop, loopOf, scalarOf } from "../reference/elementwise.ts";
import type { Heap } from "./heap.ts";
import { heapStorage, isDense } from "./kernel-context.ts";

/** Most elements for which a loop of simple arithmetic is faster than a kernel on copies of small storages. */
const MAX_INLINE_CHEAP = 256;

/** The same for a function that takes some nanoseconds per element. */
const MAX_INLINE_COSTLY = 32;

/** How an operation is computed for few elements of a dtype. */
export interface SmallKernel {
  readonly result: DType;
  readonly loop: Loop;
  /** Most elements for which the loop is taken. */
  readonly most: number;
}

type ByDType = { [K in DType]: SmallKernel | null };

const kernels = new Map<ElementwiseName, ByDType>();

/** Looked up at every call, so by one key of a map and one field. */
export function smallKernel(name: ElementwiseName, dtype: DType): SmallKernel {
  const byDType = kernels.get(name);
  const kernel = byDType === undefined ? null : dtype === "float32" ? byDType.float32 : byDType[dtype];
  return kernel ?? makeSmall(name, dtype);
}

function makeSmall(name: ElementwiseName, dtype: DType): SmallKernel {
  const f = ELEMENTWISE[name];
  const kernel: SmallKernel = {
    result: resultDType(f, dtype),
    loop: loopOf(name, dtype),
    most: hasCalls(expressionOf(f, dtype)) ? MAX_INLINE_COSTLY : MAX_INLINE_CHEAP,
  };
  const none: ByDType = { float32: null, float64: null, int32: null, uint8: null, bool: null };
  kernels.set(name, { ...(kernels.get(name) ?? none), [dtype]: kernel });
  return kernel;
}

/** Position of the first element in the array that {@link elementsOf} gives. */
export function startOf(heap: Heap, x: NDArray): number {
  const storage = heapStorage(x.storage);
  return storage.array === null ? x.offset + heap.address(storage) / BYTES[x.dtype] : x.offset;
}

/** The array that holds the elements. All starts must be known before, for finding one may replace the heap's view. */
export function elementsOf(heap: Heap, x: NDArray): TypedArray {
  return heapStorage(x.storage).array ?? heap.whole(x.dtype);
}

/** 1 if x runs along a contiguous array of `shape`, 0 if it is one number, -1 otherwise. */
export function stepAlong(x: NDArray, shape: readonly number[]): number {
  if (sameShape(x.shape, shape)) return isDense(x) ? 1 : -1;
  return sizeOf(x.shape) === 1 ? 0 : -1;
}

/** Whether z is a shifted view of what x is a view of: elements would be overwritten before they are read. */
function isShifted(z: NDArray, x: NDArray): boolean {
  return z.storage === x.storage && z.offset !== x.offset;
}

/** z = an operation of the inputs, where z has n elements. */
export function mapSmall(
  heap: Heap,
  loop: Loop,
  n: number,
  inputs: readonly NDArray[],
  scalars: readonly number[],
  z: NDArray,
): boolean {
  if (!isDense(z)) return false;
  const a = inputs[0]!;
  const as = stepAlong(a, z.shape);
  if (as < 0 || isShifted(z, a)) return false;
  // Destructuring would go through an iterator.
  const s0 = scalars.length > 0 ? scalarOf(a.dtype, scalars[0]!) : 0;
  const s1 = scalars.length > 1 ? scalarOf(a.dtype, scalars[1]!) : 0;
  const s2 = scalars.length > 2 ? scalarOf(a.dtype, scalars[2]!) : 0;
  const b = inputs[1];
  if (b === undefined) {
    const ai = startOf(heap, a);
    const zi = startOf(heap, z);
    const x = elementsOf(heap, a);
    loop(n, s0, s1, s2, elementsOf(heap, z), zi, 1, x, ai, as, x, 0, 0, x, 0, 0);
    return true;
  }
  const c = inputs[2] ?? b;
  const bs = stepAlong(b, z.shape);
  const cs = stepAlong(c, z.shape);
  if (bs < 0 || cs < 0 || isShifted(z, b) || isShifted(z, c)) return false;
  const ai = startOf(heap, a);
  const bi = startOf(heap, b);
  const ci = startOf(heap, c);
  const zi = startOf(heap, z);
  const x = elementsOf(heap, a);
  const y = elementsOf(heap, b);
  const w = elementsOf(heap, c);
  loop(n, s0, s1, s2, elementsOf(heap, z), zi, 1, x, ai, as, y, bi, bs, w, ci, cs);
  return true;
}

/** Writes x, broadcast, into z, both of which may have any strides. */
export function copySmall(heap: Heap, z: NDArray, x: NDArray): boolean {
  const n = sizeOf(z.shape);
  if (n > MAX_INLINE_CHEAP || z.storage === x.storage) return false;
  const step = isDense(z) ? stepAlong(x, z.shape) : -1;
  let from = startOf(heap, x);
  let to = startOf(heap, z);
  const a = elementsOf(heap, x);
  const y = elementsOf(heap, z);
  if (step < 0) copyAlong(0, y, to, z, a, from, x);
  else for (const end = to + n; to < end; to++, from += step) y[to] = a[from]!;
  return true;
}

/** {@link copySmall} from a dimension of z on, from one place to another. */
function copyAlong(d: number, y: TypedArray, to: number, z: NDArray, a: TypedArray, from: number, x: NDArray): void {
  const own = d - z.shape.length + x.shape.length;
  const step = own < 0 || x.shape[own] === 1 ? 0 : x.strides[own]!;
  const stride = z.strides[d]!;
  const isLast = d === z.shape.length - 1;
  for (let i = 0, left = z.shape[d]!; i < left; i++, to += stride, from += step) {
    if (isLast) y[to] = a[from]!;
    else copyAlong(d + 1, y, to, z, a, from, x);
  }
}

export function fillSmall(heap: Heap, z: NDArray, value: number): boolean {
  const n = sizeOf(z.shape);
  if (n > MAX_INLINE_CHEAP || !isDense(z)) return false;
  let to = startOf(heap, z);
  const y = elementsOf(heap, z);
  for (const end = to + n; to < end; to++) y[to] = value;
  return true;
}

/** z = the sum of all elements of x, which is contiguous; z has one element. */
export function sumSmall(heap: Heap, x: NDArray, z: NDArray): void {
  const n = sizeOf(x.shape);
  const from = startOf(heap, x);
  const to = startOf(heap, z);
  const a = elementsOf(heap, x);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[from + i]!;
  elementsOf(heap, z)[to] = sum;
}
