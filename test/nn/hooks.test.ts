/** @file Hooks on modules. */
import { expect, test, vi } from "vitest";
import { noGrad, ones, type Tensor, tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

function doubling(): nn.Linear {
  const layer = new nn.Linear(1, 1, false);
  noGrad(() => layer.weight.fill_(2));
  return layer;
}

test("run in order before and after forward, and see what it gets and gives", () => {
  const layer = doubling();
  const seen: unknown[] = [];
  const x = ones(1, 1);
  layer.registerForwardPreHook((module, inputs) => void seen.push(["pre", module, inputs]));
  layer.registerForwardHook((module, inputs, output) => void seen.push(["post", module, inputs, output]));
  const y = layer.forward(x);
  expect(seen).toEqual([
    ["pre", layer, [x]],
    ["post", layer, [x], y],
  ]);
  expect(Object.keys(layer)).not.toContain("forward");
  expect(String(layer)).toBe("Linear(in_features=1, out_features=1, bias=False)");
});

test("replace arguments and results", () => {
  const layer = doubling();
  const one = layer.registerForwardPreHook((_, [x]) => (x as Tensor).add(1));
  const list = layer.registerForwardPreHook((_, [x]) => [(x as Tensor).mul(10)]);
  const after = layer.registerForwardHook((_module, _inputs, y) => y.neg());
  expect(layer.forward(ones(1, 1)).itemSync()).toBe(-40);
  after.remove();
  expect(layer.forward(ones(1, 1)).itemSync()).toBe(40);
  one.remove();
  expect(layer.forward(ones(1, 1)).itemSync()).toBe(20);
  list.remove();
  list.remove();
  expect(Object.hasOwn(layer, "forward")).toBe(false);
  expect(layer.forward(ones(1, 1)).itemSync()).toBe(2);
});

test("run for layers of a model, and one registered twice is removed once", () => {
  const model = new nn.Sequential(doubling(), new nn.ReLU());
  const hook = vi.fn();
  const first = model.at(1).registerForwardHook(hook);
  model.at(1).registerForwardHook(hook);
  model.forward(ones(1, 1));
  expect(hook).toHaveBeenCalledTimes(2);
  first.remove();
  model.forward(ones(1, 1));
  expect(hook).toHaveBeenCalledTimes(3);
});

test("full backward hooks see the gradients for arguments and results, and may replace the former", () => {
  class Product extends nn.Module {
    override forward(a: Tensor, b: Tensor): Tensor {
      return a.mul(b);
    }
  }
  const layer = new Product();
  const calls: (readonly unknown[])[] = [];
  const numbers = (list: readonly (Tensor | null)[]) => list.map((g) => g?.toArraySync() ?? null);
  layer.registerFullBackwardHook((module, gradInputs, gradOutputs) => {
    calls.push([module, numbers(gradInputs), numbers(gradOutputs)]);
    return gradInputs.map((g) => g?.mul(100) ?? null);
  });
  const a = tensor([2, 3]).requiresGrad_();
  const b = tensor([5, 7]);
  layer.forward(a, b).mul(3).sum().backward();
  expect(calls).toEqual([[layer, [[15, 21], null], [[3, 3]]]]);
  expect(a.grad?.toArraySync()).toEqual([1500, 2100]);

  b.requiresGrad_();
  layer.forward(a.detach().requiresGrad_(), b).sum().backward();
  expect(calls[1]).toEqual([
    layer,
    [
      [5, 7],
      [2, 3],
    ],
    [[1, 1]],
  ]);
  noGrad(() => layer.forward(a, b));
  expect(calls.length).toBe(2);
});

test("full backward hooks run where only parameters learn", () => {
  const layer = doubling();
  const hook = vi.fn();
  layer.registerFullBackwardHook(hook);
  layer.forward(ones(1, 1)).sum().backward();
  expect(hook).toHaveBeenCalledTimes(1);
  expect(hook.mock.calls[0]?.[1]).toEqual([null]);
  expect(layer.weight.grad?.itemSync()).toBe(1);
});

test("full backward hooks may not return another number of gradients; hooks are functions", () => {
  const layer = new nn.ReLU();
  layer.registerFullBackwardHook(() => []);
  const y = layer.forward(ones(1).requiresGrad_()).sum();
  expect(() => y.backward()).toThrow("Backward hook returned an invalid number of grad_input, got 0, but expected 1");
  expect(() => layer.registerForwardHook(null as never)).toThrow("[Module] a hook must be a function");
});

test("what is async is refused, as nobody would wait for it", async () => {
  const message = "[Module] a hook returned a promise, but hooks are not awaited";
  const layer = doubling();
  const later = layer.registerForwardHook(async () => {});
  expect(() => layer.forward(ones(1, 1))).toThrow(message);
  later.remove();
  const before = layer.registerForwardPreHook(async () => ones(1, 1));
  expect(() => layer.forward(ones(1, 1))).toThrow(message);
  before.remove();
  layer.registerFullBackwardHook(async () => [ones(1, 1)]);
  const y = layer.forward(ones(1, 1).requiresGrad_()).sum();
  expect(() => y.backward()).toThrow(message);

  class Slow extends nn.Module<Promise<number>> {
    override async forward(): Promise<number> {
      return 1;
    }
  }
  const slow = new Slow();
  slow.registerForwardHook(async (_module, _inputs, output) => (await output) + 1);
  expect(await slow.forward()).toBe(2);
});
