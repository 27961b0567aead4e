/** @file Properties of losses for any inputs, and their gradients against central differences. */
import { describe, expect, test } from "vitest";
import { autograd, full, manualSeed, rand, randn, type Tensor, tensor, zeros } from "../../../src/entry/index.ts";
import * as F from "../../../src/nn/functional/index.ts";

const int = (values: number[]) => tensor(values, { dtype: "int32" });
const double = { dtype: "float64", requiresGrad: true } as const;

describe("cross-entropy", () => {
  test.each([2, 3, 10, 1000])("equal logits of %i classes give log n", (n) => {
    expect(F.crossEntropy(zeros(4, n), int([0, 1, 1, 0])).itemSync()).toBeCloseTo(Math.log(n), 5);
    expect(F.crossEntropy(full([2, n], 1e30), int([0, 1])).itemSync()).toBeCloseTo(Math.log(n), 5);
  });

  test.each([1e6, -1e6])("adding %d to all logits changes nothing", (shift) => {
    manualSeed(0);
    // Quarters, so that the sums are exact in float32.
    const logits = randn(8, 10).mul(4).round().div(4);
    const target = int([0, 1, 2, 3, 4, 5, 6, 7]);
    const grads = [logits, logits.add(shift)].map((x) => {
      const leaf = x.detach().requiresGrad_();
      const loss = F.crossEntropy(leaf, target);
      loss.backward();
      return { loss: loss.itemSync(), grad: leaf.grad?.toArraySync() };
    });
    expect(grads[1]).toEqual(grads[0]);
  });

  test("certain and right costs nothing, certain and wrong costs the difference", () => {
    expect(F.crossEntropy(tensor([[100, 0]]), int([0])).itemSync()).toBe(0);
    expect(F.crossEntropy(tensor([[100, 0]]), int([1])).itemSync()).toBe(100);
  });

  test("one-hot probabilities are class indices", () => {
    const logits = randn(5, 4, { dtype: "float64" });
    const target = int([3, 1, 0, 2, 2]);
    for (const labelSmoothing of [0, 0.1]) {
      const byIndex = F.crossEntropy(logits, target, { labelSmoothing }).itemSync();
      const byProbability = F.crossEntropy(logits, target.oneHot(4).double(), { labelSmoothing }).itemSync();
      expect(byProbability).toBeCloseTo(byIndex, 12);
    }
  });

  test("is the negative log-likelihood of the log-softmax", () => {
    const logits = randn(5, 4, { dtype: "float64" });
    const target = int([3, 1, 0, 2, 2]);
    const direct = F.crossEntropy(logits, target);
    expect(direct.itemSync()).toBeCloseTo(F.nllLoss(logits.logSoftmax(1), target).itemSync(), 13);
  });

  test("a transposed input is read where it lies", () => {
    const logits = randn(4, 5);
    const target = int([3, 1, 0, 2, 2]);
    expect(F.crossEntropy(logits.t(), target).itemSync()).toBe(F.crossEntropy(logits.t().clone(), target).itemSync());
  });

  test("a failed call leaves no trace in the gradients", () => {
    const logits = randn(2, 3).requiresGrad_();
    expect(() => F.crossEntropy(logits, int([0, 3]))).toThrow(
      "[crossEntropy] Target 3 is out of bounds. Expected class indices from 0 to 2, or -100 for what is ignored.",
    );
    expect(logits.grad).toBeNull();
  });

  test("options that do not exist are refused", () => {
    expect(() => F.crossEntropy(zeros(1, 2), int([0]), { ignore_index: 0 } as never)).toThrow(
      'unknown option "ignore_index". It is called "ignoreIndex" here.',
    );
    expect(() => F.crossEntropy(zeros(1, 2), int([0]), { ignoreIndex: 0.5 })).toThrow(
      'argument "ignoreIndex" must be an integer',
    );
    expect(() => F.crossEntropy(zeros(1, 2), [0] as never)).toThrow(
      '[crossEntropy] argument "target" must be a Tensor',
    );
    expect(() => F.crossEntropy(int([0, 1]), int([0]))).toThrow("expected an input of a floating dtype");
  });
});

describe("losses of equal arguments are 0", () => {
  test.each([
    ["mseLoss", F.mseLoss],
    ["l1Loss", F.l1Loss],
  ] as const)("%s", (_, loss) => {
    const x = randn(3, 4).requiresGrad_();
    const value = loss(x, x.detach());
    value.backward();
    expect(value.itemSync()).toBe(0);
    expect(x.grad?.toArraySync()).toEqual(zeros(3, 4).toArraySync());
  });
});

describe("gradients agree with central differences", () => {
  manualSeed(1);
  const logits = randn(3, 4, double);
  const image = randn(2, 3, 2, 2, double);
  const classes = int([1, 0, 3]);
  const places = int([0, 2, -100, 1, 1, 1, 0, 2]).view(2, 2, 2);
  const probabilities = rand(3, 4, { dtype: "float64" }).softmax(1);
  const weight = tensor([0.5, 2, 0.25, 1], { dtype: "float64" });
  const three = tensor([0.5, 2, 0.25], { dtype: "float64" });
  const other = randn(3, 4, double);

  const cases: [string, (...inputs: Tensor[]) => Tensor, Tensor[]][] = (["mean", "sum", "none"] as const).flatMap(
    (reduction): [string, (...inputs: Tensor[]) => Tensor, Tensor[]][] => [
      [`crossEntropy ${reduction}`, (x) => F.crossEntropy(x as Tensor, classes, { reduction }), [logits]],
      [
        `crossEntropy ignoring ${reduction}`,
        (x) => F.crossEntropy(x as Tensor, classes, { reduction, ignoreIndex: 0 }),
        [logits],
      ],
      [
        `crossEntropy weighted and smoothed ${reduction}`,
        (x) => F.crossEntropy(x as Tensor, classes, { reduction, weight, labelSmoothing: 0.2, ignoreIndex: 1 }),
        [logits],
      ],
      [`crossEntropy of images ${reduction}`, (x) => F.crossEntropy(x as Tensor, places, { reduction }), [image]],
      [
        `crossEntropy of images, weighted ${reduction}`,
        (x) => F.crossEntropy(x as Tensor, places, { reduction, weight: three }),
        [image],
      ],
      [
        `crossEntropy of probabilities ${reduction}`,
        (x, p) => F.crossEntropy(x as Tensor, p as Tensor, { reduction, weight, labelSmoothing: 0.1 }),
        [logits, probabilities.detach().requiresGrad_()],
      ],
      [`nllLoss ${reduction}`, (x) => F.nllLoss(x as Tensor, classes, { reduction, weight }), [logits]],
      [`mseLoss ${reduction}`, (x, y) => F.mseLoss(x as Tensor, y as Tensor, { reduction }), [logits, other]],
      [`l1Loss ${reduction}`, (x, y) => F.l1Loss(x as Tensor, y as Tensor, { reduction }), [logits, other]],
      [
        `binaryCrossEntropyWithLogits ${reduction}`,
        (x, p) => F.binaryCrossEntropyWithLogits(x as Tensor, p as Tensor, { reduction, weight, posWeight: weight }),
        [logits, probabilities.detach().requiresGrad_()],
      ],
    ],
  );

  test.each(cases)("%s", (_, loss, inputs) => {
    expect(autograd.gradcheck(loss, inputs)).toBe(true);
  });
  test.each(cases)("%s, second derivative", (_, loss, inputs) => {
    expect(autograd.gradgradcheck(loss, inputs, { atol: 1e-4 })).toBe(true);
  });
});
