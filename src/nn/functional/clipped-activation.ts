/** @file Activations that cut off: at a smallest and a largest value, or a band around zero. */
import { ValueError } from "../../tensor/errors.ts";
import { readArguments } from "../../tensor/options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { activated, type InplaceOptions } from "./activation.ts";

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

/** PyTorch's defaults, in the order of its arguments. */
export const HARDTANH_DEFAULTS = { minVal: -1, maxVal: 1, inplace: false };
export const SHRINK_DEFAULTS = { lambd: 0.5 };

/** min(max(x, least), most), with a gradient between the bounds only: there is none for NaN, as in PyTorch. */
function clipped(x: Tensor, least: number, most: number): Tensor {
  return x.where(x.gt(least).logicalAnd(x.lt(most)), x.detach().clamp(least, most));
}

/**
 * min(max(x, minVal), maxVal)
 *
 * @throws ValueError if minVal > maxVal.
 */
export function hardtanh(
  x: Tensor,
  minVal?: number | HardtanhOptions,
  maxVal?: number | Omit<HardtanhOptions, "minVal">,
  inplace?: boolean | InplaceOptions,
): Tensor {
  const given = readArguments("hardtanh", HARDTANH_DEFAULTS, [minVal, maxVal, inplace]);
  if (!(given.minVal <= given.maxVal)) {
    throw new ValueError(
      `[hardtanh] minVal cannot be greater than maxVal, but they are ${given.minVal} and ${given.maxVal}`,
    );
  }
  return activated("hardtanh", x, given.inplace, ["HardtanhBackward0"], (v) => clipped(v, given.minVal, given.maxVal));
}

/** Throws a ValueError unless `least` is less than `most`: the layer's rule. */
export function checkRange(op: string, least: number, most: number): void {
  if (least < most) return;
  throw new ValueError(`[${op}] expected minVal to be less than maxVal, but got ${least} and ${most}`);
}

/** min(max(x, 0), 6) */
export function relu6(x: Tensor, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("relu6", { inplace: false }, [inplace]);
  return activated("relu6", x, given.inplace, ["HardtanhBackward0"], (v) => clipped(v, 0, 6));
}

/** min(max(x + 3, 0), 6) / 6 */
export function hardsigmoid(x: Tensor, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("hardsigmoid", { inplace: false }, [inplace]);
  return activated("hardsigmoid", x, given.inplace, ["HardsigmoidBackward0"], (v) => clipped(v.add(3), 0, 6).div(6));
}

/** x where x > threshold, else `value`. */
export function threshold(x: Tensor, threshold: number, value: number, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("threshold", { inplace: false }, [inplace]);
  return activated("threshold", x, given.inplace, ["ThresholdBackward0", "ThresholdBackward1"], (v) =>
    v.maskedFill(v.le(threshold), value),
  );
}

/** x, but 0 where |x| ≤ lambd. */
export function hardshrink(x: Tensor, lambd?: number | LambdOptions): Tensor {
  const given = readArguments("hardshrink", SHRINK_DEFAULTS, [lambd]);
  return activated("hardshrink", x, false, ["HardshrinkBackward0"], (v) => {
    const size = v.abs();
    return v.where(size.gt(given.lambd), v.detach().maskedFill(size.le(given.lambd), 0));
  });
}

/**
 * x drawn towards 0 by lambd, and 0 where |x| ≤ lambd.
 *
 * @throws ValueError for a negative lambd.
 */
export function softshrink(x: Tensor, lambd?: number | LambdOptions): Tensor {
  const given = readArguments("softshrink", SHRINK_DEFAULTS, [lambd]);
  if (!(given.lambd >= 0)) {
    throw new ValueError(`[softshrink] lambda must be greater or equal to 0, but found to be ${given.lambd}.`);
  }
  return activated("softshrink", x, false, ["SoftshrinkBackward0"], (v) => {
    const outside = v.abs().gt(given.lambd);
    return v.sub(v.detach().sign().mul(given.lambd)).maskedFill(outside.logicalNot(), 0);
  });
}
