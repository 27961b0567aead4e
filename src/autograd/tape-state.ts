/** @file Access to the autograd state of tensors: history, views, gradients. */
import { sameShape } from "../../kernels/layout.ts";
import { backendFor } from "../core/device.ts";
import { isFloat } from "../core/dtype.ts";
import { DTypeError, GraphError, ShapeError } from "../core/errors.ts";
import { bracketed } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ViewMeta, ViewOwner } from "./autograd-meta.ts";
import { captureHook } from "./capture-hook.ts";
import { isGradEnabled } from "./grad-mode.ts";
import { AccumulateGrad, type GradientHook, type GraphNode, type PostAccumulateHook } from "./node.ts";
import { ensureMeta, metaOf } from "./tensor-base.ts";
import { stridedViewOf, viewNode } from "./view-tracking.ts";

/** The `gradFn` of a tensor. A view whose memory was changed in place since gets a new one, as in PyTorch. */
export function historyOf(t: Tensor): GraphNode | null {
  const meta = metaOf(t);
  if (meta === null) return null;
  const { view } = meta;
  if (view === null) return meta.batch === null ? meta.gradFn : historyOf(meta.batch.value);
  const { base } = view;
  const isStale =
    meta.gradFn === null
      ? view.baseGradFn !== ownGradFn(base)
      : view.baseVersion !== base.storage.version && requiresGrad(base);
  if (isStale) {
    if (view.owner !== null) {
      throw view.owner.changedView("its base or another view of its base has been modified inplace");
    }
    setGradFn(t, viewNode(base, gradEdge(base), stridedViewOf(t, base), backendFor(t.storage.device)));
  }
  return meta.gradFn;
}

function ownGradFn(t: Tensor): GraphNode | null {
  return metaOf(t)?.gradFn ?? null;
}

/** Whether operations on a tensor are recorded. */
export function requiresGrad(t: Tensor): boolean {
  const meta = metaOf(t);
  if (meta === null) return false;
  if (meta.batch !== null) return requiresGrad(meta.batch.value);
  return meta.leafRequiresGrad || (meta.view === null ? meta.gradFn : historyOf(t)) !== null;
}

/** Sets `requiresGrad` of a leaf. */
export function setRequiresGrad(t: Tensor, value: boolean): void {
  if (isBatched(t)) {
    if (value === requiresGrad(t)) return;
    throw new GraphError(
      "[requiresGrad_] vmap: the flag of a batched tensor cannot be changed. Differentiate inside vmap with func.grad, " +
        "vjp, jacrev, jacfwd or hessian, or set it outside.",
    );
  }
  if (historyOf(t) !== null) {
    if (value) return;
    throw new GraphError(
      "[requiresGrad_] you can only change requires_grad flags of leaf variables. " +
        "If you want to use a computed variable in a subgraph that doesn't require differentiation use v.detach().",
    );
  }
  if (value && !isFloat(t.dtype)) {
    throw new DTypeError(
      `[requiresGrad_] only Tensors of floating point dtype can require gradients, but this one is ${t.dtype}`,
    );
  }
  if (value || metaOf(t) !== null) ensureMeta(t).leafRequiresGrad = value;
}

function isBatched(t: Tensor): boolean {
  return (metaOf(t)?.batch ?? null) !== null;
}

/** Throws for what has no meaning for one sample of a batch. */
function refuseBatched(op: string, t: Tensor): void {
  if (!isBatched(t)) return;
  throw new GraphError(`[${op}] vmap: this is not supported for a batched tensor. Call it outside vmap.`);
}

/** Makes a tensor, which is no view, a leaf that requires no gradient. */
export function leaveGraph(t: Tensor): void {
  const meta = metaOf(t);
  if (meta === null) return;
  meta.gradFn = null;
  meta.leafRequiresGrad = false;
}

/** Lets backward store the gradient of a non-leaf in its `.grad`. */
export function retainGrad(t: Tensor): void {
  refuseBatched("retainGrad", t);
  const node = historyOf(t);
  if (node !== null) node.retainGradTensor = t;
  else if (!requiresGrad(t))
    throw new GraphError("[retainGrad] can't retain_grad on Tensor that has requires_grad=False");
}

/** Whether the gradient of a result is kept. */
export function retainsGrad(t: Tensor): boolean {
  return historyOf(t)?.retainGradTensor === t;
}

/** Registers a hook on the gradient of a tensor; `remove()` of the result removes it. */
export function registerHook(t: Tensor, hook: GradientHook): { remove(): void } {
  refuseBatched("registerHook", t);
  const node = gradEdge(t);
  if (node === null) {
    throw new GraphError("[registerHook] cannot register a hook on a tensor that doesn't require gradient");
  }
  const entry: GradientHook = (grad) => hook(grad);
  node.hooks = [...(node.hooks ?? []), entry];
  return {
    remove: () => {
      node.hooks = node.hooks?.filter((h) => h !== entry) ?? null;
    },
  };
}

let postAccumulateHooks = 0;

/** Whether any leaf has a hook of {@link registerPostAccumulateHook}. */
export function hasPostAccumulateHooks(): boolean {
  return postAccumulateHooks > 0;
}

/**
 * Registers a hook that `backward()` calls when it has added all gradients of a leaf to its `.grad`: as soon as the last
 * one has arrived, while the pass goes on.
 */
export function registerPostAccumulateHook(leaf: Tensor, hook: PostAccumulateHook): { remove(): void } {
  const node = gradEdge(leaf);
  if (!(node instanceof AccumulateGrad)) {
    throw new GraphError("[registerPostAccumulateHook] only leaves that require gradients accumulate them");
  }
  node.postHooks = [...(node.postHooks ?? []), hook];
  postAccumulateHooks++;
  return {
    remove: () => {
      if (!node.postHooks?.includes(hook)) return;
      node.postHooks = node.postHooks.filter((h) => h !== hook);
      postAccumulateHooks--;
    },
  };
}

/** The node that the gradient of a tensor goes to: its `gradFn`, the accumulator of a leaf, or null. */
export function gradEdge(t: Tensor): GraphNode | null {
  const meta = metaOf(t);
  if (meta === null) return null;
  if (meta.batch !== null) return gradEdge(meta.batch.value);
  const node = meta.view === null ? meta.gradFn : historyOf(t);
  if (node !== null || !meta.leafRequiresGrad) return node;
  meta.accumulator ??= new AccumulateGrad(t);
  return meta.accumulator;
}

/** {@link gradEdge} of a tensor that must have one. */
export function rootEdge(op: string, t: Tensor): GraphNode {
  const edge = gradEdge(t);
  if (edge !== null) return edge;
  throw new GraphError(
    `[${op}] element 0 of tensors does not require grad and does not have a grad_fn. ` +
      "Set requiresGrad on an input, and do not compute it inside noGrad.",
  );
}

/** Sets the `gradFn` of a tensor. */
export function setGradFn(t: Tensor, node: GraphNode): void {
  const meta = ensureMeta(t);
  meta.gradFn = node;
  if (meta.view !== null) noteBase(meta.view);
}

/** Marks `t` as a view of `source`. */
export function markViewOf(t: Tensor, source: Tensor): void {
  const outer = metaOf(source)?.view ?? null;
  const base = outer === null ? source : outer.base;
  const view: ViewMeta = { base, owner: outer === null ? null : outer.owner, baseGradFn: null, baseVersion: 0 };
  noteBase(view);
  ensureMeta(t).view = view;
}

/** Forbids in-place changes of a view that a gradient would have to flow through. */
export function setViewOwner(t: Tensor, owner: ViewOwner): void {
  const view = metaOf(t)?.view;
  if (view) view.owner = owner;
}

/**
 * Marks the results of an operation that gives several views of one tensor. As in PyTorch they may not be changed in
 * place where a gradient is asked for.
 */
export function markPartsOf(op: string, gradName: string, parts: Tensor[]): Tensor[] {
  if (!isGradEnabled()) return parts;
  for (const [i, part] of parts.entries()) {
    setViewOwner(part, {
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

function noteBase(view: ViewMeta): void {
  view.baseGradFn = ownGradFn(view.base);
  view.baseVersion = view.base.storage.version;
}

/** Forgets the base of a view, where no user knows it. */
export function forgetBase(t: Tensor): Tensor {
  const meta = metaOf(t);
  if (meta !== null) meta.view = null;
  return t;
}

/** The base of a view, or null. */
export function viewBaseOf(t: Tensor): Tensor | null {
  return metaOf(t)?.view?.base ?? null;
}

/** The creator of a view that forbids in-place changes: an operation with several outputs, or a custom one. */
export function viewOwnerOf(t: Tensor): ViewOwner | null {
  return metaOf(t)?.view?.owner ?? null;
}

/** The gradient of a tensor, for the engine and the optimizers, which do not keep it. */
export function peekGrad(t: Tensor): Tensor | null {
  captureHook?.gradUsed(t);
  return metaOf(t)?.grad ?? null;
}

/** The gradient of a tensor, and whether it belongs to the engine alone. */
export function gradState(t: Tensor): { readonly grad: Tensor | null; readonly isPrivate: boolean } {
  const meta = metaOf(t);
  return { grad: meta?.grad ?? null, isPrivate: meta?.isGradPrivate ?? false };
}

/** The hooks on the gradient of a leaf, as they are now: another list is other hooks. */
export function leafHooks(t: Tensor): { readonly hooks: unknown; readonly postHooks: unknown } {
  const accumulator = metaOf(t)?.accumulator;
  return { hooks: accumulator?.hooks ?? null, postHooks: accumulator?.postHooks ?? null };
}

/** The gradient of a tensor for a user, who may keep it. */
export function exposeGrad(t: Tensor): Tensor | null {
  captureHook?.gradUsed(t);
  const meta = metaOf(t);
  if (meta === null) return null;
  meta.isGradPrivate = false;
  return meta.grad;
}

/** Sets the gradient of a tensor to one from a user. */
export function assignGrad(t: Tensor, value: Tensor | null): void {
  if (value === null) {
    dropGrad(t);
    return;
  }
  if (!sameShape(value.shape, t.shape)) {
    throw new ShapeError(
      `[grad] assigned grad has data of a different size: expected ${bracketed(t.shape)}, got ${bracketed(value.shape)}`,
    );
  }
  if (value.dtype !== t.dtype) {
    throw new DTypeError(`[grad] assigned grad has data of a different type: expected ${t.dtype}, got ${value.dtype}`);
  }
  setGrad(t, value);
}

/** Sets the gradient of a tensor. `isPrivate`: no one else holds it, so its memory may be reused. */
export function setGrad(t: Tensor, grad: Tensor, isPrivate = false): void {
  captureHook?.gradUsed(t);
  const meta = ensureMeta(t);
  meta.grad = grad;
  meta.isGradPrivate = isPrivate;
}

/** Sets the gradient to null, and leaves its memory alone. */
export function setNoGrad(t: Tensor): void {
  const meta = metaOf(t);
  if (meta === null) return;
  meta.grad = null;
  meta.isGradPrivate = false;
}

/** Sets the gradient to null and, if no user has seen it, frees its memory at once. */
export function dropGrad(t: Tensor): void {
  captureHook?.gradUsed(t);
  const meta = metaOf(t);
  if (meta === null || meta.grad === null) return;
  if (meta.isGradPrivate) backendFor(t.storage.device).free(meta.grad.storage);
  meta.grad = null;
  meta.isGradPrivate = false;
}
