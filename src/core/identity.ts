/** @file isTensor and isModule: type guards that do not import the classes. */
import type { Tensor } from "../tensor/tensor.ts";

/** The property of every tensor with the {@link COPY} of the library that it belongs to. */
export const TENSOR: unique symbol = Symbol.for("tapegrad.Tensor") as never;

/** Identifies this copy of the library: another copy in the same program has an object of its own. */
export const COPY: object = Object.freeze({ library: "tapegrad" });

/**
 * Whether a value is a tensor, of this copy of the library.
 *
 * @example isTensor([1, 2]); // false
 */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && (value as { [TENSOR]?: object })[TENSOR] === COPY;
}

/** Whether a value is a tensor of another copy of the library, whose memory and tape are not this one's. */
export function isForeignTensor(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const copy = (value as { [TENSOR]?: object })[TENSOR];
  return copy !== undefined && copy !== COPY;
}
