/** @file Type promotion of operands: numbers become tensors, dtypes a common one. */

import type { DType, NDArray } from "../../kernels/backend.ts";
import { apply, applyInPlace, checkInPlaceShape } from "../autograd/apply.ts";
import type { Op } from "../autograd/op.ts";
import { isWrappedNumber, wrapLike, wrapNumber } from "../autograd/tensor-base.ts";
import { getDefaultDtype } from "../core/defaults.ts";
import { backendFor } from "../core/device.ts";
import { categoryOf, isFloat, newTypedArray, promoteTypes } from "../core/dtype.ts";
import { DTypeError, ValueError } from "../core/errors.ts";
import { refuseForeign } from "../core/foreign.ts";
import { isTensor } from "../core/identity.ts";
import { broadcastShapes } from "../core/shape.ts";
import { ops } from "./ops/index.ts";
import { stored } from "./range.ts";
import type { Tensor } from "./tensor.ts";

/** What arithmetic takes on either side. */
export type Operand = Tensor | number | boolean;

type BinaryDefinition = Op<[NDArray, NDArray], null>;

/** The dtype in which a number takes part in arithmetic with a tensor: the number never widens it within its category. */
function dtypeOfNumber(op: string, value: number | boolean, beside: DType): DType {
  if (typeof value === "boolean") return "bool";
  if (typeof value !== "number") {
    throw new ValueError(
      `[${op}] expected a Tensor or a number, but got ${describe(value)}. Wrap data with tensor(…).`,
    );
  }
  if (isFloat(beside)) return beside;
  if (!Number.isInteger(value)) return getDefaultDtype();
  return beside === "bool" ? "int32" : beside;
}

function describe(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}

/** A 0-d tensor on the device of `beside`. */
export function scalarLike(value: number | boolean, dtype: DType, beside: Tensor): Tensor {
  const host = newTypedArray(dtype, 1);
  host[0] = dtype === "bool" ? Number(Number(value) !== 0) : Number(value);
  const storage = backendFor(beside.storage.device).upload(dtype, host);
  return wrapLike(beside, { storage, shape: [], strides: [], offset: 0, dtype });
}

/** Throws a ValueError unless `value` has the methods of a tensor. */
export function checkTensor(op: string, value: unknown): asserts value is Tensor {
  if (isTensor(value)) return;
  refuseForeign(op, "an argument", value);
  throw new ValueError(`[${op}] expected a Tensor, but got ${describe(value)}. Wrap data with tensor(…).`);
}

/** The operand beside a tensor as a tensor. */
function operand(op: string, value: Operand, beside: Tensor): Tensor {
  if (typeof value === "object" && value !== null) {
    checkTensor(op, value);
    return value;
  }
  const dtype = dtypeOfNumber(op, value, beside.dtype);
  const scalar = scalarLike(isFloat(dtype) ? value : stored(op, value, dtype), dtype, beside);
  wrapNumber(scalar);
  return scalar;
}

/** Two operands as two tensors; at least one must be a tensor already. */
export function operands(op: string, a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === "object" && a !== null) {
    checkTensor(op, a);
    return [a, operand(op, b, a)];
  }
  checkTensor(op, b);
  return [operand(op, a, b), b];
}

/** A tensor with dimensions counts before a 0-d one, and that before a number. */
function rankOf(t: Tensor): number {
  return isWrappedNumber(t) ? 0 : t.ndim === 0 ? 1 : 2;
}

/**
 * Result type of an operation on two operands, by torch.result_type's rule: an operand of lower rank
 * widens the result only if its category is higher.
 */
export function resultType(a: Tensor, b: Tensor): DType {
  if (a.dtype === b.dtype) return a.dtype;
  const ra = rankOf(a);
  const rb = rankOf(b);
  if (ra === rb) return promoteTypes(a.dtype, b.dtype);
  const [strong, weak] = ra > rb ? [a, b] : [b, a];
  return categoryOf(weak.dtype) > categoryOf(strong.dtype) ? promoteTypes(strong.dtype, weak.dtype) : strong.dtype;
}

/** {@link resultType} of any number of operands. */
export function resultTypeOf(operands: readonly Tensor[]): DType {
  const byRank = [2, 1, 0].map((rank) => operands.filter((x) => rankOf(x) === rank).map((x) => x.dtype));
  return byRank
    .filter((dtypes) => dtypes.length > 0)
    .map((dtypes) => dtypes.reduce(promoteTypes))
    .reduce((strong, weak) => (categoryOf(weak) > categoryOf(strong) ? promoteTypes(strong, weak) : strong));
}

function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(ops.cast, [x], { from: x.dtype, to: dtype });
}

/** An operation on two operands brought to their common dtype. */
export function arithmetic(op: BinaryDefinition, left: Operand, right: Operand): Tensor {
  const [a, b] = operands(op.name, left, right);
  if (a.dtype === b.dtype) return apply(op, [a, b], null);
  const dtype = resultType(a, b);
  return apply(op, [cast(a, dtype), cast(b, dtype)], null);
}

/** A tensor of integers beside a number as float32, so that the number is not truncated. */
function floatBeside(x: Operand, other: Operand): Operand {
  const widens = typeof other === "number" && typeof x === "object" && x !== null && "dtype" in x && !isFloat(x.dtype);
  return widens ? cast(x, getDefaultDtype()) : x;
}

/** As {@link arithmetic}, but integers become float32 first: true division. */
export function floatArithmetic(op: BinaryDefinition, left: Operand, right: Operand): Tensor {
  const [a, b] = operands(op.name, floatBeside(left, right), floatBeside(right, left));
  const dtype = floating(resultType(a, b));
  return apply(op, [cast(a, dtype), cast(b, dtype)], null);
}

/** An operation that exists for floating dtypes only: others become float32 first. */
export function floatUnary(op: Op<[NDArray], null>, x: Tensor): Tensor {
  return apply(op, [cast(x, floating(x.dtype))], null);
}

function floating(dtype: DType): DType {
  return isFloat(dtype) ? dtype : getDefaultDtype();
}

/** Throws a DTypeError unless a result of `dtype` can be written into `self`. */
export function checkInPlaceDType(name: string, self: Tensor, dtype: DType): void {
  if (dtype !== self.dtype && (isFloat(dtype) || self.dtype === "bool") && !isFloat(self.dtype)) {
    throw new DTypeError(
      `[${name}] result type ${dtype} can't be cast to the desired output type ${self.dtype}. Convert the tensor first, e.g. .to("${dtype}").`,
    );
  }
}

/** Arithmetic in place: the result must fit the dtype of `self`. */
export function arithmeticInPlace(op: BinaryDefinition, self: Tensor, other: Operand, makesFloat = false): Tensor {
  const name = `${op.name}_`;
  const [a, b] = operands(name, self, other);
  const result = a.dtype === b.dtype ? a.dtype : resultType(a, b);
  checkInPlaceDType(name, self, makesFloat ? floating(result) : result);
  checkInPlaceShape(name, self, broadcastShapes(name, self.shape, b.shape));
  return applyInPlace(op, name, self, [cast(b, self.dtype)], null);
}
