/** @file Negative log-likelihoods of Poisson and normal distributions. */
import { sameShape } from "../../../kernels/layout.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { readArguments } from "../../tensor/options.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LossOptions } from "./loss.ts";
import { checkInputs, checkReduction, type Reduction, reduced } from "./reduction.ts";

export interface PoissonNLLOptions extends LossOptions {
  /** Whether the input is the logarithm of the mean. Default true. */
  readonly logInput?: boolean | undefined;
  /** Whether to add Stirling's approximation of log t!, which no gradient depends on. Default false. */
  readonly full?: boolean | undefined;
  /** Added to the input before taking its logarithm. Default 1e-8. */
  readonly eps?: number | undefined;
}

export interface GaussianNLLOptions extends LossOptions {
  /** Whether to add log(2π)/2. Default false. */
  readonly full?: boolean | undefined;
  /** The smallest variance. Default 1e-6. */
  readonly eps?: number | undefined;
}

/** PyTorch's defaults, in the order of its arguments. */
export const POISSON_DEFAULTS = { logInput: true, full: false, eps: 1e-8, reduction: "mean" as Reduction };
export const GAUSSIAN_DEFAULTS = { full: false, eps: 1e-6, reduction: "mean" as Reduction };

/** eˣ − t·x, or without `logInput` x − t·log(x + eps): for counts t of a Poisson distribution. */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  logInput?: boolean | PoissonNLLOptions,
  full?: boolean | PoissonNLLOptions,
  options?: LossOptions & Pick<PoissonNLLOptions, "eps">,
): Tensor {
  const op = "poissonNllLoss";
  // By position PyTorch has two old arguments here that nobody should give.
  const given = readArguments(
    op,
    POISSON_DEFAULTS,
    options === undefined ? [logInput, full] : [logInput, full, options],
  );
  checkReduction(op, given.reduction);
  checkInputs(op, input, target);
  let losses = given.logInput ? input.exp().sub(target.mul(input)) : input.sub(target.mul(input.add(given.eps).log()));
  if (given.full) {
    const small = target.le(1);
    const counts = target.maskedFill(small, 1);
    const stirling = counts
      .mul(counts.log())
      .sub(counts)
      .add(
        counts
          .mul(2 * Math.PI)
          .log()
          .mul(0.5),
      );
    losses = losses.add(stirling.maskedFill(small, 0));
  }
  return reduced(losses, given.reduction);
}

/**
 * (log v + (x − t)²/v) / 2 for a normal distribution of mean x and variance v.
 *
 * @param variance - of the shape of the input; or with a last size of 1, or without the last dimension: one for all of it.
 * @throws ShapeError for another shape; ValueError for a negative variance.
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  full?: boolean | GaussianNLLOptions,
  eps?: number | Pick<GaussianNLLOptions, "eps" | "reduction">,
  options?: LossOptions,
): Tensor {
  const op = "gaussianNllLoss";
  const given = readArguments(op, GAUSSIAN_DEFAULTS, [full, eps, options]);
  checkReduction(op, given.reduction);
  checkInputs(op, input, target);
  checkInputs(op, input, variance);
  const spread = fitted(op, variance, input.shape);
  if (variance.device === "cpu" && noGrad(() => variance.lt(0).any().itemSync<boolean>())) {
    throw new ValueError(`[${op}] var has negative entry/entries`);
  }
  // The bound changes the number, but the gradient flows as if there were none.
  const bound = noGrad(() => spread.clamp(given.eps).sub(spread));
  const bounded = spread.add(bound);
  const difference = input.sub(target);
  const losses = bounded.log().add(difference.mul(difference).div(bounded)).mul(0.5);
  return reduced(given.full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, given.reduction);
}

function fitted(op: string, variance: Tensor, shape: readonly number[]): Tensor {
  const lead = shape.slice(0, -1);
  if (sameShape(variance.shape, shape) || sameShape(variance.shape, [...lead, 1])) return variance;
  if (sameShape(variance.shape, lead)) return variance.unsqueeze(-1);
  throw new ShapeError(`[${op}] var is of incorrect size: ${bracketed(variance.shape)} for inputs ${bracketed(shape)}`);
}
