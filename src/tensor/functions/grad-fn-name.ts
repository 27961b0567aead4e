/** @file PyTorch's `grad_fn` names for results that are composed of several operations. */
import { forgetBase, viewBaseOf } from "../../autograd/tape-state.ts";
import type { Tensor } from "../tensor.ts";

/** Sets the `grad_fn` name of a new result to the one PyTorch has for it. */
export function withGradFnName(name: string, result: Tensor): Tensor {
  const node = result.gradFn;
  if (node !== null) node.name = name;
  return result;
}

/** {@link withGradFnName}, for a view of memory that no other tensor shares: it is not tracked as a view. */
export function asNonView(name: string, result: Tensor): Tensor {
  return forgetBase(withGradFnName(name, result));
}

/**
 * Renames the node of a change in place from the operation's own name to PyTorch's. What was not recorded keeps its
 * history, and a view has that of its base.
 */
export function renameInPlace(own: string, name: string, changed: Tensor): Tensor {
  if (viewBaseOf(changed) === null && changed.gradFn?.name === own) withGradFnName(name, changed);
  return changed;
}
