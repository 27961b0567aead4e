/** @file PyTorch's name for what is put together from several operations here. */
import type { Tensor } from "../tensor.ts";

/** Gives the tape node of a fresh result the name PyTorch shows for it. */
export function named(name: string, result: Tensor): Tensor {
  const node = result.gradFn;
  if (node !== null) node.name = name;
  return result;
}
