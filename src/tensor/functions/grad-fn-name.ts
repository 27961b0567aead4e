/** @file The `grad_fn` names of results that are composed of several operations. */
import { forgetBase } from "../../autograd/tape-state.ts";
import type { Tensor } from "../tensor.ts";

/** Gives the tape node of a fresh result the name PyTorch shows for it. */
export function named(name: string, result: Tensor): Tensor {
  const node = result.gradFn;
  if (node !== null) node.name = name;
  return result;
}

/** As {@link named}, for a view of memory that nobody else knows: it counts as a tensor of its own. */
export function fresh(name: string, result: Tensor): Tensor {
  return forgetBase(named(name, result));
}
