/** @file The gradient that an optimizer follows. */
import type { Tensor } from "../tensor/tensor.ts";

/** The gradient, turned round to climb, and with the parameter's share of weight decay added. */
export function descentGrad(
  param: Tensor,
  grad: Tensor,
  { weightDecay, maximize = false }: { readonly weightDecay: number; readonly maximize?: boolean },
): Tensor {
  const turned = maximize ? grad.neg() : grad;
  return weightDecay === 0 ? turned : turned.add(param.mul(weightDecay));
}
