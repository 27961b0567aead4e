/** @file Gradients of fused operations by operations that are differentiable themselves. */
import { grad as gradOf } from "../../autograd/grad.ts";
import { enableGrad } from "../../autograd/grad-mode.ts";
import type { BackwardContext, Gradients } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";

/**
 * The gradients of a fused operation in a pass that is recorded itself: the operation is done again as `compose` of the
 * inputs, whose gradients the engine knows.
 */
export function recordedGrads<P>(
  grad: Tensor,
  ctx: BackwardContext<P>,
  inputs: readonly Tensor[],
  compose: (inputs: readonly Tensor[]) => Tensor,
): Gradients {
  // Handles of their own, so that a tensor that is several of the inputs gets the gradient of each.
  const handles = inputs.map((input) => input.view(input.shape));
  const wanted = handles.filter((_, i) => ctx.needs(i));
  const result = enableGrad(() => compose(handles));
  const grads = gradOf(result, wanted, { gradOutputs: grad, createGraph: true, allowUnused: true });
  return handles.map((handle, i) => (ctx.needs(i) ? (grads[wanted.indexOf(handle)] ?? null) : null));
}
