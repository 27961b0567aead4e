/** @file Reduction of losses, and the checks that all losses share. */
import { optional, readArgument, required } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aTensor, nullable, oneOf, worded } from "../../core/kinds.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** `"none"`: one loss for each element; `"mean"` and `"sum"`: a 0-d tensor. */
export type Reduction = "none" | "mean" | "sum";

export const aReduction = worded(
  oneOf("none", "mean", "sum"),
  (_, value) => `${describeBare(value)} is not a valid value for reduction. Expected "none", "mean" or "sum".`,
);

/** The first arguments of most losses. */
export const INPUT_AND_TARGET = { input: required(aTensor), target: required(aTensor) };

/** The reduction of a loss; the first two arguments are PyTorch's deprecated form of it. */
export const REDUCTION = {
  sizeAverage: optional(nullable(aBoolean), null),
  reduce: optional(nullable(aBoolean), null),
  reduction: optional(aReduction, "mean"),
};

/** A rescaling weight and the reduction, in PyTorch's order. */
export const WEIGHT_AND_REDUCTION = { weight: optional(nullable(aTensor), null), ...REDUCTION };

/** The reduction that the arguments of {@link REDUCTION} mean; deprecated ones take precedence, as in PyTorch. */
export function reductionOf<R extends string>(
  op: string,
  given: { readonly sizeAverage: boolean | null; readonly reduce: boolean | null; readonly reduction: R },
): R | Reduction {
  const { sizeAverage, reduce, reduction } = given;
  if (sizeAverage === null && reduce === null) return reduction;
  const old = reduce === false ? "none" : sizeAverage === false ? "sum" : "mean";
  console.warn(`[${op}] sizeAverage and reduce are deprecated, please use reduction: "${old}" instead.`);
  return old;
}

/** Checks that both are tensors and the input is floating. @throws DTypeError, ValueError otherwise. */
export function checkInputs(op: string, input: Tensor, target: Tensor): void {
  if (!isTensor(input)) readArgument(op, "input", aTensor, input);
  if (!isTensor(target)) readArgument(op, "target", aTensor, target);
  if (isFloat(input.dtype)) return;
  throw new DTypeError(`[${op}] expected an input of a floating dtype, but got ${input.dtype}. Convert with .float().`);
}

/** Checks that all are tensors of numbers. @throws DTypeError for bools, ValueError for what is no tensor. */
export function checkTensors(op: string, ...inputs: readonly Tensor[]): void {
  for (const input of inputs) {
    if (!isTensor(input)) readArgument(op, "input", aTensor, input);
    if (input.dtype === "bool")
      throw new DTypeError(`[${op}] not implemented for bool tensors. Convert with .float().`);
  }
}

/** Reduces losses; `count` is the divisor of the mean, if that is not their number. */
export function reduceLoss(losses: Tensor, reduction: Reduction, count?: () => Tensor): Tensor {
  if (reduction === "none") return losses;
  if (reduction === "sum") return losses.sum();
  return count === undefined ? losses.mean() : losses.sum().div(count());
}
