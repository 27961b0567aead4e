/** @file Losses of single elements, and their gradients, in one pass each. */
import type { NDArray } from "../../../kernels/backend.ts";
import { ELEMENTWISE, type ElementwiseName, expressionOf } from "../../../kernels/ir/elementwise.ts";
import { isGradEnabled } from "../../autograd/grad-mode.ts";
import { defineOp, type Op } from "../../autograd/op.ts";
import { broadcastShapes } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { evaluate } from "./expression.ts";
import { mapInOrder } from "./memory-order.ts";

/** The numbers that a loss takes. */
type Scalars = readonly number[];

/** The gradient for the input, of (incoming gradient, input, target). It is computed where nobody differentiates it. */
function gradOf(name: ElementwiseName): Op<[NDArray, NDArray, NDArray], Scalars> {
  return defineOp<[NDArray, NDArray, NDArray], Scalars>({
    name,
    gradName: "NotDifferentiable",
    forward: (k, inputs, scalars) => mapInOrder(k, name, inputs, inputs[0].shape, scalars),
  });
}

/**
 * The loss `expression` of input and target, which broadcast. `grad` names the expression of the gradient for the input; that for the
 * target is `forTarget` of it and of the incoming gradient and the input.
 */
function loss(
  name: string,
  expression: ElementwiseName,
  gradName: string,
  grad: ElementwiseName,
  forTarget: (forInput: () => Tensor, g: Tensor, x: () => Tensor) => Tensor,
): Op<[NDArray, NDArray], Scalars> {
  const gradOp = gradOf(grad);
  return defineOp<[NDArray, NDArray], Scalars>({
    name,
    gradName,
    forward: (k, [x, t], scalars) =>
      mapInOrder(k, expression, [x, t], broadcastShapes(name, x.shape, t.shape), scalars),
    saved: [
      [0, 1],
      [0, 1],
    ],
    backward(g, ctx, apply) {
      let known: Tensor | null = null;
      const forInput = (): Tensor => {
        const [x, t] = [ctx.input(0), ctx.input(1)];
        known ??= isGradEnabled()
          ? evaluate(expressionOf(ELEMENTWISE[grad], x.dtype), [g, x, t], ctx.params)
          : apply(gradOp, [g, x, t], ctx.params);
        return known;
      };
      return [ctx.needs(0) ? forInput() : null, ctx.needs(1) ? forTarget(forInput, g, () => ctx.input(0)) : null];
    },
  });
}

/** Of a function of the difference. */
const opposite = (forInput: () => Tensor): Tensor => forInput().neg();

export const squaredError = loss("mseLoss", "squaredError", "MseLossBackward0", "squaredErrorGrad", opposite);
export const absoluteError = loss("l1Loss", "absoluteError", "AbsBackward0", "absoluteErrorGrad", opposite);
/** Scalar: beta, where the square ends. */
export const smoothL1 = loss("smoothL1Loss", "smoothL1", "SmoothL1LossBackward0", "smoothL1Grad", opposite);
/** Scalar: delta, where the square ends. */
export const huber = loss("huberLoss", "huber", "HuberLossBackward0", "huberGrad", opposite);
/** The cross-entropy of σ(x) and a probability. */
export const logitCrossEntropy = loss(
  "binaryCrossEntropyWithLogits",
  "logitCrossEntropy",
  "BinaryCrossEntropyWithLogitsBackward0",
  "logitCrossEntropyGrad",
  (_, g, x) => g.mul(x()).neg(),
);
/** The cross-entropy of two probabilities. */
export const probabilityCrossEntropy = loss(
  "binaryCrossEntropy",
  "probabilityCrossEntropy",
  "BinaryCrossEntropyBackward0",
  "probabilityCrossEntropyGrad",
  (_, g, x) => g.mul(x().neg().log1p().sub(x().log())),
);
