/** @file Tensors filled with random numbers in place, and `normal`: PyTorch's numbers for a seed. */
import { describe, expect, test } from "vitest";
import type { DType } from "../../kernels/backend.ts";
import { manualSeed, normal, ones, rand, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import golden from "../golden/data/random-in-place.json" with { type: "json" };

type AnyMethod = (...args: readonly unknown[]) => Tensor;

function expectNumbers(x: Tensor, expected: readonly number[], exact: boolean): void {
  const actual = Array.from(x.dataSync());
  expect(actual).toHaveLength(expected.length);
  for (const [i, want] of expected.entries()) {
    const got = actual[i] ?? Number.NaN;
    if (!(got === want || (!exact && Math.abs(got - want) <= 1e-6 * Math.abs(want)))) expect(actual).toEqual(expected);
  }
}

describe("the same numbers as PyTorch", () => {
  test.each(golden.fills)("$op $dtype $shape $args, seed $seed", ({ op, seed, dtype, shape, args, values, next }) => {
    manualSeed(seed);
    const x = zeros(shape, { dtype: dtype as DType });
    const method = Reflect.get(x, op) as AnyMethod;
    expect(method.apply(x, args)).toBe(x);
    expectNumbers(x, values, op === "random_" || op === "geometric_");
    expect(rand([]).itemSync()).toBeCloseTo(next, 6);
  });

  test.each(golden.normals)(
    "normal($mean, $std, $size), seed $seed",
    ({ mean, std, size, seed, shape, values, next }) => {
      manualSeed(seed);
      const of = (value: unknown) => (Array.isArray(value) ? tensor(value) : (value as number));
      const x = (normal as AnyMethod)(of(mean), of(std), ...(size === null ? [] : [size]));
      expect(x.shape).toEqual(shape);
      expectNumbers(x, values, false);
      expect(rand([]).itemSync()).toBeCloseTo(next, 6);
    },
  );
});

describe("what is refused", () => {
  test.each([
    [() => zeros(2).exponential_(0), "exponential_ expects lambda > 0.0, but found lambda=0"],
    [() => zeros(2).int().exponential_(), "[exponential_] expected a floating point tensor"],
    [() => zeros(2).geometric_(0), "geometric_ expects p to be in (0, 1), but got p=0"],
    [() => zeros(2).bool().geometric_(0.5), "[geometric_] not implemented for bool"],
    [() => zeros(2).cauchy_(0, -1), "cauchy_ expects sigma > 0.0, but found sigma=-1"],
    [() => zeros(2).logNormal_(0, 0), "log_normal_ expects std > 0.0, but found std=0"],
    [() => zeros(2).int().random_(3, 3), "random_ expects 'from' to be less than 'to'"],
    [() => zeros(2, { dtype: "uint8" }).random_(0, 300), "to - 1 is out of bounds for"],
    [() => ones(2, { requiresGrad: true }).exponential_(), "a leaf Variable that requires grad"],
    [() => normal(tensor([1]), tensor([-1])), "normal expects all elements of std >= 0.0"],
    [() => normal(0, -1, [2]), "std >= 0.0"],
    [() => normal(0, 1, undefined as never), "[normal] a shape is needed where mean and std are numbers"],
    [() => normal(tensor([1, 2]), tensor([1, 2, 3])), "[normal] The size of tensor a (2) must match"],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});
