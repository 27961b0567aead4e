/** @file The Kullback-Leibler divergence: the registry of its formulas. */
import { readArgument } from "../core/arguments.ts";
import { TapegradError, ValueError } from "../core/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Distribution } from "./distribution.ts";
import { aDistribution, Independent } from "./independent.ts";
import { type DistributionClass, KL_FORMULAS } from "./kl-formulas.ts";
import { TransformedDistribution } from "./transformed-distribution.ts";
import { sameTransforms } from "./transforms.ts";
import { sumRightmost } from "./utils.ts";

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

registry.push(...KL_FORMULAS.map(([p, q, formula]): Entry => ({ p, q, formula })));

registerKl(Independent, Independent, (p, q) => {
  if (p.reinterpretedBatchNdims !== q.reinterpretedBatchNdims) {
    throw new TapegradError(
      "[klDivergence] KL(p || q) of Independent distributions is implemented for the same reinterpretedBatchNdims only, " +
        `but got ${p.reinterpretedBatchNdims} and ${q.reinterpretedBatchNdims}`,
    );
  }
  return sumRightmost(klDivergence(p.baseDist, q.baseDist), p.reinterpretedBatchNdims);
});

registerKl(TransformedDistribution, TransformedDistribution, (p, q) => {
  const sameEvent = String(p.eventShape) === String(q.eventShape);
  if (!sameEvent || !sameTransforms(p.transforms, q.transforms)) {
    throw new TapegradError(
      "[klDivergence] KL(p || q) of transformed distributions is implemented for the same transforms only",
    );
  }
  return klDivergence(p.baseDist, q.baseDist);
});
