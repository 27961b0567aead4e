/** @file Argument checks that functions and layers share. */
import type { DType } from "../../../kernels/backend.ts";
import { optional, optionalNow, required } from "../../core/arguments.ts";
import { getDefaultDevice, getDefaultDtype } from "../../core/defaults.ts";
import { describeValue } from "../../core/describe.ts";
import { conversionHint, isFloat } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { aBoolean, aDeviceChoice, aDType, aSize, aTensor, type Kind, kind, worded } from "../../core/kinds.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/type-promotion.ts";

/** The first argument of most functions. */
export const INPUT = { input: required(aTensor) };

/** The last argument of many activations. */
export const INPLACE = { inplace: optional(aBoolean, false) };

/** The last arguments of layers with parameters. */
export const PLACE = {
  device: optionalNow(aDeviceChoice, getDefaultDevice),
  dtype: optionalNow<DType>(aDType, getDefaultDtype),
};

/** PyTorch's scalar types, for its messages; its Long is int32 here. */
export const SCALAR_TYPES: Readonly<Record<DType, string>> = {
  float32: "Float",
  float64: "Double",
  int32: "Long",
  uint8: "Byte",
  bool: "Bool",
};

/** Checks that `x` is a floating tensor. @throws DTypeError otherwise. */
export function checkFloat(op: string, x: Tensor): void {
  checkTensor(op, x);
  if (isFloat(x.dtype)) return;
  throw new DTypeError(`[${op}] expected a floating dtype, but got ${x.dtype}. Convert with .float().`);
}

/** Checks that `other` has the dtype of the input. @throws DTypeError otherwise. */
export function checkSameDType(op: string, x: Tensor, other: Tensor, what: string): void {
  checkTensor(op, other);
  if (other.dtype === x.dtype) return;
  throw new DTypeError(
    `[${op}] expected scalar type ${SCALAR_TYPES[x.dtype]} but found ${SCALAR_TYPES[other.dtype]}: the ${what} must have the input's dtype. ${conversionHint("input", x.dtype, what, other.dtype)}`,
  );
}

/** A number of features, channels or layers, at least `least`. */
function countFrom(least: number): Kind<number> {
  return worded(
    kind(aSize.description, (value) => Number.isSafeInteger(value) && (value as number) >= least),
    (name, value) => `${name} must be an integer of at least ${least}, but got ${describeValue(value)}`,
  );
}
export const aCount: Kind<number> = countFrom(0);
export const aPositiveCount: Kind<number> = countFrom(1);
