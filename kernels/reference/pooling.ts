/** @file Max pooling and its gradient. */
import type { PoolWindows, TypedArray } from "../backend.ts";

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
  { kernel, stride, padding, dilation, counts }: PoolWindows,
): void {
  const [kernelHeight, kernelWidth] = kernel;
  const [down, across] = dilation;
  let out = 0;
  for (let plane = 0; plane < planes; plane++) {
    const base = offset + plane * height * width;
    for (let row = 0; row < counts[0]; row++) {
      let top = row * stride[0] - padding[0];
      const bottom = Math.min(top + (kernelHeight - 1) * down + 1, height);
      while (top < 0) top += down;
      for (let column = 0; column < counts[1]; column++) {
        let left = column * stride[1] - padding[1];
        const right = Math.min(left + (kernelWidth - 1) * across + 1, width);
        while (left < 0) left += across;
        let at = top * width + left;
        let best = -Infinity;
        for (let i = top; i < bottom; i += down) {
          for (let j = left; j < right; j += across) {
            const value = x[base + i * width + j]!;
            // biome-ignore lint/suspicious/noSelfCompare: only NaN differs from itself
            if (value > best || value !== value) {
              best = value;
              at = i * width + j;
            }
          }
        }
        indices[out++] = at;
      }
    }
  }
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
