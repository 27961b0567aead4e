/** @file Convolutions and their gradients; where threads share no memory as matrix products. */
import type { Backend, ConvWindows, NDArray } from "../backend.ts";
import { isOfVolumes } from "../conv-volumes.ts";
import * as products from "../conv2d.ts";
import { sizeOf } from "../layout.ts";
import { fold } from "./axis-ops.ts";
import type { GpuContext } from "./gpu-context.ts";
import {
  type Border,
  type ChannelTile,
  channelTile,
  convInputGradKernel,
  convKernel,
  convWeightGradKernel,
  weightGradParts,
} from "./sources/conv.ts";

/** The numbers of all kernels. */
function sizesOf(w: ConvWindows, outputs: number): number[] {
  const [batch, channels, height, width] = w.shape;
  const { groups, counts, kernel, stride, padding, dilation } = w;
  return [
    ...[batch, groups, channels / groups, height, width, outputs / groups, ...counts, ...kernel],
    ...[...stride, ...padding, ...dilation],
  ];
}

function tileOf(channels: number, { groups }: ConvWindows): ChannelTile {
  return channelTile(channels / groups);
}

export function conv2d(
  k: Backend,
  context: GpuContext,
  x: NDArray,
  weight: NDArray,
  bias: NDArray | null,
  w: ConvWindows,
): NDArray {
  const { threads } = context.runtime;
  if (threads === null || isOfVolumes(w)) return products.conv2d(k, x, weight, bias, w);
  const outputs = weight.shape[0] as number;
  const shape = [w.shape[0], outputs, ...w.counts];
  const length = sizeOf(shape);
  if (length === 0) return context.result(x.dtype, shape, 0);
  const kernel = convKernel(`${tileOf(outputs, w)}:${bias === null ? "plain" : "bias"}:${borderOf(w)}:${threads}`);
  const arrays = [context.array(x), context.array(weight), ...(bias === null ? [] : [context.array(bias)])];
  const numbers = [...sizesOf(w, outputs), x.offset, weight.offset, ...(bias === null ? [] : [bias.offset])];
  return context.result(x.dtype, shape, context.run(kernel, length, arrays, numbers));
}

export function conv2dInputGrad(
  k: Backend,
  context: GpuContext,
  grad: NDArray,
  weight: NDArray,
  w: ConvWindows,
): NDArray {
  const { threads } = context.runtime;
  if (threads === null || isOfVolumes(w)) return products.conv2dInputGrad(k, grad, weight, w);
  const length = sizeOf(w.shape);
  if (length === 0 || sizeOf(grad.shape) === 0) return context.result(grad.dtype, w.shape, 0);
  const kernel = convInputGradKernel(`${tileOf(w.shape[1], w)}:${threads}`);
  const numbers = [...sizesOf(w, weight.shape[0] as number), grad.offset, weight.offset];
  const out = context.run(kernel, length, [context.array(grad), context.array(weight)], numbers);
  return context.result(grad.dtype, w.shape, out);
}

export function conv2dWeightGrad(k: Backend, context: GpuContext, x: NDArray, grad: NDArray, w: ConvWindows): NDArray {
  const { threads } = context.runtime;
  if (threads === null || isOfVolumes(w)) return products.conv2dWeightGrad(k, x, grad, w);
  const outputs = grad.shape[1] as number;
  const shape = [outputs, w.shape[1] / w.groups, ...w.kernel];
  const length = sizeOf(shape);
  const places = w.shape[0] * w.counts[0] * w.counts[1];
  if (length === 0 || places === 0 || sizeOf(x.shape) === 0) return context.result(x.dtype, shape, 0);
  const tile = tileOf(outputs, w);
  const wished = weightGradParts(length, tile, places, threads);
  const share = Math.ceil(places / wished);
  const parts = Math.ceil(places / share);
  const kernel = convWeightGradKernel(`${tile}:${borderOf(w)}:${threads}`);
  const numbers = [...sizesOf(w, outputs), x.offset, grad.offset, parts, share];
  const sums = context.run(kernel, parts * length, [context.array(x), context.array(grad)], numbers);
  if (parts === 1) return context.result(x.dtype, shape, sums);
  try {
    return context.result(x.dtype, shape, fold(context, "sum", "x", { outer: 1, n: parts, inner: length }, [sums], 0));
  } finally {
    sums.release();
  }
}

/** Whether a window reaches beyond its image. */
function borderOf({ shape, counts, kernel, stride, padding, dilation }: ConvWindows): Border {
  const reachesOut = ([0, 1] as const).some((d) => {
    const last = (counts[d] - 1) * stride[d] - padding[d] + dilation[d] * (kernel[d] - 1);
    return padding[d] > 0 || last >= (shape[2 + d] as number);
  });
  return reachesOut ? "padded" : "inside";
}
