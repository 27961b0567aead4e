/** @file The categorical distribution. */

import { noGrad } from "../autograd/grad-mode.ts";
import { optional, signature } from "../core/arguments.ts";
import { ShapeError } from "../core/errors.ts";
import { aTensor, nullable } from "../core/kinds.ts";
import { finfo } from "../core/numeric-limits.ts";
import { arange, full } from "../tensor/create.ts";
import { broadcastTensors } from "../tensor/functions/movement.ts";
import { multinomial } from "../tensor/functions/sampling.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, integerInterval, realVector, simplex } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution } from "./distribution.ts";
import { PROBS_AND_LOGITS, type ProbsOrLogitsArgs } from "./probs-logits.ts";
import { checkOneOf, keep, logitsToProbs, probsToLogits } from "./utils.ts";

/** Probabilities or logits of categories: the last dimension is that of the categories. */
export const CATEGORY_PROBS = {
  probs: optional(nullable(aTensor), null),
  logits: optional(nullable(aTensor), null),
  ...DISTRIBUTION_OPTIONS,
} as const;

const CATEGORICAL = signature("Categorical", CATEGORY_PROBS);

/**
 * Categorical distribution over 0 … K − 1. `probs` or `logits` have the K categories in their last dimension, and are
 * normalised along it. Samples are int32.
 *
 * @throws ValueError unless one of `probs` and `logits` is given; ShapeError for a 0-d tensor.
 * @example
 * manualSeed(0);
 * const policy = new distributions.Categorical({ logits: tensor([0, 1, 2]) });
 * const action = policy.sample(); // tensor(2)
 * policy.logProb(action); // tensor(-0.4076)
 */
export class Categorical extends Distribution {
  /** Number of categories. */
  protected readonly numEvents: number;

  constructor(...args: ProbsOrLogitsArgs<Tensor>) {
    const { probs, logits, validateArgs } = CATEGORICAL.read(args);
    checkOneOf("Categorical", probs, logits);
    const name = probs === null ? "logits" : "probs";
    const given = (probs ?? logits) as Tensor;
    if (given.ndim < 1) throw new ShapeError(`[Categorical] \`${name}\` parameter must be at least one-dimensional.`);
    super(given.shape.slice(0, -1), [], validateArgs);
    keep(this, name, probs === null ? given.sub(given.logsumexp(-1, true)) : given.div(given.sum(-1, true)));
    this.numEvents = given.size(-1);
    this.checkParameters(PROBS_AND_LOGITS);
  }

  /** Normalised probabilities. */
  get probs(): Tensor {
    return this.lazily("probs", () => logitsToProbs(this.logits, false));
  }

  /** Logarithms of the normalised probabilities. */
  get logits(): Tensor {
    return this.lazily("logits", () => probsToLogits(this.probs, false));
  }

  /** The shape of the parameters: [...batchShape, K]. */
  get paramShape(): readonly number[] {
    return [...this.batchShape, this.numEvents];
  }

  override get hasEnumerateSupport(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { probs: simplex, logits: realVector };
  }

  get support(): Constraint {
    return integerInterval(0, this.numEvents - 1);
  }

  override get mean(): Tensor {
    const { dtype, device } = this.probs;
    return full(this.batchShape, Number.NaN, { dtype, device });
  }

  override get mode(): Tensor {
    return this.probs.argmax(-1);
  }

  override get variance(): Tensor {
    return this.mean;
  }

  expand(batchShape: readonly number[]): this {
    const known = PROBS_AND_LOGITS.filter((name) => Object.hasOwn(this, name));
    const paramShape = [...batchShape, this.numEvents];
    return this.expanded(batchShape, Object.fromEntries(known.map((name) => [name, this[name].expand(paramShape)])));
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    const count = sampleShape.reduce((a, b) => a * b, 1);
    return noGrad(() => multinomial(this.probs.reshape(-1, this.numEvents), count, true).t().reshape(shape));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const [index, logPmf] = broadcastTensors(value.long().unsqueeze(-1), this.logits) as [Tensor, Tensor];
    return logPmf.gather(-1, index.narrow(-1, 0, 1)).squeeze(-1);
  }

  override entropy(): Tensor {
    return this.logits.clamp(finfo(this.logits.dtype).min).mul(this.probs).sum(-1).neg();
  }

  override enumerateSupport(expand = true): Tensor {
    const values = arange(this.numEvents, { device: this.probs.device }).view([-1, ...this.batchShape.map(() => 1)]);
    return expand ? values.expand([-1, ...this.batchShape]) : values;
  }
}
