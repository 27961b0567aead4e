/** @file Calls from the operator database of PyTorch's own tests: what a file of them holds, and what tells our answer from PyTorch's. */
import type { DType } from "../../kernels/backend.ts";
import * as tapegrad from "../../src/entry/index.ts";
import { autograd, manualSeed, type Tensor, Tensor as TensorClass, tensor } from "../../src/entry/index.ts";
import { type Argument, type Encoded, elements, outputsOf, resolve, upstream } from "./calls.ts";

export interface OpdbTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: readonly Encoded[];
  readonly grad?: boolean;
  /** It does not lie row-major in memory. */
  readonly strided?: boolean;
}

/** One call; an operation of nn.functional has `F.` before its name. */
export interface OpdbCase {
  readonly op: string;
  readonly args: readonly Argument[];
  readonly options?: Readonly<Record<string, Argument>>;
  readonly inputs: readonly OpdbTensor[];
  /** PyTorch's message, if it refuses the call. */
  readonly error?: string;
  readonly outputs?: readonly (OpdbTensor | number | boolean)[];
  /** Gradients of the inputs that need one, from the upstream gradients that both sides know; null where there is none. */
  readonly grads?: readonly (readonly Encoded[] | null)[];
  /** Gradients of those gradients. */
  readonly second?: readonly (readonly Encoded[] | null)[];
}

/**
 * `unsupported`: we refuse a call that PyTorch takes; `lenient`: we take one that it refuses; `raw`: an error of the
 * engine's; `explained`: a difference that is meant.
 */
export type Verdict =
  | { readonly kind: "same" }
  | {
      readonly kind: "unsupported" | "lenient" | "raw" | "result" | "gradient" | "second" | "zero sign" | "explained";
      readonly text: string;
    };

const SAME: Verdict = { kind: "same" };

const firstDType = ({ inputs: [first] }: OpdbCase): DType | undefined => first?.dtype;

/** Calls that differ on purpose: what docs/differences.md says about them. */
const EXPLAINED: Readonly<Record<string, (spec: OpdbCase) => boolean>> = {
  // Two numbers are float32, for JavaScript does not tell 1 from 1.0.
  where: ({ args: [first, , third] }) => typeof first !== "object" && typeof third !== "object",
  // PyTorch cuts off the first of every four integers and counts on from there.
  linspace: ({ options }) => options?.dtype === "int32",
  // PyTorch rounds constants to float32 in the gradients of float64.
  "F.celu": (spec) => firstDType(spec) === "float64",
  "F.hardsigmoid": (spec) => firstDType(spec) === "float64",
  // PyTorch keeps a dimension that a 0-d tensor does not have.
  aminmax: ({ inputs: [x] }) => x?.shape.length === 0,
  // PyTorch negates bytes as bytes.
  "F.softmin": (spec) => firstDType(spec) === "uint8",
};

/** Operations whose samples come in another order than their arguments. */
export const REORDERED: Readonly<Record<string, (args: readonly unknown[]) => unknown[]>> = {
  where: ([self, condition, other]) => [condition, self, other],
  einsum: ([tensors, equation]) => [equation, ...(tensors as unknown[])],
  "F.embedding": ([weight, indices, ...rest]) => [indices, weight, ...rest],
};

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** A function among exports. */
function exported(from: object, name: string): AnyFunction | undefined {
  const found: unknown = (from as Record<string, unknown>)[name];
  return typeof found === "function" ? (found as AnyFunction) : undefined;
}

/** A method, but no property such as `T`. */
function methodOf(name: string): AnyFunction | undefined {
  const found: unknown = Object.getOwnPropertyDescriptor(TensorClass.prototype, name)?.value;
  return typeof found === "function" ? (found as AnyFunction) : undefined;
}

/** Every name that a sample of the database may have here. */
export function knownNames(): string[] {
  const methods = Object.getOwnPropertyNames(TensorClass.prototype).filter((name) => methodOf(name) !== undefined);
  const functions = Object.keys(tapegrad).filter((name) => exported(tapegrad, name) !== undefined);
  const layers = Object.keys(tapegrad.nn.functional).map((name) => `F.${name}`);
  return [...new Set([...methods, ...functions, ...layers])].sort();
}

/** The ways in which a call can be written here: as a function and as a method. */
export function formsOf({ op, args: [self] }: OpdbCase): ("function" | "method")[] {
  if (op.startsWith("F.")) return ["function"];
  // The function takes the order first.
  if (op === "polygamma") return ["method"];
  const forms: ("function" | "method")[] = [];
  if (exported(tapegrad, op) !== undefined) forms.push("function");
  const isTensor = typeof self === "object" && self !== null && "tensor" in self;
  if (isTensor && methodOf(op) !== undefined) forms.push("method");
  return forms;
}

function leafOf(spec: OpdbTensor): Tensor {
  const dense = tensor(elements(spec.dtype, spec.values), { dtype: spec.dtype }).reshape(spec.shape);
  const leaf =
    spec.strided === true
      ? dense
          .unsqueeze(-1)
          .repeat(...spec.shape.map(() => 1), 2)
          .select(-1, 0)
      : dense;
  const own = leaf.detach();
  return spec.grad === true ? own.requiresGrad_() : own;
}

function run(spec: OpdbCase, form: "function" | "method", leaves: readonly Tensor[]): unknown {
  const inPlace = spec.op.endsWith("_");
  const args = spec.args.map((arg) => resolve(arg, leaves));
  const options = Object.entries(spec.options ?? {}).map(([name, arg]) => [name, resolve(arg, leaves)] as const);
  if (options.length > 0) args.push(Object.fromEntries(options));
  const [self, ...rest] = args;
  if (form === "method") {
    const own = inPlace ? (self as Tensor).clone() : self;
    return (methodOf(spec.op) as AnyFunction).apply(own, rest);
  }
  const functional = spec.op.startsWith("F.");
  const f = exported(functional ? tapegrad.nn.functional : tapegrad, spec.op.replace("F.", "")) as AnyFunction;
  return f(...(REORDERED[spec.op]?.(args) ?? args));
}

function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** What tells the answer to a call from PyTorch's. */
export function judge(spec: OpdbCase, form: "function" | "method"): Verdict {
  const verdict = compareAnswers(spec, form);
  const differs = verdict.kind === "result" || verdict.kind === "gradient";
  return differs && EXPLAINED[spec.op]?.(spec) === true ? { ...verdict, kind: "explained" } : verdict;
}

function compareAnswers(spec: OpdbCase, form: "function" | "method"): Verdict {
  const leaves = spec.inputs.map(leafOf);
  let result: unknown;
  manualSeed(42);
  try {
    result = run(spec, form, leaves);
  } catch (error) {
    if (!(error instanceof tapegrad.TapegradError)) return { kind: "raw", text: described(error) };
    return spec.error === undefined ? { kind: "unsupported", text: described(error) } : SAME;
  }
  if (spec.error !== undefined) return { kind: "lenient", text: `PyTorch: ${spec.error}` };
  const outputs = flatten(partsAskedFor(spec, result));
  if (outputs.length === 0) return SAME;
  const wrong = compareOutputs(outputs, spec.outputs ?? [], positionsOf(spec, leaves, outputs[0]));
  if (wrong !== null) return wrong;
  if (spec.grads === undefined) return SAME;
  try {
    return compareGradients(
      spec,
      outputs.filter((x): x is Tensor => x instanceof TensorClass),
      leaves.filter((leaf) => leaf.requiresGrad),
    );
  } catch (error) {
    return { kind: error instanceof tapegrad.TapegradError ? "gradient" : "raw", text: described(error) };
  }
}

/** Here `unique` and `uniqueConsecutive` give all its parts, by name and sorted; PyTorch those that were asked for. */
function partsAskedFor({ op, options = {} }: OpdbCase, result: unknown): unknown {
  if (
    (op !== "unique" && op !== "uniqueConsecutive") ||
    typeof result !== "object" ||
    result === null ||
    result instanceof TensorClass
  )
    return result;
  const { output, inverseIndices, counts } = result as Record<string, unknown>;
  if (options.sorted === false && options.dim == null) return [];
  return [
    output,
    ...(options.returnInverse === true ? [inverseIndices] : []),
    ...(options.returnCounts === true ? [counts] : []),
  ];
}

function flatten(result: unknown): unknown[] {
  if (typeof result !== "object" || result === null || result instanceof TensorClass) return [result];
  return Array.isArray(result) ? result.flatMap(flatten) : outputsOf(result);
}

/** For what is found by a partial sort: whether positions are those of the values, of which equal ones may be exchanged. */
function positionsOf({ op, args, options }: OpdbCase, leaves: readonly Tensor[], values: unknown) {
  if (op !== "kthvalue" && op !== "topk" && op !== "mode") return null;
  const [x] = leaves;
  if (x === undefined || x.ndim === 0 || !(values instanceof TensorClass)) return null;
  const dim = Number(options?.dim ?? args[op === "mode" ? 1 : 2] ?? -1);
  const whole = (part: Tensor): Tensor => (part.ndim < x.ndim ? part.unsqueeze(dim) : part);
  return (indices: Tensor): boolean => x.detach().gather(dim, whole(indices)).equal(whole(values).detach());
}

function compareOutputs(
  outputs: readonly unknown[],
  wanted: NonNullable<OpdbCase["outputs"]>,
  fitting: ((indices: Tensor) => boolean) | null,
): Verdict | null {
  if (outputs.length !== wanted.length) {
    return { kind: "result", text: `${outputs.length} results, PyTorch has ${wanted.length}` };
  }
  let soft: Verdict | null = null;
  for (const [k, want] of wanted.entries()) {
    const out = outputs[k];
    if (typeof want !== "object") {
      if (out !== want) return { kind: "result", text: `${String(out)}, PyTorch has ${want}` };
      continue;
    }
    if (!(out instanceof TensorClass)) return { kind: "result", text: `output ${k} is no tensor` };
    if (out.dtype !== want.dtype)
      return { kind: "result", text: `output ${k}: ${out.dtype}, PyTorch has ${want.dtype}` };
    if (String(out.shape) !== String(want.shape)) {
      return { kind: "result", text: `output ${k}: [${out.shape}], PyTorch has [${want.shape}]` };
    }
    if (k === 1 && fitting !== null && fitting(out)) continue;
    const wrong = compare(out, want.values, "result", `output ${k}`);
    if (wrong?.kind === "result") return wrong;
    soft ??= wrong;
  }
  return soft;
}

/** The sum that the gradients are of; the pattern of output k starts at `start + k`. */
function total(outputs: readonly (Tensor | null)[], start: number): Tensor | null {
  let sum: Tensor | null = null;
  for (const [k, out] of outputs.entries()) {
    if (out?.requiresGrad !== true) continue;
    const part = out
      .mul(upstream(out, k + start))
      .sum()
      .double();
    sum = sum === null ? part : sum.add(part);
  }
  return sum;
}

function compareGradients(spec: OpdbCase, outputs: readonly Tensor[], leaves: readonly Tensor[]): Verdict {
  const loss = total(outputs, 0);
  if (loss === null) {
    const none = spec.grads?.every((g) => g === null) ?? true;
    return none ? SAME : { kind: "gradient", text: "no gradient, PyTorch has one" };
  }
  const createGraph = spec.second !== undefined;
  const grads = autograd.grad(loss, leaves, { createGraph, allowUnused: true });
  const soft = compareAll(grads, leaves, spec.grads ?? [], "gradient");
  if (soft !== null && soft.kind !== "zero sign") return soft;
  if (spec.second === undefined) return soft ?? SAME;
  const outer = total(grads, 5);
  const again = outer === null ? leaves.map(() => null) : autograd.grad(outer, leaves, { allowUnused: true });
  return compareAll(again, leaves, spec.second, "second") ?? soft ?? SAME;
}

function compareAll(
  grads: readonly (Tensor | null)[],
  leaves: readonly Tensor[],
  wanted: readonly (readonly Encoded[] | null)[],
  kind: "gradient" | "second",
): Verdict | null {
  let soft: Verdict | null = null;
  for (const [i, want] of wanted.entries()) {
    const grad = grads[i] ?? null;
    const leaf = leaves[i] as Tensor;
    // PyTorch tells "no gradient" from a zero one in cases where we do not.
    if (grad === null && want === null) continue;
    const got = grad ?? leaf.detach().mul(0).nanToNum(0, 0, 0);
    const wrong = compare(got, want ?? new Array<number>(got.numel()).fill(0), kind, `${kind} of leaf ${i}`);
    if (wrong !== null && wrong.kind !== "zero sign") return wrong;
    if (want !== null && grad !== null) soft ??= wrong;
  }
  return soft;
}

/**
 * Relative and absolute error: of sums whose terms cancel, and of functions that both sides compute by other formulas. They
 * are tighter than those of PyTorch's own tests (1.3e-6 and 1e-5, 1e-7 and 1e-7), and rise with every derivative.
 */
export const TOLERANCE = {
  float32: [2e-6, 1e-6],
  float64: [1e-9, 1e-10],
  int32: [0, 0],
  uint8: [0, 0],
  bool: [0, 0],
} as const;

export const LOOSER = { result: 1, gradient: 5, second: 25 } as const;

function compare(
  x: Tensor,
  values: readonly Encoded[],
  kind: "result" | "gradient" | "second",
  what: string,
): Verdict | null {
  const want = elements(x.dtype, values);
  const got = x.detach().dataSync();
  const finite = [...want].filter(Number.isFinite);
  const largest = finite.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const [rtol, atol] = TOLERANCE[x.dtype];
  const same = (a: number, b: number) =>
    Object.is(a, b) ||
    a === b ||
    Math.abs(a - b) <= LOOSER[kind] * (atol + rtol * Math.max(Math.abs(b), 0.25 * largest));
  const far = got.findIndex((a, i) => !same(a, want[i] as number));
  const show = (list: ArrayLike<number>, at: number) =>
    Array.from(list)
      .slice(at, at + 6)
      .map((v) => (Object.is(v, -0) ? "-0" : String(v)))
      .join(", ");
  if (got.length !== want.length) return { kind, text: `${what}: ${got.length} elements, PyTorch has ${want.length}` };
  if (far >= 0) return { kind, text: `${what} at ${far}: ${show(got, far)}; PyTorch ${show(want, far)}` };
  const sign = got.findIndex((a, i) => a === 0 && !Object.is(a, want[i]) && want[i] === 0);
  if (sign < 0) return null;
  return { kind: "zero sign", text: `${what} at ${sign}: ${show(got, sign)}; PyTorch ${show(want, sign)}` };
}
