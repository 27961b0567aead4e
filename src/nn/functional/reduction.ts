/** @file How a loss brings its elements together, and what all losses check. */
import { isFloat } from "../../tensor/dtype.ts";
import { DTypeError, ValueError } from "../../tensor/errors.ts";
import { checkTensor } from "../../tensor/promote.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** `"none"` keeps every element, `"mean"` and `"sum"` give one number. */
export type Reduction = "none" | "mean" | "sum";

const REDUCTIONS: readonly string[] = ["none", "mean", "sum"] satisfies Reduction[];

/** Throws a ValueError unless `reduction` is one. */
export function checkReduction(op: string, reduction: unknown): asserts reduction is Reduction {
  if (typeof reduction === "string" && REDUCTIONS.includes(reduction)) return;
  throw new ValueError(
    `[${op}] ${String(reduction)} is not a valid value for reduction. Expected "none", "mean" or "sum".`,
  );
}

/** Throws unless both are tensors and the input is one of floats. */
export function checkInputs(op: string, input: Tensor, target: Tensor): void {
  checkTensor(op, input);
  checkTensor(op, target);
  if (isFloat(input.dtype)) return;
  throw new DTypeError(`[${op}] expected an input of a floating dtype, but got ${input.dtype}. Convert with .float().`);
}

/** Reduces losses; `count` is what a mean divides by, if that is not their number. */
export function reduced(losses: Tensor, reduction: Reduction, count?: () => Tensor): Tensor {
  if (reduction === "none") return losses;
  if (reduction === "sum") return losses.sum();
  return count === undefined ? losses.mean() : losses.sum().div(count());
}
