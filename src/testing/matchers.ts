/** @file Matchers for vitest. Importing this file adds them to `expect`. */
import { expect } from "vitest";
import { GraphError } from "../core/errors.ts";
import type { TensorData } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type CloseOptions, compareTensors, type Verdict } from "./close.ts";
import { type Differentiable, type GradcheckOptions, gradcheck, gradgradcheck } from "./gradcheck.ts";

export type { CloseOptions };

/** The options of {@link expectGradcheck} and `toPassGradcheck`. */
export interface ExpectGradcheckOptions extends Omit<GradcheckOptions, "raiseException"> {
  /** Check the second derivatives too, with `gradgradcheck`. Default: false. */
  readonly second?: boolean | undefined;
}

declare module "vitest" {
  interface Matchers<R extends void | Promise<void>, T> {
    /**
     * Passes for a tensor of the same shape and dtype whose elements are close: |actual − expected| ≤ atol +
     * rtol·|expected|. Numbers and arrays are read in the dtype of the actual tensor. The default tolerances are those of
     * torch.testing.assert_close: by dtype, and 0 for integers and booleans.
     *
     * @example expect(tensor([0, 0]).softmax(0)).toBeCloseToTensor([0.5, 0.5], { rtol: 0, atol: 1e-6 });
     */
    toBeCloseToTensor: (expected: TensorData, options?: CloseOptions) => R;
    /**
     * Passes for a function whose gradients agree with central differences at `inputs`: see {@link expectGradcheck}.
     *
     * @example expect((x: Tensor) => x.tanh()).toPassGradcheck(ones(3, { dtype: "float64", requiresGrad: true }));
     */
    toPassGradcheck: (inputs: readonly Tensor[] | Tensor, options?: ExpectGradcheckOptions) => R;
  }
}

expect.extend({
  toBeCloseToTensor(received: unknown, expected: TensorData, options?: CloseOptions) {
    return outcome(compareTensors(received, expected, options));
  },
  toPassGradcheck(received: unknown, inputs: readonly Tensor[] | Tensor, options?: ExpectGradcheckOptions) {
    return outcome(checkGradients(received as Differentiable, inputs, options));
  },
});

/**
 * Asserts that the gradients of `fn` agree with central finite differences at `inputs`, float64 tensors of which at least
 * one requires a gradient. The message names input, output and elements, and shows both kinds of derivatives.
 *
 * @example
 * import { expectGradcheck } from "tapegrad/testing";
 * expectGradcheck((x) => x.tanh().sum(1), rand(3, 2, { dtype: "float64", requiresGrad: true }));
 */
export function expectGradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[] | Tensor,
  options: ExpectGradcheckOptions = {},
): void {
  expect(fn).toPassGradcheck(inputs, options);
}

function checkGradients(
  fn: Differentiable,
  inputs: readonly Tensor[] | Tensor,
  { second = false, ...options }: ExpectGradcheckOptions = {},
): Verdict {
  try {
    gradcheck(fn, inputs, options);
    if (second) gradgradcheck(fn, inputs, options);
    return { pass: true, message: "gradients agree with central differences, but should not" };
  } catch (error) {
    // Anything else is no verdict but a mistake of the test.
    if (error instanceof GraphError && /^\[grad(grad)?check\]/.test(error.message)) {
      return { pass: false, message: error.message };
    }
    throw error;
  }
}

/** As vitest wants it; it shows the difference of the two sides by itself. */
function outcome({ message, ...verdict }: Verdict) {
  return { ...verdict, message: () => message };
}
