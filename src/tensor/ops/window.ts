/** @file Windows that slide over images: laid out as columns, summed up, convolved, and their largest elements. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { contiguousStrides, dense, emptyArray, isContiguous, withContiguous } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { defineOp, type Op } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import {
  collected,
  elementOfWindows,
  grouped,
  imagesAsMatrix,
  interleaved,
  offsets,
  type Windows,
  withPadding,
} from "./window-geometry.ts";

/** Rows: elements of a window in every channel; columns: all windows of all images. */
function columnsOf(k: Backend, x: NDArray, w: Windows): NDArray {
  const [batch, channels] = w.shape;
  const { kernel, stride, dilation, counts } = w;
  return withPadding(k, x, w, (padded) => {
    const [n = 0, c = 0, down = 0, across = 0] = padded.strides;
    const [places, steps] = interleaved(w)
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
        const order = interleaved(w) ? [1, 2, 0, 3] : [1, 0, 2, 3];
        const places = [batch, channels, ...w.counts];
        const shape = order.map((d) => places[d] as number);
        const [c = 0, i = 0, j = 0, ...rest] = contiguousStrides([channels, ...w.kernel, ...shape.slice(1)]);
        for (const [row, column] of offsets(w)) {
          const to = elementOfWindows(padded, w, row, column);
          const offset = source.offset + row * i + column * j;
          const strides = order.map((d) => to.strides[d] as number);
          k.addInto({ ...to, shape, strides }, { ...source, shape, strides: [c, ...rest], offset });
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
    const shape = [batch, outputs, ...counts];
    const strides = interleaved(windows)
      ? [counts[1], places, batch * counts[1], 1]
      : [counts[0] * counts[1], places, counts[1], 1];
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
    const rows = imagesAsMatrix(grad, windows, groups);
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
