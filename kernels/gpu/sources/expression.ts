/**
 * @file Emits the statements of an expression in gpu.js's dialect.
 *
 * All values are floats there: integers are exact up to 2²⁴, and a mask is 0 or 1. Functions of several statements are
 * put where they are called, in a loop that runs once, so that a `return` becomes a `break`.
 */
import type { DType } from "../../backend.ts";
import { castExpression, ELEMENTWISE, type ElementwiseName, expressionOf } from "../../ir/elementwise.ts";
import { argsOf, type Expr } from "../../ir/expression.ts";
import type { FusedKernel } from "../../program/fuse.ts";
import { kernelName, type WgslFunction } from "../kernel.ts";
import { GpuError } from "../runtime.ts";
import type { ElementFunction } from "./elementwise.ts";
import { constantsIn, FUNCTIONS, isFunction, isNaNOf } from "./functions.ts";

const INPUTS = ["x", "y", "z"];

/** Largest finite float32. */
const LARGEST = "3.4028234663852886e38";

const OPERATORS: Partial<Record<Expr["op"], string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  eq: "===",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

const isComparison = (op: string): boolean => ["eq", "lt", "le", "gt", "ge"].includes(op);

function literal(value: number): string {
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "(-inf)";
  if (Number.isNaN(value)) return "nan";
  return value < 0 ? `(${value})` : String(value);
}

/** Statements that leave the value of a function in `name`; its own variables get names of their own. */
function inlined(op: keyof typeof FUNCTIONS, name: string, args: readonly string[]): string {
  const statements = FUNCTIONS[op];
  const own = [...statements.matchAll(/\b(?:const|let) (\w+)/g)].map((match) => match[1] ?? "");
  const renamed = [...new Set(own)].reduce(
    (text, variable) => text.replace(new RegExp(`(?<!\\.)\\b${variable}\\b`, "g"), `${name}${variable}`),
    statements,
  );
  const given = args.map((arg, i) => `const ${name}${INPUTS[i]} = ${arg};`).join("\n");
  const body = args.reduce(
    (text, _, i) => text.replace(new RegExp(`(?<!\\.)\\b${INPUTS[i]}\\b`, "g"), `${name}${INPUTS[i]}`),
    renamed,
  );
  const results = body.replace(/return ([^;]*);/g, `${name} = $1; break;`);
  return `let ${name} = 0;\nfor (let ${name}once = 0; ${name}once < 1; ${name}once++) {\n${given}\n${results}\n}`;
}

/** The text of a node that is one expression. */
function text(e: Expr, args: readonly string[], inputs: readonly string[]): string {
  const [x = "", y = "", z = ""] = args;
  const operator = OPERATORS[e.op];
  if (operator !== undefined) return isComparison(e.op) ? `(${x} ${operator} ${y} ? 1 : 0)` : `(${x} ${operator} ${y})`;
  switch (e.op) {
    case "input":
      return inputs[e.index] ?? "";
    case "scalar":
      return `scalar${e.index}`;
    case "const":
      return literal(e.value);
    case "neg":
      return `(-${x})`;
    case "bitNot":
      return `(-1 - ${x})`;
    case "abs":
    case "floor":
    case "ceil":
      return `Math.${e.op}(${x})`;
    case "trunc":
      return `(${x} < 0 ? Math.ceil(${x}) : Math.floor(${x}))`;
    case "ne":
      return x === y ? `(${isNaNOf(x)} ? 1 : 0)` : `(${x} === ${y} ? 0 : 1)`;
    case "and":
      return `(${x} * ${y})`;
    case "or":
      return `(${x} + ${y} > 0 ? 1 : 0)`;
    case "xor":
      return `(${x} === ${y} ? 0 : 1)`;
    case "not":
      return `(1 - ${x})`;
    case "select":
      return `(${x} > 0 ? ${y} : ${z})`;
    case "narrow":
      return x;
    case "convert":
      return converted(e, x);
    default:
      throw new GpuError(`${e.op} has no kernel for the GPU. Use device "cpu".`);
  }
}

function converted(e: Extract<Expr, { op: "convert" }>, x: string): string {
  const from = e.args[0].kind;
  if (e.kind === "mask") return `(${x} === 0 ? 0 : 1)`;
  if (e.kind !== "i32" && e.kind !== "u8") return x;
  const whole = from === "f32" || from === "f64" ? `(${x} < 0 ? Math.ceil(${x}) : Math.floor(${x}))` : x;
  return e.kind === "u8" ? wrapped(whole) : whole;
}

/** An integer modulo 256. */
const wrapped = (x: string): string => `(${x} - 256 * Math.floor(${x} / 256))`;

/** Comparing with infinity by the largest float, for compilers that take it that no float is infinite. */
function isBelowInfinity(e: Expr): boolean {
  return e.op === "lt" && e.args[1].op === "const" && e.args[1].value === Infinity;
}

/** A comparison as the condition of a choice, without the mask that it would be; null for other masks. */
function conditionOf(mask: Expr, visit: (e: Expr) => string): string | null {
  if (!isComparison(mask.op) || isBelowInfinity(mask)) return null;
  const [a, b] = argsOf(mask).map(visit);
  return `${a} ${OPERATORS[mask.op]} ${b}`;
}

/** Statements that compute some expressions, and the texts of their values. */
function emit(roots: readonly Expr[], inputs: readonly string[]): { statements: string; values: readonly string[] } {
  const names = new Map<Expr, string>();
  const lines: string[] = [];
  const visit = (e: Expr): string => {
    const known = names.get(e);
    if (known !== undefined) return known;
    const condition = e.op === "select" ? conditionOf(e.args[0], visit) : null;
    const args = argsOf(e).map((arg, i) => (condition !== null && i === 0 ? "" : visit(arg)));
    if (e.op === "input" || e.op === "scalar" || e.op === "const") return text(e, args, inputs);
    const name = `t${names.size}`;
    names.set(e, name);
    if (isFunction(e.op)) lines.push(inlined(e.op, name, args));
    else if (isBelowInfinity(e)) lines.push(`const ${name} = (${args[0]} <= ${LARGEST} ? 1 : 0);`);
    else if (condition !== null) lines.push(`const ${name} = (${condition} ? ${args[1]} : ${args[2]});`);
    else lines.push(`const ${name} = ${text(e, args, inputs)};`);
    return name;
  };
  const found = roots.map(visit);
  // Arithmetic of bytes wraps.
  const values = found.map((value, i) => (roots[i]?.kind === "u8" ? wrapped(value) : value));
  return { statements: lines.join("\n"), values };
}

const kernels = new Map<string, ElementFunction>();

function functionOf(name: string, inputs: number, scalars: number, make: () => Expr): ElementFunction {
  let f = kernels.get(name);
  if (f === undefined) {
    const emitted = emit([make()], INPUTS);
    const statements = `${emitted.statements}\nreturn ${emitted.values[0]};`;
    const own = Array.from({ length: scalars }, (_, i) => `scalar${i}`);
    f = { name, inputs: INPUTS.slice(0, inputs), floats: [...own, ...constantsIn(statements)], statements };
    kernels.set(name, f);
  }
  return f;
}

/** The function of an element-wise operation whose common dtype is `dtype`; its floats begin with the scalars. */
export function elementFunction(name: ElementwiseName, dtype: DType): ElementFunction {
  const f = ELEMENTWISE[name];
  return functionOf(kernelName(name, dtype), f.inputs.length, f.scalars, () => expressionOf(f, dtype));
}

/** The function of a conversion. */
export function castFunction(from: DType, to: DType): ElementFunction {
  return functionOf(`${from} to ${to}`, 1, 0, () => castExpression(from, to));
}

/** The function of a fused kernel: a value for each of its outputs. */
export function fusedFunction({ outputs, inputs }: FusedKernel): WgslFunction {
  const names = inputs.map((_, i) => `a${i}`);
  const emitted = emit(outputs, names);
  const results = emitted.values.map((value, i) => `const out${i} = ${value};`);
  const statements = [emitted.statements, ...results].join("\n");
  return { name: "element", inputs: names, floats: constantsIn(statements), statements, outputs: outputs.length };
}
