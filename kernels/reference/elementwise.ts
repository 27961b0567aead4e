/** @file The element-wise operations as plain loops over host arrays of any layout. */
import type { DType, TypedArray } from "../backend.ts";
import type { ElementwiseName } from "../ir/elementwise.ts";
import { LOOPS } from "./generated/elementwise.ts";
import { forEachRun, type Strided } from "./strided.ts";

/**
 * Writes n elements to z at zi, zi + zs, … from those of the inputs a, b, c; s0 to s2 are the numbers that the operation
 * takes. What it does not take may be anything.
 */
export type Loop = (
  n: number,
  s0: number,
  s1: number,
  s2: number,
  z: TypedArray,
  zi: number,
  zs: number,
  a: TypedArray,
  ai: number,
  as: number,
  b: TypedArray,
  bi: number,
  bs: number,
  c: TypedArray,
  ci: number,
  cs: number,
) => void;

/** The loops of an operation for each kind of dtype that has it. */
export interface Loops {
  readonly float?: Loop;
  readonly int?: Loop;
  readonly bool?: Loop;
}

/** @throws TypeError for an operation that is not defined for the dtype. */
export function loopOf(name: ElementwiseName, dtype: DType): Loop {
  const loops = LOOPS[name];
  const loop = dtype === "float32" || dtype === "float64" ? loops.float : dtype === "bool" ? loops.bool : loops.int;
  if (loop === undefined) throw new TypeError(`${name} is not defined for ${dtype}`);
  return loop;
}

/** A number as an operation of this dtype takes it: beside float32 it has the digits of one, as in PyTorch. */
export function scalarOf(dtype: DType, s: number): number {
  return dtype === "float32" ? Math.fround(s) : s;
}

/** z = an operation of the inputs, whose common dtype is `dtype`; all have the shape of z, which may be one of them. */
export function mapLoop(
  name: ElementwiseName,
  dtype: DType,
  z: Strided,
  inputs: readonly Strided[],
  scalars: readonly number[],
): void {
  const [s0 = 0, s1 = 0, s2 = 0] = scalars.map((s) => scalarOf(dtype, s));
  const loop = loopOf(name, dtype);
  const [a, b = a, c = a] = inputs as readonly [Strided, ...Strided[]];
  const arrays = [z, a, b, c];
  const strides = arrays.map((x) => x.strides);
  const offsets = arrays.map((x) => x.offset);
  forEachRun(z.shape, strides, offsets, ([zi, ai, bi, ci], [zs, as, bs, cs], n) => {
    loop(n, s0, s1, s2, z.data, zi!, zs!, a.data, ai!, as!, b.data, bi!, bs!, c.data, ci!, cs!);
  });
}

/**
 * Rejects a division of integers by zero, which has no value to give.
 *
 * @throws RangeError if an element of `divisor` is 0.
 */
export function checkDivisor(divisor: Strided): void {
  forEachRun(divisor.shape, [divisor.strides], [divisor.offset], ([start], [step], n) => {
    for (let i = 0, at = start!; i < n; i++, at += step!) {
      if (divisor.data[at] === 0) throw new RangeError("ZeroDivisionError: integer remainder by zero");
    }
  });
}
