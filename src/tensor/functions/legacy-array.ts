/** @file What PyTorch's constructors of tensors make: `new Tensor(2, 3)` of sizes, `new LongTensor([1, 2])` of numbers. */
import type { NdArray } from "ndarray";
import type { DType, NDArray, TypedArray } from "../../../kernels/backend.ts";
import { dense, emptyArray } from "../../../kernels/layout.ts";
import { keyword, readArgument, signature } from "../../core/arguments.ts";
import { getDefaultDevice } from "../../core/defaults.ts";
import { describeValue } from "../../core/describe.ts";
import { backendFor, type DeviceChoice } from "../../core/device.ts";
import { DTypeError, ValueError } from "../../core/errors.ts";
import { isForeignTensor, isTensor } from "../../core/identity.ts";
import { aDeviceChoice, aTensor } from "../../core/kinds.ts";
import { isRecord } from "../../core/realm.ts";
import { checkSizes } from "../../core/shape.ts";
import { converted, dtypeOf, flattened, type NumberArray } from "../host-data.ts";
import { checkCount } from "../range.ts";
import type { NestedArray } from "../readback.ts";

/** Options of PyTorch's constructors of tensors. */
export interface LegacyOptions {
  /** Device of the new tensor. Default: that of `setDefaultDevice`. */
  readonly device?: DeviceChoice | undefined;
}

/** Numbers or booleans nested to any depth, a typed array, or an `ndarray`. */
export type LegacyData = readonly LegacyRow[] | NumberArray | NdArray;

/** What {@link LegacyData} is nested of. */
export type LegacyRow = NestedArray | NumberArray | readonly LegacyRow[];

function isNdarray(value: unknown): value is NdArray {
  return typeof value === "object" && value !== null && "data" in value && "stride" in value && "offset" in value;
}

/**
 * The array that a constructor of tensors makes of its arguments: sizes give zeros, one argument that is no number gives
 * its elements in the dtype.
 *
 * @throws ValueError for arguments that are neither; DTypeError for a tensor of another dtype.
 */
export function legacyArray(op: string, dtype: DType, args: readonly unknown[]): NDArray {
  const last = args.at(-1);
  const hasOptions = isRecord(last) && !isNdarray(last) && !isTensor(last) && !isForeignTensor(last);
  const { device } = signature(op, { device: keyword(aDeviceChoice, null) }).read(hasOptions ? [last] : []);
  const given = hasOptions ? args.slice(0, -1) : args;
  const choice = device ?? getDefaultDevice();
  const [first] = given;
  if (isForeignTensor(first)) readArgument(op, "data", aTensor, first);
  if (given.every((size) => typeof size === "number")) {
    return zeros(op, dtype, given.length === 0 ? [0] : (given as readonly number[]), choice);
  }
  if (given.length > 1) {
    throw new ValueError(
      `[${op}] expected sizes, or one argument with the elements, but got ${given.map(describeValue).join(", ")}. Write ${op}(2, 3) or ${op}([1, 2, 3]).`,
    );
  }
  if (isTensor(first)) {
    if (first.dtype === dtype) return first;
    throw new DTypeError(
      `[${op}] expected a Tensor of ${dtype}, but got one of ${first.dtype}. Convert it with .to("${dtype}").`,
    );
  }
  const { values, shape } = elementsOf(op, first);
  return dense(backendFor(choice).upload(dtype, converted(op, values, dtype)), shape);
}

function zeros(op: string, dtype: DType, shape: readonly number[], device: DeviceChoice): NDArray {
  checkSizes(op, shape);
  checkCount(op, shape, dtype);
  const backend = backendFor(device);
  const array = emptyArray(backend, dtype, [...shape]);
  backend.fill(array, 0);
  return array;
}

function elementsOf(op: string, data: unknown): { values: ArrayLike<number | bigint>; shape: readonly number[] } {
  if (dtypeOf(data) !== undefined) return { values: data as NumberArray, shape: [(data as NumberArray).length] };
  if (isNdarray(data)) return { values: rowMajor(data), shape: [...data.shape] };
  if (Array.isArray(data)) return flattened(op, data as NestedArray);
  throw new ValueError(
    `[${op}] expected sizes, nested arrays, a typed array, an ndarray or a Tensor, but got ${describeValue(data)}. Write ${op}(2, 3) or ${op}([1, 2, 3]).`,
  );
}

/** The elements of an ndarray in row-major order. */
function rowMajor({ data, shape, stride, offset }: NdArray): Float64Array {
  const values = new Float64Array(shape.reduce((n, size) => n * size, 1));
  const source = data as TypedArray;
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    let at = offset;
    for (let d = shape.length - 1; d >= 0; d--) {
      const size = shape[d] ?? 1;
      at += (rest % size) * (stride[d] ?? 0);
      rest = Math.floor(rest / size);
    }
    values[i] = Number(source[at]);
  }
  return values;
}
