/** @file The backward pass: runs the nodes of the graph in reverse order and propagates the gradients. */
import type { Tensor } from "../tensor/tensor.ts";
import { withAllocationListener } from "./allocation-listener.ts";
import { isAnomalyDetected, runWatched } from "./anomaly.ts";
import { apply } from "./apply.ts";
import { withGradMode } from "./grad-mode.ts";
import { GradientBuffers } from "./gradient-buffers.ts";
import { AccumulateGrad, type GradientHook, type GraphNode, type Pass, type PassObserver } from "./node.ts";
import type { Gradients } from "./op.ts";
import { profilerHook } from "./profiler-hook.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { hasPostAccumulateHooks } from "./tape-state.ts";
import { untidied } from "./tidy-scope.ts";
import { isHookResult, validateGrad } from "./validate-grad.ts";

/** The options of `backward` and {@link grad}. */
export interface BackwardOptions {
  /** Keep the saved tensors of the graph, so that it can be used for another backward pass. Default: `createGraph`. */
  readonly retainGraph?: boolean | null | undefined;
  /** Construct the graph of the derivative, for higher-order derivatives. Default: false. */
  readonly createGraph?: boolean | undefined;
}

/** For `autograd.grad`: the nodes whose gradients are wanted, and all nodes on a path to one (PyTorch's `exec_info`). */
export interface Captures {
  readonly wanted: ReadonlySet<GraphNode>;
  readonly needed: ReadonlySet<GraphNode>;
}

/** One run over the tape, from the roots to the leaves. */
export class BackwardPass implements Pass {
  readonly apply = apply;
  readonly createGraph: boolean;
  readonly #retainGraph: boolean;
  readonly #captures: Captures | null;
  readonly #ready = new ReadyQueue();
  /** The sum of the gradients that have arrived at a node so far. */
  readonly #pending = new Map<GraphNode, Tensor>();
  readonly buffers = new GradientBuffers();
  /** The gradients that leaves with hooks have yet to get from other nodes; null if there are no such leaves. */
  #expected: Map<GraphNode, number> | null = null;
  /** Those whose last gradient has arrived: they need not wait for all other nodes, as leaves do otherwise. */
  readonly #complete: GraphNode[] = [];
  readonly #observers: PassObserver[] = [];
  /** The gradients that {@link Captures.wanted} asked for. */
  readonly captured = new Map<GraphNode, Tensor>();

  constructor(options: BackwardOptions, captures: Captures | null = null) {
    this.createGraph = options.createGraph ?? false;
    this.#retainGraph = options.retainGraph ?? this.createGraph;
    this.#captures = captures;
  }

  run(roots: readonly GraphNode[], grads: readonly Tensor[]): void {
    if (profilerHook === null) this.#run(roots, grads);
    else profilerHook("function", "backward", grads, () => this.#run(roots, grads));
  }

  #run(roots: readonly GraphNode[], grads: readonly Tensor[]): void {
    const listener = this.createGraph ? null : this.buffers.track;
    if (this.#captures === null && hasPostAccumulateHooks()) this.#expected = countGradients(roots);
    const pass = (): void => {
      for (const [i, root] of roots.entries()) this.#accumulate(root, grads[i] as Tensor);
      for (let node = this.#ready.pop(); node !== undefined; node = this.#ready.pop()) {
        this.#step(node);
        for (let leaf = this.#complete.pop(); leaf !== undefined; leaf = this.#complete.pop()) this.#step(leaf);
        for (const observer of this.#observers) observer.step();
      }
    };
    untidied(() => withGradMode(this.createGraph, () => withAllocationListener(listener, pass)));
    for (const observer of this.#observers) observer.end();
  }

  observe(observer: PassObserver): void {
    this.#observers.push(observer);
  }

  #step(node: GraphNode): void {
    let grad = this.#pending.get(node) ?? null;
    this.#pending.delete(node);
    const storage = grad?.storage;
    if (grad !== null) {
      if (node.hooks !== null) grad = this.#callHooks(node.hooks, grad);
      if (node.retainGradTensor !== null)
        this.buffers.accumulate(node.retainGradTensor, grad.clone(), this.createGraph);
      if (this.#captures?.wanted.has(node)) {
        this.buffers.disown(grad);
        this.captured.set(node, grad);
      }
    }
    if (this.#isNeeded(node) && (grad === null || !this.#addToWaiting(node, grad))) {
      this.#propagate(node, profilerHook === null ? this.#compute(node, grad) : this.#profiled(node, grad));
    }
    if (storage !== undefined) this.buffers.release(storage);
    this.buffers.freeUnclaimed();
    if (this.#expected !== null && grad !== null && node instanceof AccumulateGrad) this.#callPostHooks(node);
  }

  #callPostHooks({ variable, postHooks }: AccumulateGrad): void {
    if (postHooks === null) return;
    withAllocationListener(null, () => {
      for (const hook of postHooks) hook(variable, this);
    });
  }

  #compute(node: GraphNode, grad: Tensor | null): Gradients {
    return isAnomalyDetected() ? runWatched(node, () => node.run(grad, this)) : node.run(grad, this);
  }

  #profiled(node: GraphNode, grad: Tensor | null): Gradients {
    const compute = (): Gradients => this.#compute(node, grad);
    return profilerHook?.("backward", node.name, grad === null ? [] : [grad], compute, node.sequenceNr) ?? compute();
  }

  /** Whether a node has to run: all of them for `backward()`; for `autograd.grad` those that lead to an input. */
  #isNeeded(node: GraphNode): boolean {
    if (this.#captures === null) return true;
    const { needed } = this.#captures;
    return node.nextFunctions.some((next) => next !== null && needed.has(next));
  }

  /** Adds the gradient of a part of a tensor to the one of the tensor that already waits, if nobody else sees that. */
  #addToWaiting(node: GraphNode, grad: Tensor): boolean {
    const [next] = node.nextFunctions;
    if (this.createGraph || next == null || isAnomalyDetected()) return false;
    const waiting = this.#pending.get(next);
    if (waiting === undefined || !this.buffers.isSole(waiting) || !node.addTo(waiting, grad)) return false;
    if (!this.#retainGraph) node.release(true);
    return true;
  }

  #propagate(node: GraphNode, grads: Gradients): void {
    const { nextFunctions } = node;
    for (let i = 0; i < nextFunctions.length; i++) {
      const next = nextFunctions[i];
      const grad = grads[i];
      if (next == null) continue;
      if (grad != null && (this.#captures === null || this.#captures.needed.has(next))) {
        this.#accumulate(next, validateGrad(node, i, grad));
      }
      if (this.#expected !== null) this.#countDown(next);
    }
    if (!this.#retainGraph) node.release(!this.createGraph);
  }

  #accumulate(node: GraphNode, grad: Tensor): void {
    const waiting = this.#pending.get(node);
    if (waiting !== undefined) {
      this.#pending.set(node, this.buffers.add(waiting, grad));
      return;
    }
    this.#pending.set(node, grad);
    this.buffers.claim(grad);
    this.#ready.push(node);
  }

  #countDown(node: GraphNode): void {
    const left = this.#expected?.get(node);
    if (left === undefined) return;
    this.#expected?.set(node, left - 1);
    if (left === 1 && this.#pending.has(node)) this.#complete.push(node);
  }

  schedule(node: GraphNode): void {
    this.#ready.push(node);
  }

  /** User code may keep what it sees, so nothing that goes in or comes out is the pass's own. */
  #callHooks(hooks: readonly GradientHook[], grad: Tensor): Tensor {
    let current = grad;
    for (const hook of hooks) {
      this.buffers.disown(current);
      const replaced = withAllocationListener(null, () => hook(current));
      if (!isHookResult(replaced, grad)) continue;
      current = replaced;
    }
    return current;
  }
}

/** For each leaf with hooks that the roots lead to: how many gradients it gets from other nodes. */
function countGradients(roots: readonly GraphNode[]): Map<GraphNode, number> {
  const counts = new Map<GraphNode, number>();
  const seen = new Set<GraphNode>(roots);
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const next of node.nextFunctions) {
      if (next === null) continue;
      if (next instanceof AccumulateGrad && next.postHooks !== null) counts.set(next, (counts.get(next) ?? 0) + 1);
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return counts;
}
