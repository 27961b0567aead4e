/** @file Conversion of nested and typed arrays to the data of a tensor. */

import type { DType, TypedArray } from "../../kernels/backend.ts";
import { getDefaultDtype } from "../core/defaults.ts";
import { describeValue } from "../core/describe.ts";
import { isFloat, newTypedArray, promoteTypes } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { checkCount, overflow, stored } from "./range.ts";
import type { NestedArray } from "./readback.ts";
import type { Tensor } from "./tensor.ts";

/** A typed array of any kind, of any realm. */
export type NumberArray =
  | TypedArray
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The narrowest dtype for the numbers of each kind of typed array, where they fit. */
const DTYPES: Readonly<Record<string, DType>> = {
  Float32Array: "float32",
  Float64Array: "float64",
  Float16Array: "float32",
  Int32Array: "int32",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
  Int8Array: "int32",
  Int16Array: "int32",
  Uint16Array: "int32",
  Uint32Array: "int32",
  BigInt64Array: "int32",
  BigUint64Array: "int32",
};

/** The getter that tells the kind of a typed array, whichever realm it is from. */
const kindOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get;

/** The dtype of a typed array, or undefined for anything else. */
export function dtypeOf(value: unknown): DType | undefined {
  const kind: unknown = kindOf?.call(value);
  return typeof kind === "string" ? DTYPES[kind] : undefined;
}

/**
 * A copy of numbers as an array of a dtype.
 *
 * @throws ValueError for a number that does not fit a dtype of integers.
 */
export function converted(op: string, data: ArrayLike<number | bigint>, dtype: DType): TypedArray {
  const out = newTypedArray(dtype, data.length);
  if (isFloat(dtype)) {
    for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
    return out;
  }
  for (let i = 0; i < out.length; i++) {
    const value = data[i] as number | bigint;
    if (typeof value === "bigint" && dtype !== "bool" && BigInt(Number(value)) !== value) {
      throw overflow(op, value, dtype);
    }
    out[i] = stored(op, Number(value), dtype);
  }
  return out;
}

/** Nested arrays as numbers in row-major order, their shape, and the dtype that fits them. */
export interface Flattened {
  readonly values: Float64Array;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** More levels than that are a mistake: an array that holds itself has no end. */
const DEEPEST = 64;

/**
 * Nested arrays, whose innermost may be typed arrays, and whose numbers may be tensors of one element.
 *
 * @throws ShapeError for arrays of unequal length; DTypeError for what is no number.
 */
export function flattened(op: string, data: NestedArray): Flattened {
  const shape = shapeOf(op, data);
  checkCount(op, shape, "float64");
  const collector = new Collector(op, shape);
  collector.collect(data, 0);
  return { values: collector.values, shape, dtype: collector.dtype ?? getDefaultDtype() };
}

function shapeOf(op: string, data: unknown): number[] {
  const shape: number[] = [];
  for (let level = data; ; level = level[0] as unknown) {
    if (dtypeOf(level) !== undefined) return [...shape, (level as NumberArray).length];
    if (!Array.isArray(level)) return shape;
    shape.push(level.length);
    if (shape.length > DEEPEST) {
      throw new ShapeError(`[${op}] the data is nested more than ${DEEPEST} levels deep. Does an array hold itself?`);
    }
  }
}

class Collector {
  readonly values: Float64Array;
  /** What the numbers seen so far have in common. */
  dtype: DType | undefined;
  readonly #op: string;
  readonly #shape: readonly number[];
  #next = 0;

  constructor(op: string, shape: readonly number[]) {
    this.#op = op;
    this.#shape = shape;
    this.values = new Float64Array(shape.reduce((n, size) => n * size, 1));
  }

  collect(data: unknown, dim: number): void {
    if (dim === this.#shape.length) this.#put(data);
    else if (Array.isArray(data)) {
      this.#checkLength(data.length, dim);
      // By index, so that the holes of a sparse array are seen.
      for (let i = 0; i < data.length; i++) this.collect(data[i], dim + 1);
    } else this.#putTyped(data, dim);
  }

  #put(data: unknown): void {
    if (typeof data === "number") this.#add(data, getDefaultDtype());
    else if (typeof data === "boolean") this.#add(Number(data), "bool");
    else if (isTensor(data)) this.#add(this.#elementOf(data), data.dtype);
    else if (Array.isArray(data) || dtypeOf(data) !== undefined) {
      throw new ShapeError(
        `[${this.#op}] expected a number at dim ${this.#shape.length}, but got a sequence: the nesting is uneven`,
      );
    } else {
      const views = "Use a Float32Array, Float64Array, Int32Array or Uint8Array.";
      const hint = ArrayBuffer.isView(data) || data instanceof ArrayBuffer ? `. ${views}` : "";
      throw new DTypeError(`[${this.#op}] expected numbers or booleans, but got ${describeValue(data)}${hint}`);
    }
  }

  #elementOf(x: Tensor): number {
    if (x.numel() === 1) return Number(x.detach().itemSync());
    throw new ShapeError(
      `[${this.#op}] only one element tensors can be converted to numbers, but got one of shape [${x.shape.join(", ")}]. Join tensors with stack or cat.`,
    );
  }

  #putTyped(data: unknown, dim: number): void {
    const dtype = dtypeOf(data);
    if (dtype === undefined) {
      if (isTensor(data)) this.#elementOf(data);
      throw new ShapeError(
        `[${this.#op}] expected sequence of length ${this.#shape[dim]} at dim ${dim} (got ${typeof data === "object" ? describeValue(data) : typeof data})`,
      );
    }
    const numbers = data as NumberArray;
    this.#checkLength(numbers.length, dim);
    if (dim + 1 < this.#shape.length) {
      throw new ShapeError(
        `[${this.#op}] expected a sequence at dim ${dim + 1}, but got a number: the nesting is uneven`,
      );
    }
    for (const value of numbers) this.#add(Number(value), dtype);
  }

  #add(value: number, dtype: DType): void {
    this.values[this.#next++] = value;
    if (this.dtype !== dtype) this.dtype = this.dtype === undefined ? dtype : promoteTypes(this.dtype, dtype);
  }

  #checkLength(length: number, dim: number): void {
    if (length === this.#shape[dim]) return;
    throw new ShapeError(`[${this.#op}] expected sequence of length ${this.#shape[dim]} at dim ${dim} (got ${length})`);
  }
}
