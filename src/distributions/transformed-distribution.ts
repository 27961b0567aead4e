/** @file Distributions of transformed variables, and those that are made so: log-normal, Gumbel, Pareto, Weibull and others. */

import { noGrad } from "../autograd/grad-mode.ts";
import { type Args, required, signature } from "../core/arguments.ts";
import { ShapeError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { either, type Kind } from "../core/kinds.ts";
import { finfo } from "../core/numeric-limits.ts";
import { fullLike, onesLike, zerosLike } from "../tensor/create.ts";
import { where } from "../tensor/functions/elementwise.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, greaterThanEq, independent, nonnegative, positive, real } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { Exponential } from "./exponential.ts";
import { aDistribution, Independent } from "./independent.ts";
import { LOC_SCALE, type LocScaleArgs, Normal } from "./normal.ts";
import {
  AbsTransform,
  AffineTransform,
  aTransform,
  ComposeTransform,
  ExpTransform,
  multiply,
  PowerTransform,
  type Transform,
  transformList,
} from "./transforms.ts";
import { Uniform } from "./uniform.ts";
import { aParameter, broadcastAll, EULER_CONSTANT, type Parameter, sizeText, sumRightmost } from "./utils.ts";

const someTransforms: Kind<Transform | readonly Transform[]> = either(
  aTransform,
  transformList,
  "a Transform or a list of Transforms",
);

const TRANSFORMED = signature("TransformedDistribution", {
  baseDistribution: required(aDistribution),
  transforms: required(someTransforms),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link TransformedDistribution} by name. */
export interface TransformedDistributionOptions extends DistributionOptions {
  /** The distribution of the variable before the transforms. */
  readonly baseDistribution: Distribution;
  /** The transforms, one after the other. */
  readonly transforms: Transform | readonly Transform[];
}

/**
 * The distribution of f(X), for a variable X with a known distribution and a transform f. The density is that of X at
 * f⁻¹(y) times |det df⁻¹/dy|.
 *
 * @throws ShapeError if the transforms need more dimensions than the distribution has.
 * @example
 * const { ExpTransform, Normal, TransformedDistribution } = distributions;
 * const logNormal = new TransformedDistribution(new Normal(0, 1), [new ExpTransform()]);
 * logNormal.logProb(tensor([1, 2])); // tensor([-0.9189, -1.8523])
 */
export class TransformedDistribution extends Distribution {
  /** The distribution before the transforms. */
  readonly baseDist: Distribution;
  /** The transforms, one after the other. */
  readonly transforms: readonly Transform[];

  constructor(
    ...args: Args<
      [baseDistribution: Distribution, transforms: Transform | readonly Transform[]],
      [],
      TransformedDistributionOptions
    >
  ) {
    const { baseDistribution, transforms: given, validateArgs } = TRANSFORMED.read(args);
    const transforms = Array.isArray(given) ? (given as readonly Transform[]) : [given as Transform];
    const { base, batchShape, eventShape } = fitted(baseDistribution, transforms);
    super(batchShape, eventShape, validateArgs);
    this.baseDist = base;
    this.transforms = transforms;
  }

  override get hasRsample(): boolean {
    return this.baseDist.hasRsample;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return {};
  }

  get support(): Constraint {
    const last = this.transforms.at(-1);
    if (last === undefined) return this.baseDist.support;
    const extra = this.eventShape.length - last.codomain.eventDim;
    return extra > 0 ? independent(last.codomain, extra) : last.codomain;
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, this.expandedBase(batchShape));
  }

  /** The distribution before the transforms, expanded. */
  protected expandedBase(batchShape: readonly number[]): Record<string, unknown> {
    const shape = this.transforms.reduceRight<readonly number[]>(
      (size, transform) => transform.inverseShape(size),
      [...batchShape, ...this.eventShape],
    );
    const baseBatch = shape.slice(0, shape.length - this.baseDist.eventShape.length);
    return { baseDist: this.baseDist.expand(baseBatch) };
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    return noGrad(() => this.transformed(this.baseDist.sample(sampleShape)));
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    return this.transformed(this.baseDist.rsample(sampleShape));
  }

  private transformed(x: Tensor): Tensor {
    return this.transforms.reduce((value, transform) => transform.forward(value), x);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    let eventDim = this.eventShape.length;
    let y = value;
    const terms = this.transforms.toReversed().map((transform) => {
      const x = transform.inv.forward(y);
      eventDim += transform.domain.eventDim - transform.codomain.eventDim;
      const jacobian = sumRightmost(transform.logAbsDetJacobian(x, y), eventDim - transform.domain.eventDim);
      y = x;
      return jacobian;
    });
    const base = sumRightmost(this.baseDist.logProb(y), eventDim - this.baseDist.eventShape.length);
    const [first, ...others] = terms;
    if (first === undefined) return base;
    return others.reduce((sum, term) => sum.sub(term), first.neg()).add(base);
  }

  override cdf(value: Tensor): Tensor {
    const x = this.transforms.reduceRight((y, transform) => transform.inv.forward(y), value);
    return this.monotonized(this.baseDist.cdf(x));
  }

  override icdf(value: Tensor): Tensor {
    return this.transformed(this.baseDist.icdf(this.monotonized(value)));
  }

  /** Where the transforms decrease, large values come from small ones. */
  private monotonized(value: Tensor): Tensor {
    const sign = this.transforms.reduce<Parameter>((product, transform) => multiply(product, transform.sign), 1);
    if (sign === 1) return value;
    return value.sub(0.5).mul(sign).add(0.5);
  }
}

interface Fitted {
  readonly base: Distribution;
  readonly batchShape: readonly number[];
  readonly eventShape: readonly number[];
}

/** The distribution with the batch and event that the transforms need, and the shapes of the result. */
function fitted(given: Distribution, transforms: readonly Transform[]): Fitted {
  const whole = new ComposeTransform(transforms);
  const baseShape = [...given.batchShape, ...given.eventShape];
  const baseEvent = given.eventShape.length;
  const domainEvent = whole.domain.eventDim;
  if (baseShape.length < domainEvent) {
    throw new ShapeError(
      `[TransformedDistribution] base_distribution needs to have shape with size at least ${domainEvent}, but got ${sizeText(baseShape)}.`,
    );
  }
  const shape = whole.forwardShape(baseShape);
  const wide = whole.inverseShape(shape);
  const changes = wide.length !== baseShape.length || wide.some((size, i) => size !== baseShape[i]);
  const expanded = changes ? given.expand(wide.slice(0, wide.length - baseEvent)) : given;
  const extra = domainEvent - baseEvent;
  const cut = shape.length - (whole.codomain.eventDim + Math.max(baseEvent - domainEvent, 0));
  return {
    base: extra > 0 ? new Independent(expanded, extra) : expanded,
    batchShape: shape.slice(0, cut),
    eventShape: shape.slice(cut),
  };
}

const LOG_NORMAL = signature("LogNormal", LOC_SCALE);

/**
 * Log-normal distribution: that of a variable whose logarithm has mean `loc` and standard deviation `scale`.
 *
 * @throws ValueError unless `scale` is positive.
 * @example new distributions.LogNormal(0, 1).mean; // tensor(1.6487)
 */
export class LogNormal extends TransformedDistribution {
  constructor(...args: LocScaleArgs) {
    const { loc, scale, validateArgs } = LOG_NORMAL.read(args);
    super(new Normal(loc, scale, { validateArgs }), new ExpTransform(), { validateArgs });
    this.checkParameters();
  }

  private get normal(): Normal {
    return this.baseDist as Normal;
  }

  /** Mean of the logarithm. */
  get loc(): Tensor {
    return this.normal.loc;
  }

  /** Standard deviation of the logarithm. */
  get scale(): Tensor {
    return this.normal.scale;
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { loc: real, scale: positive };
  }

  override get mean(): Tensor {
    return this.loc.add(this.scale.pow(2).div(2)).exp();
  }

  override get mode(): Tensor {
    return this.loc.sub(this.scale.square()).exp();
  }

  override get variance(): Tensor {
    const square = this.scale.pow(2);
    return square.exp().sub(1).mul(this.loc.mul(2).add(square).exp());
  }

  override entropy(): Tensor {
    return this.baseDist.entropy().add(this.loc);
  }
}

const SCALE = { scale: required(aParameter), ...DISTRIBUTION_OPTIONS } as const;
const HALF_NORMAL = signature("HalfNormal", SCALE);

/**
 * Half-normal distribution: that of |x| for a normally distributed x of mean 0 and standard deviation `scale`.
 *
 * @throws ValueError unless `scale` is positive.
 * @example new distributions.HalfNormal(1).mean; // tensor(0.7979)
 */
export class HalfNormal extends TransformedDistribution {
  constructor(...args: Args<[scale: Parameter], [], DistributionOptions & { readonly scale: Parameter }>) {
    const { scale, validateArgs } = HALF_NORMAL.read(args);
    super(new Normal(0, scale, { validateArgs: false }), new AbsTransform(), { validateArgs });
    this.checkParameters();
  }

  /** Standard deviation of the normal distribution. */
  get scale(): Tensor {
    return (this.baseDist as Normal).scale;
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { scale: positive };
  }

  override get support(): Constraint {
    return nonnegative;
  }

  override get mean(): Tensor {
    return this.scale.mul(Math.sqrt(2 / Math.PI));
  }

  override get mode(): Tensor {
    return zerosLike(this.scale);
  }

  override get variance(): Tensor {
    return this.scale.pow(2).mul(1 - 2 / Math.PI);
  }

  override logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    return where(value.ge(0), this.baseDist.logProb(value).add(Math.log(2)), Number.NEGATIVE_INFINITY);
  }

  override cdf(value: Tensor): Tensor {
    this.checkValue("cdf", value);
    return this.baseDist.cdf(value).mul(2).sub(1);
  }

  override icdf(value: Tensor): Tensor {
    return this.baseDist.icdf(value.add(1).div(2));
  }

  override entropy(): Tensor {
    return this.baseDist.entropy().sub(Math.log(2));
  }
}

const GUMBEL = signature("Gumbel", LOC_SCALE);

/**
 * Gumbel distribution with mode `loc` and scale `scale`.
 *
 * @throws ValueError unless `scale` is positive.
 * @example new distributions.Gumbel(0, 1).mean; // tensor(0.5772)
 */
export class Gumbel extends TransformedDistribution {
  /** Mode. */
  readonly loc: Tensor;
  /** Scale. */
  readonly scale: Tensor;

  constructor(...args: LocScaleArgs) {
    const { validateArgs, ...given } = GUMBEL.read(args);
    const [loc, scale] = broadcastAll(given.loc, given.scale);
    const { eps, tiny } = finfo(loc.dtype);
    super(
      new Uniform(fullLike(loc, tiny), fullLike(loc, 1 - eps)),
      [
        new ExpTransform().inv,
        new AffineTransform(0, onesLike(scale).neg()),
        new ExpTransform().inv,
        new AffineTransform(isTensor(given.loc) ? given.loc : loc, scale.neg()),
      ],
      { validateArgs },
    );
    this.loc = loc;
    this.scale = scale;
    this.checkParameters();
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { loc: real, scale: positive };
  }

  override get support(): Constraint {
    return real;
  }

  override expand(batchShape: readonly number[]): this {
    const parameters = { loc: this.loc.expand(batchShape), scale: this.scale.expand(batchShape) };
    return this.expanded(batchShape, { ...this.expandedBase(batchShape), ...parameters });
  }

  override get mean(): Tensor {
    return this.loc.add(this.scale.mul(EULER_CONSTANT));
  }

  override get mode(): Tensor {
    return this.loc;
  }

  override get stddev(): Tensor {
    return this.scale.mul(Math.PI / Math.sqrt(6));
  }

  override get variance(): Tensor {
    return this.stddev.pow(2);
  }

  override logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const y = this.loc.sub(value).div(this.scale);
    return y.sub(y.exp()).sub(this.scale.log());
  }

  override entropy(): Tensor {
    return this.scale.log().add(1 + EULER_CONSTANT);
  }
}

const PARETO = signature("Pareto", {
  scale: required(aParameter),
  alpha: required(aParameter),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link Pareto} by name. */
export interface ParetoOptions extends DistributionOptions {
  /** The smallest value, above 0. */
  readonly scale: Parameter;
  /** Shape, above 0. */
  readonly alpha: Parameter;
}

/**
 * Pareto distribution of type 1 of values from `scale` on, with shape `alpha`.
 *
 * @throws ValueError unless both are positive.
 * @example new distributions.Pareto(1, tensor([3])).mean; // tensor([1.5000])
 */
export class Pareto extends TransformedDistribution {
  /** The smallest value. */
  readonly scale: Tensor;
  /** Shape. */
  readonly alpha: Tensor;

  constructor(...args: Args<[scale: Parameter, alpha: Parameter], [], ParetoOptions>) {
    const { validateArgs, ...given } = PARETO.read(args);
    const [scale, alpha] = broadcastAll(given.scale, given.alpha);
    const base = new Exponential(alpha, { validateArgs });
    super(base, [new ExpTransform(), new AffineTransform(0, scale)], { validateArgs });
    this.scale = scale;
    this.alpha = alpha;
    this.checkParameters();
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { alpha: positive, scale: positive };
  }

  override get support(): Constraint {
    return greaterThanEq(this.scale);
  }

  override expand(batchShape: readonly number[]): this {
    const parameters = { scale: this.scale.expand(batchShape), alpha: this.alpha.expand(batchShape) };
    return this.expanded(batchShape, { ...this.expandedBase(batchShape), ...parameters });
  }

  override get mean(): Tensor {
    const alpha = this.alpha.clamp(1);
    return alpha.mul(this.scale).div(alpha.sub(1));
  }

  override get mode(): Tensor {
    return this.scale;
  }

  override get variance(): Tensor {
    const alpha = this.alpha.clamp(2);
    return this.scale
      .pow(2)
      .mul(alpha)
      .div(alpha.sub(1).pow(2).mul(alpha.sub(2)));
  }

  override entropy(): Tensor {
    return this.scale.div(this.alpha).log().add(this.alpha.reciprocal().add(1));
  }
}

const WEIBULL = signature("Weibull", {
  scale: required(aParameter),
  concentration: required(aParameter),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link Weibull} by name. */
export interface WeibullOptions extends DistributionOptions {
  /** Scale λ, above 0. */
  readonly scale: Parameter;
  /** Shape k, above 0. */
  readonly concentration: Parameter;
}

/**
 * Weibull distribution with scale λ = `scale` and shape k = `concentration`.
 *
 * @throws ValueError unless both are positive.
 * @example new distributions.Weibull(tensor([2]), tensor([1])).mean; // tensor([2.])
 */
export class Weibull extends TransformedDistribution {
  /** Scale. */
  readonly scale: Tensor;
  /** Shape. */
  readonly concentration: Tensor;

  constructor(...args: Args<[scale: Parameter, concentration: Parameter], [], WeibullOptions>) {
    const { validateArgs, ...given } = WEIBULL.read(args);
    const [scale, concentration] = broadcastAll(given.scale, given.concentration);
    const base = new Exponential(onesLike(scale), { validateArgs });
    super(base, [new PowerTransform(concentration.reciprocal()), new AffineTransform(0, scale)], { validateArgs });
    this.scale = scale;
    this.concentration = concentration;
    this.checkParameters();
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { scale: positive, concentration: positive };
  }

  override get support(): Constraint {
    return positive;
  }

  override expand(batchShape: readonly number[]): this {
    const parameters = { scale: this.scale.expand(batchShape), concentration: this.concentration.expand(batchShape) };
    return this.expanded(batchShape, { ...this.expandedBase(batchShape), ...parameters });
  }

  override get mean(): Tensor {
    return this.scale.mul(this.concentration.reciprocal().add(1).lgamma().exp());
  }

  override get mode(): Tensor {
    const { concentration } = this;
    return this.scale.mul(concentration.sub(1).div(concentration).pow(concentration.reciprocal()));
  }

  override get variance(): Tensor {
    const inverse = this.concentration.reciprocal();
    const second = inverse.mul(2).add(1).lgamma().exp();
    return this.scale.pow(2).mul(second.sub(inverse.add(1).lgamma().mul(2).exp()));
  }

  override entropy(): Tensor {
    const inverse = this.concentration.reciprocal();
    return inverse.neg().add(1).mul(EULER_CONSTANT).add(this.scale.mul(inverse).log()).add(1);
  }
}
