/**
 * @file Convolutions of volumes by those of images, for backends without kernels of their own: what each output depth sees
 * are further channels of an image.
 */
import type { Backend, ConvWindows, DepthWindows, NDArray } from "./backend.ts";
import { contiguousStrides, dense, emptyArray } from "./layout.ts";

/** Windows on volumes. */
export type VolumeWindows = ConvWindows & { readonly depth: DepthWindows };

/** Whether windows are on volumes. */
export function isOfVolumes(w: ConvWindows): w is VolumeWindows {
  return w.depth !== undefined;
}

/** The shapes of images, kernels and results, or of volumes and theirs. */
export function shapesOf(
  { shape, depth, kernel, counts, groups }: ConvWindows,
  outputs: number,
): { readonly images: readonly number[]; readonly kernels: readonly number[]; readonly results: readonly number[] } {
  const [batch, channels, ...plane] = shape;
  const along = (key: "length" | "kernel" | "count"): number[] => (depth === undefined ? [] : [depth[key]]);
  return {
    images: [batch, channels, ...along("length"), ...plane],
    kernels: [outputs, channels / groups, ...along("kernel"), ...kernel],
    results: [batch, outputs, ...along("count"), ...counts],
  };
}

/** A contiguous array with other sizes. */
function reshape(x: NDArray, shape: readonly number[]): NDArray {
  return { ...x, shape, strides: contiguousStrides(shape) };
}

/** The windows on images [N·D',C·kd,H,W]. */
function windowsOfImages({ depth, ...w }: VolumeWindows): ConvWindows {
  const [batch, channels, height, width] = w.shape;
  return { ...w, shape: [batch * depth.count, channels * depth.kernel, height, width] };
}

/** Planes of a channel, with the zeros around them that windows reach. */
function paddedLength({ depth }: VolumeWindows): number {
  const last = (depth.count - 1) * depth.stride + depth.dilation * (depth.kernel - 1) + 1;
  return Math.max(depth.length + depth.padding, last);
}

/** The volumes [N,C,D,H,W] in padded ones. */
function interior(padded: NDArray, { shape, depth }: VolumeWindows): NDArray {
  const [batch, channels, height, width] = shape;
  const offset = padded.offset + depth.padding * padded.strides[2]!;
  return { ...padded, shape: [batch, channels, depth.length, height, width], offset };
}

/** Volumes of zeros, with those around them. */
function zeroVolumes(k: Backend, dtype: NDArray["dtype"], w: VolumeWindows): NDArray {
  const [batch, channels, height, width] = w.shape;
  const padded = emptyArray(k, dtype, [batch, channels, paddedLength(w), height, width]);
  k.fill(padded, 0);
  return padded;
}

/** The depths of windows in padded volumes: [N,D',C,kd,H,W]. */
function depthsOf(padded: NDArray, { shape, depth }: VolumeWindows): NDArray {
  const [batch, channels, height, width] = shape;
  const [n = 0, c = 0, d = 0, y = 0, x = 0] = padded.strides;
  return {
    ...padded,
    shape: [batch, depth.count, channels, depth.kernel, height, width],
    strides: [n, depth.stride * d, c, depth.dilation * d, y, x],
  };
}

/** The images [N·D',C·kd,H,W] of volumes; to be freed by the caller. */
function imagesOf(k: Backend, x: NDArray, w: VolumeWindows): NDArray {
  const padded = zeroVolumes(k, x.dtype, w);
  k.copy(interior(padded, w), x);
  const depths = depthsOf(padded, w);
  const images = emptyArray(k, x.dtype, depths.shape);
  k.copy(images, depths);
  k.free(padded.storage);
  return reshape(images, windowsOfImages(w).shape);
}

/** [N·D',O,oh,ow] as [N,O,D',oh,ow], without a copy. */
function asVolumes(images: NDArray, { shape, depth }: VolumeWindows): NDArray {
  const [, outputs = 0, height = 0, width = 0] = images.shape;
  const [n = 0, c = 0, y = 0, x = 0] = contiguousStrides(images.shape);
  return {
    ...images,
    shape: [shape[0], outputs, depth.count, height, width],
    strides: [n * depth.count, c, n, y, x],
  };
}

/** A result's gradient [N,O,D',oh,ow] as [N·D',O,oh,ow]; to be freed by the caller. */
function gradOfImages(k: Backend, grad: NDArray, w: VolumeWindows): NDArray {
  const images = emptyArray(k, grad.dtype, [w.shape[0] * w.depth.count, grad.shape[1]!, ...w.counts]);
  k.copy(asVolumes(images, w), grad);
  return images;
}

/** Kernels [O,C/groups,kd,kh,kw] for images. */
function kernelsOfImages(weight: NDArray, w: VolumeWindows): NDArray {
  const [outputs = 0, share = 0] = weight.shape;
  return reshape(weight, [outputs, share * w.depth.kernel, ...w.kernel]);
}

/** As {@link Backend.conv2d}. */
export function convVolumes(k: Backend, x: NDArray, weight: NDArray, bias: NDArray | null, w: VolumeWindows): NDArray {
  const images = imagesOf(k, x, w);
  const planes = k.conv2d(images, kernelsOfImages(weight, w), bias, windowsOfImages(w));
  k.free(images.storage);
  const volumes = asVolumes(planes, w);
  const out = emptyArray(k, x.dtype, volumes.shape);
  k.copy(out, volumes);
  k.free(planes.storage);
  return out;
}

/** As {@link Backend.conv2dInputGrad}. */
export function convVolumesInputGrad(k: Backend, grad: NDArray, weight: NDArray, w: VolumeWindows): NDArray {
  const planes = gradOfImages(k, grad, w);
  const images = k.conv2dInputGrad(planes, kernelsOfImages(weight, w), windowsOfImages(w));
  k.free(planes.storage);
  const padded = zeroVolumes(k, grad.dtype, w);
  const to = depthsOf(padded, w);
  const from = reshape(images, to.shape);
  for (let tap = 0; tap < w.depth.kernel; tap++) k.addInto(atTap(to, tap), atTap(from, tap));
  k.free(images.storage);
  const volumes = interior(padded, w);
  const out = emptyArray(k, grad.dtype, volumes.shape);
  k.copy(out, volumes);
  k.free(padded.storage);
  return out;
}

/** One depth of all windows: [N,D',C,H,W]. */
function atTap(depths: NDArray, tap: number): NDArray {
  const { shape, strides, offset } = depths;
  const without = (list: readonly number[]): number[] => [...list.slice(0, 3), ...list.slice(4)];
  return { ...depths, shape: without(shape), strides: without(strides), offset: offset + tap * strides[3]! };
}

/** As {@link Backend.conv2dWeightGrad}. */
export function convVolumesWeightGrad(k: Backend, x: NDArray, grad: NDArray, w: VolumeWindows): NDArray {
  const images = imagesOf(k, x, w);
  const planes = gradOfImages(k, grad, w);
  const { storage } = k.conv2dWeightGrad(images, planes, windowsOfImages(w));
  k.free(images.storage);
  k.free(planes.storage);
  return dense(storage, [grad.shape[1]!, w.shape[1] / w.groups, w.depth.kernel, ...w.kernel]);
}
