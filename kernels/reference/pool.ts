/** @file The largest elements of windows on planes. */
import type { PoolWindows, TypedArray } from "../backend.ts";

/**
 * For `planes` contiguous planes, the largest element of every window and its position in the plane. Of equal elements
 * the first counts; NaN is larger than all.
 */
export function maxPool(
  values: TypedArray,
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
        values[out] = best;
        indices[out] = at;
        out++;
      }
    }
  }
}
