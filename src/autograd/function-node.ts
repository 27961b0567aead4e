/** @file The nodes of custom operations: one for the operation, and one for each of its outputs. */
import type { Device, DType } from "../../kernels/backend.ts";
import { GraphError, ShapeError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { withAllocationListener } from "./allocation-listener.ts";
import type { ViewOwner } from "./autograd-meta.ts";
import { type GraphNode, NONE, NodeBase, type Pass } from "./node.ts";
import type { Gradients } from "./op.ts";
import { filledLike } from "./tensor-base.ts";

/** Shape, dtype and device of an input or output, for missing gradients. */
export interface TensorMeta {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly device: Device;
}

/** The result of a custom `backward`: one gradient, or a list with one for each argument of `forward`. */
export type ReturnedGradients = Tensor | null | undefined | readonly (Tensor | null | undefined)[];

/** One call of a custom operation. */
export interface FunctionCall {
  readonly name: string;
  /** For each argument: the tensor's form, or null for anything else. */
  readonly inputs: readonly (TensorMeta | null)[];
  readonly outputs: readonly (TensorMeta | null)[];
  /** Whether missing gradients are zeros instead of null. */
  readonly materializeGrads: boolean;
  backward(grads: readonly (Tensor | null)[]): ReturnedGradients;
  /** Frees the saved tensors. */
  release(): void;
}

/**
 * The node of a custom operation. Gradients reach it through its {@link OutputNode}s only; it runs once, when all have
 * arrived. Its code may keep the tensors it sees, so the backward pass frees none of them.
 */
export class FunctionNode extends NodeBase {
  readonly #call: FunctionCall;
  /** The gradients of the results that have arrived so far. */
  readonly #arrived = new WeakMap<Pass, (Tensor | null)[]>();

  constructor(call: FunctionCall, nextFunctions: readonly (GraphNode | null)[]) {
    super(`${call.name}Backward`, nextFunctions);
    this.#call = call;
  }

  override inputShape(i: number): readonly number[] {
    return this.#call.inputs[i]?.shape ?? [];
  }

  outputShape(i: number): readonly number[] {
    return this.#call.outputs[i]?.shape ?? [];
  }

  /** Takes in the gradient of one result, and waits for those of the others. */
  collect(pass: Pass, index: number, grad: Tensor): void {
    let grads = this.#arrived.get(pass);
    if (grads === undefined) {
      grads = this.#call.outputs.map(() => null);
      this.#arrived.set(pass, grads);
      pass.schedule(this);
    }
    grads[index] = grad;
  }

  override run(_grad: Tensor | null, pass: Pass): Gradients {
    const grads = this.#arrived.get(pass) ?? [];
    this.#arrived.delete(pass);
    const like = grads.find((grad) => grad !== null);
    if (like == null) return NONE;
    const { outputs, materializeGrads } = this.#call;
    return withAllocationListener(null, () => {
      const complete = outputs.map((meta, i) => {
        const grad = grads[i] ?? null;
        return grad === null && meta !== null && materializeGrads ? filledLike(like, meta, 0) : grad;
      });
      return this.#validate(this.#call.backward(complete));
    });
  }

  #validate(returned: ReturnedGradients): Gradients {
    const { inputs } = this.#call;
    const list: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
    const count = list.findLastIndex((grad, i) => i < inputs.length || grad != null) + 1;
    if (list.length < inputs.length || count > inputs.length) {
      throw new GraphError(
        `function ${this.name} returned an incorrect number of gradients (expected ${inputs.length}, got ${list.length})`,
      );
    }
    return inputs.map((input, i) => {
      const grad = list[i];
      if (grad == null) return null;
      if (!isTensor(grad)) {
        throw new GraphError(`function ${this.name}: expected Variable or null (got ${typeof grad}) as gradient ${i}`);
      }
      if (input === null) {
        throw new GraphError(
          `function ${this.name} returned a gradient different than null at position ${i + 1}, but the corresponding forward input was not a Tensor`,
        );
      }
      if (grad.device !== input.device) {
        throw new ShapeError(
          `[backward] Function ${this.name} returned an invalid gradient at index ${i} - expected device ${input.device} but got ${grad.device}`,
        );
      }
      return grad.to(input.dtype);
    });
  }

  override release(): void {
    this.#call.release();
  }
}

/** One result of a {@link FunctionNode}: its gradient is complete here before the operation gets it. */
export class OutputNode extends NodeBase implements ViewOwner {
  readonly owner: FunctionNode;
  readonly index: number;

  constructor(owner: FunctionNode, index: number) {
    super(owner.name, [owner]);
    this.owner = owner;
    this.index = index;
  }

  override get origin(): GraphNode {
    return this.owner;
  }

  /** For a result that is a view: the history of changed memory goes around this node. */
  changedView(happened: string): GraphError {
    return new GraphError(
      `Output ${this.index} of ${this.name} is a view and ${happened}. This view was created inside a custom Function ` +
        "(or because an input was returned as-is), whose backward the change would leave out. Clone the output.",
    );
  }

  override inputShape(): readonly number[] {
    return this.owner.outputShape(this.index);
  }

  override run(grad: Tensor | null, pass: Pass): Gradients {
    if (grad !== null) {
      pass.buffers.disown(grad);
      this.owner.collect(pass, this.index, grad);
    }
    return NONE;
  }
}
