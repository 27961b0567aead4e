/** @file `nn.utils`: clipped gradients against PyTorch's, parameters as one vector. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { noGrad, ones, type Tensor, tensor } from "../../../src/entry/index.ts";
import * as nn from "../../../src/entry/nn.ts";
import { decode, type Encoded } from "../../golden/calls.ts";
import { expectClose } from "../close.ts";

type Nested = number | readonly Nested[];

interface UtilsGolden {
  readonly grads: readonly Nested[];
  readonly norms: readonly {
    readonly maxNorm: number;
    readonly normType: Encoded;
    readonly total: number;
    readonly grads: readonly (readonly Encoded[])[];
  }[];
  readonly clips: readonly { readonly value: number; readonly grads: readonly (readonly Encoded[])[] }[];
}

const golden: UtilsGolden = JSON.parse(readFileSync(new URL("../../golden/data/utils.json", import.meta.url), "utf8"));

/** Parameters with the gradients of the goldens, one without a gradient among them. */
function parameters(empty = true): nn.Parameter[] {
  const made = golden.grads.map((values) => {
    const grad = tensor(values as number[]);
    const p = new nn.Parameter(grad.newZeros(grad.shape));
    p.grad = grad;
    return p;
  });
  const kept = made.filter((p) => empty || p.numel() > 0);
  return [...kept.slice(0, 1), new nn.Parameter(ones(2)), ...kept.slice(1)];
}

const gradsOf = (list: readonly Tensor[]): Tensor[] => list.flatMap((p) => p.grad ?? []);

describe("clipGradNorm_", () => {
  test.each(golden.norms)("to $maxNorm in norm $normType", ({ maxNorm, normType, total, grads }) => {
    const given = parameters(normType !== "inf");
    const norm = nn.utils.clipGradNorm_(given, maxNorm, decode(normType));
    expectClose(norm, [total]);
    for (const [i, g] of gradsOf(given).entries()) expectClose(g, grads[i] ?? []);
    expect(given[1]?.grad).toBeNull();
  });

  test("takes one parameter, options by name, and none at all", () => {
    const p = new nn.Parameter(ones(2));
    p.grad = tensor([3, 4]);
    expect(nn.utils.clipGradNorm_(p, 1, { normType: 2 }).itemSync()).toBeCloseTo(5, 6);
    expect(p.grad.norm().itemSync()).toBeCloseTo(1, 6);
    expect(nn.utils.clipGradNorm_([], 1).itemSync()).toBe(0);
  });

  test("refuses norms that are not finite only if told to", () => {
    const p = new nn.Parameter(ones(2));
    p.grad = tensor([Number.POSITIVE_INFINITY, 1]);
    expect(() => nn.utils.clipGradNorm_([p], 1, { errorIfNonfinite: true })).toThrow(
      "[clipGradNorm_] The total norm of order 2 for gradients from `parameters` is non-finite, so it cannot be clipped.",
    );
    expect(p.grad.toArraySync()).toEqual([Number.POSITIVE_INFINITY, 1]);
    expect(nn.utils.clipGradNorm_([p], 1).itemSync()).toBe(Number.POSITIVE_INFINITY);
    expect(p.grad.toArraySync()).toEqual([Number.NaN, 0]);
  });
});

test.each(golden.clips)("clipGradValue_ to $value", ({ value, grads }) => {
  const given = parameters();
  nn.utils.clipGradValue_(given, value);
  for (const [i, g] of gradsOf(given).entries()) expectClose(g, grads[i] ?? []);
});

describe("parameters as one vector", () => {
  test("there and back", () => {
    const from = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
    const to = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
    const vector = nn.utils.parametersToVector(from.parameters());
    expect(vector.shape).toEqual([13]);
    nn.utils.vectorToParameters(vector, to.parameters());
    for (const [i, p] of to.parameters().entries()) expect(p.equal(from.parameters()[i] as Tensor)).toBe(true);
    expect(to.parameters().every((p) => p.isLeaf && p.requiresGrad)).toBe(true);
    noGrad(() => from.parameters()[0]?.zero_());
    expect(to.parameters()[0]?.abs().sum().itemSync()).toBeGreaterThan(0);
  });
  test("gradients flow through the vector", () => {
    const layer = new nn.Linear(2, 1);
    nn.utils
      .parametersToVector(layer.parameters())
      .mul(tensor([1, 2, 3]))
      .sum()
      .backward();
    expect(layer.weight.grad?.toArraySync()).toEqual([[1, 2]]);
    expect(layer.bias?.grad?.toArraySync()).toEqual([3]);
  });
  test("wants as many elements as there are", () => {
    const layer = new nn.Linear(2, 1);
    expect(() => nn.utils.vectorToParameters(ones(4), layer.parameters())).toThrow(
      "[vectorToParameters] expected a vector of 3 elements, but got shape [4]",
    );
    expect(() => nn.utils.vectorToParameters(ones(1, 3), layer.parameters())).toThrow("got shape [1, 3]");
  });
});
