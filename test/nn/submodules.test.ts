/** @file Members by path, members registered at run time, toEmpty, and DataParallel. */
import { describe, expect, test } from "vitest";
import { nn, ones, optim, type Tensor, tensor } from "../../src/entry/index.ts";

const net = (): nn.Module =>
  new nn.Sequential({
    body: new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3)),
    head: new nn.Linear(3, 1),
  });

describe("members by path", () => {
  test("modules, parameters and buffers", () => {
    const model = net();
    expect(model.getSubmodule("")).toBe(model);
    expect(model.getSubmodule("body.1")).toBeInstanceOf(nn.BatchNorm1d);
    expect(model.getParameter("body.0.weight").shape).toEqual([3, 2]);
    expect(model.getBuffer("body.1.running_var").toArraySync()).toEqual([1, 1, 1]);
    for (const [name, parameter] of model.namedParameters()) expect(model.getParameter(name)).toBe(parameter);
    for (const [name, buffer] of model.namedBuffers()) expect(model.getBuffer(name)).toBe(buffer);
    for (const [name, module] of model.namedModules()) expect(model.getSubmodule(name)).toBe(module);
  });

  test.each([
    [(m: nn.Module) => m.getSubmodule("body.2"), "Sequential has no attribute `2`"],
    [(m: nn.Module) => m.getSubmodule("head.weight"), "`weight` is not an nn.Module"],
    [(m: nn.Module) => m.getParameter("head.bia"), "Linear has no attribute `bia`"],
    [(m: nn.Module) => m.getParameter("head.inFeatures"), "`inFeatures` is not an nn.Parameter"],
    [(m: nn.Module) => m.getBuffer("head.weight"), "`weight` is not a buffer"],
    [(m: nn.Module) => m.getSubmodule(3 as never), 'argument "target" must be a string'],
  ])("%s says what is missing", (call, words) => expect(() => call(net())).toThrow(words));
});

test("registerModule is addModule", () => {
  const model = new nn.Sequential();
  model.registerModule("act", new nn.ReLU());
  expect(String(model)).toBe("Sequential(\n  (act): ReLU()\n)");
  expect(() => model.registerModule("", new nn.ReLU())).toThrow('module name can\'t be empty string ""');
});

test("registerBackwardHook sees the gradients", () => {
  const layer = new nn.Linear(2, 1);
  const seen: (readonly number[])[] = [];
  layer.registerBackwardHook((_, inputs) => void seen.push(inputs[0]?.shape ?? []));
  layer.forward(ones(3, 2).requiresGrad_()).sum().backward();
  expect(seen).toEqual([[3, 2]]);
});

test("toEmpty keeps shapes and objects, and drops numbers", () => {
  const layer = new nn.Linear(2, 3);
  const { weight } = layer;
  expect(layer.toEmpty({ device: "cpu" })).toBe(layer);
  expect(layer.weight).toBe(weight);
  expect(weight.shape).toEqual([3, 2]);
  expect(weight.requiresGrad).toBe(true);
  expect(() => layer.toEmpty("tpu" as never)).toThrow('must be a device: "cpu", "gpu" or "auto"');
});

describe("DataParallel", () => {
  test("is the module under another name", () => {
    const inner = new nn.Linear(2, 3);
    const model = new nn.DataParallel(inner, { deviceIds: [0, 1] });
    const x = ones(4, 2);
    expect(model.forward(x).equal(inner.forward(x))).toBe(true);
    expect(model.module.inFeatures).toBe(2);
    expect(Object.keys(model.stateDict())).toEqual(["module.weight", "module.bias"]);
    expect(String(model)).toBe("DataParallel(\n  (module): Linear(in_features=2, out_features=3, bias=True)\n)");
    model.eval();
    expect(inner.training).toBe(false);
    expect(() => new nn.DataParallel(3 as never)).toThrow("must be a Module");
  });

  test("passes several arguments and results", () => {
    const lstm = new nn.LSTM(2, 3);
    const model = new nn.DataParallel(lstm);
    const [output, [h]] = model.forward(ones(4, 1, 2), [ones(1, 1, 3), ones(1, 1, 3)]);
    expect([output.shape, h.shape]).toEqual([
      [4, 1, 3],
      [1, 1, 3],
    ]);
  });
});

describe("ParameterDict", () => {
  const make = (): nn.ParameterDict =>
    new nn.ParameterDict({ left: ones(2), right: new nn.Parameter(ones(2, 3).double()) });

  test("prints as PyTorch's", () => {
    expect(String(make())).toBe(
      "ParameterDict(\n    (left): Parameter containing: [torch.FloatTensor of size 2]\n" +
        "    (right): Parameter containing: [torch.DoubleTensor of size 2x3]\n)",
    );
  });

  test("holds parameters of the module that has it", () => {
    class Net extends nn.Module {
      choices = make();
      forward(x: Tensor): Tensor {
        return x.mul(this.choices.get("left"));
      }
    }
    const model = new Net();
    expect(Object.keys(model.stateDict())).toEqual(["choices.left", "choices.right"]);
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.5 });
    model.forward(ones(2)).sum().backward();
    optimizer.step();
    expect(model.choices.get("left").toArraySync()).toEqual([0.5, 0.5]);
    expect(model.clone().choices.get("left").toArraySync()).toEqual([0.5, 0.5]);
    model.double();
    expect(model.choices.get("left").dtype).toBe("float64");
  });

  test("reads, adds, replaces and removes", () => {
    const dict = make();
    expect([dict.length, dict.has("left"), [...dict]]).toEqual([2, true, ["left", "right"]]);
    expect(Reflect.get(dict, "left")).toBe(dict.get("left"));
    Reflect.set(dict, "up", new nn.Parameter(tensor([1])));
    expect([...dict.keys()]).toEqual(["left", "right", "up"]);
    dict.update([["left", tensor([7])]]).set("down", tensor([8]));
    expect(dict.get("left").toArraySync()).toEqual([7]);
    expect(dict.setdefault("left", tensor([9])).toArraySync()).toEqual([7]);
    expect(dict.setdefault("new", tensor([9])).toArraySync()).toEqual([9]);
    expect(dict.pop("down").toArraySync()).toEqual([8]);
    Reflect.deleteProperty(dict, "up");
    expect(Array.from(dict.entries(), ([name, p]) => [name, p.numel()])).toEqual([
      ["left", 1],
      ["right", 6],
      ["new", 1],
    ]);
    dict.clear();
    expect([...dict.values()]).toEqual([]);
  });

  test("refuses what is no parameter", () => {
    expect(() => make().get("up")).toThrow("[ParameterDict] there is no parameter 'up', only left, right");
    expect(() => new nn.ParameterDict({ a: 3 as never })).toThrow("[ParameterDict] expected a tensor, but got number");
    expect(() => new nn.ParameterDict([3] as never)).toThrow("expected pairs [name, parameter]");
    expect(() => make().set("a.b", ones(1))).toThrow("'a.b' cannot be a parameter's name");
  });
});
