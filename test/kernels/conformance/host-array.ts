/** @file Host arrays, from which the expected results are computed: a shape and row-major numbers. */
import type { DType, TypedArray } from "../../../kernels/backend.ts";

/** Numbers in row-major order, each of them exactly representable in `dtype`. */
export interface HostArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export const ALL_DTYPES: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];
export const FLOATS: readonly DType[] = ["float32", "float64"];
export const NUMBERS: readonly DType[] = ["float32", "float64", "int32", "uint8"];

/** What an element of `dtype` holds after x was stored in it. */
export function stored(dtype: DType, x: number): number {
  switch (dtype) {
    case "float32":
      return Math.fround(x);
    case "float64":
      return x;
    case "int32":
      return Number(BigInt.asIntN(32, BigInt(Math.trunc(x))));
    case "uint8":
      return Number(BigInt.asUintN(8, BigInt(Math.trunc(x))));
    case "bool":
      return x === 0 ? 0 : 1;
  }
}

export function typed(dtype: DType, values: readonly number[]): TypedArray {
  if (dtype === "float32") return Float32Array.from(values);
  if (dtype === "float64") return Float64Array.from(values);
  return dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values);
}

export function hostArray(dtype: DType, shape: readonly number[], values: readonly number[]): HostArray {
  return { dtype, shape, values: values.map((x) => stored(dtype, x)) };
}

const knownPositions = new Map<string, readonly (readonly number[])[]>();

/** All positions of a shape in row-major order. */
export function positions(shape: readonly number[]): readonly (readonly number[])[] {
  const known = knownPositions.get(shape.join());
  if (known) return known;
  const result = shape.reduce<number[][]>(
    (heads, size) => heads.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  );
  knownPositions.set(shape.join(), result);
  return result;
}

/** Computes every element from its position. */
export function build(dtype: DType, shape: readonly number[], f: (position: readonly number[]) => number): HostArray {
  return hostArray(dtype, shape, positions(shape).map(f));
}

/** The element at a position, which may belong to a larger shape that x broadcasts to. */
export function at(x: HostArray, position: readonly number[]): number {
  const lead = position.length - x.shape.length;
  let index = 0;
  x.shape.forEach((size, d) => {
    index = index * size + (size === 1 ? 0 : (position[lead + d] ?? 0));
  });
  const value = x.values[index];
  if (value === undefined) throw new Error(`position ${position} lies outside [${x.shape}]`);
  return value;
}

/** Reproducible numbers in [0, 1): a linear congruential generator with the constants of Numerical Recipes. */
export function generator(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  next();
  return next;
}

/** Random elements in [low, high), whole ones for integers; bytes become 0 … 255 and booleans 0 or 1. */
export function random(dtype: DType, shape: readonly number[], seed: number, low = -4, high = 4): HostArray {
  const next = generator(seed);
  const length = shape.reduce((size, n) => size * n, 1);
  const values = Array.from({ length }, () => {
    const u = next();
    if (dtype === "bool") return u < 0.5 ? 0 : 1;
    if (dtype === "uint8") return Math.floor(u * 256);
    return dtype === "int32" ? Math.floor(low + u * (high - low)) : low + u * (high - low);
  });
  return hostArray(dtype, shape, values);
}
