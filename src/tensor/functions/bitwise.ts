/** @file Bitwise logic of integers and bools. */
import type { DType } from "../../../kernels/backend.ts";
import { apply } from "../../autograd/apply.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { ops } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { arithmetic, type Operand, operands, resultType } from "../type-promotion.ts";
import { type BinaryFunction, binary, unary } from "./arguments.ts";
import { floorDivide, power } from "./arithmetic.ts";
import { cast } from "./convert.ts";

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

/** Powers of two of at most 15 at a time, which every int32 shift of up to 31 is made of. */
function powers(n: Tensor, most: number): Tensor {
  return power("bitwiseRightShift", 2, n.clamp(0, most));
}

/** The operands in their common dtype, which is an integer one. */
function shiftOperands(op: string, a: Operand, b: Operand): [x: Tensor, places: Tensor, dtype: DType] {
  const [x, places] = operands(op, a, b);
  const dtype = resultType(x, places);
  if (isFloat(dtype) || dtype === "bool") {
    throw new DTypeError(`[${op}] not implemented for ${dtype}. Convert with .int() first.`);
  }
  return [cast(x, dtype), cast(places, dtype), dtype];
}

/**
 * Element-wise shift of the bits of integers to the left, with broadcasting: x·2ⁿ, of which an int32 keeps 32 bits.
 * Either operand may be a number.
 *
 * @throws DTypeError for floats, and for bools alone; ValueError for a negative number of places.
 * @example bitwiseLeftShift(tensor([1, 5]).int(), 2); // tensor([ 4, 20])
 */
export const bitwiseLeftShift = binary("bitwiseLeftShift", (a, b) => {
  const [x, places] = shiftOperands("bitwiseLeftShift", a, b);
  return x.mul(power("bitwiseLeftShift", 2, places));
});

/**
 * Element-wise shift of the bits of integers to the right, with broadcasting: ⌊x/2ⁿ⌋, so that the sign stays. Either
 * operand may be a number.
 *
 * @throws DTypeError for floats, and for bools alone.
 * @example bitwiseRightShift(tensor([20, -5]).int(), 2); // tensor([ 5, -2])
 */
export const bitwiseRightShift = binary("bitwiseRightShift", (a, b) => {
  const [x, n, dtype] = shiftOperands("bitwiseRightShift", a, b);
  const places = cast(n, "int32");
  const half = floorDivide(cast(x, "int32"), powers(places, 15));
  return cast(floorDivide(half, powers(places.sub(15), 16)), dtype);
});

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
