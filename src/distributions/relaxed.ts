/** @file Continuous relaxations of Bernoulli and categorical distributions: Maddison et al., Jang et al., 2016. */

import { lgamma } from "../../kernels/reference/special.ts";
import { type Args, required, signature } from "../core/arguments.ts";
import { isTensor } from "../core/identity.ts";
import { rand } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { CATEGORY_PROBS, Categorical } from "./categorical.ts";
import { type Constraint, real, realVector, simplex, unitInterval } from "./constraints.ts";
import { Distribution } from "./distribution.ts";
import {
  BinaryProbs,
  PROBS_AND_LOGITS,
  PROBS_OR_LOGITS,
  type ProbsOrLogitsOptions,
  readBinary,
} from "./probs-logits.ts";
import { TransformedDistribution } from "./transformed-distribution.ts";
import { ExpTransform, SigmoidTransform } from "./transforms.ts";
import { aParameter, broadcastAll, clampProbs, type Parameter } from "./utils.ts";

/** A temperature, and probabilities or logits, by name. */
export interface RelaxedOptions<P = Parameter> extends ProbsOrLogitsOptions<P> {
  /** Above 0: the lower, the nearer samples are to 0 and 1. */
  readonly temperature: Parameter;
}

/** The arguments of the relaxed distributions. */
export type RelaxedArgs<P = Parameter> = Args<
  [temperature: Parameter],
  [probs: P | null, logits: P | null],
  RelaxedOptions<P>
>;

const LOGIT_RELAXED = signature("LogitRelaxedBernoulli", { temperature: required(aParameter), ...PROBS_OR_LOGITS });
const RELAXED = signature("RelaxedBernoulli", { temperature: required(aParameter), ...PROBS_OR_LOGITS });

/** log |temperature|, whichever kind it is. */
function logOf(temperature: Parameter): Parameter {
  return isTensor(temperature) ? temperature.log() : Math.log(temperature);
}

/**
 * The logits of a {@link RelaxedBernoulli} distribution.
 *
 * @throws ValueError unless one of `probs` and `logits` is given.
 * @example new distributions.LogitRelaxedBernoulli(tensor([0.5]), tensor([0.3])).rsample([2]).shape; // [2, 1]
 */
export class LogitRelaxedBernoulli extends BinaryProbs {
  /** The lower, the nearer samples are to 0 and 1. */
  readonly temperature: Parameter;

  constructor(...args: RelaxedArgs) {
    const { temperature, probs, logits, validateArgs } = LOGIT_RELAXED.read(args);
    super(readBinary("LogitRelaxedBernoulli", probs, logits), validateArgs);
    this.temperature = temperature;
    this.checkParameters(PROBS_AND_LOGITS);
  }

  get support(): Constraint {
    return real;
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    const probs = clampProbs(this.probs.expand(shape));
    const u = clampProbs(rand(shape, { dtype: probs.dtype, device: probs.device }));
    const logits = u.log().sub(u.neg().log1p()).add(probs.log()).sub(probs.neg().log1p());
    return logits.div(this.temperature);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const [logits, x] = broadcastAll(this.logits, value);
    const difference = logits.sub(x.mul(this.temperature));
    return difference.add(logOf(this.temperature)).sub(difference.exp().log1p().mul(2));
  }
}

/**
 * A continuous relaxation of the {@link Bernoulli} distribution, with samples between 0 and 1 that have gradients.
 *
 * @throws ValueError unless one of `probs` and `logits` is given.
 * @example new distributions.RelaxedBernoulli(tensor([2]), tensor([0.3])).rsample().shape; // [1]
 */
export class RelaxedBernoulli extends TransformedDistribution {
  constructor(...args: RelaxedArgs) {
    const { temperature, probs, logits, validateArgs } = RELAXED.read(args);
    super(new LogitRelaxedBernoulli(temperature, probs, logits), new SigmoidTransform(), { validateArgs });
    this.checkParameters();
  }

  private get base(): LogitRelaxedBernoulli {
    return this.baseDist as LogitRelaxedBernoulli;
  }

  override get hasRsample(): boolean {
    return true;
  }

  /** The lower, the nearer samples are to 0 and 1. */
  get temperature(): Parameter {
    return this.base.temperature;
  }

  /** Probabilities. */
  get probs(): Tensor {
    return this.base.probs;
  }

  /** Log odds. */
  get logits(): Tensor {
    return this.base.logits;
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { probs: unitInterval, logits: real };
  }

  override get support(): Constraint {
    return unitInterval;
  }
}

const EXP_RELAXED = signature("ExpRelaxedCategorical", { temperature: required(aParameter), ...CATEGORY_PROBS });
const RELAXED_ONE_HOT = signature("RelaxedOneHotCategorical", { temperature: required(aParameter), ...CATEGORY_PROBS });

/** The logarithm of a {@link RelaxedOneHotCategorical} distribution. */
class ExpRelaxedCategorical extends Distribution {
  readonly temperature: Parameter;
  readonly categorical: Categorical;

  constructor(...args: RelaxedArgs<Tensor>) {
    const { temperature, probs, logits, validateArgs } = EXP_RELAXED.read(args);
    const categorical = new Categorical(probs, logits);
    super(categorical.batchShape, categorical.paramShape.slice(-1), validateArgs);
    this.temperature = temperature;
    this.categorical = categorical;
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { probs: simplex, logits: realVector };
  }

  get support(): Constraint {
    return realVector;
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { categorical: this.categorical.expand(batchShape) });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const { logits } = this.categorical;
    const u = clampProbs(rand(this.extendedShape(sampleShape), { dtype: logits.dtype, device: logits.device }));
    const scores = logits.add(u.log().neg().log().neg()).div(this.temperature);
    return scores.sub(scores.logsumexp(-1, true));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const count = this.eventShape[0] as number;
    const [logits, x] = broadcastAll(this.categorical.logits, value);
    const score = logits.sub(x.mul(this.temperature));
    const normalized = score.sub(score.logsumexp(-1, true)).sum(-1);
    const logTemperature = logOf(this.temperature);
    const scale = isTensor(logTemperature) ? logTemperature.mul(count - 1) : logTemperature * (count - 1);
    return normalized.add(scale).add(lgamma(count));
  }
}

/**
 * A continuous relaxation of the {@link OneHotCategorical} distribution (Gumbel-softmax, Concrete), with samples that are
 * probability vectors and have gradients.
 *
 * @throws ValueError unless one of `probs` and `logits` is given.
 * @example new distributions.RelaxedOneHotCategorical(tensor([2]), ones(4)).rsample([3]).shape; // [3, 4]
 */
export class RelaxedOneHotCategorical extends TransformedDistribution {
  constructor(...args: RelaxedArgs<Tensor>) {
    const { temperature, probs, logits, validateArgs } = RELAXED_ONE_HOT.read(args);
    super(new ExpRelaxedCategorical(temperature, probs, logits, { validateArgs }), new ExpTransform(), {
      validateArgs,
    });
    this.checkParameters();
  }

  private get base(): ExpRelaxedCategorical {
    return this.baseDist as ExpRelaxedCategorical;
  }

  /** The lower, the nearer samples are to one-hot vectors. */
  get temperature(): Parameter {
    return this.base.temperature;
  }

  /** Normalised probabilities. */
  get probs(): Tensor {
    return this.base.categorical.probs;
  }

  /** Logarithms of the normalised probabilities. */
  get logits(): Tensor {
    return this.base.categorical.logits;
  }

  override get argConstraints(): Readonly<Record<string, Constraint>> {
    return { probs: simplex, logits: realVector };
  }

  override get support(): Constraint {
    return simplex;
  }
}
