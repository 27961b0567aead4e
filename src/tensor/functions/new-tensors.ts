/** @file New tensors with the dtype and on the device of another one: `x.newZeros(…)`, `x.newTensor(…)`. */
import type { Device, DType } from "../../../kernels/backend.ts";
import { filledLike } from "../../autograd/tensor-base.ts";
import { required, rest, signature } from "../../core/arguments.ts";
import { backendFor } from "../../core/device.ts";
import { isTensor } from "../../core/identity.ts";
import { aNumber, aScalar, either, kind, numbers } from "../../core/kinds.ts";
import { checkSizes } from "../../core/shape.ts";
import type { SizesAndOptions, TensorOptions } from "../create.ts";
import { type ReadTensorOptions, TENSOR_OPTIONS } from "../create-options.ts";
import { converted, dtypeOf, flattened, type NumberArray } from "../host-data.ts";
import { newFilled, newFrom } from "../like.ts";
import { checkCount, stored } from "../range.ts";
import type { NestedArray } from "../readback.ts";
import type { Tensor } from "../tensor.ts";
import { plainSizes } from "./arguments.ts";

/** Sizes one by one or as one list, then options. */
export type NewSizes = SizesAndOptions<TensorOptions>;

function sizesSignature(op: string) {
  return signature(op, { size: rest(numbers), ...TENSOR_OPTIONS });
}

type SizesSignature = ReturnType<typeof sizesSignature>;

const NEW_ZEROS = sizesSignature("newZeros");
const NEW_ONES = sizesSignature("newOnes");
const NEW_EMPTY = sizesSignature("newEmpty");

function constant(
  op: string,
  like: Tensor,
  size: readonly number[],
  value: number | boolean,
  options: ReadTensorOptions,
): Tensor {
  const dtype = options.dtype ?? like.dtype;
  checkSizes(op, size);
  checkCount(op, size, dtype);
  const { device } = backendFor(options.device ?? like.device);
  const made = filledLike(like, { shape: [...size], dtype, device }, stored(op, value, dtype));
  return options.requiresGrad ? made.requiresGrad_() : made;
}

function ofSizes(read: SizesSignature, like: Tensor, args: NewSizes, value: number): Tensor {
  const plain = plainSizes(args);
  if (plain !== undefined) return newFilled(read.op, like, plain, value);
  const { size, ...options } = read.read(args);
  return constant(read.op, like, size, value, options);
}

/**
 * Zeros of a shape, with the dtype and on the device of another tensor, unless the options say otherwise.
 *
 * @example tensor([1]).int().newZeros(2, 2); // tensor([[0, 0], [0, 0]])
 */
export function newZeros(x: Tensor, ...args: NewSizes): Tensor {
  return ofSizes(NEW_ZEROS, x, args, 0);
}

/**
 * Ones of a shape, with the dtype and on the device of another tensor, unless the options say otherwise.
 *
 * @example tensor([1]).newOnes(3, { dtype: "int32" }); // tensor([1, 1, 1])
 */
export function newOnes(x: Tensor, ...args: NewSizes): Tensor {
  return ofSizes(NEW_ONES, x, args, 1);
}

/**
 * A tensor of a shape, with the dtype and on the device of another one, whose contents should not be relied on: zeros.
 *
 * @example tensor([1]).newEmpty([2, 3]).shape; // [2, 3]
 */
export function newEmpty(x: Tensor, ...args: NewSizes): Tensor {
  return ofSizes(NEW_EMPTY, x, args, 0);
}

export type NewFullArgs = readonly [
  size: number | readonly number[],
  fillValue: number | boolean,
  options?: TensorOptions,
];

const NEW_FULL = signature("newFull", {
  size: required(either(aNumber, numbers, "an integer or a list of integers")),
  fillValue: required(aScalar),
  ...TENSOR_OPTIONS,
});

/**
 * One value in a shape, with the dtype and on the device of another tensor, unless the options say otherwise.
 *
 * @example tensor([1]).newFull([2], 7); // tensor([7., 7.])
 */
export function newFull(x: Tensor, ...args: NewFullArgs): Tensor {
  const { size, fillValue, ...options } = NEW_FULL.read(args);
  return constant("newFull", x, typeof size === "number" ? [size] : size, fillValue, options);
}

/** What `newTensor` takes: numbers or booleans nested to any depth, a typed array, or a tensor. */
export type NewData = NestedArray | NumberArray | Tensor;

export type NewTensorArgs = readonly [data: NewData, options?: TensorOptions];

const anything = kind<NewData>("numbers", (value) => value !== undefined && value !== null);

const NEW_TENSOR = signature("newTensor", { data: required(anything), ...TENSOR_OPTIONS });

/**
 * A tensor of given numbers, with the dtype and on the device of another tensor, unless the options say otherwise. It is a
 * copy, also of a tensor.
 *
 * @throws ShapeError for arrays of unequal length; ValueError for a number that does not fit the dtype.
 * @example tensor([1]).int().newTensor([[1, 2], [3, 4]]); // tensor([[1, 2], [3, 4]])
 */
export function newTensor(x: Tensor, ...args: NewTensorArgs): Tensor {
  const { data, ...options } = NEW_TENSOR.read(args);
  const dtype = options.dtype ?? x.dtype;
  const { device } = backendFor(options.device ?? x.device);
  const made = isTensor(data) ? data.detach().to(device).to(dtype).clone() : placed(x, data, dtype, device);
  return options.requiresGrad ? made.requiresGrad_() : made;
}

function placed(x: Tensor, data: NestedArray | NumberArray, dtype: DType, device: Device): Tensor {
  const typed = dtypeOf(data) === undefined ? undefined : (data as NumberArray);
  const { values, shape } =
    typed === undefined ? flattened("newTensor", data as NestedArray) : { values: typed, shape: [typed.length] };
  const made = newFrom(x, dtype, converted("newTensor", values, dtype), shape);
  return made.to(device);
}
