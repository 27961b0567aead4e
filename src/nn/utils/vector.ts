/** @file Conversion of parameters to one vector, and back. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { required, signature } from "../../core/arguments.ts";
import { ShapeError } from "../../core/errors.ts";
import { aTensor } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { cat } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { someTensors } from "./clip.ts";

/** The arguments of the functions. */
const SIGNATURES = {
  parametersToVector: signature("parametersToVector", { parameters: required(someTensors) }),
  vectorToParameters: signature("vectorToParameters", { vec: required(aTensor), parameters: required(someTensors) }),
};

/**
 * Flattens and concatenates parameters into one vector; differentiable.
 *
 * @returns a tensor of all elements, `(n)`.
 *
 * @example
 * nn.utils.parametersToVector([tensor([[1, 2], [3, 4]]), tensor([5])]); // tensor([1., 2., 3., 4., 5.])
 */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor;
export function parametersToVector(...given: readonly unknown[]): Tensor {
  const { parameters } = SIGNATURES.parametersToVector.read(given);
  return cat(parameters.map((p) => p.reshape(-1)));
}

/**
 * Copies the elements of a vector into parameters, in order.
 *
 * @throws ShapeError unless it has as many elements as all of them; nothing has changed then.
 *
 * @example
 * const w = new nn.Parameter(zeros(2));
 * nn.utils.vectorToParameters(tensor([1, 2]), [w]);
 * w.detach(); // tensor([1., 2.])
 */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void;
export function vectorToParameters(...given: readonly unknown[]): void {
  const op = "vectorToParameters";
  const { vec: vector, parameters: list } = SIGNATURES.vectorToParameters.read(given);
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
