/** @file onceDifferentiable: a custom backward that cannot be differentiated itself. */
import { GraphError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { detached } from "./batching.ts";
import { CustomFunction } from "./function.ts";
import type { ReturnedGradients } from "./function-node.ts";
import { isGradEnabled, noGrad } from "./grad-mode.ts";
import { setRequiresGrad } from "./tape-state.ts";

class DelayedError extends CustomFunction {
  static forward(_ctx: never, grad: Tensor): Tensor {
    return detached(grad);
  }
  static backward(): never {
    throw new GraphError(
      "[onceDifferentiable] trying to differentiate twice a function that was marked with onceDifferentiable",
    );
  }
}

/**
 * Marks the `backward` of a custom operation as one that cannot be differentiated: it runs without recording, and the
 * backward pass of what it returns throws, in place of a gradient that would be wrong.
 *
 * @example
 * class Half extends autograd.Function {
 *   static forward(_ctx: autograd.FunctionContext, x: Tensor): Tensor {
 *     return x.div(2);
 *   }
 *   static backward = autograd.onceDifferentiable((_ctx: autograd.FunctionContext, grad: Tensor) => grad.div(2));
 * }
 * const x = tensor([2], { requiresGrad: true });
 * const [dx] = autograd.grad(Half.apply(x), x, { createGraph: true });
 * dx?.backward(); // throws GraphError: [onceDifferentiable] trying to differentiate twice
 */
export function onceDifferentiable<Ctx, Grads extends readonly unknown[]>(
  backward: (ctx: Ctx, ...grads: Grads) => ReturnedGradients,
): (ctx: Ctx, ...grads: Grads) => ReturnedGradients {
  return (ctx, ...grads) => {
    const returned = noGrad(() => backward(ctx, ...grads));
    if (!isGradEnabled()) return returned;
    const guarded = (g: Tensor | null | undefined): Tensor | null | undefined => {
      if (!isTensor(g) || !g.isFloatingPoint()) return g;
      const leaf = detached(g);
      setRequiresGrad(leaf, true);
      return DelayedError.apply(leaf);
    };
    return Array.isArray(returned)
      ? (returned as readonly (Tensor | null | undefined)[]).map(guarded)
      : guarded(returned as Tensor | null | undefined);
  };
}
