/** @file Members of a module that are replaced by something of another kind are refused, in PyTorch's words. */
import { describe, expect, test } from "vitest";
import { noGrad, ones, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import * as optim from "../../src/entry/optim.ts";

class Net extends nn.Module {
  fc: unknown = new nn.Linear(2, 2);
  scale: unknown = new nn.Parameter(ones(2));
  mean: unknown = this.registerBuffer("mean", zeros(2));
  plain = ones(1);
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/** Everything that lists members. */
const LISTINGS: readonly ((module: nn.AnyModule) => unknown)[] = [
  (m) => m.parameters(),
  (m) => m.namedParameters(),
  (m) => m.buffers(),
  (m) => m.children(),
  (m) => m.modules(),
  (m) => m.stateDict(),
  (m) => m.loadStateDict({}, false),
  (m) => m.train(),
  (m) => m.zeroGrad(),
  (m) => m.to("float64"),
  (m) => String(m),
];

function expectNoticed(module: nn.AnyModule, message: string): void {
  for (const list of LISTINGS) expect(() => list(module)).toThrow(message);
  class Outer extends nn.Module {
    inner = module;
    override forward(x: Tensor): Tensor {
      return x;
    }
  }
  expect(() => new Outer().stateDict()).toThrow(message);
}

type Make = () => { readonly module: nn.AnyModule; readonly x: Tensor };
const LAYERS: Record<string, [field: string, make: Make]> = {
  Linear: ["weight", () => ({ module: new nn.Linear(2, 2), x: ones(1, 2) })],
  "Linear without a bias": ["bias", () => ({ module: new nn.Linear(2, 2, { bias: false }), x: ones(1, 2) })],
  Conv1d: ["weight", () => ({ module: new nn.Conv1d(1, 1, 1), x: ones(1, 1, 2) })],
  Conv2d: ["bias", () => ({ module: new nn.Conv2d(1, 1, 1), x: ones(1, 1, 2, 2) })],
  ConvTranspose2d: ["weight", () => ({ module: new nn.ConvTranspose2d(1, 1, 1), x: ones(1, 1, 2, 2) })],
  BatchNorm1d: ["weight", () => ({ module: new nn.BatchNorm1d(2), x: ones(3, 2) })],
  InstanceNorm2d: ["bias", () => ({ module: new nn.InstanceNorm2d(1), x: ones(1, 1, 2, 2) })],
  LayerNorm: ["weight", () => ({ module: new nn.LayerNorm(2), x: ones(3, 2) })],
  GroupNorm: ["bias", () => ({ module: new nn.GroupNorm(1, 2), x: ones(3, 2) })],
  Embedding: ["weight", () => ({ module: new nn.Embedding(3, 2), x: tensor([1], { dtype: "int32" }) })],
  PReLU: ["weight", () => ({ module: new nn.PReLU(), x: ones(2) })],
  LSTMCell: ["weightHh", () => ({ module: new nn.LSTMCell(2, 2), x: ones(1, 2) })],
};

describe.each(Object.entries(LAYERS))("%s", (_, [field, make]) => {
  test("a plain tensor in a parameter's place is noticed at once, also in forward", () => {
    const { module, x } = make();
    Reflect.set(module, field, ones(2));
    const message = `[${module.constructor.name}] cannot assign 'Tensor' as parameter '${field}' (Parameter or null expected). Assign new nn.Parameter(…)`;
    expectNoticed(module, message);
    expect(() => module.forward(x)).toThrow(message);
  });
  test("a parameter may take a parameter's place, and null may", () => {
    const { module } = make();
    const names = Object.keys(module.stateDict());
    const replacement = new nn.Parameter(ones(2));
    Reflect.set(module, field, replacement);
    expect(module.parameters()).toContain(replacement);
    Reflect.set(module, field, null);
    expect(Object.keys(module.stateDict()).length).toBeLessThanOrEqual(names.length);
    Reflect.set(module, field, ones(2));
    expect(() => module.parameters()).toThrow("cannot assign 'Tensor' as parameter");
  });
});

test("the example of the mistake", () => {
  const m = new nn.Linear(2, 2);
  const optimizer = new optim.SGD(m.parameters());
  m.weight = noGrad(() => m.weight.mul(0.5)) as nn.Parameter;
  expect(() => m.forward(ones(1, 2))).toThrow("[Linear] cannot assign 'Tensor' as parameter 'weight'");
  expect(() => m.stateDict()).toThrow("noGrad(() => p.copy_(…))");
  m.weight = new nn.Parameter(m.weight);
  expect(m.forward(ones(1, 2)).shape).toEqual([1, 2]);
  expect(optimizer.paramGroups[0]?.params).toHaveLength(2);
});

test("attention and recurrent layers", () => {
  const attention = new nn.MultiheadAttention(2, 1);
  Reflect.set(attention, "inProjWeight", ones(6, 2));
  expect(() => attention.forward(ones(1, 1, 2), ones(1, 1, 2), ones(1, 1, 2))).toThrow("as parameter 'inProjWeight'");
  const lstm = new nn.LSTM(2, 3);
  Reflect.set(lstm.weights(), "weightIh", ones(12, 2));
  expectNoticed(lstm, "[LSTM] cannot assign 'Tensor' as parameter 'weight_ih_l0'");
  expect(() => lstm.forward(ones(1, 1, 2))).toThrow("[LSTM] cannot assign 'Tensor' as parameter 'weight_ih_l0'");
});

test("recurrent layers can be cloned", () => {
  for (const layer of [new nn.LSTM(2, 3, { numLayers: 2 }), new nn.GRU(2, 3), new nn.LSTMCell(2, 3)]) {
    const twin = layer.clone();
    expect(Object.keys(twin.stateDict())).toEqual(Object.keys(layer.stateDict()));
    expect(twin.parameters()[0]).not.toBe(layer.parameters()[0]);
    noGrad(() => layer.parameters()[0]?.zero_());
    expect(twin.parameters()[0]?.abs().sum().itemSync()).toBeGreaterThan(0);
  }
});

describe("classes of one's own, once their members were listed", () => {
  const seen = (): Net => {
    const net = new Net();
    net.parameters();
    return net;
  };
  test.each([
    ["scale", ones(2), "cannot assign 'Tensor' as parameter 'scale' (Parameter or null expected)"],
    ["scale", 3, "cannot assign 'number' as parameter 'scale'"],
    ["scale", new nn.ReLU(), "cannot assign 'ReLU' as parameter 'scale'"],
    ["fc", ones(2), "cannot assign 'Tensor' as child module 'fc' (Module or null expected)"],
    ["fc", () => 1, "cannot assign 'function' as child module 'fc'"],
    ["mean", 3, "cannot assign 'number' as buffer 'mean' (Tensor or null expected)"],
    ["mean", [1, 2], "cannot assign 'object' as buffer 'mean'"],
  ] as const)("%s = %s", (field, value, message) => {
    const net = seen();
    Reflect.set(net, field, value);
    expectNoticed(net, `[Net] ${message}`);
    Reflect.set(net.clone(), field, null);
  });
  test("a clone knows what the original held", () => {
    const twin = seen().clone();
    twin.scale = ones(2);
    expect(() => twin.parameters()).toThrow("as parameter 'scale'");
  });
  test("what PyTorch allows", () => {
    const net = seen();
    net.fc = null;
    expect(String(net)).toContain("(fc): None");
    net.fc = new nn.ReLU();
    net.mean = ones(2);
    net.scale = null;
    net.plain = ones(5);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(["mean"]);
    expect(net.parameters()).toEqual([]);
    net.fc = new nn.Parameter(ones(1));
    net.mean = new nn.Parameter(ones(1));
    expect(net.namedParameters().map(([name]) => name)).toEqual(["fc", "mean"]);
    expect(net.children()).toEqual([]);
  });
  test("a field that was deleted is free", () => {
    const net = seen();
    Reflect.deleteProperty(net, "scale");
    expect(net.parameters()).toHaveLength(2);
    net.scale = ones(2);
    expect(net.parameters()).toHaveLength(2);
  });
});

describe("registerParameter", () => {
  test("keeps a place", () => {
    const net = new Net();
    net.registerParameter("extra", null);
    expect(net.namedParameters().map(([name]) => name)).not.toContain("extra");
    Reflect.set(net, "extra", ones(1));
    expect(() => net.parameters()).toThrow("[Net] cannot assign 'Tensor' as parameter 'extra'");
    net.registerParameter("extra", new nn.Parameter(ones(1)));
    expect(net.namedParameters().map(([name]) => name)).toContain("extra");
  });
  test("refuses what is no parameter or no name", () => {
    const net = new Net();
    expect(() => net.registerParameter("extra", ones(1) as never)).toThrow(
      "cannot assign 'Tensor' as parameter 'extra'",
    );
    expect(() => net.registerParameter("fc", null)).toThrow("attribute 'fc' already exists");
    expect(() => net.registerParameter("a.b", null)).toThrow(`parameter name can't contain "."`);
  });
});
