/** @file Reading tensors back: typed arrays, nested arrays, `ndarray` and text. */
import ndarray, { type NdArray } from "ndarray";
import type { Device, DType, NDArray, TypedArray } from "../../kernels/backend.ts";
import { GpuError } from "../../kernels/gpu/runtime.ts";
import { contiguousStrides, isContiguous, sizeOf } from "../../kernels/layout.ts";
import { batchingHook, batchOf, readsABatch } from "../autograd/batching.ts";
import { backendFor } from "../core/device.ts";
import { DeviceError, ShapeError } from "../core/errors.ts";
import { bracketed } from "../core/shape.ts";
import { errorIn } from "../core/wrap-errors.ts";
import { isTurnDue, nextTurn } from "../platform/event-loop.ts";
import { formatTensor } from "./format.ts";
import { checkListLength } from "./range.ts";
import type { Tensor } from "./tensor.ts";

/** Numbers or booleans, nested to any depth. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** What `toNdarray` gives: the element type follows the dtype. */
export type HostNdarray = NdArray<TypedArray>;

export function checkSingle(t: Tensor): void {
  if (t.numel() === 1) return;
  throw new ShapeError(
    `[item] a Tensor with ${t.numel()} elements cannot be converted to Scalar. Got shape ${bracketed(t.shape)}; use toArray() or data().`,
  );
}

/** A number, or for bool a boolean. */
export function toScalar<T extends number | boolean>(dtype: DType, data: TypedArray): T {
  const value = data[0] as number;
  return (dtype === "bool" ? value !== 0 : value) as T;
}

/** @throws GraphError for elements that differ between the samples of a batch. */
function checkReading(op: string, t: Tensor): void {
  if (batchOf(t) !== null) throw readsABatch(op);
  if (batchingHook !== null) batchingHook.reading?.(op, t);
}

/**
 * The elements in row-major order, copied. `op` is for errors. Where nothing has to be waited for, a loop that awaits its
 * losses would hold the event loop until it is over: now and then this gives it a turn.
 */
export async function read(op: string, t: Tensor): Promise<TypedArray> {
  checkReading(op, t);
  const source = t.contiguous();
  try {
    const data = await backendFor(t.device).read(source.storage, source.offset, t.numel());
    if (isTurnDue()) await nextTurn();
    return data;
  } catch (error) {
    throw errorIn(op, error);
  }
}

/** {@link read} without waiting. @throws DeviceError on a device that cannot be read so; it names the form that waits. */
export function readSync(op: string, t: Tensor): TypedArray {
  checkReading(op, t);
  const source = t.contiguous();
  return readingNow(op, t, () => backendFor(t.device).readSync(source.storage, source.offset, t.numel()));
}

/** The forms that wait, by those that do not. */
const WAITING: Readonly<Record<string, string>> = {
  itemSync: "item()",
  toArraySync: "toArray()",
  dataSync: "data()",
  toNdarray: "cpu()",
  toJSON: "toArray()",
};

function readingNow<T>(op: string, t: Tensor, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof GpuError)) throw error;
    const instead = WAITING[op];
    const advice = instead === undefined ? "" : ` Use \`await tensor.${instead}\` instead.`;
    throw new DeviceError(`[${op}] a tensor on device "${t.device}" was to be read, but ${error.message}.${advice}`, {
      cause: error,
    });
  }
}

/** Throws a ValueError for a tensor whose elements are too many for arrays of JavaScript. */
export function checkNestable(op: string, t: Tensor): void {
  checkListLength(op, t.numel(), "numbers");
}

/** Row-major elements as nested arrays. */
export function nest(dtype: DType, shape: readonly number[], data: TypedArray): NestedArray {
  let position = 0;
  const level = (dim: number): NestedArray => {
    if (dim === shape.length) {
      const value = data[position++] as number;
      return dtype === "bool" ? value !== 0 : value;
    }
    return Array.from({ length: shape[dim] as number }, () => level(dim + 1));
  };
  return level(0);
}

/** Copies the stretch of memory that the tensor looks at; strides stay as they are. */
export function toNdarray(t: Tensor): HostNdarray {
  checkReading("toNdarray", t);
  const length =
    t.numel() === 0 ? 0 : 1 + t.shape.reduce((span, size, d) => span + (size - 1) * (t.strides[d] as number), 0);
  const data = readingNow("toNdarray", t, () => backendFor(t.device).readSync(t.storage, t.offset, length));
  return ndarray(data, [...t.shape], [...t.strides], 0);
}

/** Whether the device gives elements without being waited for. */
function isReadableNow(t: NDArray & { readonly device: Device }): boolean {
  if (t.device === "cpu") return true;
  try {
    backendFor(t.device).readSync(t.storage, 0, Math.min(1, t.storage.length));
    return true;
  } catch (error) {
    if (error instanceof GpuError) return false;
    throw error;
  }
}

/** PyTorch's text; inside `vmap` that of all samples. On a device that cannot be read synchronously the elements are left out. */
export function print(t: Tensor): string {
  const batch = batchOf(t);
  if (batch !== null) return `BatchedTensor(bdim=0, value=\n  ${print(batch.value).replaceAll("\n", "\n  ")}\n)`;
  return formatTensor({ ...printable(t), requiresGrad: t.requiresGrad, gradFn: t.gradFn?.name ?? null });
}

/** What the formatter needs of a tensor: only the elements that will be shown are read. */
export function printable(t: NDArray & { readonly device: Device }): {
  shape: readonly number[];
  dtype: DType;
  data: ArrayLike<number> | ((flatIndex: number) => number) | null;
  device: Device;
} {
  const backend = backendFor(t.device);
  const { shape, dtype, device } = t;
  if (!isReadableNow(t)) return { shape, dtype, device, data: null };
  if (isContiguous(shape, t.strides) && sizeOf(shape) <= 1000) {
    return { shape, dtype, device, data: backend.readSync(t.storage, t.offset, sizeOf(shape)) };
  }
  const steps = contiguousStrides(shape);
  const data = (flat: number): number => {
    let rest = flat;
    let position = t.offset;
    for (let d = 0; d < shape.length; d++) {
      const step = steps[d] as number;
      position += Math.floor(rest / step) * (t.strides[d] as number);
      rest %= step;
    }
    return backend.readSync(t.storage, position, 1)[0] as number;
  };
  return { shape, dtype, device, data };
}
