/** @file Values of another realm, as frames, vm contexts and the test environments of Jest and Vitest make them. */
import { runInNewContext } from "node:vm";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { autograd, nn, optim, type Tensor, tensor, zeros } from "../../src/entry/index.ts";

const other = runInNewContext(`({
  float32: new Float32Array([1, 2]),
  float64: new Float64Array([1, 2]),
  int32: new Int32Array([1, 2]),
  uint8: new Uint8Array([1, 2]),
  clamped: new Uint8ClampedArray([1, 2]),
  part: new Float32Array([0, 1, 2, 3]).subarray(1, 3),
  nested: [[1, 2], [3, 4]],
  sizes: [2, 3],
  options: { dtype: "float64", requiresGrad: true },
  map: new Map([["a", { b: [1] }]]),
  set: new Set([1, 2]),
  list: (...items) => items,
  record: (entries) => Object.fromEntries(entries),
  promise: () => Promise.resolve(1),
})`);

test("they are of another realm", () => {
  expect(other.float32 instanceof Float32Array).toBe(false);
  expect(other.map instanceof Map).toBe(false);
});

describe("tensor takes", () => {
  test.each([
    ["float32", "float32"],
    ["float64", "float64"],
    ["int32", "int32"],
    ["uint8", "uint8"],
    ["clamped", "uint8"],
    ["part", "float32"],
  ])("typed arrays: %s", (name, dtype) => {
    const x = tensor(other[name]);
    expect(x.dtype).toBe(dtype);
    expect(x.shape).toEqual([2]);
    expect(x.add(tensor([1, 1], { dtype: x.dtype })).toArraySync()).toEqual([2, 3]);
    expect(tensor(other[name], { dtype: "bool" }).toArraySync()).toEqual([true, true]);
    expect(tensor(other[name], { dtype: "int32" }).sum().itemSync()).toBe(3);
    other[name].fill(9);
    expect(x.toArraySync()).toEqual([1, 2]);
  });

  test("nested arrays and ndarrays", () => {
    expect(tensor(other.nested).matmul(tensor(other.nested)).toArraySync()).toEqual([
      [7, 10],
      [15, 22],
    ]);
    const numbers = runInNewContext("new Float32Array([1, 2, 3, 4])");
    expect(tensor(ndarray(numbers, [2, 2]).transpose(1, 0)).toArraySync()).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });
});

test("sizes and options", () => {
  const x = zeros(other.sizes, other.options);
  expect(x).toMatchObject({ shape: [2, 3], dtype: "float64", requiresGrad: true });
  expect(x.sum(0, { keepdim: true }).shape).toEqual([1, 3]);
  expect(x.sum(runInNewContext("({ dim: 0, keepdim: true })")).shape).toEqual([1, 3]);
});

test("a clone has its own maps, sets and records", () => {
  class Net extends nn.Module {
    map: Map<string, { b: number[] }> = other.map;
    set: Set<number> = other.set;
    record: { weight: Tensor } = other.record([["weight", tensor([1])]]);
    forward(x: Tensor): Tensor {
      return x;
    }
  }
  const model = new Net();
  const twin = model.clone();
  expect(twin.map).not.toBe(model.map);
  expect(twin.map.get("a")).toEqual({ b: [1] });
  expect(twin.map.get("a")).not.toBe(model.map.get("a"));
  expect([...twin.set]).toEqual([1, 2]);
  expect(twin.record.weight).not.toBe(model.record.weight);
});

test("state dictionaries, lists of parameters and parameter groups", () => {
  const model = new nn.Linear(2, 1);
  const state = other.record(Object.entries(new nn.Linear(2, 1).stateDict()));
  model.loadStateDict(state);
  expect(model.weight.toArraySync()).toEqual(state.weight.toArraySync());
  const group = other.record([
    ["params", other.list(model.weight)],
    ["lr", 0.5],
  ]);
  for (const params of [other.list(model.weight, model.bias), other.list(group)]) {
    const optimizer = new optim.SGD(params, { lr: 0.1 });
    const before = model.weight.detach().clone();
    model.weight.sum().backward();
    optimizer.step();
    optimizer.zeroGrad();
    expect(model.weight.sub(before).max().itemSync()).toBeLessThan(0);
  }
});

test("promises are noticed", () => {
  class Later extends autograd.Function {
    static forward(_ctx: autograd.FunctionContext, _x: Tensor): Tensor {
      return other.promise() as Tensor;
    }
    static backward(): null {
      return null;
    }
  }
  expect(() => Later.apply(tensor([1], { requiresGrad: true }))).toThrow("forward must be synchronous");
});
