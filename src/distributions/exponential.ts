/** @file Exponential and Poisson distributions. */

import { noGrad } from "../autograd/grad-mode.ts";
import { type Args, required, signature } from "../core/arguments.ts";
import { newTypedArray } from "../core/dtype.ts";
import { zerosLike } from "../tensor/create.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import { xlogy } from "../tensor/functions/arithmetic.ts";
import { poisson } from "../tensor/functions/sampling.ts";
import { fillExponential } from "../tensor/random/uniform.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, nonnegative, nonnegativeInteger, positive } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { aParameter, broadcastAll, type Parameter } from "./utils.ts";

const RATE = { rate: required(aParameter), ...DISTRIBUTION_OPTIONS } as const;
const EXPONENTIAL = signature("Exponential", RATE);
const POISSON = signature("Poisson", RATE);

/** The arguments of {@link Exponential} and {@link Poisson} by name. */
export interface RateOptions extends DistributionOptions {
  /** Rate: 1 / mean of an exponential distribution, the mean of a Poisson distribution. */
  readonly rate: Parameter;
}

/**
 * Exponential distribution with mean 1 / `rate`.
 *
 * @throws ValueError unless `rate` is positive.
 * @example new distributions.Exponential(tensor([2])).mean; // tensor([0.5000])
 */
export class Exponential extends Distribution {
  /** 1 / mean. */
  readonly rate: Tensor;

  constructor(...args: Args<[rate: Parameter], [], RateOptions>) {
    const { validateArgs, ...given } = EXPONENTIAL.read(args);
    const [rate] = broadcastAll(given.rate);
    super(rate.shape, [], validateArgs);
    this.rate = rate;
    this.checkParameters();
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { rate: positive };
  }

  get support(): Constraint {
    return nonnegative;
  }

  override get mean(): Tensor {
    return this.rate.reciprocal();
  }

  override get mode(): Tensor {
    return zerosLike(this.rate);
  }

  override get stddev(): Tensor {
    return this.rate.reciprocal();
  }

  override get variance(): Tensor {
    return this.rate.pow(-2);
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { rate: this.rate.expand(batchShape) });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    const { dtype, device } = this.rate;
    const drawn = newTypedArray(
      dtype,
      shape.reduce((a, b) => a * b, 1),
    ) as Float32Array | Float64Array;
    fillExponential(drawn);
    return fromTypedArray(dtype, drawn, shape, device).div(this.rate);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    return this.rate.log().sub(this.rate.mul(value));
  }

  override cdf(value: Tensor): Tensor {
    this.checkValue("cdf", value);
    return this.rate.neg().mul(value).exp().neg().add(1);
  }

  override icdf(value: Tensor): Tensor {
    return value.neg().add(1).log().neg().div(this.rate);
  }

  override entropy(): Tensor {
    return this.rate.log().neg().add(1);
  }
}

/**
 * Poisson distribution of the number of events with mean `rate`.
 *
 * @throws ValueError for a negative rate.
 * @example
 * manualSeed(0);
 * new distributions.Poisson(tensor([4, 30])).sample(); // tensor([ 7., 31.])
 */
export class Poisson extends Distribution {
  /** Mean. */
  readonly rate: Tensor;

  constructor(...args: Args<[rate: Parameter], [], RateOptions>) {
    const { validateArgs, ...given } = POISSON.read(args);
    const [rate] = broadcastAll(given.rate);
    super(rate.shape, [], validateArgs);
    this.rate = rate;
    this.checkParameters();
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { rate: nonnegative };
  }

  get support(): Constraint {
    return nonnegativeInteger;
  }

  override get mean(): Tensor {
    return this.rate;
  }

  override get mode(): Tensor {
    return this.rate.floor();
  }

  override get variance(): Tensor {
    return this.rate;
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { rate: this.rate.expand(batchShape) });
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    const rate = noGrad(() => this.rate.expand(this.extendedShape(sampleShape)));
    return poisson(rate);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const [rate, count] = broadcastAll(this.rate, value);
    return xlogy(count, rate).sub(rate).sub(count.add(1).lgamma());
  }
}
