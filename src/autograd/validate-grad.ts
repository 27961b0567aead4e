/** @file Checks of shape and dtype of gradients: at the root, between nodes, after hooks. */
import { sameShape } from "../../kernels/layout.ts";
import { DTypeError, GraphError, ShapeError, ValueError } from "../core/errors.ts";
import { refuseForeign } from "../core/foreign.ts";
import { isTensor } from "../core/identity.ts";
import { isThenable } from "../core/realm.ts";
import { bracketed } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { GraphNode } from "./node.ts";
import { forgetBase } from "./tape-state.ts";
import { filledLike } from "./tensor-base.ts";

/** The initial gradient of a backward pass: the one given by the user, or 1 for a scalar. */
export function rootGradient(op: string, root: Tensor, grad: Tensor | null | undefined): Tensor {
  if (grad == null) {
    if (root.numel() !== 1) {
      throw new GraphError(
        `[${op}] grad can be implicitly created only for scalar outputs, but the output has shape ${bracketed(root.shape)}. ` +
          "Reduce it to one number, or pass a gradient of its shape.",
      );
    }
    return filledLike(root, root, 1);
  }
  if (!sameShape(grad.shape, root.shape)) {
    throw new ShapeError(
      `[${op}] Mismatch in shape: grad_output[0] has a shape of ${bracketed(grad.shape)} and output[0] has a shape of ${bracketed(root.shape)}.`,
    );
  }
  return grad.to(root.dtype).contiguous();
}

/** Gradient `i` of a node, summed to the shape of its input where that was broadcast. */
export function validateGrad(node: GraphNode, i: number, grad: Tensor): Tensor {
  const shape = node.inputShape(i);
  if (sameShape(grad.shape, shape)) return grad;
  const lead = grad.ndim - shape.length;
  const fits = lead >= 0 && shape.every((size, d) => size === grad.shape[d + lead] || size === 1);
  if (!fits) {
    throw new ShapeError(
      `[backward] Function ${node.name} returned an invalid gradient at index ${i} - got ${bracketed(grad.shape)} but expected shape compatible with ${bracketed(shape)}`,
    );
  }
  return sumToSize(grad, shape);
}

/** Sums to a shape that broadcasts to that of `grad`. */
export function sumToSize(grad: Tensor, shape: readonly number[]): Tensor {
  const lead = grad.ndim - shape.length;
  const dims = grad.shape.flatMap((size, d) => (d < lead || (shape[d - lead] === 1 && size !== 1) ? [d] : []));
  return dims.length === 0 ? grad : forgetBase(grad.sum(dims, true).view(shape));
}

/**
 * Whether a hook returned a gradient to take in place of `grad`. Anything else but a tensor is no answer: arrow
 * functions return whatever their expression is.
 *
 * @throws ValueError for a promise, which nobody would wait for, and for a tensor of another copy of the library;
 *   ShapeError, DTypeError for a gradient that does not fit.
 */
export function isHookResult(replaced: unknown, grad: Tensor): replaced is Tensor {
  if (!isTensor(replaced)) {
    if (isThenable(replaced)) {
      throw new ValueError(
        "[registerHook] a hook returned a promise, but hooks are not awaited. Use a function that is not async.",
      );
    }
    refuseForeign("registerHook", "what a hook returned", replaced);
    return false;
  }
  if (!sameShape(replaced.shape, grad.shape)) {
    throw new ShapeError(
      `[registerHook] a hook has changed the size of the gradient: expected ${bracketed(grad.shape)}, got ${bracketed(replaced.shape)}`,
    );
  }
  if (replaced.dtype !== grad.dtype) {
    throw new DTypeError(
      `[registerHook] a hook has changed the type of the gradient: expected ${grad.dtype}, got ${replaced.dtype}`,
    );
  }
  return true;
}
