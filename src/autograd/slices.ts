/** @file In-place changes of views: how the base's history learns of a change that went through a window on it. */
import type { Backend, NDArray } from "../../kernels/backend.ts";
import { isContiguous, sizeOf } from "../../kernels/layout.ts";
import { GraphError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isGradEnabled } from "./mode.ts";
import { type GraphNode, OpNode } from "./node.ts";
import { defineOp } from "./op.ts";

/** A window on the memory of an array, and how the array itself lies in that memory. */
export interface Slice {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** Strides of the array. Its gradients are laid out in the same way before the window is put on them. */
  readonly layout: readonly number[];
}

/** What made a view and cannot have its memory changed, as nobody could differentiate that. */
export interface ViewOwner {
  /** The error for a change; `happened` says which, as "is being modified inplace". */
  changedView(happened: string): GraphError;
}

/**
 * Marks the results of an operation that gives several views of one tensor. As in PyTorch they may not be changed in
 * place where a gradient is asked for.
 */
export function markPartsOf(op: string, gradName: string, parts: Tensor[]): Tensor[] {
  if (!isGradEnabled()) return parts;
  for (const [i, part] of parts.entries()) {
    part.setViewOwner({
      changedView: (happened) =>
        new GraphError(
          `[${op}] Output ${i} of ${gradName} is a view and ${happened}. This view is the output of a function that returns ` +
            "multiple views. Such functions do not allow the output views to be modified inplace. You should replace " +
            "the inplace operation by an out-of-place one, or make the view with narrow, select or at.",
        ),
    });
  }
  return parts;
}

/** The window through which `view` looks at its base. */
export function sliceOf(view: NDArray, base: NDArray): Slice {
  return { shape: view.shape, strides: view.strides, offset: view.offset - base.offset, layout: base.strides };
}

function windowOn(array: NDArray, { shape, strides, offset }: Slice): NDArray {
  return { storage: array.storage, dtype: array.dtype, shape, strides, offset: array.offset + offset };
}

/** Zeros with these strides. */
function zeros(k: Backend, like: NDArray, shape: readonly number[], strides: readonly number[]): NDArray {
  const span = sizeOf(shape) === 0 ? 0 : shape.reduce((last, size, d) => last + (size - 1) * (strides[d] as number), 1);
  const storage = k.alloc(like.dtype, span);
  k.fill({ storage, dtype: like.dtype, shape: [span], strides: [1], offset: 0 }, 0);
  return { storage, dtype: like.dtype, shape, strides, offset: 0 };
}

function sameLayout(x: NDArray, strides: readonly number[]): boolean {
  if (isContiguous(x.shape, strides)) return isContiguous(x.shape, x.strides);
  return strides.every((stride, d) => x.shape[d] === 1 || stride === x.strides[d]);
}

/** A window on a tensor that has the window's layout. Its gradient is zero outside; where windows overlap, it sums. */
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
    const out = zeros(k, src, shape, slice.layout);
    k.addInto(windowOn(out, slice), src);
    return out;
  },
  backward: (grad, ctx) => [laidOut(grad, ctx.params.slice).asStrided(ctx.params.slice)],
});

/** A copy with other strides. */
export const restride = defineOp<[NDArray], readonly number[]>({
  name: "restride",
  gradName: "CloneBackward0",
  forward(k, [x], strides) {
    const out = zeros(k, x, x.shape, strides);
    k.addInto(out, x);
    return out;
  },
  backward: (grad) => [grad],
});

/** A gradient in the layout that a window was made for. */
function laidOut(grad: Tensor, { layout }: Slice): Tensor {
  return sameLayout(grad, layout) ? grad : grad.restride(layout);
}

/** A copy of `base` with `value` written through a window. */
const copySlices = defineOp<[NDArray, NDArray], Slice>({
  name: "copySlices",
  gradName: "CopySlices",
  forward(k, [base, value], slice) {
    const out = zeros(k, base, base.shape, slice.layout);
    k.copy(out, base);
    k.copy(windowOn(out, slice), value);
    return out;
  },
  backward(grad, ctx) {
    const whole = laidOut(grad, ctx.params);
    const inside = whole.asStrided(ctx.params);
    return [ctx.needs(0) ? whole.sub(inside.sliceScatterAdd(ctx.shape(0), ctx.params)) : null, inside];
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
