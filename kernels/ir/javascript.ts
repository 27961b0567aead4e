/**
 * @file Emits the loop of an expression in JavaScript: what small arrays, and hosts without WebAssembly, run.
 *
 * Floats are computed in double precision and rounded by the store, so one loop serves both floating dtypes; integers
 * wrap by the store.
 */
import { argsOf, type Expr, isFloat } from "./expression.ts";

/** What emitted loops call besides `Math`: functions of `kernels/reference/special.ts`. */
const SPECIAL = {
  nearest: "roundHalfEven",
  sigmoid: "sigmoid",
  erf: "erf",
  erfc: "erfc",
  erfinv: "erfinv",
  lgamma: "lgamma",
  digamma: "digamma",
  pow: "pow",
  intPow: "powInteger",
} as const satisfies Partial<Record<Expr["op"], string>>;

export const SPECIAL_FUNCTIONS: readonly string[] = Object.values(SPECIAL);

const ARRAYS = ["a", "b", "c"];

function literal(value: number): string {
  return Object.is(value, -0) || value < 0 ? `(${Object.is(value, -0) ? "-0" : value})` : String(value);
}

/** Arithmetic of integers wraps, and has no −0. */
function wrapped(e: Expr, value: string): string {
  return isFloat(e) ? `(${value})` : e.kind === "u8" ? `((${value}) & 255)` : `((${value}) | 0)`;
}

/** The text of a node, from those of its arguments. */
function text(e: Expr, args: readonly string[]): string {
  const [x = "", y = "", z = ""] = args;
  switch (e.op) {
    case "input": {
      const array = ARRAYS[e.index] ?? "";
      const element = `${array}[${array}i]!`;
      return e.kind === "mask" ? `(${element} !== 0)` : element;
    }
    case "scalar":
      return `s${e.index}`;
    case "const":
      return literal(e.value);
    case "neg":
      return wrapped(e, `-${x}`);
    case "abs":
      return wrapped(e, `Math.abs(${x})`);
    case "narrow":
      return `round(${x})`;
    case "bitNot":
      return wrapped(e, `~${x}`);
    case "add":
      return wrapped(e, `${x} + ${y}`);
    case "sub":
      return wrapped(e, `${x} - ${y}`);
    case "mul":
      return isFloat(e) ? `(${x} * ${y})` : wrapped(e, `Math.imul(${x}, ${y})`);
    case "div":
      return `(${x} / ${y})`;
    case "exp2":
      return `(2 ** ${x})`;
    case "fmod":
      return `(${x} % ${y})`;
    case "bitAnd":
      return `(${x} & ${y})`;
    case "bitOr":
      return `(${x} | ${y})`;
    case "bitXor":
      return `(${x} ^ ${y})`;
    case "eq":
      return `(${x} === ${y})`;
    case "ne":
    case "xor":
      return `(${x} !== ${y})`;
    case "lt":
      return `(${x} < ${y})`;
    case "le":
      return `(${x} <= ${y})`;
    case "gt":
      return `(${x} > ${y})`;
    case "ge":
      return `(${x} >= ${y})`;
    case "and":
      return `(${x} && ${y})`;
    case "or":
      return `(${x} || ${y})`;
    case "not":
      return `(!${x})`;
    case "select":
      return `(${x} ? ${y} : ${z})`;
    case "convert":
      return converted(e, x);
    default:
      return `${e.op in SPECIAL ? SPECIAL[e.op as keyof typeof SPECIAL] : `Math.${e.op}`}(${args.join(", ")})`;
  }
}

function converted(e: Extract<Expr, { op: "convert" }>, x: string): string {
  const from = e.args[0].kind;
  if (e.kind === "mask") return `(${x} !== 0)`;
  if (from === "mask") return `(${x} ? 1 : 0)`;
  if (e.kind === "i32") return `(${x} | 0)`;
  return e.kind === "u8" ? `(${x} & 255)` : x;
}

/** How often each node is used. */
function uses(root: Expr): Map<Expr, number> {
  const counts = new Map<Expr, number>();
  const visit = (e: Expr): void => {
    const count = counts.get(e) ?? 0;
    counts.set(e, count + 1);
    if (count === 0) for (const arg of argsOf(e)) visit(arg);
  };
  visit(root);
  return counts;
}

/** The statements that compute the value of an expression, and the value. */
function compute(root: Expr): { readonly statements: readonly string[]; readonly value: string } {
  const counts = uses(root);
  const names = new Map<Expr, string>();
  const statements: string[] = [];
  const visit = (e: Expr): string => {
    const known = names.get(e);
    if (known !== undefined) return known;
    const value = text(e, argsOf(e).map(visit));
    if ((counts.get(e) ?? 0) < 2 || e.op === "const" || e.op === "scalar") return value;
    const name = `t${names.size}`;
    names.set(e, name);
    statements.push(`const ${name} = ${value};`);
    return name;
  };
  const value = visit(root);
  return { statements, value };
}

/** A function that writes n elements to z at zi, zi + zs, … from those of the inputs, a to c, and the scalars. */
export function emitLoop(expression: Expr, inputs: number): string {
  const arrays = ["z", ...ARRAYS.slice(0, inputs)];
  const { statements, value } = compute(expression);
  const code = [...statements, value].join(" ");
  // A parameter that is not read has a name that says so.
  const numbers = ["s0", "s1", "s2"].map((s) => (code.includes(s) ? s : `_${s}`));
  const parameters = ["n", ...numbers, ...arrays.flatMap((x) => [x, `${x}i`, `${x}s`])];
  const stored = expression.kind === "mask" ? `${value} ? 1 : 0` : value;
  const steps = arrays.map((x) => `${x}i += ${x}s`).join(", ");
  const body = [...statements, `z[zi] = ${stored};`].map((line) => `    ${line}\n`).join("");
  // The store rounds only the result.
  const round = /\bround\(/.test(code)
    ? "  const round = z instanceof Float32Array ? Math.fround : (v: number): number => v;\n"
    : "";
  return `(${parameters.join(", ")}) => {\n${round}  for (let i = 0; i < n; i++, ${steps}) {\n${body}  }\n}`;
}
