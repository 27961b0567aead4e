/** @file Mistakes in users' own functions, named in PyTorch's words. */
import { describe, expect, test } from "vitest";
import { autograd, ones, type Tensor, tensor } from "../../src/entry/index.ts";

const leaf = (values: readonly number[]): Tensor =>
  tensor(Float64Array.from(values), { dtype: "float64", requiresGrad: true });

describe("mistakes, in PyTorch's words", () => {
  const x = leaf([1, 2]);

  /** A function of one input whose backward returns what it is given. */
  function returning(gradient: unknown) {
    return class Wrong extends autograd.Function {
      static forward(_ctx: autograd.FunctionContext, a: Tensor, _k?: number): Tensor {
        return a.mul(2);
      }
      static backward(_ctx: autograd.FunctionContext, _grad: Tensor): autograd.ReturnedGradients {
        return gradient as autograd.ReturnedGradients;
      }
    };
  }
  const g = ones(2, { dtype: "float64" });

  test.each([
    ["too many", [g, g], "function WrongBackward returned an incorrect number of gradients (expected 1, got 2)"],
    ["none", [], "function WrongBackward returned an incorrect number of gradients (expected 1, got 0)"],
    ["no tensor", 3, "expected Variable or null (got number)"],
    [
      "another shape",
      ones(3, { dtype: "float64" }),
      "Function WrongBackward returned an invalid gradient at index 0 - got [3] but expected shape compatible with [2]",
    ],
  ])("gradients: %s", (_, gradient, message) => {
    expect(() => returning(gradient).apply(x).sum().backward()).toThrow(message);
  });

  test("too few, and one for a number", () => {
    expect(() => returning(g).apply(x, 3).sum().backward()).toThrow("(expected 2, got 1)");
    expect(() => returning([g, g]).apply(x, 3).sum().backward()).toThrow(
      "function WrongBackward returned a gradient different than null at position 2, but the corresponding forward input was not a Tensor",
    );
  });

  test("nulls beyond the inputs are passed over", () => {
    const y = leaf([1, 2]);
    returning([g, null, null]).apply(y).sum().backward();
    expect(y.grad?.toArraySync()).toEqual([1, 1]);
  });

  test("what ctx is given", () => {
    class SavesANumber extends autograd.Function {
      static forward(ctx: autograd.FunctionContext, a: Tensor): Tensor {
        ctx.saveForBackward(3 as unknown as Tensor);
        return a;
      }
      static backward(): null {
        return null;
      }
    }
    expect(() => SavesANumber.apply(x)).toThrow(
      "save_for_backward can only save variables, but argument 0 is of type number",
    );
    class MarksANumber extends autograd.Function {
      static forward(ctx: autograd.FunctionContext, a: Tensor): Tensor {
        ctx.markNonDifferentiable(3 as unknown as Tensor);
        return a;
      }
      static backward(): null {
        return null;
      }
    }
    expect(() => MarksANumber.apply(x)).toThrow(
      "mark_non_differentiable only accepts variable arguments, but got number",
    );
  });

  test("missing methods, a lost class, a promise", () => {
    const apply = autograd.Function.apply as (...args: unknown[]) => Tensor;
    class Nothing extends autograd.Function {}
    expect(() => apply.call(Nothing, x)).toThrow(
      "You must implement the forward function for custom autograd.Function",
    );
    class NoBackward extends autograd.Function {
      static forward(_ctx: unknown, a: Tensor): Tensor {
        return a.mul(2);
      }
    }
    expect(() => apply.call(NoBackward, x).sum().backward()).toThrow("You must implement either the backward or vjp");
    expect(() => apply(x)).toThrow("Write MyFunction.apply");
    class Later extends autograd.Function {
      static async forward(_ctx: unknown, a: Tensor): Promise<Tensor> {
        return a;
      }
      static backward(): null {
        return null;
      }
    }
    expect(() => Later.apply(x)).toThrow("[Later] forward must be synchronous");
  });

  test("nulls may be saved", () => {
    class SavesNull extends autograd.Function {
      static forward(ctx: autograd.FunctionContext<[Tensor, null]>, a: Tensor): Tensor {
        ctx.saveForBackward(a, null);
        return a.mul(2);
      }
      static backward(ctx: autograd.FunctionContext<[Tensor, null]>, grad: Tensor): Tensor {
        const [a, nothing] = ctx.savedTensors;
        expect(nothing).toBeNull();
        return grad.mul(a);
      }
    }
    const y = leaf([3]);
    SavesNull.apply(y).backward();
    expect(y.grad?.toArraySync()).toEqual([3]);
  });
});
