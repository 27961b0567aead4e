/** @file Turns the steps of aligned traces into the nodes of a graph. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { sizeOf } from "../../kernels/layout.ts";
import { GraphError } from "../core/errors.ts";
import { type Aligned, affine, type Count, isFixed, placeOf, sameCount, sameParams } from "./aligned.ts";
import { type Attributes, GraphBuilder, type OnnxType } from "./graph-builder.ts";
import type { Step, Value, ValueId } from "./trace.ts";

/** A value in the graph. */
export interface Operand {
  readonly name: string;
  readonly dtype: DType;
  /** Sizes of the dimensions, in each trace. */
  readonly shape: readonly Count[];
}

/** One step, as its rule sees it. */
export interface Call<P> {
  readonly emitter: Emitter;
  readonly graph: GraphBuilder;
  readonly params: P;
  /** The parameters in each trace. */
  readonly all: readonly P[];
  readonly inputs: readonly (Operand | null)[];
  /** Shapes and dtypes of the results, which have no name yet. */
  readonly outputs: readonly Omit<Operand, "name">[];
}

/** How a kind of step is written: the names of its results. */
export interface Rule<P> {
  /** Whether the rule knows of parameters that differ between the traces. */
  readonly followsSizes: boolean;
  emit(call: Call<P>): string | readonly string[];
}

/** A rule for parameters that are the same for all sizes of the input. */
export const rule = <P>(emit: Rule<P>["emit"]): Rule<P> => ({ followsSizes: false, emit });
/** A rule for parameters that may follow the sizes of the input. */
export const sizedRule = <P>(emit: Rule<P>["emit"]): Rule<P> => ({ followsSizes: true, emit });

/** A step that has no counterpart in ONNX. */
export class NoCounterpart extends Error {}

/** A size that follows the axes of the inputs in a way that cannot be written. */
class NoFormula extends Error {}

/** The numbers of values that depend on no input, in each trace. */
export type KnownNumbers = ReadonlyMap<ValueId, readonly TypedArray[]>;

/** A dimension of an input that may have any size. */
interface DynamicAxis {
  readonly name: string;
  readonly axis: number;
  readonly count: Count;
}

/** Writes a graph. */
export class Emitter {
  readonly graph = new GraphBuilder();
  readonly opset: number;
  readonly #aligned: Aligned;
  readonly #known: KnownNumbers;
  readonly #rules: Readonly<Record<string, Rule<never>>>;
  readonly #names = new Map<ValueId, string>();
  readonly #shapes = new Map<string, string>();
  readonly #axes: DynamicAxis[] = [];

  constructor(aligned: Aligned, known: KnownNumbers, opset: number, rules: Readonly<Record<string, Rule<never>>>) {
    this.#aligned = aligned;
    this.#known = known;
    this.opset = opset;
    this.#rules = rules;
  }

  /** Makes a value an input of the graph. */
  input(id: ValueId, name: string): void {
    this.#names.set(id, name);
    for (const [axis, count] of this.#aligned.shape(id).entries()) {
      if (!isFixed(count)) this.#axes.push({ name, axis, count });
    }
  }

  /** Writes one step. */
  step(index: number, step: Step): void {
    const found = this.#rules[step.kind] as Rule<unknown> | undefined;
    if (found === undefined) throw this.#unsupported(step, "");
    const all = this.#aligned.params(index);
    if (!found.followsSizes && !all.every((params) => sameParams(params, all[0]))) {
      throw this.#followsSizes(step, "its arguments");
    }
    this.graph.scope = step.path;
    const outputs = step.outputs.map((id) => ({
      dtype: this.#aligned.value(id).dtype,
      shape: this.#aligned.shape(id),
    }));
    try {
      const inputs = step.inputs.map((id) => (id === null ? null : this.operand(id)));
      const call: Call<unknown> = { emitter: this, graph: this.graph, params: all[0], all, inputs, outputs };
      const names = found.emit(call);
      for (const [i, name] of (typeof names === "string" ? [names] : names).entries()) {
        const id = step.outputs[i];
        if (id !== undefined) this.#names.set(id, name);
      }
    } catch (error) {
      if (error instanceof NoCounterpart) throw this.#unsupported(step, error.message);
      if (error instanceof NoFormula) throw this.#followsSizes(step, error.message);
      throw error;
    }
  }

  #unsupported(step: Step, why: string): GraphError {
    const reason = why === "" ? "" : `: ${why}`;
    return new GraphError(
      `[${this.#aligned.op}] the operation ${placeOf(step)} has no counterpart in ONNX opset ${this.opset}${reason}. Write it with other operations, or leave it out of the exported module.`,
    );
  }

  #followsSizes(step: Step, what: string): GraphError {
    return new GraphError(
      `[${this.#aligned.op}] ${what} of the operation ${placeOf(step)} follow${what === "its arguments" ? "" : "s"} the size of a dynamic axis in a way that the file cannot say. Leave that axis out of dynamicAxes, or compute it with sizes alone.`,
    );
  }

  /** A value as an input of a node. */
  operand(id: ValueId): Operand {
    return { name: this.nameOf(id), dtype: this.#aligned.value(id).dtype, shape: this.#aligned.shape(id) };
  }

  nameOf(id: ValueId): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const value = this.#aligned.value(id);
    const name = value.origin === "parameter" ? this.#parameter(value) : this.#constant(value);
    this.#names.set(id, name);
    return name;
  }

  #numbers(id: ValueId): readonly TypedArray[] {
    const numbers = this.#known.get(id);
    if (numbers === undefined) throw new GraphError(`[${this.#aligned.op}] a tensor is used before it is made`);
    return numbers;
  }

  #parameter({ id, name, dtype, shape }: Value): string {
    const [data] = this.#numbers(id) as [TypedArray];
    const wanted = name as string;
    const used = this.graph.take(wanted) ? wanted : this.graph.fresh(`${wanted}_parameter`);
    this.graph.initializer(used, dtype, shape, data);
    return used;
  }

  /** A value that depends on no input, and may follow the sizes. */
  #constant({ id, dtype }: Value): string {
    const numbers = this.#numbers(id);
    const shape = this.#aligned.shape(id);
    const [first] = numbers as [TypedArray];
    if (shape.every(isFixed) && numbers.every((data) => sameNumbers(data, first))) {
      return this.graph.constant(
        dtype,
        shape.map(([size]) => size as number),
        first,
      );
    }
    const { scope } = this.graph;
    try {
      return this.#uniform(dtype, shape, numbers) ?? this.#range(dtype, shape, numbers) ?? this.#varies(shape);
    } catch (error) {
      if (error instanceof NoFormula) return this.#varies(shape);
      throw error;
    } finally {
      this.graph.scope = scope;
    }
  }

  #varies(shape: readonly Count[]): never {
    const sizes = `[${shape.map(([size]) => size).join(", ")}]`;
    const { op } = this.#aligned;
    const scope = this.graph.scope === "" ? "" : ` in module ${this.graph.scope}`;
    if (shape.every(isFixed)) {
      throw new GraphError(
        `[${op}] the numbers of a tensor of shape ${sizes}${scope} differ from input to input, but no operation on tensors makes them from the input. Compute them with operations on tensors.`,
      );
    }
    throw new GraphError(
      `[${op}] a tensor of shape ${sizes} that forward makes${scope} follows the size of a dynamic axis in a way that the file cannot say. Make it with zeros, ones, full or arange of sizes, or slice it from a buffer.`,
    );
  }

  /** One number everywhere. */
  #uniform(dtype: DType, shape: readonly Count[], numbers: readonly TypedArray[]): string | null {
    if (!numbers.every((data) => data.every((x) => x === data[0]))) return null;
    const values = numbers.map((data) => data[0] ?? 0);
    const scalar = this.#scalarOf(values, dtype);
    return shape.length === 0 ? scalar : this.graph.node("Expand", [scalar, this.sizes(shape, [])]);
  }

  /** A number that may follow the sizes, as a tensor without dimensions. */
  #scalarOf(values: Count, dtype: DType): string {
    if (isFixed(values)) return this.graph.scalar(values[0] as number, dtype);
    const vector = values.every(Number.isInteger) ? this.sizes([values], []) : null;
    if (vector === null) throw new NoFormula("a number");
    return this.graph.cast(this.graph.node("Squeeze", [vector, this.graph.ints([0])]), dtype);
  }

  /** Numbers with equal steps. */
  #range(dtype: DType, shape: readonly Count[], numbers: readonly TypedArray[]): string | null {
    const [length] = shape;
    const [first] = numbers as [TypedArray];
    if (shape.length !== 1 || length === undefined || dtype === "bool" || dtype === "uint8") return null;
    const start = first[0] ?? 0;
    const step = (first[1] ?? start + 1) - start;
    const isRange = numbers.every((data) =>
      data.every((x, i) => Math.abs(x - (start + i * step)) <= 1e-6 * Math.abs(x)),
    );
    if (!isRange || step === 0) return null;
    const { graph } = this;
    const count = graph.cast(this.#scalarOf(length, "int32"), dtype);
    const [from, by] = [graph.scalar(start, dtype), graph.scalar(step, dtype)];
    const end = graph.node("Add", [from, graph.node("Mul", [count, by])]);
    return graph.node("Range", [from, end, by]);
  }

  /** The shape of a tensor of the graph. */
  #shapeOf(name: string): string {
    let shape = this.#shapes.get(name);
    if (shape === undefined) {
      shape = this.graph.node("Shape", [name]);
      this.#shapes.set(name, shape);
    }
    return shape;
  }

  #sizeOf(name: string, axis: number): string {
    return this.graph.node("Gather", [this.#shapeOf(name), this.graph.ints([axis])], { axis: 0 });
  }

  /** One size as a vector of one integer. @throws NoFormula */
  #size(count: Count, near: readonly Operand[]): string {
    const { graph } = this;
    const candidates = [
      ...near.flatMap(({ name, shape }) => shape.map((size, axis) => ({ name, axis, count: size }))),
      ...this.#axes,
    ].filter((each) => !isFixed(each.count));
    const same = candidates.find((each) => sameCount(each.count, count));
    if (same !== undefined) return this.#sizeOf(same.name, same.axis);
    for (const { name, axis, count: size } of candidates) {
      const line = affine(size, count);
      if (line === null) continue;
      const size1 = this.#sizeOf(name, axis);
      const scaled = line.a === 1 ? size1 : graph.node("Mul", [size1, graph.ints([line.a])]);
      return line.b === 0 ? scaled : graph.node("Add", [scaled, graph.ints([line.b])]);
    }
    for (const [i, one] of candidates.entries()) {
      for (const two of candidates.slice(i)) {
        const line = affine(
          one.count.map((n, t) => n * (two.count[t] as number)),
          count,
        );
        if (line === null || line.b !== 0) continue;
        const product = graph.node("Mul", [this.#sizeOf(one.name, one.axis), this.#sizeOf(two.name, two.axis)]);
        return line.a === 1 ? product : graph.node("Mul", [product, graph.ints([line.a])]);
      }
    }
    throw new NoFormula("a size");
  }

  /** Sizes as a vector of integers. `near` are tensors whose dimensions they may be. @throws NoFormula */
  sizes(counts: readonly Count[], near: readonly (Operand | null)[]): string {
    const { graph } = this;
    if (counts.every(isFixed)) return graph.ints(counts.map(([n]) => n as number));
    const tensors = near.filter((operand) => operand !== null);
    const parts: string[] = [];
    let fixed: number[] = [];
    const flush = (): void => {
      if (fixed.length > 0) parts.push(graph.ints(fixed));
      fixed = [];
    };
    for (const count of counts) {
      if (isFixed(count)) {
        fixed.push(count[0] as number);
      } else {
        flush();
        parts.push(this.#size(count, tensors));
      }
    }
    flush();
    return parts.length === 1 ? (parts[0] as string) : graph.node("Concat", parts, { axis: 0 });
  }

  /** x in another shape. */
  reshape(x: Operand, shape: readonly Count[]): string {
    const { graph } = this;
    if (sameShape(x.shape, shape)) return x.name;
    const hasZero = shape.some((count) => count.includes(0));
    const target = shape.map((count, d) => {
      if (isFixed(count)) return count[0] as number;
      const own = x.shape[d];
      return own !== undefined && sameCount(own, count) && !hasZero ? 0 : null;
    });
    const open = target.flatMap((size, d) => (size === null ? [d] : []));
    if (open.length === 1 && !hasZero) target[open[0] as number] = -1;
    if (target.every((size) => size !== null)) {
      const attributes: Attributes = hasZero ? { allowzero: 1 } : {};
      return graph.node("Reshape", [x.name, graph.ints(target as number[])], attributes);
    }
    return graph.node("Reshape", [x.name, this.sizes(shape, [x])], hasZero ? { allowzero: 1 } : {});
  }

  /** x broadcast to a shape. */
  expand(x: Operand, shape: readonly Count[], near: readonly (Operand | null)[] = []): string {
    return sameShape(x.shape, shape) ? x.name : this.graph.node("Expand", [x.name, this.sizes(shape, [x, ...near])]);
  }
}

function sameShape(a: readonly Count[], b: readonly Count[]): boolean {
  return a.length === b.length && a.every((count, d) => sameCount(count, b[d] as Count));
}

/** Whether arrays hold the same numbers, NaN among them. */
function sameNumbers(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i]) && a[i] !== b[i]) return false;
  return true;
}

/** A number that has to be the same in all traces. */
export function fixedSize(count: Count, what: string): number {
  if (!isFixed(count)) throw new NoFormula(what);
  return count[0] as number;
}

/** Sizes that have to be the same in all traces. */
export function fixedSizes(counts: readonly Count[], what: string): number[] {
  return counts.map((count) => fixedSize(count, what));
}

/** The number of elements of a shape, in each trace. */
export function countOf(shape: readonly Count[], traces: number): Count {
  return Array.from({ length: traces }, (_, t) => sizeOf(shape.map((count) => count[t] as number)));
}

/** The first input. */
export function first(call: Call<unknown>): Operand {
  return nth(call, 0);
}

/** An input that is there. */
export function nth({ inputs }: Call<unknown>, i: number): Operand {
  const operand = inputs[i];
  if (operand == null) throw new NoCounterpart(`input ${i} is missing`);
  return operand;
}

/** A number in the dtype of an operand. */
export function like(call: Call<unknown>, value: number, dtype: OnnxType = first(call).dtype): string {
  return call.graph.scalar(value, dtype);
}
