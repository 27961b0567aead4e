/** @file Element-wise functions of one tensor. */

import type { NDArray } from "../../../kernels/backend.ts";
import { apply } from "../../autograd/apply.ts";
import type { Op } from "../../autograd/op.ts";
import { type Args, keyword, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { anInteger, aTensor } from "../../core/kinds.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { floatUnary } from "../type-promotion.ts";
import { type UnaryFunction, unary } from "./arguments.ts";
import { refuseBool } from "./arithmetic.ts";
import { named } from "./grad-fn-name.ts";

/** A function that exists for floating dtypes only: others become float32 first. */
function float(op: Op<[NDArray], null>): UnaryFunction {
  return unary(op.name, (x) => floatUnary(op, x));
}

/** A function that keeps the dtype and that PyTorch does not have for bools. */
function numeric(op: Op<[NDArray], null>): UnaryFunction {
  return unary(op.name, (x) => {
    refuseBool(op.name, x);
    return apply(op, [x], null);
  });
}

/** −input. @throws DTypeError for bools. */
export const neg = unary("neg", (x) => {
  if (x.dtype === "bool") {
    throw new DTypeError("[neg] Negation, the `-` operator, on a bool tensor is not supported. Use logicalNot().");
  }
  return apply(ops.neg, [x], null);
});

/** |input| */
export const abs = numeric(ops.abs);

/** −1, 0 or 1. */
export const sign = unary("sign", (x) => apply(ops.sign, [x], null));

/** eˣ */
export const exp = float(ops.exp);

/** eˣ − 1, exact also near 0. */
export const expm1 = float(ops.expm1);

/** The natural logarithm. */
export const log = float(ops.log);

/** log(1 + x), exact also near 0. */
export const log1p = float(ops.log1p);

/** √x */
export const sqrt = float(ops.sqrt);

/** 1/√x */
export const rsqrt = float(ops.rsqrt);

/** 1/x */
export const reciprocal = float(ops.reciprocal);

export const sin = float(ops.sin);
export const cos = float(ops.cos);
export const tan = float(ops.tan);
export const asin = float(ops.asin);
export const acos = float(ops.acos);
export const atan = float(ops.atan);
export const sinh = float(ops.sinh);
export const cosh = float(ops.cosh);
export const asinh = float(ops.asinh);
export const acosh = float(ops.acosh);
export const atanh = float(ops.atanh);

/** 2ˣ */
export const exp2 = float(ops.exp2);

export const log2 = float(ops.log2);
export const log10 = float(ops.log10);
export const tanh = float(ops.tanh);

/** 1/(1 + e⁻ˣ) */
export const sigmoid = float(ops.sigmoid);

/** The error function 2/√π·∫₀ˣ e^(−t²) dt. */
export const erf = float(ops.erf);

/** max(x, 0). @throws DTypeError for bools. */
export const relu = unary("relu", (x) => {
  if (x.dtype === "bool") throw new DTypeError("[relu] Boolean inputs not supported for relu");
  return apply(ops.relu, [x], null);
});

/** The next integer below. */
export const floor = numeric(ops.floor);

/** The next integer above. */
export const ceil = numeric(ops.ceil);

/** The next integer towards 0. */
export const trunc = numeric(ops.trunc);

export interface RoundOptions {
  /** Decimal places; negative ones count to the left of the point. Default 0. */
  readonly decimals?: number | undefined;
}

export type RoundArgs = Args<[], [], RoundOptions>;

const ROUND = signature("round", { input: required(aTensor), decimals: keyword(anInteger, 0) });

/** To the nearest integer, or number of so many decimal places, halves to the even one. */
export function round(x: Tensor, ...args: RoundArgs): Tensor {
  const { input, decimals } = ROUND.read([x, ...args]);
  refuseBool("round", input);
  if (decimals === 0) return apply(ops.round, [input], null);
  if (!isFloat(input.dtype)) {
    throw new DTypeError(`[round] decimals are for floating point tensors, but this one is ${input.dtype}`);
  }
  const scale = 10 ** Math.abs(decimals);
  const whole = apply(ops.round, [decimals > 0 ? input.mul(scale) : input.div(scale)], null);
  return named("RoundBackward1", decimals > 0 ? whole.div(scale) : whole.mul(scale));
}
