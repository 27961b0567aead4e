/** @file Memory given back by hand: `tidy`, `dispose`, `using`. */
import { describe, expect, it } from "vitest";
import { deviceInfo, GraphError, nn, ones, optim, rand, Tensor, tidy, zeros } from "../../src/entry/index.ts";

const SIZE = 1000;

/** Number of float32 storages in the shared memory. */
function resident(): number {
  const { heap } = deviceInfo();
  if (heap === null) throw new Error("this engine has no SIMD or no shared memory");
  return heap.residentCount;
}

function isGone(x: Tensor): boolean {
  try {
    x.add(1).dispose();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(GraphError);
    expect(String(error)).toMatch(
      /^GraphError: \[add\] use of a freed storage \(\w+, \d+ elements\): its tensor was disposed/,
    );
    return true;
  }
}

describe("tidy", () => {
  it("gives back what its result does not hold", () => {
    const x = ones(SIZE);
    const before = resident();
    const inner: Tensor[] = [];
    const y = tidy(() => {
      inner.push(x.mul(2), rand(SIZE), ones(SIZE, { dtype: "float64" }), ones(SIZE, { dtype: "int32" }));
      return x.mul(3).add(1).view(10, 100);
    });
    expect(resident()).toBe(before + 1);
    expect(inner.map(isGone)).toEqual([true, true, true, true]);
    expect(y.sum().itemSync()).toBe(4 * SIZE);
    expect(isGone(x)).toBe(false);
  });

  it.each<[string, (x: Tensor) => unknown, (result: never) => Tensor]>([
    ["an array", (x) => [1, [x]], ([, [x]]: [number, [Tensor]]) => x],
    ["an object", (x) => ({ a: { b: x } }), ({ a }: { a: { b: Tensor } }) => a.b],
    ["a map", (x) => new Map([["k", x]]), (map: Map<string, Tensor>) => map.get("k") as Tensor],
    ["a set", (x) => new Set([x]), (set: Set<Tensor>) => [...set][0] as Tensor],
    ["a view", (x) => x.view(20, 50).t(), (x: Tensor) => x],
    ["a view of a view", (x) => x.narrow(0, 10, 20).narrow(0, 1, 2), (x: Tensor) => x],
    ["what shares memory", (x) => x.detach(), (x: Tensor) => x],
  ])("keeps tensors in %s", (_name, wrap, find) => {
    const result = tidy(() => wrap(ones(SIZE).mul(2)));
    expect(
      find(result as never)
        .max()
        .itemSync(),
    ).toBe(2);
  });

  it("keeps modules and their parameters", () => {
    const model = tidy(() => new nn.Sequential(new nn.Linear(30, 40), new nn.BatchNorm1d(40)));
    for (const value of Object.values(model.stateDict())) expect(isGone(value as Tensor)).toBe(false);
  });

  it("keeps gradients, the optimizer's state and what is changed in place, over steps of training", () => {
    const train = (step: (fn: () => number) => number): number[] => {
      const weight = ones(40, 50).requiresGrad_();
      const optimizer = new optim.Adam([weight], { lr: 0.1 });
      const total = zeros(SIZE);
      const losses: number[] = [];
      for (let i = 0; i < 5; i++) {
        const loss = step(() => {
          optimizer.zeroGrad();
          const out = ones(60, 40).mul(0.01).matmul(weight).sigmoid();
          total.add_(ones(SIZE).mul(2));
          const loss = out.mean();
          loss.backward();
          optimizer.step();
          return loss.itemSync();
        });
        losses.push(loss);
      }
      expect(weight.grad?.sum().itemSync()).toBeGreaterThan(0);
      expect(total.sum().itemSync()).toBe(10 * SIZE);
      return losses;
    };
    expect(train(tidy)).toEqual(train((fn) => fn()));
  });

  it("keeps everything while a result can be differentiated", () => {
    const x = ones(SIZE).mul(2).requiresGrad_();
    const y = tidy(() => x.mul(x).exp().log().sum());
    y.backward();
    expect(x.grad?.sub(4).abs().max().itemSync()).toBeLessThan(1e-5);
  });

  it("leaves to the outer scope what an inner one returns, and ends both when one throws", () => {
    let inner: Tensor | undefined;
    tidy(() => {
      inner = tidy(() => ones(SIZE).add(1));
      expect(isGone(inner)).toBe(false);
    });
    expect(isGone(inner as Tensor)).toBe(true);
    const fail = () =>
      tidy(() => {
        tidy(() => {
          inner = ones(SIZE);
          throw new Error("no");
        });
      });
    expect(fail).toThrow("no");
    expect(isGone(inner as Tensor)).toBe(true);
    expect(ones(SIZE).sum().itemSync()).toBe(SIZE);
  });

  it("refuses asynchronous functions", () => {
    expect(() => tidy(async () => ones(SIZE))).toThrow("[tidy] the function must not be asynchronous");
  });

  it("keeps the numbers of random programs of views, changes in place and scopes", () => {
    // What is reachable from outside must have the numbers that a plain array has.
    let state = 7;
    const below = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const held: { tensor: Tensor; values: number[] }[] = [];
    for (let round = 0; round < 300; round++) {
      const [a, b] = [held[below(held.length)], held[below(held.length)]];
      const made = tidy(() => {
        if (!a || !b || below(4) === 0) {
          const value = below(5);
          return { tensor: ones(20, 20).mul(value), values: new Array<number>(400).fill(value) };
        }
        const noise = rand(20, 20);
        noise.add(a.tensor).t();
        switch (below(4)) {
          case 0:
            return {
              tensor: a.tensor.maximum(b.tensor),
              values: a.values.map((v, i) => Math.max(v, b.values[i] ?? 0)),
            };
          case 1:
            return { tensor: a.tensor.detach(), values: a.values };
          case 2:
            a.tensor.add_(1);
            for (let i = 0; i < 400; i++) a.values[i] = (a.values[i] ?? 0) + 1;
            return null;
          default:
            return { tensor: a.tensor.clone(), values: [...a.values] };
        }
      });
      if (made !== null) held.push(made);
      if (held.length > 12) held.splice(below(held.length), 1)[0]?.tensor.dispose();
      for (const { tensor, values } of held) expect([...tensor.dataSync()]).toEqual(values);
    }
  });
});

describe("dispose", () => {
  it("gives memory back at once, and does nothing the second time", () => {
    const before = resident();
    const x = ones(SIZE);
    x.dispose();
    expect(resident()).toBe(before);
    x.dispose();
    expect(resident()).toBe(before);
    expect(isGone(x)).toBe(true);
  });

  it("takes nothing from other tensors on the same memory", () => {
    const x = ones(SIZE);
    const view = x.view(10, 100);
    const detached = x.detach();
    view.dispose();
    view.dispose();
    x.dispose();
    expect(detached.sum().itemSync()).toBe(SIZE);
    detached.dispose();
    expect([x, view, detached].map(isGone)).toEqual([true, true, true]);
  });

  it("happens at the end of a block", () => {
    const before = resident();
    let seen: Tensor;
    {
      using x = ones(SIZE);
      seen = x;
      expect(x.sum().itemSync()).toBe(SIZE);
    }
    expect(resident()).toBe(before);
    expect(isGone(seen)).toBe(true);
    expect(typeof Tensor.prototype[Symbol.dispose]).toBe("function");
  });

  it("of what a gradient needs is seen by backward", () => {
    const x = ones(SIZE).requiresGrad_();
    const y = x.exp();
    const loss = y.sum();
    y.dispose();
    expect(() => loss.backward()).toThrow("use of a freed storage");
  });
});
