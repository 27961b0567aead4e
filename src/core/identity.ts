/** @file How tensors and modules are recognised, also where their classes may not be imported. */
import type { Tensor } from "../tensor/tensor.ts";

/** Under this name every tensor of every copy of the library carries the {@link COPY} it belongs to. */
export const TENSOR: unique symbol = Symbol.for("tapegrad.Tensor") as never;

/** Stands for this copy of the library: another one, bundled or installed beside it, has an object of its own. */
export const COPY: object = Object.freeze({ library: "tapegrad" });

/** Whether a value is a tensor of this copy of the library. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && (value as { [TENSOR]?: object })[TENSOR] === COPY;
}

/** Whether a value is a tensor of another copy of the library, whose memory and tape are not this one's. */
export function isForeignTensor(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const copy = (value as { [TENSOR]?: object })[TENSOR];
  return copy !== undefined && copy !== COPY;
}
