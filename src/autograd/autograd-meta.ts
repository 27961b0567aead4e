/** @file The tape's state of a tensor: made when the tensor first takes part in the tape. */
import type { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { AccumulateGrad, GraphNode } from "./node.ts";

/**
 * What the tape knows of one tensor. All fields are private, so that neither consoles nor comparisons of tensors, as
 * `expect(a).toEqual(b)`, walk through the graph.
 */
export class AutogradMeta {
  #leafRequiresGrad: boolean = false;
  #gradFn: GraphNode | null = null;
  #accumulator: AccumulateGrad | null = null;
  #grad: Tensor | null = null;
  #isGradPrivate: boolean = false;
  #view: ViewMeta | null = null;

  /** Whether the user asked for a gradient of this leaf. */
  get leafRequiresGrad(): boolean {
    return this.#leafRequiresGrad;
  }
  set leafRequiresGrad(value: boolean) {
    this.#leafRequiresGrad = value;
  }

  /** The node that made the tensor; null for a leaf. */
  get gradFn(): GraphNode | null {
    return this.#gradFn;
  }
  set gradFn(value: GraphNode | null) {
    this.#gradFn = value;
  }

  /** Where gradients of a leaf arrive, once something has been recorded on it. */
  get accumulator(): AccumulateGrad | null {
    return this.#accumulator;
  }
  set accumulator(value: AccumulateGrad | null) {
    this.#accumulator = value;
  }

  /** The accumulated gradient. */
  get grad(): Tensor | null {
    return this.#grad;
  }
  set grad(value: Tensor | null) {
    this.#grad = value;
  }

  /** The gradient came from the engine and no user has seen it, so its memory can be taken back. */
  get isGradPrivate(): boolean {
    return this.#isGradPrivate;
  }
  set isGradPrivate(value: boolean) {
    this.#isGradPrivate = value;
  }

  /** What the tape knows of the tensor as a view; null if it is none. */
  get view(): ViewMeta | null {
    return this.#view;
  }
  set view(value: ViewMeta | null) {
    this.#view = value;
  }
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
