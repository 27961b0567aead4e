/** @file What an expression means: its value for one element, node by node, each rounded or wrapped to its kind. */
import { argsOf, type Expr, type Kind } from "../../../kernels/ir/expression.ts";

/** What a kind holds of a number: a mask 0 or 1. */
export function held(kind: Kind, value: number): number {
  switch (kind) {
    case "f32":
      return Math.fround(value);
    case "f64":
      return value;
    case "i32":
      return value | 0;
    case "u8":
      return value & 255;
    case "mask":
      return value === 0 ? 0 : 1;
  }
}

function nearest(x: number): number {
  const floor = Math.floor(x);
  if (x - floor === 0.5) return floor % 2 === 0 ? floor : floor + 1 || (x < 0 ? -0 : 0);
  return Math.round(x);
}

/** Powers modulo 2³²; of a negative exponent the inverse of 1 and −1, else 0. */
function wholePower(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let [result, base, left] = [1n, BigInt(x), y];
  for (; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = BigInt.asIntN(32, result * base);
    base = BigInt.asIntN(32, base * base);
  }
  return Number(result);
}

function nodeValue(e: Expr, args: readonly number[], inputs: readonly number[], scalars: readonly number[]): number {
  const [x = 0, y = 0, z = 0] = args;
  switch (e.op) {
    case "input":
      return inputs[e.index] ?? 0;
    case "scalar":
      return scalars[e.index] ?? 0;
    case "const":
      return e.value;
    case "neg":
      return -x;
    case "abs":
      return Math.abs(x);
    case "sqrt":
      return Math.sqrt(x);
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "trunc":
      return Math.trunc(x);
    case "nearest":
      return nearest(x);
    case "bitNot":
      return ~x;
    case "add":
      return x + y;
    case "sub":
      return x - y;
    case "mul":
      return e.kind === "i32" ? Math.imul(x, y) : x * y;
    case "div":
      return x / y;
    case "min":
      return Math.min(x, y);
    case "max":
      return Math.max(x, y);
    case "bitAnd":
      return x & y;
    case "bitOr":
      return x | y;
    case "bitXor":
      return x ^ y;
    case "intPow":
      return wholePower(x, y);
    case "eq":
      return Number(x === y);
    case "ne":
    case "xor":
      return Number(x !== y);
    case "lt":
      return Number(x < y);
    case "le":
      return Number(x <= y);
    case "gt":
      return Number(x > y);
    case "ge":
      return Number(x >= y);
    case "and":
      return x && y;
    case "or":
      return x || y;
    case "not":
      return 1 - x;
    case "select":
      return x ? y : z;
    case "convert":
      return x;
    default:
      throw new TypeError(`${e.op} has no exact value`);
  }
}

/** The value of an expression that calls no function. Inputs and scalars are numbers of their kinds. */
export function interpret(root: Expr, inputs: readonly number[], scalars: readonly number[]): number {
  const values = new Map<Expr, number>();
  const visit = (e: Expr): number => {
    const known = values.get(e);
    if (known !== undefined) return known;
    const value = held(e.kind, nodeValue(e, argsOf(e).map(visit), inputs, scalars));
    values.set(e, value);
    return value;
  };
  return visit(root);
}
