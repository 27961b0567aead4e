/** @file Indices, class numbers and divisors are checked before anything is issued where their bounds are known, else on the GPU. */
import type { NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { compute } from "./elements.ts";
import { largest } from "./lines.ts";
import { type GpuMachine, isWhole, storageOf } from "./machine.ts";
import type { GpuArray } from "./runtime.ts";
import type { ElementFunction } from "./sources/elementwise.ts";

/** What may stand in an array of indices, and what to say of anything else. */
export interface Bounds {
  readonly size: number;
  /** A further value that may stand there. */
  readonly ignored?: number;
  readonly describe: (value: number) => string;
}

/** 0 for what may be, one more than what is too large, and half less than zero counts negative ones upwards. */
const STRAY: ElementFunction = {
  name: "check of indices",
  inputs: ["x"],
  floats: ["size", "ignored"],
  statements: `
if (x === ignored || (x >= 0 && x < size)) { return 0; }
return x < 0 ? 0.5 - x : x + 1;`,
};

function strayValue(code: number): number {
  return Number.isInteger(code) ? code - 1 : 0.5 - code;
}

/**
 * Checks indices. Where only the GPU knows them, it is asked, and the next read rejects if one is wrong.
 *
 * @throws RangeError if an index is known to be wrong.
 */
export function checkIndices(machine: GpuMachine, op: string, index: NDArray, bounds: Bounds): void {
  if (sizeOf(index.shape) === 0) return;
  const { size, ignored = 0 } = bounds;
  const { range } = storageOf(index);
  const isWrong = (value: number) => value !== ignored && (value < 0 || value >= size);
  if (range !== null) {
    if (range.low >= 0 && range.high < size) return;
    if (isWhole(index)) {
      const wrong = [range.low, range.high].find(isWrong);
      if (wrong !== undefined) throw new RangeError(bounds.describe(wrong));
    }
  }
  const constant = machine.constant(index);
  if (constant !== null) {
    if (isWrong(constant)) throw new RangeError(bounds.describe(constant));
    return;
  }
  watchLargest(machine, op, compute(machine, STRAY, [index], index.shape, [size, ignored]), (code) =>
    bounds.describe(strayValue(code)),
  );
}

/** Has the next read reject if a code is not 0; `describe` gets the largest. The codes are used up. */
function watchLargest(machine: GpuMachine, op: string, codes: GpuArray, describe: (code: number) => string): void {
  const worst = largest(machine, codes);
  codes.release();
  machine.runtime.watch(op, worst, (code) => (code === 0 ? null : describe(code)));
  worst.release();
}

const IS_ZERO: ElementFunction = { name: "check of divisors", inputs: ["x"], statements: "return x === 0 ? 1 : 0;" };

const ZERO_DIVISION = "ZeroDivisionError: integer remainder by zero";

/**
 * Rejects a division of integers by zero, which has no value to give, as {@link checkIndices} does.
 *
 * @throws RangeError if the divisor is known to be 0.
 */
export function checkDivisor(machine: GpuMachine, divisor: NDArray): void {
  if (sizeOf(divisor.shape) === 0) return;
  const constant = machine.constant(divisor);
  if (constant === 0) throw new RangeError(ZERO_DIVISION);
  if (constant !== null) return;
  watchLargest(machine, "remainder", compute(machine, IS_ZERO, [divisor], divisor.shape), () => ZERO_DIVISION);
}
