/** @file Jacobians and Hessians: one backward pass for each element of the output. */

import { enableGrad } from "../autograd/grad-mode.ts";
import { GraphError } from "../core/errors.ts";
import { stack } from "../tensor/functional.ts";
import { newFrom } from "../tensor/like.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type DerivativeOptions,
  freshInputs,
  gradOrNull,
  listOf,
  matrixSignature,
  outputsOf,
  type PerTensor,
  scalarOf,
  type TensorFunction,
  type Tensors,
} from "./inputs.ts";
import { checkJacobian, checkOutputs } from "./strict.ts";

const JACOBIAN = matrixSignature("jacobian");
const HESSIAN = matrixSignature("hessian");

/**
 * The Jacobian of `func` at `inputs`: for an output and an input, a tensor of the shape of the output followed by that of
 * the input, with the derivative of each element of the one by each element of the other.
 *
 * @returns such a tensor; an array for several outputs, or for several inputs; for both, an array for each output.
 * @throws GraphError in strict mode, for an output that does not depend on an input.
 * @example autograd.functional.jacobian((x) => x.exp().sum(1), rand(2, 2)); // shape [2, 2, 2]
 */
export function jacobian<const In extends Tensors, Out extends Tensors>(
  ...args: readonly [func: TensorFunction<Out>, inputs: In, options?: DerivativeOptions | undefined]
): PerTensor<Out, PerTensor<In, Tensor>> {
  const { func, inputs, createGraph, strict } = JACOBIAN.read(args);
  const ins = listOf("jacobian", "inputs", inputs);
  const { list, isList } = jacobians("jacobian", func, ins.tensors, createGraph, strict);
  const perOutput = list.map((perInput) => (ins.isList ? perInput : perInput[0]));
  return (isList ? perOutput : perOutput[0]) as PerTensor<Out, PerTensor<In, Tensor>>;
}

/**
 * The Hessian of `func`, which returns one element, at `inputs`: for two inputs, a tensor of their shapes one after the
 * other, with the second derivatives.
 *
 * @returns such a tensor; for an array of inputs, an array of arrays.
 * @throws ShapeError unless the function returns a single element; GraphError in strict mode, for a first derivative that
 * does not depend on an input.
 */
export function hessian<const In extends Tensors>(
  ...args: readonly [func: TensorFunction<Tensor>, inputs: In, options?: DerivativeOptions | undefined]
): PerTensor<In, PerTensor<In, Tensor>> {
  const { func, inputs, createGraph, strict } = HESSIAN.read(args);
  const ins = listOf("hessian", "inputs", inputs);
  const single = (...xs: Tensor[]): Tensor => {
    const out = scalarOf("hessian", func(...xs));
    checkOutputs("hessian", [out], strict);
    return out.reshape([]);
  };
  const first = (...xs: Tensor[]): Tensor[] => {
    const rows = jacobians("hessian", single, xs, true, false).list[0] ?? [];
    checkJacobian("hessian", rows, strict);
    return rows;
  };
  const { list } = jacobians("hessian", first, ins.tensors, createGraph, strict);
  return (ins.isList ? list : list[0]?.[0]) as PerTensor<In, PerTensor<In, Tensor>>;
}

/** For each output, for each input. */
function jacobians(
  op: string,
  func: (...inputs: Tensor[]) => unknown,
  inputs: readonly Tensor[],
  createGraph: boolean,
  strict: boolean,
): { readonly list: Tensor[][]; readonly isList: boolean } {
  return enableGrad(() => {
    const fresh = freshInputs(inputs, createGraph);
    const { tensors: outputs, isList } = outputsOf(op, func(...fresh));
    checkOutputs(op, outputs, strict);
    const list = outputs.map((output, i) => {
      const rows = unitVectors(output).map((unit) =>
        gradOrNull([output], fresh, [unit], { retainGraph: true, createGraph }),
      );
      return fresh.map((input, j) => {
        const column = rows.map((row) => row[j] ?? null);
        if (strict) checkColumn(op, column, i, j, createGraph);
        const parts = column.map((g) => g ?? input.newZeros(input.shape));
        const shape = [...output.shape, ...input.shape];
        const whole = parts.length === 0 ? input.newZeros(shape) : stack(parts).reshape(shape);
        return createGraph ? whole : whole.detach();
      });
    });
    return { list, isList };
  });
}

/** Gradients that pick the elements of an output, one after the other. */
function unitVectors(output: Tensor): Tensor[] {
  const size = output.numel();
  const row = (i: number): Float64Array => new Float64Array(size).with(i, 1);
  return Array.from({ length: size }, (_, i) => newFrom(output, "float64", row(i), output.shape).to(output.dtype));
}

function checkColumn(
  op: string,
  column: readonly (Tensor | null)[],
  output: number,
  input: number,
  createGraph: boolean,
): void {
  for (const g of column) {
    if (g === null) {
      throw new GraphError(
        `[${op}] Output ${output} of the user-provided function is independent of input ${input}. This is not allowed in strict mode.`,
      );
    }
    if (createGraph && !g.requiresGrad) {
      throw new GraphError(
        `[${op}] The jacobian of the user-provided function is independent of input ${input}. ` +
          "This is not allowed in strict mode when createGraph: true.",
      );
    }
  }
}
