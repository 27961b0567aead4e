/** @file Functions that turn data into tensors where they are none yet, and tell dtypes and shapes of results. */
import type { NdArray } from "ndarray";
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { required, rest, signature } from "../core/arguments.ts";
import * as dtypes from "../core/dtype.ts";
import { isTensor } from "../core/identity.ts";
import { aDType, anOperand, aScalar, integers, kind, listOfKind } from "../core/kinds.ts";
import * as shapes from "../core/shape.ts";
import { type TensorData, type TensorOptions, tensor } from "./create.ts";
import { TENSOR_OPTIONS } from "./create-options.ts";
import type { Tensor } from "./tensor.ts";
import * as promotion from "./type-promotion.ts";

const anyData = kind<TensorData>("data", () => true);

const { dtype, device } = TENSOR_OPTIONS;
const AS_TENSOR = signature("asTensor", { data: required(anyData), dtype, device });

/**
 * A tensor of `data`: a tensor as it is, or converted with its history; anything else copied, as by {@link tensor}.
 *
 * @throws as {@link tensor}.
 * @example
 * const x = tensor([1, 2]);
 * asTensor(x) === x; // true
 * asTensor([3, 4], { dtype: "int32" }); // tensor([3, 4])
 */
export function asTensor(...args: readonly [data: TensorData, options?: Omit<TensorOptions, "requiresGrad">]): Tensor {
  const given = AS_TENSOR.read(args);
  if (!isTensor(given.data)) return tensor(given.data, definite(given));
  return given.data.to({ dtype: given.dtype ?? given.data.dtype, device: given.device ?? given.data.device });
}

/** Options without those that were left out. */
function definite({ dtype, device }: Pick<ReturnType<typeof AS_TENSOR.read>, "dtype" | "device">): TensorOptions {
  return { dtype: dtype ?? undefined, device: device ?? undefined };
}

const ASARRAY = signature("asarray", { obj: required(anyData), ...TENSOR_OPTIONS });

/**
 * {@link asTensor} with `requiresGrad`: a tensor is returned as it is where nothing changes.
 *
 * @throws as {@link tensor}.
 * @example asarray([1, 2], { requiresGrad: true }); // tensor([1., 2.], requires_grad=True)
 */
export function asarray(...args: readonly [obj: TensorData, options?: TensorOptions]): Tensor {
  const { obj, requiresGrad, ...given } = ASARRAY.read(args);
  const made = asTensor(obj, definite(given));
  return requiresGrad && !made.requiresGrad ? made.requiresGrad_() : made;
}

const FROM_NUMPY = signature("fromNumpy", { ndarray: required(anyData) });

/**
 * A tensor of an `ndarray` or a typed array, with its dtype. The elements are copied, where PyTorch shares them.
 *
 * @throws DTypeError for elements without a matching dtype.
 * @example fromNumpy(Int32Array.of(1, 2, 3)); // tensor([1, 2, 3])
 */
export function fromNumpy(...args: readonly [ndarray: NdArray | TypedArray]): Tensor {
  return tensor(FROM_NUMPY.read(args).ndarray);
}

const SCALAR_TENSOR = signature("scalarTensor", { s: required(aScalar), ...TENSOR_OPTIONS });

/**
 * A 0-d tensor of a number, float32 unless `dtype` says otherwise.
 *
 * @example scalarTensor(2); // tensor(2.)
 */
export function scalarTensor(...args: readonly [s: number | boolean, options?: TensorOptions]): Tensor {
  const { s, requiresGrad, ...given } = SCALAR_TENSOR.read(args);
  return tensor(Number(s), { ...definite(given), requiresGrad });
}

const CAN_CAST = signature("canCast", { from: required(aDType), to: required(aDType) });

/**
 * Whether a dtype can be converted to another one without leaving its category: numbers to bools, floats to integers and
 * back are told apart as in PyTorch.
 *
 * @example
 * canCast("float64", "float32"); // true
 * canCast("float32", "int32"); // false
 */
export function canCast(...args: readonly [from: DType, to: DType]): boolean {
  const { from, to } = CAN_CAST.read(args);
  return dtypes.categoryOf(from) <= dtypes.categoryOf(to);
}

const PROMOTE_TYPES = signature("promoteTypes", { type1: required(aDType), type2: required(aDType) });

/**
 * The narrowest dtype that holds the numbers of both.
 *
 * @example promoteTypes("int32", "float32"); // float32
 */
export function promoteTypes(...args: readonly [type1: DType, type2: DType]): DType {
  const { type1, type2 } = PROMOTE_TYPES.read(args);
  return dtypes.promoteTypes(type1, type2);
}

const RESULT_TYPE = signature("resultType", { tensor1: required(anOperand), tensor2: required(anOperand) });

/**
 * The dtype of the result of arithmetic with two operands.
 *
 * @throws DTypeError if neither is a tensor.
 * @example resultType(tensor([1]).int(), 2.5); // float32
 */
export function resultType(...args: readonly [tensor1: promotion.Operand, tensor2: promotion.Operand]): DType {
  const { tensor1, tensor2 } = RESULT_TYPE.read(args);
  return promotion.resultType(...promotion.operands("resultType", tensor1, tensor2));
}

const BROADCAST_SHAPES = signature("broadcastShapes", { shapes: rest(listOfKind(integers, "lists of integers")) });
const BROADCAST_SHAPE = signature("broadcastShapes", { shape: required(integers) });

/**
 * The shape of what tensors of some shapes broadcast to.
 *
 * @throws ShapeError for shapes that do not broadcast.
 * @example broadcastShapes([2, 1], [3]); // [2, 3]
 */
export function broadcastShapes(...args: readonly (readonly number[])[]): readonly number[] {
  // One shape alone is a list of numbers, and no list of shapes.
  if (args.length === 1) return [...BROADCAST_SHAPE.read(args).shape];
  const { shapes: given } = BROADCAST_SHAPES.read(args);
  return given.reduce((a, b) => shapes.broadcastShapes("broadcastShapes", a, b), [] as readonly number[]);
}
