/** @file gather and scatter along a dimension, and rows of a byte table. */
import type { DType, NDArray, ScatterMode, TypedArray } from "../backend.ts";
import { broadcastStrides, sizeOf } from "../layout.ts";
import { forEachRun, type Strided } from "./strided.ts";

/** The error for an index that a dimension does not have. */
export function outOfBounds(index: number, dim: number, size: number): RangeError {
  return new RangeError(`index ${index} is out of bounds for dimension ${dim} with size ${size}`);
}

/**
 * Checks every index before anything is written.
 *
 * @throws RangeError if an index lies outside [0, size).
 */
export function checkIndex(index: Strided, dim: number, size: number): void {
  forEachRun(index.shape, [index.strides], [index.offset], ([start], [step], n) => {
    for (let i = 0, at = start!; i < n; i++, at += step!) {
      const value = index.data[at]!;
      if (value < 0 || value >= size) {
        throw outOfBounds(value, dim, size);
      }
    }
  });
}

/** The strides that lead along every dimension but `dim`, where the position comes from the index instead. */
export function without(strides: readonly number[], dim: number): readonly number[] {
  return strides.map((stride, d) => (d === dim ? 0 : stride));
}

/** out[i][j] = x[index[i][j]][j] for dim 0, and so on; out has the shape of index. */
export function gather(out: Strided, x: Strided, dim: number, index: Strided): void {
  const [to, from, where] = [out.data, x.data, index.data];
  const step = x.strides[dim] ?? 0;
  const strides = [out.strides, without(x.strides, dim), index.strides];
  forEachRun(index.shape, strides, [out.offset, x.offset, index.offset], (at, [os, xs, is], n) => {
    let [oi, xi, ii] = at as [number, number, number];
    for (let k = 0; k < n; k++, oi += os!, xi += xs!, ii += is!) to[oi] = from[xi + where[ii]! * step]!;
  });
}

/** How two numbers become one. Of bools, the sum is "or", and all others are what they are of 0 and 1. */
const COMBINE: Readonly<Record<Exclude<ScatterMode, "set">, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};

/** A product of int32 has more digits than a double. */
const multiplyIntegers = (a: number, b: number): number => Math.imul(a, b);

function combination(mode: Exclude<ScatterMode, "set">, dtype: DType): (a: number, b: number) => number {
  if (mode === "add" && dtype === "bool") return (a, b) => a | b;
  return mode === "mul" && dtype === "int32" ? multiplyIntegers : COMBINE[mode];
}

/** dst[index[i][j]][j] = src[i][j] for dim 0, or `+=` and so on, in index order; `dtype` is that of dst. */
export function scatter(
  mode: ScatterMode,
  dtype: DType,
  dst: Strided,
  dim: number,
  index: Strided,
  src: Strided,
): void {
  const [to, from, where] = [dst.data, src.data, index.data];
  const step = dst.strides[dim] ?? 0;
  const strides = [without(dst.strides, dim), index.strides, src.strides];
  const combine = mode === "set" ? null : combination(mode, dtype);
  forEachRun(index.shape, strides, [dst.offset, index.offset, src.offset], (at, [ds, is, ss], n) => {
    let [di, ii, si] = at as [number, number, number];
    for (let k = 0; k < n; k++, di += ds!, ii += is!, si += ss!) {
      const target = di + where[ii]! * step;
      to[target] = combine === null ? from[si]! : combine(to[target]!, from[si]!);
    }
  });
}

/** A vector of indices as an index array that selects slices of x along `dim`. */
export function expandIndex<T extends Pick<NDArray, "shape" | "strides">>(
  index: T,
  shape: readonly number[],
  dim: number,
): T {
  const [count = 1] = index.shape;
  const [step = 1] = index.strides;
  return { ...index, shape: shape.with(dim, count), strides: shape.map((_, d) => (d === dim ? step : 0)) };
}

/** One step to row-major positions: out = out · size + index, or with `first` the index. */
export function flattenIndex(out: Strided, index: Strided, dim: number, size: number, first: boolean): void {
  const [to, from] = [out.data, index.data];
  const strides = [out.strides, broadcastStrides(index.shape, index.strides, out.shape)];
  forEachRun(out.shape, strides, [out.offset, index.offset], (at, [os, is], n) => {
    let [oi, ii] = at as [number, number];
    for (let k = 0; k < n; k++, oi += os!, ii += is!) {
      const given = from[ii]!;
      if (given < -size || given >= size) throw outOfBounds(given, dim, size);
      const position = given < 0 ? given + size : given;
      to[oi] = first ? position : to[oi]! * size + position;
    }
  });
}

/** The coordinates of the elements of a contiguous array that are not 0. */
export function nonzero(x: TypedArray, offset: number, shape: readonly number[]): number[][] {
  const found: number[][] = [];
  for (let flat = 0, n = sizeOf(shape); flat < n; flat++) {
    if (x[offset + flat] === 0) continue;
    let rest = flat;
    const row = shape.map(() => 0);
    for (let d = shape.length - 1; d >= 0; d--) {
      row[d] = rest % shape[d]!;
      rest = Math.floor(rest / shape[d]!);
    }
    found.push(row);
  }
  return found;
}

/** Row i of out = row indices[i] of the byte table, divided. */
export function gatherBytes(
  out: TypedArray,
  source: Uint8Array,
  rowLength: number,
  indices: Int32Array,
  divisor: number,
): void {
  let to = 0;
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i]! * rowLength;
    for (let from = start; from < start + rowLength; from++) out[to++] = source[from]! / divisor;
  }
}
