/** @file What many functions ask of their arguments. */
import type { DType } from "../../../kernels/backend.ts";
import { conversionHint, isFloat } from "../../tensor/dtype.ts";
import { DTypeError, ValueError } from "../../tensor/errors.ts";
import { checkTensor } from "../../tensor/promote.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** PyTorch's names in messages; its Long is our int32. */
export const SCALAR_TYPES: Readonly<Record<DType, string>> = {
  float32: "Float",
  float64: "Double",
  int32: "Long",
  uint8: "Byte",
  bool: "Bool",
};

/** Throws unless `x` is a tensor of floats. */
export function checkFloat(op: string, x: Tensor): void {
  checkTensor(op, x);
  if (isFloat(x.dtype)) return;
  throw new DTypeError(`[${op}] expected a floating dtype, but got ${x.dtype}. Convert with .float().`);
}

/** Throws unless `other` has the dtype of the input. */
export function checkSameDType(op: string, x: Tensor, other: Tensor, what: string): void {
  checkTensor(op, other);
  if (other.dtype === x.dtype) return;
  throw new DTypeError(
    `[${op}] expected scalar type ${SCALAR_TYPES[x.dtype]} but found ${SCALAR_TYPES[other.dtype]}: the ${what} must have the input's dtype. ${conversionHint("input", x.dtype, what, other.dtype)}`,
  );
}

/** Throws unless `value` is a whole number of at least `least`. */
export function checkWhole(op: string, name: string, value: unknown, least = 0): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new ValueError(`[${op}] ${name} must be a whole number of at least ${least}, but got ${value}`);
}
