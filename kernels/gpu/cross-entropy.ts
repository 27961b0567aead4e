/** @file Cross-entropy and its gradient. */
import type { Block, NDArray } from "../backend.ts";
import { sizeOf } from "../layout.ts";
import { isTooLong, rowThreads, withMaxAndExpSum } from "./axis-ops.ts";
import { checkIndices } from "./device-assert.ts";
import type { GpuContext } from "./gpu-context.ts";
import { SOFTMAX } from "./sources/axis-ops.ts";
import { LOSSES, LOSSES_GRAD } from "./sources/fused.ts";
import { rowCrossEntropyKernel } from "./sources/row-ops.ts";
import { lanesFor } from "./sources/rows.ts";

export function crossEntropy(
  context: GpuContext,
  logits: NDArray,
  target: NDArray,
  ignoreIndex: number,
): { losses: NDArray; probs: NDArray } {
  const [rows, classes] = logits.shape as [number, number];
  if (rows === 0 || classes === 0) {
    return {
      losses: context.result(logits.dtype, target.shape, 0),
      probs: context.result(logits.dtype, logits.shape, 0),
    };
  }
  checkIndices(context, "crossEntropy", target, {
    size: classes,
    ignored: ignoreIndex,
    message: (value) => `Target ${value} is out of bounds.`,
  });
  const block: Block = { outer: rows, n: classes, inner: 1 };
  const threads = rowThreads(context, block);
  // Both results are one array, which has to have room for them.
  const length = rows * classes + rows;
  if (threads !== null && !isTooLong(block) && length <= context.runtime.maxLength) {
    const ints = [rows, classes, lanesFor(classes, rows, threads), logits.offset];
    const numbers = [...ints, target.offset, target.strides[0] as number, ignoreIndex, Infinity];
    const arrays = [context.array(logits), context.array(target)];
    const both = context.run(rowCrossEntropyKernel(threads), length, arrays, numbers);
    return {
      losses: context.part(logits.dtype, target.shape, both.retain(), rows * classes),
      probs: context.result(logits.dtype, logits.shape, both),
    };
  }
  return withMaxAndExpSum(context, logits, block, (x, maxima, sums) => {
    const numbers = [logits.offset, classes, target.offset, target.strides[0] as number, ignoreIndex];
    const losses = context.run(LOSSES, rows, [x, maxima, sums, context.array(target)], numbers);
    const probs = context.run(SOFTMAX, rows * classes, [x, maxima, sums], [classes, 1, logits.offset]);
    return {
      losses: context.result(logits.dtype, target.shape, losses),
      probs: context.result(logits.dtype, logits.shape, probs),
    };
  });
}

export function crossEntropyGrad(
  context: GpuContext,
  grad: NDArray,
  probs: NDArray,
  target: NDArray,
  ignoreIndex: number,
): NDArray {
  const length = sizeOf(probs.shape);
  if (length === 0) return context.result(probs.dtype, probs.shape, 0);
  const numbers = [
    grad.offset,
    grad.strides[0] as number,
    probs.offset,
    probs.shape[1] as number,
    target.offset,
    target.strides[0] as number,
    ignoreIndex,
  ];
  const arrays = [context.array(grad), context.array(probs), context.array(target)];
  return context.result(probs.dtype, probs.shape, context.run(LOSSES_GRAD, length, arrays, numbers));
}
