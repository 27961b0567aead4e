/** @file The nodes of the graph: operation, next functions, saved tensors. */
import type { Backend, NDArray } from "../../kernels/backend.ts";
import { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Trace, traceHere } from "./anomaly.ts";
import { isGradEnabled } from "./grad-mode.ts";
import type { GradientBuffers } from "./gradient-buffers.ts";
import { type Apply, type BackwardContext, type Gradients, type Op, OUTPUT } from "./op.ts";

/** A function that is called with a gradient. A tensor that it returns replaces the gradient. */
export type GradientHook = (grad: Tensor) => unknown;

/** The backward pass, as the nodes see it that it runs. */
export interface Pass {
  readonly apply: Apply;
  /** Whether the pass itself is recorded. */
  readonly createGraph: boolean;
  readonly buffers: GradientBuffers;
  /** Lets a node run when the pass comes to it, without a gradient of its own. */
  schedule(node: GraphNode): void;
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
export abstract class GraphNode {
  /** Increases with every node: backward runs the nodes in descending order. Leaves have 0 and come last. */
  readonly sequenceNr: number;
  /** Name of the node in PyTorch: `AddBackward0`. */
  name: string;
  /** The nodes that the gradients of the inputs go to; null for an input without a gradient. */
  readonly nextFunctions: readonly (GraphNode | null)[];
  /** Functions that are called with the gradient of the output before the node runs. */
  hooks: GradientHook[] | null = null;
  /** The tensor whose `.grad` keeps the gradient of the output, after `retainGrad()`. */
  retainGradTensor: Tensor | null = null;
  /** The place where this node was created, if anomaly detection was on. */
  readonly trace: Trace | null = traceHere();

  constructor(name: string, nextFunctions: readonly (GraphNode | null)[], sequenceNr: number = ++sequence) {
    this.name = name;
    this.nextFunctions = nextFunctions;
    this.sequenceNr = sequenceNr;
  }

  /**
   * Computes the gradients for {@link nextFunctions} from the gradient of the output, which is null for a node that was
   * scheduled without one.
   */
  abstract run(grad: Tensor | null, pass: Pass): Gradients;

  /** Shape of input `i` and of its gradient. */
  abstract inputShape(i: number): readonly number[];
  /** Frees the saved tensors. `reuse` says that nothing else can hold the engine's own arrays. */
  release(_reuse: boolean): void {}
  /** The node that users see: this one, or that of the operation for one of several outputs. */
  get origin(): GraphNode {
    return this;
  }

  /** The printed form of `gradFn`. */
  toString(): string {
    return `<${this.name}>`;
  }
}

/** No gradients to propagate. */
export const NONE: Gradients = [];

/** The node of a leaf: accumulates the gradient into `.grad`. */
export class AccumulateGrad extends GraphNode {
  readonly variable: Tensor;

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

const FREED =
  "[backward] Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). " +
  "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). " +
  "Specify retainGraph: true if you need to backward through the graph a second time " +
  "or if you need to access saved tensors after calling backward.";

/** A saved tensor, with the version of its storage at that time. */
export interface SavedTensor {
  readonly tensor: Tensor;
  readonly version: number;
}

/** The tensor, for the gradient of `name`. @throws GraphError if it was freed, or changed in place since. */
export function unpack(saved: SavedTensor | undefined | null, name: string): Tensor {
  if (saved == null) throw new GraphError(FREED);
  const { tensor, version } = saved;
  if (tensor.storage.version !== version) {
    throw new GraphError(
      "[backward] one of the variables needed for gradient computation has been modified by an inplace operation: " +
        `[tapegrad.${tensor.dtype} ${JSON.stringify(tensor.shape)}] is at version ${tensor.storage.version}; ` +
        `expected version ${version} instead (the gradient of ${name} needs it). ` +
        "Change a clone, or use the out-of-place form.",
    );
  }
  return tensor;
}

/** The node of a built-in operation. */
export class OpNode<P> extends GraphNode implements BackwardContext<P> {
  readonly #op: Op<readonly NDArray[], P>;
  readonly params: P;
  readonly #shapes: readonly (readonly number[])[];
  #saved: (SavedTensor | undefined)[] | null = null;
  #savedOutput: SavedTensor | null = null;
  #extras: readonly Tensor[];
  readonly #backend: Backend;
  #released = false;
  /** A recorded backward pass has seen the extras, so its own nodes may hold them. */
  #extrasShared = false;

  constructor(
    op: Op<readonly NDArray[], P>,
    shapes: readonly (readonly number[])[],
    params: P,
    extras: readonly Tensor[],
    nextFunctions: readonly (GraphNode | null)[],
    backend: Backend,
  ) {
    super(op.gradName, nextFunctions);
    this.#op = op;
    this.params = params;
    this.#shapes = shapes;
    this.#extras = extras;
    this.#backend = backend;
  }

  /** Whether a gradient that is needed reads input `i`. */
  savesInput(i: number): boolean {
    return this.#op.saves?.some((list, target) => this.needs(target) && list.includes(i)) ?? false;
  }

  /** Saves the inputs and the output that the needed gradients read. The output may yet have to reach `version`. */
  save(inputs: readonly Tensor[], output: Tensor, version = output.storage.version): void {
    const { saves } = this.#op;
    if (saves === undefined) return;
    for (let i = 0; i < saves.length; i++) {
      if (!this.needs(i)) continue;
      for (const j of saves[i]!) {
        if (j === OUTPUT) {
          this.#savedOutput = { tensor: output, version };
        } else {
          this.#saved ??= new Array<SavedTensor | undefined>(inputs.length);
          const tensor = inputs[j]!;
          this.#saved[j] ??= { tensor, version: tensor.storage.version };
        }
      }
    }
  }

  needs(i: number): boolean {
    return this.nextFunctions[i] != null;
  }

  shape(i: number): readonly number[] {
    return this.#shapes[i]!;
  }

  override inputShape(i: number): readonly number[] {
    return this.#shapes[i]!;
  }

  input(i: number): Tensor {
    const saved = this.#saved?.[i];
    if (saved === undefined && !this.#released) throw this.#notListed(`input ${i}`);
    return unpack(saved, this.#op.name);
  }

  output(): Tensor {
    if (this.#savedOutput === null && !this.#released) throw this.#notListed("the output");
    return unpack(this.#savedOutput, this.#op.name);
  }

  /** A mistake in the operation's definition, which shows only for some choices of inputs that need gradients. */
  #notListed(what: string): GraphError {
    const needed = this.nextFunctions.flatMap((next, i) => (next === null ? [] : [i])).join(", ");
    return new GraphError(
      `[${this.#op.name}] its gradient reads ${what}, which its \`saves\` does not list for the inputs that need gradients (${needed}). ` +
        "List it there, or ask needs(i) before reading it.",
    );
  }

  extra(i: number): Tensor {
    const tensor = this.#extras[i];
    if (this.#released || tensor === undefined) throw new GraphError(FREED);
    if (isGradEnabled()) this.#extrasShared = true;
    return tensor;
  }

  override run(grad: Tensor | null, { apply }: Pass): Gradients {
    const { backward } = this.#op;
    if (backward === undefined) throw new GraphError(`[${this.#op.name}] is not differentiable`);
    return grad === null ? NONE : backward(grad, this, apply);
  }

  override release(reuse: boolean): void {
    if (this.#released) return;
    this.#released = true;
    this.#saved = null;
    this.#savedOutput = null;
    if (reuse && !this.#extrasShared) for (const extra of this.#extras) this.#backend.free(extra.storage);
    this.#extras = [];
  }
}
