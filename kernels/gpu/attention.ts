/** @file Masked softmax, as attention needs it. */
import type { Block, NDArray } from "../backend.ts";
import { broadcastStrides, sizeOf } from "../layout.ts";
import { isTooLong, rowThreads, softmax, softmaxGrad } from "./axis-ops.ts";
import { type GpuContext, storageOf } from "./gpu-context.ts";
import { type MaskKind, maskedKernel } from "./sources/fused.ts";
import { rowMaskedSoftmaxKernel } from "./sources/row-ops.ts";
import { lanesFor } from "./sources/rows.ts";

/** The last of three dimensions. */
function lastOf({ shape }: NDArray): Block {
  const [blocks, queries, keys] = shape as [number, number, number];
  return { outer: blocks * queries, n: keys, inner: 1 };
}

export function maskedSoftmax(
  context: GpuContext,
  x: NDArray,
  mask: NDArray | null,
  scale: number,
  causal: boolean,
): NDArray {
  const length = sizeOf(x.shape);
  if (length === 0) return context.result(x.dtype, x.shape, 0);
  const [, queries, keys] = x.shape as [number, number, number];
  const arrays = [context.array(x)];
  const numbers = [x.offset, queries, keys];
  let kind: MaskKind = "none";
  if (mask !== null) {
    kind = mask.dtype === "bool" ? "bool" : "added";
    const [block, row] = broadcastStrides(mask.shape, mask.strides, x.shape) as [number, number, number];
    arrays.push(context.array(mask));
    numbers.push(mask.offset, block, row);
  }
  const block = lastOf(x);
  const threads = rowThreads(context, block);
  if (threads !== null && !isTooLong(block)) {
    const [at = 0, ...rest] = numbers;
    const ints = [block.outer, keys, lanesFor(keys, block.outer, threads), at, queries, ...rest.slice(2)];
    const kernel = rowMaskedSoftmaxKernel(kind, causal, threads);
    return context.result(x.dtype, x.shape, context.run(kernel, length, arrays, [...ints, scale, Infinity]));
  }
  const kernel = maskedKernel(`${kind}${causal ? " causal" : ""}`);
  const scores = context.run(kernel, length, arrays, [...numbers, scale, Number.NEGATIVE_INFINITY]);
  const masked = context.result(x.dtype, x.shape, scores);
  const y = softmax(context, masked, block, false);
  context.free(storageOf(masked));
  return y;
}

/** Gradient of {@link maskedSoftmax} for x. */
export function maskedSoftmaxGrad(context: GpuContext, grad: NDArray, y: NDArray, scale: number): NDArray {
  return softmaxGrad(context, grad, y, lastOf(y), false, scale);
}
