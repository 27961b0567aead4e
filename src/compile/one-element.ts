/** @file Arrays that repeat one element, as the gradients of sums. */
import type { NDArray } from "../../kernels/backend.ts";

/** Whether all elements of an array are one. */
export function isOneElement({ shape, strides }: NDArray): boolean {
  return shape.some((size) => size > 1) && strides.every((stride, d) => stride === 0 || shape[d] === 1);
}
