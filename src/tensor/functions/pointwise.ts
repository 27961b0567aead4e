/** @file Element-wise unary functions. */

import type { NDArray } from "../../../kernels/backend.ts";
import { apply } from "../../autograd/apply.ts";
import type { Op } from "../../autograd/op.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { aNumber, anInteger, aTensor, nullable } from "../../core/kinds.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { floatArithmetic, floatUnary } from "../type-promotion.ts";
import { type UnaryFunction, unary } from "./arguments.ts";
import { refuseBool } from "./arithmetic.ts";
import { withGradFnName } from "./grad-fn-name.ts";

/** A function of floating dtypes; integers and bools become float32 first. */
function float(op: Op<[NDArray], null>): UnaryFunction {
  return unary(op.name, (x) => floatUnary(op, x));
}

/** A function that keeps the dtype and is not implemented for bools, as in PyTorch. */
function numeric(op: Op<[NDArray], null>): UnaryFunction {
  return unary(op.name, (x) => {
    refuseBool(op.name, x);
    return apply(op, [x], null);
  });
}

/**
 * Element-wise negation, `−input`.
 *
 * @throws DTypeError for a bool tensor.
 * @example neg(tensor([1, -2])); // tensor([-1., 2.])
 */
export const neg = unary("neg", (x) => {
  if (x.dtype === "bool") {
    throw new DTypeError("[neg] Negation, the `-` operator, on a bool tensor is not supported. Use logicalNot().");
  }
  return apply(ops.neg, [x], null);
});

/**
 * Element-wise absolute value. The gradient at 0 is 0.
 *
 * @throws DTypeError for a bool tensor.
 * @example abs(tensor([-1, 0, 2])); // tensor([1., 0., 2.])
 */
export const abs = numeric(ops.abs);

/**
 * Element-wise sign: −1, 0 or 1 in the dtype of the input. Its gradient is 0.
 *
 * @example sign(tensor([-2, 0, 5])); // tensor([-1., 0., 1.])
 */
export const sign = unary("sign", (x) => apply(ops.sign, [x], null));

/**
 * Element-wise exponential, eˣ. Integers become float32.
 *
 * @example exp(tensor([0, 1])); // tensor([1.0000, 2.7183])
 */
export const exp = float(ops.exp);

/**
 * Element-wise eˣ − 1, accurate for x near 0. Integers become float32.
 *
 * @example expm1(tensor([0, 1])); // tensor([0.0000, 1.7183])
 */
export const expm1 = float(ops.expm1);

/**
 * Element-wise natural logarithm: −∞ at 0, NaN below. Integers become float32.
 *
 * @example log(tensor([1, 2])); // tensor([0.0000, 0.6931])
 */
export const log = float(ops.log);

/**
 * Element-wise log(1 + x), accurate for x near 0. Integers become float32.
 *
 * @example log1p(tensor([0, 1])); // tensor([0.0000, 0.6931])
 */
export const log1p = float(ops.log1p);

/**
 * Element-wise square root, NaN for negative elements. Integers become float32.
 *
 * @example sqrt(tensor([1, 4])); // tensor([1., 2.])
 */
export const sqrt = float(ops.sqrt);

/**
 * Element-wise reciprocal of the square root, 1/√x. Integers become float32.
 *
 * @example rsqrt(tensor([1, 4])); // tensor([1.0000, 0.5000])
 */
export const rsqrt = float(ops.rsqrt);

/**
 * Element-wise reciprocal, 1/x. Integers become float32.
 *
 * @example reciprocal(tensor([2, 4])); // tensor([0.5000, 0.2500])
 */
export const reciprocal = float(ops.reciprocal);

/**
 * Element-wise sine of angles in radians. Integers become float32.
 *
 * @example sin(tensor([0, 1])); // tensor([0.0000, 0.8415])
 */
export const sin = float(ops.sin);
/**
 * Element-wise cosine of angles in radians. Integers become float32.
 *
 * @example cos(tensor([0, 1])); // tensor([1.0000, 0.5403])
 */
export const cos = float(ops.cos);
/**
 * Element-wise tangent of angles in radians. Integers become float32.
 *
 * @example tan(tensor([0, 1])); // tensor([0.0000, 1.5574])
 */
export const tan = float(ops.tan);
/**
 * Element-wise inverse sine, in radians; NaN outside [−1, 1]. Integers become float32.
 *
 * @example asin(tensor([0, 1])); // tensor([0.0000, 1.5708])
 */
export const asin = float(ops.asin);
/**
 * Element-wise inverse cosine, in radians; NaN outside [−1, 1]. Integers become float32.
 *
 * @example acos(tensor([1, 0])); // tensor([0.0000, 1.5708])
 */
export const acos = float(ops.acos);
/**
 * Element-wise inverse tangent, in radians. Integers become float32.
 *
 * @example atan(tensor([0, 1])); // tensor([0.0000, 0.7854])
 */
export const atan = float(ops.atan);
/**
 * Element-wise hyperbolic sine. Integers become float32.
 *
 * @example sinh(tensor([0, 1])); // tensor([0.0000, 1.1752])
 */
export const sinh = float(ops.sinh);
/**
 * Element-wise hyperbolic cosine. Integers become float32.
 *
 * @example cosh(tensor([0, 1])); // tensor([1.0000, 1.5431])
 */
export const cosh = float(ops.cosh);
/**
 * Element-wise inverse hyperbolic sine. Integers become float32.
 *
 * @example asinh(tensor([0, 1])); // tensor([0.0000, 0.8814])
 */
export const asinh = float(ops.asinh);
/**
 * Element-wise inverse hyperbolic cosine; NaN below 1. Integers become float32.
 *
 * @example acosh(tensor([1, 2])); // tensor([0.0000, 1.3170])
 */
export const acosh = float(ops.acosh);
/**
 * Element-wise inverse hyperbolic tangent; ±∞ at ±1, NaN beyond. Integers become float32.
 *
 * @example atanh(tensor([0, 0.5])); // tensor([0.0000, 0.5493])
 */
export const atanh = float(ops.atanh);

/**
 * Element-wise power of two, 2ˣ. Integers become float32.
 *
 * @example exp2(tensor([0, 3])); // tensor([1., 8.])
 */
export const exp2 = float(ops.exp2);

/**
 * Element-wise logarithm to the base 2. Integers become float32.
 *
 * @example log2(tensor([1, 8])); // tensor([0., 3.])
 */
export const log2 = float(ops.log2);
/**
 * Element-wise logarithm to the base 10. Integers become float32.
 *
 * @example log10(tensor([1, 100])); // tensor([0., 2.])
 */
export const log10 = float(ops.log10);
/**
 * Element-wise hyperbolic tangent. Integers become float32.
 *
 * @example tanh(tensor([0, 1])); // tensor([0.0000, 0.7616])
 */
export const tanh = float(ops.tanh);

/**
 * Element-wise logistic sigmoid, 1/(1 + e⁻ˣ). Integers become float32.
 *
 * @example sigmoid(tensor([0, 1])); // tensor([0.5000, 0.7311])
 */
export const sigmoid = float(ops.sigmoid);

/**
 * Element-wise error function, 2/√π·∫₀ˣ e^(−t²) dt. Integers become float32.
 *
 * @example erf(tensor([0, 1])); // tensor([0.0000, 0.8427])
 */
export const erf = float(ops.erf);

/**
 * Element-wise complementary error function, 1 − erf(x), accurate for large x. Integers become float32.
 *
 * @example erfc(tensor([0, 1])); // tensor([1.0000, 0.1573])
 */
export const erfc = float(ops.erfc);

/**
 * Element-wise inverse of the error function: ±∞ at ±1, NaN beyond. Integers become float32.
 *
 * @example erfinv(tensor([0, 0.5])); // tensor([0.0000, 0.4769])
 */
export const erfinv = float(ops.erfinv);

/**
 * Element-wise logarithm of the absolute value of the gamma function. Integers become float32.
 *
 * @example lgamma(tensor([1, 4])); // tensor([0.0000, 1.7918])
 */
export const lgamma = float(ops.lgamma);

/**
 * Element-wise logarithmic derivative of the gamma function: −∞ at 0, NaN at negative integers. Integers become float32.
 *
 * @example digamma(tensor([1, 2])); // tensor([-0.5772,  0.4228])
 */
export const digamma = float(ops.digamma);

/**
 * Element-wise normalised sinc, sin(πx)/(πx), 1 at 0. Integers become float32.
 *
 * @example sinc(tensor([0, 0.5])); // tensor([1.0000, 0.6366])
 */
export const sinc = float(ops.sinc);

/**
 * Rectified linear unit, max(x, 0), element-wise. The gradient at 0 is 0.
 *
 * @throws DTypeError for a bool tensor.
 * @example relu(tensor([-1, 0, 2])); // tensor([0., 0., 2.])
 */
export const relu = unary("relu", (x) => {
  if (x.dtype === "bool") throw new DTypeError("[relu] Boolean inputs not supported for relu");
  return apply(ops.relu, [x], null);
});

/**
 * Rounds each element down to an integer. Its gradient is 0.
 *
 * @throws DTypeError for a bool tensor.
 * @example floor(tensor([1.7, -1.2])); // tensor([1., -2.])
 */
export const floor = numeric(ops.floor);

/**
 * Rounds each element up to an integer. Its gradient is 0.
 *
 * @throws DTypeError for a bool tensor.
 * @example ceil(tensor([1.2, -1.7])); // tensor([2., -1.])
 */
export const ceil = numeric(ops.ceil);

/**
 * Rounds each element towards 0. Its gradient is 0.
 *
 * @throws DTypeError for a bool tensor.
 * @example trunc(tensor([1.7, -1.7])); // tensor([1., -1.])
 */
export const trunc = numeric(ops.trunc);

/**
 * The part of each element behind the point, x − trunc(x), with its sign.
 *
 * @throws DTypeError for integers and bools.
 * @example frac(tensor([1.75, -2.5])); // tensor([ 0.7500, -0.5000])
 */
export const frac = unary("frac", (x) => {
  if (!isFloat(x.dtype)) throw new DTypeError(`[frac] not implemented for ${x.dtype}. Convert with .float().`);
  return apply(ops.frac, [x], null);
});

/**
 * The input itself: unary `+`.
 *
 * @throws DTypeError for a bool tensor.
 * @example positive(tensor([1, -2])); // tensor([1., -2.])
 */
export const positive = unary("positive", (x) => {
  if (x.dtype === "bool") throw new DTypeError("[positive] The `+` operator, on a bool tensor is not supported.");
  return x;
});

/** Multiplication by a constant, of floats; integers become float32. */
function scaling(op: string, gradFn: string, factor: number): UnaryFunction {
  return unary(op, (x) => withGradFnName(gradFn, floatArithmetic(ops.mul, x, factor)));
}

/**
 * Converts angles in degrees to radians, element-wise. Integers become float32.
 *
 * @example deg2rad(tensor([180, 90])); // tensor([3.1416, 1.5708])
 */
export const deg2rad = scaling("deg2rad", "Deg2RadBackward0", Math.PI / 180);

/**
 * Converts angles in radians to degrees, element-wise. Integers become float32.
 *
 * @example rad2deg(tensor([0, 1])); // tensor([ 0.0000, 57.2958])
 */
export const rad2deg = scaling("rad2deg", "Rad2DegBackward0", 180 / Math.PI);

/** Option of `logit`. */
export interface LogitOptions {
  /** The input is clamped to [eps, 1 − eps] first. Default: null, it is not, and elements outside [0, 1] give NaN. */
  readonly eps?: number | null | undefined;
}

/** Arguments of {@link logit} after the input. */
export type LogitArgs = Args<[], [eps: number | null], LogitOptions>;

const LOGIT = signature("logit", { input: required(aTensor), eps: optional(nullable(aNumber), null) });

/**
 * Element-wise logit, log(x/(1 − x)), the inverse of the sigmoid. Integers become float32.
 *
 * @example
 * ```ts
 * logit(tensor([0.5, 0.75])); // tensor([0.0000, 1.0986])
 * logit(tensor([0, 1]), 0.25); // tensor([-1.0986,  1.0986])
 * ```
 */
export function logit(x: Tensor, ...args: LogitArgs): Tensor {
  const { input, eps } = LOGIT.read([x, ...args]);
  const bounds = eps === null ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [eps, 1 - eps];
  return apply(ops.logit, [isFloat(input.dtype) ? input : input.float()], bounds);
}

/** Option of `round`. */
export interface RoundOptions {
  /** Number of decimal places; negative ones round to tens, hundreds, …. Default 0. */
  readonly decimals?: number | undefined;
}

/** Arguments of {@link round} after the input. */
export type RoundArgs = Args<[], [], RoundOptions>;

const ROUND = signature("round", { input: required(aTensor), decimals: keyword(anInteger, 0) });

/**
 * Rounds each element to the nearest integer, halves to the even one, or to `decimals` decimal places. Its gradient is
 * 0.
 *
 * @throws DTypeError for a bool tensor, and for `decimals` on an integer tensor.
 * @example
 * ```ts
 * round(tensor([0.5, 1.5, 2.6])); // tensor([0., 2., 3.])
 * round(tensor([1.25, 3.7]), { decimals: 1 }); // tensor([1.2000, 3.7000])
 * ```
 */
export function round(x: Tensor, ...args: RoundArgs): Tensor {
  const { input, decimals } = ROUND.read([x, ...args]);
  refuseBool("round", input);
  if (decimals === 0) return apply(ops.round, [input], null);
  if (!isFloat(input.dtype)) {
    throw new DTypeError(`[round] decimals are for floating point tensors, but this one is ${input.dtype}`);
  }
  const scale = 10 ** Math.abs(decimals);
  const whole = apply(ops.round, [decimals > 0 ? input.mul(scale) : input.div(scale)], null);
  return withGradFnName("RoundBackward1", decimals > 0 ? whole.div(scale) : whole.mul(scale));
}
