/**
 * @file Device-side asserts: indices, class indices and divisors are checked on the host where their range is known, else on
 * the GPU.
 */
import type { NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { largest } from "./axis-ops.ts";
import { compute } from "./elementwise.ts";
import { coversStorage, type GpuContext, storageOf } from "./gpu-context.ts";
import type { GpuArray } from "./runtime.ts";
import type { ElementFunction } from "./sources/elementwise.ts";

/** The valid range of an index array, and the error message for a value outside it. */
export interface Bounds {
  readonly size: number;
  /** A further valid value. */
  readonly ignored?: number;
  readonly message: (value: number) => string;
}

/** 0 for valid indices, x + 1 for those too large, 0.5 − x for negative ones. */
const OUT_OF_BOUNDS_CODE: ElementFunction = {
  name: "check of indices",
  inputs: ["x"],
  floats: ["size", "ignored"],
  statements: `
if (x === ignored || (x >= 0 && x < size)) { return 0; }
return x < 0 ? 0.5 - x : x + 1;`,
};

function outOfBoundsValue(code: number): number {
  return Number.isInteger(code) ? code - 1 : 0.5 - code;
}

/**
 * Checks indices. Where only the GPU knows them, it is asked, and the next read rejects if one is wrong.
 *
 * @throws RangeError if an index is known to be wrong.
 */
export function checkIndices(context: GpuContext, op: string, index: NDArray, bounds: Bounds): void {
  if (sizeOf(index.shape) === 0) return;
  const { size, ignored = 0 } = bounds;
  const { range } = storageOf(index);
  const isWrong = (value: number) => value !== ignored && (value < 0 || value >= size);
  if (context.isWithin(index, 0, size - 1)) return;
  if (range !== null && coversStorage(index)) {
    const wrong = [range.low, range.high].find(isWrong);
    if (wrong !== undefined) throw new RangeError(bounds.message(wrong));
  }
  const constant = context.constant(index);
  if (constant !== null) {
    if (isWrong(constant)) throw new RangeError(bounds.message(constant));
    return;
  }
  watchLargest(context, op, compute(context, OUT_OF_BOUNDS_CODE, [index], index.shape, [size, ignored]), (code) =>
    bounds.message(outOfBoundsValue(code)),
  );
}

/** Has the next read reject if a code is not 0; `message` gets the largest. The codes are used up. */
function watchLargest(context: GpuContext, op: string, codes: GpuArray, message: (code: number) => string): void {
  const worst = largest(context, codes);
  codes.release();
  context.runtime.watch(op, worst, (code) => (code === 0 ? null : message(code)));
  worst.release();
}

const IS_ZERO: ElementFunction = { name: "check of divisors", inputs: ["x"], statements: "return x === 0 ? 1 : 0;" };

const ZERO_DIVISION = "ZeroDivisionError: integer remainder by zero";

/**
 * Rejects a division of integers by zero, which has no value to give, as {@link checkIndices} does.
 *
 * @throws RangeError if the divisor is known to be 0.
 */
export function checkDivisor(context: GpuContext, divisor: NDArray): void {
  if (sizeOf(divisor.shape) === 0) return;
  const constant = context.constant(divisor);
  if (constant === 0) throw new RangeError(ZERO_DIVISION);
  if (constant !== null) return;
  watchLargest(context, "remainder", compute(context, IS_ZERO, [divisor], divisor.shape), () => ZERO_DIVISION);
}
