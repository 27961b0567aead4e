/** @file The element-wise operations as plain loops over host arrays of any layout. */
import type { DType, TypedArray } from "../backend.ts";
import type { ElementwiseName } from "../ir/elementwise.ts";
import { LOOPS } from "./generated/elementwise.ts";
import { forEachRun, type Strided } from "./strided.ts";

/**
 * Writes n elements to z at zi, zi + zs, …. What follows are, for each input, its array, first position and step, and
 * then the numbers that the operation takes.
 */
export type Loop = (n: number, z: TypedArray, zi: number, zs: number, ...rest: readonly LoopArgument[]) => void;
type LoopArgument = never;

/** The loops of an operation for each kind of dtype that has it. */
export interface Loops {
  readonly float?: Loop;
  readonly int?: Loop;
  readonly bool?: Loop;
}
