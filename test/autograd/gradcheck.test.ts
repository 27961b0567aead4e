/** @file Reports of gradcheck and gradgradcheck. */
import { describe, expect, test } from "vitest";
import { autograd, DTypeError, GraphError, rand, type Tensor, tensor, ValueError } from "../../src/entry/index.ts";

const leaf = (...values: number[]): Tensor => tensor(values, { dtype: "float64", requiresGrad: true });

/** x², with a gradient of 3x where x is above 1. */
class WrongSquare extends autograd.Function {
  static forward(ctx: autograd.FunctionContext<[Tensor]>, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.mul(x);
  }
  static backward(ctx: autograd.FunctionContext<[Tensor]>, grad: Tensor): Tensor {
    const [x] = ctx.savedTensors;
    return grad.mul(x.mul(x.gt(1).to(x.dtype).add(2)));
  }
}

function reportOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    expect(error).toBeInstanceOf(GraphError);
    return (error as Error).message;
  }
  return "";
}

/** Numbers that depend on the last bits of a difference, shortened. */
const shortened = (text: string): string => text.replaceAll(/-?\d+\.\d{7,}(e-?\d+)?/g, (n) => String(+(+n).toFixed(4)));

describe("a wrong gradient", () => {
  test("is shown with its place, and beside the numbers it should be", () => {
    const x = tensor([[0.5, 2], [3, 0.25]], { dtype: "float64", requiresGrad: true }); // biome-ignore format: a matrix
    const report = shortened(reportOf(() => autograd.gradcheck((t) => WrongSquare.apply(t), x)));
    expect(report.split("\n")).toEqual([
      "[gradcheck] Jacobian mismatch for output 0 with respect to input 0, output element [1, 0], input element [1, 0]: " +
        "numerical 6, analytical 9 (allowed: atol 0.00001 + rtol 0.001·|numerical|). 2 of 16 derivatives are off, the largest first:",
      "  output 0 at [1, 0], input 0 at [1, 0]: numerical 6, analytical 9, difference 3",
      "  output 0 at [0, 1], input 0 at [0, 1]: numerical 4, analytical 6, difference 2",
      "numerical:",
      "tensor([[1.0000, 0.0000, 0.0000, 0.0000],",
      "        [0.0000, 4.0000, 0.0000, 0.0000],",
      "        [0.0000, 0.0000, 6.0000, 0.0000],",
      "        [0.0000, 0.0000, 0.0000, 0.5000]], dtype=torch.float64)",
      "analytical:",
      "tensor([[1.0000, 0.0000, 0.0000, 0.0000],",
      "        [0.0000, 6.0000, 0.0000, 0.0000],",
      "        [0.0000, 0.0000, 9.0000, 0.0000],",
      "        [0.0000, 0.0000, 0.0000, 0.5000]], dtype=torch.float64)",
    ]);
  });

  test("names output and input by number", () => {
    const fn = (x: Tensor, y: Tensor): Tensor[] => [x.mul(2), WrongSquare.apply(y).mul(x)];
    expect(reportOf(() => autograd.gradcheck(fn, [leaf(1.5), leaf(2)]))).toMatch(
      /^\[gradcheck\] Jacobian mismatch for output 1 with respect to input 1, output element \[0\], input element \[0\]/,
    );
  });

  test("of many shows some, and no matrices", () => {
    const x = rand(5, 4, { dtype: "float64" }).add(2).requiresGrad_();
    const report = reportOf(() => autograd.gradcheck((t) => WrongSquare.apply(t), x));
    expect(report).toContain("20 of 400 derivatives are off");
    expect(report.split("\n")).toHaveLength(7);
    expect(report).toContain("… and 15 more");
  });

  test("of a scalar", () => {
    const x = tensor(2, { dtype: "float64", requiresGrad: true });
    expect(reportOf(() => autograd.gradcheck((t) => WrongSquare.apply(t), x))).toContain(
      "output element [], input element []",
    );
  });

  test("that is NaN is the worst", () => {
    const fn = (x: Tensor): Tensor => {
      const y = WrongSquare.apply(x);
      y.registerHook((g) => g.mul(tensor([1, Number.NaN, 1], { dtype: "float64" })));
      return y;
    };
    expect(reportOf(() => autograd.gradcheck(fn, leaf(3, 0.5, 0.25)))).toContain(
      "output element [0], input element [1]: numerical 0, analytical NaN",
    );
  });

  test("may also be counted instead of thrown", () => {
    const fn = (t: Tensor): Tensor => WrongSquare.apply(t);
    expect(autograd.gradcheck(fn, leaf(2), { raiseException: false })).toBe(false);
    expect(autograd.gradcheck(fn, leaf(0.5), { raiseException: false })).toBe(true);
  });
});

describe("a wrong second derivative", () => {
  /** The gradient is right, but does not know that it depends on x. */
  class Forgetful extends autograd.Function {
    static forward(ctx: autograd.FunctionContext<[Tensor]>, x: Tensor): Tensor {
      ctx.saveForBackward(x);
      return x.mul(x);
    }
    static backward(ctx: autograd.FunctionContext<[Tensor]>, grad: Tensor): Tensor {
      const [x] = ctx.savedTensors;
      return grad.mul(x.detach()).mul(2);
    }
  }

  test("is found by gradgradcheck only", () => {
    const fn = (x: Tensor, y: Tensor): Tensor => Forgetful.apply(x).add(y);
    const inputs = [leaf(1, 2), leaf(3, 4)];
    expect(autograd.gradcheck(fn, inputs)).toBe(true);
    expect(reportOf(() => autograd.gradgradcheck(fn, inputs))).toMatch(
      /^\[gradgradcheck\] Jacobian mismatch for the gradient of input 0 with respect to input 0, output element \[\d\]/,
    );
  });

  test("of the gradient it starts from is named so", () => {
    class Stuck extends Forgetful {
      static override backward(ctx: autograd.FunctionContext<[Tensor]>, grad: Tensor): Tensor {
        const [x] = ctx.savedTensors;
        return grad.detach().mul(x).mul(2);
      }
    }
    expect(reportOf(() => autograd.gradgradcheck((x) => Stuck.apply(x), leaf(1, 2)))).toContain(
      "the gradient of input 0 with respect to the gradient of output 0",
    );
  });

  test("gradOutputs may be given", () => {
    const gradOutputs = leaf(1, 2);
    expect(autograd.gradgradcheck((x) => x.mul(x), leaf(1, 2), { gradOutputs })).toBe(true);
  });
});

test("functions that take gradients themselves", () => {
  const fn = (x: Tensor): Tensor => {
    const [g] = autograd.grad(x.pow(3).sum(), x, { createGraph: true }) as [Tensor];
    return g.mul(g);
  };
  expect(autograd.gradcheck(fn, leaf(1, 2))).toBe(true);
});

test("a backward pass that gives something else every time", () => {
  let calls = 0;
  const fn = (x: Tensor): Tensor => {
    const y = x.mul(1);
    y.registerHook((g) => g.add(1e-7 * calls++));
    return y;
  };
  expect(() => autograd.gradcheck(fn, leaf(1, 2))).toThrow(
    "Backward is not reentrant for output 0 with respect to input 0",
  );
  expect(autograd.gradcheck(fn, leaf(1, 2), { nondetTol: 1e-5 })).toBe(true);
});

describe("refused", () => {
  test("inputs without gradients or in float32", () => {
    expect(() => autograd.gradcheck((t) => t, leaf(1).detach())).toThrow(ValueError);
    expect(() => autograd.gradcheck((t) => t, rand(2, { requiresGrad: true }))).toThrow(DTypeError);
    expect(() => autograd.gradgradcheck((t) => t, leaf(1).detach())).toThrow("[gradgradcheck] expects at least one");
  });

  test("options by a wrong name", () => {
    // @ts-expect-error PyTorch's spelling
    expect(() => autograd.gradcheck((t) => t, leaf(1), { raise_exception: false })).toThrow('"raiseException"');
  });
});
