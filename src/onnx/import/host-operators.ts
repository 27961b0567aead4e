/** @file Operators on numbers that the host knows: how files compute shapes. */
import type { DType } from "../../../kernels/backend.ts";
import { sizeOf } from "../../../kernels/layout.ts";
import { isFloat } from "../../core/dtype.ts";
import { dtypeOf } from "./model.ts";
import type { NodeCall } from "./node-call.ts";
import type { HostNumbers, Value } from "./value.ts";

type HostOperator = (call: NodeCall, inputs: readonly HostNumbers[]) => HostNumbers | null;

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Max: Math.max,
  Min: Math.min,
};

/** Element by element, where both have one shape or one of them is a single number. */
function zip(a: HostNumbers, b: HostNumbers, f: (a: number, b: number) => number, dtype: DType): HostNumbers | null {
  const isWide = a.data.length === b.data.length;
  if (!isWide && a.data.length !== 1 && b.data.length !== 1) return null;
  const long = a.data.length >= b.data.length && a.shape.length >= b.shape.length ? a : b;
  const at = (x: HostNumbers, i: number): number => x.data[x.data.length === 1 ? 0 : i] as number;
  const length = a.data.length === 1 ? b.data.length : a.data.length;
  if (long.data.length !== length) return null;
  return { shape: long.shape, dtype, data: Array.from({ length }, (_, i) => f(at(a, i), at(b, i))) };
}

const binary =
  (f: (a: number, b: number) => number, dtype?: DType): HostOperator =>
  (_call, [a, b]) =>
    a === undefined || b === undefined ? null : zip(a, b, f, dtype ?? a.dtype);

const unary =
  (f: (x: number) => number): HostOperator =>
  (_call, [x]) =>
    x === undefined ? null : { ...x, data: x.data.map(f) };

/** Another shape for the same numbers. */
const reshaped =
  (
    shapeOf: (call: NodeCall, x: HostNumbers, others: readonly HostNumbers[]) => readonly number[] | null,
  ): HostOperator =>
  (call, [x, ...others]) => {
    const shape = x === undefined ? null : shapeOf(call, x, others);
    return x === undefined || shape === null ? null : { ...x, shape };
  };

const OPERATORS: Readonly<Record<string, HostOperator>> = {
  ...Object.fromEntries(Object.entries(BINARY).map(([name, f]) => [name, binary(f)])),
  Div: (_call, [a, b]) =>
    a === undefined || b === undefined
      ? null
      : zip(a, b, isFloat(a.dtype) ? (x, y) => x / y : (x, y) => Math.trunc(x / y), a.dtype),
  Equal: binary((a, b) => Number(a === b), "bool"),
  Neg: unary((x) => -x),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Identity: unary((x) => x),
  Cast: (call, [x]) => {
    if (x === undefined) return null;
    const dtype = dtypeOf(call.number("to", 1), "a cast");
    const data = isFloat(dtype) ? x.data : x.data.map(dtype === "bool" ? (n) => Number(n !== 0) : Math.trunc);
    return { ...x, dtype, data };
  },
  Where: (_call, [condition, a, b]) => {
    if (condition === undefined || a === undefined || b === undefined) return null;
    const length = condition.data.length;
    if ([a, b].some(({ data }) => data.length !== length && data.length !== 1)) return null;
    const at = (x: HostNumbers, i: number): number => x.data[x.data.length === 1 ? 0 : i] as number;
    return { shape: condition.shape, dtype: a.dtype, data: condition.data.map((yes, i) => at(yes ? a : b, i)) };
  },
  Concat: (_call, inputs) => {
    if (inputs.some(({ shape }) => shape.length !== 1)) return null;
    const data = inputs.flatMap((each) => each.data);
    return { shape: [data.length], dtype: inputs[0]?.dtype ?? "int32", data };
  },
  Gather: (call, [x, index]) => {
    if (x === undefined || index === undefined || x.shape.length !== 1 || call.number("axis", 0) !== 0) return null;
    const data = index.data.map((i) => x.data[i < 0 ? i + x.data.length : i]);
    return data.includes(undefined) ? null : { ...x, shape: index.shape, data: data as number[] };
  },
  Slice: (call, [x, starts, ends, axes, steps]) => {
    if (x === undefined || x.shape.length !== 1) return null;
    const [start] = starts?.data ?? call.list("starts") ?? [];
    const [end] = ends?.data ?? call.list("ends") ?? [];
    if (start === undefined || end === undefined || (axes?.data[0] ?? 0) > 0 || (steps?.data[0] ?? 1) !== 1)
      return null;
    const data = x.data.slice(start, Math.min(end, x.data.length));
    return { ...x, shape: [data.length], data };
  },
  Unsqueeze: reshaped((_call, { shape }) => (shape.length === 0 ? [1] : null)),
  Squeeze: reshaped((_call, { shape }) => (shape.length === 1 && shape[0] === 1 ? [] : null)),
  Reshape: reshaped((_call, { data }, [target]) => {
    if (target?.data.length !== 1) return null;
    return target.data[0] === -1 || target.data[0] === data.length ? [data.length] : null;
  }),
  Range: (_call, [start, limit, step]) => {
    const [from, to, by] = [start?.data[0], limit?.data[0], step?.data[0]];
    if (from === undefined || to === undefined || !by) return null;
    const length = Math.max(0, Math.ceil((to - from) / by));
    const data = Array.from({ length: Math.min(length, 1000) }, (_, i) => from + i * by);
    return length > data.length ? null : { shape: [length], dtype: start?.dtype ?? "int32", data };
  },
  ReduceProd: (call, [x]) => {
    if (x === undefined || x.shape.length !== 1) return null;
    const product = x.data.reduce((a, b) => a * b, 1);
    return { ...x, shape: call.number("keepdims", 1) === 1 ? [1] : [], data: [product] };
  },
  ConstantOfShape: (call, [shape]) => {
    const value = call.file("value");
    if (shape === undefined || sizeOf(shape.data) > 64 || value?.dtype !== "int32") return null;
    const length = sizeOf(shape.data);
    return { shape: shape.data, dtype: "int32", data: new Array<number>(length).fill(value.data[0] ?? 0) };
  },
};

/** What a node gives if the host knows all of its inputs and the operator on them; else null. */
export function onHost(call: NodeCall): Value | null {
  const operator = OPERATORS[call.node.opType];
  if (operator === undefined || call.count === 0) return null;
  const inputs: HostNumbers[] = [];
  for (let i = 0; i < call.count; i++) {
    const host = call.has(i) ? call.value(i).host : null;
    if (host === null) return null;
    inputs.push(host);
  }
  const result = operator(call, inputs);
  return result && call.hosted(result);
}
