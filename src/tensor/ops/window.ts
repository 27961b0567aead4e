/** @file Windows that slide over images: summed up, convolved, and their largest elements. */
import type { Backend, ConvWindows, NDArray } from "../../../kernels/backend.ts";
import { accumulateImage, kernelOffsets, windowElements, withPadding } from "../../../kernels/im2col.ts";
import { dense, emptyArray, withContiguous } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { defineOp, type Op } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import type { Windows } from "./window-geometry.ts";

/** The sum of every window: [N,C,H,W] → [N,C,oh,ow]. */
export const sumWindows: Op<[NDArray], Windows> = defineOp<[NDArray], Windows>({
  name: "sumWindows",
  gradName: "AvgPool2DBackward0",
  forward: (k, [x], w) =>
    withPadding(k, x, w, (padded) => {
      const out = emptyArray(k, x.dtype, [w.shape[0], w.shape[1], ...w.counts]);
      k.fill(out, 0);
      for (const [i, j] of kernelOffsets(w)) k.addInto(out, windowElements(padded, w, i, j));
      return out;
    }),
  backward: (grad, ctx) => [apply(spreadWindows, [grad], ctx.params)],
});

/** The transpose of {@link sumWindows}. */
export const spreadWindows: Op<[NDArray], Windows> = defineOp<[NDArray], Windows>({
  name: "spreadWindows",
  gradName: "AvgPool2DBackwardBackward0",
  forward: (k, [x], w) =>
    accumulateImage(k, x, w, (padded) => {
      for (const [i, j] of kernelOffsets(w)) k.addInto(windowElements(padded, w, i, j), x);
    }),
  backward: (grad, ctx) => [apply(sumWindows, [grad], ctx.params)],
});

export interface Convolution {
  readonly windows: Windows;
  readonly groups: number;
}

function convWindows({ windows, groups }: Convolution): ConvWindows {
  return { ...windows, groups };
}

/** Correlation of images [N,C,H,W] with kernels [O,C/groups,kh,kw], plus a bias [O] if there is one. */
export const convolution: Op<readonly NDArray[], Convolution> = defineOp<readonly NDArray[], Convolution>({
  name: "convolution",
  gradName: "ConvolutionBackward0",
  forward: (k, [x, weight, bias], params) =>
    bothContiguous(k, x as NDArray, weight as NDArray, (images, kernels) => {
      const windows = convWindows(params);
      if (bias === undefined) return k.conv2d(images, kernels, null, windows);
      return withContiguous(k, bias, (summands) => k.conv2d(images, kernels, summands, windows));
    }),
  saves: [[1], [0], []],
  backward(grad, ctx) {
    const { params } = ctx;
    const forInput = ctx.needs(0) ? apply(convolutionGradInput, [grad, ctx.input(1)], params) : null;
    const forWeight = ctx.needs(1) ? apply(convolutionGradWeight, [ctx.input(0), grad], params) : null;
    if (ctx.shape(2) === undefined) return [forInput, forWeight];
    return [forInput, forWeight, ctx.needs(2) ? sumOfChannels(grad) : null];
  },
});

/** The gradient of {@link convolution} for the images, of gradients [N,O,oh,ow] and kernels. */
export const convolutionGradInput: Op<[NDArray, NDArray], Convolution> = defineOp<[NDArray, NDArray], Convolution>({
  name: "convolution",
  gradName: "ConvolutionBackwardBackward0",
  forward: (k, inputs, params) =>
    bothContiguous(k, ...inputs, (grad, weight) => k.conv2dInputGrad(grad, weight, convWindows(params))),
  saves: [[1], [0]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? apply(convolution, [grad, ctx.input(1)], ctx.params) : null,
    ctx.needs(1) ? apply(convolutionGradWeight, [grad, ctx.input(0)], ctx.params) : null,
  ],
});

/** The gradient of {@link convolution} for the kernels, of images and gradients [N,O,oh,ow]. */
export const convolutionGradWeight: Op<[NDArray, NDArray], Convolution> = defineOp<[NDArray, NDArray], Convolution>({
  name: "convolution",
  gradName: "ConvolutionBackwardBackward0",
  forward: (k, inputs, params) =>
    bothContiguous(k, ...inputs, (x, grad) => k.conv2dWeightGrad(x, grad, convWindows(params))),
  saves: [[1], [0]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? apply(convolutionGradInput, [ctx.input(1), grad], ctx.params) : null,
    ctx.needs(1) ? apply(convolution, [ctx.input(0), grad], ctx.params) : null,
  ],
});

/** Calls `use` with both arrays, made contiguous where they are not. */
function bothContiguous<T>(k: Backend, a: NDArray, b: NDArray, use: (a: NDArray, b: NDArray) => T): T {
  return withContiguous(k, a, (first) => withContiguous(k, b, (second) => use(first, second)));
}

/** The sums over all images and places: [N,O,oh,ow] → [O]. Sums of planes come first, for their elements are neighbours. */
function sumOfChannels(images: Tensor): Tensor {
  return images.sum([2, 3]).sum(0);
}

/** Calls `use` with x, made contiguous if it is not, and gives the result the rank of images. */
function pooled(k: Backend, x: NDArray, w: Windows, use: (x: NDArray) => NDArray): NDArray {
  return dense(withContiguous(k, x, use).storage, [w.shape[0], w.shape[1], ...w.counts]);
}

/** The largest element of every window: [N,C,H,W] → [N,C,oh,ow]. Of equal ones the first counts; NaN is the largest. */
export const maxWindows = defineOp<[NDArray], Windows>({
  name: "maxPool2d",
  gradName: "MaxPool2DWithIndicesBackward0",
  forward: (k, [x], windows) => pooled(k, x, windows, (images) => k.maxPool(images, windows)),
  saves: [[0]],
  backward: (grad, ctx) => [apply(maxWindowsGrad, [grad, ctx.input(0)], ctx.params)],
});

/** Where in its plane [H,W], read row by row, the largest element of every window lies: int32. */
export const maxWindowsIndices = defineOp<[NDArray], Windows>({
  name: "maxPool2d",
  gradName: "NotDifferentiable",
  forward: (k, [x], windows) => pooled(k, x, windows, (images) => k.maxPoolIndices(images, windows)),
});

/** The gradient of {@link maxWindows}, of gradients [N,C,oh,ow] and the images whose largest elements count. */
export const maxWindowsGrad = defineOp<[NDArray, NDArray], Windows>({
  name: "maxPool2d",
  gradName: "MaxPool2DWithIndicesBackwardBackward0",
  forward: (k, inputs, windows) => bothContiguous(k, ...inputs, (grad, x) => k.maxPoolGrad(grad, x, windows)),
  saves: [[1], []],
  backward(grad, ctx) {
    const { shape, counts } = ctx.params;
    const planes = shape[0] * shape[1];
    const indices = apply(maxWindowsIndices, [ctx.input(1)], ctx.params).view(planes, counts[0] * counts[1]);
    return [
      grad
        .reshape(planes, shape[2] * shape[3])
        .gather(1, indices)
        .view(ctx.shape(0)),
      null,
    ];
  },
});
