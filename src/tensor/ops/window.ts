/** @file Windows that slide over images: laid out as columns, summed up, convolved, and their largest elements. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { contiguousStrides, dense, emptyArray, isContiguous, withContiguous } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { defineOp, type Op } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";

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
function withPadding<T>(k: Backend, x: NDArray, w: Windows, use: (x: NDArray) => T): T {
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
function collected(k: Backend, like: NDArray, w: Windows, add: (padded: NDArray) => void): NDArray {
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
function elementOfWindows(
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
function* offsets({ kernel }: Windows): Iterable<Pair> {
  for (let i = 0; i < kernel[0]; i++) for (let j = 0; j < kernel[1]; j++) yield [i, j];
}

/** Rows: elements of a window in every channel; columns: all windows of all images. */
function columnsOf(k: Backend, x: NDArray, w: Windows): NDArray {
  const [batch, channels] = w.shape;
  const { kernel, stride, dilation, counts } = w;
  return withPadding(k, x, w, (padded) => {
    const [n = 0, c = 0, down = 0, across = 0] = padded.strides;
    const shape = [channels, ...kernel, batch, ...counts];
    const strides = [c, dilation[0] * down, dilation[1] * across, n, stride[0] * down, stride[1] * across];
    const out = emptyArray(k, x.dtype, shape);
    k.copy(out, { ...padded, shape, strides });
    return dense(out.storage, [channels * kernel[0] * kernel[1], batch * counts[0] * counts[1]]);
  });
}

/** Images as a matrix of all windows side by side: [N,C,H,W] → [C·kh·kw, N·oh·ow]. */
export const toColumns: Op<[NDArray], Windows> = defineOp<[NDArray], Windows>({
  name: "toColumns",
  gradName: "Im2ColBackward0",
  forward: (k, [x], windows) => columnsOf(k, x, windows),
  backward: (grad, ctx) => [apply(fromColumns, [grad], ctx.params)],
});

/** The transpose of {@link toColumns}: adds the columns up where their windows overlap. */
export const fromColumns: Op<[NDArray], Windows> = defineOp<[NDArray], Windows>({
  name: "fromColumns",
  gradName: "Col2ImBackward0",
  forward: (k, [columns], w) =>
    withContiguous(k, columns, (source) =>
      collected(k, source, w, (padded) => {
        const [batch, channels] = w.shape;
        const shape = [channels, ...w.kernel, batch, ...w.counts];
        const strides = contiguousStrides(shape);
        const [c = 0, i = 0, j = 0, n = 0, down = 0, across = 0] = strides;
        for (const [row, column] of offsets(w)) {
          k.addInto(elementOfWindows(padded, w, row, column), {
            ...source,
            shape: [batch, channels, ...w.counts],
            strides: [n, c, down, across],
            offset: source.offset + row * i + column * j,
          });
        }
      }),
    ),
  backward: (grad, ctx) => [apply(toColumns, [grad], ctx.params).view(ctx.shape(0))],
});

/** The sum of every window: [N,C,H,W] → [N,C,oh,ow]. */
export const sumWindows: Op<[NDArray], Windows> = defineOp<[NDArray], Windows>({
  name: "sumWindows",
  gradName: "AvgPool2DBackward0",
  forward: (k, [x], w) =>
    withPadding(k, x, w, (padded) => {
      const out = emptyArray(k, x.dtype, [w.shape[0], w.shape[1], ...w.counts]);
      k.fill(out, 0);
      for (const [i, j] of offsets(w)) k.addInto(out, elementOfWindows(padded, w, i, j));
      return out;
    }),
  backward: (grad, ctx) => [apply(spreadWindows, [grad], ctx.params)],
});

/** The transpose of {@link sumWindows}. */
export const spreadWindows: Op<[NDArray], Windows> = defineOp<[NDArray], Windows>({
  name: "spreadWindows",
  gradName: "AvgPool2DBackwardBackward0",
  forward: (k, [x], w) =>
    collected(k, x, w, (padded) => {
      for (const [i, j] of offsets(w)) k.addInto(elementOfWindows(padded, w, i, j), x);
    }),
  backward: (grad, ctx) => [apply(sumWindows, [grad], ctx.params)],
});

export interface Convolution {
  readonly windows: Windows;
  readonly groups: number;
}

/** [A,B]·[B,C], or the same for every group. */
function product(a: Tensor, b: Tensor): Tensor {
  return a.ndim === 2 ? a.mm(b) : a.bmm(b);
}

/** Sizes with the number of groups before them, unless there is only one. */
function grouped(groups: number, ...sizes: number[]): number[] {
  return groups === 1 ? sizes : [groups, ...sizes];
}

/**
 * Correlation of images [N,C,H,W] with kernels [O,C/groups,kh,kw], plus a bias [O] if there is one: one matrix product
 * of the kernels with the windows as columns.
 */
export const convolution = defineOp<readonly NDArray[], Convolution>({
  name: "convolution",
  gradName: "ConvolutionBackward0",
  forward(k, [x, weight, bias], { windows, groups }) {
    const [batch, channels] = windows.shape;
    const { kernel, counts } = windows;
    const outputs = (weight as NDArray).shape[0] as number;
    const depth = (channels / groups) * kernel[0] * kernel[1];
    const places = batch * counts[0] * counts[1];
    const columns = columnsOf(k, x as NDArray, windows);
    const result = withContiguous(k, weight as NDArray, (w) =>
      k.matmul(
        { ...w, ...layout(grouped(groups, outputs / groups, depth)) },
        dense(columns.storage, grouped(groups, depth, places)),
      ),
    );
    k.free(columns.storage);
    const [row, column] = [counts[1], 1];
    const shape = [batch, outputs, ...counts];
    const strides = [counts[0] * counts[1], places, row, column];
    const images: NDArray = { ...result, shape, strides, offset: 0 };
    if (bias === undefined && isContiguous(shape, strides)) return dense(result.storage, shape);
    let out: NDArray;
    if (bias !== undefined) {
      const perChannel = { ...bias, shape: [1, outputs, 1, 1], strides: [0, bias.strides[0] as number, 0, 0] };
      out = k.binary("add", images, perChannel, shape);
    } else {
      out = emptyArray(k, result.dtype, shape);
      k.copy(out, images);
    }
    k.free(result.storage);
    return out;
  },
  saves: [[1], [0], []],
  backward(grad, ctx) {
    const { windows, groups } = ctx.params;
    const { shape, kernel, counts } = windows;
    const weightShape = ctx.shape(1);
    const outputs = weightShape[0] as number;
    const depth = (shape[1] / groups) * kernel[0] * kernel[1];
    const places = shape[0] * counts[0] * counts[1];
    const rows = grad.permute(1, 0, 2, 3).reshape(grouped(groups, outputs / groups, places));
    const matrix = grouped(groups, outputs / groups, depth);
    let forInput: Tensor | null = null;
    if (ctx.needs(0)) {
      const columns = product(ctx.input(1).reshape(matrix).transpose(-1, -2), rows);
      forInput = apply(fromColumns, [columns], windows);
    }
    let forWeight: Tensor | null = null;
    if (ctx.needs(1)) {
      const columns = apply(toColumns, [ctx.input(0)], windows).view(grouped(groups, depth, places));
      forWeight = product(rows, columns.transpose(-1, -2)).view(weightShape);
    }
    if (ctx.shape(2) === undefined) return [forInput, forWeight];
    return [forInput, forWeight, ctx.needs(2) ? rows.sum(-1).view(outputs) : null];
  },
});

function layout(shape: readonly number[]): { shape: readonly number[]; strides: readonly number[] } {
  return { shape, strides: contiguousStrides(shape) };
}

/** Largest elements of every window, and where in their plane [H,W] they lie. */
function largest(k: Backend, x: NDArray, w: Windows): { values: NDArray; indices: NDArray } {
  const { values, indices } = withContiguous(k, x, (source) => k.maxPool(source, w));
  const shape = [w.shape[0], w.shape[1], ...w.counts];
  return { values: dense(values.storage, shape), indices: dense(indices.storage, shape) };
}

/** The largest element of every window: [N,C,H,W] → [N,C,oh,ow]. Of equal ones the first counts; NaN is the largest. */
export const maxWindows = defineOp<[NDArray], Windows>({
  name: "maxPool2d",
  gradName: "MaxPool2DWithIndicesBackward0",
  forward(k, [x], windows, extras) {
    const { values, indices } = largest(k, x, windows);
    extras.push(indices);
    return values;
  },
  backward(grad, ctx) {
    const { shape } = ctx.params;
    const planes = shape[0] * shape[1];
    const indices = ctx.extra(0).view(planes, -1);
    const zeros = grad.zerosOfShape([planes, shape[2] * shape[3]]);
    return [zeros.scatterAdd(1, indices, grad.reshape(indices.shape)).view(shape)];
  },
});

/** Where in its plane [H,W], read row by row, the largest element of every window lies: int32. */
export const maxWindowsIndices = defineOp<[NDArray], Windows>({
  name: "maxPool2d",
  gradName: "NotDifferentiable",
  forward(k, [x], windows) {
    const { values, indices } = largest(k, x, windows);
    k.free(values.storage);
    return indices;
  },
});
