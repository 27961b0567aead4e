/** @file Hooks on leaves whose gradient is complete, which reduce gradients while the backward pass goes on. */
import { type Tensor, tensor } from "tapegrad";
import { afterEach, expect, test } from "vitest";
import type { Pass } from "../../src/autograd/node.ts";
import { hasPostAccumulateHooks, registerPostAccumulateHook } from "../../src/autograd/tape-state.ts";

const handles: { remove(): void }[] = [];
afterEach(() => {
  for (const handle of handles.splice(0)) handle.remove();
  expect(hasPostAccumulateHooks()).toBe(false);
});

function leaf(value: number, onGradient: (leaf: Tensor, pass: Pass) => void): Tensor {
  const t = tensor([value], { requiresGrad: true });
  handles.push(registerPostAccumulateHook(t, onGradient));
  return t;
}

const gradOf = (t: Tensor): number | undefined => t.grad?.itemSync() as number | undefined;

test("a leaf is complete as soon as its last gradient has arrived, while the pass goes on", () => {
  const events: string[] = [];
  const a = leaf(2, (t) => events.push(`a ${gradOf(t)}`));
  const b = leaf(3, (t) => events.push(`b ${gradOf(t)}`));
  const first = a.mul(5);
  first.registerHook(() => void events.push("first"));
  first.mul(b).sum().backward();
  expect(events).toEqual(["b 10", "first", "a 15"]);
});

test("a leaf that is used several times is complete once, with the sum", () => {
  const sums: (number | undefined)[] = [];
  const a = leaf(2, (t) => sums.push(gradOf(t)));
  const square = a.mul(a);
  square.add(a).mul(a).sum().backward();
  // (a² + a)·a
  expect(sums).toEqual([3 * 4 + 2 * 2]);
  a.sum().backward();
  expect(sums).toEqual([16, 17]);
});

test("an observer hears of the nodes that follow, and of the end", () => {
  let steps = 0;
  let ends = 0;
  const observer = { step: () => steps++, end: () => ends++ };
  const x = tensor([1], { requiresGrad: true });
  const a = leaf(2, (_, pass) => pass.observe(observer));
  x.exp().exp().exp().mul(a).sum().backward();
  expect(steps).toBeGreaterThan(3);
  expect(ends).toBe(1);
  expect(gradOf(x)).toBeDefined();
});

test("autograd.grad leaves hooks alone", async () => {
  const { autograd } = await import("tapegrad");
  const a = leaf(2, () => expect.fail("nothing was accumulated"));
  expect(autograd.grad(a.square().sum(), [a])[0]?.itemSync()).toBe(4);
});
