/** @file The focal loss. */
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { aNumber, aTensor, oneOf } from "../../core/kinds.ts";
import { binaryCrossEntropyWithLogits } from "../../nn/functional/loss.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Options of {@link sigmoidFocalLoss}. */
export interface FocalLossOptions {
  /** Weight of positive against negative examples, from 0 to 1; negative: none. Default 0.25. */
  readonly alpha?: number | undefined;
  /** How much less easy examples count. Default 2. */
  readonly gamma?: number | undefined;
  /** Default "none". */
  readonly reduction?: "none" | "mean" | "sum" | undefined;
}

const FOCAL = signature("sigmoidFocalLoss", {
  inputs: required(aTensor),
  targets: required(aTensor),
  alpha: optional(aNumber, 0.25),
  gamma: optional(aNumber, 2),
  reduction: optional(oneOf("none", "mean", "sum"), "none"),
});

/**
 * The focal loss of dense detection (Lin et al., 2017, arXiv:1708.02002).
 *
 * @param inputs logits of any shape
 * @param targets as many labels, 0 or 1, as floats
 * @example vision.ops.sigmoidFocalLoss(tensor([0, 2]), tensor([1, 1])); // tensor([0.0433, 0.0005])
 */
export function sigmoidFocalLoss(
  ...args: Args<
    [inputs: Tensor, targets: Tensor],
    [alpha: number, gamma: number, reduction: "none" | "mean" | "sum"],
    { readonly inputs: Tensor; readonly targets: Tensor } & FocalLossOptions
  >
): Tensor {
  const { inputs, targets, alpha, gamma, reduction } = FOCAL.read(args);
  const p = inputs.sigmoid();
  const entropy = binaryCrossEntropyWithLogits(inputs, targets, { reduction: "none" });
  const others = targets.neg().add(1);
  const right = p.mul(targets).add(p.neg().add(1).mul(others));
  let loss = entropy.mul(right.neg().add(1).pow(gamma));
  if (alpha >= 0)
    loss = targets
      .mul(alpha)
      .add(others.mul(1 - alpha))
      .mul(loss);
  return reduction === "mean" ? loss.mean() : reduction === "sum" ? loss.sum() : loss;
}
