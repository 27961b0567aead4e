/**
 * @file conv2d and its gradients as matrix products (im2col), for backends without kernels of their own:
 * all windows of all images are the columns of one matrix.
 */
import type { Backend, ConvWindows, NDArray } from "./backend.ts";
import { convVolumes, convVolumesInputGrad, convVolumesWeightGrad, isOfVolumes } from "./conv-volumes.ts";
import { col2im, im2col, isInterleaved } from "./im2col.ts";
import { contiguousStrides, dense, emptyArray, isContiguous } from "./layout.ts";

/** A contiguous array with other sizes. */
function reshape(x: NDArray, shape: readonly number[]): NDArray {
  return { ...x, shape, strides: contiguousStrides(shape) };
}

function transpose(x: NDArray): NDArray {
  const [g, rows, cols] = x.shape as [number, number, number];
  const [batch, row, col] = x.strides as [number, number, number];
  return { ...x, shape: [g, cols, rows], strides: [batch, col, row] };
}

/** Groups, channels of a result in each, elements of a window in each, and windows. */
function sizesOf({ shape, kernel, counts, groups }: ConvWindows, outputs: number): [number, number, number, number] {
  const depth = (shape[1] / groups) * kernel[0] * kernel[1];
  return [groups, outputs / groups, depth, shape[0] * counts[0] * counts[1]];
}

/** How the elements of a result [N,O,oh,ow] lie in a matrix [O, N·oh·ow] that has the columns' order. */
function stridesOfImages(w: ConvWindows): number[] {
  const [batch, [down, across]] = [w.shape[0], w.counts];
  const places = batch * down * across;
  return isInterleaved(w) ? [across, places, batch * across, 1] : [down * across, places, across, 1];
}

/** A result's gradient [N,O,oh,ow] as matrices [groups, O/groups, N·oh·ow]; to be freed by the caller. */
function matrixOf(k: Backend, grad: NDArray, w: ConvWindows): NDArray {
  const [groups, outputs, , places] = sizesOf(w, grad.shape[1]!);
  const matrix = emptyArray(k, grad.dtype, [groups, outputs, places]);
  k.copy({ ...matrix, shape: grad.shape, strides: stridesOfImages(w) }, grad);
  return matrix;
}

/** As {@link Backend.conv2d}. */
export function conv2d(k: Backend, x: NDArray, weight: NDArray, bias: NDArray | null, w: ConvWindows): NDArray {
  if (isOfVolumes(w)) return convVolumes(k, x, weight, bias, w);
  const channels = weight.shape[0]!;
  const [groups, outputs, depth, places] = sizesOf(w, channels);
  const columns = im2col(k, x, w);
  const product = k.matmul(reshape(weight, [groups, outputs, depth]), reshape(columns, [groups, depth, places]));
  k.free(columns.storage);
  const shape = [w.shape[0], channels, ...w.counts];
  const images: NDArray = { ...product, shape, strides: stridesOfImages(w) };
  if (bias === null && isContiguous(shape, images.strides)) return dense(product.storage, shape);
  const out = emptyArray(k, x.dtype, shape);
  if (bias === null) k.copy(out, images);
  else k.map("add", [images, { ...bias, shape: [channels, 1, 1], strides: [bias.strides[0]!, 0, 0] }], shape, [], out);
  k.free(product.storage);
  return out;
}

/** As {@link Backend.conv2dInputGrad}. */
export function conv2dInputGrad(k: Backend, grad: NDArray, weight: NDArray, w: ConvWindows): NDArray {
  if (isOfVolumes(w)) return convVolumesInputGrad(k, grad, weight, w);
  const [groups, outputs, depth, places] = sizesOf(w, weight.shape[0]!);
  const matrix = matrixOf(k, grad, w);
  const columns = k.matmul(transpose(reshape(weight, [groups, outputs, depth])), matrix);
  k.free(matrix.storage);
  const out = col2im(k, reshape(columns, [groups * depth, places]), w);
  k.free(columns.storage);
  return out;
}

/** As {@link Backend.conv2dWeightGrad}. */
export function conv2dWeightGrad(k: Backend, x: NDArray, grad: NDArray, w: ConvWindows): NDArray {
  if (isOfVolumes(w)) return convVolumesWeightGrad(k, x, grad, w);
  const channels = grad.shape[1]!;
  const [groups, , depth, places] = sizesOf(w, channels);
  const matrix = matrixOf(k, grad, w);
  const columns = im2col(k, x, w);
  const product = k.matmul(matrix, transpose(reshape(columns, [groups, depth, places])));
  k.free(matrix.storage);
  k.free(columns.storage);
  return reshape(product, [channels, w.shape[1] / groups, ...w.kernel]);
}
