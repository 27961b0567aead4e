/** @file Initial values against PyTorch's, draw by draw. */
import { describe, expect, test } from "vitest";
import { empty, manualSeed, ones, rand, type Tensor } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";
import { nnGolden } from "../golden/nn.ts";
import { expectTensor } from "./close.ts";

const functions = nn.init as unknown as Readonly<Record<string, (tensor: Tensor, ...args: unknown[]) => Tensor>>;

/** Those that PyTorch computes in another order or in less precision; all others agree in every bit. */
const LOOSE = { truncNormal_: { rtol: 2e-5, atol: 2e-7 }, orthogonal_: { rtol: 1e-5, atol: 1e-6 } };

describe.each(nnGolden.init)("$name $args, seed $seed, $result.dtype $result.shape", (golden) => {
  test("is PyTorch's, and so is the next random number", () => {
    manualSeed(golden.seed);
    const t = empty(golden.result.shape, { dtype: golden.result.dtype }).requiresGrad_();
    const result = functions[golden.name]?.(t, ...golden.args);
    expect(result).toBe(t);
    const double = golden.result.dtype === "float64";
    const exact = { rtol: double ? 1e-15 : 0, atol: 0 };
    expectTensor(t, golden.result, LOOSE[golden.name as keyof typeof LOOSE] ?? exact);
    expect(rand(1).itemSync()).toBeCloseTo(golden.next, 12);
  });
});

describe("arguments", () => {
  test("by name", () => {
    const draw = (fn: (t: Tensor) => Tensor) => {
      manualSeed(3);
      return fn(empty(4, 3)).toArraySync();
    };
    expect(draw((t) => nn.init.uniform_(t, { a: -1, b: 2 }))).toEqual(draw((t) => nn.init.uniform_(t, -1, 2)));
    expect(draw((t) => nn.init.normal_(t, { std: 0.5 }))).toEqual(draw((t) => nn.init.normal_(t, 0, 0.5)));
    expect(draw((t) => nn.init.xavierUniform_(t, { gain: 2 }))).toEqual(draw((t) => nn.init.xavierUniform_(t, 2)));
    expect(draw((t) => nn.init.kaimingNormal_(t, { mode: "fan_out", nonlinearity: "relu" }))).toEqual(
      draw((t) => nn.init.kaimingNormal_(t, 0, "fan_out", "relu")),
    );
  });

  test("that make no sense", () => {
    expect(() => nn.init.kaimingUniform_(ones(3))).toThrow(
      "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
    );
    expect(() => nn.init.kaimingUniform_(ones(3, 2), { mode: "x" as never })).toThrow(
      "Mode x not supported, please use one of ['fan_in', 'fan_out']",
    );
    expect(() => nn.init.kaimingUniform_(ones(3, 2), { nonlinearity: "x" as never })).toThrow(
      "Unsupported nonlinearity x",
    );
    expect(() => nn.init.eye_(ones(3))).toThrow("Only tensors with 2 dimensions are supported");
    expect(() => nn.init.orthogonal_(ones(3))).toThrow("Only tensors with 2 or more dimensions are supported");
    expect(() => nn.init.truncNormal_(ones(3).int())).toThrow("expected a floating point tensor");
    expect(() => nn.init.dirac_(ones(3, 2))).toThrow("[dirac_] Only tensors with 3, 4, or 5 dimensions are supported");
    expect(() => nn.init.dirac_(ones(3, 2, 1), { groups: 2 })).toThrow("dim 0 must be divisible by groups, got 3, 2");
    expect(() => nn.init.sparse_(ones(3), 0.5)).toThrow("[sparse_] Only tensors with 2 dimensions are supported");
    expect(() => nn.init.sparse_(ones(3, 2), { sparsity: 2 })).toThrow("sparsity must be between 0 and 1, but got 2");
    expect(nn.init.kaimingNormal_(empty(0, 3)).shape).toEqual([0, 3]);
  });
});

describe("calculateGain", () => {
  test.each(nnGolden.gains)("%s %s", (nonlinearity, param, gain) => {
    expect(nn.init.calculateGain(nonlinearity as nn.init.Nonlinearity, param)).toBe(gain);
  });
  test("wants a number for a slope", () => {
    expect(() => nn.init.calculateGain("leaky_relu", "a" as never)).toThrow("negative_slope a not a valid number");
  });
});

test("orthogonal rows and columns", () => {
  const wide = nn.init.orthogonal_(empty(3, 7, { dtype: "float64" }));
  expect(wide.mm(wide.t()).allclose(nn.init.eye_(empty(3, 3, { dtype: "float64" })), { atol: 1e-12 })).toBe(true);
  const tall = nn.init.orthogonal_(empty(7, 3, { dtype: "float64" }));
  expect(
    tall
      .t()
      .mm(tall)
      .allclose(nn.init.eye_(empty(3, 3, { dtype: "float64" })), { atol: 1e-12 }),
  ).toBe(true);
});
