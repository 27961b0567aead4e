/** @file Jacobians and Hessians, by one backward pass for each element of the output. */

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
 * Computes the Jacobian of `func` at `inputs`: for each output and input, the derivatives of all elements of the output
 * with respect to all elements of the input, in a tensor of shape [...output.shape, ...input.shape].
 *
 * @returns one tensor; an array for several outputs or several inputs; for both, an array for each output.
 * @throws GraphError in strict mode, for an output that is independent of an input.
 * @example
 * autograd.functional.jacobian((x) => x.mul(x), tensor([1, 2]));
 * // tensor([[2., 0.],
 * //         [0., 4.]])
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
 * Computes the Hessian of `func`, which returns a single element, at `inputs`: for each pair of inputs, the second
 * derivatives in a tensor of shape [...first.shape, ...second.shape].
 *
 * @returns one tensor; for an array of inputs, an array of arrays.
 * @throws ShapeError unless the function returns a single element; GraphError in strict mode, for a first derivative that
 * is independent of an input.
 * @example
 * autograd.functional.hessian((x) => x.pow(3).sum(), tensor([1, 2]));
 * // tensor([[ 6.,  0.],
 * //         [ 0., 12.]])
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

/** One-hot gradients of an output, one for each of its elements. */
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
