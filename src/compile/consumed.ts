/** @file Results whose backward pass was run inside of a compiled function. */

import { NodeBase } from "../autograd/node.ts";
import type { Gradients } from "../autograd/op.ts";
import { setGradFn } from "../autograd/tape-state.ts";
import { GraphError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A history that cannot be gone through: why, and the name of its node. */
export interface Consumed {
  readonly name: string;
  readonly why: string;
}

/** The node of a result that backward has been through already. */
class ConsumedNode extends NodeBase {
  readonly #shape: readonly number[];
  readonly #why: string;

  constructor({ name, why }: Consumed, shape: readonly number[]) {
    super(name, []);
    this.#shape = shape;
    this.#why = why;
  }

  override inputShape(): readonly number[] {
    return this.#shape;
  }

  override run(): Gradients {
    throw new GraphError(this.#why);
  }
}

/** Gives a tensor the history that it has after backward: one that cannot be gone through again. */
export function markConsumed(t: Tensor, consumed: Consumed): void {
  setGradFn(t, new ConsumedNode(consumed, t.shape));
}
