/** @file The largest elements of squares of 2×2, which lie side by side: the usual pooling. */
import type { PoolWindows } from "../backend.ts";

/** Whether the windows are squares of 2×2 side by side, all of them inside. */
export function isSquare(
  { kernel, stride, padding, dilation, counts }: PoolWindows,
  height: number,
  width: number,
): boolean {
  const sizes = kernel[0] === 2 && kernel[1] === 2 && stride[0] === 2 && stride[1] === 2;
  return (
    sizes &&
    dilation[0] === 1 &&
    dilation[1] === 1 &&
    padding[0] === 0 &&
    padding[1] === 0 &&
    2 * counts[0] <= height &&
    2 * counts[1] <= width
  );
}

/** As the reference's `maxPool` for windows that {@link isSquare} accepts. */
export function maxPoolSquares(
  values: Float32Array,
  indices: Int32Array,
  x: Float32Array,
  offset: number,
  planes: number,
  height: number,
  width: number,
  [rows, columns]: readonly [number, number],
): void {
  let out = 0;
  for (let plane = 0; plane < planes; plane++) {
    const base = offset + plane * height * width;
    for (let row = 0; row < rows; row++) {
      let at = 2 * row * width;
      for (let column = 0; column < columns; column++, at += 2, out++) {
        let best = x[base + at]!;
        let where = at;
        const right = x[base + at + 1]!;
        const below = x[base + at + width]!;
        const diagonal = x[base + at + width + 1]!;
        // biome-ignore-start lint/suspicious/noSelfCompare: only NaN differs from itself
        // Not ≤, so that NaN wins; a NaN that has won can only lose to another.
        if (!(right <= best) && (best === best || right !== right)) {
          best = right;
          where = at + 1;
        }
        if (!(below <= best) && (best === best || below !== below)) {
          best = below;
          where = at + width;
        }
        if (!(diagonal <= best) && (best === best || diagonal !== diagonal)) {
          best = diagonal;
          where = at + width + 1;
        }
        // biome-ignore-end lint/suspicious/noSelfCompare: only NaN differs from itself
        values[out] = best;
        indices[out] = where;
      }
    }
  }
}
