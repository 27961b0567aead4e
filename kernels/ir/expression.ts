/**
 * @file The language of element-wise kernels: expressions over a few primitives, from which every device gets its code.
 *
 * An expression is a graph of {@link Expr} nodes: a node that is used twice is computed once. It is built for one kind of
 * element, so a definition can look at `x.kind` where integers need another formula than floats. `wasm.ts` turns an
 * expression into a SIMD kernel, `javascript.ts` into a loop, and the GPU's sources into a kernel of gpu.js.
 */

/** What an expression gives for each element. A `mask` is true or false; it is what dtype "bool" holds. */
export type Kind = "f32" | "f64" | "i32" | "u8" | "mask";

/** Functions that are approximated by polynomials: a module of their own has them for vectors. */
export const MATH_1 = [
  "exp",
  "log",
  "log1p",
  "expm1",
  "exp2",
  "log2",
  "log10",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "erfc",
  "erfinv",
  "sigmoid",
  "lgamma",
  "digamma",
] as const;
export const MATH_2 = ["pow", "atan2", "fmod"] as const;

export type Math1 = (typeof MATH_1)[number];
export type Math2 = (typeof MATH_2)[number];

/** Of one number, with a result of the same kind. */
export type Unary = "neg" | "abs" | "sqrt" | "floor" | "ceil" | "trunc" | "nearest" | "bitNot";
/** Of two numbers of one kind, with a result of that kind. */
export type Binary = "add" | "sub" | "mul" | "div" | "min" | "max" | "bitAnd" | "bitOr" | "bitXor";
/** Of two numbers of one kind. */
export type Comparison = "eq" | "ne" | "lt" | "le" | "gt" | "ge";
/** Of masks. */
export type Logic = "and" | "or" | "xor" | "not";

export type Expr =
  /** Element of input `index`. */
  | { readonly op: "input"; readonly kind: Kind; readonly index: number }
  /** A number that every call of the kernel gets. */
  | { readonly op: "scalar"; readonly kind: Kind; readonly index: number }
  | { readonly op: "const"; readonly kind: Kind; readonly value: number }
  /** Rounded to its kind, where a device computes in a wider one. */
  | { readonly op: "narrow"; readonly kind: Kind; readonly args: readonly [Expr] }
  | { readonly op: Unary | Math1; readonly kind: Kind; readonly args: readonly [Expr] }
  | { readonly op: Binary | Math2 | "intPow"; readonly kind: Kind; readonly args: readonly [Expr, Expr] }
  | { readonly op: Comparison; readonly kind: "mask"; readonly args: readonly [Expr, Expr] }
  | { readonly op: Logic; readonly kind: "mask"; readonly args: readonly Expr[] }
  | { readonly op: "select"; readonly kind: Kind; readonly args: readonly [mask: Expr, yes: Expr, no: Expr] }
  /** As JavaScript's conversions: fractions are cut off, integers wrap, NaN becomes 0; of a mask 0 or 1, to a mask ≠ 0. */
  | { readonly op: "convert"; readonly kind: Kind; readonly args: readonly [Expr] };

export type ExprOp = Expr["op"];

/** An operand: an expression, or a number that takes the kind of the other operand. */
export type Operand = Expr | number;

/** The arguments of a node; none for leaves. */
export function argsOf(e: Expr): readonly Expr[] {
  return "args" in e ? e.args : [];
}

export function isFloat({ kind }: Expr): boolean {
  return kind === "f32" || kind === "f64";
}

/** A number of a kind. */
export function constant(kind: Kind, value: number): Expr {
  return { op: "const", kind, value };
}

function unary(op: Unary | Math1, x: Expr): Expr {
  return { op, kind: x.kind, args: [x] };
}

function pair(op: string, a: Operand, b: Operand): readonly [Expr, Expr] {
  if (typeof a === "number") {
    if (typeof b === "number") throw new TypeError(`${op}: one of the operands must be an expression`);
    return [constant(b.kind, a), b];
  }
  if (typeof b === "number") return [a, constant(a.kind, b)];
  if (a.kind !== b.kind) throw new TypeError(`${op}: operands of kind ${a.kind} and ${b.kind}`);
  return [a, b];
}

function binary(op: Binary | Math2 | "intPow", a: Operand, b: Operand): Expr {
  const args = pair(op, a, b);
  return { op, kind: args[0].kind, args };
}

function compare(op: Comparison, a: Operand, b: Operand): Expr {
  return { op, kind: "mask", args: pair(op, a, b) };
}

export const neg = (x: Expr): Expr => unary("neg", x);
export const abs = (x: Expr): Expr => (x.kind === "u8" ? x : unary("abs", x));
export const sqrt = (x: Expr): Expr => unary("sqrt", x);
export const floor = (x: Expr): Expr => unary("floor", x);
export const ceil = (x: Expr): Expr => unary("ceil", x);
export const trunc = (x: Expr): Expr => unary("trunc", x);
/** The nearest integer; halves go to the even one. */
export const nearest = (x: Expr): Expr => unary("nearest", x);
export const bitNot = (x: Expr): Expr => unary("bitNot", x);
export const math = (op: Math1, x: Expr): Expr => unary(op, x);

export const add = (a: Operand, b: Operand): Expr => binary("add", a, b);
export const sub = (a: Operand, b: Operand): Expr => binary("sub", a, b);
export const mul = (a: Operand, b: Operand): Expr => binary("mul", a, b);
export const div = (a: Operand, b: Operand): Expr => binary("div", a, b);
/** The smaller operand; NaN if one is NaN. */
export const min = (a: Operand, b: Operand): Expr => binary("min", a, b);
/** The larger operand; NaN if one is NaN. */
export const max = (a: Operand, b: Operand): Expr => binary("max", a, b);
export const bitAnd = (a: Operand, b: Operand): Expr => binary("bitAnd", a, b);
export const bitOr = (a: Operand, b: Operand): Expr => binary("bitOr", a, b);
export const bitXor = (a: Operand, b: Operand): Expr => binary("bitXor", a, b);
export const math2 = (op: Math2, a: Operand, b: Operand): Expr => binary(op, a, b);
/** Power of integers modulo 2³²: see `powInteger`. */
export const intPow = (a: Operand, b: Operand): Expr => binary("intPow", a, b);

export const eq = (a: Operand, b: Operand): Expr => compare("eq", a, b);
export const ne = (a: Operand, b: Operand): Expr => compare("ne", a, b);
export const lt = (a: Operand, b: Operand): Expr => compare("lt", a, b);
export const le = (a: Operand, b: Operand): Expr => compare("le", a, b);
export const gt = (a: Operand, b: Operand): Expr => compare("gt", a, b);
export const ge = (a: Operand, b: Operand): Expr => compare("ge", a, b);

export const and = (a: Expr, b: Expr): Expr => ({ op: "and", kind: "mask", args: [a, b] });
export const or = (a: Expr, b: Expr): Expr => ({ op: "or", kind: "mask", args: [a, b] });
export const xor = (a: Expr, b: Expr): Expr => ({ op: "xor", kind: "mask", args: [a, b] });
export const not = (a: Expr): Expr => ({ op: "not", kind: "mask", args: [a] });

/** `yes` where the mask is true, `no` elsewhere. */
export function select(mask: Expr, yes: Operand, no: Operand): Expr {
  const [a, b] = pair("select", yes, no);
  return { op: "select", kind: a.kind, args: [mask, a, b] };
}

export const narrow = (x: Expr): Expr => ({ op: "narrow", kind: x.kind, args: [x] });

export function convert(x: Expr, kind: Kind): Expr {
  return x.kind === kind ? x : { op: "convert", kind, args: [x] };
}

/** x as a mask: whether it is not 0. */
export const isTrue = (x: Expr): Expr => convert(x, "mask");

/** Expressions as text, the same for those that compute the same in the same way. */
export function textOf(roots: readonly Expr[]): string {
  const numbers = new Map<Expr, number>();
  const lines: string[] = [];
  const visit = (e: Expr): number => {
    const known = numbers.get(e);
    if (known !== undefined) return known;
    const args = argsOf(e).map(visit);
    const own = "index" in e ? e.index : "value" in e ? (Object.is(e.value, -0) ? "-0" : e.value) : "";
    const number = numbers.size;
    numbers.set(e, number);
    lines.push(`${e.op} ${e.kind} ${own} ${args.join()}`);
    return number;
  };
  const results = roots.map(visit);
  return `${lines.join(";")} > ${results.join()}`;
}
