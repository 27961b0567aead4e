/** @file The gamma distribution and chi-squared, a case of it. */

import { type Args, required, signature } from "../core/arguments.ts";
import { finfo } from "../core/numeric-limits.ts";
import { xlogy } from "../tensor/functions/arithmetic.ts";
import { withGradFnName } from "../tensor/functions/grad-fn-name.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, nonnegative, positive } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { StandardGamma } from "./reparameterized.ts";
import { aParameter, broadcastAll, type Parameter } from "./utils.ts";

const GAMMA = signature("Gamma", {
  concentration: required(aParameter),
  rate: required(aParameter),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link Gamma} by name. */
export interface GammaOptions extends DistributionOptions {
  /** Shape parameter α, above 0. */
  readonly concentration: Parameter;
  /** Rate β = 1 / scale, above 0. */
  readonly rate: Parameter;
}

/**
 * Gamma distribution with shape `concentration` and rate `rate`. The gradients of samples are implicit, and cannot be
 * differentiated again, as in PyTorch.
 *
 * @throws ValueError unless both are positive.
 * @example
 * const gamma = new distributions.Gamma(tensor([2]), tensor([4]));
 * [gamma.mean, gamma.variance]; // [tensor([0.5000]), tensor([0.1250])]
 */
export class Gamma extends Distribution {
  /** Shape parameter. */
  readonly concentration: Tensor;
  /** Rate. */
  readonly rate: Tensor;

  constructor(...args: Args<[concentration: Parameter, rate: Parameter], [], GammaOptions>) {
    const { validateArgs, ...given } = GAMMA.read(args);
    const [concentration, rate] = broadcastAll(given.concentration, given.rate);
    super(concentration.shape, [], validateArgs);
    this.concentration = concentration;
    this.rate = rate;
    this.checkParameters();
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { concentration: positive, rate: positive };
  }

  get support(): Constraint {
    return nonnegative;
  }

  override get mean(): Tensor {
    return this.concentration.div(this.rate);
  }

  override get mode(): Tensor {
    return this.concentration.sub(1).div(this.rate).clamp(0);
  }

  override get variance(): Tensor {
    return this.concentration.div(this.rate.pow(2));
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, {
      concentration: this.concentration.expand(batchShape),
      rate: this.rate.expand(batchShape),
    });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    const drawn = withGradFnName("StandardGammaBackward0", StandardGamma.apply(this.concentration.expand(shape)));
    const value = drawn.div(this.rate.expand(shape));
    // Not recorded: the gradient is that of the sample that was drawn.
    value.detach().clamp_(finfo(value.dtype).tiny);
    return value;
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const { concentration, rate } = this;
    const x = value.to(rate.dtype);
    return xlogy(concentration, rate)
      .add(xlogy(concentration.sub(1), x))
      .sub(rate.mul(x))
      .sub(concentration.lgamma());
  }

  override entropy(): Tensor {
    const { concentration, rate } = this;
    return concentration
      .sub(rate.log())
      .add(concentration.lgamma())
      .add(concentration.neg().add(1).mul(concentration.digamma()));
  }
}

const CHI2 = signature("Chi2", { df: required(aParameter), ...DISTRIBUTION_OPTIONS });

/**
 * Chi-squared distribution with `df` degrees of freedom: a gamma distribution of shape df / 2 and rate 1/2.
 *
 * @throws ValueError unless `df` is positive.
 * @example new distributions.Chi2(tensor([3])).variance; // tensor([6.])
 */
export class Chi2 extends Gamma {
  constructor(...args: Args<[df: Parameter], [], DistributionOptions & { readonly df: Parameter }>) {
    const { df, validateArgs } = CHI2.read(args);
    super(typeof df === "number" ? 0.5 * df : df.mul(0.5), 0.5, { validateArgs });
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { df: positive };
  }

  /** Degrees of freedom. */
  get df(): Tensor {
    return this.concentration.mul(2);
  }
}
