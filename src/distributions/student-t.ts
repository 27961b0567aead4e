/** @file Student's t-distribution. */
import { type Args, optional, required, signature } from "../core/arguments.ts";
import { where } from "../tensor/functions/elementwise.ts";
import { randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, positive, real } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { Chi2 } from "./gamma.ts";
import { aParameter, broadcastAll, type Parameter } from "./utils.ts";

const STUDENT_T = signature("StudentT", {
  df: required(aParameter),
  loc: optional(aParameter, 0),
  scale: optional(aParameter, 1),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link StudentT} by name. */
export interface StudentTOptions extends DistributionOptions {
  /** Degrees of freedom, above 0. */
  readonly df: Parameter;
  /** Mode. Default 0. */
  readonly loc?: Parameter | undefined;
  /** Scale, above 0. Default 1. */
  readonly scale?: Parameter | undefined;
}

/**
 * Student's t-distribution with `df` degrees of freedom, mode `loc` and scale `scale`.
 *
 * @throws ValueError unless `df` and `scale` are positive.
 * @example new distributions.StudentT(tensor([1, 3])).variance; // tensor([nan, 3.])
 */
export class StudentT extends Distribution {
  /** Degrees of freedom. */
  readonly df: Tensor;
  /** Mode. */
  readonly loc: Tensor;
  /** Scale. */
  readonly scale: Tensor;
  /** The distribution of the denominator. */
  protected readonly chi2: Chi2;

  constructor(...args: Args<[df: Parameter], [loc: Parameter, scale: Parameter], StudentTOptions>) {
    const { validateArgs, ...given } = STUDENT_T.read(args);
    const [df, loc, scale] = broadcastAll(given.df, given.loc, given.scale);
    super(df.shape, [], validateArgs);
    this.df = df;
    this.loc = loc;
    this.scale = scale;
    this.chi2 = new Chi2(df, { validateArgs });
    this.checkParameters();
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { df: positive, loc: real, scale: positive };
  }

  get support(): Constraint {
    return real;
  }

  override get mean(): Tensor {
    return this.loc.maskedFill(this.df.le(1), Number.NaN);
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get variance(): Tensor {
    const { df } = this;
    const hasVariance = df.gt(2);
    const finite = this.scale
      .pow(2)
      .mul(df)
      .div(where(hasVariance, df, 3).sub(2));
    return where(hasVariance, finite, where(df.gt(1), Number.POSITIVE_INFINITY, where(df.le(1), Number.NaN, df)));
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, {
      df: this.df.expand(batchShape),
      loc: this.loc.expand(batchShape),
      scale: this.scale.expand(batchShape),
      chi2: this.chi2.expand(batchShape),
    });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const { dtype, device } = this.df;
    const normal = randn(this.extendedShape(sampleShape), { dtype, device });
    const chi2 = this.chi2.rsample(sampleShape);
    return this.loc.add(this.scale.mul(normal.mul(chi2.div(this.df).rsqrt())));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const { df } = this;
    const y = value.sub(this.loc).div(this.scale);
    const half = df.add(1).mul(0.5);
    const normalizer = this.scale
      .log()
      .add(df.log().mul(0.5))
      .add(0.5 * Math.log(Math.PI))
      .add(df.mul(0.5).lgamma())
      .sub(half.lgamma());
    return half.neg().mul(y.pow(2).div(df).log1p()).sub(normalizer);
  }

  override entropy(): Tensor {
    const { df } = this;
    const [low, high] = [df.mul(0.5), df.add(1).mul(0.5)];
    const logBeta = low
      .lgamma()
      .add(0.5 * Math.log(Math.PI))
      .sub(high.lgamma());
    return this.scale
      .log()
      .add(high.mul(high.digamma().sub(low.digamma())))
      .add(df.log().mul(0.5))
      .add(logBeta);
  }
}
