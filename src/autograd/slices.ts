/** @file In-place changes of views: how the base's history learns of a change that went through a window on it. */
import type { Backend, NDArray } from "../../kernels/backend.ts";
import { emptyArray } from "../../kernels/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type GraphNode, OpNode } from "./node.ts";
import { defineOp } from "./op.ts";

/** A window on a contiguous array. */
export interface Slice {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** The window through which `view` looks at its base. */
export function sliceOf(view: NDArray, base: NDArray): Slice {
  return { shape: view.shape, strides: view.strides, offset: view.offset - base.offset };
}

function windowOn(array: NDArray, { shape, strides, offset }: Slice): NDArray {
  return { storage: array.storage, dtype: array.dtype, shape, strides, offset: array.offset + offset };
}

/** A window on a contiguous tensor. Its gradient is zero outside the window; where windows overlap, it sums. */
export const asStrided = defineOp<[NDArray], Slice>({
  name: "asStrided",
  gradName: "AsStridedBackward0",
  view: true,
  forward: (_k, [x], slice) => windowOn(x, slice),
  backward: (grad, ctx) => [grad.sliceScatterAdd(ctx.shape(0), ctx.params)],
});

/** Zeros of a shape with `src` added through a window: the transpose of {@link asStrided}. */
export const sliceScatterAdd = defineOp<[NDArray], { readonly shape: readonly number[]; readonly slice: Slice }>({
  name: "sliceScatterAdd",
  gradName: "AsStridedScatterBackward0",
  forward(k, [src], { shape, slice }) {
    const out = emptyArray(k, src.dtype, shape);
    k.fill(out, 0);
    k.addInto(windowOn(out, slice), src);
    return out;
  },
  backward: (grad, ctx) => [grad.contiguous().asStrided(ctx.params.slice)],
});

/** A copy of `base` with `value` written through a window. */
const copySlices = defineOp<[NDArray, NDArray], Slice>({
  name: "copySlices",
  gradName: "CopySlices",
  forward(k, [base, value], slice) {
    const out = emptyArray(k, base.dtype, base.shape);
    k.copy(out, base);
    k.copy(windowOn(out, slice), value);
    return out;
  },
  backward(grad, ctx) {
    const dense = grad.contiguous();
    const inside = dense.asStrided(ctx.params);
    return [ctx.needs(0) ? dense.sub(inside.sliceScatterAdd(ctx.shape(0), ctx.params)) : null, inside];
  },
});

/** The base's new history after the result of `node` was written into it through `slice`. */
export function copySlicesNode(base: Tensor, node: GraphNode, slice: Slice, backend: Backend): GraphNode {
  return new OpNode(copySlices, [base.shape, slice.shape], slice, [], [base.gradEdge(), node], backend);
}

/** The history of a view of `base` as `base` is now. */
export function sliceNode(base: Tensor, slice: Slice, backend: Backend): GraphNode {
  return new OpNode(asStrided, [base.shape], slice, [], [base.gradEdge()], backend);
}
