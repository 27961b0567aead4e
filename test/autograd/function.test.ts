/** @file autograd.Function against PyTorch: results, tape nodes, gradients of both orders; in-place changes, memory. */
import { describe, expect, test } from "vitest";
import { autograd, noGrad, ones, type Tensor, tensor } from "../../src/entry/index.ts";
import { autogradGolden, type FunctionProgram } from "../golden/autograd.ts";
import { type Encoded, elements, upstream } from "../golden/calls.ts";
import { expectClose } from "../golden/close.ts";
import { Cube, Exp, functionPrograms, MulInPlace, ProductAndSum, Same } from "./functions.ts";

const leaf = (values: readonly number[]): Tensor =>
  tensor(Float64Array.from(values), { dtype: "float64", requiresGrad: true });

function expectGrads(grads: readonly (Tensor | null)[], expected: FunctionProgram["grads"]): void {
  for (const [i, want] of expected.entries()) {
    const g = grads[i] ?? null;
    if (g === null || want === null) expect([i, g]).toEqual([i, want]);
    else expectClose(g, elements("float64", want as readonly Encoded[]), 100);
  }
}

describe("as in PyTorch", () => {
  test.each(autogradGolden.programs.map((p) => [p.name, p] as const))("%s", (name, golden) => {
    const leaves = golden.inputs.map(leaf);
    const [x, y] = leaves as [Tensor, Tensor];
    const result = functionPrograms[name]?.(x, y) ?? [];
    const outputs = Array.isArray(result) ? result : [result];
    expect(outputs).toHaveLength(golden.outputs.length);
    for (const [k, out] of outputs.entries()) {
      const want = golden.outputs[k];
      expect([out.shape, out.gradFn?.name ?? null]).toEqual([want?.shape, want?.gradFn]);
      expectClose(out, elements(out.dtype, want?.values ?? []), 10);
    }
    expect(String(outputs[0])).toBe(golden.text);
    const weighted = outputs.flatMap((out, k) => (out.requiresGrad ? [out.mul(upstream(out, k)).sum()] : []));
    const total = weighted.reduce((a, b) => a.add(b));
    const first = autograd.grad(total, leaves, { createGraph: true, allowUnused: true });
    expectGrads(first, golden.grads);
    if (golden.second === undefined) return;
    const squares = first.flatMap((g) => (g?.requiresGrad ? [g.mul(g).sum()] : []));
    const again = squares.reduce((a, b) => a.add(b));
    expectGrads(autograd.grad(again, leaves, { allowUnused: true }), golden.second);
  });
});

describe("gradcheck", () => {
  test.each(["cube", "exp of its own result", "scale", "product and sum", "nested"])("%s", (name) => {
    const inputs = [leaf([0.5, -1.25, 2]), leaf([1.5, 0.75, -0.5])];
    const program = functionPrograms[name];
    const fn = (x: Tensor, y: Tensor) => program?.(x, y) ?? [];
    expect(autograd.gradcheck(fn as autograd.Differentiable, inputs)).toBe(true);
    expect(autograd.gradgradcheck(fn as autograd.Differentiable, inputs)).toBe(true);
  });
});

describe("on the tape", () => {
  test("results of one call share their node", () => {
    const [product, sum] = ProductAndSum.apply(leaf([1, 2]), leaf([3, 4]));
    expect(product.gradFn).toBe(sum.gradFn);
    expect(String(product.gradFn)).toBe("<ProductAndSumBackward>");
  });

  test("every result has hooks and a gradient of its own", () => {
    const [product, sum] = ProductAndSum.apply(leaf([1, 2]), leaf([3, 4]));
    const seen: unknown[] = [];
    product.registerHook((g) => seen.push(g.toArraySync()));
    sum.retainGrad();
    product.mul(2).add(sum.mul(3)).sum().backward();
    expect(seen).toEqual([[2, 2]]);
    expect(sum.grad?.toArraySync()).toEqual([3, 3]);
    expect(product.grad).toBeNull();
  });

  test("a hook on a result changes what backward gets", () => {
    const x = leaf([1, 2]);
    const y = leaf([3, 4]);
    const [product, sum] = ProductAndSum.apply(x, y);
    product.registerHook((g) => g.mul(10));
    product.add(sum).sum().backward();
    expect(x.grad?.toArraySync()).toEqual([31, 41]);
  });

  test("grad of one result by another input leaves the rest alone", () => {
    const x = leaf([2]);
    const h = Cube.apply(x);
    const y = h.mul(h).sum();
    const [gh] = autograd.grad(y, h);
    expect(gh?.toArraySync()).toEqual([16]);
    expect(autograd.grad(h, x, { gradOutputs: gh ?? (null as never) })[0]?.toArraySync()).toEqual([192]);
  });

  test("saved tensors are let go after backward", () => {
    const y = Cube.apply(leaf([1, 2])).sum();
    y.backward();
    expect(() => y.backward()).toThrow("Trying to backward through the graph a second time");
  });

  test("and kept with retainGraph", () => {
    const x = leaf([1, 2]);
    const y = Cube.apply(x).sum();
    y.backward(null, { retainGraph: true });
    y.backward();
    expect(x.grad?.toArraySync()).toEqual([6, 24]);
  });

  test("a saved tensor that was changed in place", () => {
    const y = Exp.apply(leaf([1, 2]));
    y.add_(1);
    expect(() => y.sum().backward()).toThrow("modified by an inplace operation");
  });

  test("without recording there is no history", () => {
    const x = leaf([1, 2]);
    const y = noGrad(() => Cube.apply(x));
    expect([y.requiresGrad, Cube.apply(x.detach()).requiresGrad]).toEqual([false, false]);
    const same = noGrad(() => Same.apply(x));
    expect([same === x, same.requiresGrad]).toEqual([false, false]);
  });

  test("user code may keep the gradients it sees", () => {
    const kept: Tensor[] = [];
    class Keep extends autograd.Function {
      static forward(_ctx: autograd.FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
      static backward(_ctx: autograd.FunctionContext, grad: Tensor): Tensor {
        const mine = grad.mul(2);
        kept.push(grad, mine);
        return mine;
      }
    }
    const x = ones(64, 64, { requiresGrad: true });
    Keep.apply(x.mul(3)).mul(5).sum().backward();
    // Memory that was given back would be handed out again here.
    for (let i = 0; i < 20; i++) ones(64, 64).mul(-1);
    expect(kept.map((t) => t.sum().itemSync())).toEqual([5 * 4096, 10 * 4096]);
    expect(x.grad?.sum().itemSync()).toBe(30 * 4096);
  });

  test("results of any kind pass through, of which only tensors have gradients", () => {
    class Mixed extends autograd.Function {
      static forward(_ctx: autograd.FunctionContext, x: Tensor): [Tensor, string, null] {
        return [x.mul(2), "two", null];
      }
      static backward(_ctx: autograd.FunctionContext, ...grads: (Tensor | null)[]): Tensor | null {
        expect(grads.slice(1)).toEqual([null, null]);
        return grads[0]?.mul(2) ?? null;
      }
    }
    const x = leaf([1]);
    const [y, text, nothing] = Mixed.apply(x);
    expect([text, nothing]).toEqual(["two", null]);
    y.backward();
    expect(x.grad?.toArraySync()).toEqual([2]);
  });

  test("a tensor from elsewhere keeps its history", () => {
    const w = leaf([2]);
    const outside = w.mul(3);
    class Outside extends autograd.Function {
      static forward(_ctx: autograd.FunctionContext, _x: Tensor): Tensor {
        return outside;
      }
      static backward(_ctx: autograd.FunctionContext, grad: Tensor): Tensor {
        return grad;
      }
    }
    const x = leaf([1]);
    const y = Outside.apply(x);
    expect(y.gradFn?.name).toBe("OutsideBackward");
    y.backward();
    expect([x.grad?.toArraySync(), w.grad]).toEqual([[1], null]);
    outside.backward();
    expect(w.grad?.toArraySync()).toEqual([3]);
  });

  test("a function in the backward of another", () => {
    class Outer extends autograd.Function {
      static forward(ctx: autograd.FunctionContext<[Tensor]>, x: Tensor): Tensor {
        ctx.saveForBackward(x);
        return x.pow(4);
      }
      static backward(ctx: autograd.FunctionContext<[Tensor]>, grad: Tensor): Tensor {
        const [x] = ctx.savedTensors;
        return grad.mul(Cube.apply(x)).mul(4);
      }
    }
    const x = leaf([1.5, -0.5]);
    expect(autograd.gradgradcheck((t) => Outer.apply(t as Tensor), [x])).toBe(true);
  });
});

describe("in place", () => {
  test("the result is the input itself", () => {
    const x = leaf([1, 2]).mul(1);
    expect(MulInPlace.apply(x, leaf([3, 4]))).toBe(x);
    expect(x.gradFn?.name).toBe("MulInPlaceBackward");
  });

  test("a leaf that requires a gradient may not be changed", () => {
    expect(() => MulInPlace.apply(leaf([1, 2]), leaf([3, 4]))).toThrow("a leaf Variable that requires grad");
  });

  test("what is changed must be returned", () => {
    class Forgets extends autograd.Function {
      static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
        ctx.markDirty(x);
        return x.mul_(2).clone();
      }
      static backward(_ctx: autograd.FunctionContext, grad: Tensor): Tensor {
        return grad;
      }
    }
    expect(() => Forgets.apply(leaf([1]).mul(1))).toThrow("Some elements marked as dirty");
  });

  const message = (what: string) => new RegExp(`Output 0 of \\w+Backward is a view and ${what}.*Clone the output`, "s");

  test("a result that is a view may not be changed", () => {
    expect(() => Same.apply(leaf([1, 2])).add_(1)).toThrow(message("is being modified inplace"));
    const part = Same.apply(leaf([1, 2])).slice(0, 0, 1);
    expect(() => part.add_(1)).toThrow(message("is being modified inplace"));
  });

  test("nor may what it looks at", () => {
    const x = leaf([1, 2]).mul(1);
    const y = Same.apply(x);
    x.add_(1);
    expect(() => y.sum().backward()).toThrow(message("its base or another view"));
  });

  test("a view of what only forward knew is a tensor of its own", () => {
    class Reshaped extends autograd.Function {
      static forward(_ctx: autograd.FunctionContext, x: Tensor): Tensor {
        return x.mul(2).view(-1);
      }
      static backward(_ctx: autograd.FunctionContext, grad: Tensor): Tensor {
        return grad.mul(2).view(2, 1);
      }
    }
    const x = leaf([1, 2]);
    Reshaped.apply(x.reshape(2, 1)).mul_(3).sum().backward();
    expect(x.grad?.toArraySync()).toEqual([6, 6]);
  });
});

test("types follow forward", () => {
  const x = leaf([1]);
  const one: Tensor = Cube.apply(x);
  const [product]: [Tensor, Tensor] = ProductAndSum.apply(x, one);
  expect(product.shape).toEqual([1]);
  const wrong = () => {
    // @ts-expect-error a number is no tensor
    Cube.apply(3);
    // @ts-expect-error two inputs are needed
    ProductAndSum.apply(x);
    const { apply } = Cube;
    // @ts-expect-error without its class
    apply(x);
  };
  expect(wrong).toThrow();
});
