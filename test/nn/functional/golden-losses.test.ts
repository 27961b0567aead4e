/** @file Values, gradients, tape names and errors of all losses against PyTorch's. */
import { describe, expect, test, vi } from "vitest";
import { autograd, linspace, type Tensor } from "../../../src/entry/index.ts";
import * as nn from "../../../src/entry/nn.ts";
import * as F from "../../../src/nn/functional/index.ts";
import { goldenOptions, goldenTensor, type LossCase, nnGolden } from "../../golden/nn.ts";
import { expectClose, expectTensor } from "../close.ts";

type Loss = (input: Tensor, target: Tensor, options: object) => Tensor;

const FUNCTIONS: Readonly<Record<LossCase["function"], Loss>> = F;

const MODULES: Readonly<Record<LossCase["function"], new (options: object) => { forward: Loss }>> = {
  crossEntropy: nn.CrossEntropyLoss,
  nllLoss: nn.NLLLoss,
  mseLoss: nn.MSELoss,
  l1Loss: nn.L1Loss,
  binaryCrossEntropyWithLogits: nn.BCEWithLogitsLoss,
};

function titled(cases: readonly LossCase[]): (readonly [string, LossCase])[] {
  return cases.map((c) => [`${c.function}(${c.input}, ${c.target}, ${JSON.stringify(c.options)})`, c]);
}

const computed = nnGolden.losses.filter((c) => c.error === undefined);
const refused = nnGolden.losses.filter((c) => c.error !== undefined);

describe.each(titled(computed))("%s", (_, golden) => {
  vi.spyOn(console, "warn").mockImplementation(() => {});

  test("value and gradients", () => {
    const input = goldenTensor(golden.input).requiresGrad_();
    const target = goldenTensor(golden.target);
    if (target.isFloatingPoint()) target.requiresGrad_();
    const result = FUNCTIONS[golden.function](input, target, goldenOptions(golden.options));
    expect(result.gradFn?.name).toBe(golden.gradFn);
    if (golden.output === undefined || golden.grad === undefined) throw new Error("a golden without numbers");
    expectTensor(result, golden.output);

    const weights = linspace(0.5, 1.5, result.numel(), { dtype: result.dtype }).reshape(result.shape);
    const inputs = target.requiresGrad ? [input, target] : [input];
    const [grad, targetGrad] = autograd.grad(result.mul(weights).sum(), inputs, { allowUnused: true });
    expectClose(grad as Tensor, golden.grad);
    if (golden.targetGrad !== undefined) expectClose(targetGrad as Tensor, golden.targetGrad);
  });

  test("the module computes the same", () => {
    const module = new MODULES[golden.function](goldenOptions(golden.options));
    const result = module.forward(goldenTensor(golden.input), goldenTensor(golden.target), {});
    expectTensor(result, golden.output as NonNullable<typeof golden.output>);
  });
});

describe("refuses what PyTorch refuses, in its words", () => {
  /** Where PyTorch's words come from elsewhere than the loss, or are about its own types. */
  const OWN_WORDS: Readonly<Record<string, string>> = {
    "Dimension specified as 1 but tensor has no dimensions": "Expected 1 or more dimensions (got 0)",
    "Expected floating point type for target with class probabilities, got Long":
      "Expected floating point type for target with class probabilities, got int32",
  };

  test.each(titled(refused))("%s", (_, golden) => {
    const words = (golden.error as string).replace("cross_entropy: ", "");
    const call = () =>
      FUNCTIONS[golden.function](
        goldenTensor(golden.input),
        goldenTensor(golden.target),
        goldenOptions(golden.options),
      );
    vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(call).toThrow(OWN_WORDS[words] ?? words);
    expect(call).toThrow(/^\[\w+\] /);
  });
});
