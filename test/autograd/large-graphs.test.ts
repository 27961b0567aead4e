/** @file Graphs that are deep, wide or meet again: no recursion, one visit for each node. */
import { describe, expect, test } from "vitest";
import { type Tensor, tensor } from "../../src/entry/index.ts";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
const list = (t: Tensor | null): number[] => Array.from(t?.dataSync() ?? []);

describe("large graphs", () => {
  test("a chain of 100,000 operations", () => {
    const x = leaf(0.5);
    let y = x;
    for (let i = 0; i < 50_000; i++) y = y.mul(1).add(1e-6);
    y.sum().backward();
    expect(list(x.grad)).toEqual([1]);
    y = x;
    for (let i = 0; i < 100_000; i++) y = y.mul(1);
    expect(y.gradFn?.nextFunctions[0]?.name).toBe("MulBackward0");
    y.sum().backward();
    expect(list(x.grad)).toEqual([2]);
  });

  test("a chain of 30,000 in-place changes of a view", () => {
    const x = leaf(1, 2);
    const y = x.mul(1);
    for (let i = 0; i < 10_000; i++) {
      y.at(0).add_(0);
      y.mul_(1);
    }
    y.sum().backward();
    expect(list(x.grad)).toEqual([1, 1]);
  });

  test("1,000 levels that all meet again", () => {
    const x = leaf(1);
    let y = x;
    for (let i = 0; i < 1000; i++) {
      const parts = [y.mul(0.25), y.mul(0.25), y.mul(0.5)] as const;
      y = parts[0].add(parts[1]).add(parts[2]);
    }
    y.sum().backward();
    expect(list(x.grad)).toEqual([1]);
  });

  test("10,000 branches of one tensor", () => {
    const x = leaf(2);
    const branches = Array.from({ length: 10_000 }, (_, i) => x.mul(i % 2 === 0 ? 1 : -1).add(x.mul(0.5)));
    branches.reduce((a, b) => a.add(b)).backward();
    expect(list(x.grad)).toEqual([5000]);
  });

  test("older and newer branches are walked in the order of the tape", () => {
    const x = leaf(1, 2);
    const early = x.exp();
    const late = x.mul(3).tanh().mul(early).add(early.log());
    const total = early.mul(late).sum();
    total.backward();
    const d = 1e-3;
    const f = (v: number) => Math.exp(v) * (Math.tanh(3 * v) * Math.exp(v) + v);
    for (const [i, v] of [1, 2].entries()) {
      expect(x.grad?.at(i).itemSync()).toBeCloseTo((f(v + d) - f(v - d)) / (2 * d), 2);
    }
  });
});
