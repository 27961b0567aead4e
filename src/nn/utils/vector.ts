/** @file All parameters as one vector, and back. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { required, signature } from "../../core/arguments.ts";
import { ShapeError } from "../../core/errors.ts";
import { aTensor } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { cat } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { someTensors } from "./clip.ts";

const SIGNATURES = {
  parametersToVector: signature("parametersToVector", { parameters: required(someTensors) }),
  vectorToParameters: signature("vectorToParameters", { vec: required(aTensor), parameters: required(someTensors) }),
};

/** The elements of all parameters, one after the other. Gradients find the way back. */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor;
export function parametersToVector(...given: readonly unknown[]): Tensor {
  const { parameters } = SIGNATURES.parametersToVector.read(given);
  return cat(parameters.map((p) => p.reshape(-1)));
}

/**
 * Writes the elements of a vector into the parameters, one after the other.
 *
 * @throws ShapeError unless it has as many elements as all of them; nothing has changed then.
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
