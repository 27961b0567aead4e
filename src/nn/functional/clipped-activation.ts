/** @file Activations that cut off: at a smallest and a largest value, or a band around zero. */
import { optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { aNumber } from "../../core/kinds.ts";
import { ValueError } from "../../tensor/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { activated, type InplaceOptions } from "./activation.ts";
import { INPLACE, INPUT } from "./check.ts";

export interface HardtanhOptions extends InplaceOptions {
  /** Smallest result. Default −1. */
  readonly minVal?: number | undefined;
  /** Largest result. Default 1. */
  readonly maxVal?: number | undefined;
}

export interface LambdOptions {
  /** Half the width of the band that becomes 0. Default 0.5. */
  readonly lambd?: number | undefined;
}

/** What follows the input; the layers take the same. */
export const HARDTANH_ARGUMENTS = { minVal: optional(aNumber, -1), maxVal: optional(aNumber, 1), ...INPLACE };
export const SHRINK_ARGUMENTS = { lambd: optional(aNumber, 0.5) };
export const THRESHOLD_ARGUMENTS = { threshold: required(aNumber), value: required(aNumber), ...INPLACE };

const SIGNATURES = {
  hardtanh: signature("hardtanh", { ...INPUT, ...HARDTANH_ARGUMENTS }),
  relu6: signature("relu6", { ...INPUT, ...INPLACE }),
  hardsigmoid: signature("hardsigmoid", { ...INPUT, ...INPLACE }),
  threshold: signature("threshold", { ...INPUT, ...THRESHOLD_ARGUMENTS }),
  hardshrink: signature("hardshrink", { ...INPUT, ...SHRINK_ARGUMENTS }),
  softshrink: signature("softshrink", { ...INPUT, ...SHRINK_ARGUMENTS }),
};

/** min(max(x, least), most), with a gradient between the bounds only: there is none for NaN, as in PyTorch. */
function clipped(x: Tensor, least: number, most: number): Tensor {
  return x.where(x.gt(least).logicalAnd(x.lt(most)), x.detach().clamp(least, most));
}

/**
 * min(max(x, minVal), maxVal)
 *
 * @throws ValueError if minVal > maxVal.
 */
export function hardtanh(x: Tensor, minVal?: number, maxVal?: number, inplace?: boolean): Tensor;
export function hardtanh(x: Tensor, ...rest: ThenOptions<[minVal: number, maxVal: number], HardtanhOptions>): Tensor;
export function hardtanh(...given: readonly unknown[]): Tensor {
  const { input, minVal, maxVal, inplace } = SIGNATURES.hardtanh.read(given);
  if (!(minVal <= maxVal)) {
    throw new ValueError(`[hardtanh] minVal cannot be greater than maxVal, but they are ${minVal} and ${maxVal}`);
  }
  return activated("hardtanh", input, inplace, ["HardtanhBackward0"], (v) => clipped(v, minVal, maxVal));
}

/** Throws a ValueError unless `least` is less than `most`: the layer's rule. */
export function checkRange(op: string, least: number, most: number): void {
  if (least < most) return;
  throw new ValueError(`[${op}] expected minVal to be less than maxVal, but got ${least} and ${most}`);
}

/** min(max(x, 0), 6) */
export function relu6(x: Tensor, inplace?: boolean): Tensor;
export function relu6(x: Tensor, options?: InplaceOptions): Tensor;
export function relu6(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.relu6.read(given);
  return activated("relu6", input, inplace, ["HardtanhBackward0"], (v) => clipped(v, 0, 6));
}

/** min(max(x + 3, 0), 6) / 6 */
export function hardsigmoid(x: Tensor, inplace?: boolean): Tensor;
export function hardsigmoid(x: Tensor, options?: InplaceOptions): Tensor;
export function hardsigmoid(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.hardsigmoid.read(given);
  return activated("hardsigmoid", input, inplace, ["HardsigmoidBackward0"], (v) => clipped(v.add(3), 0, 6).div(6));
}

/** x where x > threshold, else `value`. */
export function threshold(x: Tensor, threshold: number, value: number, inplace?: boolean): Tensor;
export function threshold(x: Tensor, threshold: number, value: number, options?: InplaceOptions): Tensor;
export function threshold(...given: readonly unknown[]): Tensor {
  const { input, threshold: bound, value, inplace } = SIGNATURES.threshold.read(given);
  return activated("threshold", input, inplace, ["ThresholdBackward0", "ThresholdBackward1"], (v) =>
    v.maskedFill(v.le(bound), value),
  );
}

/** x, but 0 where |x| ≤ lambd. */
export function hardshrink(x: Tensor, lambd?: number): Tensor;
export function hardshrink(x: Tensor, options?: LambdOptions): Tensor;
export function hardshrink(...given: readonly unknown[]): Tensor {
  const { input, lambd } = SIGNATURES.hardshrink.read(given);
  return activated("hardshrink", input, false, ["HardshrinkBackward0"], (v) => {
    const size = v.abs();
    return v.where(size.gt(lambd), v.detach().maskedFill(size.le(lambd), 0));
  });
}

/**
 * x drawn towards 0 by lambd, and 0 where |x| ≤ lambd.
 *
 * @throws ValueError for a negative lambd.
 */
export function softshrink(x: Tensor, lambd?: number): Tensor;
export function softshrink(x: Tensor, options?: LambdOptions): Tensor;
export function softshrink(...given: readonly unknown[]): Tensor {
  const { input, lambd } = SIGNATURES.softshrink.read(given);
  if (!(lambd >= 0)) {
    throw new ValueError(`[softshrink] lambda must be greater or equal to 0, but found to be ${lambd}.`);
  }
  return activated("softshrink", input, false, ["SoftshrinkBackward0"], (v) => {
    const outside = v.abs().gt(lambd);
    return v.sub(v.detach().sign().mul(lambd)).maskedFill(outside.logicalNot(), 0);
  });
}
