/** @file The walk: reads the tape backwards and hands each gradient to where it belongs. */
import type { Storage } from "../../kernels/backend.ts";
import { isContiguous, sameShape } from "../../kernels/layout.ts";
import { backendFor } from "../tensor/devices.ts";
import { DTypeError, GraphError, ShapeError } from "../tensor/errors.ts";
import { bracketed } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { untidied } from "../tensor/tidy.ts";
import { isAnomalyDetected, runWatched } from "./anomaly.ts";
import { fillsStorage, withAllocationListener } from "./apply.ts";
import { FunctionNode, OutputNode } from "./function-node.ts";
import { withGradMode } from "./mode.ts";
import { AccumulateGrad, type GradientHook, type GraphNode, OpNode } from "./node.ts";
import type { Gradients } from "./op.ts";
import { NodeQueue } from "./queue.ts";

export interface BackwardOptions {
  /** Keep what the tape saved, so that the graph can be walked again. Default: `createGraph`. */
  readonly retainGraph?: boolean | undefined;
  /** Record the backward pass itself, for higher derivatives. Default: false. */
  readonly createGraph?: boolean | undefined;
}

/**
 * One walk. Gradients that only flow through are freed as soon as nobody waits for them: `owned` counts, for every
 * larger storage that the walk itself made, the pending gradients in it. What user code or `.grad` gets is disowned.
 */
export class Walk {
  readonly #pending = new Map<GraphNode, Tensor>();
  /** Gradients of the results of users' operations that wait for those of the other results. */
  readonly #collected = new Map<FunctionNode, (Tensor | null)[]>();
  readonly #queue = new NodeQueue();
  readonly #owned = new Map<Storage, number>();
  readonly #createGraph: boolean;
  readonly #retainGraph: boolean;
  #made: Storage[] = [];
  /** For autograd.grad: the nodes whose gradient is wanted, and the nodes on a path to one. */
  readonly #wanted: ReadonlySet<GraphNode> | null;
  readonly #onPath: ReadonlySet<GraphNode> | null;
  readonly results = new Map<GraphNode, Tensor>();

  constructor(options: BackwardOptions, wanted: ReadonlySet<GraphNode> | null, onPath: ReadonlySet<GraphNode> | null) {
    this.#createGraph = options.createGraph ?? false;
    this.#retainGraph = options.retainGraph ?? this.#createGraph;
    this.#wanted = wanted;
    this.#onPath = onPath;
  }

  /** Walks from `roots` with their gradients until nothing is pending. */
  run(roots: readonly GraphNode[], grads: readonly Tensor[]): void {
    const track = (storage: Storage) => {
      this.#owned.set(storage, 0);
      this.#made.push(storage);
    };
    const walk = () => {
      for (const [i, root] of roots.entries()) this.#deliver(root, grads[i]!);
      for (let node = this.#queue.pop(); node !== undefined; node = this.#queue.pop()) this.#step(node);
    };
    untidied(() =>
      withGradMode(this.#createGraph, () => withAllocationListener(this.#createGraph ? null : track, walk)),
    );
  }

  #step(node: GraphNode): void {
    if (node instanceof FunctionNode) {
      this.#runFunction(node);
      return;
    }
    let grad = this.#pending.get(node)!;
    this.#pending.delete(node);
    const { storage } = grad;
    if (node.hooks !== null) grad = this.#callHooks(node.hooks, grad);
    if (node.retainer !== null) this.#accumulate(node.retainer, grad.clone());
    if (this.#wanted?.has(node)) {
      this.#disown(grad);
      this.results.set(node, grad);
    }
    if (node instanceof AccumulateGrad) {
      if (this.#wanted === null && node.variable.requiresGrad) this.#accumulate(node.variable, grad);
    } else if (this.#onPath === null || node.next.some((next) => next !== null && this.#onPath?.has(next))) {
      if (node instanceof OpNode) this.#runOp(node, grad);
      else if (node instanceof OutputNode) this.#collect(node, grad);
    }
    this.#drop(storage);
    this.#freeUnclaimed();
  }

  #runOp(node: OpNode<unknown>, grad: Tensor): void {
    this.#handOn(node, isAnomalyDetected() ? runWatched(node, () => node.run(grad)) : node.run(grad));
  }

  /** Users' code may keep what it sees, so nothing that goes in or comes out is the walk's own. */
  #collect({ owner, index }: OutputNode, grad: Tensor): void {
    this.#disown(grad);
    let grads = this.#collected.get(owner);
    if (grads === undefined) {
      grads = new Array<Tensor | null>(owner.outputCount).fill(null);
      this.#collected.set(owner, grads);
      this.#queue.push(owner);
    }
    grads[index] = grad;
  }

  #runFunction(node: FunctionNode): void {
    const grads = this.#collected.get(node)!;
    this.#collected.delete(node);
    const run = () => withAllocationListener(null, () => node.runAll(grads));
    this.#handOn(node, isAnomalyDetected() ? runWatched(node, run) : run());
    this.#freeUnclaimed();
  }

  #handOn(node: GraphNode, grads: Gradients): void {
    const { next } = node;
    for (let i = 0; i < next.length; i++) {
      const target = next[i];
      const g = grads[i];
      if (target == null || g == null) continue;
      if (this.#onPath !== null && !this.#onPath.has(target)) continue;
      this.#deliver(target, fitted(node, i, g));
    }
    if (!this.#retainGraph) node.release(!this.#createGraph);
  }

  /** Adds to what is pending for a node. */
  #deliver(node: GraphNode, grad: Tensor): void {
    const waiting = this.#pending.get(node);
    if (waiting === undefined) {
      this.#pending.set(node, grad);
      this.#claim(grad.storage);
      this.#queue.push(node);
      return;
    }
    if (this.#owned.get(waiting.storage) === 1 && waiting.storage !== grad.storage && fillsStorage(waiting)) {
      backendFor(waiting.device).binary("add", waiting, grad, waiting.shape, waiting);
      return;
    }
    const sum = waiting.add(grad);
    this.#pending.set(node, sum);
    this.#claim(sum.storage);
    this.#drop(waiting.storage);
  }

  /** Adds a gradient to a tensor's `.grad`, without a copy when the gradient is nobody else's. */
  #accumulate(variable: Tensor, grad: Tensor): void {
    const old = variable.peekGrad();
    if (this.#createGraph) {
      variable.grad = old === null ? grad.clone() : old.add(grad);
    } else if (old !== null && !isContiguous(old.shape, old.strides)) {
      const sum = old.add(grad);
      this.#disown(sum);
      variable.grad = sum;
    } else if (old !== null) {
      backendFor(old.device).binary("add", old, grad, old.shape, old);
      old.storage.version++;
    } else if (this.#owned.get(grad.storage) === 1 && fillsStorage(grad)) {
      this.#owned.delete(grad.storage);
      variable.adoptGrad(grad);
    } else {
      const copy = grad.clone();
      this.#owned.delete(copy.storage);
      variable.adoptGrad(copy);
    }
  }

  #callHooks(hooks: readonly GradientHook[], grad: Tensor): Tensor {
    let current = grad;
    for (const hook of hooks) {
      this.#disown(current);
      const replaced = withAllocationListener(null, () => hook(current));
      if (!isTensor(replaced)) continue;
      if (!sameShape(replaced.shape, grad.shape)) {
        throw new ShapeError(
          `[registerHook] a hook has changed the size of the gradient: expected ${bracketed(grad.shape)}, got ${bracketed(replaced.shape)}`,
        );
      }
      if (replaced.dtype !== grad.dtype) {
        throw new DTypeError(
          `[registerHook] a hook has changed the type of the gradient: expected ${grad.dtype}, got ${replaced.dtype}`,
        );
      }
      current = replaced;
    }
    return current;
  }

  #claim(storage: Storage): void {
    const count = this.#owned.get(storage);
    if (count !== undefined) this.#owned.set(storage, count + 1);
  }

  #drop(storage: Storage): void {
    const count = this.#owned.get(storage);
    if (count === undefined) return;
    if (count > 1) {
      this.#owned.set(storage, count - 1);
    } else {
      this.#owned.delete(storage);
      backendFor(storage.device).free(storage);
    }
  }

  #disown(grad: Tensor): void {
    this.#owned.delete(grad.storage);
  }

  /** Frees what the last step made and nobody is waiting for. */
  #freeUnclaimed(): void {
    if (this.#made.length === 0) return;
    for (const storage of this.#made) {
      if (this.#owned.get(storage) !== 0) continue;
      this.#owned.delete(storage);
      backendFor(storage.device).free(storage);
    }
    this.#made = [];
  }
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "storage" in value;
}

/** The gradient summed to the shape of the input it is for: broadcasting, undone. */
function fitted(node: GraphNode, i: number, grad: Tensor): Tensor {
  const shape = node.inputShape(i);
  if (sameShape(grad.shape, shape)) return grad;
  const lead = grad.ndim - shape.length;
  const fits = lead >= 0 && shape.every((size, d) => size === grad.shape[d + lead] || size === 1);
  if (!fits) {
    throw new ShapeError(
      `[backward] Function ${node.name} returned an invalid gradient at index ${i} - got ${bracketed(grad.shape)} but expected shape compatible with ${bracketed(shape)}`,
    );
  }
  return grad.sumTo(shape);
}

/** Checks a root of a walk and its gradient; makes the gradient 1 of a scalar. */
export function rootGradient(op: string, root: Tensor, grad: Tensor | null | undefined): Tensor {
  if (root.gradEdge() === null) {
    throw new GraphError(
      `[${op}] element 0 of tensors does not require grad and does not have a grad_fn. ` +
        "Set requiresGrad on an input, and do not compute it inside noGrad.",
    );
  }
  if (grad == null) {
    if (root.numel() !== 1) {
      throw new GraphError(
        `[${op}] grad can be implicitly created only for scalar outputs, but the output has shape ${bracketed(root.shape)}. ` +
          "Reduce it to one number, or pass a gradient of its shape.",
      );
    }
    return root.onesOfShape();
  }
  if (!sameShape(grad.shape, root.shape)) {
    throw new ShapeError(
      `[${op}] Mismatch in shape: grad_output[0] has a shape of ${bracketed(grad.shape)} and output[0] has a shape of ${bracketed(root.shape)}.`,
    );
  }
  return grad.to(root.dtype).contiguous();
}
