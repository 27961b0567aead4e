/** @file The Kullback-Leibler divergence: the registry of its formulas, and those between the basic distributions. */
import { readArgument } from "../core/arguments.ts";
import { TapegradError, ValueError } from "../core/errors.ts";
import { softplus } from "../nn/functional/activation.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Bernoulli } from "./bernoulli.ts";
import { Beta } from "./beta.ts";
import { Categorical } from "./categorical.ts";
import { Dirichlet } from "./dirichlet.ts";
import { Distribution } from "./distribution.ts";
import { Gamma } from "./gamma.ts";
import { aDistribution, Independent } from "./independent.ts";
import { Normal } from "./normal.ts";
import { OneHotCategorical } from "./one-hot-categorical.ts";
import { Uniform } from "./uniform.ts";
import { sumRightmost } from "./utils.ts";

/** A class of distributions. */
export type DistributionClass<D extends Distribution = Distribution> = abstract new (...args: never) => D;

type Formula = (p: never, q: never) => Tensor;

interface Entry {
  readonly p: DistributionClass;
  readonly q: DistributionClass;
  readonly formula: Formula;
}

const registry: Entry[] = [];

/**
 * Registers the formula of KL(p ‖ q) for two classes of distributions and their subclasses. A later formula for the same
 * two classes takes the place of an earlier one.
 *
 * @example
 * class Point extends distributions.Normal {}
 * distributions.registerKl(Point, Point, (p, q) => p.loc.sub(q.loc).abs());
 * distributions.klDivergence(new Point(0, 1), new Point(3, 1)); // tensor(3.)
 */
export function registerKl<P extends Distribution, Q extends Distribution>(
  typeP: DistributionClass<P>,
  typeQ: DistributionClass<Q>,
  formula: (p: P, q: Q) => Tensor,
): void {
  for (const [name, type] of [
    ["typeP", typeP],
    ["typeQ", typeQ],
  ] as const) {
    if (typeof type === "function" && (type === (Distribution as unknown) || type.prototype instanceof Distribution))
      continue;
    throw new ValueError(`[registerKl] Expected ${name} to be a Distribution subclass but got ${String(type)}`);
  }
  const at = registry.findIndex(({ p, q }) => p === typeP && q === typeQ);
  registry.splice(at < 0 ? registry.length : at, at < 0 ? 0 : 1, { p: typeP, q: typeQ, formula: formula as Formula });
}

/** Whether one class is another one or comes from it. */
function isSubclass(type: DistributionClass, of: DistributionClass): boolean {
  return type === of || type.prototype instanceof of;
}

/** The nearest class of `p`, and among those the nearest of `q`. */
function formulaFor(p: Distribution, q: Distribution): Formula | undefined {
  const fitting = registry.filter((entry) => p instanceof entry.p && q instanceof entry.q);
  const [first, ...others] = fitting;
  if (first === undefined) return undefined;
  return others.reduce((best, entry) => {
    const nearer = entry.p === best.p ? isSubclass(entry.q, best.q) : isSubclass(entry.p, best.p);
    return nearer ? entry : best;
  }, first).formula;
}

/**
 * The Kullback-Leibler divergence KL(p ‖ q) = ∫ p(x) log(p(x) / q(x)) dx, of the batch's shape.
 *
 * @throws TapegradError for two classes without a formula: {@link registerKl} adds one.
 * @example
 * const p = new distributions.Normal(tensor([0, 1]), tensor([1, 1]));
 * const q = new distributions.Normal(0, 2);
 * distributions.klDivergence(p, q); // tensor([0.3181, 0.4431])
 */
export function klDivergence(p: Distribution, q: Distribution): Tensor {
  readArgument("klDivergence", "p", aDistribution, p);
  readArgument("klDivergence", "q", aDistribution, q);
  const formula = formulaFor(p, q);
  if (formula !== undefined) return formula(p as never, q as never);
  throw new TapegradError(
    `[klDivergence] No KL(p || q) is implemented for p type ${p.constructor.name} and q type ${q.constructor.name}. ` +
      "Add a formula with registerKl.",
  );
}

registerKl(Normal, Normal, klNormal);

/** Of normal distributions. */
export function klNormal(p: Normal, q: Normal): Tensor {
  const ratio = p.scale.div(q.scale).pow(2);
  const shift = p.loc.sub(q.loc).div(q.scale).pow(2);
  return ratio.add(shift).sub(1).sub(ratio.log()).mul(0.5);
}

registerKl(Bernoulli, Bernoulli, (p, q) => {
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
});

function klCategorical(p: Categorical | OneHotCategorical, q: Categorical | OneHotCategorical): Tensor {
  return p.probs
    .mul(p.logits.sub(q.logits))
    .maskedFill(q.probs.eq(0), Number.POSITIVE_INFINITY)
    .maskedFill(p.probs.eq(0), 0)
    .sum(-1);
}

registerKl(Categorical, Categorical, klCategorical);
registerKl(OneHotCategorical, OneHotCategorical, klCategorical);

registerKl(Beta, Beta, (p, q) => {
  const [sumP, sumQ] = [p.concentration1.add(p.concentration0), q.concentration1.add(q.concentration0)];
  const t1 = q.concentration1.lgamma().add(q.concentration0.lgamma()).add(sumP.lgamma());
  const t2 = p.concentration1.lgamma().add(p.concentration0.lgamma()).add(sumQ.lgamma());
  const t3 = p.concentration1.sub(q.concentration1).mul(p.concentration1.digamma());
  const t4 = p.concentration0.sub(q.concentration0).mul(p.concentration0.digamma());
  return t1.sub(t2).add(t3).add(t4).add(sumQ.sub(sumP).mul(sumP.digamma()));
});

registerKl(Dirichlet, Dirichlet, (p, q) => {
  const [sumP, sumQ] = [p.concentration.sum(-1), q.concentration.sum(-1)];
  const t2 = p.concentration.lgamma().sub(q.concentration.lgamma()).sum(-1);
  const t4 = p.concentration.digamma().sub(sumP.digamma().unsqueeze(-1));
  return sumP.lgamma().sub(sumQ.lgamma()).sub(t2).add(p.concentration.sub(q.concentration).mul(t4).sum(-1));
});

registerKl(Gamma, Gamma, (p, q) => {
  const t1 = q.concentration.mul(p.rate.div(q.rate).log());
  const t2 = q.concentration.lgamma().sub(p.concentration.lgamma());
  const t3 = p.concentration.sub(q.concentration).mul(p.concentration.digamma());
  return t1
    .add(t2)
    .add(t3)
    .add(q.rate.sub(p.rate).mul(p.concentration.div(p.rate)));
});

registerKl(Uniform, Uniform, (p, q) => {
  const outside = q.low.gt(p.low).logicalOr(q.high.lt(p.high));
  return q.high.sub(q.low).div(p.high.sub(p.low)).log().maskedFill(outside, Number.POSITIVE_INFINITY);
});

registerKl(Independent, Independent, (p, q) => {
  if (p.reinterpretedBatchNdims !== q.reinterpretedBatchNdims) {
    throw new TapegradError(
      "[klDivergence] KL(p || q) of Independent distributions is implemented for the same reinterpretedBatchNdims only, " +
        `but got ${p.reinterpretedBatchNdims} and ${q.reinterpretedBatchNdims}`,
    );
  }
  return sumRightmost(klDivergence(p.baseDist, q.baseDist), p.reinterpretedBatchNdims);
});
