/** @file The continuous Bernoulli distribution: Loaiza-Ganem and Cunningham, 2019, arXiv:1907.06845. */

import { noGrad } from "../autograd/grad-mode.ts";
import { signature } from "../core/arguments.ts";
import { binaryCrossEntropyWithLogits } from "../nn/functional/loss.ts";
import { onesLike, zerosLike } from "../tensor/create.ts";
import { where } from "../tensor/functions/elementwise.ts";
import { rand } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, unitInterval } from "./constraints.ts";
import { BinaryProbs, PROBS_AND_LOGITS, PROBS_OR_LOGITS, type ProbsOrLogitsArgs, readBinary } from "./probs-logits.ts";
import { broadcastAll, clampProbs, keep, logitsToProbs } from "./utils.ts";

const CONTINUOUS_BERNOULLI = signature("ContinuousBernoulli", PROBS_OR_LOGITS);

/** Around one half the formulas cancel, and a Taylor expansion takes their place. */
const UNSTABLE = [0.499, 0.501] as const;

/**
 * Continuous Bernoulli distribution of values from 0 to 1: what the likelihood of images between black and white needs.
 *
 * @throws ValueError unless one of `probs` and `logits` is given, with probabilities from 0 to 1.
 * @example new distributions.ContinuousBernoulli(tensor([0.5])).mean; // tensor([0.5000])
 */
export class ContinuousBernoulli extends BinaryProbs {
  constructor(...args: ProbsOrLogitsArgs) {
    const { probs, logits, validateArgs } = CONTINUOUS_BERNOULLI.read(args);
    super(readBinary("ContinuousBernoulli", probs, logits), validateArgs);
    this.checkParameters(PROBS_AND_LOGITS);
    if (probs !== null) keep(this, "probs", clampProbs(this.probs));
  }

  override get probs(): Tensor {
    return this.lazily("probs", () => clampProbs(logitsToProbs(this.logits, true)));
  }

  override get logits(): Tensor {
    return super.logits;
  }

  override get hasRsample(): boolean {
    return true;
  }

  get support(): Constraint {
    return unitInterval;
  }

  private get isStable(): Tensor {
    return this.probs.le(UNSTABLE[0]).logicalOr(this.probs.gt(UNSTABLE[1]));
  }

  /** Probabilities outside of the unstable region. */
  private get cutProbs(): Tensor {
    return where(this.isStable, this.probs, onesLike(this.probs).mul(UNSTABLE[0]));
  }

  /** The logarithm of the normalizing constant. @internal */
  logNormalizer(): Tensor {
    const cut = this.cutProbs;
    const isLow = cut.le(0.5);
    const low = where(isLow, cut, zerosLike(cut));
    const high = where(cut.ge(0.5), cut, onesLike(cut));
    const outer = cut.neg().log1p().sub(cut.log()).abs().log();
    const exact = outer.sub(where(isLow, low.mul(-2).log1p(), high.mul(2).sub(1).log()));
    const x = this.probs.sub(0.5).pow(2);
    const taylor = x
      .mul(104 / 45)
      .add(4 / 3)
      .mul(x)
      .add(Math.log(2));
    return where(this.isStable, exact, taylor);
  }

  override get mean(): Tensor {
    const cut = this.cutProbs;
    const exact = cut.div(cut.mul(2).sub(1)).add(cut.neg().log1p().sub(cut.log()).reciprocal());
    const x = this.probs.sub(0.5);
    const taylor = x
      .pow(2)
      .mul(16 / 45)
      .add(1 / 3)
      .mul(x)
      .add(0.5);
    return where(this.isStable, exact, taylor);
  }

  override get variance(): Tensor {
    const cut = this.cutProbs;
    const first = cut.mul(cut.sub(1)).div(cut.mul(-2).add(1).pow(2));
    const exact = first.add(cut.neg().log1p().sub(cut.log()).pow(2).reciprocal());
    const x = this.probs.sub(0.5).pow(2);
    const taylor = x
      .mul(-128 / 945)
      .add(1 / 15)
      .mul(x)
      .neg()
      .add(1 / 12);
    return where(this.isStable, exact, taylor);
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    return noGrad(() => this.rsample(sampleShape));
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const { dtype, device } = this.probs;
    return this.icdf(rand(this.extendedShape(sampleShape), { dtype, device }));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const [logits, x] = broadcastAll(this.logits, value);
    return binaryCrossEntropyWithLogits(logits, x, { reduction: "none" }).neg().add(this.logNormalizer());
  }

  override cdf(value: Tensor): Tensor {
    this.checkValue("cdf", value);
    const cut = this.cutProbs;
    const powers = cut.pow(value).mul(cut.neg().add(1).pow(value.neg().add(1)));
    const exact = powers.add(cut).sub(1).div(cut.mul(2).sub(1));
    const inside = where(this.isStable, exact, value);
    return where(value.le(0), zerosLike(value), where(value.ge(1), onesLike(value), inside));
  }

  override icdf(value: Tensor): Tensor {
    const cut = this.cutProbs;
    const rest = cut.neg().log1p();
    const exact = value.mul(cut.mul(2).sub(1)).sub(cut).log1p().sub(rest).div(cut.log().sub(rest));
    return where(this.isStable, exact, value);
  }

  override entropy(): Tensor {
    const [no, yes] = [this.probs.neg().log1p(), this.probs.log()];
    return this.mean.mul(no.sub(yes)).sub(this.logNormalizer()).sub(no);
  }
}
