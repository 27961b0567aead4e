/** @file registerHook and retainGrad. */
import { describe, expect, test } from "vitest";
import {
  autograd,
  DTypeError,
  enableGrad,
  GraphError,
  isGradEnabled,
  ones,
  ShapeError,
  type Tensor,
  tensor,
} from "../../src/entry/index.ts";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
const list = (t: Tensor | null | undefined): number[] => Array.from(t?.detach().dataSync() ?? []);

describe("registerHook", () => {
  test("sees the complete gradient, once", () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const seen: number[][] = [];
    y.registerHook((g) => void seen.push(list(g)));
    x.registerHook((g) => void seen.push(list(g)));
    y.mul(3).add(y.mul(y)).sum().backward();
    expect(seen).toEqual([
      [7, 11],
      [14, 22],
    ]);
  });

  test("a tensor it returns replaces the gradient", () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.registerHook((g) => g.mul(10));
    y.sum().backward();
    expect(list(x.grad)).toEqual([20, 20]);
    const z = leaf(1);
    z.registerHook(() => tensor([5]));
    z.mul(3).backward();
    expect(list(z.grad)).toEqual([5]);
  });

  test("hooks run in the order of registration, each on what the one before returned", () => {
    const x = leaf(1);
    const y = x.mul(1);
    const order: string[] = [];
    y.registerHook((g) => {
      order.push(`a ${list(g)}`);
      return g.add(1);
    });
    y.registerHook((g) => void order.push(`b ${list(g)}`));
    y.registerHook((g) => {
      order.push(`c ${list(g)}`);
      return g.mul(3);
    });
    y.backward();
    expect(order).toEqual(["a 1", "b 2", "c 2"]);
    expect(list(x.grad)).toEqual([6]);
  });

  test("remove takes one away, also from inside", () => {
    const x = leaf(1);
    let calls = 0;
    const first = x.registerHook(() => void calls++);
    const second = x.registerHook(() => {
      calls += 10;
      second.remove();
    });
    x.mul(2).backward();
    expect(calls).toBe(11);
    x.mul(2).backward();
    expect(calls).toBe(12);
    first.remove();
    first.remove();
    x.mul(2).backward();
    expect(calls).toBe(12);
  });

  test("the same function may be registered twice and removed once", () => {
    const x = leaf(1);
    let calls = 0;
    const hook = (): void => void calls++;
    const first = x.registerHook(hook);
    x.registerHook(hook);
    first.remove();
    x.mul(2).backward();
    expect(calls).toBe(1);
  });

  test("runs without recording, or with it for createGraph", () => {
    const x = leaf(2);
    const modes: boolean[] = [];
    const y = x.mul(x);
    y.registerHook(() => void modes.push(isGradEnabled()));
    y.backward(null, { createGraph: true });
    y.backward();
    expect(modes).toEqual([true, false]);
  });

  test("may make and walk another graph", () => {
    const x = leaf(2);
    const w = leaf(3);
    const y = x.mul(5);
    y.registerHook((g) => {
      enableGrad(() => w.mul(w)).backward();
      return g.mul(w.grad as Tensor);
    });
    y.backward();
    expect([list(w.grad), list(x.grad)]).toEqual([[6], [30]]);
  });

  test("a gradient of another shape or dtype is refused, and the mode restored", () => {
    const wrong = (hook: (g: Tensor) => Tensor) => () => {
      const y = leaf(1, 2).mul(2);
      y.registerHook(hook);
      y.sum().backward();
    };
    expect(wrong((g) => g.narrow(0, 0, 1))).toThrow(ShapeError);
    expect(wrong((g) => g.double())).toThrow(DTypeError);
    expect(
      wrong(() => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(isGradEnabled()).toBe(true);
  });

  test("needs a tensor that needs a gradient", () => {
    expect(() => ones(1).registerHook(() => null)).toThrow(GraphError);
    expect(() => ones(1).registerHook(() => null)).toThrow(
      "[registerHook] cannot register a hook on a tensor that doesn't require gradient",
    );
  });

  test("counts in autograd.grad too", () => {
    const x = leaf(1);
    const y = x.mul(2);
    y.registerHook((g) => g.mul(10));
    const [gx, gy] = autograd.grad(y.mul(3), [x, y]);
    expect([list(gx), list(gy)]).toEqual([[60], [30]]);
  });
});

describe("retainGrad", () => {
  test("keeps the gradient of what is no leaf, adding up", () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.retainGrad();
    const z = y.mul(y).sum();
    z.backward(null, { retainGraph: true });
    expect(list(y.grad)).toEqual([4, 8]);
    z.backward();
    expect(list(y.grad)).toEqual([8, 16]);
    expect(list(x.grad)).toEqual([16, 32]);
  });

  test("keeps what the hooks made of it", () => {
    const y = leaf(1).mul(2);
    y.retainGrad();
    y.registerHook((g) => g.mul(7));
    y.backward();
    expect(list(y.grad)).toEqual([7]);
  });

  test("does nothing on a leaf, and is refused where there is no gradient", () => {
    const x = leaf(1);
    x.retainGrad();
    x.mul(2).backward();
    expect(list(x.grad)).toEqual([2]);
    expect(() => ones(1).retainGrad()).toThrow(
      new GraphError("[retainGrad] can't retain_grad on Tensor that has requires_grad=False"),
    );
  });
});

describe("what a hook returns", () => {
  const run = (hook: (grad: Tensor) => unknown): number[] => {
    const x = leaf(1);
    x.registerHook(hook);
    x.mul(2).sum().backward();
    return list(x.grad);
  };

  test("replaces the gradient if it is a tensor, and is no answer otherwise", () => {
    expect(run((g) => g.mul(3))).toEqual([6]);
    expect(run((g) => [g].push(g))).toEqual([2]);
    expect(run(() => null)).toEqual([2]);
  });

  test("is no promise, which nobody would wait for", () => {
    expect(() => run(async (g) => g.mul(3))).toThrow("[registerHook] a hook returned a promise");
  });
});
