/** @file Arithmetic on two tensors, with broadcasting. Both inputs have one dtype: promotion happens before. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import type { ElementwiseName } from "../../../kernels/ir/elementwise.ts";
import { checkInPlaceShape } from "../../autograd/apply.ts";
import { defineOp, type Op, OUTPUT } from "../../autograd/op.ts";
import { broadcastShapes } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { gradient } from "./differentiable.ts";
import { mapInOrder } from "./memory-order.ts";

type BinaryInputs = [NDArray, NDArray];

/** Runs an element-wise kernel on the broadcast shape, into `out` if one is given. */
function elementwise(
  k: Backend,
  name: string,
  op: ElementwiseName,
  inputs: BinaryInputs,
  out?: NDArray,
  scalars?: readonly number[],
): NDArray {
  const shape = broadcastShapes(name, inputs[0].shape, inputs[1].shape);
  if (out !== undefined) checkInPlaceShape(name, out, shape);
  return mapInOrder(k, op, inputs, shape, scalars, out);
}

function binary(name: ElementwiseName, gradName: string, rest: Pick<Op<BinaryInputs, null>, "backward" | "saved">) {
  return defineOp<BinaryInputs>({
    name,
    gradName,
    forward: (k, inputs, _params, _savedIntermediates, out) => elementwise(k, name, name, inputs, out),
    ...rest,
  });
}

export const add = binary("add", "AddBackward0", {
  backward: (grad, ctx) => [ctx.needs(0) ? grad : null, ctx.needs(1) ? grad : null],
});

export const sub = binary("sub", "SubBackward0", {
  backward: (grad, ctx) => [ctx.needs(0) ? grad : null, ctx.needs(1) ? grad.neg() : null],
});

/** a + scale·b, which is a sum or a difference with PyTorch's `alpha`. */
function scaledSum(name: "add" | "sub", gradName: string) {
  return defineOp<BinaryInputs, number>({
    name,
    gradName,
    forward: (k, inputs, scale, _savedIntermediates, out) => elementwise(k, name, "addScaled", inputs, out, [scale]),
    backward: (grad, ctx) => [ctx.needs(0) ? grad : null, ctx.needs(1) ? grad.mul(ctx.params) : null],
  });
}

export const addScaled = scaledSum("add", "AddBackward0");
export const subScaled = scaledSum("sub", "SubBackward0");

export const mul = binary("mul", "MulBackward0", {
  saved: [[1], [0]],
  backward: (grad, ctx) => [ctx.needs(0) ? grad.mul(ctx.input(1)) : null, ctx.needs(1) ? grad.mul(ctx.input(0)) : null],
});

export const div = binary("div", "DivBackward0", {
  saved: [[1], [0, 1]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad.div(ctx.input(1)) : null,
    ctx.needs(1) ? grad.neg().mul(ctx.input(0).div(ctx.input(1)).div(ctx.input(1))) : null,
  ],
});

/** d/da = b·a^(b−1), which is 0 where b = 0; d/db = a^b·ln a, which is 0 where a = 0 and b ≥ 0. */
export const pow = binary("pow", "PowBackward1", {
  saved: [
    [0, 1],
    [0, 1, OUTPUT],
  ],
  backward(grad, ctx) {
    const a = ctx.needs(0) ? powBaseGrad(grad, ctx.input(0), ctx.input(1)) : null;
    if (!ctx.needs(1)) return [a, null];
    const [x, y] = [ctx.input(0), ctx.input(1)];
    const isConstant = x.eq(0).mul(y.ge(0));
    // The mask is applied last, because masked elements may be NaN.
    return [a, grad.mul(ctx.output().mul(x.log())).maskedFill(isConstant, 0)];
  },
});

function powBaseGrad(grad: Tensor, x: Tensor, y: Tensor): Tensor {
  return grad.mul(y.mul(x.pow(y.sub(1)))).maskedFill(y.eq(0), 0);
}

/** Power with one number as the exponent. */
export const powScalar = defineOp<[NDArray, NDArray], number>({
  name: "pow",
  gradName: "PowBackward0",
  // As PyTorch: ±½ are square roots, which are NaN for −∞, not infinite.
  forward(k, inputs, exponent, _savedIntermediates, out) {
    const root = exponent === 0.5 ? "sqrt" : exponent === -0.5 ? "rsqrt" : null;
    return root === null
      ? elementwise(k, "pow", "pow", inputs, out)
      : mapInOrder(k, root, [inputs[0]], inputs[0].shape, undefined, out);
  },
  saved: [[0], []],
  backward(grad, ctx) {
    const exponent = ctx.params;
    if (exponent === 0) return [grad.newZeros(grad.shape), null];
    if (exponent === 1) return [grad, null];
    const x = ctx.input(0);
    return [grad.mul(exponent === 2 ? x.mul(2) : x.pow(exponent - 1).mul(exponent)), null];
  },
});

/** At a tie each operand gets half of the gradient; if one is NaN both get all of it. As in PyTorch. */
function maxMin(name: "maximum" | "minimum", gradName: string) {
  return binary(name, gradName, {
    saved: [
      [0, 1],
      [0, 1],
    ],
    backward(grad, ctx) {
      const [a, b] = [ctx.input(0), ctx.input(1)];
      const shared = grad.mul(0.5).where(a.eq(b), grad);
      const [aLoses, bLoses] = name === "maximum" ? [a.lt(b), a.gt(b)] : [a.gt(b), a.lt(b)];
      return [ctx.needs(0) ? shared.maskedFill(aLoses, 0) : null, ctx.needs(1) ? shared.maskedFill(bLoses, 0) : null];
    },
  });
}

export const maximum = maxMin("maximum", "MaximumBackward0");
export const minimum = maxMin("minimum", "MinimumBackward0");

/** a − b·⌊a/b⌋: the result has the sign of the divisor. */
export const remainder = binary("remainder", "RemainderBackward1", {
  saved: [[], [0, 1]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad : null,
    ctx.needs(1) ? grad.neg().mul(ctx.input(0).floorDivide(ctx.input(1))) : null,
  ],
});

const fmodGrad = gradient("fmodGrad");

/** a − b·trunc(a/b): the result has the sign of the dividend. */
export const fmod = binary("fmod", "FmodBackward1", {
  saved: [[], [0, 1]],
  backward: (grad, ctx, apply) => [
    ctx.needs(0) ? grad : null,
    ctx.needs(1) ? fmodGrad(apply, [grad, ctx.input(0), ctx.input(1)]) : null,
  ],
});

const hypotGrad = gradient("hypotGrad");

/** √(a² + b²). The gradient is NaN at the origin, as in PyTorch. */
export const hypot = binary("hypot", "HypotBackward0", {
  saved: [
    [0, OUTPUT],
    [1, OUTPUT],
  ],
  backward: (grad, ctx, apply) => [
    ctx.needs(0) ? hypotGrad(apply, [grad, ctx.input(0), ctx.output()]) : null,
    ctx.needs(1) ? hypotGrad(apply, [grad, ctx.input(1), ctx.output()]) : null,
  ],
});

const copysignGrad = gradient("copysignGrad");

/** |a| with the sign of b. */
export const copysign = binary("copysign", "CopysignBackward0", {
  saved: [[0, OUTPUT], []],
  backward: (grad, ctx, apply) => [
    ctx.needs(0) ? copysignGrad(apply, [grad, ctx.input(0), ctx.output()]) : null,
    ctx.needs(1) ? grad.newZeros(ctx.shape(1)) : null,
  ],
});

/** The smallest number, half the distance from 1 to the next one, and the largest number. */
const SPACINGS = {
  float32: [2 ** -149, 2 ** -24, (2 - 2 ** -23) * 2 ** 127],
  float64: [2 ** -1074, 2 ** -53, Number.MAX_VALUE],
} as const;

/** The float next to a in the direction of b. */
export const nextafter = defineOp<BinaryInputs>({
  name: "nextafter",
  gradName: "NotDifferentiable",
  forward: (k, inputs, _params, _savedIntermediates, out) =>
    elementwise(
      k,
      "nextafter",
      "nextafter",
      inputs,
      out,
      SPACINGS[inputs[0].dtype === "float64" ? "float64" : "float32"],
    ),
});

const xlogyGrad = gradient("xlogyGrad");
const xlogyOtherGrad = gradient("xlogyOtherGrad");

/** a·log b, 0 where a is 0. */
export const xlogy = binary("xlogy", "XlogyBackward0", {
  saved: [
    [0, 1],
    [0, 1],
  ],
  backward: (grad, ctx, apply) => [
    ctx.needs(0) ? xlogyGrad(apply, [grad, ctx.input(0), ctx.input(1)]) : null,
    ctx.needs(1) ? xlogyOtherGrad(apply, [grad, ctx.input(0), ctx.input(1)]) : null,
  ],
});

const logaddexpGrad = gradient("logaddexpGrad");

/** The logarithm of a sum of powers; `base` is the logarithm of its base. */
function logAddExp(name: "logaddexp" | "logaddexp2", gradName: string, base: number) {
  return binary(name, gradName, {
    saved: [
      [0, 1],
      [0, 1],
    ],
    backward: (grad, ctx, apply) => [
      ctx.needs(0) ? logaddexpGrad(apply, [grad, ctx.input(0), ctx.input(1)], [base]) : null,
      ctx.needs(1) ? logaddexpGrad(apply, [grad, ctx.input(1), ctx.input(0)], [base]) : null,
    ],
  });
}

export const logaddexp = logAddExp("logaddexp", "LogaddexpBackward0", 1);
export const logaddexp2 = logAddExp("logaddexp2", "Logaddexp2Backward0", Math.LN2);

/** The gradients of a step function of two tensors. */
const zeroGrads: Pick<Op<BinaryInputs, null>, "backward"> = {
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad.newZeros(ctx.shape(0)) : null,
    ctx.needs(1) ? grad.newZeros(ctx.shape(1)) : null,
  ],
};

/** ⌊a/b⌋ */
export const floorDivide = binary("floorDivide", "DivBackward2", zeroGrads);

/** a/b rounded towards 0, of floats. */
export const truncDivide = defineOp<BinaryInputs>({
  name: "div",
  gradName: "DivBackward2",
  forward: (k, inputs) => elementwise(k, "div", "truncDivide", inputs),
  ...zeroGrads,
});

/** The angle of the point (b, a), from −π to π. The gradient is NaN at the origin, as in PyTorch. */
export const atan2 = binary("atan2", "Atan2Backward0", {
  saved: [
    [0, 1],
    [0, 1],
  ],
  backward(grad, ctx) {
    const [y, x] = [ctx.input(0), ctx.input(1)];
    const scale = grad.div(y.mul(y).add(x.mul(x)));
    return [ctx.needs(0) ? scale.mul(x) : null, ctx.needs(1) ? scale.mul(y.neg()) : null];
  },
});

type WithoutGradient =
  | ("eq" | "ne" | "lt" | "le" | "gt" | "ge" | "heaviside")
  | ("logicalAnd" | "logicalOr" | "logicalXor" | "bitwiseAnd" | "bitwiseOr" | "bitwiseXor");

function withoutGradient(name: WithoutGradient) {
  return defineOp<BinaryInputs>({
    name,
    gradName: "NotDifferentiable",
    forward: (k, inputs) => elementwise(k, name, name, inputs),
  });
}

export const eq = withoutGradient("eq");
export const ne = withoutGradient("ne");
export const lt = withoutGradient("lt");
export const le = withoutGradient("le");
export const gt = withoutGradient("gt");
export const ge = withoutGradient("ge");
export const logicalAnd = withoutGradient("logicalAnd");
export const logicalOr = withoutGradient("logicalOr");
export const logicalXor = withoutGradient("logicalXor");
export const bitwiseAnd = withoutGradient("bitwiseAnd");
export const bitwiseOr = withoutGradient("bitwiseOr");
export const bitwiseXor = withoutGradient("bitwiseXor");
/** 0 below 0, 1 above, and b where a is 0. */
export const heaviside = withoutGradient("heaviside");

type BinaryOp = Op<BinaryInputs, null>;

/** Gradients of activations as operations of the incoming gradient and the result, one pass each. */
export const reluGrad: BinaryOp = binary("reluGrad", "ThresholdBackwardBackward0", {
  saved: [[1], []],
  backward: (grad, ctx, apply) => [
    ctx.needs(0) ? apply(reluGrad, [grad, ctx.input(1)], null) : null,
    ctx.needs(1) ? grad.newZeros(ctx.shape(1)) : null,
  ],
});

export const sigmoidGrad: BinaryOp = binary("sigmoidGrad", "SigmoidBackwardBackward0", {
  saved: [[1], [0, 1]],
  backward(grad, ctx, apply) {
    const y = ctx.input(1);
    return [
      ctx.needs(0) ? apply(sigmoidGrad, [grad, y], null) : null,
      ctx.needs(1) ? grad.mul(ctx.input(0)).mul(y.mul(-2).add(1)) : null,
    ];
  },
});

export const tanhGrad: BinaryOp = binary("tanhGrad", "TanhBackwardBackward0", {
  saved: [[1], [0, 1]],
  backward(grad, ctx, apply) {
    const y = ctx.input(1);
    return [
      ctx.needs(0) ? apply(tanhGrad, [grad, y], null) : null,
      ctx.needs(1) ? grad.mul(ctx.input(0)).mul(y).mul(-2) : null,
    ];
  },
});

/** `a` where the condition is true, else `b`. */
export const where = defineOp<[NDArray, NDArray, NDArray]>({
  name: "where",
  gradName: "WhereBackward0",
  forward(k, [cond, a, b]) {
    const shape = broadcastShapes("where", cond.shape, broadcastShapes("where", a.shape, b.shape));
    return mapInOrder(k, "where", [cond, a, b], shape);
  },
  saved: [[], [0], [0]],
  backward(grad, ctx) {
    const cond = ctx.input(0);
    return [
      null,
      ctx.needs(1) ? grad.maskedFill(cond.logicalNot(), 0) : null,
      ctx.needs(2) ? grad.maskedFill(cond, 0) : null,
    ];
  },
});
