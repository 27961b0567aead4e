/** @file `module.clone()`: independent copies in which what is shared stays shared. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { manualSeed, ones, rand, type Tensor, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

class Counter {
  count = 0;
}

class Net extends nn.Module {
  first = new nn.Linear(2, 2);
  tied = this.first;
  norm = new nn.BatchNorm1d(2);
  scale = new nn.Parameter(ones(2));
  frozen = new nn.Parameter(ones(2), false);
  offset = this.registerBuffer("offset", zeros(2), { persistent: false });
  list = [this.scale, this.first] as const;
  byName = new Map([["scale", this.scale]]);
  seen = new Set<nn.AnyModule>([this.norm]);
  settings = { rate: 0.5, tensors: [this.scale] };
  counter = new Counter();
  act = (x: Tensor): Tensor => x.relu();
  circle: { net: Net } = { net: this };

  forward(x: Tensor): Tensor {
    return this.act(this.norm.forward(this.tied.forward(x)))
      .mul(this.scale)
      .add(this.offset);
  }
}

describe("a copy", () => {
  test("computes the same, learns on its own, and draws no random numbers", () => {
    manualSeed(0);
    const net = new Net();
    const next = rand(1).itemSync();
    manualSeed(0);
    const again = new Net();
    const copy = again.clone();
    expectTypeOf(copy).toEqualTypeOf<Net>();
    expect(rand(1).itemSync()).toBe(next);
    expect(copy).toBeInstanceOf(Net);
    expect(String(copy)).toBe(String(net));
    const x = rand(3, 2);
    expect(copy.forward(x).equal(net.forward(x))).toBe(true);
    copy.forward(x).sum().backward();
    expect(again.scale.grad).toBeNull();
    copy.scale.detach().zero_();
    expect(again.scale.toArraySync()).toEqual([1, 1]);
    expect(again.norm.numBatchesTracked?.itemSync()).toBe(0);
  });

  test("shares in itself what the original does", () => {
    const copy = new Net().clone();
    expect(copy.tied).toBe(copy.first);
    expect(copy.list[0]).toBe(copy.scale);
    expect(copy.list[1]).toBe(copy.first);
    expect(copy.byName.get("scale")).toBe(copy.scale);
    expect(copy.seen.has(copy.norm)).toBe(true);
    expect(copy.settings.tensors[0]).toBe(copy.scale);
    expect(copy.circle.net).toBe(copy);
  });

  test("keeps flags, names and what is not persistent; other objects are the same", () => {
    const net = new Net().eval();
    const copy = net.clone();
    expect(copy.training).toBe(false);
    expect(copy.norm.training).toBe(false);
    expect(copy.frozen.requiresGrad).toBe(false);
    expect(copy.namedParameters().map(([name]) => name)).toEqual(net.namedParameters().map(([name]) => name));
    expect(copy.namedBuffers().map(([name]) => name)).toContain("offset");
    expect(Object.keys(copy.stateDict())).toEqual(Object.keys(net.stateDict()));
    expect(copy.counter).toBe(net.counter);
    expect(copy.act).toBe(net.act);
    net.scale.grad = ones(2);
    expect(net.clone().scale.grad).toBeNull();
  });

  test("of containers", () => {
    const list = new nn.ModuleList([new nn.Linear(1, 1), new nn.Linear(1, 1)]);
    const dict = new nn.ModuleDict({ a: new nn.Linear(1, 1), b: list.at(0) });
    const named = new nn.Sequential({ hidden: new nn.Linear(1, 2), act: new nn.ReLU() });
    const params = new nn.ParameterList([ones(1), zeros(2)]);
    class All extends nn.Module<unknown> {
      list = list;
      dict = dict;
      named = named;
      params = params;
      forward(): unknown {
        return null;
      }
    }
    const all = new All();
    all.addModule("nothing", null);
    const copy = all.clone();
    expect(String(copy)).toBe(String(all));
    expect(Object.keys(copy.stateDict())).toEqual(Object.keys(all.stateDict()));
    expect(copy.dict.get("b")).toBe(copy.list.at(0));
    expect(copy.list.at(0)).not.toBe(list.at(0));
    copy.list.append(new nn.Linear(1, 1));
    expect(list.length).toBe(2);
    copy.params.at(0).detach().zero_();
    expect(params.at(0).itemSync()).toBe(1);
    expect(copy.named.forward(ones(1, 1)).equal(named.forward(ones(1, 1)))).toBe(true);
  });

  test("has the hooks of the original, and can lose them alone", () => {
    const layer = new nn.Linear(1, 1);
    const calls: unknown[] = [];
    layer.registerForwardHook((module) => {
      calls.push(module);
    });
    layer.registerForwardPreHook((_, [x]) => (x as Tensor).mul(2));
    layer.registerFullBackwardHook(() => {
      calls.push("backward");
    });
    const copy = layer.clone();
    const x = ones(1, 1).requiresGrad_();
    expect(copy.forward(x).equal(layer.forward(x))).toBe(true);
    expect(calls).toEqual([copy, layer]);
    copy.forward(x).sum().backward();
    expect(calls.slice(2)).toEqual([copy, "backward"]);
  });

  test("of a tensor with a history is refused", () => {
    class Keeper extends nn.Module {
      last: Tensor | null = null;
      forward(x: Tensor): Tensor {
        this.last = x;
        return x;
      }
    }
    const keeper = new Keeper();
    keeper.forward(ones(1).requiresGrad_());
    expect(keeper.clone().last?.requiresGrad).toBe(true);
    keeper.forward(ones(1).requiresGrad_().mul(2));
    expect(() => keeper.clone()).toThrow("[clone] Only Tensors created explicitly by the user (graph leaves)");
  });
});

test("fractional pooling has its samples as a buffer, and can be copied", () => {
  const samples = rand(1, 1, 2);
  const pool = new nn.FractionalMaxPool2d(2, { outputSize: 2, _randomSamples: samples });
  expect(Object.keys(pool.stateDict())).toEqual(["_random_samples"]);
  const x = rand(1, 1, 6, 6);
  expect(pool.clone().forward(x).equal(pool.forward(x))).toBe(true);
  const drawn = new nn.FractionalMaxPool3d(2, { outputRatio: 0.5 });
  expect(Object.keys(drawn.stateDict())).toEqual([]);
  expect(drawn.clone().forward(rand(1, 1, 6, 6, 6)).shape).toEqual([1, 1, 3, 3, 3]);
});
