/** @file Activations as layers: they are their functions with the options they were made with. */
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

const F = nn.functional;
const x = tensor([
  [-3.5, -1, -0.1],
  [0.5, 2, 30],
]);

test.each([
  ["LeakyReLU", new nn.LeakyReLU(), F.leakyRelu(x)],
  ["LeakyReLU by name", new nn.LeakyReLU({ negativeSlope: 0.3 }), F.leakyRelu(x, 0.3)],
  ["ELU", new nn.ELU(), F.elu(x)],
  ["ELU by position", new nn.ELU(0.5), F.elu(x, { alpha: 0.5 })],
  ["GELU", new nn.GELU(), F.gelu(x)],
  ["GELU approximated", new nn.GELU({ approximate: "tanh" }), F.gelu(x, "tanh")],
  ["SiLU", new nn.SiLU(), F.silu(x)],
  ["Softplus", new nn.Softplus(), F.softplus(x)],
  ["Softplus with options", new nn.Softplus(2, { threshold: 3 }), F.softplus(x, 2, 3)],
  ["Hardswish", new nn.Hardswish(), F.hardswish(x)],
  ["ReLU6", new nn.ReLU6(), F.relu6(x)],
  ["Hardtanh", new nn.Hardtanh(-2, { maxVal: 3 }), F.hardtanh(x, { minVal: -2, maxVal: 3 })],
  ["Hardsigmoid", new nn.Hardsigmoid(), F.hardsigmoid(x)],
  ["Threshold", new nn.Threshold(0.1, 7), F.threshold(x, 0.1, 7)],
  ["Hardshrink", new nn.Hardshrink(1), F.hardshrink(x, 1)],
  ["Softshrink", new nn.Softshrink({ lambd: 1 }), F.softshrink(x, 1)],
  ["Mish", new nn.Mish(), F.mish(x)],
  ["Softsign", new nn.Softsign(), F.softsign(x)],
  ["Tanhshrink", new nn.Tanhshrink(), F.tanhshrink(x)],
  ["LogSigmoid", new nn.LogSigmoid(), F.logsigmoid(x)],
  ["SELU", new nn.SELU(), F.selu(x)],
  ["CELU", new nn.CELU({ alpha: 2 }), F.celu(x, 2)],
  ["Softmin", new nn.Softmin(1), F.softmin(x, 1)],
  ["PReLU", new nn.PReLU(), F.leakyRelu(x, 0.25)],
  ["PReLU by name", new nn.PReLU({ numParameters: 3, init: 0.1 }), F.leakyRelu(x, 0.1)],
] as const)("%s", (_, layer, expected) => {
  expect(layer.forward(x).toArraySync()).toEqual(expected.toArraySync());
});

test.each([
  ["LeakyReLU", new nn.LeakyReLU(0.1, true)],
  ["ELU", new nn.ELU({ inplace: true })],
  ["SiLU", new nn.SiLU(true)],
  ["Hardswish", new nn.Hardswish({ inplace: true })],
  ["ReLU6", new nn.ReLU6(true)],
  ["Hardtanh", new nn.Hardtanh({ inplace: true })],
  ["Hardsigmoid", new nn.Hardsigmoid(true)],
  ["Threshold", new nn.Threshold(0, 1, true)],
  ["Mish", new nn.Mish(true)],
  ["SELU", new nn.SELU(true)],
  ["CELU", new nn.CELU(1, true)],
] as const)("%s in place writes into its input and leaves views a history", (_, layer) => {
  const leaf = tensor([-1, 2]).requiresGrad_();
  const base = leaf.mul(1);
  const view = base.view(2, 1);
  expect(layer.forward(view)).toBe(view);
  base.sum().backward();
  const apart = leaf.detach().requiresGrad_();
  layer.inplace = false;
  const expected = layer.forward(apart);
  expected.sum().backward();
  expect(base.toArraySync()).toEqual(expected.toArraySync());
  expect(leaf.grad?.toArraySync()).toEqual(apart.grad?.toArraySync());
});

describe("PReLU", () => {
  test("learns its slopes", () => {
    const layer = new nn.PReLU();
    expect(layer.namedParameters().map(([name]) => name)).toEqual(["weight"]);
    layer.forward(x).sum().backward();
    expect(layer.weight.grad?.itemSync()).toBeCloseTo(-4.6, 5);
  });
  test("wants whole numbers and fitting weights", () => {
    expect(() => new nn.PReLU(0)).toThrow("[PReLU] numParameters must be an integer of at least 1, but got 0");
    expect(() => F.prelu(x, tensor([[1]]))).toThrow("[prelu] expected a weight of one dimension");
    expect(() => F.prelu(x, tensor([1], { dtype: "float64" }))).toThrow("[prelu] expected scalar type Float but found");
  });
});

test("misspelt options, and ranges that are none", () => {
  expect(() => new nn.Hardtanh(1, 1)).toThrow("[Hardtanh] expected minVal to be less than maxVal, but got 1 and 1");
  expect(() => new nn.LeakyReLU({ negative_slope: 1 } as never)).toThrow('It is called "negativeSlope" here');
  expect(() => new nn.GELU("tan" as never)).toThrow("[GELU] approximate argument must be either none or tanh");
});
