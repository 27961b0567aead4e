/** @file Arithmetic of two operands, with broadcasting and PyTorch's promotion. */

import type { DType } from "../../../kernels/backend.ts";
import { apply } from "../../autograd/apply.ts";
import { type Args, keyword, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ValueError } from "../../core/errors.ts";
import { aNumber, anOperand, aString, aTensor } from "../../core/kinds.ts";
import { ops } from "../ops/index.ts";
import { stored } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { arithmetic, floatArithmetic, floatUnary, type Operand, operands, resultType } from "../type-promotion.ts";
import {
  binary,
  isTensorAndOperand,
  type OperandArgs,
  type OtherArgs,
  tensorPair,
  unary,
  withName,
} from "./arguments.ts";
import { cast } from "./convert.ts";
import { withGradFnName } from "./grad-fn-name.ts";

/** Option of `add` and `sub`. */
export interface AlphaOption {
  /** Multiplier of the second operand. Default 1. */
  readonly alpha?: number | undefined;
}

/** Option of `div`. */
export interface RoundingOption {
  /** Rounding of the quotient: "trunc" towards 0, "floor" down, or null (default) for the true quotient. */
  readonly roundingMode?: "trunc" | "floor" | null | undefined;
}

export type AddArgs = Args<[other: Operand], [], { other: Operand } & AlphaOption>;
export type DivArgs = Args<[other: Operand], [], { other: Operand } & RoundingOption>;

function alphaSignature(op: string) {
  return signature(op, { input: required(anOperand), other: required(anOperand), alpha: keyword(aNumber, 1) });
}

const ADD = alphaSignature("add");
const SUB = alphaSignature("sub");

function isBool(x: Operand): boolean {
  return typeof x === "boolean" || (typeof x === "object" && x.dtype === "bool");
}

/** Throws a DTypeError for bools on either side of a difference. */
export function checkDifference(op: string, a: Operand, b: Operand): void {
  if (!isBool(a) && !isBool(b)) return;
  throw new DTypeError(
    isBool(a) && isBool(b)
      ? `[${op}] Subtraction, the \`-\` operator, with two bool tensors is not supported. Use ne() for exclusive or, or convert with .int().`
      : `[${op}] Subtraction, the \`-\` operator, with a bool tensor is not supported. Use logicalNot() to invert a mask, or convert with .int().`,
  );
}

/** Throws a DTypeError for a function that PyTorch does not have for bools. */
export function refuseBool(op: string, ...operands: readonly Operand[]): void {
  if (operands.every(isBool)) {
    throw new DTypeError(`[${op}] not implemented for bool tensors. Convert with .int() or .float() first.`);
  }
}

/**
 * `alpha` as kernels take it: a number of the result's dtype.
 *
 * @throws ValueError for a fraction beside integers.
 */
export function scaleOf(op: string, alpha: number, dtype: DType): number {
  if (isFloat(dtype)) return alpha;
  if (!Number.isInteger(alpha)) {
    throw new ValueError(`[${op}] For integral input tensors, argument alpha must not be a floating point number.`);
  }
  const scale = stored(op, alpha, dtype);
  return dtype === "uint8" ? scale & 255 : scale;
}

function addScaled(name: "add" | "sub", a: Operand, b: Operand, alpha: number): Tensor {
  const [x, y] = operands(name, a, b);
  const dtype = resultType(x, y);
  const scale = scaleOf(name, name === "add" ? alpha : -alpha, dtype);
  if (dtype === "bool") return arithmetic(ops.add, x, arithmetic(ops.mul, y, scale !== 0));
  return apply(name === "add" ? ops.addScaled : ops.subScaled, [cast(x, dtype), cast(y, dtype)], scale);
}

/**
 * Adds `alpha`·`other` to the input, element-wise with broadcasting and type promotion. Either operand may be a number.
 *
 * @throws ShapeError for shapes that do not broadcast; ValueError for a fractional `alpha` beside integers.
 * @example
 * ```ts
 * add(tensor([1, 2]), 10); // tensor([11., 12.])
 * add(tensor([1, 2]), tensor([10, 20]), { alpha: 2 }); // tensor([21., 42.])
 * ```
 */
export function add(x: Operand, ...args: AddArgs): Tensor {
  if (isTensorAndOperand(x, args)) return arithmetic(ops.add, x, args[0]);
  const { input, other, alpha } = ADD.read([x, ...args]);
  return alpha === 1 ? arithmetic(ops.add, input, other) : addScaled("add", input, other, alpha);
}

/**
 * Subtracts `alpha`·`other` from the input, element-wise with broadcasting and type promotion. Either operand may be a
 * number.
 *
 * @throws DTypeError for a bool operand; ShapeError for shapes that do not broadcast.
 * @example
 * ```ts
 * sub(tensor([5, 7]), tensor([1, 2])); // tensor([4., 5.])
 * sub(1, tensor([0.25])); // tensor([0.7500])
 * ```
 */
export function sub(x: Operand, ...args: AddArgs): Tensor {
  const { input, other, alpha } = isTensorAndOperand(x, args)
    ? { input: x, other: args[0], alpha: 1 }
    : SUB.read([x, ...args]);
  checkDifference("sub", input, other);
  return alpha === 1 ? arithmetic(ops.sub, input, other) : addScaled("sub", input, other, alpha);
}

/**
 * Multiplies element-wise, with broadcasting and type promotion. Either operand may be a number.
 *
 * @throws ShapeError for shapes that do not broadcast.
 * @example mul(tensor([1, 2]), tensor([3, 4])); // tensor([3., 8.])
 */
export const mul = binary("mul", (a, b) => arithmetic(ops.mul, a, b));

const DIV = signature("div", {
  input: required(anOperand),
  other: required(anOperand),
  roundingMode: keyword(aString, null),
});

/**
 * Divides element-wise, with broadcasting and type promotion. The true quotient of integers is float32; with
 * `roundingMode` "trunc" or "floor" the quotient is rounded and keeps the common dtype.
 *
 * @throws ShapeError for shapes that do not broadcast; ValueError for another rounding mode.
 * @example
 * ```ts
 * div(tensor([1, 2]), 2); // tensor([0.5000, 1.0000])
 * div(tensor([-7, 7]), 2, { roundingMode: "trunc" }); // tensor([-3., 3.])
 * ```
 */
export function div(x: Operand, ...args: DivArgs): Tensor {
  if (isTensorAndOperand(x, args)) return floatArithmetic(ops.div, x, args[0]);
  const { input, other, roundingMode } = DIV.read([x, ...args]);
  return quotient("div", input, other, roundingMode);
}

/** {@link div} for `op`, whose arguments have been read. */
export function quotient(op: string, a: Operand, b: Operand, roundingMode: string | null): Tensor {
  if (roundingMode === null) return floatArithmetic(ops.div, a, b);
  if (roundingMode !== "floor" && roundingMode !== "trunc") {
    throw new ValueError(
      `[${op}] div expected rounding_mode to be one of null, "trunc", or "floor" but found ${JSON.stringify(roundingMode)}`,
    );
  }
  refuseBool(op, a, b);
  if (roundingMode === "floor") return arithmetic(ops.floorDivide, a, b);
  const [x, y] = operands(op, a, b);
  const dtype = resultType(x, y);
  if (isFloat(dtype)) return arithmetic(ops.truncDivide, a, b);
  // ⌊|a|/|b|⌋ with the sign of the quotient, of operands in their common dtype: exact, where float32 would round.
  const [left, right] = [cast(x, dtype), cast(y, dtype)];
  const size = left.abs().floorDivide(right.abs());
  return size.mul(left.sign()).mul(right.sign());
}

/**
 * Element-wise remainder of division, a − b·⌊a/b⌋: it has the sign of the divisor, as Python's `%`.
 *
 * @throws DTypeError if both operands are bools.
 * @example remainder(tensor([-5, 5]), 3); // tensor([1., 2.])
 */
export const remainder = binary("remainder", (a, b) => {
  refuseBool("remainder", a, b);
  const result = arithmetic(ops.remainder, a, b);
  return typeof b === "object" ? result : withGradFnName("RemainderBackward0", result);
});

const FMOD = signature("fmod", { input: required(aTensor), other: required(anOperand) });

/**
 * Element-wise remainder of division, a − b·trunc(a/b): it has the sign of the dividend, as C's `fmod` and JavaScript's
 * `%`.
 *
 * @throws DTypeError if both operands are bools.
 * @example fmod(tensor([-5, 5]), 3); // tensor([-2., 2.])
 */
export function fmod(x: Tensor, ...args: OperandArgs): Tensor {
  const { input, other } = isTensorAndOperand(x, args) ? { input: x, other: args[0] } : FMOD.read([x, ...args]);
  refuseBool("fmod", input, other);
  const result = arithmetic(ops.fmod, input, other);
  return typeof other === "object" ? result : withGradFnName("FmodBackward0", result);
}

/**
 * Element-wise floor division, ⌊input/other⌋, in the common dtype: `torch.div(a, b, rounding_mode="floor")`.
 *
 * @throws DTypeError if both operands are bools.
 * @example floorDivide(tensor([7, -7]), 2); // tensor([3., -4.])
 */
export const floorDivide = binary("floorDivide", (a, b) => {
  refuseBool("floorDivide", a, b);
  return arithmetic(ops.floorDivide, a, b);
});

export type PowArgs = Args<[exponent: Operand], [], { exponent: Operand }>;

const POW = signature("pow", { input: required(anOperand), exponent: required(anOperand) });

/**
 * Raises the input to a power, element-wise with broadcasting. Base or exponent may be a number.
 *
 * @throws DTypeError if both operands are bools; ValueError for integers to a negative power.
 * @example
 * ```ts
 * pow(tensor([1, 2, 3]), 2); // tensor([1., 4., 9.])
 * pow(2, tensor([0, 3])); // tensor([1., 8.])
 * ```
 */
export function pow(x: Operand, ...args: PowArgs): Tensor {
  if (isTensorAndOperand(x, args)) return power("pow", x, args[0]);
  const { input, exponent } = POW.read([x, ...args]);
  return power("pow", input, exponent);
}

/** {@link pow} for `op`, whose arguments have been read. */
export function power(op: string, base: Operand, exponent: Operand): Tensor {
  refuseBool(op, base, exponent);
  if (typeof exponent === "boolean") return power(op, base, Number(exponent));
  if (typeof base === "number") return withGradFnName("PowBackward2", arithmetic(ops.pow, base, exponent));
  if (typeof exponent !== "number" || typeof base === "boolean") return arithmetic(ops.pow, base, exponent);
  const [a, b] = operands(op, base, exponent);
  const dtype = resultType(a, b);
  if (!isFloat(dtype) && exponent < 0) {
    throw new ValueError(`[${op}] Integers to negative integer powers are not allowed. Convert with .float() first.`);
  }
  return apply(ops.powScalar, [cast(a, dtype), cast(b, dtype)], exponent);
}

/**
 * Element-wise square.
 *
 * @throws DTypeError for a bool tensor.
 * @example square(tensor([2, -3])); // tensor([4., 9.])
 */
export const square = unary("square", (x) => power("square", x, 2));

/**
 * Element-wise maximum of two tensors, with broadcasting. NaN wins; at a tie each operand gets half of the gradient.
 *
 * @example maximum(tensor([1, 5]), tensor([3, 2])); // tensor([3., 5.])
 */
export const maximum = binary("maximum", (a, b) => arithmetic(ops.maximum, a, b));

/**
 * Element-wise minimum of two tensors, with broadcasting. NaN wins; at a tie each operand gets half of the gradient.
 *
 * @example minimum(tensor([1, 5]), tensor([3, 2])); // tensor([1., 2.])
 */
export const minimum = binary("minimum", (a, b) => arithmetic(ops.minimum, a, b));

const ATAN2 = tensorPair("atan2", "other");

/**
 * Element-wise angle of the point (other, input), in radians from −π to π, with broadcasting. Integers become float32.
 *
 * @example atan2(tensor([1, -1]), tensor([0, 0])); // tensor([1.5708, -1.5708])
 */
export function atan2(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = ATAN2.read([x, ...args]);
  return floatArithmetic(ops.atan2, input, other);
}

/** A function of two tensors of which one must have a floating dtype. */
function floatPair(name: "hypot" | "logaddexp" | "logaddexp2") {
  const SIGNATURE = tensorPair(name, "other");
  return withName(name, (x: Tensor, ...args: OtherArgs): Tensor => {
    const { input, other } = SIGNATURE.read([x, ...args]);
    if (!isFloat(resultType(input, other))) {
      throw new DTypeError(`[${name}] not implemented for ${input.dtype} and ${other.dtype}. Convert with .float().`);
    }
    return arithmetic(ops[name], input, other);
  });
}

/**
 * Element-wise length of the hypotenuse, √(a² + b²), computed without overflow, with broadcasting.
 *
 * @throws DTypeError if neither operand has a floating dtype.
 * @example hypot(tensor([3, 5]), tensor([4, 12])); // tensor([5., 13.])
 */
export const hypot = floatPair("hypot");

/**
 * Element-wise log(eᵃ + eᵇ), computed without overflow, with broadcasting.
 *
 * @throws DTypeError if neither operand has a floating dtype.
 * @example logaddexp(tensor([0]), tensor([0])); // tensor([0.6931])
 */
export const logaddexp = floatPair("logaddexp");

/**
 * Element-wise log₂(2ᵃ + 2ᵇ), computed without overflow, with broadcasting.
 *
 * @throws DTypeError if neither operand has a floating dtype.
 * @example logaddexp2(tensor([1, 3]), tensor([1, 3])); // tensor([2., 4.])
 */
export const logaddexp2 = floatPair("logaddexp2");

/**
 * Element-wise input·log(other), 0 where the input is 0, unless `other` is NaN. Either operand may be a number. Integers
 * become float32.
 *
 * @example xlogy(tensor([0, 2]), tensor([0, 3])); // tensor([0.0000, 2.1972])
 */
export const xlogy = binary("xlogy", (a, b) => {
  const result = floatArithmetic(ops.xlogy, a, b);
  if (typeof a !== "object") return withGradFnName("XlogyBackward1", result);
  return typeof b === "object" ? result : withGradFnName("XlogyBackward2", result);
});

const COPYSIGN = signature("copysign", { input: required(aTensor), other: required(anOperand) });

/**
 * The size of the input with the sign of `other`, element-wise; −0 has one, too. Integers become float32.
 *
 * @example copysign(tensor([1, -2]), tensor([-0, 3])); // tensor([-1., 2.])
 */
export function copysign(x: Tensor, ...args: OperandArgs): Tensor {
  const { input, other } = COPYSIGN.read([x, ...args]);
  const result = floatArithmetic(ops.copysign, input, other);
  return typeof other === "object" ? result : withGradFnName("CopysignBackward1", result);
}

const LDEXP = tensorPair("ldexp", "other");

/**
 * Element-wise input·2ᵒᵗʰᵉʳ, with broadcasting. Integers become float32.
 *
 * @example ldexp(tensor([1, 3]), tensor([4, -1])); // tensor([16.0000,  1.5000])
 */
export function ldexp(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = LDEXP.read([x, ...args]);
  return arithmetic(ops.mul, input, floatUnary(ops.exp2, other));
}

/** The arguments of {@link heaviside} after the input. */
export type HeavisideArgs = Args<[values: Tensor], [], { readonly values: Tensor }>;

const HEAVISIDE = tensorPair("heaviside", "values");

/**
 * Heaviside step function, element-wise: 0 below 0, 1 above, and `values` where the input is 0. It has no gradient.
 *
 * @throws DTypeError for operands of different dtypes.
 * @example heaviside(tensor([-2, 0, 3]), tensor(0.5)); // tensor([0.0000, 0.5000, 1.0000])
 */
export function heaviside(x: Tensor, ...args: HeavisideArgs): Tensor {
  const { input, values } = HEAVISIDE.read([x, ...args]);
  if (input.dtype !== values.dtype) {
    throw new DTypeError(
      `[heaviside] heaviside is not yet implemented for tensors with different dtypes, but got ${input.dtype} and ${values.dtype}. Convert one of them with .to(…).`,
    );
  }
  return apply(ops.heaviside, [input, values], null);
}
