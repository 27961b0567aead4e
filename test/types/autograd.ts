/** @file Types of `autograd`. The compiler checks this file; nothing runs it. */
import { expectTypeOf } from "vitest";
import { autograd, noGrad, ones, type Tensor } from "../../src/entry/index.ts";

const x = ones(2).requiresGrad_();
const y = x.mul(2);

// --- Gradients ---------------------------------------------------------------------------------------------------------

expectTypeOf(autograd.grad(y, x)).toEqualTypeOf<[Tensor]>();
expectTypeOf(autograd.grad({ outputs: y, inputs: x, createGraph: true, onlyInputs: true })).toEqualTypeOf<[Tensor]>();
expectTypeOf(autograd.grad({ outputs: y, inputs: [x], allowUnused: true })).toEqualTypeOf<(Tensor | null)[]>();
// @ts-expect-error the inputs are missing
autograd.grad({ outputs: y });
expectTypeOf(autograd.grad([y], [x], { gradOutputs: [null], createGraph: true })).toEqualTypeOf<Tensor[]>();
expectTypeOf(autograd.grad(y, x, { allowUnused: true })).toEqualTypeOf<(Tensor | null)[]>();
// @ts-expect-error misspelt
autograd.grad(y, x, { createGraphs: true });
// @ts-expect-error PyTorch's name
autograd.grad(y, x, { allow_unused: true });
// @ts-expect-error not a flag
autograd.grad(y, x, { retainGraph: 1 });
// @ts-expect-error a number is no gradient
autograd.grad(y, x, { gradOutputs: 1 });
// @ts-expect-error the inputs are missing
autograd.grad(y);

const unsure: boolean = x.requiresGrad;
expectTypeOf(autograd.grad(y, x, { allowUnused: unsure })).toEqualTypeOf<(Tensor | null)[]>();

expectTypeOf(autograd.gradcheck((a: Tensor) => a.exp(), x)).toEqualTypeOf<boolean>();
autograd.gradcheck((a, b) => [(a as Tensor).add(b as Tensor)], [x, y], { eps: 1e-6, atol: 1e-5, rtol: 1e-3 });
// @ts-expect-error misspelt
autograd.gradcheck((a: Tensor) => a.exp(), x, { tolerance: 1 });
// @ts-expect-error not a flag
autograd.gradcheck((a: Tensor) => a.exp(), x, { raiseException: 0 });
// @ts-expect-error its result must be tensors
autograd.gradcheck((a: Tensor) => a.itemSync(), x);
autograd.gradgradcheck((a: Tensor) => a.exp(), x, { gradOutputs: x, nondetTol: 0 });
// @ts-expect-error misspelt
autograd.gradgradcheck((a: Tensor) => a.exp(), x, { gradOutput: x });
// @ts-expect-error not a number
autograd.gradgradcheck((a: Tensor) => a.exp(), x, { eps: "small" });

expectTypeOf(noGrad(() => 1)).toEqualTypeOf<number>();
expectTypeOf(noGrad(async () => "a")).resolves.toEqualTypeOf<string>();
expectTypeOf(autograd.detectAnomaly(() => y)).toEqualTypeOf<Tensor>();
// @ts-expect-error misspelt
autograd.detectAnomaly(() => y, { checkNaN: true });
// @ts-expect-error not a flag
autograd.detectAnomaly(() => y, { checkNan: "no" });

// --- Functionals -------------------------------------------------------------------------------------------------------

const { functional } = autograd;
expectTypeOf(functional.jacobian((a: Tensor) => a.exp(), x)).toEqualTypeOf<Tensor>();
expectTypeOf(functional.jacobian((a: Tensor, b: Tensor) => a.add(b), [x, y])).toEqualTypeOf<[Tensor, Tensor]>();
expectTypeOf(functional.hessian((a: Tensor) => a.sum(), x)).toEqualTypeOf<Tensor>();
expectTypeOf(functional.vjp((a: Tensor) => a.exp(), x, x)).toEqualTypeOf<[Tensor, Tensor]>();
functional.jvp((a: Tensor) => a.exp(), x, x, { createGraph: true, strict: true });
// @ts-expect-error misspelt
functional.jacobian((a: Tensor) => a.exp(), x, { createGraf: true });
// @ts-expect-error not a flag
functional.hessian((a: Tensor) => a.sum(), x, { strict: 1 });
// @ts-expect-error misspelt
functional.vjp((a: Tensor) => a.exp(), x, x, { stric: true });
// @ts-expect-error misspelt
functional.vhp((a: Tensor) => a.sum(), x, x, { vectorize: true });
// @ts-expect-error misspelt
functional.hvp((a: Tensor) => a.sum(), x, x, { vectorize: true });

// --- Functions of one's own --------------------------------------------------------------------------------------------

interface ScaleContext extends autograd.FunctionContext<[Tensor]> {
  factor: number;
}

class Scale extends autograd.Function {
  static forward(ctx: ScaleContext, input: Tensor, factor: number): Tensor {
    ctx.factor = factor;
    ctx.saveForBackward(input);
    return input.mul(factor);
  }
  static backward(ctx: ScaleContext, grad: Tensor): [Tensor, null] {
    expectTypeOf(ctx.savedTensors).toEqualTypeOf<[Tensor]>();
    return [grad.mul(ctx.factor), null];
  }
}
expectTypeOf(Scale.apply(x, 2)).toEqualTypeOf<Tensor>();
// @ts-expect-error the factor is a number
Scale.apply(x, "2");
// @ts-expect-error the factor is missing
Scale.apply(x);
