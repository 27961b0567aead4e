/** @file ModuleDict and ParameterList. */
import { describe, expect, test } from "vitest";
import { ones, tensor, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

describe("ModuleDict", () => {
  const make = () => new nn.ModuleDict<nn.Layer>({ a: new nn.ReLU(), b: new nn.Linear(1, 2) });

  test("holds modules under their names", () => {
    const dict = make();
    expect([...dict]).toEqual(["a", "b"]);
    expect([...dict.keys()]).toEqual(["a", "b"]);
    expect([...dict.values()].map((m) => m.constructor.name)).toEqual(["ReLU", "Linear"]);
    expect([...dict.entries()].map(([name]) => name)).toEqual(["a", "b"]);
    expect(dict.namedParameters().map(([name]) => name)).toEqual(["b.weight", "b.bias"]);
    expect(dict.has("a")).toBe(true);
    expect(dict.length).toBe(2);
    expect(dict.get("a")).toBeInstanceOf(nn.ReLU);
  });
  test("changes", () => {
    const dict = make();
    dict.set("c", new nn.Tanh()).update([["a", new nn.Sigmoid()]]);
    expect([...dict.values()].map((m) => m.constructor.name)).toEqual(["Sigmoid", "Linear", "Tanh"]);
    expect(dict.pop("b")).toBeInstanceOf(nn.Linear);
    expect([...dict]).toEqual(["a", "c"]);
    dict.clear();
    expect(dict.length).toBe(0);
  });
  test("refuses what is no module or no name", () => {
    const dict = make();
    expect(() => dict.get("z")).toThrow("[ModuleDict] there is no module 'z', only a, b");
    expect(() => dict.pop("z")).toThrow("there is no module 'z'");
    expect(() => dict.set("x.y", new nn.ReLU())).toThrow("[ModuleDict] 'x.y' cannot be a module's name");
    expect(() => dict.set("x", 5 as never)).toThrow("[ModuleDict] number is not a Module subclass");
    expect(() => dict.forward()).toThrow('missing the required "forward" function');
  });
});

describe("ParameterList", () => {
  test("makes parameters that the module around it has", () => {
    class Net extends nn.Module {
      scales = new nn.ParameterList([ones(2), new nn.Parameter(zeros(1))]);
      override forward(): never {
        throw new Error("not needed");
      }
    }
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual(["scales.0", "scales.1"]);
    net.scales.append(tensor(3));
    net.scales.set(-1, tensor(4));
    expect(net.scales.at(2).itemSync()).toBe(4);
    expect(net.scales.at(-1)).toBe(net.scales.at(2));
    expect([...net.scales].every((p) => p.requiresGrad)).toBe(true);
    expect(net.scales.length).toBe(3);
    expect(Object.keys(net.stateDict())).toEqual(["scales.0", "scales.1", "scales.2"]);
  });
  test("refuses what is no tensor or no index", () => {
    const list = new nn.ParameterList();
    expect(() => list.at(0)).toThrow("[ParameterList] index 0 is out of range: there are 0 parameters");
    expect(() => list.append(5 as never)).toThrow("[ParameterList] expected a tensor, but got number");
    expect(() => list.forward()).toThrow('missing the required "forward" function');
  });
});
