/** @file torch.autograd.Variable, of the time when tensors had no gradients of their own. */
import { optional, required, signature } from "../core/arguments.ts";
import { isFloat } from "../core/dtype.ts";
import { DTypeError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aBoolean, aTensor, nullable } from "../core/kinds.ts";
import type { Tensor } from "./tensor.ts";

/** Options of {@link Variable}. */
export interface VariableOptions {
  /** Record operations on the result. Default false. */
  readonly requiresGrad?: boolean | undefined;
  /** Has no effect, as in PyTorch: use `noGrad`. */
  readonly volatile?: boolean | null | undefined;
}

/** The type of {@link Variable}, called with or without `new`. Every tensor is an instance of it. */
export interface VariableType {
  new (data: Tensor, requiresGrad: boolean, options?: VariableOptions): Tensor;
  new (data: Tensor, options?: VariableOptions): Tensor;
  (data: Tensor, requiresGrad: boolean, options?: VariableOptions): Tensor;
  (data: Tensor, options?: VariableOptions): Tensor;
}

const VARIABLE = signature("Variable", {
  data: required(aTensor),
  requiresGrad: optional(aBoolean, false),
  volatile: optional(nullable(aBoolean), null),
});

function variable(...args: readonly unknown[]): Tensor {
  const { data, requiresGrad, volatile } = VARIABLE.read(args);
  if (requiresGrad && volatile === true) {
    throw new ValueError(
      "[Variable] Variable can't be volatile and require gradients at the same time. Leave out volatile.",
    );
  }
  if (requiresGrad && !isFloat(data.dtype)) {
    throw new DTypeError(
      `[Variable] only Tensors of floating point dtype can require gradients, but this one is ${data.dtype}. Convert it with .float().`,
    );
  }
  const detached = data.detach();
  return requiresGrad ? detached.requiresGrad_() : detached;
}

/**
 * A tensor on the memory of `data`, without its history: what programs for PyTorch before 0.4 wrap tensors in. Tensors need
 * it no longer.
 *
 * @throws DTypeError if a tensor of integers or bools shall require gradients; ValueError with `volatile` beside
 * `requiresGrad`.
 * @example
 * const x = new autograd.Variable(ones(2), { requiresGrad: true });
 * x.mul(3).sum().backward();
 * x.grad; // tensor([3., 3.])
 * x instanceof autograd.Variable; // true
 */
export const Variable: VariableType = /* @__PURE__ */ Object.defineProperties(
  function Variable(...args: readonly unknown[]) {
    return variable(...args);
  },
  { [Symbol.hasInstance]: { value: isTensor } },
) as unknown as VariableType;
