/** @file autograd.grad and higher derivatives. */
import { describe, expect, test } from "vitest";
import {
  autograd,
  GraphError,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from "../../src/entry/index.ts";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true, dtype: "float64" });
const list = (t: Tensor | null | undefined): number[] => Array.from(t?.detach().dataSync() ?? []);
const { grad } = autograd;

describe("grad", () => {
  test("gives gradients in the order of the inputs and touches nobody's .grad", () => {
    const [a, b, c] = [leaf(1, 2), leaf(3, 4), leaf(5, 6)];
    const y = a.mul(b).add(c).sum();
    const [gb, ga] = grad(y, [b, a]);
    expect([list(ga), list(gb)]).toEqual([
      [3, 4],
      [1, 2],
    ]);
    expect([a.grad, b.grad, c.grad]).toEqual([null, null, null]);
  });

  test("takes gradOutputs in their place, and PyTorch's onlyInputs", () => {
    const x = leaf(1, 2);
    const [g] = grad(x.pow(2), x, tensor([1, 10], { dtype: "float64" }), { onlyInputs: true });
    expect(list(g)).toEqual([2, 40]);
    expect(() => grad(x.sum(), x, { onlyInputs: false as never })).toThrow('[grad] argument "onlyInputs" must be true');
  });

  test("takes one tensor for a list of one", () => {
    const x = leaf(3);
    expect(grad(x.mul(x), x).map(list)).toEqual([[6]]);
  });

  test("sums over several outputs, each with its own gradient", () => {
    const x = leaf(1, 2);
    const [y, z] = [x.mul(x), x.mul(10)];
    const [g] = grad([y, z], [x], {
      gradOutputs: [tensor([1, 0], { dtype: "float64" }), tensor([0, 1], { dtype: "float64" })],
    });
    expect(list(g)).toEqual([2, 10]);
    const [h] = grad([x.sum(), x.mul(x).sum()], [x], { gradOutputs: [null, tensor(10, { dtype: "float64" })] });
    expect(list(h)).toEqual([21, 41]);
  });

  test("one output may be another one's input", () => {
    const x = leaf(2);
    const y = x.mul(x);
    const z = y.mul(3);
    expect(grad([y, z], [x, y]).map(list)).toEqual([[16], [4]]);
  });

  test("the same input may be asked for twice, and an output may be an input", () => {
    const x = leaf(2);
    expect(grad(x.mul(3), [x, x]).map(list)).toEqual([[3], [3]]);
    expect(grad(x, x).map(list)).toEqual([[1]]);
  });

  test("an intermediate result's own step is left for later", () => {
    const x = leaf(1);
    const y = x.mul(2).exp();
    const z = y.mul(y).sum();
    const [gy] = grad(z, y);
    expect(list(gy)[0]).toBeCloseTo(2 * Math.exp(2), 12);
    y.sum().backward();
    expect(list(x.grad)[0]).toBeCloseTo(2 * Math.exp(2), 12);
  });

  test("only the paths to the inputs are walked", () => {
    const [a, b] = [leaf(1), leaf(2)];
    const side = b.exp();
    const y = a.mul(a).add(side).sum();
    grad(y, a);
    side.sum().backward();
    expect(list(b.grad)[0]).toBeCloseTo(Math.exp(2), 12);
    const seen: string[] = [];
    b.registerHook(() => void seen.push("b"));
    grad(a.mul(b), a);
    expect(seen).toEqual([]);
  });

  test("an input that plays no part", () => {
    const [a, b] = [leaf(1), leaf(2)];
    expect(() => grad(a.mul(2), [a, b])).toThrow(GraphError);
    expect(() => grad(a.mul(2), [a, b])).toThrow(
      "[grad] One of the differentiated Tensors appears to not have been used in the graph. Set allowUnused: true",
    );
    expect(grad(a.mul(2), [a, b], { allowUnused: true }).map((g) => g && list(g))).toEqual([[2], null]);
    expect(() => grad(a.mul(2), [a, ones(1)], { allowUnused: true })).toThrow(
      "[grad] One of the differentiated Tensors does not require grad",
    );
  });

  test("outputs and gradients must fit", () => {
    const x = leaf(1, 2);
    expect(() => grad(ones(1), x)).toThrow("[grad] element 0 of tensors does not require grad");
    expect(() => grad(x.mul(2), x)).toThrow("[grad] grad can be implicitly created only for scalar outputs");
    expect(() => grad([x.sum(), x.sum()], x, { gradOutputs: [null] })).toThrow(
      new ValueError("[grad] got 2 tensors and 1 gradients"),
    );
    expect(() => grad(x.mul(2), x, { gradOutputs: ones(3) })).toThrow(ShapeError);
  });

  test("retainGraph and freeing are those of backward", () => {
    const x = leaf(2);
    const y = x.mul(x);
    grad(y, x, { retainGraph: true });
    grad(y, x);
    expect(() => grad(y, x)).toThrow("Trying to backward through the graph a second time");
  });

  test("the gradient passed in is not changed, nor is a result by later walks", () => {
    const x = zeros(40, { requiresGrad: true });
    const g = ones(40);
    const [a] = grad(x.mul(2), x, { gradOutputs: g });
    const [b] = grad(x.add(0), x, { gradOutputs: g });
    b?.mul(1);
    expect([list(a), list(g)]).toEqual([new Array(40).fill(2), new Array(40).fill(1)]);
  });
});

describe("higher derivatives", () => {
  test("of a power, up to the fourth", () => {
    const x = leaf(2);
    const found: number[] = [];
    let y = x.pow(4).sum();
    for (let i = 0; i < 4; i++) {
      const [g] = grad(y, x, { createGraph: true });
      found.push((g as Tensor).itemSync());
      y = (g as Tensor).sum();
    }
    expect(found).toEqual([32, 48, 48, 24]);
  });

  test("of functions with known derivatives", () => {
    const v = 0.7;
    const third: [(x: Tensor) => Tensor, number][] = [
      [(x) => x.exp(), Math.exp(v)],
      [(x) => x.sin(), -Math.cos(v)],
      [(x) => x.log(), 2 / v ** 3],
      [(x) => x.sqrt(), (3 / 8) * v ** -2.5],
      [(x) => x.reciprocal(), -6 / v ** 4],
      [(x) => x.mul(x).mul(x), 6],
      [(x) => x.div(x.mul(x)), -6 / v ** 4],
      [(x) => x.tanh(), (6 * Math.tanh(v) ** 2 - 2) * (1 - Math.tanh(v) ** 2)],
    ];
    for (const [f, want] of third) {
      const x = leaf(v);
      let y = f(x);
      for (let i = 0; i < 3; i++) y = grad(y.sum(), x, { createGraph: true })[0] as Tensor;
      expect(y.itemSync()).toBeCloseTo(want, 8);
    }
  });

  test("mixed: a Hessian, row by row", () => {
    const x = leaf(1, 2, 3);
    const A = tensor([[1, 2, 0], [2, 5, 1], [0, 1, 7]], { dtype: "float64" }); // biome-ignore format: a matrix
    const y = x.matmul(A.matmul(x)).mul(0.5);
    const [g] = grad(y, x, { createGraph: true });
    const rows = [0, 1, 2].map((i) => list(grad((g as Tensor).at(i), x, { retainGraph: true })[0]));
    expect(rows).toEqual([
      [1, 2, 0],
      [2, 5, 1],
      [0, 1, 7],
    ]);
  });

  test("a gradient penalty: backward through a gradient", () => {
    const [w, x] = [leaf(3), leaf(2)];
    const y = w.mul(x).mul(x);
    const [gx] = grad(y, x, { createGraph: true });
    (gx as Tensor).pow(2).sum().backward();
    // (2wx)² has the derivatives 8wx² and 8w²x.
    expect([list(w.grad), list(x.grad)]).toEqual([[96], [144]]);
  });

  test("createGraph makes .grad part of a graph, and gradients that are constant end it", () => {
    const x = leaf(3);
    x.pow(3).backward(null, { createGraph: true });
    expect(x.grad?.requiresGrad).toBe(true);
    const [h] = grad(x.grad as Tensor, x);
    expect(list(h)).toEqual([18]);
    const y = leaf(1);
    const [g] = grad(y.mul(2), y, { createGraph: true });
    expect(g?.requiresGrad).toBe(false);
  });

  test("second derivatives through views that were changed in place", () => {
    const f = (a: Tensor, b: Tensor): Tensor => {
      const y = a.mul(a);
      y.select(1, 0).mul_(b);
      y.t().select(0, 1).copy_(b.exp());
      return y.mul(y).sum();
    };
    const a = tensor([[0.3, -0.7], [1.1, 0.4]], { dtype: "float64", requiresGrad: true }); // biome-ignore format: a matrix
    const b = leaf(0.6, -1.2);
    expect(autograd.gradgradcheck(f, [a, b])).toBe(true);
  });
});

describe("gradcheck", () => {
  test("accepts right gradients and names the worst element of wrong ones", () => {
    const x = leaf(0.3, 0.4);
    expect(autograd.gradcheck((t) => t.exp().mul(t), x)).toBe(true);
    const wrong = (t: Tensor): Tensor => t.mul(t).add(t.detach().mul(t.detach()).mul(0.5));
    expect(() => autograd.gradcheck(wrong, x)).toThrow(GraphError);
    expect(() => autograd.gradcheck(wrong, x)).toThrow(
      "[gradcheck] Jacobian mismatch for output 0 with respect to input 0, output element [1], input element [1]: numerical 1.",
    );
    expect(autograd.gradcheck(wrong, x, { raiseException: false })).toBe(false);
    expect(autograd.gradcheck(wrong, x, { atol: 10 })).toBe(true);
  });

  test("gradgradcheck looks at the second derivatives", () => {
    const x = leaf(0.3, 0.4);
    expect(autograd.gradgradcheck((t) => t.pow(3), x)).toBe(true);
    const flat = (t: Tensor): Tensor => {
      const y = t.pow(3);
      y.registerHook((g) => g.detach().mul(1));
      return y.mul(y);
    };
    expect(() => autograd.gradgradcheck(flat, x)).toThrow("[gradgradcheck] Jacobian mismatch");
  });

  test("needs float64 inputs that need gradients", () => {
    expect(() => autograd.gradcheck((t) => t, ones(2))).toThrow(ValueError);
    expect(() => autograd.gradcheck((t) => t, ones(2, { requiresGrad: true }))).toThrow("float64");
  });

  test("passes over inputs and outputs without gradients", () => {
    const x = leaf(0.3, -0.4);
    const c = tensor([1, 2], { dtype: "float64" });
    expect(autograd.gradcheck((a, b) => [a.mul(b as Tensor), a.gt(0)], [x, c])).toBe(true);
  });
});
