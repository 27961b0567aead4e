/** @file Results whose backward pass was run inside of a compiled function. */

import { FREED, NodeBase } from "../autograd/node.ts";
import type { Gradients } from "../autograd/op.ts";
import { setGradFn } from "../autograd/tape-state.ts";
import { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The node of a result that backward has been through already. */
class ConsumedNode extends NodeBase {
  readonly #shape: readonly number[];

  constructor(name: string, shape: readonly number[]) {
    super(name, []);
    this.#shape = shape;
  }

  override inputShape(): readonly number[] {
    return this.#shape;
  }

  override run(): Gradients {
    throw new GraphError(FREED);
  }
}

/** Gives a tensor the history that it has after backward: one that cannot be gone through again. */
export function markConsumed(t: Tensor, name: string): void {
  setGradFn(t, new ConsumedNode(name, t.shape));
}
