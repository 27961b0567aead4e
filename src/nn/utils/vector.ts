/** @file All parameters as one vector, and back. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { cat } from "../../tensor/functions/shape.ts";
import { checkTensor } from "../../tensor/promote.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The elements of all parameters, one after the other. Gradients find the way back. */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  return cat(Array.from(parameters, (p) => p.reshape(-1)));
}

/**
 * Writes the elements of a vector into the parameters, one after the other.
 *
 * @throws ShapeError unless it has as many elements as all of them; nothing has changed then.
 */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  const op = "vectorToParameters";
  checkTensor(op, vector);
  const list = [...parameters];
  const count = list.reduce((total, p) => total + p.numel(), 0);
  if (vector.ndim !== 1 || vector.numel() !== count) {
    throw new ShapeError(`[${op}] expected a vector of ${count} elements, but got shape ${bracketed(vector.shape)}`);
  }
  noGrad(() => {
    let start = 0;
    for (const p of list) {
      p.copy_(vector.narrow(0, start, p.numel()).view(p.shape));
      start += p.numel();
    }
  });
}
