/** @file Activation functions with parameters or of several steps: one pass forward, and one for the gradient. */
import type { NDArray } from "../../../kernels/backend.ts";
import type { ElementwiseName } from "../../../kernels/ir/elementwise.ts";
import { defineOp } from "../../autograd/op.ts";
import { broadcastShapes } from "../../core/shape.ts";
import { differentiable, gradient } from "./differentiable.ts";
import { mapInOrder } from "./memory-order.ts";

/** An activation with the numbers it takes; `grad` names the expression of its gradient. */
const activation = (name: ElementwiseName, gradName: string, grad: ElementwiseName) =>
  differentiable<readonly number[]>(name, gradName, grad);

/** min(max(x, low), high); the gradient passes where low ≤ x ≤ high. Scalars: low, high. */
export const clamp = activation("clamp", "ClampBackward1", "clampGrad");
/** Scalar: slope. */
export const leakyRelu = activation("leakyRelu", "LeakyReluBackward0", "leakyReluGrad");

const preluGrad = gradient("preluGrad");
const preluSlopeGrad = gradient("preluSlopeGrad");

/** Of x and slopes that broadcast to its shape. */
export const prelu = defineOp<[NDArray, NDArray]>({
  name: "prelu",
  gradName: "PreluBackward0",
  forward: (k, [x, slope]) => mapInOrder(k, "prelu", [x, slope], broadcastShapes("prelu", x.shape, slope.shape)),
  saved: [[0, 1], [0]],
  backward: (g, ctx, apply) => [
    ctx.needs(0) ? preluGrad(apply, [g, ctx.input(0), ctx.input(1)]) : null,
    ctx.needs(1) ? preluSlopeGrad(apply, [g, ctx.input(0)]) : null,
  ],
});

/** Scalars: bound, value. */
export const threshold = activation("threshold", "ThresholdBackward0", "thresholdGrad");
/**
 * scale·x where x > 0, else scale·alpha·(e^(inputScale·x) − 1): ELU, SELU and CELU. Scalars: scale·alpha, scale,
 * inputScale. The gradient is an exponential of x, because one computed from the result would be 0 where eˣ is rounded
 * away in eˣ − 1. At 0 it is the one from the left.
 */
export const elu = activation("elu", "EluBackward0", "eluGrad");
export const gelu = activation("gelu", "GeluBackward0", "geluGrad");
export const geluTanh = activation("geluTanh", "GeluBackward0", "geluTanhGrad");
export const silu = activation("silu", "SiluBackward0", "siluGrad");
export const mish = activation("mish", "MishBackward0", "mishGrad");
/** Scalars: beta, threshold. */
export const softplus = activation("softplus", "SoftplusBackward0", "softplusGrad");
/** log σ(x): no exponential overflows, and the gradient σ(−x) is finite for every x. */
export const logSigmoid = activation("logSigmoid", "LogSigmoidBackward0", "logSigmoidGrad");
/** Scalars: minVal, maxVal. The gradient passes strictly between the bounds only. */
export const hardtanh = activation("clamp", "HardtanhBackward0", "hardtanhGrad");
export const hardsigmoid = activation("hardsigmoid", "HardsigmoidBackward0", "hardsigmoidGrad");
export const hardswish = activation("hardswish", "HardswishBackward0", "hardswishGrad");
/** Scalar: lambd. */
export const hardshrink = activation("hardshrink", "HardshrinkBackward0", "shrinkGrad");
/** Scalar: lambd. */
export const softshrink = activation("softshrink", "SoftshrinkBackward0", "shrinkGrad");
export const softsign = activation("softsign", "DivBackward0", "softsignGrad");
export const tanhshrink = activation("tanhshrink", "SubBackward0", "tanhshrinkGrad");
