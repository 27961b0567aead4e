/** @file Inputs and calls as the goldens describe them, and making such a call. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import * as tapegrad from "../../src/entry/index.ts";
import { Tensor, tensor } from "../../src/entry/index.ts";

/** NaN and infinities are strings among values. */
export type Encoded = number | "nan" | "inf" | "-inf";

/**
 * An argument: `{ tensor: i }` is an input, `{ number: "inf" }` a number that JSON has no form for, `{ newaxis: true }` an
 * index.
 */
export type Argument =
  | number
  | string
  | boolean
  | null
  | { readonly tensor: number }
  | { readonly number: Encoded }
  | { readonly newaxis: true }
  | readonly Argument[];

/** A method's name and its arguments. */
export type Step = readonly [name: string, ...args: Argument[]];

/** A leaf and the calls that turn it into what the operation gets. */
export interface InputSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: readonly Encoded[];
  readonly grad?: boolean;
  readonly via?: readonly Step[];
}

export interface CallSpec {
  readonly op: string;
  readonly inputs: readonly InputSpec[];
  readonly args: readonly Argument[];
  readonly options?: Readonly<Record<string, unknown>>;
  /** A function; otherwise a method of the first input. */
  readonly function?: boolean;
}

export function decode(value: Encoded): number {
  if (typeof value === "number") return value;
  if (value === "nan") return Number.NaN;
  return value === "inf" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

/** Row-major elements in the host array of a dtype. */
export function elements(dtype: DType, values: readonly Encoded[]): TypedArray {
  return ARRAYS[dtype].from(values.map(decode));
}

export function leafOf(spec: InputSpec): Tensor {
  const leaf = tensor(elements(spec.dtype, spec.values), { dtype: spec.dtype }).reshape(spec.shape).detach();
  return spec.grad === true ? leaf.requiresGrad_() : leaf;
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

function functionOf(owner: object, name: string): AnyFunction {
  const found: unknown = (owner as Record<string, unknown>)[name];
  if (typeof found !== "function") throw new Error(`there is no ${name}`);
  return found as AnyFunction;
}

/** Whether the package has a function of this name. */
export function isFunction(name: string): boolean {
  return typeof (tapegrad as Record<string, unknown>)[name] === "function";
}

/** Calls a method, or reads a property that is a tensor. */
export function method(self: Tensor, name: string, args: readonly unknown[]): unknown {
  const property: unknown = Reflect.get(self, name);
  if (property instanceof Tensor) return property;
  return functionOf(self, name).apply(self, [...args]);
}

/** Arguments with the tensors they name. */
export function resolve(arg: Argument, tensors: readonly Tensor[]): unknown {
  if (typeof arg !== "object" || arg === null) return arg;
  if (Array.isArray(arg)) return (arg as readonly Argument[]).map((a) => resolve(a, tensors));
  if ("tensor" in arg) return tensors[arg.tensor];
  if ("newaxis" in arg) return tapegrad.newaxis;
  return "number" in arg ? decode(arg.number) : arg;
}

/** A leaf after the steps of its description. */
export function walk(leaf: Tensor, steps: readonly Step[] = []): Tensor {
  return steps.reduce(
    (x, [name, ...args]) =>
      method(
        x,
        name,
        args.map((a) => resolve(a, [])),
      ) as Tensor,
    leaf,
  );
}

/** Makes the call, as a function if it is one or if `asFunction` says so. */
export function makeCall(spec: CallSpec, tensors: readonly Tensor[], asFunction = spec.function === true): unknown {
  const args = spec.args.map((a) => resolve(a, tensors));
  if (spec.options !== undefined) {
    if (takesDim(spec.op) && args.length === 0) args.push(null);
    args.push(spec.options);
  }
  if (!asFunction) return method(tensors[0] as Tensor, spec.op, args);
  const all = spec.function === true ? args : [tensors[0], ...args];
  return functionOf(tapegrad, spec.op)(...all);
}

/** Methods whose options come after a dimension. */
function takesDim(op: string): boolean {
  return op === "var" || op === "std";
}

/** The tensors of a result: one, a list, or parts with names, like values and indices. */
export function outputsOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return Array.isArray(result) ? (result as Tensor[]) : (Object.values(result as object) as Tensor[]);
}

/** The gradient that output `k` is given, the pattern that the scripts use as well. */
export function upstream(x: Tensor, k: number): Tensor {
  const count = x.numel();
  const pattern = Float64Array.from({ length: count }, (_, i) => (((i * 7 + k * 3) % 11) - 4) / 4);
  return tensor(pattern, { dtype: x.dtype }).reshape(x.shape);
}
