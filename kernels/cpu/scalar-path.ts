/**
 * @file The fast path for tiny float32 arrays, as plain loops: for these a kernel call and its addresses would cost more
 * than the arithmetic. Results are computed in double precision and rounded once. Each function returns false, and has
 * done nothing, where the general way must be taken.
 */
import type { BinaryOp, NDArray, UnaryOp } from "../backend.ts";
import { sameShape, sizeOf } from "../layout.ts";
import { erf, roundHalfEven, sigmoid } from "../reference/special.ts";
import type { Heap } from "./heap.ts";
import { floatStorage, isDense } from "./kernel-context.ts";

/** Most elements for which a loop of simple arithmetic is faster than a kernel on copies of small storages. */
const MAX_INLINE_CHEAP = 256;

/** The same for a function that takes some nanoseconds per element. */
const MAX_INLINE_COSTLY = 32;

/** Position of the first element in the array that {@link home} gives. */
function startOf(heap: Heap, x: NDArray): number {
  const storage = floatStorage(x.storage);
  return storage.array === null ? x.offset + (heap.address(storage) >>> 2) : x.offset;
}

/** The array that holds the elements. All starts must be known before, for finding one may replace the heap's view. */
function elementsOf(heap: Heap, x: NDArray): Float32Array {
  return floatStorage(x.storage).array ?? heap.floats;
}

const CHEAP: ReadonlySet<UnaryOp> = new Set<UnaryOp>(["neg", "relu", "sqrt", "rsqrt", "reciprocal", "abs"]);

/** z = op(x), of equal shape. */
export function mapSmall(heap: Heap, op: UnaryOp, x: NDArray, z: NDArray): boolean {
  const n = sizeOf(z.shape);
  if (n > MAX_INLINE_CHEAP || (n > MAX_INLINE_COSTLY && !CHEAP.has(op)) || !isDense(x) || !isDense(z)) return false;
  let from = startOf(heap, x);
  let to = startOf(heap, z);
  const a = elementsOf(heap, x);
  const y = elementsOf(heap, z);
  const end = to + n;
  switch (op) {
    case "neg":
      while (to < end) y[to++] = -a[from++]!;
      return true;
    case "relu":
      while (to < end) y[to++] = Math.max(a[from++]!, 0);
      return true;
    case "exp":
      while (to < end) y[to++] = Math.exp(a[from++]!);
      return true;
    case "log":
      while (to < end) y[to++] = Math.log(a[from++]!);
      return true;
    case "tanh":
      while (to < end) y[to++] = Math.tanh(a[from++]!);
      return true;
    case "sigmoid":
      while (to < end) y[to++] = sigmoid(a[from++]!);
      return true;
    case "sqrt":
      while (to < end) y[to++] = Math.sqrt(a[from++]!);
      return true;
    case "rsqrt":
      while (to < end) y[to++] = 1 / Math.sqrt(a[from++]!);
      return true;
    case "reciprocal":
      while (to < end) y[to++] = 1 / a[from++]!;
      return true;
    case "abs":
      while (to < end) y[to++] = Math.abs(a[from++]!);
      return true;
    case "sin":
      while (to < end) y[to++] = Math.sin(a[from++]!);
      return true;
    case "cos":
      while (to < end) y[to++] = Math.cos(a[from++]!);
      return true;
    case "erf":
      while (to < end) y[to++] = erf(a[from++]!);
      return true;
    case "round":
      while (to < end) y[to++] = roundHalfEven(a[from++]!);
      return true;
    default:
      return false;
  }
}

/** 1 if x runs along a contiguous array of `shape`, 0 if it is one number, -1 otherwise. */
function stepAlong(x: NDArray, shape: readonly number[]): number {
  if (sameShape(x.shape, shape)) return isDense(x) ? 1 : -1;
  return sizeOf(x.shape) === 1 ? 0 : -1;
}

/** z = op(a, b), where z has n elements. */
export function combineSmall(heap: Heap, op: BinaryOp, n: number, a: NDArray, b: NDArray, z: NDArray): boolean {
  if (n > MAX_INLINE_CHEAP) return false;
  const p = stepAlong(a, z.shape);
  const q = stepAlong(b, z.shape);
  if (p < 0 || q < 0 || !isDense(z)) return false;
  // With one window for all, order does not matter; a shifted one would be overwritten before it is read.
  if (z.storage === a.storage && z.offset !== a.offset) return false;
  if (z.storage === b.storage && z.offset !== b.offset) return false;
  let i = startOf(heap, a);
  let j = startOf(heap, b);
  let to = startOf(heap, z);
  const x = elementsOf(heap, a);
  const y = elementsOf(heap, b);
  const out = elementsOf(heap, z);
  const end = to + n;
  switch (op) {
    case "add":
      for (; to < end; to++, i += p, j += q) out[to] = x[i]! + y[j]!;
      return true;
    case "mul":
      for (; to < end; to++, i += p, j += q) out[to] = x[i]! * y[j]!;
      return true;
    case "sub":
      for (; to < end; to++, i += p, j += q) out[to] = x[i]! - y[j]!;
      return true;
    case "div":
      for (; to < end; to++, i += p, j += q) out[to] = x[i]! / y[j]!;
      return true;
    case "maximum":
      for (; to < end; to++, i += p, j += q) out[to] = Math.max(x[i]!, y[j]!);
      return true;
    case "minimum":
      for (; to < end; to++, i += p, j += q) out[to] = Math.min(x[i]!, y[j]!);
      return true;
    case "reluGrad":
      for (; to < end; to++, i += p, j += q) out[to] = y[j]! <= 0 ? 0 : x[i]!;
      return true;
    case "tanhGrad":
      for (; to < end; to++, i += p, j += q) out[to] = x[i]! * (1 - y[j]! * y[j]!);
      return true;
    case "sigmoidGrad":
      for (; to < end; to++, i += p, j += q) out[to] = x[i]! * y[j]! * (1 - y[j]!);
      return true;
    default:
      return false;
  }
}

export function copySmall(heap: Heap, z: NDArray, x: NDArray): boolean {
  const n = sizeOf(z.shape);
  if (n > MAX_INLINE_CHEAP || z.storage === x.storage || !isDense(z)) return false;
  const step = stepAlong(x, z.shape);
  if (step < 0) return false;
  let from = startOf(heap, x);
  let to = startOf(heap, z);
  const a = elementsOf(heap, x);
  const y = elementsOf(heap, z);
  for (const end = to + n; to < end; to++, from += step) y[to] = a[from]!;
  return true;
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
