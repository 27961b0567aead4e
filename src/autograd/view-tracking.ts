/** @file In-place changes of views: CopySlices, which records the change in the history of the base. */
import type { Backend, NDArray } from "../../kernels/backend.ts";
import { isContiguous, sizeOf } from "../../kernels/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type GraphNode, OpNode } from "./node.ts";
import { type Apply, defineOp, type Op } from "./op.ts";

/** Shape, strides and offset of a view in the memory of an array, and how the array itself lies in that memory. */
export interface StridedView {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** Strides of the array. Its gradients get the same layout before they are viewed. */
  readonly layout: readonly number[];
}

/** The layout of `view` relative to its base. */
export function stridedViewOf(view: NDArray, base: NDArray): StridedView {
  return { shape: view.shape, strides: view.strides, offset: view.offset - base.offset, layout: base.strides };
}

function viewArray(array: NDArray, { shape, strides, offset }: StridedView): NDArray {
  return { storage: array.storage, dtype: array.dtype, shape, strides, offset: array.offset + offset };
}

/** Zeros with these strides. */
function zeros(k: Backend, like: NDArray, shape: readonly number[], strides: readonly number[]): NDArray {
  const span = sizeOf(shape) === 0 ? 0 : shape.reduce((last, size, d) => last + (size - 1) * (strides[d] as number), 1);
  const storage = k.alloc(like.dtype, span);
  k.fill({ storage, dtype: like.dtype, shape: [span], strides: [1], offset: 0 }, 0);
  return { storage, dtype: like.dtype, shape, strides, offset: 0 };
}

function hasLayout(x: NDArray, strides: readonly number[]): boolean {
  if (isContiguous(x.shape, strides)) return isContiguous(x.shape, x.strides);
  return strides.every((stride, d) => x.shape[d] === 1 || stride === x.strides[d]);
}

/** A view of a tensor that has the view's layout. Its gradient is zero outside; where the view overlaps itself, it sums. */
export const asStrided: Op<[NDArray], StridedView> = defineOp({
  name: "asStrided",
  gradName: "AsStridedBackward0",
  view: true,
  forward: (_k, [x], view) => viewArray(x, view),
  backward: (grad, ctx, apply) => [apply(stridedScatterAdd, [grad], { shape: ctx.shape(0), view: ctx.params })],
});

/** Zeros of a shape with `src` added through a view: the transpose of {@link asStrided}. */
export const stridedScatterAdd: Op<[NDArray], { readonly shape: readonly number[]; readonly view: StridedView }> =
  defineOp({
    name: "stridedScatterAdd",
    gradName: "AsStridedScatterBackward0",
    forward(k, [src], { shape, view }) {
      const out = zeros(k, src, shape, view.layout);
      k.addInto(viewArray(out, view), src);
      return out;
    },
    backward: (grad, ctx, apply) => [
      apply(asStrided, [withLayout(grad, ctx.params.view.layout, apply)], ctx.params.view),
    ],
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

function withLayout(grad: Tensor, layout: readonly number[], apply: Apply): Tensor {
  return hasLayout(grad, layout) ? grad : apply(restride, [grad], layout);
}

/** A copy of `base` with `value` written through a view. */
const copySlices = defineOp<[NDArray, NDArray], StridedView>({
  name: "copySlices",
  gradName: "CopySlices",
  forward(k, [base, value], view) {
    const out = zeros(k, base, base.shape, view.layout);
    k.copy(out, base);
    k.copy(viewArray(out, view), value);
    return out;
  },
  backward(grad, ctx, apply) {
    const view = ctx.params;
    const whole = withLayout(grad, view.layout, apply);
    const inside = apply(asStrided, [whole], view);
    const outside = () => whole.sub(apply(stridedScatterAdd, [inside], { shape: ctx.shape(0), view }));
    return [ctx.needs(0) ? outside() : null, inside];
  },
});

/** The base's new history after the result of `node` was written into it through a view. */
export function copySlicesNode(
  base: Tensor,
  baseEdge: GraphNode | null,
  node: GraphNode,
  view: StridedView,
  backend: Backend,
): GraphNode {
  return new OpNode(copySlices, [base.shape, view.shape], view, [], [baseEdge, node], backend);
}

/** The history of a view of `base` as `base` is now. */
export function viewNode(base: Tensor, baseEdge: GraphNode | null, view: StridedView, backend: Backend): GraphNode {
  return new OpNode(asStrided, [base.shape], view, [], [baseEdge], backend);
}
