/** @file gather and scatter along a dimension, and rows of a byte table. */
import type { DType, NDArray, TypedArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { forEachRun, type Strided } from "./strided.ts";

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
        throw new RangeError(`index ${value} is out of bounds for dimension ${dim} with size ${size}`);
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

/** dst[index[i][j]][j] = src[i][j] for dim 0, or `+=`, in index order; `dtype` is that of dst. */
export function scatter(
  mode: "set" | "add",
  dtype: DType,
  dst: Strided,
  dim: number,
  index: Strided,
  src: Strided,
): void {
  const [to, from, where] = [dst.data, src.data, index.data];
  const step = dst.strides[dim] ?? 0;
  const strides = [without(dst.strides, dim), index.strides, src.strides];
  forEachRun(index.shape, strides, [dst.offset, index.offset, src.offset], (at, [ds, is, ss], n) => {
    let [di, ii, si] = at as [number, number, number];
    for (let k = 0; k < n; k++, di += ds!, ii += is!, si += ss!) {
      const target = di + where[ii]! * step;
      if (mode === "set") to[target] = from[si]!;
      else if (dtype === "bool") to[target]! |= from[si]!;
      else to[target]! += from[si]!;
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
