/** @file Sizes of windows as users give them: one number for both directions, or two. */
import { ValueError } from "../../tensor/errors.ts";
import type { Pair } from "../../tensor/ops/window-geometry.ts";
import { bracketed } from "../../tensor/shape.ts";

/** One number for both, or [vertical, horizontal]. */
export type Size2d = number | readonly [number, number];

/** `size` as a list of `count` whole numbers. @throws ValueError for anything else. */
export function sizes(op: string, name: string, size: number | readonly number[], count: number): number[] {
  const list = typeof size === "number" ? new Array<number>(count).fill(size) : [...size];
  if (list.length !== count) {
    throw new ValueError(
      `[${op}] expected ${name} to be a single integer value or a list of ${count} values to match the convolution dimensions, but got ${name}=${bracketed(list)}`,
    );
  }
  for (const value of list) {
    if (!Number.isSafeInteger(value)) throw new ValueError(`[${op}] ${name} must be whole numbers, but got ${value}`);
  }
  return list;
}

/** `size` as a pair; that of one dimension, along lines, has 1 or `across` as its first number. */
export function pair(op: string, name: string, size: number | readonly number[], dims: 1 | 2 = 2, across = 1): Pair {
  const list = sizes(op, name, size, dims);
  return (dims === 2 ? list : [across, ...list]) as [number, number];
}
