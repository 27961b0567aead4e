/** @file The normal distribution. */
import { type Args, required, signature } from "../core/arguments.ts";
import { erf } from "../tensor/functions/pointwise.ts";
import { randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, positive, real } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { aParameter, broadcastAll, type Parameter } from "./utils.ts";

/** The arguments of distributions with a location and a scale, by name. */
export interface LocScaleOptions extends DistributionOptions {
  /** Location. */
  readonly loc: Parameter;
  /** Scale, above 0. */
  readonly scale: Parameter;
}

/** The arguments of distributions with a location and a scale. */
export type LocScaleArgs = Args<[loc: Parameter, scale: Parameter], [], LocScaleOptions>;

/** The declared form of {@link LocScaleOptions}. */
export const LOC_SCALE = { loc: required(aParameter), scale: required(aParameter), ...DISTRIBUTION_OPTIONS } as const;

const NORMAL = signature("Normal", LOC_SCALE);

/**
 * Normal (Gaussian) distribution with mean `loc` and standard deviation `scale`.
 *
 * @throws ValueError unless `scale` is positive.
 * @example
 * manualSeed(0);
 * const normal = new distributions.Normal(tensor([0]), tensor([1]));
 * normal.sample(); // tensor([1.5410])
 * normal.logProb(tensor([0])); // tensor([-0.9189])
 */
export class Normal extends Distribution {
  /** Mean. */
  readonly loc: Tensor;
  /** Standard deviation. */
  readonly scale: Tensor;

  constructor(...args: LocScaleArgs) {
    const { validateArgs, ...given } = NORMAL.read(args);
    const [loc, scale] = broadcastAll(given.loc, given.scale);
    super(loc.shape, [], validateArgs);
    this.loc = loc;
    this.scale = scale;
    this.checkParameters();
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { loc: real, scale: positive };
  }

  get support(): Constraint {
    return real;
  }

  override get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get stddev(): Tensor {
    return this.scale;
  }

  override get variance(): Tensor {
    return this.scale.pow(2);
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { loc: this.loc.expand(batchShape), scale: this.scale.expand(batchShape) });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const { dtype, device } = this.loc;
    return this.loc.add(randn(this.extendedShape(sampleShape), { dtype, device }).mul(this.scale));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const twice = this.scale.pow(2).mul(2);
    return value
      .sub(this.loc)
      .pow(2)
      .neg()
      .div(twice)
      .sub(this.scale.log())
      .sub(Math.log(Math.sqrt(2 * Math.PI)));
  }

  override cdf(value: Tensor): Tensor {
    this.checkValue("cdf", value);
    return erf(value.sub(this.loc).mul(this.scale.reciprocal()).div(Math.SQRT2)).add(1).mul(0.5);
  }

  override icdf(value: Tensor): Tensor {
    return this.loc.add(this.scale.mul(value.mul(2).sub(1).erfinv()).mul(Math.SQRT2));
  }

  override entropy(): Tensor {
    return this.scale.log().add(0.5 + 0.5 * Math.log(2 * Math.PI));
  }
}
