/** @file Formulas of the Kullback-Leibler divergence, as torch.distributions.kl has them. */
import { TapegradError } from "../core/errors.ts";
import { softplus } from "../nn/functional/activation.ts";
import { fullLike, onesLike } from "../tensor/create.ts";
import { where } from "../tensor/functions/elementwise.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Bernoulli } from "./bernoulli.ts";
import { Beta } from "./beta.ts";
import { Categorical } from "./categorical.ts";
import { ContinuousBernoulli } from "./continuous-bernoulli.ts";
import { Binomial, Geometric } from "./counts.ts";
import { Dirichlet } from "./dirichlet.ts";
import type { Distribution } from "./distribution.ts";
import { Exponential, Poisson } from "./exponential.ts";
import { Gamma } from "./gamma.ts";
import { Cauchy, Laplace } from "./loc-scale.ts";
import { klLowRank, LowRankMultivariateNormal } from "./low-rank-multivariate-normal.ts";
import { klMultivariateNormal, MultivariateNormal } from "./multivariate-normal.ts";
import { Normal } from "./normal.ts";
import { OneHotCategorical } from "./one-hot-categorical.ts";
import { Gumbel, HalfNormal, Pareto } from "./transformed-distribution.ts";
import { Uniform } from "./uniform.ts";
import { EULER_CONSTANT } from "./utils.ts";

/** A class of distributions. */
export type DistributionClass<D extends Distribution = Distribution> = abstract new (...args: never) => D;

/** Two classes and the formula for them. */
export type KlFormula = readonly [p: DistributionClass, q: DistributionClass, formula: (p: never, q: never) => Tensor];

function of<P extends Distribution, Q extends Distribution>(
  p: DistributionClass<P>,
  q: DistributionClass<Q>,
  formula: (p: P, q: Q) => Tensor,
): KlFormula {
  return [p, q, formula];
}

const INF = Number.POSITIVE_INFINITY;

/** q has no density where p has some. */
function infinite<P extends Distribution>(
  p: DistributionClass<P>,
  parameter: (p: P) => Tensor,
  ...others: readonly DistributionClass[]
): KlFormula[] {
  return others.map((q) => of(p, q, (one) => fullLike(parameter(one), INF)));
}

/** x log x. */
function xLogX(x: Tensor): Tensor {
  return x.mul(x.log());
}

/** Of normal distributions. */
function klNormal(p: Normal, q: Normal): Tensor {
  const ratio = p.scale.div(q.scale).pow(2);
  const shift = p.loc.sub(q.loc).div(q.scale).pow(2);
  return ratio.add(shift).sub(1).sub(ratio.log()).mul(0.5);
}

function klCategorical(p: Categorical | OneHotCategorical, q: Categorical | OneHotCategorical): Tensor {
  return p.probs
    .mul(p.logits.sub(q.logits))
    .maskedFill(q.probs.eq(0), Number.POSITIVE_INFINITY)
    .maskedFill(p.probs.eq(0), 0)
    .sum(-1);
}

/** log(β^α / Γ(α)), negated: the normalizing constant of a gamma distribution. */
function gammaConstant(q: Gamma): Tensor {
  return q.concentration.lgamma().sub(q.concentration.mul(q.rate.log()));
}

/** (m² / 2 + v / 2 − μ m + μ² / 2) / σ² of a normal distribution q, for a variable of second moment 2 · `half`. */
function normalDistance(q: Normal, half: Tensor, mean: Tensor): Tensor {
  return half.sub(q.loc.mul(mean)).add(q.loc.pow(2).mul(0.5)).div(q.scale.pow(2));
}

/** The formulas of PyTorch for the distributions that are here. */
export const KL_FORMULAS: readonly KlFormula[] = [
  of(Normal, Normal, klNormal),
  of(MultivariateNormal, MultivariateNormal, klMultivariateNormal),
  of(LowRankMultivariateNormal, LowRankMultivariateNormal, klLowRank),
  of(MultivariateNormal, LowRankMultivariateNormal, klLowRank),
  of(LowRankMultivariateNormal, MultivariateNormal, klLowRank),
  of(HalfNormal, HalfNormal, (p, q) => klNormal(p.baseDist as Normal, q.baseDist as Normal)),
  of(Bernoulli, Bernoulli, (p, q) => {
    const ones = p.probs
      .mul(softplus(q.logits.neg()).sub(softplus(p.logits.neg())))
      .maskedFill(q.probs.eq(0), Number.POSITIVE_INFINITY)
      .maskedFill(p.probs.eq(0), 0);
    const zeros = p.probs
      .neg()
      .add(1)
      .mul(softplus(q.logits).sub(softplus(p.logits)))
      .maskedFill(q.probs.eq(1), Number.POSITIVE_INFINITY)
      .maskedFill(p.probs.eq(1), 0);
    return ones.add(zeros);
  }),

  of(Categorical, Categorical, klCategorical),
  of(OneHotCategorical, OneHotCategorical, klCategorical),

  of(Beta, Beta, (p, q) => {
    const [sumP, sumQ] = [p.concentration1.add(p.concentration0), q.concentration1.add(q.concentration0)];
    const t1 = q.concentration1.lgamma().add(q.concentration0.lgamma()).add(sumP.lgamma());
    const t2 = p.concentration1.lgamma().add(p.concentration0.lgamma()).add(sumQ.lgamma());
    const t3 = p.concentration1.sub(q.concentration1).mul(p.concentration1.digamma());
    const t4 = p.concentration0.sub(q.concentration0).mul(p.concentration0.digamma());
    return t1.sub(t2).add(t3).add(t4).add(sumQ.sub(sumP).mul(sumP.digamma()));
  }),

  of(Dirichlet, Dirichlet, (p, q) => {
    const [sumP, sumQ] = [p.concentration.sum(-1), q.concentration.sum(-1)];
    const t2 = p.concentration.lgamma().sub(q.concentration.lgamma()).sum(-1);
    const t4 = p.concentration.digamma().sub(sumP.digamma().unsqueeze(-1));
    return sumP.lgamma().sub(sumQ.lgamma()).sub(t2).add(p.concentration.sub(q.concentration).mul(t4).sum(-1));
  }),

  of(Gamma, Gamma, (p, q) => {
    const t1 = q.concentration.mul(p.rate.div(q.rate).log());
    const t2 = q.concentration.lgamma().sub(p.concentration.lgamma());
    const t3 = p.concentration.sub(q.concentration).mul(p.concentration.digamma());
    return t1
      .add(t2)
      .add(t3)
      .add(q.rate.sub(p.rate).mul(p.concentration.div(p.rate)));
  }),

  of(Uniform, Uniform, (p, q) => {
    const outside = q.low.gt(p.low).logicalOr(q.high.lt(p.high));
    return q.high.sub(q.low).div(p.high.sub(p.low)).log().maskedFill(outside, Number.POSITIVE_INFINITY);
  }),
  of(Binomial, Binomial, (p, q) => {
    if (p.totalCount.lt(q.totalCount).any().itemSync<boolean>()) {
      throw new TapegradError(
        "[klDivergence] KL between Binomials where q.total_count > p.total_count is not implemented",
      );
    }
    const each = p.probs.mul(p.logits.sub(q.logits)).add(p.probs.neg().log1p()).sub(q.probs.neg().log1p());
    return p.totalCount.mul(each).maskedFill(p.totalCount.gt(q.totalCount), INF);
  }),
  of(ContinuousBernoulli, ContinuousBernoulli, (p, q) => {
    const t1 = p.mean.mul(p.logits.sub(q.logits));
    const t2 = p.logNormalizer().add(p.probs.neg().log1p());
    return t1.add(t2).sub(q.logNormalizer()).sub(q.probs.neg().log1p());
  }),
  of(Exponential, Exponential, (p, q) => {
    const ratio = q.rate.div(p.rate);
    return ratio.log().neg().add(ratio).sub(1);
  }),
  of(Gumbel, Gumbel, (p, q) => {
    const ratio = p.scale.div(q.scale);
    const [locQ, locP] = [q.loc.div(q.scale), p.loc.div(q.scale)];
    const t3 = locQ.add(ratio.add(1).lgamma()).sub(locP).exp();
    return ratio
      .log()
      .neg()
      .sub(locQ)
      .add(locP)
      .add(ratio.mul(EULER_CONSTANT))
      .add(t3)
      .sub(1 + EULER_CONSTANT);
  }),
  of(Geometric, Geometric, (p, q) => p.entropy().neg().sub(q.probs.neg().log1p().div(p.probs)).sub(q.logits)),
  of(Laplace, Laplace, (p, q) => {
    const ratio = p.scale.div(q.scale);
    const distance = p.loc.sub(q.loc).abs();
    const t3 = ratio.mul(distance.neg().div(p.scale).exp());
    return ratio.log().neg().add(distance.div(q.scale)).add(t3).sub(1);
  }),
  of(Pareto, Pareto, (p, q) => {
    const ratio = q.alpha.div(p.alpha);
    const t1 = q.alpha.mul(p.scale.div(q.scale).log());
    return t1.sub(ratio.log()).add(ratio).sub(1).maskedFill(p.scale.lt(q.scale), INF);
  }),
  of(Poisson, Poisson, (p, q) => p.rate.mul(p.rate.log().sub(q.rate.log())).sub(p.rate.sub(q.rate))),
  of(Cauchy, Cauchy, (p, q) => {
    const t1 = p.scale.add(q.scale).pow(2).add(p.loc.sub(q.loc).pow(2)).log();
    return t1.sub(p.scale.mul(4).mul(q.scale).log());
  }),
  of(Bernoulli, Poisson, (p, q) => p.entropy().neg().sub(p.probs.mul(q.rate.log()).sub(q.rate))),
  of(Beta, ContinuousBernoulli, (p, q) => {
    return p.entropy().neg().sub(p.mean.mul(q.logits)).sub(q.probs.neg().log1p()).sub(q.logNormalizer());
  }),
  ...infinite(Beta, (p) => p.concentration1, Pareto),
  of(Beta, Exponential, (p, q) => p.entropy().neg().sub(q.rate.log()).add(q.rate.mul(p.mean))),
  of(Beta, Gamma, (p, q) => {
    const total = p.concentration1.add(p.concentration0);
    const t3 = q.concentration.sub(1).mul(p.concentration1.digamma().sub(total.digamma()));
    return p.entropy().neg().add(gammaConstant(q)).sub(t3).add(q.rate.mul(p.mean));
  }),
  of(Beta, Normal, (p, q) => {
    const { mean } = p;
    const total = p.concentration1.add(p.concentration0).add(1);
    const half = mean.mul(mean.neg().add(1)).div(total).add(mean.pow(2)).mul(0.5);
    const t2 = q.scale
      .pow(2)
      .mul(2 * Math.PI)
      .log()
      .mul(0.5);
    return p
      .entropy()
      .neg()
      .add(t2)
      .add(normalDistance(q, half, mean));
  }),
  of(Beta, Uniform, (p, q) => {
    const outside = q.low.gt(0).logicalOr(q.high.lt(1));
    return p.entropy().neg().add(q.high.sub(q.low).log()).maskedFill(outside, INF);
  }),
  ...infinite(ContinuousBernoulli, (p) => p.probs, Pareto),
  of(ContinuousBernoulli, Exponential, (p, q) => p.entropy().neg().sub(q.rate.log()).add(q.rate.mul(p.mean))),
  of(ContinuousBernoulli, Normal, (p, q) => {
    const { mean } = p;
    const t2 = q.loc
      .div(q.scale)
      .square()
      .add(Math.log(2 * Math.PI))
      .mul(0.5)
      .add(q.scale.log());
    const t3 = p.variance.add(mean.square()).sub(q.loc.mul(2).mul(mean)).div(q.scale.square().mul(2));
    return p.entropy().neg().add(t2).add(t3);
  }),
  of(ContinuousBernoulli, Uniform, (p, q) => {
    const result = p.entropy().neg().add(q.high.sub(q.low).log());
    return where(q.low.ge(0).logicalOr(q.high.le(1)), onesLike(result).mul(INF), result);
  }),
  ...infinite(Exponential, (p) => p.rate, Beta, ContinuousBernoulli, Pareto, Uniform),
  of(Exponential, Gamma, (p, q) => {
    const ratio = q.rate.div(p.rate);
    return q.concentration
      .neg()
      .mul(ratio.log())
      .add(ratio)
      .add(q.concentration.lgamma())
      .add(q.concentration.mul(EULER_CONSTANT))
      .sub(1 + EULER_CONSTANT);
  }),
  of(Exponential, Gumbel, (p, q) => {
    const product = p.rate.mul(q.scale);
    const ratio = q.loc.div(q.scale);
    const t2 = ratio.exp().mul(product).div(product.add(1));
    return product.log().sub(1).sub(ratio).add(t2).add(product.reciprocal());
  }),
  of(Exponential, Normal, (p, q) => {
    const [square, mean] = [p.rate.pow(2), p.rate.reciprocal()];
    const t1 = square
      .mul(q.scale.pow(2))
      .mul(2 * Math.PI)
      .log()
      .mul(0.5);
    return t1.sub(1).add(normalDistance(q, square.reciprocal(), mean));
  }),
  ...infinite(Gamma, (p) => p.concentration, Beta, ContinuousBernoulli, Pareto, Uniform),
  of(Gamma, Exponential, (p, q) => p.entropy().neg().sub(q.rate.log()).add(q.rate.mul(p.concentration).div(p.rate))),
  of(Gamma, Gumbel, (p, q) => {
    const { concentration } = p;
    const product = p.rate.mul(q.scale);
    const ratio = q.loc.div(q.scale);
    const t1 = concentration.sub(1).mul(concentration.digamma()).sub(concentration.lgamma()).sub(concentration);
    const t2 = product.log().add(concentration.div(product));
    return t1.add(t2).add(ratio.exp().mul(product.reciprocal().add(1).pow(concentration.neg())).sub(ratio));
  }),
  of(Gamma, Normal, (p, q) => {
    const { concentration } = p;
    const square = p.rate.pow(2);
    const t1 = square
      .mul(q.scale.pow(2))
      .mul(2 * Math.PI)
      .log()
      .mul(0.5)
      .sub(concentration)
      .sub(concentration.lgamma());
    const half = concentration.pow(2).add(concentration).mul(0.5).div(square);
    const t2 = concentration.sub(1).mul(concentration.digamma());
    return t1.add(t2).add(normalDistance(q, half, concentration.div(p.rate)));
  }),
  ...infinite(Gumbel, (p) => p.loc, Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
  of(Gumbel, Normal, (p, q) => {
    const ratio = p.scale.div(q.scale);
    const t1 = ratio.div(Math.sqrt(2 * Math.PI)).log();
    const t2 = ratio
      .mul(Math.PI * 0.5)
      .pow(2)
      .div(3);
    const t3 = p.loc.add(p.scale.mul(EULER_CONSTANT)).sub(q.loc).div(q.scale).pow(2).mul(0.5);
    return t2
      .sub(t1)
      .add(t3)
      .sub(EULER_CONSTANT + 1);
  }),
  ...infinite(Laplace, (p) => p.loc, Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
  of(Laplace, Normal, (p, q) => {
    const ratio = p.scale.pow(2).div(q.scale.pow(2));
    const t1 = ratio
      .mul(2 / Math.PI)
      .log()
      .mul(0.5);
    return ratio
      .sub(t1)
      .add(normalDistance(q, p.loc.pow(2).mul(0.5), p.loc))
      .sub(1);
  }),
  ...infinite(Normal, (p) => p.loc, Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
  of(Normal, Gumbel, (p, q) => {
    const [meanRatio, locRatio] = [p.loc.div(q.scale), q.loc.div(q.scale)];
    const square = p.scale.div(q.scale).pow(2);
    const t3 = meanRatio.neg().add(square.mul(0.5)).add(locRatio).exp();
    return meanRatio
      .sub(locRatio)
      .sub(square.log().mul(0.5))
      .add(t3)
      .sub(0.5 * (1 + Math.log(2 * Math.PI)));
  }),
  of(Normal, Laplace, (p, q) => {
    const distance = p.loc.sub(q.loc);
    const ratio = distance.div(p.scale);
    const t2 = p.scale.mul(Math.sqrt(2 / Math.PI)).mul(ratio.pow(2).mul(-0.5).exp());
    const t3 = distance.mul(ratio.mul(Math.sqrt(0.5)).erf());
    return t2
      .add(t3)
      .div(q.scale)
      .sub(p.scale.div(q.scale).log())
      .sub(0.5 * (1 + Math.log(0.5 * Math.PI)));
  }),
  ...infinite(Pareto, (p) => p.scale, Beta, ContinuousBernoulli, Uniform),
  of(Pareto, Exponential, (p, q) => {
    const product = p.scale.mul(q.rate);
    const t3 = p.alpha.mul(product).div(p.alpha.sub(1));
    return p.alpha.div(product).log().sub(p.alpha.reciprocal()).add(t3).sub(1).maskedFill(p.alpha.le(1), INF);
  }),
  of(Pareto, Gamma, (p, q) => {
    const common = p.scale.log().add(p.alpha.reciprocal());
    const t3 = q.concentration.neg().add(1).mul(common);
    const t4 = q.rate.mul(p.alpha).mul(p.scale).div(p.alpha.sub(1));
    const result = p.alpha.log().sub(common).add(gammaConstant(q)).add(t3).add(t4).sub(1);
    return result.maskedFill(p.alpha.le(1), INF);
  }),
  of(Pareto, Normal, (p, q) => {
    const double = q.scale.pow(2).mul(2);
    const common = p.scale.div(p.alpha.sub(1));
    const t1 = q.scale
      .mul(Math.sqrt(2 * Math.PI))
      .mul(p.alpha)
      .div(p.scale)
      .log();
    const t3 = p.alpha.mul(common.pow(2)).div(p.alpha.sub(2));
    const t4 = p.alpha.mul(common).sub(q.loc).pow(2);
    const result = t1.sub(p.alpha.reciprocal()).add(t3.add(t4).div(double)).sub(1);
    return result.maskedFill(p.alpha.le(2), INF);
  }),
  ...infinite(Poisson, (p) => p.rate, Bernoulli, Binomial),
  of(Uniform, Beta, (p, q) => {
    const width = p.high.sub(p.low);
    const t2 = q.concentration1
      .sub(1)
      .mul(xLogX(p.high).sub(xLogX(p.low)).sub(width))
      .div(width);
    const [lowRest, highRest] = [p.low.neg().add(1), p.high.neg().add(1)];
    const t3 = q.concentration0
      .sub(1)
      .mul(xLogX(highRest).sub(xLogX(lowRest)).add(width))
      .div(width);
    const t4 = q.concentration1
      .lgamma()
      .add(q.concentration0.lgamma())
      .sub(q.concentration1.add(q.concentration0).lgamma());
    return t3
      .add(t4)
      .sub(width.log())
      .sub(t2)
      .maskedFill(p.high.gt(1).logicalOr(p.low.lt(0)), INF);
  }),
  of(Uniform, ContinuousBernoulli, (p, q) => {
    const result = p.entropy().neg().sub(p.mean.mul(q.logits)).sub(q.probs.neg().log1p()).sub(q.logNormalizer());
    return where(p.high.ge(1).logicalOr(p.low.le(0)), onesLike(result).mul(INF), result);
  }),
  of(Uniform, Exponential, (p, q) => {
    const width = p.high.sub(p.low);
    return q.rate.mul(p.high.add(p.low)).div(2).sub(width.mul(q.rate).log()).maskedFill(p.low.lt(0), INF);
  }),
  of(Uniform, Gamma, (p, q) => {
    const width = p.high.sub(p.low);
    const t3 = q.concentration
      .neg()
      .add(1)
      .mul(xLogX(p.high).sub(xLogX(p.low)).sub(width))
      .div(width);
    const t4 = q.rate.mul(p.high.add(p.low)).div(2);
    return gammaConstant(q).sub(width.log()).add(t3).add(t4).maskedFill(p.low.lt(0), INF);
  }),
  of(Uniform, Gumbel, (p, q) => {
    const ratio = q.scale.div(p.high.sub(p.low));
    const [high, low] = [p.high.sub(q.loc).div(q.scale), p.low.sub(q.loc).div(q.scale)];
    const t2 = ratio.mul(high.neg().exp().sub(low.neg().exp()));
    return ratio.log().add(high.add(low).mul(0.5)).sub(t2);
  }),
  of(Uniform, Normal, (p, q) => {
    const width = p.high.sub(p.low);
    const t1 = q.scale
      .mul(Math.sqrt(2 * Math.PI))
      .div(width)
      .log();
    const t3 = p.high.add(p.low).sub(q.loc.mul(2)).div(2).pow(2);
    return t1.add(width.pow(2).div(12).add(t3).mul(0.5).div(q.scale.pow(2)));
  }),
  of(Uniform, Pareto, (p, q) => {
    const width = p.high.sub(p.low);
    const t1 = q.alpha.mul(q.scale.pow(q.alpha)).mul(width).log();
    const t2 = xLogX(p.high).sub(xLogX(p.low)).sub(width).div(width);
    return t2.mul(q.alpha.add(1)).sub(t1).maskedFill(p.low.lt(q.scale), INF);
  }),
];
