/** @file Element-wise unary functions. */
import type { NDArray } from "../../../kernels/backend.ts";
import type { ElementwiseName } from "../../../kernels/ir/elementwise.ts";
import { emptyArray } from "../../../kernels/layout.ts";
import { defineOp, type Op, OUTPUT } from "../../autograd/op.ts";
import { reluGrad, sigmoidGrad, tanhGrad } from "./binary.ts";
import { differentiable } from "./differentiable.ts";
import { castInOrder, mapInOrder } from "./memory-order.ts";

type UnaryInputs = [NDArray];

function unary(name: ElementwiseName, gradName: string, rest: Pick<Op<UnaryInputs, null>, "backward" | "saved">) {
  return defineOp<UnaryInputs>({
    name,
    gradName,
    forward: (k, inputs, _params, _savedIntermediates, out) =>
      mapInOrder(k, name, inputs, inputs[0].shape, undefined, out),
    ...rest,
  });
}

/** A function whose gradient is an operation of the incoming gradient and the result, which PyTorch has a node for. */
function withGradOp(name: ElementwiseName, gradName: string, gradOp: Op<[NDArray, NDArray], null>) {
  return unary(name, gradName, {
    saved: [[OUTPUT]],
    backward: (grad, ctx, apply) => [apply(gradOp, [grad, ctx.output()], null)],
  });
}

/** A step function, whose gradient is 0. */
function zeroGrad(name: ElementwiseName, gradName: string) {
  return unary(name, gradName, { backward: (grad) => [grad.newZeros(grad.shape)] });
}

export const neg = unary("neg", "NegBackward0", { backward: (grad) => [grad.neg()] });
export const abs = unary("abs", "AbsBackward0", {
  saved: [[0]],
  backward: (grad, ctx) => [grad.mul(ctx.input(0).sign())],
});
export const exp = unary("exp", "ExpBackward0", {
  saved: [[OUTPUT]],
  backward: (grad, ctx) => [grad.mul(ctx.output())],
});
export const log = unary("log", "LogBackward0", { saved: [[0]], backward: (grad, ctx) => [grad.div(ctx.input(0))] });
export const log1p = differentiable<null>("log1p", "Log1PBackward0", "log1pGrad");
export const expm1 = differentiable<null>("expm1", "Expm1Backward0", "expm1Grad", "output");
export const sqrt = differentiable<null>("sqrt", "SqrtBackward0", "sqrtGrad", "output");
/** The square root of a variance. The gradient is 0 where the variance is 0, as in PyTorch. */
export const std = unary("sqrt", "StdBackward0", {
  saved: [[OUTPUT]],
  backward(grad, ctx) {
    const y = ctx.output();
    return [grad.div(y.mul(2)).maskedFill(y.eq(0), 0)];
  },
});
export const rsqrt = differentiable<null>("rsqrt", "RsqrtBackward0", "rsqrtGrad", "output");
export const reciprocal = differentiable<null>("reciprocal", "ReciprocalBackward0", "reciprocalGrad", "output");
export const sin = differentiable<null>("sin", "SinBackward0", "sinGrad");
export const cos = differentiable<null>("cos", "CosBackward0", "cosGrad");
export const tanh = withGradOp("tanh", "TanhBackward0", tanhGrad);
export const sigmoid = withGradOp("sigmoid", "SigmoidBackward0", sigmoidGrad);
export const relu = withGradOp("relu", "ReluBackward0", reluGrad);
export const erf = differentiable<null>("erf", "ErfBackward0", "erfGrad");
export const erfc = differentiable<null>("erfc", "ErfcBackward0", "erfcGrad");
export const erfinv = differentiable<null>("erfinv", "ErfinvBackward0", "erfinvGrad", "output");
export const lgamma = differentiable<null>("lgamma", "LgammaBackward0", "lgammaGrad");
export const digamma = differentiable<null>("digamma", "DigammaBackward0", "digammaGrad");
export const sinc = differentiable<null>("sinc", "SincBackward0", "sincGrad");
export const tan = differentiable<null>("tan", "TanBackward0", "tanGrad", "output");
export const asin = differentiable<null>("asin", "AsinBackward0", "asinGrad");
export const acos = differentiable<null>("acos", "AcosBackward0", "acosGrad");
export const atan = differentiable<null>("atan", "AtanBackward0", "atanGrad");
export const sinh = differentiable<null>("sinh", "SinhBackward0", "sinhGrad");
export const cosh = differentiable<null>("cosh", "CoshBackward0", "coshGrad");
export const asinh = differentiable<null>("asinh", "AsinhBackward0", "asinhGrad");
export const acosh = differentiable<null>("acosh", "AcoshBackward0", "acoshGrad");
export const atanh = differentiable<null>("atanh", "AtanhBackward0", "atanhGrad");
export const exp2 = differentiable<null>("exp2", "Exp2Backward0", "exp2Grad", "output");
export const log2 = differentiable<null>("log2", "Log2Backward0", "log2Grad");
export const log10 = differentiable<null>("log10", "Log10Backward0", "log10Grad");
/** Scalars: the bounds. */
export const logit = differentiable<readonly number[]>("logit", "LogitBackward0", "logitGrad");
/** Scalars: what NaN, ∞ and −∞ become. */
export const nanToNum = differentiable<readonly number[]>("nanToNum", "NanToNumBackward0", "nanToNumGrad");
export const frac = unary("frac", "FracBackward0", { backward: (grad) => [grad] });
export const sign = zeroGrad("sign", "SignBackward0");
export const floor = zeroGrad("floor", "FloorBackward0");
export const ceil = zeroGrad("ceil", "CeilBackward0");
export const round = zeroGrad("round", "RoundBackward0");
export const trunc = zeroGrad("trunc", "TruncBackward0");
export const isnan = unary("isnan", "NotDifferentiable", {});
export const isfinite = unary("isfinite", "NotDifferentiable", {});
export const isinf = unary("isinf", "NotDifferentiable", {});
export const isposinf = unary("isposinf", "NotDifferentiable", {});
export const isneginf = unary("isneginf", "NotDifferentiable", {});
export const signbit = unary("signbit", "NotDifferentiable", {});
export const logicalNot = unary("logicalNot", "NotDifferentiable", {});
export const bitwiseNot = unary("bitwiseNot", "NotDifferentiable", {});

/** A contiguous copy. In place: writes the input, broadcast, into the target. */
export const clone = defineOp<UnaryInputs>({
  name: "clone",
  gradName: "CloneBackward0",
  forward(k, [x]) {
    const out = emptyArray(k, x.dtype, x.shape);
    k.copy(out, x);
    return out;
  },
  backward: (grad) => [grad],
});

/** A copy in another dtype. The gradient is converted back. */
export const cast = defineOp<UnaryInputs, { readonly from: NDArray["dtype"]; readonly to: NDArray["dtype"] }>({
  name: "to",
  gradName: "ToCopyBackward0",
  forward: (k, [x], { to }) => castInOrder(k, x, to),
  backward: (grad, ctx) => [grad.to(ctx.params.from)],
});

/** Copies the second input, broadcast, to the first. Only used in place. */
export const copy_ = defineOp<[NDArray, NDArray]>({
  name: "copy_",
  gradName: "CopyBackwards",
  forward(k, [self, source], _params, _savedIntermediates, out) {
    const target = out ?? emptyArray(k, self.dtype, self.shape);
    k.copy(target, source);
    return target;
  },
  backward: (grad, ctx) => [ctx.needs(0) ? grad.newZeros(grad.shape) : null, grad],
});

/** Fills with one number. Only used in place. */
function fillOp(name: string, gradName: string) {
  return defineOp<UnaryInputs, number>({
    name,
    gradName,
    forward(k, [self], value, _savedIntermediates, out) {
      const target = out ?? emptyArray(k, self.dtype, self.shape);
      k.fill(target, value);
      return target;
    },
    backward: (grad) => [grad.newZeros(grad.shape)],
  });
}

export const fill = fillOp("fill_", "FillBackward2");
export const zero = fillOp("zero_", "ZeroBackward0");
