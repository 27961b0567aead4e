/** @file Max and average pooling, and their gradients. */
import type { PlaneWindows, PoolDivisors, TypedArray } from "../backend.ts";
import { windowsAlong } from "../pool-windows.ts";

/** Calls `use` for every window of `planes` planes in order, with the window's place and the elements that it holds. */
function forEachWindow(
  planes: number,
  height: number,
  width: number,
  windows: PlaneWindows,
  use: (plane: number, row: number, column: number, elements: Iterable<number>) => void,
): void {
  const down = windowsAlong(windows, 0, height);
  const across = windowsAlong(windows, 1, width);
  function* elements(row: number, column: number): Iterable<number> {
    for (let i = down.starts[row]!; i < down.ends[row]!; i += down.gap) {
      for (let j = across.starts[column]!; j < across.ends[column]!; j += across.gap) yield i * width + j;
    }
  }
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < windows.counts[0]; row++) {
      for (let column = 0; column < windows.counts[1]; column++) use(plane, row, column, elements(row, column));
    }
  }
}

/**
 * For `planes` contiguous planes, where in its plane the largest element of every window lies. Of equal elements the first
 * counts; NaN is larger than all.
 */
export function maxPoolIndices(
  indices: TypedArray,
  x: TypedArray,
  offset: number,
  planes: number,
  height: number,
  width: number,
  windows: PlaneWindows,
): void {
  let out = 0;
  forEachWindow(planes, height, width, windows, (plane, _row, _column, elements) => {
    const base = offset + plane * height * width;
    let found = -1;
    let best = -Infinity;
    for (const at of elements) {
      const value = x[base + at]!;
      // biome-ignore lint/suspicious/noSelfCompare: only NaN differs from itself
      if (found < 0 || value > best || value !== value) {
        best = value;
        found = at;
      }
    }
    indices[out++] = found;
  });
}

/** For `planes` contiguous planes, the sums of their windows in double precision, divided. */
export function avgPool(
  out: TypedArray,
  x: TypedArray,
  offset: number,
  planes: number,
  height: number,
  width: number,
  windows: PlaneWindows,
  divisors: PoolDivisors,
): void {
  let to = 0;
  forEachWindow(planes, height, width, windows, (plane, row, column, elements) => {
    const base = offset + plane * height * width;
    let sum = 0;
    for (const at of elements) sum += x[base + at]!;
    out[to++] = sum / (divisors.rows[row]! * divisors.columns[column]!);
  });
}

/** Adds the divided gradients to all elements of their windows, in double precision. */
export function avgPoolGrad(
  out: TypedArray,
  grad: TypedArray,
  offset: number,
  planes: number,
  height: number,
  width: number,
  windows: PlaneWindows,
  divisors: PoolDivisors,
): void {
  const sums = new Float64Array(out.length);
  let from = offset;
  forEachWindow(planes, height, width, windows, (plane, row, column, elements) => {
    const share = grad[from++]! / (divisors.rows[row]! * divisors.columns[column]!);
    for (const at of elements) sums[plane * height * width + at]! += share;
  });
  out.set(sums);
}

/** The elements of `planes` planes that {@link maxPoolIndices} found. */
export function takeFromPlanes(
  values: TypedArray,
  x: TypedArray,
  offset: number,
  planes: number,
  size: number,
  indices: TypedArray,
): void {
  const count = indices.length / planes;
  for (let i = 0; i < indices.length; i++) values[i] = x[offset + Math.floor(i / count) * size + indices[i]!]!;
}

/** Adds every element of `grad` where {@link maxPoolIndices} found the largest one, in double precision. */
export function addToPlanes(
  out: TypedArray,
  planes: number,
  size: number,
  grad: TypedArray,
  offset: number,
  indices: TypedArray,
): void {
  const count = indices.length / planes;
  const sums = new Float64Array(out.length);
  for (let i = 0; i < indices.length; i++) sums[Math.floor(i / count) * size + indices[i]!]! += grad[offset + i]!;
  out.set(sums);
}
