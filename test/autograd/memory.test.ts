/**
 * @file Memory that a walk gives back at once: nothing that a user can reach may be in it. Tensors here are large enough
 * to live in the heap, and every check comes after operations that would have reused freed memory.
 */

import { describe, expect, test } from "vitest";
import { registerBackend } from "../../kernels/backend.ts";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { apply } from "../../src/autograd/apply.ts";
import { dropGrad, peekGrad } from "../../src/autograd/tape-state.ts";
import { autograd, type Device, ones, stack, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import { ops } from "../../src/tensor/ops/index.ts";

registerBackend(new ReferenceBackend("gpu"));

const SIDE = 24;
const SHAPE = [SIDE, SIDE];

function numbers(seed: number): Float32Array {
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => Math.sin(seed * 13 + i * 0.7));
}

const leaf = (seed: number, device: Device = "cpu"): Tensor =>
  tensor(numbers(seed), { device }).reshape(SHAPE).detach().requiresGrad_();

/** Takes whatever memory is free and fills it with something else. */
function churn(): void {
  const fillers = Array.from({ length: 60 }, (_, i) => ones(SHAPE).mul(1000 + i));
  for (const n of [300, 600, 1200]) fillers.push(ones(n).mul(-7));
  expect(stack(fillers.slice(0, 3)).amax().itemSync()).toBe(1002);
}

const copyOf = (t: Tensor): number[] => Array.from(t.detach().dataSync());

/** A tensor and the numbers it had when it was handed out. */
class Witness {
  readonly #seen: { tensor: Tensor; numbers: number[] }[] = [];
  note = (tensor: Tensor): void => {
    this.#seen.push({ tensor, numbers: copyOf(tensor) });
  };
  check(count: number): void {
    churn();
    expect(this.#seen).toHaveLength(count);
    for (const { tensor, numbers } of this.#seen) expect(copyOf(tensor)).toEqual(numbers);
  }
}

/** Steps whose gradients pass through, are views, are shared, are fresh. */
const STEPS: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => x.add(y),
  (x) => x.add(1),
  (x, y) => x.mul(y),
  (x) => x.t(),
  (x) => x.reshape(SIDE * SIDE).reshape(SHAPE),
  (x) => x.tanh(),
  (x, y) => x.sub(y).mul(0.5),
  (x) => x.sum(0, true).mul(0.1).expand(SHAPE),
  (x) => x.narrow(0, 0, 12).repeat(2, 1),
  (x, y) => x.matmul(y).mul(0.05),
  (x) => x.softmax(1),
  (x, y) =>
    x
      .slice(0, 0, null, 2)
      .add(y.slice(0, 1, null, 2))
      .unsqueeze(0)
      .expand(2, 12, SIDE)
      .reshape(SHAPE),
  (x) => x.clone().relu_(),
  (x, y) => {
    const z = x.mul(1);
    z.at(3).mul_(y.at(4));
    return z;
  },
  (x) => x.mean(1, true).add(x),
  (x) => x.flip(0).roll(1, 1),
];

/** A graph of 40 random steps. */
function build(seed: number, device: Device): { leaves: Tensor[]; inner: Tensor[]; total: Tensor } {
  let state = seed;
  const next = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const leaves = [leaf(1, device), leaf(2, device), leaf(3, device)];
  const all = [...leaves];
  for (let i = 0; i < 40; i++) {
    const recent = all[Math.max(0, all.length - 1 - next(6))] as Tensor;
    const other = all[next(all.length)] as Tensor;
    all.push((STEPS[next(STEPS.length)] as (typeof STEPS)[number])(recent, other));
  }
  const inner = all.slice(3);
  return {
    leaves,
    inner,
    total: inner
      .slice(-5)
      .reduce((a, b) => a.add(b))
      .sum(),
  };
}

describe("what users keep survives the walk", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("gradients that hooks keep, graph %i", (seed) => {
    const { leaves, inner, total } = build(seed, "cpu");
    const witness = new Witness();
    let count = 0;
    for (const t of [...leaves, ...inner]) {
      t.registerHook((g) => {
        count++;
        witness.note(g);
      });
    }
    total.backward();
    witness.check(count);
    expect(count).toBeGreaterThan(10);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("kept gradients are right, and so are the leaves', graph %i", (seed) => {
    const [cpu, reference] = (["cpu", "gpu"] as const).map((device) => {
      const { leaves, inner, total } = build(seed, device);
      for (const t of inner) t.retainGrad();
      total.backward(null, { retainGraph: true });
      total.backward();
      return [...leaves, ...inner].map((t) => t.grad);
    });
    churn();
    for (const [i, g] of (cpu ?? []).entries()) {
      const want = reference?.[i] ?? null;
      expect(g === null).toBe(want === null);
      if (g === null || want === null) continue;
      const [got, numbers] = [copyOf(g), copyOf(want)];
      const bound = 1e-4 * Math.max(1, ...numbers.map(Math.abs));
      expect(Math.max(...numbers.map((v, j) => Math.abs(v - (got[j] as number))))).toBeLessThan(bound);
    }
  });

  test.each([1, 2, 3, 4])("results of autograd.grad, graph %i", (seed) => {
    const { leaves, inner, total } = build(seed, "cpu");
    const wanted = [...leaves, ...inner.filter((_, i) => i % 3 === 0)];
    const grads = autograd.grad(total, wanted, { allowUnused: true, retainGraph: true });
    const before = grads.map((g) => g && copyOf(g));
    churn();
    total.backward();
    churn();
    expect(grads.map((g) => g && copyOf(g))).toEqual(before);
    for (const [i, t] of leaves.entries()) expect(t.grad && copyOf(t.grad)).toEqual(before[i]);
  });

  test("intermediate results and the gradient that was passed in", () => {
    const x = leaf(1);
    const y = x.exp();
    const z = y.mul(x);
    const g = ones(SHAPE);
    const [yNumbers, zNumbers] = [copyOf(y), copyOf(z)];
    z.backward(g);
    churn();
    expect([copyOf(y), copyOf(z)]).toEqual([yNumbers, zNumbers]);
    expect(copyOf(g)).toEqual(new Array(SIDE * SIDE).fill(1));
  });

  test("a replaced gradient belongs to the user", () => {
    const x = leaf(1);
    const mine = ones(SHAPE).mul(2);
    const y = x.mul(3);
    y.registerHook(() => mine);
    y.sum().backward();
    churn();
    expect(copyOf(mine)).toEqual(new Array(SIDE * SIDE).fill(2));
    expect(copyOf(x.grad as Tensor)).toEqual(new Array(SIDE * SIDE).fill(6));
  });

  test("a gradient that one hook keeps and the next one changes", () => {
    const x = leaf(1);
    const y = x.mul(3);
    const witness = new Witness();
    y.registerHook(witness.note);
    y.registerHook((g) => g.mul(2));
    y.registerHook(witness.note);
    y.sum().backward();
    witness.check(2);
  });

  test("views of a gradient that a hook keeps", () => {
    const x = leaf(1);
    const y = x.mul(3);
    let kept: Tensor | null = null;
    y.registerHook((g) => {
      kept = g.t().at(5);
    });
    y.mul(y).sum().backward();
    churn();
    const want = y.mul(2).t().at(5);
    expect((kept as Tensor | null)?.allclose(want)).toBe(true);
  });

  test("gradients of an unfinished walk", () => {
    const x = leaf(1);
    const y = x.mul(2);
    const z = y.exp();
    const witness = new Witness();
    z.registerHook(witness.note);
    y.registerHook(() => {
      throw new Error("mine");
    });
    expect(() => z.sum().backward()).toThrow("mine");
    witness.check(1);
    expect(x.grad).toBeNull();
    x.mul(2).sum().backward();
    expect(copyOf(x.grad as Tensor)).toEqual(new Array(SIDE * SIDE).fill(2));
  });
});

describe(".grad", () => {
  test("is never the memory of another leaf, of a hook or of the graph", () => {
    const [a, b, c] = [leaf(1), leaf(2), leaf(3)];
    const seen: Tensor[] = [];
    const y = a.add(b).sub(c);
    y.registerHook((g) => void seen.push(g));
    c.registerHook((g) => void seen.push(g));
    y.mul(y.detach()).sum().backward();
    const storages = new Set([a.grad, b.grad, c.grad, ...seen].map((t) => t?.storage));
    expect(storages.size).toBe(5);
    a.grad?.zero_();
    expect(copyOf(b.grad as Tensor)).toEqual(copyOf(y));
  });

  test("one that the user has seen outlives its replacement", () => {
    const x = leaf(1);
    x.mul(2).sum().backward();
    const seen = x.grad as Tensor;
    dropGrad(x);
    expect(x.grad).toBeNull();
    x.mul(3).sum().backward();
    churn();
    expect(copyOf(seen)).toEqual(new Array(SIDE * SIDE).fill(2));
    expect(copyOf(x.grad as Tensor)).toEqual(new Array(SIDE * SIDE).fill(3));
  });

  test("one that nobody has seen gives its memory back", () => {
    const x = leaf(1);
    x.mul(2).sum().backward();
    const hidden = peekGrad(x) as Tensor;
    dropGrad(x);
    expect(() => hidden.dataSync()).toThrow("freed");
    x.mul(3).sum().backward();
    expect(copyOf(x.grad as Tensor)).toEqual(new Array(SIDE * SIDE).fill(3));
  });

  test("seeing it through a retained tensor or an alias counts too", () => {
    const x = leaf(1);
    const y = x.mul(2);
    y.retainGrad();
    y.sum().backward();
    const seen = y.grad as Tensor;
    dropGrad(y);
    churn();
    expect(copyOf(seen)).toEqual(new Array(SIDE * SIDE).fill(1));
    const mine = zeros(SHAPE);
    x.grad = mine;
    dropGrad(x);
    expect(copyOf(mine)).toEqual(new Array(SIDE * SIDE).fill(0));
  });
});

describe("what operations put aside", () => {
  const loss = (x: Tensor, target: Tensor): Tensor =>
    apply(ops.crossEntropy, [x, target], { ignoreIndex: -100 }).mean();
  const target = tensor(Int32Array.from({ length: SIDE }, (_, i) => (i * 5) % SIDE));

  test("serves a second walk and a recorded one", () => {
    const x = leaf(1);
    const y = loss(x, target);
    y.backward(null, { retainGraph: true });
    const once = copyOf(x.grad as Tensor);
    churn();
    const [g] = autograd.grad(y, x, { createGraph: true });
    churn();
    (g as Tensor).pow(2).sum().backward();
    churn();
    const numeric = leaf(1);
    const [h] = autograd.grad(numeric.logSoftmax(1).gather(1, target.unsqueeze(1)).mean().neg(), numeric, {
      createGraph: true,
    });
    (h as Tensor).pow(2).sum().backward();
    const got = x.grad?.sub(tensor(once).reshape(SHAPE)) as Tensor;
    expect(got.allclose(numeric.grad as Tensor, { atol: 1e-6 })).toBe(true);
  });

  test("is given back after the walk", () => {
    const x = leaf(1);
    const y = loss(x, target);
    y.backward();
    churn();
    expect(() => y.backward()).toThrow("Trying to backward through the graph a second time");
  });
});
