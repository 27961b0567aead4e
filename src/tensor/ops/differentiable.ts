/** @file Element-wise operations whose gradient is one kernel too. */
import type { NDArray } from "../../../kernels/backend.ts";
import { ELEMENTWISE, type ElementwiseName, expressionOf } from "../../../kernels/ir/elementwise.ts";
import { isGradEnabled } from "../../autograd/grad-mode.ts";
import { defineOp, type Op, OUTPUT } from "../../autograd/op.ts";
import { evaluate } from "./expression.ts";

/** The numbers that an operation takes; null for none. */
export type Scalars = readonly number[] | null;

const NO_SCALARS: readonly number[] = [];

/** The gradient as an operation. It is not differentiable: where it has to be, its expression is evaluated on tensors. */
function gradOp(name: ElementwiseName): Op<[NDArray, NDArray], Scalars> {
  return defineOp<[NDArray, NDArray], Scalars>({
    name,
    gradName: "NotDifferentiable",
    forward: (k, inputs, scalars) => k.map(name, inputs, inputs[1].shape, scalars ?? NO_SCALARS),
  });
}

/**
 * An element-wise operation of one input.
 *
 * @param grad The expression of its gradient, of the incoming gradient and the input, or, with `from` "output", the result.
 */
export function differentiable<P extends Scalars>(
  name: ElementwiseName,
  gradName: string,
  grad: ElementwiseName,
  from: "input" | "output" = "input",
): Op<[NDArray], P> {
  const gradient = gradOp(grad);
  return defineOp<[NDArray], P>({
    name,
    gradName,
    forward: (k, inputs, scalars, _savedIntermediates, out) =>
      k.map(name, inputs, inputs[0].shape, scalars ?? NO_SCALARS, out),
    saved: [[from === "input" ? 0 : OUTPUT]],
    backward(g, ctx, apply) {
      const other = from === "input" ? ctx.input(0) : ctx.output();
      if (!isGradEnabled()) return [apply(gradient, [g, other], ctx.params)];
      return [evaluate(expressionOf(ELEMENTWISE[grad], other.dtype), [g, other], ctx.params ?? NO_SCALARS)];
    },
  });
}
