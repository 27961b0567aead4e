/** @file Bitwise logic of integers and bools. */
import { apply } from "../../autograd/apply.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { arithmetic, operands } from "../type-promotion.ts";
import { type BinaryFunction, binary, unary } from "./arguments.ts";

function refuseFloat(op: string, ...inputs: readonly Tensor[]): void {
  const float = inputs.find(({ dtype }) => isFloat(dtype));
  if (float === undefined) return;
  throw new DTypeError(`[${op}] not implemented for ${float.dtype}. Convert with .int() or .bool() first.`);
}

function bitwise(name: "bitwiseAnd" | "bitwiseOr" | "bitwiseXor"): BinaryFunction {
  return binary(name, (a, b) => {
    refuseFloat(name, ...operands(name, a, b));
    return arithmetic(ops[name], a, b);
  });
}

/**
 * Element-wise "and" of the bits of integers, or logical "and" of bools, with broadcasting. Either operand may be a
 * number. On the GPU integers are exact up to 2²⁴.
 *
 * @throws DTypeError for floats.
 * @example bitwiseAnd(tensor([12, 7]).int(), 6); // tensor([4, 6])
 */
export const bitwiseAnd = bitwise("bitwiseAnd");

/**
 * Element-wise "or" of the bits of integers, or logical "or" of bools, with broadcasting. Either operand may be a number.
 * On the GPU integers are exact up to 2²⁴.
 *
 * @throws DTypeError for floats.
 * @example bitwiseOr(tensor([12, 7]).int(), 6); // tensor([14,  7])
 */
export const bitwiseOr = bitwise("bitwiseOr");

/**
 * Element-wise exclusive "or" of the bits of integers, or of bools, with broadcasting. Either operand may be a number. On
 * the GPU integers are exact up to 2²⁴.
 *
 * @throws DTypeError for floats.
 * @example bitwiseXor(tensor([12, 7]).int(), 6); // tensor([10,  1])
 */
export const bitwiseXor = bitwise("bitwiseXor");

/**
 * Element-wise complement of the bits of integers, or logical "not" of bools.
 *
 * @throws DTypeError for floats.
 * @example bitwiseNot(tensor([0, 5]).int()); // tensor([-1, -6])
 */
export const bitwiseNot = unary("bitwiseNot", (x) => {
  refuseFloat("bitwiseNot", x);
  return apply(ops.bitwiseNot, [x], null);
});
