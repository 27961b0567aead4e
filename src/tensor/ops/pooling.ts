/** @file Pooling of images: means and maxima of windows, and their gradients. */
import type { Backend, NDArray, PlaneWindows, PoolDivisors } from "../../../kernels/backend.ts";
import type { ImageWindows } from "../../../kernels/im2col.ts";
import { dense, withContiguous } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { defineOp, type Op } from "../../autograd/op.ts";

/** A size in both dimensions of an image. */
export type Pair = readonly [vertical: number, horizontal: number];

/** The windows of pooling and convolution on images [N,C,H,W], with zeros around them. */
export type Windows = ImageWindows;

/** The windows of pooling on images [N,C,H,W]. */
export type Pooling = PlaneWindows & { readonly shape: Windows["shape"] };

/** Windows whose sums are divided. */
export interface AvgPooling {
  readonly windows: Pooling;
  readonly divisors: PoolDivisors;
}

/** Calls `use` with contiguous images; the result has the shape [N,C,oh,ow]. */
function poolImages(k: Backend, x: NDArray, w: Pooling, use: (x: NDArray) => NDArray): NDArray {
  return dense(withContiguous(k, x, use).storage, [w.shape[0], w.shape[1], ...w.counts]);
}

/** The divided sum of every window: [N,C,H,W] → [N,C,oh,ow]. */
export const avgPool2d: Op<[NDArray], AvgPooling> = defineOp<[NDArray], AvgPooling>({
  name: "avgPool2d",
  gradName: "AvgPool2DBackward0",
  forward: (k, [x], { windows, divisors }) =>
    poolImages(k, x, windows, (images) => k.avgPool(images, windows, divisors)),
  backward: (grad, ctx) => [apply(avgPool2dGrad, [grad], ctx.params)],
});

/** The gradient of {@link avgPool2d}: each element, divided, is added to all elements of its window. */
export const avgPool2dGrad: Op<[NDArray], AvgPooling> = defineOp<[NDArray], AvgPooling>({
  name: "avgPool2dGrad",
  gradName: "AvgPool2DBackwardBackward0",
  forward: (k, [grad], { windows, divisors }) =>
    withContiguous(k, grad, (g) => k.avgPoolGrad(g, windows, divisors, [windows.shape[2], windows.shape[3]])),
  backward: (grad, ctx) => [apply(avgPool2d, [grad], ctx.params)],
});

/** The largest element of every window: [N,C,H,W] → [N,C,oh,ow]. Of equal ones the first counts; NaN is the largest. */
export const maxPool2d = defineOp<[NDArray], Pooling>({
  name: "maxPool2d",
  gradName: "MaxPool2DWithIndicesBackward0",
  forward: (k, [x], windows) => poolImages(k, x, windows, (images) => k.maxPool(images, windows)),
  saved: [[0]],
  backward: (grad, ctx) => [apply(maxPool2dGrad, [grad, ctx.input(0)], ctx.params)],
});

/** The index of the maximum of every window in its flattened plane [H,W]: int32. */
export const maxPool2dIndices = defineOp<[NDArray], Pooling>({
  name: "maxPool2d",
  gradName: "NotDifferentiable",
  forward: (k, [x], windows) => poolImages(k, x, windows, (images) => k.maxPoolIndices(images, windows)),
});

/** The gradient of {@link maxPool2d}, from gradients [N,C,oh,ow] and the input images. */
export const maxPool2dGrad = defineOp<[NDArray, NDArray], Pooling>({
  name: "maxPool2d",
  gradName: "MaxPool2DWithIndicesBackwardBackward0",
  forward: (k, [grad, x], windows) =>
    withContiguous(k, grad, (g) => withContiguous(k, x, (images) => k.maxPoolGrad(g, images, windows))),
  saved: [[1], []],
  backward(grad, ctx) {
    // The indices of the maxima are piecewise constant in the images.
    const forImages = ctx.needs(1) ? grad.newZeros(ctx.shape(1)) : null;
    if (!ctx.needs(0)) return [null, forImages];
    const { shape, counts } = ctx.params;
    const planes = shape[0] * shape[1];
    const indices = apply(maxPool2dIndices, [ctx.input(1)], ctx.params).view(planes, counts[0] * counts[1]);
    return [
      grad
        .reshape(planes, shape[2] * shape[3])
        .gather(1, indices)
        .view(ctx.shape(0)),
      forImages,
    ];
  },
});
