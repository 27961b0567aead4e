/** @file Distributions of counts: binomial, negative binomial, geometric, multinomial. */

import { noGrad } from "../autograd/grad-mode.ts";
import { type Args, optional, required, signature } from "../core/arguments.ts";
import { TapegradError, ValueError } from "../core/errors.ts";
import { aSize } from "../core/kinds.ts";
import { finfo } from "../core/numeric-limits.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { logsigmoid } from "../nn/functional/activation.ts";
import { binaryCrossEntropyWithLogits } from "../nn/functional/loss.ts";
import { zeros, zerosLike } from "../tensor/create.ts";
import { where } from "../tensor/functions/elementwise.ts";
import { binomial, poisson } from "../tensor/functions/sampling.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { enumerate } from "./bernoulli.ts";
import { CATEGORY_PROBS, Categorical } from "./categorical.ts";
import {
  type Constraint,
  greaterThanEq,
  halfOpenInterval,
  integerInterval,
  multinomial as multinomialCounts,
  nonnegativeInteger,
  real,
  realVector,
  simplex,
  unitInterval,
} from "./constraints.ts";
import { Distribution } from "./distribution.ts";
import { Gamma } from "./gamma.ts";
import {
  type BinaryParameter,
  BinaryProbs,
  PROBS_AND_LOGITS,
  PROBS_OR_LOGITS,
  type ProbsOrLogitsArgs,
  type ProbsOrLogitsOptions,
} from "./probs-logits.ts";
import { allSync, aParameter, broadcastAll, checkOneOf, floatText, type Parameter } from "./utils.ts";

/** The number of trials, and probabilities or logits, by name. */
export interface CountOptions extends ProbsOrLogitsOptions {
  /** Number of trials; of {@link NegativeBinomial} that of failures. */
  readonly totalCount?: Parameter | undefined;
}

/** The arguments of distributions with a number of trials. */
export type CountArgs = Args<
  [],
  [totalCount: Parameter, probs: Parameter | null, logits: Parameter | null],
  CountOptions
>;

interface CountParameters {
  readonly count: Tensor;
  readonly parameter: BinaryParameter;
}

/** The number of trials and the parameter, of one shape and dtype. */
function readCounts(
  op: string,
  totalCount: Parameter,
  probs: Parameter | null,
  logits: Parameter | null,
): CountParameters {
  checkOneOf(op, probs, logits);
  const [count, value] = broadcastAll(totalCount, (probs ?? logits) as Parameter);
  return { count: count.to(value.dtype), parameter: { name: probs === null ? "logits" : "probs", value } };
}

/** A distribution with a number of trials. */
abstract class CountDistribution extends BinaryProbs {
  /** Number of trials; of {@link NegativeBinomial} that of failures. */
  readonly totalCount: Tensor;

  constructor({ count, parameter }: CountParameters, validateArgs: boolean | null) {
    super(parameter, validateArgs);
    this.totalCount = count;
  }

  override expand(batchShape: readonly number[]): this {
    const totalCount = this.totalCount.expand(batchShape);
    return this.expanded(batchShape, { totalCount, ...this.expandedParameters(batchShape) });
  }
}

const BINOMIAL = signature("Binomial", { totalCount: optional(aParameter, 1), ...PROBS_OR_LOGITS });

/**
 * Binomial distribution: how often an event of probability `probs` happens in `totalCount` trials.
 *
 * @throws ValueError unless one of `probs` and `logits` is given, with probabilities from 0 to 1 and counts of at least 0.
 * @example
 * const throws = new distributions.Binomial(10, tensor([0.5]));
 * [throws.mean, throws.variance]; // [tensor([5.]), tensor([2.5000])]
 */
export class Binomial extends CountDistribution {
  constructor(...args: CountArgs) {
    const { totalCount, probs, logits, validateArgs } = BINOMIAL.read(args);
    super(readCounts("Binomial", totalCount, probs, logits), validateArgs);
    this.checkParameters(PROBS_AND_LOGITS);
  }

  override get hasEnumerateSupport(): boolean {
    return true;
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { totalCount: nonnegativeInteger, probs: unitInterval, logits: real };
  }

  get support(): Constraint {
    return integerInterval(0, this.totalCount);
  }

  override get mean(): Tensor {
    return this.totalCount.mul(this.probs);
  }

  override get mode(): Tensor {
    return this.totalCount.add(1).mul(this.probs).floor().minimum(this.totalCount);
  }

  override get variance(): Tensor {
    return this.totalCount.mul(this.probs).mul(this.probs.neg().add(1));
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    return noGrad(() => binomial(this.totalCount.expand(shape), this.probs.expand(shape)));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const { totalCount, logits } = this;
    const rest = totalCount.sub(value).add(1).lgamma();
    // max(logit, 0), with a gradient of one half at 0.
    const above = logits
      .clamp(0)
      .add(logits)
      .sub(logits.clamp({ max: 0 }))
      .div(2);
    const normalizer = totalCount
      .mul(above)
      .add(totalCount.mul(logits.abs().neg().exp().log1p()))
      .sub(totalCount.add(1).lgamma());
    return value.mul(logits).sub(value.add(1).lgamma()).sub(rest).sub(normalizer);
  }

  override entropy(): Tensor {
    const logProb = this.logProb(this.enumerateSupport(false));
    return logProb.exp().mul(logProb).sum(0).neg();
  }

  override enumerateSupport(expand = true): Tensor {
    const count = this.totalCount.max().itemSync();
    if (this.totalCount.min().itemSync() !== count) {
      throw new TapegradError(
        "[Binomial.enumerateSupport] Inhomogeneous total count not supported by `enumerate_support`.",
      );
    }
    return enumerate(count + 1, this.batchShape, this.probs, expand);
  }
}

const NEGATIVE_BINOMIAL = signature("NegativeBinomial", { totalCount: required(aParameter), ...PROBS_OR_LOGITS });

/**
 * Negative binomial distribution: how many successes of probability `probs` come before `totalCount` failures.
 *
 * @throws ValueError unless one of `probs` and `logits` is given, with probabilities from 0 to 1 and counts of at least 0.
 * @example new distributions.NegativeBinomial(5, tensor([0.5])).mean; // tensor([5.])
 */
export class NegativeBinomial extends CountDistribution {
  constructor(
    ...args: Args<
      [totalCount: Parameter],
      [probs: Parameter | null, logits: Parameter | null],
      CountOptions & { readonly totalCount: Parameter }
    >
  ) {
    const { totalCount, probs, logits, validateArgs } = NEGATIVE_BINOMIAL.read(args);
    super(readCounts("NegativeBinomial", totalCount, probs, logits), validateArgs);
    this.checkParameters(PROBS_AND_LOGITS);
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { totalCount: greaterThanEq(0), probs: halfOpenInterval(0, 1), logits: real };
  }

  get support(): Constraint {
    return nonnegativeInteger;
  }

  override get mean(): Tensor {
    return this.totalCount.mul(this.logits.exp());
  }

  override get mode(): Tensor {
    return this.totalCount.sub(1).mul(this.logits.exp()).floor().clamp(0);
  }

  override get variance(): Tensor {
    return this.mean.div(this.logits.neg().sigmoid());
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    return noGrad(() => {
      const rates = new Gamma(this.totalCount, this.logits.neg().exp(), { validateArgs: false }).sample(sampleShape);
      return poisson(rates);
    });
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const { totalCount, logits } = this;
    const unnormalized = totalCount.mul(logsigmoid(logits.neg())).add(value.mul(logsigmoid(logits)));
    const normalizer = totalCount.add(value).lgamma().neg().add(value.add(1).lgamma()).add(totalCount.lgamma());
    // Without failures to come there is one outcome, 0.
    return unnormalized.sub(where(totalCount.add(value).eq(0), 0, normalizer));
  }
}

const GEOMETRIC = signature("Geometric", PROBS_OR_LOGITS);

/**
 * Geometric distribution: how often an event of probability `probs` fails before it happens.
 *
 * @throws ValueError unless one of `probs` and `logits` is given, with probabilities above 0 and up to 1.
 * @example new distributions.Geometric(tensor([0.25])).mean; // tensor([3.])
 */
export class Geometric extends BinaryProbs {
  constructor(...args: ProbsOrLogitsArgs) {
    const { probs, logits, validateArgs } = GEOMETRIC.read(args);
    checkOneOf("Geometric", probs, logits);
    const [value] = broadcastAll((probs ?? logits) as Parameter);
    super({ name: probs === null ? "logits" : "probs", value }, validateArgs);
    this.checkParameters(PROBS_AND_LOGITS);
    if (this.validates && probs !== null && !noGrad(() => allSync(value.gt(0)))) {
      throw new ValueError(
        `[Geometric] Expected parameter probs (Tensor of shape ${pythonRepr(value.shape)}) of distribution ${this} to be ` +
          `positive but found invalid values:\n${floatText(value)}`,
      );
    }
  }

  get support(): Constraint {
    return nonnegativeInteger;
  }

  override get mean(): Tensor {
    return this.probs.reciprocal().sub(1);
  }

  override get mode(): Tensor {
    return zerosLike(this.probs);
  }

  override get variance(): Tensor {
    return this.probs.reciprocal().sub(1).div(this.probs);
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    const { dtype, device } = this.probs;
    const u = zeros(this.extendedShape(sampleShape), { dtype, device }).uniform_(finfo(dtype).tiny, 1);
    return noGrad(() => u.log().div(this.probs.neg().log1p()).floor());
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const [count, probs] = broadcastAll(value, this.probs);
    const certain = probs.eq(1).logicalAnd(count.eq(0));
    return count.mul(probs.maskedFill(certain, 0).neg().log1p()).add(this.probs.log());
  }

  override entropy(): Tensor {
    return binaryCrossEntropyWithLogits(this.logits, this.probs, { reduction: "none" }).div(this.probs);
  }
}

const MULTINOMIAL = signature("Multinomial", { totalCount: optional(aSize, 1), ...CATEGORY_PROBS });

/** The arguments of {@link Multinomial} by name. */
export interface MultinomialDistributionOptions extends ProbsOrLogitsOptions<Tensor> {
  /** Number of trials. Default 1. */
  readonly totalCount?: number | undefined;
}

/**
 * Multinomial distribution: how often each category comes in `totalCount` draws from a {@link Categorical} distribution.
 *
 * @throws ValueError, ShapeError as {@link Categorical}.
 * @example
 * manualSeed(0);
 * new distributions.Multinomial(10, ones(4)).sample().sum(); // tensor(10.)
 */
export class Multinomial extends Distribution {
  /** Number of trials. */
  readonly totalCount: number;
  /** The distribution of one draw. */
  protected readonly categorical: Categorical;

  constructor(
    ...args: Args<[], [totalCount: number, probs: Tensor | null, logits: Tensor | null], MultinomialDistributionOptions>
  ) {
    const { totalCount, probs, logits, validateArgs } = MULTINOMIAL.read(args);
    const categorical = new Categorical(probs, logits);
    super(categorical.batchShape, categorical.paramShape.slice(-1), validateArgs);
    this.totalCount = totalCount;
    this.categorical = categorical;
    this.checkParameters();
  }

  /** Normalised probabilities. */
  get probs(): Tensor {
    return this.categorical.probs;
  }

  /** Logarithms of the normalised probabilities. */
  get logits(): Tensor {
    return this.categorical.logits;
  }

  /** The shape of the parameters: [...batchShape, K]. */
  get paramShape(): readonly number[] {
    return this.categorical.paramShape;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { probs: simplex, logits: realVector };
  }

  get support(): Constraint {
    return multinomialCounts(this.totalCount);
  }

  override get mean(): Tensor {
    return this.probs.mul(this.totalCount);
  }

  override get variance(): Tensor {
    return this.probs.mul(this.totalCount).mul(this.probs.neg().add(1));
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { categorical: this.categorical.expand(batchShape) });
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    const { dtype, device } = this.probs;
    const draws = this.categorical.sample([this.totalCount, ...sampleShape]).movedim(0, -1);
    const each = zeros(draws.shape, { dtype, device }).add(1);
    return zeros(shape, { dtype, device }).scatterAdd(-1, draws, each);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const [logits, counts] = broadcastAll(this.logits, value);
    const never = counts.eq(0).logicalAnd(logits.eq(Number.NEGATIVE_INFINITY));
    const powers = logits.maskedFill(never, 0).mul(counts).sum(-1);
    return counts.sum(-1).add(1).lgamma().sub(counts.add(1).lgamma().sum(-1)).add(powers);
  }

  override entropy(): Tensor {
    const { totalCount } = this;
    const single = new Binomial(totalCount, this.probs, { validateArgs: false });
    const counts = single.enumerateSupport(false).narrow(0, 1, totalCount);
    const weighed = single.logProb(counts).exp().mul(counts.add(1).lgamma());
    const logFactorial = counts
      .narrow(0, totalCount - 1, 1)
      .add(1)
      .lgamma()
      .flatten()
      .select(0, 0);
    return this.categorical
      .entropy()
      .mul(totalCount)
      .sub(logFactorial)
      .add(weighed.sum([0, -1]));
  }
}
