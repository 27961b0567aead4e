/** @file Traces of one module for inputs of different sizes, side by side: which numbers follow a dynamic axis. */
import { GraphError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import type { Step, Trace, Value, ValueId } from "./trace.ts";

/** A number in each of the traces. */
export type Count = readonly number[];

/** Whether a number is the same in all traces. */
export function isFixed(count: Count): boolean {
  return count.every((n) => n === count[0]);
}

export function sameCount(a: Count, b: Count): boolean {
  return a.every((n, i) => n === b[i]);
}

/** Integers a and b with y = a·x + b in all traces, if there are some. */
export function affine(x: Count, y: Count): { readonly a: number; readonly b: number } | null {
  const other = x.findIndex((n) => n !== x[0]);
  if (other < 0) return null;
  const [x0, y0] = [x[0] as number, y[0] as number];
  const a = ((y[other] as number) - y0) / ((x[other] as number) - x0);
  const b = y0 - a * x0;
  return Number.isInteger(a) && x.every((n, i) => a * n + b === y[i]) ? { a, b } : null;
}

/** Where a step is, for messages. */
export function placeOf({ label, path }: Step): string {
  return path === "" ? `'${label}'` : `'${label}' in module ${path}`;
}

/** Traces that took the same steps. */
export class Aligned {
  readonly op: string;
  readonly traces: readonly [Trace, ...Trace[]];
  readonly outputs: readonly ValueId[];

  /** @throws GraphError if the traces differ in more than numbers. */
  constructor(op: string, traces: readonly [Trace, ...Trace[]], outputs: readonly (readonly ValueId[])[]) {
    this.op = op;
    this.traces = traces;
    this.outputs = outputs[0] as readonly ValueId[];
    for (const [i, trace] of traces.entries()) this.#check(trace, outputs[i] as readonly ValueId[]);
  }

  get steps(): readonly Step[] {
    return this.traces[0].steps;
  }

  get values(): readonly Value[] {
    return this.traces[0].values;
  }

  value(id: ValueId): Value {
    return this.traces[0].values[id] as Value;
  }

  /** A value in each of the traces. */
  all(id: ValueId): readonly Value[] {
    return this.traces.map((trace) => trace.values[id] as Value);
  }

  /** The sizes of a value's dimensions. */
  shape(id: ValueId): Count[] {
    const all = this.all(id);
    return this.value(id).shape.map((_, d) => all.map(({ shape }) => shape[d] as number));
  }

  /** The parameters of a step in each of the traces. */
  params(index: number): readonly unknown[] {
    return this.traces.map((trace) => (trace.steps[index] as Step).params);
  }

  #check(trace: Trace, outputs: readonly ValueId[]): void {
    for (const [i, step] of this.steps.entries()) {
      const other = trace.steps[i];
      const isSame = other !== undefined && step.kind === other.kind && sameIds(step, other);
      if (!isSame) throw this.#differs(placeOf(step));
    }
    const isLonger = trace.steps.length > this.steps.length;
    if (isLonger) throw this.#differs(placeOf(trace.steps[this.steps.length] as Step));
    const sameOutputs = outputs.length === this.outputs.length && outputs.every((id, i) => id === this.outputs[i]);
    if (!sameOutputs || trace.values.length !== this.values.length) throw this.#differs("its result");
    for (const { id, dtype, shape } of this.values) {
      const other = trace.values[id] as Value;
      if (other.dtype !== dtype || other.shape.length !== shape.length) throw this.#differs("the rank of a tensor");
    }
  }

  #differs(where: string): GraphError {
    return new GraphError(
      `[${this.op}] forward does other operations for other inputs, from ${where} on: what it decides by numbers or sizes of its input cannot be in the file. Use where(condition, a, b), or export a module for each case.`,
    );
  }
}

function sameIds(a: Step, b: Step): boolean {
  return (
    a.inputs.length === b.inputs.length &&
    a.outputs.length === b.outputs.length &&
    a.inputs.every((id, i) => id === b.inputs[i]) &&
    a.outputs.every((id, i) => id === b.outputs[i])
  );
}

/** Whether parameters of a step are the same, tensors aside. */
export function sameParams(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || (isTensor(a) && isTensor(b)) || (typeof a === "function" && typeof b === "function"))
    return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => sameParams(Reflect.get(a, key), Reflect.get(b, key)))
  );
}
