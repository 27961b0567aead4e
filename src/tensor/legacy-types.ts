/** @file PyTorch's older types of tensors: `FloatTensor`, `LongTensor` and their like. */
import type { DType } from "../../kernels/backend.ts";
import { required, signature } from "../core/arguments.ts";
import { setDefaultDtype } from "../core/defaults.ts";
import { isTensor } from "../core/identity.ts";
import { either, kind, oneOf } from "../core/kinds.ts";
import { type LegacyData, type LegacyOptions, legacyArray } from "./functions/legacy-array.ts";
import { Tensor } from "./tensor.ts";

/** A type of tensors with one dtype, called with or without `new`. A value is an instance of it if it has that dtype. */
export interface TensorType {
  /** A tensor of the given sizes, filled with 0. */
  new (...sizes: readonly number[]): Tensor;
  /** A tensor of the given elements; a tensor of this dtype as a view of itself. */
  new (data: LegacyData | Tensor, options?: LegacyOptions): Tensor;
  (...sizes: readonly number[]): Tensor;
  (data: LegacyData | Tensor, options?: LegacyOptions): Tensor;
  /** The dtype of its tensors. */
  readonly dtype: DType;
}

function tensorType(name: string, dtype: DType): TensorType {
  function make(...args: readonly unknown[]): Tensor {
    const array = legacyArray(name, dtype, args);
    return array instanceof Tensor ? array.view(array.shape) : new Tensor(array);
  }
  Object.defineProperties(make, {
    name: { value: name },
    dtype: { value: dtype },
    [Symbol.hasInstance]: { value: (value: unknown) => isTensor(value) && value.dtype === dtype },
  });
  return make as unknown as TensorType;
}

/**
 * Tensors of float32: of sizes, filled with 0, or of elements. {@link tensor} and {@link zeros} have all options.
 *
 * @throws ValueError for what is neither; DTypeError for a tensor of another dtype.
 * @example
 * new FloatTensor(2, 3).shape; // [2, 3]
 * new FloatTensor([1, 2]); // tensor([1., 2.])
 * FloatTensor([1, 2]) instanceof FloatTensor; // true
 */
export const FloatTensor = /* @__PURE__ */ tensorType("FloatTensor", "float32");

/**
 * Tensors of float64, as {@link FloatTensor}.
 *
 * @example new DoubleTensor([1, 2]); // tensor([1., 2.], dtype=torch.float64)
 */
export const DoubleTensor = /* @__PURE__ */ tensorType("DoubleTensor", "float64");

/**
 * Tensors of int32, which stands for PyTorch's int64, as {@link FloatTensor}.
 *
 * @example new LongTensor([1, 2]); // tensor([1, 2])
 */
export const LongTensor = /* @__PURE__ */ tensorType("LongTensor", "int32");

/**
 * Tensors of int32, as {@link FloatTensor}.
 *
 * @example new IntTensor(2); // tensor([0, 0])
 */
export const IntTensor = /* @__PURE__ */ tensorType("IntTensor", "int32");

/**
 * Tensors of int32, which holds all numbers of PyTorch's int16, as {@link FloatTensor}.
 *
 * @example new ShortTensor([[1], [2]]).shape; // [2, 1]
 */
export const ShortTensor = /* @__PURE__ */ tensorType("ShortTensor", "int32");

/**
 * Tensors of uint8, as {@link FloatTensor}.
 *
 * @example new ByteTensor([1, 2]); // tensor([1, 2], dtype=torch.uint8)
 */
export const ByteTensor = /* @__PURE__ */ tensorType("ByteTensor", "uint8");

/**
 * Tensors of bools, as {@link FloatTensor}.
 *
 * @example new BoolTensor([1, 0]); // tensor([True, False])
 */
export const BoolTensor = /* @__PURE__ */ tensorType("BoolTensor", "bool");

/** PyTorch's names of the types of floating tensors. */
const DEFAULT_TYPES = { "torch.FloatTensor": "float32", "torch.DoubleTensor": "float64" } as const;

const aTypeName = oneOf("torch.FloatTensor", "torch.DoubleTensor");
const aTensorType = kind<TensorType>("a type", (value) => value === FloatTensor || value === DoubleTensor);
const SET_DEFAULT = signature("setDefaultTensorType", {
  t: required(either(aTypeName, aTensorType, '"torch.FloatTensor" or "torch.DoubleTensor", or the type itself')),
});

/**
 * Chooses the dtype of new floating tensors by a type: {@link setDefaultDtype} does so by the dtype.
 *
 * @throws ValueError for another type.
 * @example
 * ```ts
 * setDefaultTensorType("torch.DoubleTensor");
 * zeros(2).dtype; // float64
 * setDefaultTensorType(FloatTensor);
 * ```
 */
export function setDefaultTensorType(t: keyof typeof DEFAULT_TYPES | TensorType): void {
  const given = SET_DEFAULT.read([t]).t;
  setDefaultDtype(typeof given === "string" ? DEFAULT_TYPES[given] : given.dtype);
}
