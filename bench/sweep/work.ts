/** @file What a row of the sweep is: a call with its inputs, as the processes of both sides read it. */
import type { DType } from "../../kernels/backend.ts";
import type { Argument } from "../../test/golden/calls.ts";
import type { LayerPart } from "../../test/golden/layers.ts";

/**
 * How an operand lies in memory: row-major, with its last two dimensions exchanged, with its first dimension repeated, with
 * all dimensions the other way round, with every other element of its last dimension, or with its second dimension last.
 */
export type Layout = "contiguous" | "transposed" | "broadcast" | "permuted" | "stepped" | "channelsLast";

/** Numbers of an input: drawn evenly from a range, or from a few. */
export interface Values {
  readonly low: number;
  readonly high: number;
  readonly choices?: readonly number[];
}

export interface WorkInput extends Values {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** It names positions: PyTorch has it in int64. */
  readonly index?: boolean;
  readonly grad?: boolean;
  readonly layout: Layout;
}

/** Forward alone, or with the gradients of all inputs and parameters. */
export type Pass = "forward" | "both";

export type Kind = "tensor" | "functional" | "loss" | "layer" | "optimizer" | "random";

export interface Work {
  readonly kind: Kind;
  readonly name: string;
  /** A method of its first argument; otherwise a function. */
  readonly method: boolean;
  readonly args: readonly Argument[];
  readonly options: Readonly<Record<string, Argument>>;
  readonly inputs: readonly WorkInput[];
  /** How the layer is made; a layer is called with `args`. */
  readonly layer?: LayerPart;
  readonly dtype: DType;
  readonly pass: Pass;
}

/** Where the numbers of input `i` begin. */
export const seedOf = (i: number): number => Math.imul(i + 1, 0x3c6ef372) >>> 0;

/** Numbers in [0, 1) that depend on their position and the seed alone (the finalizer of MurmurHash3). */
export function uniform(count: number, seed: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let h = Math.imul(i ^ seed, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    numbers[i] = ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  }
  return numbers;
}

/** The numbers of an input. sweep.py makes the same. */
export function valuesOf({ low, high, choices, dtype }: WorkInput, count: number, seed: number): Float64Array {
  const u = uniform(count, seed);
  const isFloat = dtype === "float32" || dtype === "float64";
  for (let i = 0; i < count; i++) {
    const at = u[i]!;
    if (choices !== undefined) u[i] = choices[Math.floor(at * choices.length)]!;
    else u[i] = isFloat ? low + at * (high - low) : low + Math.floor(at * (high - low + 1));
  }
  return u;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Items by a key, in the order of their first one. */
export function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
