/** @file The categorical distribution over one-hot vectors. */
import { signature } from "../core/arguments.ts";
import { eye } from "../tensor/create.ts";
import { oneHot } from "../tensor/functions/gather-scatter.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { CATEGORY_PROBS, Categorical } from "./categorical.ts";
import { type Constraint, oneHot as oneHotVectors, realVector, simplex } from "./constraints.ts";
import { Distribution } from "./distribution.ts";
import type { ProbsOrLogitsArgs } from "./probs-logits.ts";

const ONE_HOT_CATEGORICAL = signature("OneHotCategorical", CATEGORY_PROBS);

/**
 * Categorical distribution whose samples are one-hot vectors, in the dtype of the parameters.
 *
 * @throws ValueError, ShapeError as {@link Categorical}.
 * @example
 * manualSeed(0);
 * new distributions.OneHotCategorical(tensor([0.1, 0.2, 0.7])).sample(); // tensor([0., 0., 1.])
 */
export class OneHotCategorical extends Distribution {
  /** The distribution of the position of the 1. */
  protected readonly categorical: Categorical;

  constructor(...args: ProbsOrLogitsArgs<Tensor>) {
    const { probs, logits, validateArgs } = ONE_HOT_CATEGORICAL.read(args);
    const categorical = new Categorical(probs, logits);
    super(categorical.batchShape, categorical.paramShape.slice(-1), validateArgs);
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

  override get hasEnumerateSupport(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { probs: simplex, logits: realVector };
  }

  get support(): Constraint {
    return oneHotVectors;
  }

  override get mean(): Tensor {
    return this.probs;
  }

  override get mode(): Tensor {
    return oneHot(this.probs.argmax(-1), this.probs.size(-1)).to(this.probs.dtype);
  }

  override get variance(): Tensor {
    return this.probs.mul(this.probs.neg().add(1));
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { categorical: this.categorical.expand(batchShape) });
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    return oneHot(this.categorical.sample(sampleShape), this.probs.size(-1)).to(this.probs.dtype);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    return this.categorical.logProb(value.argmax(-1));
  }

  override entropy(): Tensor {
    return this.categorical.entropy();
  }

  override enumerateSupport(expand = true): Tensor {
    const count = this.probs.size(-1);
    const { dtype, device } = this.probs;
    const values = eye(count, { dtype, device }).view([count, ...this.batchShape.map(() => 1), count]);
    return expand ? values.expand([count, ...this.batchShape, count]) : values;
  }
}

/**
 * {@link OneHotCategorical} whose `rsample` passes the gradient of a sample straight to the probabilities.
 *
 * @example
 * const logits = tensor([0, 0], { requiresGrad: true });
 * const sample = new distributions.OneHotCategoricalStraightThrough({ logits }).rsample();
 * sample.sum().backward();
 * logits.grad; // tensor([0., 0.])
 */
export class OneHotCategoricalStraightThrough extends OneHotCategorical {
  override get hasRsample(): boolean {
    return true;
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    return this.sample(sampleShape).add(this.probs.sub(this.probs.detach()));
  }
}
