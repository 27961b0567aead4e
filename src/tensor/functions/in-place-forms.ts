/** @file In-place forms of functions that write no kernel of their own for them: one list, from which the methods are made. */
import { applyInPlace } from "../../autograd/apply.ts";
import { isFloat } from "../../core/dtype.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import * as aliases from "./aliases.ts";
import { withName } from "./arguments.ts";
import * as arithmetic from "./arithmetic.ts";
import * as bitwise from "./bitwise.ts";
import * as comparison from "./comparison.ts";
import * as distances from "./distances.ts";
import * as elementwise from "./elementwise.ts";
import { writeBack } from "./in-place.ts";
import * as pointwise from "./pointwise.ts";
import * as products from "./products.ts";
import * as reduction from "./reduction.ts";
import * as shape from "./shape.ts";
import * as special from "./special.ts";

/** Functions of one float that a kernel of their name computes: it can write where it reads. */
const DIRECT = [
  ...(["acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "digamma", "erf", "erfc"] as const),
  ...(["erfinv", "exp2", "expm1", "floor", "frac", "lgamma", "log10", "log1p", "log2", "reciprocal"] as const),
  ...(["rsqrt", "sign", "sin", "sinc", "sinh", "tan", "trunc"] as const),
] as const;

/** All functions whose in-place form is made here. */
const FORMS = [
  ...DIRECT,
  ...(["deg2rad", "logit", "rad2deg", "round", "square", "nanToNum", "clampMax", "clampMin"] as const),
  ...(["atan2", "copysign", "floorDivide", "fmod", "heaviside", "hypot", "ldexp", "remainder", "xlogy"] as const),
  ...(["eq", "ge", "gt", "le", "lt", "ne", "logicalAnd", "logicalNot", "logicalOr", "logicalXor"] as const),
  ...(["bitwiseAnd", "bitwiseNot", "bitwiseOr", "bitwiseXor", "bitwiseLeftShift", "bitwiseRightShift"] as const),
  ...(["cumprod", "cumsum", "tril", "triu"] as const),
  ...(["addbmm", "addmm", "addmv", "addr", "baddbmm", "gcd", "i0", "lcm", "renorm", "sgn"] as const),
  ...(["absolute", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "clip", "fix"] as const),
  ...(["divide", "multiply", "negative", "subtract", "trueDivide", "nextafter"] as const),
  ...(["greater", "greaterEqual", "less", "lessEqual", "notEqual"] as const),
] as const;

const SOURCES = {
  ...{ ...aliases, ...arithmetic, ...bitwise, ...comparison, ...distances, ...elementwise, ...pointwise },
  ...{ ...products, ...reduction, ...shape, ...special },
};

type Functions = Pick<typeof SOURCES, (typeof FORMS)[number]>;

type Further<F> = F extends (input: never, ...args: infer A) => unknown ? A : never;

/**
 * The in-place forms, as methods. Each is documented as the function that it is made of; the result is written to the
 * tensor, whose dtype and shape it must fit, and the tensor is returned.
 */
export type InPlaceForms = {
  [Name in keyof Functions as `${Name}_`]: (...args: Further<Functions[Name]>) => Tensor;
};

type AnyForm = (this: Tensor, ...args: readonly unknown[]) => Tensor;

function formOf(name: (typeof FORMS)[number]): AnyForm {
  const op = `${name}_`;
  const compute = SOURCES[name] as (x: Tensor, ...args: readonly unknown[]) => Tensor;
  const direct = DIRECT.find((one) => one === name);
  return withName<AnyForm>(op, function (this: Tensor, ...args) {
    if (direct !== undefined && args.length === 0 && isFloat(this.dtype)) {
      return applyInPlace(ops[direct], op, this, [], null);
    }
    return writeBack(op, this, (old) => compute(old, ...args), args);
  });
}

/** Makes the methods of a class of tensors. */
export function defineInPlaceForms(prototype: object): void {
  for (const name of FORMS) {
    Object.defineProperty(prototype, `${name}_`, { value: formOf(name), writable: true, configurable: true });
  }
}
