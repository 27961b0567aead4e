/** @file Arithmetic on three tensors, with broadcasting. All inputs have one dtype: promotion happens before. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import type { ElementwiseName } from "../../../kernels/ir/elementwise.ts";
import { checkInPlaceShape } from "../../autograd/apply.ts";
import { defineOp } from "../../autograd/op.ts";
import { broadcastShapes } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { gradient } from "./differentiable.ts";
import { mapInOrder } from "./memory-order.ts";

type TernaryInputs = [NDArray, NDArray, NDArray];

/** Runs a kernel on the broadcast shape, into `out` if one is given. */
function elementwise(
  k: Backend,
  name: string,
  op: ElementwiseName,
  inputs: TernaryInputs,
  scalars: readonly number[],
  out?: NDArray,
): NDArray {
  const [a, b, c] = inputs;
  const shape = broadcastShapes(name, a.shape, broadcastShapes(name, b.shape, c.shape));
  if (out !== undefined) checkInPlaceShape(`${name}_`, out, shape);
  return mapInOrder(k, op, inputs, shape, scalars, out);
}

/**
 * x between bounds that are tensors; NaN where one of them is NaN. The gradient goes to x where it lies between, else to the
 * bound that it is brought to; the upper one counts where they are in the wrong order.
 */
export const clampTensors = defineOp<TernaryInputs>({
  name: "clamp",
  gradName: "ClampBackward0",
  forward(k, [x, low, high], _params, _savedIntermediates, out) {
    const shape = broadcastShapes("clamp", x.shape, broadcastShapes("clamp", low.shape, high.shape));
    if (out !== undefined) checkInPlaceShape("clamp_", out, shape);
    const raised = mapInOrder(k, "maximum", [x, low], shape, undefined, out);
    return mapInOrder(k, "minimum", [raised, high], shape, undefined, raised);
  },
  saved: [
    [0, 1, 2],
    [0, 1, 2],
    [0, 1, 2],
  ],
  backward(grad, ctx) {
    const [x, low, high] = [ctx.input(0), ctx.input(1), ctx.input(2)];
    return [
      ctx.needs(0) ? grad.where(x.ge(low).logicalAnd(x.le(high)), 0) : null,
      ctx.needs(1) ? grad.where(x.lt(low).logicalAnd(low.lt(high)), 0) : null,
      ctx.needs(2) ? grad.where(x.gt(high).logicalOr(low.gt(high)), 0) : null,
    ];
  },
});

/** {@link clampTensors} with one bound. */
function clampOneSide(kernel: "maximum" | "minimum", gradName: string) {
  return defineOp<[NDArray, NDArray]>({
    name: "clamp",
    gradName,
    forward(k, [x, bound], _params, _savedIntermediates, out) {
      const shape = broadcastShapes("clamp", x.shape, bound.shape);
      if (out !== undefined) checkInPlaceShape("clamp_", out, shape);
      return mapInOrder(k, kernel, [x, bound], shape, undefined, out);
    },
    saved: [
      [0, 1],
      [0, 1],
    ],
    backward(grad, ctx) {
      const [x, bound] = [ctx.input(0), ctx.input(1)];
      const [isInside, isBeyond] = kernel === "maximum" ? [x.ge(bound), x.lt(bound)] : [x.le(bound), x.gt(bound)];
      return [ctx.needs(0) ? grad.where(isInside, 0) : null, ctx.needs(1) ? grad.where(isBeyond, 0) : null];
    },
  });
}

export const clampMinTensor = clampOneSide("maximum", "ClampMinBackward1");
export const clampMaxTensor = clampOneSide("minimum", "ClampMaxBackward1");

const times = (grad: Tensor, value: number): Tensor => (value === 1 ? grad : grad.mul(value));

/** a + value·b·c. */
export const addcmul = defineOp<TernaryInputs, number>({
  name: "addcmul",
  gradName: "AddcmulBackward0",
  forward: (k, inputs, value, _savedIntermediates, out) =>
    elementwise(k, "addcmul", "addProduct", inputs, [value], out),
  saved: [[], [2], [1]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad : null,
    ctx.needs(1) ? times(grad.mul(ctx.input(2)), ctx.params) : null,
    ctx.needs(2) ? times(grad.mul(ctx.input(1)), ctx.params) : null,
  ],
});

const divisorGrad = gradient("addQuotientGrad");

/** a + value·b/c. */
export const addcdiv = defineOp<TernaryInputs, number>({
  name: "addcdiv",
  gradName: "AddcdivBackward0",
  forward: (k, inputs, value, _savedIntermediates, out) =>
    elementwise(k, "addcdiv", "addQuotient", inputs, [value], out),
  saved: [[], [2], [1, 2]],
  backward: (grad, ctx, apply) => [
    ctx.needs(0) ? grad : null,
    ctx.needs(1) ? times(grad.div(ctx.input(2)), ctx.params) : null,
    ctx.needs(2) ? divisorGrad(apply, [grad, ctx.input(1), ctx.input(2)], [ctx.params]) : null,
  ],
});

const startGrad = gradient("lerpStartGrad");
const weightGrad = gradient("lerpWeightGrad");

/** a + w·(b − a); the third input is w. */
const lerpOp = (gradName: string) =>
  defineOp<TernaryInputs>({
    name: "lerp",
    gradName,
    forward: (k, inputs, _params, _savedIntermediates, out) => elementwise(k, "lerp", "lerp", inputs, [], out),
    saved: [[2], [2], [0, 1]],
    backward: (grad, ctx, apply) => [
      ctx.needs(0) ? startGrad(apply, [grad, ctx.input(2)]) : null,
      ctx.needs(1) ? grad.mul(ctx.input(2)) : null,
      ctx.needs(2) ? weightGrad(apply, [grad, ctx.input(0), ctx.input(1)]) : null,
    ],
  });

export const lerp = lerpOp("LerpBackward1");
/** With a number as the weight. */
export const lerpScalar = lerpOp("LerpBackward0");
