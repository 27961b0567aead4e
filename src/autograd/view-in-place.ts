/** @file Views in place: a tensor that gets another shape and other strides, or leaves its graph. */
import type { NDArray } from "../../kernels/backend.ts";
import { backendFor } from "../core/device.ts";
import { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkInPlace } from "./apply.ts";
import { refuseInVmap } from "./batching.ts";
import { isGradEnabled } from "./grad-mode.ts";
import { OpNode } from "./node.ts";
import type { Op } from "./op.ts";
import { gradEdge, leaveGraph, setGradFn, viewBaseOf } from "./tape-state.ts";
import { stridedViewOf, viewNode } from "./view-tracking.ts";

/** The fields of a tensor that say how it lies in its storage. */
type Layout = { -readonly [K in "shape" | "strides" | "offset"]: NDArray[K] };

/**
 * Gives `self` the shape and strides of the view that an operation makes of it. Its history becomes that of the view, with
 * PyTorch's own name for the node.
 */
export function applyViewInPlace<P>(
  definition: Op<[NDArray], P>,
  name: string,
  gradName: string,
  self: Tensor,
  params: P,
): Tensor {
  refuseInVmap(name, "Use the form without the underscore.");
  checkInPlace(name, self);
  const k = backendFor(self.storage.device);
  const { shape, strides, offset } = definition.forward(k, [self], params, []);
  const isRecorded = isGradEnabled() && self.requiresGrad;
  const base = viewBaseOf(self);
  const node = isRecorded && base === null ? nodeOf(definition, gradName, self, params) : null;
  Object.assign(self as Layout, { shape, strides, offset });
  self.storage.version++;
  if (node !== null) setGradFn(self, node);
  else if (isRecorded && base !== null) setGradFn(self, viewNode(base, gradEdge(base), stridedViewOf(self, base), k));
  return self;
}

function nodeOf<P>(definition: Op<[NDArray], P>, gradName: string, self: Tensor, params: P): OpNode<P> {
  const op: Op<readonly NDArray[], P> = { ...definition, gradName };
  return new OpNode(op, [self.shape], params, [], [gradEdge(self)], backendFor(self.storage.device));
}

/**
 * Makes a tensor a leaf without a gradient.
 *
 * @throws GraphError for a view.
 */
export function detachInPlace(self: Tensor): Tensor {
  refuseInVmap("detach_", "Use detach().");
  if (viewBaseOf(self) !== null) {
    throw new GraphError("[detach_] Can't detach views in-place. Use detach() instead.");
  }
  leaveGraph(self);
  return self;
}
