/** @file Negative log-likelihoods of Poisson and normal distributions. */
import { sameShape } from "../../../kernels/layout.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { aBoolean, aNumber, aTensor } from "../../core/kinds.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LossOptions } from "./loss.ts";
import { checkInputs, INPUT_AND_TARGET, REDUCTION, type Reduction, reduced, reductionOf } from "./reduction.ts";

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

const { sizeAverage, reduce, reduction } = REDUCTION;

/** What follows input and target; the layer takes the same. */
export const POISSON_ARGUMENTS = {
  logInput: optional(aBoolean, true),
  full: optional(aBoolean, false),
  sizeAverage,
  eps: optional(aNumber, 1e-8),
  reduce,
  reduction,
};
export const GAUSSIAN_ARGUMENTS = { full: optional(aBoolean, false), eps: optional(aNumber, 1e-6), reduction };

const SIGNATURES = {
  poissonNllLoss: signature("poissonNllLoss", { ...INPUT_AND_TARGET, ...POISSON_ARGUMENTS }),
  gaussianNllLoss: signature("gaussianNllLoss", { ...INPUT_AND_TARGET, var: required(aTensor), ...GAUSSIAN_ARGUMENTS }),
};

/** eˣ − t·x, or without `logInput` x − t·log(x + eps): for counts t of a Poisson distribution. */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  logInput?: boolean,
  full?: boolean,
  options?: PoissonNLLOptions,
): Tensor;
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  ...rest: ThenOptions<[logInput: boolean], PoissonNLLOptions>
): Tensor;
export function poissonNllLoss(...given: readonly unknown[]): Tensor {
  const op = "poissonNllLoss";
  const { input, target, logInput, full, eps, ...how } = SIGNATURES.poissonNllLoss.read(given);
  checkInputs(op, input, target);
  let losses = logInput ? input.exp().sub(target.mul(input)) : input.sub(target.mul(input.add(eps).log()));
  if (full) {
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
  return reduced(losses, reductionOf(op, how));
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
  full?: boolean,
  eps?: number,
  reduction?: Reduction,
): Tensor;
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  ...rest: ThenOptions<[full: boolean, eps: number], GaussianNLLOptions>
): Tensor;
export function gaussianNllLoss(...given: readonly unknown[]): Tensor {
  const op = "gaussianNllLoss";
  const { input, target, var: variance, full, eps, reduction: how } = SIGNATURES.gaussianNllLoss.read(given);
  checkInputs(op, input, target);
  checkInputs(op, input, variance);
  const spread = fitted(op, variance, input.shape);
  if (variance.device === "cpu" && noGrad(() => variance.lt(0).any().itemSync<boolean>())) {
    throw new ValueError(`[${op}] var has negative entry/entries`);
  }
  // The bound changes the number, but the gradient flows as if there were none.
  const bound = noGrad(() => spread.clamp(eps).sub(spread));
  const bounded = spread.add(bound);
  const difference = input.sub(target);
  const losses = bounded.log().add(difference.mul(difference).div(bounded)).mul(0.5);
  return reduced(full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, how);
}

function fitted(op: string, variance: Tensor, shape: readonly number[]): Tensor {
  const lead = shape.slice(0, -1);
  if (sameShape(variance.shape, shape) || sameShape(variance.shape, [...lead, 1])) return variance;
  if (sameShape(variance.shape, lead)) return variance.unsqueeze(-1);
  throw new ShapeError(`[${op}] var is of incorrect size: ${bracketed(variance.shape)} for inputs ${bracketed(shape)}`);
}
