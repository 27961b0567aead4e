/** @file Where windows lie on images, the zeros around them, and the order of windows in a matrix. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { emptyArray } from "../../../kernels/layout.ts";

export type Pair = readonly [vertical: number, horizontal: number];

/** Windows on images [N,C,H,W]. */
export interface Windows {
  /** [N,C,H,W] */
  readonly shape: readonly [number, number, number, number];
  readonly kernel: Pair;
  readonly stride: Pair;
  /** Zeros before the first row and column. */
  readonly padding: Pair;
  readonly dilation: Pair;
  /** How many windows there are below and beside each other. */
  readonly counts: Pair;
}

/** The sizes of an image with the zeros around it that its windows reach. */
function reach({ shape, kernel, stride, padding, dilation, counts }: Windows): Pair {
  const along = (d: 0 | 1): number => {
    const last = (counts[d] - 1) * stride[d] + dilation[d] * (kernel[d] - 1) + 1;
    return Math.max((shape[2 + d] as number) + padding[d], last);
  };
  return [along(0), along(1)];
}

function isPadded(w: Windows): boolean {
  const [height, width] = reach(w);
  return height !== w.shape[2] || width !== w.shape[3];
}

/** The part of a padded image that is the image. */
function interior(padded: NDArray, { shape, padding }: Windows): NDArray {
  const [, , down = 0, across = 0] = padded.strides;
  return { ...padded, shape, offset: padded.offset + padding[0] * down + padding[1] * across };
}

/** Calls `use` with x and the zeros around it. */
export function withPadding<T>(k: Backend, x: NDArray, w: Windows, use: (x: NDArray) => T): T {
  if (!isPadded(w)) return use(x);
  const padded = emptyArray(k, x.dtype, [...w.shape.slice(0, 2), ...reach(w)]);
  k.fill(padded, 0);
  k.copy(interior(padded, w), x);
  try {
    return use(padded);
  } finally {
    k.free(padded.storage);
  }
}

/** An image of zeros that `add` adds to, with the zeros around it, of which only the image is kept. */
export function collected(k: Backend, like: NDArray, w: Windows, add: (padded: NDArray) => void): NDArray {
  const padded = emptyArray(k, like.dtype, [...w.shape.slice(0, 2), ...reach(w)]);
  k.fill(padded, 0);
  add(padded);
  if (!isPadded(w)) return padded;
  const out = emptyArray(k, like.dtype, w.shape);
  k.copy(out, interior(padded, w));
  k.free(padded.storage);
  return out;
}

/** Element (i, j) of every window of a padded image: [N,C,down,across]. */
export function elementOfWindows(
  padded: NDArray,
  { shape, stride, dilation, counts }: Windows,
  i: number,
  j: number,
): NDArray {
  const [batch = 0, channel = 0, down = 0, across = 0] = padded.strides;
  return {
    ...padded,
    shape: [shape[0], shape[1], ...counts],
    strides: [batch, channel, stride[0] * down, stride[1] * across],
    offset: padded.offset + i * dilation[0] * down + j * dilation[1] * across,
  };
}

/** The positions in a window. */
export function* offsets({ kernel }: Windows): Iterable<Pair> {
  for (let i = 0; i < kernel[0]; i++) for (let j = 0; j < kernel[1]; j++) yield [i, j];
}

/**
 * Whether neighbouring columns of a matrix of windows come from neighbouring images, row of windows by row of windows,
 * or one image follows the other. Copies go plane by plane, so the larger number belongs into the plane.
 */
export function interleaved({ shape, counts }: Windows): boolean {
  return shape[0] >= counts[0];
}
