/** @file Comparison and logic: element-wise bool tensors without gradient, and tests of whole tensors. */
import { sameShape } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, aTensor } from "../../core/kinds.ts";
import { broadcastShapes } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import { fits } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { arithmetic, type Operand } from "../type-promotion.ts";
import { type BinaryFunction, binary, type OtherArgs, tensorPair, unary } from "./arguments.ts";
import { cast } from "./convert.ts";

/** Converts an integer tensor to a dtype that also holds the number it is compared with. */
function toComparable(x: Operand, other: Operand): Operand {
  if (typeof other !== "number" || typeof x !== "object" || fits(other, x.dtype)) return x;
  return cast(x, Math.abs(other) < 2 ** 31 ? "int32" : "float64");
}

function comparison(name: "eq" | "ne" | "lt" | "le" | "gt" | "ge"): BinaryFunction {
  return binary(name, (a, b) => arithmetic(ops[name], toComparable(a, b), toComparable(b, a)));
}

/**
 * Element-wise equality, with broadcasting: a bool tensor.
 *
 * @example eq(tensor([1, 2]), tensor([1, 3])); // tensor([True, False])
 */
export const eq = comparison("eq");

/**
 * Element-wise inequality, with broadcasting: a bool tensor.
 *
 * @example ne(tensor([1, 2]), tensor([1, 3])); // tensor([False, True])
 */
export const ne = comparison("ne");

/**
 * Element-wise `input < other`, with broadcasting: a bool tensor.
 *
 * @example lt(tensor([1, 2, 3]), 2); // tensor([True, False, False])
 */
export const lt = comparison("lt");

/**
 * Element-wise `input ≤ other`, with broadcasting: a bool tensor.
 *
 * @example le(tensor([1, 2, 3]), 2); // tensor([True, True, False])
 */
export const le = comparison("le");

/**
 * Element-wise `input > other`, with broadcasting: a bool tensor.
 *
 * @example gt(tensor([1, 2, 3]), 2); // tensor([False, False, True])
 */
export const gt = comparison("gt");

/**
 * Element-wise `input ≥ other`, with broadcasting: a bool tensor.
 *
 * @example ge(tensor([1, 2, 3]), 2); // tensor([False, True, True])
 */
export const ge = comparison("ge");

/**
 * Element-wise logical and; every element that is not 0 counts as true.
 *
 * @example logicalAnd(tensor([true, true]), tensor([true, false])); // tensor([True, False])
 */
export const logicalAnd = binary("logicalAnd", (a, b) => arithmetic(ops.logicalAnd, a, b));

/**
 * Element-wise logical or; every element that is not 0 counts as true.
 *
 * @example logicalOr(tensor([true, false]), tensor([false, false])); // tensor([True, False])
 */
export const logicalOr = binary("logicalOr", (a, b) => arithmetic(ops.logicalOr, a, b));

/**
 * Element-wise logical not: true where an element is 0.
 *
 * @example logicalNot(tensor([true, false])); // tensor([False, True])
 */
export const logicalNot = unary("logicalNot", (x) => apply(ops.logicalNot, [x], null));

const LOGICAL_XOR = tensorPair("logicalXor", "other");

/**
 * Element-wise exclusive or; every element that is not 0 counts as true.
 *
 * @example logicalXor(tensor([true, true]), tensor([true, false])); // tensor([False, True])
 */
export function logicalXor(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = LOGICAL_XOR.read([x, ...args]);
  return arithmetic(ops.logicalXor, input, other);
}

/**
 * Tests each element for NaN: a bool tensor.
 *
 * @example isnan(tensor([1, Number.NaN])); // tensor([False, True])
 */
export const isnan = unary("isnan", (x) => apply(ops.isnan, [x], null));

/**
 * Tests each element for being neither NaN nor infinite: a bool tensor.
 *
 * @example isfinite(tensor([1, Infinity, Number.NaN])); // tensor([True, False, False])
 */
export const isfinite = unary("isfinite", (x) => apply(ops.isfinite, [x], null));

/**
 * Tests each element for ∞ and −∞: a bool tensor.
 *
 * @example isinf(tensor([1, -Infinity])); // tensor([False, True])
 */
export const isinf = unary("isinf", (x) => apply(ops.isinf, [x], null));

/**
 * Tests each element for ∞: a bool tensor.
 *
 * @example isposinf(tensor([Infinity, -Infinity])); // tensor([True, False])
 */
export const isposinf = unary("isposinf", (x) => apply(ops.isposinf, [x], null));

/**
 * Tests each element for −∞: a bool tensor.
 *
 * @example isneginf(tensor([Infinity, -Infinity])); // tensor([False, True])
 */
export const isneginf = unary("isneginf", (x) => apply(ops.isneginf, [x], null));

/**
 * Tests each element for the sign "minus", which −0 has, too: a bool tensor.
 *
 * @example signbit(tensor([2, -0, -3])); // tensor([False, True, True])
 */
export const signbit = unary("signbit", (x) => apply(ops.signbit, [x], null));

/** Options of `isclose` and `allclose`. */
export interface ToleranceOptions {
  /** Relative tolerance. Default 1e-5. */
  readonly rtol?: number | undefined;
  /** Absolute tolerance. Default 1e-8. */
  readonly atol?: number | undefined;
  /** If true, two NaNs are equal. Default false. */
  readonly equalNan?: boolean | undefined;
}

export type CloseArgs = Args<
  [other: Tensor],
  [rtol: number, atol: number, equalNan: boolean],
  { other: Tensor } & ToleranceOptions
>;

function closeSignature(op: string) {
  return signature(op, {
    input: required(aTensor),
    other: required(aTensor),
    rtol: optional(aNumber, 1e-5),
    atol: optional(aNumber, 1e-8),
    equalNan: optional(aBoolean, false),
  });
}

function checkSameDType(op: string, a: Tensor, b: Tensor): void {
  if (a.dtype === b.dtype) return;
  throw new DTypeError(`[${op}] ${a.dtype} did not match ${b.dtype}. Convert one of them with .to(…).`);
}

function checkTolerances(op: string, rtol: number, atol: number): void {
  for (const [name, value] of Object.entries({ rtol, atol })) {
    if (!(value >= 0)) throw new ValueError(`[${op}] ${name} must be greater than or equal to zero, but got ${value}`);
  }
}

const ISCLOSE = closeSignature("isclose");

/**
 * Element-wise closeness, |a − b| ≤ atol + rtol·|b|: a bool tensor. Infinities are close only to themselves.
 *
 * @throws DTypeError for operands of different dtypes; ValueError for a negative tolerance.
 * @example isclose(tensor([1, 2]), tensor([1.000001, 2.1])); // tensor([True, False])
 */
export function isclose(x: Tensor, ...args: CloseArgs): Tensor {
  const { input: a, other: b, rtol, atol, equalNan } = ISCLOSE.read([x, ...args]);
  checkSameDType("isclose", a, b);
  checkTolerances("isclose", rtol, atol);
  return noGrad(() => {
    const same = equalNan ? a.eq(b).logicalOr(a.isnan().logicalAnd(b.isnan())) : a.eq(b);
    const [left, right] = isFloat(a.dtype) ? [a, b] : [a.double(), b.double()];
    const distance = left.sub(right).abs();
    return same.logicalOr(distance.isfinite().logicalAnd(distance.le(right.mul(rtol).abs().add(atol))));
  });
}

const ALLCLOSE = closeSignature("allclose");

/**
 * Tests that all elements are close: |a − b| ≤ atol + rtol·|b|. Reads synchronously.
 *
 * @throws DTypeError for operands of different dtypes; ValueError for a negative tolerance.
 * @example
 * ```ts
 * allclose(tensor([1, 2]), tensor([1, 2.1])); // false
 * allclose(tensor([1, 2]), tensor([1, 2.1]), { atol: 0.2 }); // true
 * ```
 */
export function allclose(x: Tensor, ...args: CloseArgs): boolean {
  const { input, other, rtol, atol, equalNan } = ALLCLOSE.read([x, ...args]);
  checkSameDType("allclose", input, other);
  checkTolerances("allclose", rtol, atol);
  const shape = broadcastShapes("allclose", input.shape, other.shape);
  const [a, b] = noGrad(() => [input.expand(shape).dataSync(), other.expand(shape).dataSync()] as const);
  return a.every((p, i) => {
    const q = b[i] as number;
    if (p === q) return true;
    if (Number.isNaN(p) || Number.isNaN(q)) return equalNan && Number.isNaN(p) && Number.isNaN(q);
    return Number.isFinite(p) && Number.isFinite(q) && Math.abs(p - q) <= atol + rtol * Math.abs(q);
  });
}

const EQUAL = tensorPair("equal", "other");

/**
 * Tests for the same shape and the same elements. Reads synchronously.
 *
 * @example equal(tensor([1, 2]), tensor([1, 2])); // true
 */
export function equal(x: Tensor, ...args: OtherArgs): boolean {
  const { input, other } = EQUAL.read([x, ...args]);
  if (!sameShape(input.shape, other.shape)) return false;
  const [a, b] = noGrad(() => [input.dataSync(), other.dataSync()] as const);
  // A function for each element takes twenty times as long.
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
