/** @file Tensors, modules and optimizers to the outside: JSON, structured clones, proxies. */
import { deserialize, serialize } from "node:v8";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { DataLoader, TensorDataset } from "../../src/entry/data.ts";
import { Generator, noGrad, ones, Tensor, tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import * as optim from "../../src/entry/optim.ts";

describe("JSON", () => {
  test("a tensor is its nested arrays", () => {
    expect(
      JSON.stringify(
        tensor([
          [1, 2.5],
          [3, 4],
        ]).t(),
      ),
    ).toBe("[[1,3],[2.5,4]]");
    expect(JSON.stringify({ loss: tensor(2, { requiresGrad: true }).mul(3), mask: tensor([true, false]) })).toBe(
      '{"loss":6,"mask":[true,false]}',
    );
    expect(JSON.stringify(ones(0, 2))).toBe("[]");
    expect(JSON.stringify(tensor([Number.NaN, Number.POSITIVE_INFINITY]))).toBe("[null,null]");
  });
  test("a module and an optimizer are their states", () => {
    const model = new nn.Sequential(new nn.Linear(1, 1), new nn.BatchNorm1d(1));
    const json = JSON.parse(JSON.stringify(model));
    expect(Object.keys(json)).toEqual(Object.keys(model.stateDict()));
    expect(tensor(json["0.weight"]).toArraySync()).toEqual((model[0] as nn.Linear).weight.toArraySync());
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.5, momentum: 0.9 });
    model.forward(ones(2, 1)).sum().backward();
    optimizer.step();
    const state = JSON.parse(JSON.stringify(optimizer));
    expect(state.param_groups[0]).toMatchObject({ lr: 0.5, momentum: 0.9, params: [0, 1, 2, 3] });
    expect(state.state[0].momentum_buffer).toHaveLength(1);
  });
});

describe("a structured clone, which could not take the numbers along, is refused", () => {
  const values: [string, () => unknown][] = [
    ["a small tensor", () => tensor(1)],
    ["a large tensor", () => ones(1000)],
    ["a view", () => ones(4, 4).t()],
    ["a number's tensor", () => tensor([1]).mul(2)],
    ["a recorded result", () => ones(2).requiresGrad_().mul(2)],
    ["a tensor on a list", () => [1, { deep: [ones(2)] }]],
    ["a parameter", () => new nn.Parameter(ones(2))],
    ["a state dictionary", () => new nn.Linear(2, 2).stateDict()],
    ["a model", () => new nn.Linear(2, 2)],
    ["an optimizer", () => new optim.SGD([ones(1).requiresGrad_()])],
  ];
  test.each(values)("%s", (_, make) => {
    const reason = /numbers of a Tensor: .* await t.data\(\) or encodeSafetensors\(\) sends them/;
    const value = make();
    expect(() => structuredClone(value)).toThrow(reason);
    expect(() => serialize(value)).toThrow(reason);
    const { port1, port2 } = new MessageChannel();
    expect(() => port1.postMessage(value)).toThrow(expect.objectContaining({ name: "DataCloneError" }));
    port1.close();
    port2.close();
  });
  test("the numbers can be sent", async () => {
    const data = await ones(3).data();
    expect(structuredClone(data)).toEqual(data);
    expect(deserialize(serialize(data))).toEqual(data);
  });
});

/** A Proxy that hands everything through, as those of valtio and of tests do. */
const shallow = <T extends object>(target: T): T => new Proxy(target, {});

/** Vue's `reactive`: what it finds in fields is wrapped too, unless it is no plain object, list, Map or Set. */
function reactive<T extends object>(target: T): T {
  const kind = Object.prototype.toString.call(target).slice(8, -1);
  if (!["Object", "Array", "Map", "Set"].includes(kind) || Reflect.get(target, "__v_skip")) return target;
  return new Proxy(target, {
    get(object, key, receiver) {
      const value: unknown = Reflect.get(object, key, receiver);
      return typeof value === "object" && value !== null ? reactive(value) : value;
    },
  });
}

class Net extends nn.Module {
  fc1 = new nn.Linear(2, 3);
  norm = new nn.BatchNorm1d(3);
  rest = new nn.Sequential(new nn.ReLU(), new nn.Linear(3, 1));
  scale = new nn.Parameter(ones(1));
  override forward(x: Tensor): Tensor {
    return this.rest.forward(this.norm.forward(this.fc1.forward(x))).mul(this.scale);
  }
}

describe("Vue", () => {
  test("leaves the library's objects alone", () => {
    const dataset = new TensorDataset(ones(4, 2));
    const model = new Net();
    const optimizer = new optim.Adam(model.parameters());
    const objects = [ones(2), model.scale, model, model.rest, optimizer, dataset, new Generator()];
    for (const object of [...objects, new DataLoader(dataset)]) expect(reactive(object)).toBe(object);
    const state = reactive({ model, list: [model.fc1], data: { x: ones(2) } });
    expect(state.model).toBe(model);
    expect(state.list[0]).toBe(model.fc1);
    expect(state.data.x.add(1).toArraySync()).toEqual([2, 2]);
  });
});

describe("a plain Proxy", () => {
  test("around a tensor works", () => {
    const raw = tensor([1, 2, 3], { requiresGrad: true });
    const x = shallow(raw);
    expect([x.requiresGrad, x.isLeaf, x.gradFn, x.grad, x.shape]).toEqual([true, true, null, null, [3]]);
    x.mul(x).sum().backward();
    expect(x.grad?.toArraySync()).toEqual([2, 4, 6]);
    expect(raw.grad).toBe(x.grad);
    const y = shallow(raw.mul(2));
    shallow(y.narrow(0, 0, 2)).add_(1);
    expect(y.toArraySync()).toEqual([3, 5, 6]);
    expect(String(y)).toBe("tensor([3., 5., 6.], grad_fn=<CopySlices>)");
    expect(x.detach().requiresGrad).toBe(false);
    x.grad = null;
    expect(raw.grad).toBeNull();
    expect(x instanceof Tensor).toBe(true);
  });
  test("around a model and its optimizer trains as without", () => {
    const plain = new Net();
    const wrapped = plain.clone();
    const losses = [plain, shallow(wrapped)].map((model) => {
      const optimizer = shallow(new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }));
      const scheduler = shallow(new optim.lrScheduler.StepLR(optimizer, { stepSize: 1 }));
      const seen: number[] = [];
      model.train();
      for (let i = 0; i < 3; i++) {
        optimizer.zeroGrad();
        const loss = shallow(
          model.forward(
            tensor([
              [1, 2],
              [3, 5],
            ]),
          ),
        ).sum();
        loss.backward();
        optimizer.step();
        scheduler.step();
        seen.push(loss.itemSync());
      }
      expect(Object.keys(model.stateDict())).toEqual(Object.keys(plain.stateDict()));
      model.loadStateDict(model.eval().stateDict());
      return seen;
    });
    expect(losses[1]).toEqual(losses[0]);
    expect(String(shallow(wrapped))).toBe(String(wrapped));
  });
  test("around containers and recurrent layers", () => {
    const list = shallow(new nn.ModuleList([new nn.Linear(1, 1)]));
    list.append(new nn.Linear(1, 1));
    list[0] = new nn.Linear(1, 2);
    expect([list.length, list.at(0)]).toEqual([2, list[0]]);
    const dict = shallow(new nn.ModuleDict({ a: new nn.Linear(1, 1) }));
    expect(dict.set("b", new nn.Linear(1, 1)).length).toBe(2);
    expect(shallow(new nn.ParameterList([ones(1)])).parameters()).toHaveLength(1);
    expect(shallow(new nn.LSTM(2, 3)).forward(ones(1, 1, 2))[0].shape).toEqual([1, 1, 3]);
    expect(shallow(new nn.GRUCell(2, 3)).forward(ones(1, 2)).shape).toEqual([1, 3]);
    const model = shallow(new Net());
    const seen: unknown[] = [];
    model.registerForwardHook((module) => seen.push(module));
    noGrad(() => model.forward(ones(2, 2)));
    expect(seen).toHaveLength(1);
  });
});
