/** @file The focal loss and its gradient. */
import { manualSeed, nn, randn, type Tensor, tensor } from "tapegrad";
import { describe, expect, test } from "vitest";
import "tapegrad/testing";
import { focalLoss } from "./focal-loss.ts";

describe("focalLoss", () => {
  test("has the gradient that central differences have", () => {
    manualSeed(0);
    const logits = randn(3, 4, { dtype: "float64", requiresGrad: true });
    expect((x: Tensor) => focalLoss(x, 2)).toPassGradcheck(logits);
  });

  test("is the logistic loss where γ is 0", () => {
    const logits = tensor([-2, 0, 3]);
    expect(focalLoss(logits, 0)).toBeCloseToTensor(nn.functional.softplus(logits.neg()));
  });

  test("counts what is sure already for little", () => {
    expect(focalLoss(tensor([0, 4]))).toBeCloseToTensor([0.173287, 0.000006], { atol: 1e-6, rtol: 0 });
  });
});
