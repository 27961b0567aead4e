/** @file Matchers for vitest. Importing this file adds them to `expect`. */
import { expect } from "vitest";
import { GraphError } from "../core/errors.ts";
import type { TensorData } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type CloseOptions, compareTensors, type Verdict } from "./close.ts";
import { type Differentiable, type GradcheckOptions, gradcheck, gradgradcheck } from "./gradcheck.ts";

export type { CloseOptions };

export interface ExpectGradcheckOptions extends Omit<GradcheckOptions, "raiseException"> {
  /** Check the second derivatives too, with gradgradcheck. Default false. */
  readonly second?: boolean | undefined;
}

declare module "vitest" {
  interface Matchers<R extends void | Promise<void>, T> {
    /**
     * Passes for a tensor of the same shape and dtype whose elements are close: |actual − expected| ≤ atol +
     * rtol·|expected|. Arrays and numbers are taken in its dtype. The default tolerances are those of
     * torch.testing.assert_close: of the dtype, and 0 for integers and bools.
     *
     * @example expect(x.softmax(0)).toBeCloseToTensor([0.25, 0.75], { rtol: 0, atol: 1e-6 });
     */
    toBeCloseToTensor: (expected: TensorData, options?: CloseOptions) => R;
    /** Passes for a function whose gradients agree with central differences at `inputs`: see {@link expectGradcheck}. */
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
 * Fails unless the gradients of `fn` agree with central differences at `inputs`, which are float64 and of which at least
 * one requires a gradient. The report names input, output and elements, and shows both kinds of numbers.
 *
 * @example expectGradcheck((x) => x.tanh().sum(1), rand(3, 2, { dtype: "float64", requiresGrad: true }));
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
