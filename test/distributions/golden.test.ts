/** @file Distributions: PyTorch's numbers, samples, gradients and texts. */
import { describe, expect, test } from "vitest";
import { type Distribution, klDivergence } from "../../src/entry/distributions.ts";
import { autograd, manualSeed, rand, TapegradError, type Tensor, tensor } from "../../src/entry/index.ts";
import { elements, upstream } from "../golden/calls.ts";
import { expectClose } from "../golden/close.ts";
import { type DistributionCase, goldens, leavesOf, make, type Result } from "../golden/distributions.ts";

/**
 * Sums of lgamma and digamma that nearly cancel, and quotients of them, lose some digits of float32: PyTorch's own float32
 * is as far from its float64.
 */
const FACTOR = 4;

function check(actual: Tensor, expected: Result, leaves: readonly Tensor[]): void {
  expect([actual.dtype, actual.shape]).toEqual([expected.dtype, expected.shape]);
  expectClose(actual, elements(expected.dtype, expected.values), FACTOR);
  expect(actual.requiresGrad).toBe(expected.grads !== undefined);
  if (expected.grads === undefined) return;
  const wanted = leaves.filter((leaf) => leaf.requiresGrad).slice(0, expected.grads.length);
  const options = { gradOutputs: upstream(actual, 0), allowUnused: true, retainGraph: true } as const;
  const grads = autograd.grad(actual, wanted, options);
  for (const [i, grad] of grads.entries()) {
    const want = expected.grads[i] ?? null;
    if (want === null || grad === null) {
      expect(want === null || want.every((one) => one === 0)).toBe(true);
      expect(grad === null || grad.eq(0).all().itemSync()).toBe(true);
    } else {
      expectClose(grad, elements(grad.dtype, want), FACTOR);
    }
  }
}

function givenValue(golden: DistributionCase, leaves: readonly Tensor[]): Tensor {
  const { value } = golden;
  if ("tensor" in value) return leaves[value.tensor] as Tensor;
  return tensor(elements(value.dtype, value.values), { dtype: value.dtype }).reshape(value.shape);
}

const title = (golden: DistributionCase): string => golden.text.replaceAll(/\s+/g, " ").slice(0, 100);

describe.each(goldens.distributions.map((golden, i) => [`${i}: ${title(golden)}`, golden] as const))(
  "%s",
  (_, golden) => {
    const leaves = leavesOf(golden.leaves);
    const made = (): Distribution => make(golden, leaves) as Distribution;

    test("has its text, shapes and support", () => {
      const d = made();
      expect(String(d)).toBe(golden.text);
      expect([d.batchShape, d.eventShape]).toEqual([golden.batchShape, golden.eventShape]);
      expect([d.hasRsample, d.hasEnumerateSupport]).toEqual([golden.hasRsample, golden.hasEnumerateSupport]);
      expect(String(d.support)).toBe(golden.support);
    });

    test("has its moments and entropy", () => {
      const d = made();
      for (const [name, expected] of Object.entries(golden.members)) {
        if (expected === null) expect(() => Reflect.get(d, name), name).toThrow(/does not implement|not supported/);
        else check(Reflect.get(d, name), expected, leaves);
      }
      if (golden.entropy === null) expect(() => d.entropy()).toThrow(/does not implement|not supported/);
      else check(d.entropy(), golden.entropy, leaves);
    });

    test.each(golden.samples)("draws samples of shape $shape", ({ shape, sample, rsample }) => {
      for (const [method, expected] of [
        ["sample", sample],
        ["rsample", rsample],
      ] as const) {
        if (expected === null) continue;
        manualSeed(5);
        const drawn = made()[method](shape);
        const next = rand(1).itemSync();
        check(drawn, expected, leaves);
        expect(next).toBe(expected.next);
      }
    });

    test("has its probabilities", () => {
      const d = made();
      const value = givenValue(golden, leaves);
      check(d.logProb(value), golden.logProb, leaves);
      if (golden.cdf === null) expect(() => d.cdf(value)).toThrow("does not implement");
      else check(d.cdf(value), golden.cdf, leaves);
      if (golden.quantile !== undefined && golden.icdf !== undefined) {
        check(d.icdf(leaves[golden.quantile.tensor] as Tensor), golden.icdf, leaves);
      }
    });

    test("lists its values, and expands", () => {
      const d = made();
      if (golden.enumerated === undefined) expect(() => d.enumerateSupport()).toThrow(/implement|not supported/);
      else {
        check(d.enumerateSupport(), golden.enumerated[0], leaves);
        check(d.enumerateSupport(false), golden.enumerated[1], leaves);
      }
      if (golden.expanded === undefined) return;
      const wide = d.expand([2, ...d.batchShape]);
      expect(wide.batchShape).toEqual(golden.expanded.batchShape);
      expect(wide).toBeInstanceOf(d.constructor);
      manualSeed(6);
      const sample = wide.sample();
      expectClose(sample, elements(sample.dtype, golden.expanded.sample.values), FACTOR);
      expectClose(
        wide.logProb(sample).detach(),
        elements(
          sample.isFloatingPoint() ? sample.dtype : golden.expanded.logProb.dtype,
          golden.expanded.logProb.values,
        ),
        FACTOR,
      );
    });
  },
);

describe("klDivergence", () => {
  test.each(goldens.divergences.map((golden, i) => [`${i}: ${golden.p.class}, ${golden.q.class}`, golden] as const))(
    "%s",
    (_, golden) => {
      const leaves = leavesOf(golden.leaves);
      const kl = klDivergence(make(golden.p, leaves) as Distribution, make(golden.q, leaves) as Distribution);
      check(kl, golden.kl, leaves);
    },
  );
});

test.each(goldens.refusals.map((golden, i) => [`${i}: ${golden.message.slice(0, 90)}`, golden] as const))(
  "refuses what PyTorch refuses, in its words: %s",
  (_, golden) => {
    const leaves = leavesOf(golden.leaves);
    const refused = (): unknown => {
      const d = make(golden, leaves) as Distribution;
      return golden.value === null ? d : d.logProb(leaves[golden.value.tensor] as Tensor);
    };
    expect(refused).toThrow(golden.message.replace(/\.$/, ""));
    expect(refused).toThrow(TapegradError);
  },
);
