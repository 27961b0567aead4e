/** @file The nodes of the graph: operation, next functions, saved tensors. */
import type { Backend, NDArray } from "../../kernels/backend.ts";
import { GraphError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { withAllocationListener } from "./allocation-listener.ts";
import { type Trace, traceHere } from "./anomaly.ts";
import { detached } from "./batching.ts";
import { isGradEnabled, withGradMode } from "./grad-mode.ts";
import type { GradientBuffers } from "./gradient-buffers.ts";
import { type Apply, type BackwardContext, type Gradients, type Op, OUTPUT } from "./op.ts";
import { hooksInUse, type SavedTensorsHooks, withHooks } from "./saved-tensors-hooks.ts";
import { ensureMeta } from "./tensor-base.ts";

/** A function that is called with a gradient. A tensor that it returns replaces the gradient. */
export type GradientHook = (grad: Tensor) => unknown;

/** Called with a leaf when its `.grad` is complete, and with the pass that completed it. */
export type PostAccumulateHook = (leaf: Tensor, pass: Pass) => void;

/** Code that runs alongside a backward pass. */
export interface PassObserver {
  /** Called after every node. */
  step(): void;
  /** Called when the pass has run all nodes; not if it failed. */
  end(): void;
}

/** The backward pass, as the nodes see it that it runs. */
export interface Pass {
  readonly apply: Apply;
  /** Whether the pass itself is recorded. */
  readonly createGraph: boolean;
  readonly buffers: GradientBuffers;
  /** Lets a node run when the pass comes to it, without a gradient of its own. */
  schedule(node: GraphNode): void;
  /** Lets an observer know of what the pass does from here on. */
  observe(observer: PassObserver): void;
}

let sequence = 0;

/**
 * A node of the graph, the `gradFn` of a tensor: the operation that computed it.
 *
 * @example
 * const x = tensor([1, 2], { requiresGrad: true });
 * String(x.mul(2).sum().gradFn); // <SumBackward0>
 * String(x.mul(2).sum().gradFn?.nextFunctions); // <MulBackward0>
 */
export interface GraphNode {
  /** Rises with every node, so falling order is the tape read backwards. Leaves come last. */
  readonly sequenceNr: number;
  /** Name of the node in PyTorch: `AddBackward0`. */
  name: string;
  /** The nodes that the gradients of the inputs go to; null for an input without a gradient. */
  readonly nextFunctions: readonly (GraphNode | null)[];
  /** Called with the complete gradient before the node's own step. */
  hooks: GradientHook[] | null;
  /** The tensor whose `.grad` keeps this node's incoming gradient, after `retainGrad()`. */
  retainGradTensor: Tensor | null;
  /** Where this node was made, if anomalies are looked for. */
  readonly trace: Trace | null;
  /** The node that users see: itself, or for one of several results the operation's. */
  readonly origin: GraphNode;

  /**
   * The node's own step: gradients for {@link nextFunctions} from the complete gradient of its result. The gradient is
   * null for a node that was scheduled without one.
   */
  run(grad: Tensor | null, pass: Pass): Gradients;
  /**
   * The same step for one input whose gradient already waits in memory of the pass: adds to it. False, and nothing done,
   * if the operation has no such form.
   */
  addTo(waiting: Tensor, grad: Tensor): boolean;
  /** Shape that the gradient of input `i` must have. */
  inputShape(i: number): readonly number[];
  /** Lets go of what was saved. `reuse` tells that nothing else can hold the engine's own arrays. */
  release(reuse: boolean): void;
  /** The printed form of `gradFn`: `<AddBackward0>`. */
  toString(): string;
}

/** What nodes have in common, apart from {@link OpNode}. */
export abstract class NodeBase implements GraphNode {
  readonly sequenceNr: number;
  name: string;
  readonly nextFunctions: readonly (GraphNode | null)[];
  hooks: GradientHook[] | null = null;
  retainGradTensor: Tensor | null = null;
  readonly trace: Trace | null = traceHere();

  constructor(name: string, nextFunctions: readonly (GraphNode | null)[], sequenceNr: number = ++sequence) {
    this.name = name;
    this.nextFunctions = nextFunctions;
    this.sequenceNr = sequenceNr;
  }

  abstract run(grad: Tensor | null, pass: Pass): Gradients;
  addTo(_waiting: Tensor, _grad: Tensor): boolean {
    return false;
  }
  abstract inputShape(i: number): readonly number[];
  release(_reuse: boolean): void {}
  get origin(): GraphNode {
    return this;
  }
  toString(): string {
    return `<${this.name}>`;
  }
}

/** No gradients to propagate. */
export const NONE: Gradients = [];

/** The end of a path: adds what arrives to a leaf's `.grad`. */
export class AccumulateGrad extends NodeBase {
  readonly variable: Tensor;
  /** Called when a pass of `backward()` has added all that arrives. */
  postHooks: PostAccumulateHook[] | null = null;

  constructor(variable: Tensor) {
    super("AccumulateGrad", [], 0);
    this.variable = variable;
  }

  override inputShape(): readonly number[] {
    return this.variable.shape;
  }

  override run(grad: Tensor | null, { buffers, createGraph }: Pass): Gradients {
    if (grad !== null && this.variable.requiresGrad) buffers.accumulate(this.variable, grad, createGraph);
    return NONE;
  }
}

export const FREED =
  "[backward] Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). " +
  "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). " +
  "Specify retainGraph: true if you need to backward through the graph a second time " +
  "or if you need to access saved tensors after calling backward.";

/** A saved tensor, with the version of its storage at that time. */
export interface SavedTensor {
  readonly tensor: Tensor;
  readonly version: number;
}

/** In place of a version: a tensor that is not the one that was saved has another. */
const UNCHECKED = -1;

/** A saved tensor that hooks keep in another form. */
export class PackedTensor implements SavedTensor {
  readonly version = UNCHECKED;
  readonly #packed: unknown;
  readonly #hooks: SavedTensorsHooks;
  /** Where gradients of the tensor go. */
  readonly #edge: GraphNode | null;

  constructor(t: Tensor, hooks: SavedTensorsHooks, edge: GraphNode | null) {
    this.#hooks = hooks;
    this.#edge = edge;
    this.#packed = withHooks(null, () => withGradMode(false, () => hooks.pack(detached(t))));
  }

  get tensor(): Tensor {
    // Tensors that are made here are not temporaries of the pass.
    const t: unknown = withAllocationListener(null, () =>
      withHooks(null, () => withGradMode(false, () => this.#hooks.unpack(this.#packed))),
    );
    if (!isTensor(t)) {
      throw new GraphError(
        `[savedTensorsHooks] Output of saved tensor unpack_hook expected to be a Tensor but got result of type ${typeof t}.`,
      );
    }
    return isGradEnabled() && this.#edge !== null ? withHistory(t, this.#edge) : t;
  }
}

/** A handle on a tensor whose gradients go to a node. */
function withHistory(t: Tensor, edge: GraphNode): Tensor {
  const handle = detached(t);
  const meta = ensureMeta(handle);
  if (edge instanceof AccumulateGrad) {
    meta.leafRequiresGrad = true;
    meta.accumulator = edge;
  } else {
    meta.gradFn = edge;
  }
  return handle;
}

/** Saves a tensor whose gradients go to `edge`. */
export function saved(tensor: Tensor, version: number, edge: GraphNode | null): SavedTensor {
  return hooksInUse === null ? { tensor, version } : new PackedTensor(tensor, hooksInUse, edge);
}

/** The tensor, for the gradient of `name`. @throws GraphError if it was freed, or changed in place since. */
export function unpack(saved: SavedTensor | undefined | null, name: string): Tensor {
  if (saved == null) throw new GraphError(FREED);
  const { tensor, version } = saved;
  if (version !== UNCHECKED && tensor.storage.version !== version) {
    throw new GraphError(
      "[backward] one of the variables needed for gradient computation has been modified by an inplace operation: " +
        `[tapegrad.${tensor.dtype} ${JSON.stringify(tensor.shape)}] is at version ${tensor.storage.version}; ` +
        `expected version ${version} instead (the gradient of ${name} needs it). ` +
        "Change a clone, or use the out-of-place form.",
    );
  }
  return tensor;
}

/**
 * The node of a built-in operation. It extends no class: one is made for every recorded operation, and V8 makes objects
 * of a derived class some 15 ns more slowly.
 */
export class OpNode<P> implements GraphNode, BackwardContext<P> {
  readonly sequenceNr: number = ++sequence;
  name: string;
  readonly nextFunctions: readonly (GraphNode | null)[];
  hooks: GradientHook[] | null = null;
  retainGradTensor: Tensor | null = null;
  readonly trace: Trace | null = traceHere();
  readonly #op: Op<readonly NDArray[], P>;
  readonly params: P;
  readonly #shapes: readonly (readonly number[])[];
  #saved: (SavedTensor | undefined)[] | null = null;
  #savedOutput: SavedTensor | null = null;
  #savedIntermediates: readonly (Tensor | PackedTensor)[];
  readonly #backend: Backend;
  #released = false;
  /** A recorded backward pass has seen the savedIntermediates, so its own nodes may hold them. */
  #intermediatesShared = false;

  constructor(
    op: Op<readonly NDArray[], P>,
    shapes: readonly (readonly number[])[],
    params: P,
    savedIntermediates: readonly Tensor[],
    nextFunctions: readonly (GraphNode | null)[],
    backend: Backend,
  ) {
    this.name = op.gradName;
    this.nextFunctions = nextFunctions;
    this.#op = op;
    this.params = params;
    this.#shapes = shapes;
    const hooks = hooksInUse;
    this.#savedIntermediates =
      hooks === null ? savedIntermediates : savedIntermediates.map((t) => new PackedTensor(t, hooks, null));
    this.#backend = backend;
  }

  /** Whether a gradient that is needed reads input `i`. */
  savesInput(i: number): boolean {
    return this.#op.saved?.some((list, target) => this.needs(target) && list.includes(i)) ?? false;
  }

  /** Saves the inputs and the output that the needed gradients read. The output may yet have to reach `version`. */
  save(inputs: readonly Tensor[], output: Tensor | null, version = output?.storage.version ?? 0): void {
    const lists = this.#op.saved;
    if (lists === undefined) return;
    for (let i = 0; i < lists.length; i++) {
      if (!this.needs(i)) continue;
      for (const j of lists[i]!) {
        if (j === OUTPUT) {
          if (output !== null) this.#savedOutput = saved(output, version, this);
        } else {
          this.#saved ??= new Array<SavedTensor | undefined>(inputs.length);
          // An operation may have fewer inputs than its definition lists.
          const tensor = inputs[j];
          if (tensor !== undefined) {
            this.#saved[j] ??= saved(tensor, tensor.storage.version, this.nextFunctions[j] ?? null);
          }
        }
      }
    }
  }

  /** Saves the output alone, where hooks want to see its elements. */
  saveOutput(output: Tensor): void {
    const isRead = this.#op.saved?.some((list, target) => this.needs(target) && list.includes(OUTPUT)) ?? false;
    if (isRead) this.#savedOutput = saved(output, output.storage.version, this);
  }

  needs(i: number): boolean {
    return this.nextFunctions[i] != null;
  }

  shape(i: number): readonly number[] {
    return this.#shapes[i]!;
  }

  inputShape(i: number): readonly number[] {
    return this.#shapes[i]!;
  }

  input(i: number): Tensor {
    const found = this.#saved?.[i];
    if (found === undefined && !this.#released) throw this.#notListed(`input ${i}`);
    return unpack(found, this.#op.name);
  }

  output(): Tensor {
    if (this.#savedOutput === null && !this.#released) throw this.#notListed("the output");
    return unpack(this.#savedOutput, this.#op.name);
  }

  /** A mistake in the operation's definition, which shows only for some choices of inputs that need gradients. */
  #notListed(what: string): GraphError {
    const needed = this.nextFunctions.flatMap((next, i) => (next === null ? [] : [i])).join(", ");
    return new GraphError(
      `[${this.#op.name}] its gradient reads ${what}, which its \`saved\` does not list for the inputs that need gradients (${needed}). ` +
        "List it there, or ask needs(i) before reading it.",
    );
  }

  intermediate(i: number): Tensor {
    const tensor = this.#savedIntermediates[i];
    if (this.#released || tensor === undefined) throw new GraphError(FREED);
    if (isGradEnabled()) this.#intermediatesShared = true;
    return tensor instanceof PackedTensor ? tensor.tensor : tensor;
  }

  run(grad: Tensor | null, { apply }: Pass): Gradients {
    const { backward } = this.#op;
    if (backward === undefined) throw new GraphError(`[${this.#op.name}] is not differentiable`);
    return grad === null ? NONE : backward(grad, this, apply);
  }

  addTo(waiting: Tensor, grad: Tensor): boolean {
    if (this.#op.partial !== true) return false;
    this.#backend.addInto(this.#op.forward(this.#backend, [waiting], this.params, []), grad);
    return true;
  }

  release(reuse: boolean): void {
    if (this.#released) return;
    this.#released = true;
    this.#saved = null;
    this.#savedOutput = null;
    if (reuse && !this.#intermediatesShared)
      for (const intermediate of this.#savedIntermediates) {
        if (!(intermediate instanceof PackedTensor)) this.#backend.free(intermediate.storage);
      }
    this.#savedIntermediates = [];
  }

  get origin(): GraphNode {
    return this;
  }
  toString(): string {
    return `<${this.name}>`;
  }
}
