/** @file AutogradMeta: the autograd state of a tensor, created when the tensor first takes part in a graph. */
import type { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Batch } from "./batching.ts";
import type { AccumulateGrad, GraphNode } from "./node.ts";

/**
 * The autograd state of one tensor. All fields are private, so that neither consoles nor comparisons of tensors, as
 * `expect(a).toEqual(b)`, walk through the graph.
 */
export class AutogradMeta {
  #leafRequiresGrad: boolean = false;
  #gradFn: GraphNode | null = null;
  #accumulator: AccumulateGrad | null = null;
  #grad: Tensor | null = null;
  #isGradPrivate: boolean = false;
  #view: ViewMeta | null = null;
  #batch: Batch | null = null;

  /** Whether this leaf requires a gradient. */
  get leafRequiresGrad(): boolean {
    return this.#leafRequiresGrad;
  }
  set leafRequiresGrad(value: boolean) {
    this.#leafRequiresGrad = value;
  }

  /** The node that computed the tensor; null for a leaf. */
  get gradFn(): GraphNode | null {
    return this.#gradFn;
  }
  set gradFn(value: GraphNode | null) {
    this.#gradFn = value;
  }

  /** The accumulator of a leaf, once something has been recorded on it. */
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

  /** The gradient belongs to the engine alone: no user has seen it, so its memory can be reused. */
  get isGradPrivate(): boolean {
    return this.#isGradPrivate;
  }
  set isGradPrivate(value: boolean) {
    this.#isGradPrivate = value;
  }

  /** The state of the tensor as a view; null if it is not one. */
  get view(): ViewMeta | null {
    return this.#view;
  }
  set view(value: ViewMeta | null) {
    this.#view = value;
  }

  /** Inside `vmap`: the samples that the tensor stands for, which have the history; null for any other tensor. */
  get batch(): Batch | null {
    return this.#batch;
  }
  set batch(value: Batch | null) {
    this.#batch = value;
  }
}

/** The creator of a view that cannot be changed in place, as the change could not be differentiated. */
export interface ViewOwner {
  /** The error for a change; `happened` says which, as "is being modified inplace". */
  changedView(happened: string): GraphError;
}

/** The autograd state of a view. */
export interface ViewMeta {
  /** The base: the tensor whose memory the view shares. */
  readonly base: Tensor;
  /** The creator of this view, or of the one it is a view of, if that forbids in-place changes. */
  owner: ViewOwner | null;
  /** The base's history and version when the view's own history was written. */
  baseGradFn: GraphNode | null;
  baseVersion: number;
}
