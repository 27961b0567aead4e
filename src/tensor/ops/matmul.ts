/** @file Matrix products. */
import type { NDArray } from "../../../kernels/backend.ts";
import { defineOp } from "../../autograd/op.ts";
import { ShapeError } from "../../core/errors.ts";
import { bracketed, times } from "../../core/shape.ts";

/** [M,K]·[K,N] → [M,N] */
export const mm = defineOp<[NDArray, NDArray]>({
  name: "mm",
  gradName: "MmBackward0",
  forward(k, [a, b]) {
    if (a.shape.length !== 2 || b.shape.length !== 2) {
      throw new ShapeError(`[mm] both arguments must be matrices, got ${bracketed(a.shape)} and ${bracketed(b.shape)}`);
    }
    if (a.shape[1] !== b.shape[0]) {
      throw new ShapeError(`[mm] mat1 and mat2 shapes cannot be multiplied (${times(a.shape)} and ${times(b.shape)})`);
    }
    return k.matmul(a, b);
  },
  saved: [[1], [0]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad.mm(ctx.input(1).t()) : null,
    ctx.needs(1) ? ctx.input(0).t().mm(grad) : null,
  ],
});

/** [B,M,K]·[B,K,N] → [B,M,N] */
export const bmm = defineOp<[NDArray, NDArray]>({
  name: "bmm",
  gradName: "BmmBackward0",
  forward(k, [a, b]) {
    const fits = a.shape.length === 3 && b.shape.length === 3 && a.shape[0] === b.shape[0] && a.shape[2] === b.shape[1];
    if (!fits) {
      throw new ShapeError(
        `[bmm] batch1 and batch2 must be 3D tensors [B, M, K] and [B, K, N], got ${bracketed(a.shape)} and ${bracketed(b.shape)}`,
      );
    }
    return k.matmul(a, b);
  },
  saved: [[1], [0]],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad.bmm(ctx.input(1).transpose(1, 2)) : null,
    ctx.needs(1) ? ctx.input(0).transpose(1, 2).bmm(grad) : null,
  ],
});

/** x·Wᵀ + b for x [N,in], W [out,in], b [out]: the affine layer in one kernel. */
export const linear = defineOp<[NDArray, NDArray, NDArray]>({
  name: "linear",
  gradName: "AddmmBackward0",
  forward(k, [x, weight, bias]) {
    const [out, width] = weight.shape;
    if (x.shape.length !== 2 || weight.shape.length !== 2 || x.shape[1] !== width) {
      throw new ShapeError(
        `[linear] mat1 and mat2 shapes cannot be multiplied (${times(x.shape)} and ${times([...weight.shape].reverse())})`,
      );
    }
    if (bias.shape.length !== 1 || bias.shape[0] !== out) {
      throw new ShapeError(`[linear] expected a bias of shape [${out}], got ${bracketed(bias.shape)}`);
    }
    const [rowStride, colStride] = weight.strides as [number, number];
    const transposed = { ...weight, shape: [width as number, out as number], strides: [colStride, rowStride] };
    return k.matmul(x, transposed, { bias });
  },
  saved: [[1], [0], []],
  backward: (grad, ctx) => [
    ctx.needs(0) ? grad.mm(ctx.input(1)) : null,
    ctx.needs(1) ? grad.t().mm(ctx.input(0)) : null,
    ctx.needs(2) ? grad.sum(0) : null,
  ],
});
