/** @file Distributions: checks that can be switched off, formulas of one's own, constraints, gradients by differences. */
import { afterEach, describe, expect, test } from "vitest";
import * as D from "../../src/entry/distributions.ts";
import { autograd, manualSeed, ones, type Tensor, tensor, zeros } from "../../src/entry/index.ts";

const { constraints } = D;

describe("validateArgs", () => {
  afterEach(() => D.Distribution.setDefaultValidateArgs(true));

  test("checks parameters and values, unless switched off", () => {
    expect(() => new D.Normal(0, -1)).toThrow("[Normal] Expected parameter scale");
    const unchecked = new D.Normal(0, -1, { validateArgs: false });
    expect(unchecked.logProb(tensor(Number.NaN)).isnan().itemSync()).toBe(true);
  });

  test("is on by default, and can be off", () => {
    D.Distribution.setDefaultValidateArgs(false);
    expect(String(new D.Bernoulli(2))).toBe("Bernoulli(probs: 2.0)");
    expect(() => new D.Bernoulli(2, { validateArgs: true })).toThrow("to satisfy the constraint Interval");
  });

  test("is kept by expand", () => {
    const wide = new D.Bernoulli(2, { validateArgs: false }).expand([2]);
    expect(wide.logProb(tensor([3, 3])).shape).toEqual([2]);
  });
});

test("arguments have PyTorch's positions and names", () => {
  expect(String(new D.Normal({ loc: 1, scale: 2 }))).toBe("Normal(loc: 1.0, scale: 2.0)");
  expect(String(new D.Categorical(null, ones(3)))).toBe("Categorical(logits: torch.Size([3]))");
  // @ts-expect-error an option that does not exist
  expect(() => new D.Normal(0, 1, { validateArg: true })).toThrow('[Normal] unknown option "validateArg"');
  // @ts-expect-error lists are no tensors
  expect(() => new D.Normal([0], 1)).toThrow("Wrap data with tensor");
  expect(() => new D.Normal(0, 1).sample([-1])).toThrow("[Normal.sample]");
});

test("what a distribution does not have says so", () => {
  expect(() => new D.Categorical(ones(2)).rsample()).toThrow(
    "[Categorical.rsample] Categorical does not implement rsample.",
  );
  expect(() => new D.Beta(1, 1).cdf(tensor(0.5))).toThrow("[Beta.cdf] Beta does not implement cdf.");
});

test("a sample has no gradient, an rsample has one", () => {
  const loc = tensor([1, 2], { requiresGrad: true });
  const normal = new D.Normal(loc, 1);
  expect(normal.sample().requiresGrad).toBe(false);
  expect(normal.rsample().requiresGrad).toBe(true);
});

test("the policy gradient of a categorical distribution", () => {
  manualSeed(1);
  const logits = zeros(4, 3).requiresGrad_();
  const policy = new D.Categorical({ logits });
  const action = policy.sample();
  policy
    .logProb(action)
    .mul(tensor([1, -1, 2, 0]))
    .sum()
    .neg()
    .backward();
  const taken = action
    .unsqueeze(-1)
    .eq(tensor([0, 1, 2]))
    .float();
  const expected = taken.sub(1 / 3).mul(tensor([[-1], [1], [-2], [0]]));
  expect(logits.grad?.allclose(expected)).toBe(true);
});

describe("gradients of samples are those of differences", () => {
  // Implicit gradients: the sample moves so that its quantile stays. By the law of large numbers, the mean of the
  // derivatives of x is the derivative of the mean.
  test("of gamma samples in the mean", () => {
    manualSeed(3);
    const concentration = tensor([0.5, 2, 12], { dtype: "float64", requiresGrad: true });
    const x = new D.Gamma(concentration, 1).rsample([20000]);
    x.mean(0).sum().backward();
    for (const slope of concentration.grad?.dataSync() ?? []) expect(slope).toBeCloseTo(1, 1);
  });

  test("of logProb and entropy", () => {
    const value = tensor([0.2, 0.7], { dtype: "float64" });
    const positive = (): Tensor => tensor([0.8, 2.5], { dtype: "float64", requiresGrad: true });
    const makers: readonly ((a: Tensor, b: Tensor) => D.Distribution)[] = [
      (a, b) => new D.Normal(a, b),
      (a, b) => new D.Gamma(a, b),
      (a, b) => new D.Beta(a, b),
    ];
    for (const maker of makers) {
      const inputs = [positive(), positive()] as const;
      expect(autograd.gradcheck((a: Tensor, b: Tensor) => maker(a, b).logProb(value), inputs)).toBe(true);
      expect(autograd.gradcheck((a: Tensor, b: Tensor) => maker(a, b).entropy(), inputs)).toBe(true);
      const q = maker(tensor(1.5, { dtype: "float64" }), tensor(0.5, { dtype: "float64" }));
      expect(autograd.gradcheck((a: Tensor, b: Tensor) => D.klDivergence(maker(a, b), q), inputs)).toBe(true);
    }
  });
});

describe("klDivergence", () => {
  class Left extends D.Normal {}
  class Right extends D.Normal {}

  test("takes the nearest formula, and subclasses have those of their base", () => {
    const [left, right] = [new Left(0, 1), new Right(1, 1)];
    expect(D.klDivergence(left, right).itemSync()).toBe(0.5);
    D.registerKl(Left, D.Normal, () => tensor(7));
    expect(D.klDivergence(left, right).itemSync()).toBe(7);
    D.registerKl(Left, Right, (p, q) => p.loc.sub(q.loc));
    expect(D.klDivergence(left, right).itemSync()).toBe(-1);
    expect(D.klDivergence(right, left).itemSync()).toBe(0.5);
  });

  test("says which pair has none", () => {
    expect(() => D.klDivergence(new D.Categorical(ones(2)), new D.Normal(0, 1))).toThrow(
      "No KL(p || q) is implemented for p type Categorical and q type Normal",
    );
    // @ts-expect-error a tensor is no distribution
    expect(() => D.klDivergence(tensor(1), new D.Normal(0, 1))).toThrow('argument "p" must be a Distribution');
    // @ts-expect-error nor is its class one of distributions
    expect(() => D.registerKl(Object, D.Normal, () => tensor(0))).toThrow("to be a Distribution subclass");
  });
});

describe("constraints", () => {
  const holds = (constraint: D.constraints.Constraint, value: Tensor): unknown => constraint.check(value).toArraySync();

  test("of numbers", () => {
    expect(holds(constraints.positiveInteger, tensor([0, 1, 1.5]))).toEqual([false, true, false]);
    expect(holds(constraints.nonnegativeInteger, tensor([0, 3], { dtype: "int32" }))).toEqual([true, true]);
    expect(holds(constraints.unitInterval, tensor([0, 1, 1.1]))).toEqual([true, true, false]);
    expect(holds(constraints.real, tensor([Number.NaN, Infinity]))).toEqual([false, true]);
    expect(constraints.nonnegativeInteger.isDiscrete).toBe(true);
    expect(constraints.isDependent(constraints.dependent)).toBe(true);
    expect(() => constraints.dependent.check(tensor(1))).toThrow("Cannot determine validity of dependent constraint");
  });

  test("of vectors and matrices", () => {
    expect(
      holds(
        constraints.simplex,
        tensor([
          [0.5, 0.5],
          [0.5, 0.4],
        ]),
      ),
    ).toEqual([true, false]);
    expect(
      holds(
        constraints.lowerTriangular,
        tensor([
          [1, 0],
          [2, 3],
        ]),
      ),
    ).toBe(true);
    expect(
      holds(
        constraints.lowerCholesky,
        tensor([
          [1, 0],
          [2, -3],
        ]),
      ),
    ).toBe(false);
    expect(holds(constraints.square, ones(4, 2, 3))).toEqual([false, false, false, false]);
    expect(
      holds(
        constraints.symmetric,
        tensor([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).toBe(true);
    expect(
      holds(
        constraints.symmetric,
        tensor([
          [1, 2],
          [3, 1],
        ]),
      ),
    ).toBe(false);
    expect([constraints.simplex.eventDim, constraints.symmetric.eventDim, constraints.realVector.eventDim]).toEqual([
      1, 2, 1,
    ]);
    expect(() => constraints.realVector.check(tensor(1))).toThrow("Expected value.dim() >= 1 but got 0");
  });

  test("have PyTorch's texts", () => {
    expect(String(constraints.boolean)).toBe("Boolean()");
    expect(String(constraints.realVector)).toBe("IndependentConstraint(Real(), 1)");
    expect(String(constraints.halfOpenInterval(0, 2))).toBe("HalfOpenInterval(lower_bound=0.0, upper_bound=2.0)");
    expect(String(constraints.lessThan(tensor(3)))).toBe("LessThan(upper_bound=3.0)");
  });
});
