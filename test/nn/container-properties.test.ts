/** @file Items of containers as properties: reading, assigning and deleting, or an error; never half. */
import { describe, expect, test } from "vitest";
import { noGrad, ones, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

const layers = (): nn.Layer[] => [new nn.Linear(2, 2), new nn.ReLU(), new nn.Linear(2, 5)];
const x = ones(1, 2);

/** Everything that tells of the children of a list says the same. */
function expectChildren(list: nn.Sequential | nn.ModuleList, children: readonly nn.Layer[]): void {
  expect([...list]).toEqual(children);
  expect(list.length).toBe(children.length);
  expect(list.children()).toEqual([...new Set(children)]);
  expect(list.parameters()).toEqual(children.flatMap((child) => child.parameters()));
  for (const [i, child] of children.entries()) {
    expect(list[i]).toBe(child);
    expect(list[i - children.length]).toBe(child);
    expect(list.at(i)).toBe(child);
  }
  expect(list[children.length]).toBeUndefined();
  expect(list[-children.length - 1]).toBeUndefined();
  const keys = children.flatMap((child, i) => Object.keys(child.stateDict()).map((key) => `${i}.${key}`));
  expect(Object.keys(list.stateDict())).toEqual(keys);
}

describe.each([
  ["Sequential", (list: nn.Layer[]): nn.Sequential | nn.ModuleList => new nn.Sequential(...list)],
  ["ModuleList", (list: nn.Layer[]): nn.Sequential | nn.ModuleList => new nn.ModuleList(list)],
])("%s", (name, make) => {
  test("is read by index", () => {
    const children = layers();
    expectChildren(make(children), children);
  });
  test.each([2, -1])("assigning to %i replaces", (at) => {
    const [a, b, c] = layers() as [nn.Layer, nn.Layer, nn.Layer];
    const list = make([a, b, c]);
    const other = new nn.Linear(2, 3);
    list[at] = other;
    expectChildren(list, [a, b, other]);
    if (list instanceof nn.Sequential) expect(list.forward(x).shape).toEqual([1, 3]);
    Reflect.set(list, String(at), c);
    Object.assign(list, { 0: other });
    expectChildren(list, [other, b, c]);
  });
  test("only modules may be assigned", () => {
    const list = make(layers());
    const before = [...list];
    for (const wrong of [ones(1), null, undefined, 3, (t: Tensor) => t]) {
      expect(() => Reflect.set(list, 0, wrong)).toThrow("is not a Module subclass");
    }
    expectChildren(list, before);
  });
  test("an index cannot be deleted", () => {
    const list = make(layers());
    const before = [...list];
    for (const at of [0, -1]) {
      expect(() => {
        delete list[at];
      }).toThrow(TypeError);
    }
    expectChildren(list, before);
  });
  test.each(["3", "-4", "7", "1.5"])("assigning to %s, which is no index, is an error at the next use", (at) => {
    const list = make(layers());
    Reflect.set(list, at, new nn.ReLU());
    const message = `[${name}] index ${at} is out of range: there are 3 modules. Take it away with "delete list[${at}]"`;
    const uses = [
      () => list.parameters(),
      () => list.stateDict(),
      () => list.length,
      () => [...list],
      () => list.at(0),
    ];
    for (const use of uses) expect(use).toThrow(message);
    if (list instanceof nn.Sequential) expect(() => list.forward(x)).toThrow(message);
    expect(() => list.append(new nn.ReLU())).toThrow(message);
    Reflect.deleteProperty(list, at);
    expectChildren(list, [...list]);
  });
  test("indices follow what is added and taken out", () => {
    const [a, b, c] = layers() as [nn.Layer, nn.Layer, nn.Layer];
    const list = make([a]);
    list.append(b);
    expectChildren(list, [a, b]);
    list.insert(0, c);
    expectChildren(list, [c, a, b]);
    expect(list.pop()).toBe(b);
    expectChildren(list, [c, a]);
    expect(list.pop(0)).toBe(c);
    expectChildren(list, [a]);
    expect(() => Reflect.set(list, 1, b)).toThrow("index 1 is out of range: there are 1 modules");
    list.extend([b, c]);
    expectChildren(list, [a, b, c]);
    expect(() => list.pop(3)).toThrow("index 3 is out of range");
  });
  test("slices share their modules", () => {
    const [a, b, c] = layers() as [nn.Layer, nn.Layer, nn.Layer];
    const list = make([a, b, c]);
    expect([...list.slice(1)]).toEqual([b, c]);
    expect([...list.slice(0, -1)]).toEqual([a, b]);
    expect(list.slice(-2)[0]).toBe(b);
    expect(list.slice(1)).toBeInstanceOf(name === "Sequential" ? nn.Sequential : nn.ModuleList);
  });
  test("a clone has items and properties of its own", () => {
    const list = make(layers());
    const twin = list.clone();
    expect(twin[0]).not.toBe(list[0]);
    const other = new nn.Linear(2, 2);
    twin[0] = other;
    expect(list[0]).not.toBe(other);
    expectChildren(twin, [...twin]);
    expectChildren(list, [...list]);
  });
});

test("slices of a Sequential print as PyTorch's", () => {
  const net = new nn.Sequential(new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid());
  expect(String(net.slice(1))).toBe("Sequential(\n  (1): Tanh()\n  (2): Sigmoid()\n)");
  expect(String(new nn.ModuleList(net).slice(1))).toBe("ModuleList(\n  (0): Tanh()\n  (1): Sigmoid()\n)");
});

describe("a Sequential with names", () => {
  const make = () =>
    new nn.Sequential({ hidden: new nn.Linear(2, 3), act: new nn.ReLU(), forward: new nn.Linear(3, 4) });
  const layerOf = (net: nn.Sequential, name: string): unknown => Reflect.get(net, name);

  test("has them as properties too", () => {
    const net = make();
    expect(layerOf(net, "hidden")).toBe(net[0]);
    const other = new nn.Linear(2, 3);
    Reflect.set(net, "hidden", other);
    expect([net[0], net.at(0), layerOf(net, "hidden")]).toEqual([other, other, other]);
    expect(net.forward(x).shape).toEqual([1, 4]);
    expect(Object.keys(net.stateDict())[0]).toBe("hidden.weight");
    net[0] = new nn.Linear(2, 3);
    expect(layerOf(net, "hidden")).toBe(net[0]);
    expect(() => Reflect.set(net, "hidden", 3)).toThrow("[Sequential] number is not a Module subclass");
  });
  test("a name that was deleted is gone, as in PyTorch", () => {
    const net = make();
    Reflect.deleteProperty(net, "act");
    expect(net.length).toBe(2);
    expect(net.namedChildren().map(([name]) => name)).toEqual(["hidden", "forward"]);
    expect(net[1]).toBe(net.at(-1));
  });
  test("a name that the class uses itself cannot be assigned", () => {
    const net = make();
    Reflect.set(net, "forward", new nn.Linear(3, 1));
    expect(() => net.parameters()).toThrow("[Sequential] 'forward' cannot be assigned. Use set(2, …).");
  });
  test("a class may declare them as fields", () => {
    class Net extends nn.Sequential {
      hidden: nn.Linear;
      constructor() {
        const hidden = new nn.Linear(2, 3);
        super({ hidden });
        this.hidden = hidden;
      }
    }
    const net = new Net();
    expect(net.forward(x).shape).toEqual([1, 3]);
    expect(Object.keys(net.stateDict())).toEqual(["hidden.weight", "hidden.bias"]);
    net.hidden = new nn.Linear(2, 4);
    expect(() => net.forward(x)).toThrow("[Net] 'hidden' cannot be assigned. Use set(0, …).");
  });
});

describe("ModuleDict", () => {
  type Dict = nn.ModuleDict & Record<string, unknown>;
  const make = (): Dict => new nn.ModuleDict({ a: new nn.ReLU(), b: new nn.Linear(1, 2) }) as unknown as Dict;

  function expectModules(dict: Dict, modules: Readonly<Record<string, nn.Layer>>): void {
    expect([...dict.entries()]).toEqual(Object.entries(modules));
    expect([...dict.items()]).toEqual(Object.entries(modules));
    expect(dict.namedChildren()).toEqual(Object.entries(modules));
    expect(dict.length).toBe(Object.keys(modules).length);
    for (const [name, module] of Object.entries(modules)) {
      expect([dict[name], dict.get(name), dict.has(name)]).toEqual([module, module, true]);
    }
  }

  test("keys are properties: read, assigned, added and deleted", () => {
    const dict = make();
    const [a, b, c] = [new nn.Tanh(), dict.get("b"), new nn.Linear(1, 3)];
    dict.a = a;
    expectModules(dict, { a, b });
    dict.c = c;
    expectModules(dict, { a, b, c });
    expect(Object.keys(dict.stateDict())).toEqual(["b.weight", "b.bias", "c.weight", "c.bias"]);
    delete dict.b;
    expectModules(dict, { a, c });
    expect(dict.b).toBeUndefined();
    expect(() => dict.get("b")).toThrow("there is no module 'b', only a, c");
    dict.b = b;
    expectModules(dict, { a, c, b });
    dict.pop("a");
    expect(dict.a).toBeUndefined();
    dict.set("a", a);
    expectModules(dict, { c, b, a });
    dict.clear();
    expectModules(dict, {});
  });
  test("only modules may be assigned", () => {
    const dict = make();
    expect(() => {
      dict.a = ones(1);
    }).toThrow("[ModuleDict] object is not a Module subclass");
    expect(dict.get("a")).toBeInstanceOf(nn.ReLU);
  });
  test("names of members are left to the class, and reach the dictionary when they are assigned", () => {
    const keys = new nn.ReLU();
    const dict = new nn.ModuleDict({ keys }) as unknown as Dict;
    expect([...dict.keys()]).toEqual(["keys"]);
    const other = new nn.Tanh();
    Reflect.set(dict, "values", other);
    expect(dict.get("values")).toBe(other);
    expect([...dict.values()]).toEqual([keys, other]);
  });
  test("a clone has modules and properties of its own", () => {
    const dict = make();
    dict.c = new nn.Linear(1, 1);
    const twin = dict.clone();
    expect([...twin.keys()]).toEqual(["a", "b", "c"]);
    twin.a = new nn.Tanh();
    expect(dict.a).toBeInstanceOf(nn.ReLU);
    expect(twin.get("a")).toBeInstanceOf(nn.Tanh);
    expect(twin.c).not.toBe(dict.c);
  });
});

describe("ParameterList", () => {
  test("is read and assigned by index; tensors become parameters", () => {
    const list = new nn.ParameterList([ones(2), zeros(1)]);
    expect([list[0]?.shape, list[-1]?.shape, list[2]]).toEqual([[2], [1], undefined]);
    Reflect.set(list, 1, tensor([3, 4]));
    expect(list[1]).toBe(list.at(-1));
    expect(list.parameters()[1]).toBe(list[1]);
    expect(list[1]).toBeInstanceOf(nn.Parameter);
    expect(Object.values(list.stateDict()).map((t) => t.toArraySync())).toEqual([
      [1, 1],
      [3, 4],
    ]);
    noGrad(() => list[0]?.zero_());
    expect(list.slice(0, 1).at(0)).toBe(list[0]);
    expect(() => Reflect.set(list, 0, 3)).toThrow("[ParameterList] expected a tensor, but got number");
    Reflect.set(list, 2, ones(1));
    expect(() => list.parameters()).toThrow("[ParameterList] index 2 is out of range: there are 2 parameters");
  });
});

describe("what is no list or dictionary is refused, and not taken for an empty one", () => {
  test.each<[string, (given: never) => unknown, unknown, string]>([
    [
      "a list, of an object",
      (x) => new nn.ModuleList(x),
      { a: new nn.ReLU() },
      "[ModuleList] expected a list of modules",
    ],
    ["a list, of a number", (x) => new nn.ModuleList(x), 2, "[ModuleList] expected a list of modules, but got 2"],
    ["parameters, of null", (x) => new nn.ParameterList(x), null, "[ParameterList] expected a list of parameters"],
    ["a dictionary, of a number", (x) => new nn.ModuleDict(x), 2, "[ModuleDict] expected a list of pairs"],
    ["a dictionary, of a date", (x) => new nn.ModuleDict(x), new Date(0), "[ModuleDict] expected a list of pairs"],
    [
      "a dictionary, of modules",
      (x) => new nn.ModuleDict(x),
      [new nn.ReLU()],
      "[ModuleDict] expected pairs [name, module]",
    ],
  ])("%s", (_, make, given, message) => {
    expect(() => make(given as never)).toThrow(message);
  });

  test("pairs and Maps are dictionaries", () => {
    const pairs = [["a", new nn.ReLU()]] as const;
    expect([...new nn.ModuleDict(pairs)]).toEqual(["a"]);
    expect([...new nn.ModuleDict(new Map(pairs))]).toEqual(["a"]);
  });
});

describe("slices have steps, as Python's", () => {
  const list = new nn.Sequential(...Array.from({ length: 5 }, (_, i) => new nn.Linear(1, i + 1)));

  test("of Sequential, under the old names", () => {
    expect(
      list
        .slice(0, 5, 2)
        .namedChildren()
        .map(([name]) => name),
    ).toEqual(["0", "2", "4"]);
    expect(list.slice(1, -1, 2).children()).toEqual([list[1], list[3]]);
  });

  test("of lists", () => {
    expect([...new nn.ModuleList(list).slice(1, undefined, 3)]).toEqual([list[1], list[4]]);
    expect(new nn.ParameterList([ones(1), ones(2), ones(3)]).slice(0, 3, 2)[1]?.shape).toEqual([3]);
  });

  test.each([[0], [-1], [1.5]])("but not of %s", (step) => {
    expect(() => list.slice(0, 2, step)).toThrow(
      `[Sequential.slice] step should be a positive integer, but got ${step}`,
    );
  });
});

test("addModule appends under the next number and replaces under another", () => {
  const list = new nn.Sequential(new nn.Linear(2, 2));
  list.addModule("1", new nn.Linear(2, 3));
  list.addModule("0", new nn.ReLU());
  expect(Object.keys(list.stateDict())).toEqual(["1.weight", "1.bias"]);
  expect(list.forward(x).shape).toEqual([1, 3]);
  expect(() => list.addModule("7", new nn.ReLU())).toThrow("[Sequential] index 7 is out of range");
  expect(list.length).toBe(2);
  const dict = new nn.ModuleDict({ a: new nn.ReLU() });
  dict.addModule("b", new nn.Linear(1, 1));
  expect([...dict.keys()]).toEqual(["a", "b"]);
});

test.each([
  ["Sequential", new nn.Sequential(new nn.Linear(1, 1))],
  ["ModuleList", new nn.ModuleList([new nn.Linear(1, 1)])],
  ["ModuleDict", new nn.ModuleDict({ a: new nn.Linear(1, 1) })],
  ["ParameterList", new nn.ParameterList([ones(1)])],
])("a structured clone of %s is refused: it would lose the items", (_, container) => {
  expect(() => structuredClone(container)).toThrow("encodeSafetensors");
});
