/** @file Range checks: numbers against dtypes, sizes against memory. */
import type { DType } from "../../kernels/backend.ts";
import { tooLarge } from "../../kernels/layout.ts";
import { ValueError } from "../core/errors.ts";

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** The lowest and the highest finite number of each dtype; a bool takes any. */
export const RANGES: Readonly<Record<DType, readonly [lowest: number, highest: number]>> = {
  bool: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  float32: [-LARGEST_FLOAT32, LARGEST_FLOAT32],
  float64: [-Number.MAX_VALUE, Number.MAX_VALUE],
};

/**
 * Whether a dtype holds a number, by PyTorch's rule: fractions are cut off, negative integers count from 256 down in
 * uint8, and NaN and the infinities are no integers.
 */
export function fits(value: number, dtype: DType): boolean {
  const [lowest, highest] = RANGES[dtype];
  if (value >= lowest && value <= highest) return true;
  if (dtype === "uint8") return Number.isInteger(value) && value >= -255 && value < 0;
  return dtype !== "int32" && !Number.isFinite(value);
}

/**
 * A number or boolean as a dtype stores it.
 *
 * @throws ValueError, in PyTorch's words, for a number that does not fit.
 */
export function stored(op: string, value: number | boolean, dtype: DType): number {
  const number = Number(value);
  if (dtype === "bool") return Number(number !== 0);
  if (!fits(number, dtype)) throw overflow(op, number, dtype);
  return number;
}

/** The error for a number that a dtype does not hold. */
export function overflow(op: string, value: number | bigint, dtype: DType): ValueError {
  const [lowest, highest] = RANGES[dtype];
  return new ValueError(
    `[${op}] value cannot be converted to type ${dtype} without overflow: got ${value}, but ${dtype} holds ${lowest} to ${highest}. Choose another dtype, or clamp the numbers first.`,
  );
}

/**
 * Call it with a shape that was computed from arguments, before memory is taken.
 *
 * @throws ValueError for a tensor that is too large.
 */
export function checkCount(op: string, shape: readonly number[], dtype: DType): void {
  const problem = tooLarge(dtype, shape);
  if (problem !== undefined) throw new ValueError(`[${op}] ${problem}`);
}

/** Arrays of the JavaScript heap cost many times what numbers in typed arrays cost, and lists of tensors even more. */
const LONGEST = { numbers: 2 ** 26, tensors: 2 ** 22 } as const;

/** As {@link checkCount}, for an array of JavaScript's, of numbers or tensors. */
export function checkListLength(op: string, length: number, of: keyof typeof LONGEST): void {
  if (length <= LONGEST[of]) return;
  throw new ValueError(
    `[${op}] the result would be an array of ${length} ${of}, more than the ${LONGEST[of]} there may be`,
  );
}
