/** @file Kernel sizes, strides and paddings: one integer for all spatial dimensions, or a list. */
import { describeValue } from "../../core/describe.ts";
import { type Kind, listOf, REFUSED } from "../../core/kinds.ts";
import type { Pair } from "../../tensor/ops/pooling.ts";

/** One integer for both, or [height, width]. */
export type Size2d = number | readonly [number, number];

/** An integer, alone or in a list. */
export type Size1d = number | readonly [number];

type WordedKind<T> = Kind<T> & Required<Pick<Kind<T>, "message">>;

/** An integer for all spatial dimensions, or a list with one for each of `count`. */
function perDirection<T extends number | readonly number[]>(count: number): WordedKind<T> {
  const description = count === 1 ? "an integer or a list of one" : `an integer or a list of ${count} integers`;
  return {
    description,
    read(value: unknown): T | typeof REFUSED {
      if (Number.isSafeInteger(value)) return value as T;
      const list = listOf(value);
      if (list === undefined || !list.every(Number.isSafeInteger)) return REFUSED;
      // A list of one stands for all directions, as a number does.
      if (list.length === 1 && count > 1) return list[0] as T;
      if (list.length !== count) return REFUSED;
      return [...list] as readonly unknown[] as T;
    },
    message(name: string, value: unknown): string {
      const list = listOf(value);
      if (list !== undefined && list.length !== count) {
        return `expected ${name} to be a single integer value or a list of ${count} values to match the convolution dimensions, but got ${name}=${describeValue(list)}`;
      }
      const wrong = list?.find((item) => !Number.isSafeInteger(item)) ?? value;
      if (typeof wrong === "number") return `${name} must be integers, but got ${wrong}`;
      return `argument "${name}" must be ${description}, but got ${describeValue(value)}.`;
    },
  };
}

/** One integer for all spatial dimensions, or a list. */
export type Sizes = number | readonly number[];

/** Implicit zero padding; `"same"`: the output has the size of the input; `"valid"`: no padding. */
export type Padding = Sizes | "same" | "valid";

/** Zero padding of `count` spatial dimensions. */
function padding(count: number): WordedKind<Padding> {
  const size = perDirection<Sizes>(count);
  return {
    description: `${size.description}, "same" or "valid"`,
    read: (value) => (value === "same" || value === "valid" ? value : size.read(value)),
    message: (name, value) =>
      typeof value === "string"
        ? `Invalid padding string: '${value}'. Expected "same" or "valid".`
        : size.message(name, value),
  };
}
export const aPadding1d = padding(1);
export const aPadding2d = padding(2);

export const aSize1d: Kind<Size1d> = perDirection(1);
export const aSize2d: Kind<Size2d> = perDirection(2);

/** `size` as a list of `count` numbers. */
export function sizes(size: number | readonly number[], count: number): number[] {
  return typeof size === "number" ? new Array<number>(count).fill(size) : [...size];
}

/** `size` as [height, width]; a 1-d size has `across` as its height. */
export function pair(size: number | readonly number[], dims: 1 | 2 = 2, across = 1): Pair {
  const list = sizes(size, dims);
  return (dims === 2 ? list : [across, ...list]) as [number, number];
}
