/** @file im2col and col2im on any backend: pooling windows as strided views of padded images. */
import type { Backend, NDArray, PoolWindows } from "./backend.ts";
import { contiguousStrides, dense, emptyArray } from "./layout.ts";

type Pair = readonly [vertical: number, horizontal: number];

/** Windows on images [N,C,H,W]. Zeros lie around the images. */
export interface ImageWindows extends PoolWindows {
  readonly shape: readonly [number, number, number, number];
}

/** The sizes of an image with the zeros around it that its windows reach. */
function paddedSize({ shape, kernel, stride, padding, dilation, counts }: ImageWindows): Pair {
  const along = (d: 0 | 1): number => {
    const last = (counts[d] - 1) * stride[d] + dilation[d] * (kernel[d] - 1) + 1;
    return Math.max((shape[2 + d] as number) + padding[d], last);
  };
  return [along(0), along(1)];
}

function isPadded(w: ImageWindows): boolean {
  const [height, width] = paddedSize(w);
  return height !== w.shape[2] || width !== w.shape[3];
}

/** The part of a padded image that is the image. */
function interior(padded: NDArray, { shape, padding }: ImageWindows): NDArray {
  const [, , down = 0, across = 0] = padded.strides;
  return { ...padded, shape, offset: padded.offset + padding[0] * down + padding[1] * across };
}

/** Calls `use` with x and the zeros around it. */
function withPadding<T>(k: Backend, x: NDArray, w: ImageWindows, use: (x: NDArray) => T): T {
  if (!isPadded(w)) return use(x);
  const padded = emptyArray(k, x.dtype, [...w.shape.slice(0, 2), ...paddedSize(w)]);
  k.fill(padded, 0);
  k.copy(interior(padded, w), x);
  try {
    return use(padded);
  } finally {
    k.free(padded.storage);
  }
}

/** An image of zeros that `add` adds to, with the zeros around it, of which only the image is kept. */
function accumulateImage(k: Backend, like: NDArray, w: ImageWindows, add: (padded: NDArray) => void): NDArray {
  const padded = emptyArray(k, like.dtype, [...w.shape.slice(0, 2), ...paddedSize(w)]);
  k.fill(padded, 0);
  add(padded);
  if (!isPadded(w)) return padded;
  const out = emptyArray(k, like.dtype, w.shape);
  k.copy(out, interior(padded, w));
  k.free(padded.storage);
  return out;
}

/** Element (i, j) of every window of a padded image: [N,C,down,across]. */
function windowElements(
  padded: NDArray,
  { shape, stride, dilation, counts }: ImageWindows,
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
function* kernelOffsets({ kernel }: ImageWindows): Iterable<Pair> {
  for (let i = 0; i < kernel[0]; i++) for (let j = 0; j < kernel[1]; j++) yield [i, j];
}

/**
 * Whether neighbouring columns of a matrix of windows come from neighbouring images, row of windows by row of windows,
 * or one image follows the other. Copies go plane by plane, so the larger number belongs into the plane.
 */
export function isInterleaved({ shape, counts }: ImageWindows): boolean {
  return shape[0] >= counts[0];
}

/** Rows: elements of a window in every channel; columns: all windows of all images. */
export function im2col(k: Backend, x: NDArray, w: ImageWindows): NDArray {
  const [batch, channels] = w.shape;
  const { kernel, stride, dilation, counts } = w;
  return withPadding(k, x, w, (padded) => {
    const [n = 0, c = 0, down = 0, across = 0] = padded.strides;
    const [places, steps] = isInterleaved(w)
      ? [
          [counts[0], batch],
          [stride[0] * down, n],
        ]
      : [
          [batch, counts[0]],
          [n, stride[0] * down],
        ];
    const shape = [channels, ...kernel, ...places, counts[1]];
    const strides = [c, dilation[0] * down, dilation[1] * across, ...steps, stride[1] * across];
    const out = emptyArray(k, x.dtype, shape);
    k.copy(out, { ...padded, shape, strides });
    return dense(out.storage, [channels * kernel[0] * kernel[1], batch * counts[0] * counts[1]]);
  });
}

/** The transpose of {@link im2col}: adds the columns of a contiguous matrix up where their windows overlap. */
export function col2im(k: Backend, columns: NDArray, w: ImageWindows): NDArray {
  return accumulateImage(k, columns, w, (padded) => {
    const [batch, channels] = w.shape;
    const order = isInterleaved(w) ? [1, 2, 0, 3] : [1, 0, 2, 3];
    const places = [batch, channels, ...w.counts];
    const shape = order.map((d) => places[d]!);
    const [c = 0, i = 0, j = 0, ...rest] = contiguousStrides([channels, ...w.kernel, ...shape.slice(1)]);
    for (const [row, column] of kernelOffsets(w)) {
      const to = windowElements(padded, w, row, column);
      const offset = columns.offset + row * i + column * j;
      const strides = order.map((d) => to.strides[d]!);
      k.addInto({ ...to, shape, strides }, { ...columns, shape, strides: [c, ...rest], offset });
    }
  });
}
