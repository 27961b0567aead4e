/** @file backward: accumulation, walking twice, roots and their gradients, shapes of graphs. */
import { describe, expect, test } from "vitest";
import { arange, DTypeError, GraphError, ones, ShapeError, type Tensor, tensor, zeros } from "../../src/entry/index.ts";

const AGAIN = "Trying to backward through the graph a second time (or directly access saved tensors";

function leaf(...values: number[]): Tensor {
  return tensor(values, { requiresGrad: true });
}

const list = (t: Tensor | null): number[] => Array.from(t?.dataSync() ?? []);

describe("accumulation", () => {
  test("gradients of several walks add up in the same tensor", () => {
    const x = leaf(1, 2);
    x.mul(3).sum().backward();
    const first = x.grad;
    expect(list(first)).toEqual([3, 3]);
    x.mul(x).sum().backward();
    expect(list(x.grad)).toEqual([5, 7]);
    expect(x.grad).toBe(first);
  });

  test("every use of a tensor contributes", () => {
    const x = leaf(2);
    let y = x.mul(0);
    for (let i = 1; i <= 50; i++) y = y.add(x.mul(i));
    y.sum().backward();
    expect(list(x.grad)).toEqual([1275]);
  });

  test("both operands may be the same tensor", () => {
    const x = leaf(3);
    x.mul(x).add(x.sub(x)).add(x.div(x)).sum().backward();
    expect(list(x.grad)).toEqual([6]);
  });

  test("an assigned gradient is added to", () => {
    const x = leaf(1, 2);
    const mine = tensor([10, 20]);
    x.grad = mine;
    x.sum().backward();
    expect(x.grad).toBe(mine);
    expect(list(mine)).toEqual([11, 21]);
    x.grad = null;
    expect(x.grad).toBeNull();
  });

  test("an assigned gradient whose elements share memory is replaced", () => {
    const x = leaf(1, 2);
    x.grad = ones(1).expand(2);
    x.mul(tensor([1, 2]))
      .sum()
      .backward();
    expect(list(x.grad)).toEqual([2, 3]);
  });

  test("a gradient of another shape or dtype cannot be assigned", () => {
    const x = leaf(1, 2);
    expect(() => {
      x.grad = ones(3);
    }).toThrow(new ShapeError("[grad] assigned grad has data of a different size: expected [2], got [3]"));
    expect(() => {
      x.grad = ones(2, { dtype: "float64" });
    }).toThrow(DTypeError);
    expect(x.grad).toBeNull();
  });

  test("two leaves never share a gradient", () => {
    const [a, b] = [zeros(40, { requiresGrad: true }), zeros(40, { requiresGrad: true })];
    a.add(b).sum().backward();
    expect(a.grad?.storage).not.toBe(b.grad?.storage);
    a.grad?.mul_(5);
    expect(list(b.grad)).toEqual(new Array(40).fill(1));
    const [c, d] = [zeros(40, { requiresGrad: true }), zeros(40, { requiresGrad: true })];
    c.add(d).sum().backward(null, { createGraph: true });
    c.grad?.detach().mul_(5);
    expect(list(d.grad)).toEqual(new Array(40).fill(1));
  });

  test("a leaf's gradient is its own, not the gradient that was passed in", () => {
    const x = leaf(1, 2);
    const g = tensor([1, 1]);
    x.backward(g);
    x.add(0).backward(g);
    expect(list(x.grad)).toEqual([2, 2]);
    expect(list(g)).toEqual([1, 1]);
  });

  test("gradients have the leaf's shape and lie row-major", () => {
    const w = arange(6).float().reshape(2, 3).detach().requiresGrad_();
    w.t().mul(arange(6).float().reshape(3, 2)).sum().backward();
    expect(w.grad?.shape).toEqual([2, 3]);
    expect(w.grad?.stride()).toEqual([3, 1]);
    expect(w.grad?.toArraySync()).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ]);
  });

  test("views of one leaf add to its one gradient", () => {
    const x = leaf(1, 2, 3, 4);
    const a = x.narrow(0, 0, 3);
    const b = x.slice(0, 1, null, 2);
    a.mul(10).sum().add(b.mul(b).sum()).backward();
    expect(list(x.grad)).toEqual([10, 14, 10, 8]);
    expect(a.grad).toBeNull();
  });

  test("a leaf that stopped asking gets nothing", () => {
    const x = leaf(1);
    const y = x.mul(2);
    x.requiresGrad = false;
    y.backward();
    expect(x.grad).toBeNull();
  });
});

describe("walking twice", () => {
  test("what was saved is gone after the first walk", () => {
    const x = leaf(1, 2);
    const y = x.mul(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow(GraphError);
    expect(() => y.backward()).toThrow(AGAIN);
  });

  test("retainGraph keeps it", () => {
    const x = leaf(1, 2);
    const y = x.exp().mul(x).sum();
    y.backward(null, { retainGraph: true });
    const once = list(x.grad);
    y.backward();
    expect(list(x.grad)).toEqual(once.map((v) => 2 * v));
    expect(() => y.backward()).toThrow(AGAIN);
  });

  test("createGraph keeps it too, unless told otherwise", () => {
    const x = leaf(2);
    const y = x.pow(3).sum();
    y.backward(null, { createGraph: true });
    y.backward();
    const z = x.pow(3).sum();
    z.backward(null, { createGraph: true, retainGraph: false });
    expect(() => z.backward()).toThrow(AGAIN);
  });

  test("a graph that saved nothing may be walked again", () => {
    const x = leaf(1, 2);
    const y = x.add(x).sum();
    y.backward();
    y.backward();
    expect(list(x.grad)).toEqual([4, 4]);
  });

  test("a shared part that was walked is gone for the other result", () => {
    const x = leaf(1, 2);
    const shared = x.exp();
    shared.sum().backward();
    expect(() => shared.mul(2).sum().backward()).toThrow(AGAIN);
  });

  test("a fused loss lets go of what it put aside", () => {
    const x = tensor([[1, 2, 3]], { requiresGrad: true });
    const y = x.logSoftmax(1).sum();
    y.backward();
    expect(() => y.backward()).toThrow(AGAIN);
  });
});

describe("roots", () => {
  test("one element needs no gradient, whatever its shape", () => {
    const x = leaf(3);
    x.mul(2).backward();
    expect(list(x.grad)).toEqual([2]);
    const y = tensor([[[4]]], { requiresGrad: true });
    y.mul(y).backward();
    expect(list(y.grad)).toEqual([8]);
  });

  test("a leaf may be the root", () => {
    const x = tensor(3, { requiresGrad: true });
    x.backward();
    expect(x.grad?.itemSync()).toBe(1);
  });

  test("more elements need one", () => {
    const x = leaf(1, 2, 3);
    expect(() => x.mul(2).backward()).toThrow("[backward] grad can be implicitly created only for scalar outputs");
    x.mul(2).backward(tensor([1, 10, 100]));
    expect(list(x.grad)).toEqual([2, 20, 200]);
  });

  test("the gradient may have any layout and dtype, but only one shape", () => {
    const x = tensor([[1, 2], [3, 4]], { requiresGrad: true }); // biome-ignore format: a matrix
    x.mul(1).backward(tensor([[1, 2], [3, 4]]).t()); // biome-ignore format: a matrix
    expect(x.grad?.toArraySync()).toEqual([[1, 3], [2, 4]]); // biome-ignore format: a matrix
    x.mul(1).backward(ones(1).expand(2, 2));
    x.mul(1).backward(ones(2, 2, { dtype: "float64" }));
    expect(x.grad?.dtype).toBe("float32");
    expect(x.grad?.toArraySync()).toEqual([[3, 5], [4, 6]]); // biome-ignore format: a matrix
    expect(() => x.mul(1).backward(ones(2))).toThrow(
      "[backward] Mismatch in shape: grad_output[0] has a shape of [2] and output[0] has a shape of [2, 2].",
    );
  });

  test("without history there is nothing to walk", () => {
    const words = "[backward] element 0 of tensors does not require grad and does not have a grad_fn";
    expect(() => tensor(1).backward()).toThrow(GraphError);
    expect(() => tensor(1).mul(2).backward()).toThrow(words);
    expect(() => leaf(1).detach().backward()).toThrow(words);
  });

  test("only what needs a gradient gets one", () => {
    const x = leaf(1, 2);
    const c = tensor([3, 4]);
    const y = x.mul(c);
    y.sum().backward();
    expect(list(x.grad)).toEqual([3, 4]);
    expect([c.grad, y.grad]).toEqual([null, null]);
  });
});

describe("flags", () => {
  test("what needs a gradient, what is a leaf, what made it", () => {
    const x = leaf(1);
    const y = x.mul(2);
    expect([x.requiresGrad, x.isLeaf, x.gradFn]).toEqual([true, true, null]);
    expect([y.requiresGrad, y.isLeaf, String(y.gradFn)]).toEqual([true, false, "<MulBackward0>"]);
    expect(tensor(1).add(1).isLeaf).toBe(true);
    expect(y.gt(0).requiresGrad).toBe(false);
    expect(y.int().requiresGrad).toBe(false);
    expect(y.argmax().requiresGrad).toBe(false);
  });

  test("only floating leaves may be told to need one", () => {
    const y = leaf(1).mul(2);
    expect(() => y.requiresGrad_(false)).toThrow("you can only change requires_grad flags of leaf variables");
    expect(y.requiresGrad_()).toBe(y);
    for (const dtype of ["int32", "uint8", "bool"] as const) {
      expect(() => ones(2, { dtype }).requiresGrad_()).toThrow(DTypeError);
      expect(() => ones(2, { dtype, requiresGrad: true })).toThrow("only Tensors of floating point dtype can require");
    }
    const x = tensor(1);
    x.requiresGrad = true;
    expect(x.requiresGrad_(false).requiresGrad).toBe(false);
  });

  test("detach cuts off and shares memory", () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const d = y.detach();
    expect([d.requiresGrad, d.isLeaf, d.storage === y.storage]).toEqual([false, true, true]);
    d.mul_(10);
    expect(list(y)).toEqual([20, 40]);
    d.mul(3).add(y).sum().backward();
    expect(list(x.grad)).toEqual([2, 2]);
  });

  test("a saved tensor that was changed through a detached one is noticed", () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const z = y.mul(y).sum();
    y.detach().zero_();
    expect(() => z.backward()).toThrow("has been modified by an inplace operation");
  });
});
