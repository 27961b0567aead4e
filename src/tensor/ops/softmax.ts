/** @file Softmax, also of scores with a mask, log-softmax, and the cross-entropy fused with them. */
import type { Backend, NDArray } from "../../../kernels/backend.ts";
import { contiguousStrides, dense, emptyArray, sameShape, sizeOf, withContiguous } from "../../../kernels/layout.ts";
import { isGradEnabled } from "../../autograd/grad-mode.ts";
import { defineOp, OUTPUT } from "../../autograd/op.ts";
import { ShapeError } from "../../core/errors.ts";
import { bracketed } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { blockAt } from "./reduce-dims.ts";

function softmaxOp(name: string, log: boolean, gradName: string) {
  return defineOp<[NDArray], number>({
    name,
    gradName,
    forward: (k, [x], dim) =>
      dense(withContiguous(k, x, (dense) => k.softmax(dense, blockAt(x.shape, dim), log)).storage, x.shape),
    saved: [[OUTPUT]],
    backward: (grad, ctx, apply) => [apply(softmaxGrad, [grad, ctx.output()], { dim: ctx.params, log })],
  });
}

export const softmax = softmaxOp("softmax", false, "SoftmaxBackward0");
export const logSoftmax = softmaxOp("logSoftmax", true, "LogSoftmaxBackward0");

/**
 * The gradient of softmax, g·y − y·Σg·y, and of its logarithm, g − eʸ·Σg, as an operation of (g, y).
 */
export const softmaxGrad = defineOp<[NDArray, NDArray], { readonly dim: number; readonly log: boolean }>({
  name: "softmaxGrad",
  gradName: "SoftmaxBackwardDataBackward0",
  forward: (k, [grad, y], { dim, log }) =>
    withContiguous(k, grad, (g) =>
      withContiguous(k, y, (result) => dense(k.softmaxGrad(g, result, blockAt(y.shape, dim), log).storage, y.shape)),
    ),
  saved: [[1], [0, 1]],
  backward(outer, ctx) {
    const { dim, log } = ctx.params;
    const y = ctx.input(1);
    if (log) {
      const p = y.exp();
      return [
        ctx.needs(0) ? outer.sub(outer.mul(p).sum(dim, true)) : null,
        ctx.needs(1) ? outer.mul(p).mul(ctx.input(0).sum(dim, true)).neg() : null,
      ];
    }
    const inner = outer.mul(y).sum(dim, true);
    const g = ctx.needs(1) ? ctx.input(0) : null;
    return [
      ctx.needs(0) ? y.mul(outer.sub(inner)) : null,
      g === null
        ? null
        : outer
            .mul(g)
            .sub(outer.mul(g.mul(y).sum(dim, true)))
            .sub(g.mul(inner)),
    ];
  },
});

export interface MaskedSoftmaxParams {
  /** Factor of the scores. */
  readonly scale: number;
  /** Whether query i sees keys 0 … i only. */
  readonly causal: boolean;
}

/** Calls `use` with scores [..., L, S] as [B,L,S]. */
function withBlocks<T>(k: Backend, x: NDArray, use: (x: NDArray) => T): T {
  const [queries, keys] = x.shape.slice(-2) as [number, number];
  const shape = [sizeOf(x.shape.slice(0, -2)), queries, keys];
  return withContiguous(k, x, (blocks) => use({ ...blocks, shape, strides: contiguousStrides(shape) }));
}

/** Calls `use` with a mask that broadcasts to `shape`, as [B or 1,L or 1,S]. */
function withMask<T>(k: Backend, mask: NDArray, shape: readonly number[], use: (mask: NDArray) => T): T {
  const rank = shape.length;
  const own = [...new Array<number>(rank - mask.shape.length).fill(1), ...mask.shape];
  const isShared = own.slice(0, -2).every((size) => size === 1);
  const [queries, keys] = [own[rank - 2] as number, shape[rank - 1] as number];
  const wanted = [...(isShared ? own : shape).slice(0, -2), queries, keys];
  if (sameShape(own, wanted)) {
    return withContiguous(k, mask, (dense) =>
      withBlocks(k, { ...dense, shape: own, strides: contiguousStrides(own) }, use),
    );
  }
  const whole = emptyArray(k, mask.dtype, wanted);
  try {
    k.copy(whole, mask);
    return withBlocks(k, whole, use);
  } finally {
    k.free(whole.storage);
  }
}

/** Softmax along the last dimension of x·scale + mask, where attention hides keys: of (x [..., L, S], mask if there is one). */
export const maskedSoftmax = defineOp<readonly NDArray[], MaskedSoftmaxParams>({
  name: "softmax",
  gradName: "SoftmaxBackward0",
  forward(k, [scores, mask], { scale, causal }) {
    const x = scores as NDArray;
    const run = (blocks: NDArray, seen: NDArray | null): NDArray =>
      dense(k.fused.maskedSoftmax(blocks, seen, scale, causal).storage, x.shape);
    return withBlocks(k, x, (blocks) =>
      mask === undefined ? run(blocks, null) : withMask(k, mask, x.shape, (seen) => run(blocks, seen)),
    );
  },
  saved: [[OUTPUT], [OUTPUT]],
  backward(grad, ctx, apply) {
    const { scale } = ctx.params;
    const y = ctx.output();
    const forScores = (factor: number): Tensor =>
      isGradEnabled()
        ? apply(softmaxGrad, [grad, y], { dim: y.ndim - 1, log: false }).mul(factor)
        : apply(maskedSoftmaxGrad, [grad, y], factor);
    return [ctx.needs(0) ? forScores(scale) : null, ctx.needs(1) ? forScores(1) : null];
  },
});

/** The gradient of {@link maskedSoftmax} for the scores in one pass, of (g, y). Not differentiable itself. */
export const maskedSoftmaxGrad = defineOp<[NDArray, NDArray], number>({
  name: "softmaxGrad",
  gradName: "NotDifferentiable",
  forward: (k, [grad, y], scale) =>
    withBlocks(k, grad, (g) =>
      withBlocks(k, y, (result) => dense(k.fused.maskedSoftmaxGrad(g, result, scale).storage, y.shape)),
    ),
});

/** Cross-entropy of logits [N,C] with class indices [N]: one loss per row, 0 where the target is `ignoreIndex`. */
export const crossEntropy = defineOp<[NDArray, NDArray], { readonly ignoreIndex: number }>({
  name: "crossEntropy",
  gradName: "NllLossBackward0",
  forward(k, [logits, target], { ignoreIndex }, savedIntermediates) {
    const [n] = logits.shape;
    if (logits.shape.length !== 2 || target.shape.length !== 1 || target.shape[0] !== n) {
      throw new ShapeError(
        `[crossEntropy] expected logits of shape [N, C] and targets of shape [N], got ${bracketed(logits.shape)} and ${bracketed(target.shape)}`,
      );
    }
    const { losses, probs } = withContiguous(k, logits, (x) =>
      withContiguous(k, target, (t) => k.fused.crossEntropy(x, t, ignoreIndex)),
    );
    savedIntermediates.push(dense(probs.storage, logits.shape));
    return losses;
  },
  saved: [[0, 1], []],
  backward(grad, ctx, apply) {
    const { ignoreIndex } = ctx.params;
    const target = ctx.input(1);
    if (!isGradEnabled()) return [apply(crossEntropyGrad, [grad, ctx.intermediate(0), target], { ignoreIndex }), null];
    const logits = ctx.input(0);
    const ignored = target.eq(ignoreIndex);
    const onehot = target.maskedFill(ignored, 0).oneHot(logits.size(1)).to(logits.dtype);
    return [logits.softmax(1).sub(onehot).mul(grad.maskedFill(ignored, 0).unsqueeze(1)), null];
  },
});

/** The gradient of {@link crossEntropy} for the logits, g·(p − onehot), in one pass. Not differentiable itself. */
export const crossEntropyGrad = defineOp<[NDArray, NDArray, NDArray], { readonly ignoreIndex: number }>({
  name: "crossEntropyGrad",
  gradName: "NotDifferentiable",
  forward: (k, [grad, probs, target], { ignoreIndex }) =>
    withContiguous(k, target, (t) => k.fused.crossEntropyGrad(grad, probs, t, ignoreIndex)),
});
