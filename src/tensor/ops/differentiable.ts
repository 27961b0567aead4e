/** @file Element-wise operations whose gradient is one kernel too. */
import type { NDArray } from "../../../kernels/backend.ts";
import { ELEMENTWISE, type ElementwiseName, expressionOf } from "../../../kernels/ir/elementwise.ts";
import { isGradEnabled } from "../../autograd/grad-mode.ts";
import { type Apply, defineOp, type Op, OUTPUT } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import { evaluate } from "./expression.ts";
import { mapInOrder } from "./memory-order.ts";

/** The numbers that an operation takes; null for none. */
export type Scalars = readonly number[] | null;

/**
 * The expression `name` as a function of the incoming gradient, which has the shape of all inputs together, and others:
 * one kernel, or, where it has to be differentiable, operations on the tensors.
 */
export function gradient(name: ElementwiseName) {
  const op = defineOp<readonly [NDArray, ...NDArray[]], Scalars>({
    name,
    gradName: "NotDifferentiable",
    forward: (k, inputs, scalars) => mapInOrder(k, name, inputs, inputs[0].shape, scalars ?? undefined),
  });
  return (apply: Apply, inputs: readonly [grad: Tensor, ...others: Tensor[]], scalars: Scalars = null): Tensor =>
    isGradEnabled()
      ? evaluate(expressionOf(ELEMENTWISE[name], inputs[0].dtype), inputs, scalars ?? [])
      : apply(op, inputs, scalars);
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
  const gradientOf = gradient(grad);
  return defineOp<[NDArray], P>({
    name,
    gradName,
    forward: (k, inputs, scalars, _savedIntermediates, out) =>
      mapInOrder(k, name, inputs, inputs[0].shape, scalars ?? undefined, out),
    saved: [[from === "input" ? 0 : OUTPUT]],
    backward(g, ctx, apply) {
      return [gradientOf(apply, [g, from === "input" ? ctx.input(0) : ctx.output()], ctx.params)];
    },
  });
}
