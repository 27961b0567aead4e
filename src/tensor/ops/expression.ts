/**
 * @file An element-wise expression computed with tensor operations: the differentiable form of a gradient that a kernel
 * computes in one pass.
 */
import { argsOf, type Expr } from "../../../kernels/ir/expression.ts";
import type { Tensor } from "../tensor.ts";

type Value = Tensor | number;

/** Operations that are methods of the same name. */
const METHODS = [
  "neg",
  "abs",
  "sqrt",
  "floor",
  "ceil",
  "trunc",
  "exp",
  "log",
  "log1p",
  "expm1",
  "sin",
  "cos",
  "tanh",
  "sinh",
  "cosh",
  "sigmoid",
  "erf",
  "digamma",
] as const;
type Method = (typeof METHODS)[number];

const isMethod = (op: string): op is Method => (METHODS as readonly string[]).includes(op);

/** What a comparison becomes when its operands change places. */
const SWAPPED = { eq: "eq", ne: "ne", lt: "gt", le: "ge", gt: "lt", ge: "le" } as const;

/** The value of an expression for tensors, which broadcast, and numbers. It is recorded if a gradient may be asked for. */
export function evaluate(root: Expr, inputs: readonly Tensor[], scalars: readonly number[]): Tensor {
  const values = new Map<Expr, Value>();
  const visit = (e: Expr): Value => {
    const known = values.get(e);
    if (known !== undefined) return known;
    const value = nodeValue(e, argsOf(e).map(visit), inputs, scalars);
    values.set(e, value);
    return value;
  };
  return tensorOf(visit(root), root);
}

function tensorOf(value: Value | undefined, e: Expr): Tensor {
  if (value === undefined || typeof value === "number") throw new TypeError(`${e.op} of numbers alone`);
  return value;
}

function nodeValue(e: Expr, args: readonly Value[], inputs: readonly Tensor[], scalars: readonly number[]): Value {
  const [x, y, z] = args;
  switch (e.op) {
    case "input":
      return tensorOf(inputs[e.index], e);
    case "scalar":
      return scalars[e.index] ?? 0;
    case "const":
      return e.value;
    case "add":
    case "mul":
      return typeof x === "number" ? tensorOf(y, e)[e.op](x) : tensorOf(x, e)[e.op](y ?? 0);
    case "sub":
      return typeof x === "number" ? tensorOf(y, e).neg().add(x) : tensorOf(x, e).sub(y ?? 0);
    case "div":
      return typeof x === "number" ? tensorOf(y, e).reciprocal().mul(x) : tensorOf(x, e).div(y ?? 1);
    case "max":
    case "min": {
      const [a, b] = typeof x === "number" ? [tensorOf(y, e), x] : [tensorOf(x, e), y ?? 0];
      if (typeof b !== "number") return e.op === "max" ? a.maximum(b) : a.minimum(b);
      return e.op === "max" ? a.clamp(b, null) : a.clamp(null, b);
    }
    case "eq":
    case "ne":
    case "lt":
    case "le":
    case "gt":
    case "ge":
      return typeof x === "number" ? tensorOf(y, e)[SWAPPED[e.op]](x) : tensorOf(x, e)[e.op](y ?? 0);
    case "and":
      return tensorOf(x, e).logicalAnd(tensorOf(y, e));
    case "or":
      return tensorOf(x, e).logicalOr(tensorOf(y, e));
    case "not":
      return tensorOf(x, e).logicalNot();
    case "select": {
      const mask = tensorOf(x, e);
      if (y !== undefined && typeof y !== "number") return y.where(mask, z ?? 0);
      const other = typeof z === "number" ? tensorOf(inputs[0], e).newZeros([]).add(z) : tensorOf(z, e);
      return other.where(mask.logicalNot(), y ?? 0);
    }
    case "narrow":
      return tensorOf(x, e);
    case "nearest":
      return tensorOf(x, e).round();
    default:
      // -x of a number: a scalar of the operation.
      if (e.op === "neg" && typeof x === "number") return -x;
      if (isMethod(e.op)) return tensorOf(x, e)[e.op]();
      throw new TypeError(`${e.op} has no differentiable form`);
  }
}
