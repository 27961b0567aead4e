/** @file Convolution of images, and its gradients for the input and the weight. */
import type { Backend, ConvWindows, NDArray } from "../../../kernels/backend.ts";
import { withContiguous } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { defineOp, type Op } from "../../autograd/op.ts";
import type { Tensor } from "../tensor.ts";
import type { Windows } from "./pooling.ts";

/** Parameters of a convolution of images, or of volumes. */
export interface Conv2dParams {
  readonly windows: Windows & Pick<ConvWindows, "depth">;
  readonly groups: number;
}

function convWindows({ windows, groups }: Conv2dParams): ConvWindows {
  return { ...windows, groups };
}

/**
 * Cross-correlation of images [N,C,H,W] with a weight [O,C/groups,kh,kw], and an optional bias [O]; or of volumes
 * [N,C,D,H,W], where the windows have a depth.
 */
export const conv2d: Op<readonly NDArray[], Conv2dParams> = defineOp<readonly NDArray[], Conv2dParams>({
  name: "conv2d",
  gradName: "ConvolutionBackward0",
  forward: (k, [x, weight, bias], params) =>
    bothContiguous(k, x as NDArray, weight as NDArray, (images, kernels) => {
      const windows = convWindows(params);
      if (bias === undefined) return k.conv2d(images, kernels, null, windows);
      return withContiguous(k, bias, (contiguous) => k.conv2d(images, kernels, contiguous, windows));
    }),
  saved: [[1], [0], []],
  backward(grad, ctx) {
    const { params } = ctx;
    const forInput = ctx.needs(0) ? apply(conv2dInputGrad, [grad, ctx.input(1)], params) : null;
    const forWeight = ctx.needs(1) ? apply(conv2dWeightGrad, [ctx.input(0), grad], params) : null;
    if (ctx.shape(2) === undefined) return [forInput, forWeight];
    return [forInput, forWeight, ctx.needs(2) ? sumOfChannels(grad) : null];
  },
});

/** The gradient of {@link conv2d} for the images, from gradients [N,O,oh,ow] and the weight. */
export const conv2dInputGrad: Op<[NDArray, NDArray], Conv2dParams> = defineOp<[NDArray, NDArray], Conv2dParams>({
  name: "conv2d",
  gradName: "ConvolutionBackwardBackward0",
  forward: (k, inputs, params) =>
    bothContiguous(k, ...inputs, (grad, weight) => k.conv2dInputGrad(grad, weight, convWindows(params))),
  saved: [[1], [0]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? apply(conv2d, [grad, ctx.input(1)], ctx.params) : null,
    ctx.needs(1) ? apply(conv2dWeightGrad, [grad, ctx.input(0)], ctx.params) : null,
  ],
});

/** The gradient of {@link conv2d} for the weight, from images and gradients [N,O,oh,ow]. */
export const conv2dWeightGrad: Op<[NDArray, NDArray], Conv2dParams> = defineOp<[NDArray, NDArray], Conv2dParams>({
  name: "conv2d",
  gradName: "ConvolutionBackwardBackward0",
  forward: (k, inputs, params) =>
    bothContiguous(k, ...inputs, (x, grad) => k.conv2dWeightGrad(x, grad, convWindows(params))),
  saved: [[1], [0]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? apply(conv2dInputGrad, [ctx.input(1), grad], ctx.params) : null,
    ctx.needs(1) ? apply(conv2d, [ctx.input(0), grad], ctx.params) : null,
  ],
});

/** Calls `use` with both arrays, copied to contiguous ones if they are not. */
function bothContiguous<T>(k: Backend, a: NDArray, b: NDArray, use: (a: NDArray, b: NDArray) => T): T {
  return withContiguous(k, a, (first) => withContiguous(k, b, (second) => use(first, second)));
}

/** Sums over batch and space: [N,O,oh,ow] → [O]. Planes come first, because their elements are adjacent in memory. */
function sumOfChannels(images: Tensor): Tensor {
  return images.flatten(2).sum(2).sum(0);
}
