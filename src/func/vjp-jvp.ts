/** @file Vector-Jacobian, Jacobian-vector and Hessian-vector products. */

import { enableGrad, isGradEnabled, withGradMode } from "../autograd/grad-mode.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type DerivativeOptions,
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

/** The mode in which a result is computed: recorded if that was asked for, else as it is outside. */
function inMode<T>(createGraph: boolean, fn: () => T): T {
  return withGradMode(createGraph || isGradEnabled(), fn);
}

/**
 * The product vᵀ·J of a vector with the Jacobian of `func` at `inputs`.
 *
 * @param v - Of the shapes of the outputs; may be left out if that is a single element.
 * @returns the outputs, and the product, of the shapes of the inputs.
 * @example const [y, product] = autograd.functional.vjp((x) => x.exp().sum(1), rand(4, 4), ones(4));
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
 * The product J·v of the Jacobian of `func` at `inputs` with a vector. Found by differentiating vᵀ·J, which is linear in
 * its vector, so `func` has to be twice differentiable.
 *
 * @param v - Of the shapes of the inputs; may be left out if that is a single element.
 * @returns the outputs, and the product, of the shapes of the outputs.
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
    const weights = results.tensors.map((t) => t.newZeros(t.shape).requiresGrad_());
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
 * The product vᵀ·H of a vector with the Hessian of `func`, which returns one element, at `inputs`.
 *
 * @param v - Of the shapes of the inputs; may be left out if that is a single element.
 * @returns the output, and the product, of the shapes of the inputs.
 */
export function vhp<const In extends Tensors>(
  ...args: ProductArgs<In, Tensor>
): [output: Tensor, vhp: PerTensor<In, Tensor>] {
  return hessianProduct(VHP, args);
}

/**
 * The product H·v of the Hessian of `func` with a vector. Hessians are symmetric wherever the second derivatives are
 * continuous, so it is computed as {@link vhp} is.
 *
 * @param v - Of the shapes of the inputs; may be left out if that is a single element.
 * @returns the output, and the product, of the shapes of the inputs.
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
