/**
 * @file float32 conv2d and its gradients: im2col and a matrix product, image by image.
 *
 * A thread takes whole images, or some rows of windows if there are fewer images than threads. The matrix of one such
 * tile stays in the cache, and its product with the kernels is the result in its final order, so that nothing has to be
 * copied afterwards, and memory for all windows at once is never needed.
 */
import type { ConvWindows, NDArray } from "../backend.ts";
import {
  type Conv2dTiling,
  chunkCountOf,
  gemmOf,
  matrixBytes,
  roundUp,
  runChunks,
  tileOf,
  tilingOf,
} from "./conv2d-tiling.ts";
import { copyOut, type KernelContext, operandAddress, targetOf } from "./kernel-context.ts";
import type { Kernels } from "./recorder.ts";

/** Lays the windows of a tile out as columns, in all channels of a group; gives where the matrix is. */
function columns(kernels: Kernels, p: Conv2dTiling, images: number, row: number, rows: number, to: number): number {
  if (p.direct) return images + 4 * row * p.across;
  kernels.vector.im2col(to, images, p.inputs, ...p.geometry, row, rows, p.across, 4 * p.leading);
  return to;
}

/** out [N,O,oh,ow]. Nothing is empty. */
export function conv2dFloats(
  context: KernelContext,
  x: NDArray,
  weight: NDArray,
  bias: NDArray | null,
  w: ConvWindows,
  out: NDArray,
): void {
  const { heap } = context;
  const p = tilingOf(context, w, weight.shape[0]!);
  const { groups, inputs, outputs, depth, plane, places, across, leading } = p;
  const [images, kernel] = [operandAddress(heap, x), operandAddress(heap, weight)];
  const summands = bias === null ? 0 : operandAddress(heap, bias);
  const target = targetOf(heap, out);
  const sizes = p.widths.map((width) => [outputs, width, depth] as const);
  const gemm = gemmOf(context, sizes, [depth, 1], [leading, 1], places);
  const matrix = matrixBytes(p, inputs);
  const units = p.batch * p.tiles;
  const calls = groups * (2 + gemm.calls);
  runChunks(context, units, chunkCountOf(context, p, units), calls, matrix + gemm.scratch, (kernels, unit, own) => {
    const { image, row, count } = tileOf(p, unit);
    for (let g = 0; g < groups; g++) {
      const group = image * groups + g;
      const b = columns(kernels, p, images + 4 * group * inputs * plane, row, count, own);
      const c = target.address + 4 * (group * outputs * places + row * across);
      const [a, width, step] = [kernel + 4 * g * outputs * depth, count * across, 4 * places];
      gemm.run(kernels, outputs, width, depth, a, b, c, false, own + matrix);
      if (bias !== null) kernels.vector.addRows(c, c, summands + 4 * g * outputs, outputs, width, step, step, 4, 2);
    }
  });
  copyOut(heap, out, target);
}

/** out [N,C,H,W]. Nothing is empty. A thread takes whole planes, since windows that overlap add to the same elements. */
export function conv2dInputGradFloats(
  context: KernelContext,
  grad: NDArray,
  weight: NDArray,
  w: ConvWindows,
  out: NDArray,
): void {
  const { heap } = context;
  const p = tilingOf(context, w, weight.shape[0]!);
  const { groups, inputs, outputs, window, depth, plane, places, across, leading, tiles } = p;
  const [grads, kernel] = [operandAddress(heap, grad), operandAddress(heap, weight)];
  const target = targetOf(heap, out);
  const images = p.batch * groups;
  const channels = Math.ceil(inputs / Math.ceil(context.threads.size / images));
  const cuts = Math.ceil(inputs / channels);
  const rest = inputs - (cuts - 1) * channels;
  const sizes = [channels, rest].flatMap((some) => p.widths.map((width) => [some * window, width, outputs] as const));
  const gemm = gemmOf(context, sizes, [1, depth], [places, 1], leading);
  const matrix = matrixBytes(p, channels);
  const units = images * cuts;
  const calls = 1 + tiles * (1 + gemm.calls);
  runChunks(context, units, chunkCountOf(context, p, units), calls, matrix + gemm.scratch, (kernels, unit, own) => {
    const group = Math.floor(unit / cuts);
    const first = (unit % cuts) * channels;
    const some = Math.min(channels, inputs - first);
    const to = target.address + 4 * (group * inputs + first) * plane;
    const a = kernel + 4 * ((group % groups) * outputs * depth + first * window);
    if (!p.direct) kernels.vector.fillRows(to, 0, 1, some * plane, 0);
    for (let tile = 0; tile < tiles; tile++) {
      const { row, count } = tileOf(p, tile);
      const b = grads + 4 * (group * outputs * places + row * across);
      const c = p.direct ? to + 4 * row * across : own;
      gemm.run(kernels, some * window, count * across, outputs, a, b, c, false, own + matrix);
      if (!p.direct) kernels.vector.col2im(to, c, some, ...p.geometry, row, count, across, 4 * leading);
    }
  });
  copyOut(heap, out, target);
}

/**
 * out [O,C/groups,kh,kw]. Nothing is empty. Threads sum up on their own, and their sums are added in order. The sums are
 * those of the transpose, columns times transposed gradients: of all ways to write the product the fastest one, and a
 * gradient is quickly transposed.
 */
export function conv2dWeightGradFloats(
  context: KernelContext,
  x: NDArray,
  grad: NDArray,
  w: ConvWindows,
  out: NDArray,
): void {
  const { heap, vector } = context;
  const p = tilingOf(context, w, grad.shape[1]!);
  const { groups, inputs, outputs, depth, plane, places, across, leading } = p;
  const [images, grads] = [operandAddress(heap, x), operandAddress(heap, grad)];
  const target = targetOf(heap, out);
  const units = p.batch * p.tiles;
  const parts = chunkCountOf(context, p, units);
  const size = groups * outputs * depth;
  const sums = Array.from({ length: parts }, () => heap.scratch(4 * size));
  const sizes = p.widths.map((width) => [depth, outputs, width] as const);
  const gemm = gemmOf(context, sizes, [leading, 1], [outputs, 1], outputs);
  const matrix = matrixBytes(p, inputs);
  const turned = roundUp(4 * p.widths[0] * outputs);
  const calls = groups * (2 + gemm.calls);
  const bytes = matrix + turned + gemm.scratch;
  runChunks(context, units, parts, calls, bytes, (kernels, unit, own, part, isFirst) => {
    const { image, row, count } = tileOf(p, unit);
    const width = count * across;
    const b = own + matrix;
    for (let g = 0; g < groups; g++) {
      const group = image * groups + g;
      const a = columns(kernels, p, images + 4 * group * inputs * plane, row, count, own);
      const from = grads + 4 * (group * outputs * places + row * across);
      kernels.vector.transposeRows(b, from, width, outputs, 4 * outputs, 4 * places);
      const c = sums[part]! + 4 * g * outputs * depth;
      gemm.run(kernels, depth, outputs, width, a, b, c, !isFirst, b + turned);
    }
  });
  const [total = 0, ...others] = sums;
  for (const other of others) vector.addRows(total, total, other, 1, size, 0, 0, 0, 0);
  for (let g = 0; g < groups; g++) {
    const at = 4 * g * outputs * depth;
    vector.transposeRows(target.address + at, total + at, outputs, depth, 4 * depth, 4 * outputs);
  }
  copyOut(heap, out, target);
}
