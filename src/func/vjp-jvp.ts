/** @file Vector-Jacobian, Jacobian-vector and Hessian-vector products. */

import { enableGrad, isGradEnabled, withGradMode } from "../autograd/grad-mode.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type DerivativeOptions,
  freshHandle,
  freshInputs,
  given,
  gradOrNull,
  listOf,
  outputsOf,
  type PerTensor,
  productSignature,
  scalarOf,
  type TensorFunction,
  type Tensors,
  vectorOf,
} from "./inputs.ts";
import { checkFirst, checkJacobian, checkOutputs, filled, type Stage } from "./strict.ts";

const FIRST: Stage = {
  missing: (i) => `The output of the user-provided function is independent of input ${i}.`,
  result: "jacobian",
};
const FORWARD: Stage = {
  missing: (i) =>
    `The gradient with respect to the input is independent of entry ${i} in the gradients of the outputs.`,
  result: "jacobian",
};
const SECOND: Stage = {
  missing: (i) => `The jacobian of the user-provided function is independent of input ${i}.`,
  result: "hessian",
};

const VJP = productSignature("vjp");
const JVP = productSignature("jvp");
const VHP = productSignature("vhp");
const HVP = productSignature("hvp");

/** A function, its inputs, a vector and options. */
type ProductArgs<In extends Tensors, Out extends Tensors> =
  | readonly [
      func: TensorFunction<Out>,
      inputs: In,
      v?: Tensors | null | undefined,
      options?: DerivativeOptions | undefined,
    ]
  | readonly [
      func: TensorFunction<Out>,
      inputs: In,
      options: DerivativeOptions & { readonly v?: Tensors | null | undefined },
    ];

/** Runs `fn` with recording if `createGraph`, else in the grad mode of the caller. */
function inMode<T>(createGraph: boolean, fn: () => T): T {
  return withGradMode(createGraph || isGradEnabled(), fn);
}

/**
 * Computes the vector-Jacobian product vᵀ·J of `func` at `inputs`, by one backward pass.
 *
 * @param v - Vector of the shapes of the outputs; may be left out for an output of one element.
 * @returns the outputs, and the product, which has the shapes of the inputs.
 * @example autograd.functional.vjp((x) => x.mul(x), tensor([1, 2]), ones(2)); // [tensor([1., 4.]), tensor([2., 4.])]
 */
export function vjp<const In extends Tensors, Out extends Tensors>(
  ...args: ProductArgs<In, Out>
): [outputs: PerTensor<Out, Tensor>, vjp: PerTensor<In, Tensor>] {
  const { func, inputs, v, createGraph, strict } = VJP.read(args);
  const ins = listOf("vjp", "inputs", inputs);
  const fresh = freshInputs(ins.tensors, createGraph);
  const outs = enableGrad(() => outputsOf("vjp", func(...fresh)));
  checkOutputs("vjp", outs.tensors, strict);
  const vector = vectorOf("vjp", v, outs, createGraph);
  const product = inMode(createGraph, () =>
    filled("vjp", gradOrNull(outs.tensors, fresh, vector, { createGraph }), fresh, { createGraph, strict }, FIRST),
  );
  return [given<Out>(outs, createGraph), given<In>({ tensors: product, isList: ins.isList }, createGraph)];
}

/**
 * Computes the Jacobian-vector product J·v of `func` at `inputs`, by differentiating vᵀ·J, which is linear in its vector
 * (the double-backward trick): `func` has to be twice differentiable.
 *
 * @param v - Vector of the shapes of the inputs; may be left out for an input of one element.
 * @returns the outputs, and the product, which has the shapes of the outputs.
 * @example autograd.functional.jvp((x) => x.mul(x), tensor([1, 2]), ones(2)); // [tensor([1., 4.]), tensor([2., 4.])]
 */
export function jvp<const In extends Tensors, Out extends Tensors>(
  ...args: ProductArgs<In, Out>
): [outputs: PerTensor<Out, Tensor>, jvp: PerTensor<Out, Tensor>] {
  const { func, inputs, v, createGraph, strict } = JVP.read(args);
  const ins = listOf("jvp", "inputs", inputs);
  const fresh = freshInputs(ins.tensors, createGraph);
  const vector = vectorOf("jvp", v, ins, createGraph);
  const { outs, rows, columns } = enableGrad(() => {
    const results = outputsOf("jvp", func(...fresh));
    checkOutputs("jvp", results.tensors, strict);
    const weights = results.tensors.map((t) => freshHandle(t.newZeros(t.shape), false));
    const grads = gradOrNull(results.tensors, fresh, weights, { createGraph: true });
    checkFirst(
      "jvp",
      grads,
      strict,
      (i) => `The gradient with respect to input ${i} is independent of the inputs of the user-provided function.`,
    );
    return { outs: results, rows: grads, columns: weights };
  });
  const product = inMode(createGraph, () =>
    filled("jvp", gradOrNull(rows, columns, vector, { createGraph }), outs.tensors, { createGraph, strict }, FORWARD),
  );
  return [given<Out>(outs, createGraph), given<Out>({ tensors: product, isList: outs.isList }, createGraph)];
}

/**
 * Computes the vector-Hessian product vᵀ·H of `func`, which returns a single element, at `inputs`.
 *
 * @param v - Vector of the shapes of the inputs; may be left out for an input of one element.
 * @returns the output, and the product, which has the shapes of the inputs.
 * @example autograd.functional.vhp((x) => x.pow(3).sum(), tensor([1, 2]), ones(2)); // [tensor(9.), tensor([ 6., 12.])]
 */
export function vhp<const In extends Tensors>(
  ...args: ProductArgs<In, Tensor>
): [output: Tensor, vhp: PerTensor<In, Tensor>] {
  return hessianProduct(VHP, args);
}

/**
 * Computes the Hessian-vector product H·v of `func`, which returns a single element, at `inputs`. The Hessian is
 * symmetric where the second derivatives are continuous, so the computation is that of {@link vhp}.
 *
 * @param v - Vector of the shapes of the inputs; may be left out for an input of one element.
 * @returns the output, and the product, which has the shapes of the inputs.
 * @example autograd.functional.hvp((x) => x.pow(3).sum(), tensor([1, 2]), ones(2)); // [tensor(9.), tensor([ 6., 12.])]
 */
export function hvp<const In extends Tensors>(
  ...args: ProductArgs<In, Tensor>
): [output: Tensor, hvp: PerTensor<In, Tensor>] {
  return hessianProduct(HVP, args);
}

function hessianProduct<const In extends Tensors>(
  declared: typeof VHP,
  args: ProductArgs<In, Tensor>,
): [output: Tensor, product: PerTensor<In, Tensor>] {
  const { op } = declared;
  const { func, inputs, v, createGraph, strict } = declared.read(args);
  const ins = listOf(op, "inputs", inputs);
  const fresh = freshInputs(ins.tensors, createGraph);
  const vector = vectorOf(op, v, ins, createGraph);
  const { out, first } = enableGrad(() => {
    const result = scalarOf(op, func(...fresh));
    checkOutputs(op, [result], strict);
    const grads = gradOrNull([result], fresh, undefined, { createGraph: true });
    checkJacobian(op, grads, strict);
    return { out: result, first: grads };
  });
  const product = inMode(createGraph, () =>
    filled(op, gradOrNull(first, fresh, vector, { createGraph }), fresh, { createGraph, strict }, SECOND),
  );
  return [createGraph ? out : out.detach(), given<In>({ tensors: product, isList: ins.isList }, createGraph)];
}
