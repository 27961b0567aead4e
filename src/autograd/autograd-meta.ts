/** @file The tape's state of a tensor: made when the tensor first takes part in the tape. */
import type { GraphError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { AccumulateGrad, GraphNode } from "./node.ts";

/** What the tape knows of one tensor. */
export class AutogradMeta {
  /** Whether the user asked for a gradient of this leaf. */
  leafRequiresGrad = false;
  /** The node that made the tensor; null for a leaf. */
  gradFn: GraphNode | null = null;
  /** Where gradients of a leaf arrive, once something has been recorded on it. */
  accumulator: AccumulateGrad | null = null;
  grad: Tensor | null = null;
  /** The gradient came from the engine and no user has seen it, so its memory can be taken back. */
  isGradPrivate = false;
  view: ViewMeta | null = null;
}

/** What made a view and cannot have its memory changed, as nobody could differentiate that. */
export interface ViewOwner {
  /** The error for a change; `happened` says which, as "is being modified inplace". */
  changedView(happened: string): GraphError;
}

/** What the tape knows of a view. */
export interface ViewMeta {
  /** The tensor whose memory the view looks at. */
  readonly base: Tensor;
  /** What made this view, or the one it is a view of, if that forbids in-place changes. */
  owner: ViewOwner | null;
  /** The base's history and version when the view's own history was written. */
  baseGradFn: GraphNode | null;
  baseVersion: number;
}
