/** @file Lists of modules. */
import { describe, expect, test } from "vitest";
import { ones, relu, tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

describe("Sequential", () => {
  test("runs its layers one after the other", () => {
    const net = new nn.Sequential(new nn.Flatten(), new nn.ReLU(), new nn.Softmax(1));
    const y = net.forward(tensor([[[1, -1]], [[2, 2]]]));
    expect(y.sum(1).toArraySync<number[]>()).toEqual([1, 1]);
    expect(new nn.Sequential().forward(y)).toBe(y);
  });

  test("may give its layers names", () => {
    const net = new nn.Sequential({ hidden: new nn.Linear(2, 3), activation: new nn.ReLU() });
    expect(Object.keys(net.stateDict())).toEqual(["hidden.weight", "hidden.bias"]);
    expect(net.forward(ones(1, 2)).shape).toEqual([1, 3]);
  });

  test("is a list", () => {
    const [a, b, c] = [new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid()];
    const net = new nn.Sequential(a).append(b).extend([c]);
    expect([...net]).toEqual([a, b, c]);
    expect(net.length).toBe(3);
    expect(net.at(-1)).toBe(c);
    net.set(0, c);
    expect(net.at(0)).toBe(c);
    expect(net.namedModules().map(([name]) => name)).toEqual(["", "0", "1"]);
    expect(() => net.at(3)).toThrow("[Sequential] index 3 is out of range: there are 3 modules");
  });

  test("takes modules only", () => {
    expect(() => new nn.Sequential(relu as never)).toThrow("[Sequential] relu is not a Module subclass");
    expect(() => new nn.Sequential(new nn.ReLU(), null as never)).toThrow("is not a Module subclass");
    expect(() => new nn.Sequential(ones(1) as never)).toThrow("is not a Module subclass");
  });

  test("may be extended to a class with fields of its own", () => {
    class Net extends nn.Sequential {
      scale = new nn.Parameter(ones(1));
      constructor() {
        super(new nn.Linear(1, 1));
      }
    }
    expect(Object.keys(new Net().stateDict())).toEqual(["scale", "0.weight", "0.bias"]);
  });
});

describe("ModuleList", () => {
  test("holds modules and does not compute", () => {
    const [a, b, c] = [new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid()];
    const list = new nn.ModuleList([a, c]);
    list.insert(1, b);
    expect([...list]).toEqual([a, b, c]);
    list.insert(-1, a);
    expect([...list]).toEqual([a, b, a, c]);
    expect(() => list.forward()).toThrow('Module [ModuleList] is missing the required "forward" function');
    expect(() => new nn.ModuleList([1 as never])).toThrow("number is not a Module subclass");
  });
});
