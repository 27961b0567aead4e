/** @file Modules: what belongs to them, under which names, and what happens to it. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { ones, randn, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import { RMSprop } from "../../src/entry/optim.ts";
import { nnGolden } from "../golden/nn.ts";

class Block extends nn.Module {
  fc = new nn.Linear(2, 3);
  scale = new nn.Parameter(ones(2));
  mean = this.registerBuffer("mean", zeros(2));
  cache = this.registerBuffer("cache", zeros(1), { persistent: false });
  tied = this.fc;
  /** None of these belongs to the module. */
  loose = zeros(3);
  list = [new nn.ReLU()];
  nothing = null;

  forward(x: Tensor): Tensor {
    return this.fc.forward(x.mul(this.scale).sub(this.mean));
  }
}

class Model extends nn.Module {
  loss = new nn.BCEWithLogitsLoss({ weight: ones(2), posWeight: ones(2) });
  blocks = new nn.ModuleList([
    new Block(),
    new nn.Identity(),
    new nn.Sequential(new nn.Linear(2, 2, { bias: false }), new nn.ReLU()),
  ]);
  last = new Block();
  temperature = new nn.Parameter(tensor(1));

  forward(x: Tensor): Tensor {
    return this.last.forward(x).div(this.temperature);
  }
}

const firsts = <T>(pairs: readonly (readonly [string, T])[]): string[] => pairs.map(([name]) => name);

describe("names are PyTorch's, in its order", () => {
  const model = new Model();
  const { names } = nnGolden;

  test("parameters, a shared one once", () => {
    expect(firsts(model.namedParameters())).toEqual(names.parameters);
    expect(model.parameters()).toEqual(model.namedParameters().map(([, p]) => p));
    expect(firsts(model.namedParameters("net", false))).toEqual(names.prefixed);
    expect(firsts(model.namedParameters({ prefix: "net", recurse: false }))).toEqual(names.prefixed);
    expect(model.parameters({ recurse: false })).toEqual([model.temperature]);
  });
  test("buffers", () => {
    expect(firsts(model.namedBuffers())).toEqual(names.buffers);
    expect(model.buffers(false)).toEqual([]);
  });
  test("modules and children", () => {
    expect(firsts(model.namedModules())).toEqual(names.modules);
    expect(model.modules()[0]).toBe(model);
    expect(firsts(model.namedChildren())).toEqual(names.children);
    expect(firsts(model.last.namedChildren())).toEqual(names.blockChildren);
    expect(model.children()).toEqual([model.loss, model.blocks, model.last]);
  });
  test("state dictionary, a shared parameter under each of its names", () => {
    expect(Object.keys(model.stateDict())).toEqual(names.state);
  });
  test("apply goes from the children to their parents", () => {
    const order: string[] = [];
    const result = model.apply((module) => order.push(module.constructor.name));
    expect(order).toEqual(names.applied);
    expect(result).toBe(model);
  });
});

describe("fields", () => {
  test("are looked at when asked: they may be replaced, shared and added later", () => {
    const block = new Block();
    block.fc = new nn.Linear(2, 5);
    expect(block.stateDict()["fc.weight"]?.shape).toEqual([5, 2]);
    block.scale = new nn.Parameter(ones(1));
    expect(block.parameters().map((p) => p.shape)).toContainEqual([1]);
  });

  test("of a plain JavaScript class that is filled in the constructor", () => {
    class Plain extends nn.Module {
      declare fc1: nn.Linear;
      declare bias: nn.Parameter;
      constructor() {
        super();
        this.fc1 = new nn.Linear(1, 1);
        this.bias = new nn.Parameter(zeros(1));
      }
      forward(x: Tensor): Tensor {
        return this.fc1.forward(x).add(this.bias);
      }
    }
    expect(Object.keys(new Plain().stateDict())).toEqual(["bias", "fc1.weight", "fc1.bias"]);
  });

  test("a class of plain JavaScript that cannot compute says so", () => {
    // @ts-expect-error the compiler finds it missing
    class Bare extends nn.Module {}
    expect(() => new Bare().forward(ones(1))).toThrow('Module [Bare] is missing the required "forward" function');
  });

  test("of names known at run time", () => {
    class Dynamic extends nn.Module {
      constructor() {
        super();
        for (let i = 0; i < 2; i++) this.addModule(`fc${i}`, new nn.Linear(1, 1));
      }
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(firsts(new Dynamic().namedChildren())).toEqual(["fc0", "fc1"]);
  });

  test("names that cannot be keys are refused", () => {
    const block = new Block();
    expect(() => block.addModule("a.b", null)).toThrow('module name can\'t contain ".", got: a.b');
    expect(() => block.addModule("", null)).toThrow("module name can't be empty string");
    expect(() => block.addModule("scale", new nn.ReLU())).toThrow("attribute 'scale' already exists");
    expect(() => block.addModule("q", 3 as never)).toThrow("number is not a Module subclass");
    expect(() => block.registerBuffer("a.b", zeros(1))).toThrow('buffer name can\'t contain "."');
    expect(() => block.registerBuffer("fc", zeros(1))).toThrow("attribute 'fc' already exists");
    expect(() => block.registerBuffer("q", 3 as never)).toThrow("cannot assign 'number' object to buffer 'q'");
  });

  test("a module that holds its parent is no endless loop", () => {
    class Child extends nn.Module {
      parent: nn.AnyModule | null = null;
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const outer = new nn.Sequential(new Child());
    (outer.at(0) as Child).parent = outer;
    expect(outer.modules().length).toBe(2);
    expect(outer.eval().training).toBe(false);
  });
});

describe("buffers", () => {
  test("may be replaced by assigning to the field", () => {
    const block = new Block();
    block.mean = ones(2);
    expect(block.stateDict().mean?.toArraySync()).toEqual([1, 1]);
  });
  test("may be absent at first", () => {
    class Lazy extends nn.Module {
      seen: Tensor | null = this.registerBuffer("seen", null);
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const module = new Lazy();
    expect(Object.keys(module.stateDict())).toEqual([]);
    module.seen = ones(1);
    expect(Object.keys(module.stateDict())).toEqual(["seen"]);
  });
});

describe("types", () => {
  test("forward is as precise as its class says", () => {
    class Pair extends nn.Module<[Tensor, number]> {
      forward(x: Tensor, scale: number, deep = false): [Tensor, number] {
        return [deep ? x : x.mul(scale), scale];
      }
    }
    const pair = new Pair();
    expectTypeOf(pair.forward).parameters.toEqualTypeOf<[x: Tensor, scale: number, deep?: boolean | undefined]>();
    expectTypeOf(pair.forward).returns.toEqualTypeOf<[Tensor, number]>();
    const any: nn.AnyModule = pair;
    expect(any.modules()).toEqual([pair]);
    const model: nn.Module = new Block();
    expectTypeOf(model.forward(ones(1, 2))).toEqualTypeOf<Tensor>();
    expectTypeOf(new Model().train()).toEqualTypeOf<Model>();
    // @ts-expect-error a layer takes one tensor
    new nn.Sequential(pair);
  });
});

describe("modes and gradients", () => {
  test("train and eval reach every module", () => {
    const model = new Model();
    expect(model.eval()).toBe(model);
    expect(model.modules().every((module) => !module.training)).toBe(true);
    model.train();
    expect(model.modules().every((module) => module.training)).toBe(true);
    expect(() => model.train(3 as never)).toThrow("training mode is expected to be boolean");
  });

  test("zeroGrad forgets gradients, or makes them zero", () => {
    const block = new Block();
    const run = () => block.forward(ones(1, 2)).sum().backward();
    run();
    expect(block.scale.grad).not.toBeNull();
    block.zeroGrad();
    expect(block.parameters().every((p) => p.grad === null)).toBe(true);
    run();
    block.zeroGrad(false);
    expect(block.fc.weight.grad?.toArraySync()).toEqual(zeros(3, 2).toArraySync());
    block.zeroGrad({ setToNone: true });
    expect(block.fc.weight.grad).toBeNull();
  });

  test("requiresGrad_ freezes and thaws", () => {
    const block = new Block().requiresGrad_(false);
    expect(block.forward(ones(1, 2)).requiresGrad).toBe(false);
    expect(block.requiresGrad_().forward(ones(1, 2)).requiresGrad).toBe(true);
  });
});

describe("to", () => {
  test("converts parameters, their gradients and buffers, and keeps the parameters' identity", () => {
    const block = new Block();
    block.registerBuffer("count", tensor([1], { dtype: "int32" }));
    const before = block.parameters();
    const values = block.fc.weight.toArraySync();
    block.forward(ones(1, 2)).sum().backward();
    expect(block.to("float64")).toBe(block);
    expect(block.parameters()).toEqual(before);
    expect(block.fc.weight.dtype).toBe("float64");
    expect(block.fc.weight.toArraySync()).toEqual(values);
    expect(block.fc.weight.grad?.dtype).toBe("float64");
    expect(block.mean.dtype).toBe("float64");
    expect(block.namedBuffers().map(([name, b]) => [name, b.dtype])).toContainEqual(["count", "int32"]);
    expect(block.forward(ones(1, 2, { dtype: "float64" })).dtype).toBe("float64");
    expect(block.float().mean.dtype).toBe("float32");
    expect(block.double().scale.isLeaf).toBe(true);
  });

  test("an optimizer made before goes on with the same parameters", () => {
    const block = new Block();
    const optimizer = new RMSprop(block.parameters());
    block.double();
    block
      .forward(ones(1, 2, { dtype: "float64" }))
      .sum()
      .backward();
    const before = block.fc.weight.toArraySync();
    optimizer.step();
    expect(block.fc.weight.toArraySync()).not.toEqual(before);
  });

  test("nothing changes where nothing is to be done", () => {
    const block = new Block();
    const { storage } = block.fc.weight;
    block.to("cpu").to({ dtype: "float32" });
    expect(block.fc.weight.storage).toBe(storage);
  });

  test("what cannot be done changes nothing", () => {
    const block = new Block();
    expect(() => block.to("int32")).toThrow(
      "nn.Module.to only accepts floating point dtypes, but got desired dtype=int32",
    );
    expect(() => block.to("tpu" as never)).toThrow("tpu");
    expect(block.parameters().every((p) => p.dtype === "float32" && p.device === "cpu")).toBe(true);
  });
});

describe("state dictionaries", () => {
  test("share memory with the module and need no gradient", () => {
    const block = new Block();
    const { scale } = block.stateDict();
    scale?.fill_(7);
    expect(block.scale.toArraySync()).toEqual([7, 7]);
    expect(scale?.requiresGrad).toBe(false);
  });

  test("carry a model over", () => {
    const [from, to] = [new Model(), new Model()];
    expect(to.loadStateDict(from.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] });
    const x = randn(2, 2);
    expect(to.forward(x).toArraySync()).toEqual(from.forward(x).toArraySync());
    expect(to.last.fc.weight.storage).not.toBe(from.last.fc.weight.storage);
    expect(to.last.fc.weight.requiresGrad).toBe(true);
  });

  test("may be of another dtype, and may be the module's own", () => {
    const block = new Block();
    const state = Object.fromEntries(Object.entries(block.stateDict()).map(([k, v]) => [k, v.double().add(1)]));
    const before = block.scale.toArraySync<number[]>();
    block.loadStateDict(state);
    expect(block.scale.dtype).toBe("float32");
    expect(block.scale.toArraySync()).toEqual(before.map((v) => v + 1));
    block.loadStateDict(block.stateDict());
    expect(block.scale.toArraySync()).toEqual(before.map((v) => v + 1));
  });

  test.each(nnGolden.loading)("with changes $changes", ({ changes, error }) => {
    const model = new Model();
    const state = new Model().stateDict();
    for (const [key, shape] of Object.entries(changes)) {
      if (shape === null) delete state[key];
      else state[key] = zeros(shape);
    }
    const before = JSON.stringify(Object.values(model.stateDict()).map((t) => t.toArraySync()));
    if (error === null) {
      model.loadStateDict(state);
      return;
    }
    expect(() => model.loadStateDict(state)).toThrow(`[loadStateDict] ${error}`);
    expect(JSON.stringify(Object.values(model.stateDict()).map((t) => t.toArraySync()))).toBe(before);
  });

  test("that are not strict load what fits and tell the rest", () => {
    const block = new Block();
    const state = { scale: ones(2).mul(3), extra: ones(1) };
    const expected = {
      missingKeys: ["mean", "fc.weight", "fc.bias", "tied.weight", "tied.bias"],
      unexpectedKeys: ["extra"],
    };
    expect(block.loadStateDict(state, false)).toEqual(expected);
    expect(block.loadStateDict(state, { strict: false })).toEqual(expected);
    expect(block.scale.toArraySync()).toEqual([3, 3]);
    expect(() => block.loadStateDict({ scale: ones(5) }, false)).toThrow("size mismatch for scale");
  });

  test("hold tensors only", () => {
    const block = new Block();
    expect(() => block.loadStateDict({ mean: 3 } as never, false)).toThrow(
      'While copying the parameter named "mean", expected a Tensor from checkpoint but received number',
    );
    expect(() => block.loadStateDict([] as never)).toThrow("Expected state_dict to be dict-like, got an array");
    expect(() => block.loadStateDict(null as never)).toThrow("Expected state_dict to be dict-like");
  });
});
