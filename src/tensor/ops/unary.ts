/** @file Element-wise unary functions. */
import type { NDArray } from "../../../kernels/backend.ts";
import type { ElementwiseName } from "../../../kernels/ir/elementwise.ts";
import { emptyArray } from "../../../kernels/layout.ts";
import { type Apply, defineOp, type Op, OUTPUT } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import { reluGrad, sigmoidGrad, tanhGrad } from "./binary.ts";

type UnaryInputs = [NDArray];

function unary(name: ElementwiseName, gradName: string, rest: Pick<Op<UnaryInputs, null>, "backward" | "saved">) {
  return defineOp<UnaryInputs>({
    name,
    gradName,
    forward: (k, inputs, _params, _savedIntermediates, out) => k.map(name, inputs, inputs[0].shape, undefined, out),
    ...rest,
  });
}

/** A function whose gradient is grad · derivative(x). */
function gradFromInput(name: ElementwiseName, gradName: string, gradient: (grad: Tensor, x: Tensor) => Tensor) {
  return unary(name, gradName, { saved: [[0]], backward: (grad, ctx) => [gradient(grad, ctx.input(0))] });
}

/** A function whose gradient is a function of grad and the result. */
function gradFromOutput(
  name: ElementwiseName,
  gradName: string,
  gradient: (grad: Tensor, y: Tensor, apply: Apply) => Tensor,
) {
  return unary(name, gradName, {
    saved: [[OUTPUT]],
    backward: (grad, ctx, apply) => [gradient(grad, ctx.output(), apply)],
  });
}

/** A step function, whose gradient is 0. */
function zeroGrad(name: ElementwiseName, gradName: string) {
  return unary(name, gradName, { backward: (grad) => [grad.newZeros(grad.shape)] });
}

export const neg = unary("neg", "NegBackward0", { backward: (grad) => [grad.neg()] });
export const abs = gradFromInput("abs", "AbsBackward0", (g, x) => g.mul(x.sign()));
export const exp = gradFromOutput("exp", "ExpBackward0", (g, y) => g.mul(y));
export const log = gradFromInput("log", "LogBackward0", (g, x) => g.div(x));
export const log1p = gradFromInput("log1p", "Log1PBackward0", (g, x) => g.div(x.add(1)));
export const expm1 = gradFromOutput("expm1", "Expm1Backward0", (g, y) => g.mul(y.add(1)));
export const sqrt = gradFromOutput("sqrt", "SqrtBackward0", (g, y) => g.div(y.mul(2)));
/** The square root of a variance. The gradient is 0 where the variance is 0, as in PyTorch. */
export const std = unary("sqrt", "StdBackward0", {
  saved: [[OUTPUT]],
  backward(grad, ctx) {
    const y = ctx.output();
    return [grad.div(y.mul(2)).maskedFill(y.eq(0), 0)];
  },
});
export const rsqrt = gradFromOutput("rsqrt", "RsqrtBackward0", (g, y) => g.mul(y.pow(3)).mul(-0.5));
export const reciprocal = gradFromOutput("reciprocal", "ReciprocalBackward0", (g, y) => g.neg().mul(y.mul(y)));
export const sin = gradFromInput("sin", "SinBackward0", (g, x) => g.mul(x.cos()));
export const cos = gradFromInput("cos", "CosBackward0", (g, x) => g.mul(x.sin().neg()));
export const tanh = gradFromOutput("tanh", "TanhBackward0", (g, y, apply) => apply(tanhGrad, [g, y], null));
export const sigmoid = gradFromOutput("sigmoid", "SigmoidBackward0", (g, y, apply) => apply(sigmoidGrad, [g, y], null));
export const relu = gradFromOutput("relu", "ReluBackward0", (g, y, apply) => apply(reluGrad, [g, y], null));
/** d erf(x)/dx = 2/√π · exp(−x²) */
export const erf = gradFromInput("erf", "ErfBackward0", (g, x) =>
  g.mul(
    x
      .mul(x)
      .neg()
      .exp()
      .mul(2 / Math.sqrt(Math.PI)),
  ),
);
export const tan = gradFromOutput("tan", "TanBackward0", (g, y) => g.mul(y.mul(y).add(1)));
export const asin = gradFromInput("asin", "AsinBackward0", (g, x) => g.mul(x.mul(x).neg().add(1).rsqrt()));
export const acos = gradFromInput("acos", "AcosBackward0", (g, x) => g.mul(x.mul(x).neg().add(1).rsqrt()).neg());
export const atan = gradFromInput("atan", "AtanBackward0", (g, x) => g.div(x.mul(x).add(1)));
export const sinh = gradFromInput("sinh", "SinhBackward0", (g, x) => g.mul(x.cosh()));
export const cosh = gradFromInput("cosh", "CoshBackward0", (g, x) => g.mul(x.sinh()));
export const asinh = gradFromInput("asinh", "AsinhBackward0", (g, x) => g.mul(x.mul(x).add(1).rsqrt()));
export const acosh = gradFromInput("acosh", "AcoshBackward0", (g, x) => g.mul(x.mul(x).sub(1).rsqrt()));
export const atanh = gradFromInput("atanh", "AtanhBackward0", (g, x) => g.div(x.mul(x).neg().add(1)));
export const exp2 = gradFromOutput("exp2", "Exp2Backward0", (g, y) => g.mul(y).mul(Math.LN2));
export const log2 = gradFromInput("log2", "Log2Backward0", (g, x) => g.div(x.mul(Math.LN2)));
export const log10 = gradFromInput("log10", "Log10Backward0", (g, x) => g.div(x.mul(Math.LN10)));
export const sign = zeroGrad("sign", "SignBackward0");
export const floor = zeroGrad("floor", "FloorBackward0");
export const ceil = zeroGrad("ceil", "CeilBackward0");
export const round = zeroGrad("round", "RoundBackward0");
export const trunc = zeroGrad("trunc", "TruncBackward0");
export const isnan = unary("isnan", "NotDifferentiable", {});
export const isfinite = unary("isfinite", "NotDifferentiable", {});
export const logicalNot = unary("logicalNot", "NotDifferentiable", {});

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
  forward: (k, [x], { to }) => k.cast(x, to),
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
