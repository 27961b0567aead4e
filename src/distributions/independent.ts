/** @file Batch dimensions reinterpreted as dimensions of the event. */
import { type Args, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aSize, type Kind, kind } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, independent } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { sumRightmost } from "./utils.ts";

/** The kind of a distribution. */
export const aDistribution: Kind<Distribution> = kind("a Distribution", (value) => value instanceof Distribution);

const INDEPENDENT = signature("Independent", {
  baseDistribution: required(aDistribution),
  reinterpretedBatchNdims: required(aSize),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link Independent} by name. */
export interface IndependentOptions extends DistributionOptions {
  /** The distribution of the single elements. */
  readonly baseDistribution: Distribution;
  /** How many of its batch dimensions, from the right, become dimensions of the event. */
  readonly reinterpretedBatchNdims: number;
}

/**
 * Treats the rightmost batch dimensions of a distribution as dimensions of one event, whose log probability is the sum.
 *
 * @throws ValueError if the distribution has fewer batch dimensions.
 * @example
 * const normal = new distributions.Normal(zeros(3, 2), ones(3, 2));
 * const diagonal = new distributions.Independent(normal, 1);
 * [diagonal.batchShape, diagonal.eventShape]; // [[3], [2]]
 * diagonal.logProb(zeros(3, 2)).shape; // [3]
 */
export class Independent extends Distribution {
  /** The distribution of the single elements. */
  readonly baseDist: Distribution;
  /** How many of its batch dimensions are dimensions of the event. */
  readonly reinterpretedBatchNdims: number;

  constructor(
    ...args: Args<[baseDistribution: Distribution, reinterpretedBatchNdims: number], [], IndependentOptions>
  ) {
    const { baseDistribution, reinterpretedBatchNdims, validateArgs } = INDEPENDENT.read(args);
    const { batchShape, eventShape } = baseDistribution;
    if (reinterpretedBatchNdims > batchShape.length) {
      throw new ValueError(
        "[Independent] Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), " +
          `actual ${reinterpretedBatchNdims} vs ${batchShape.length}`,
      );
    }
    const cut = batchShape.length - reinterpretedBatchNdims;
    super(batchShape.slice(0, cut), [...batchShape.slice(cut), ...eventShape], validateArgs);
    this.baseDist = baseDistribution;
    this.reinterpretedBatchNdims = reinterpretedBatchNdims;
  }

  override get hasRsample(): boolean {
    return this.baseDist.hasRsample;
  }

  override get hasEnumerateSupport(): boolean {
    return this.reinterpretedBatchNdims === 0 && this.baseDist.hasEnumerateSupport;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return {};
  }

  get support(): Constraint {
    const { support } = this.baseDist;
    return this.reinterpretedBatchNdims === 0 ? support : independent(support, this.reinterpretedBatchNdims);
  }

  override get mean(): Tensor {
    return this.baseDist.mean;
  }

  override get mode(): Tensor {
    return this.baseDist.mode;
  }

  override get variance(): Tensor {
    return this.baseDist.variance;
  }

  expand(batchShape: readonly number[]): this {
    const baseShape = [...batchShape, ...this.eventShape.slice(0, this.reinterpretedBatchNdims)];
    return this.expanded(batchShape, { baseDist: this.baseDist.expand(baseShape) });
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    return this.baseDist.sample(sampleShape);
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    return this.baseDist.rsample(sampleShape);
  }

  logProb(value: Tensor): Tensor {
    return sumRightmost(this.baseDist.logProb(value), this.reinterpretedBatchNdims);
  }

  override entropy(): Tensor {
    return sumRightmost(this.baseDist.entropy(), this.reinterpretedBatchNdims);
  }

  override enumerateSupport(expand = true): Tensor {
    if (this.reinterpretedBatchNdims > 0) {
      throw this.notImplemented("enumerateSupport", "Enumeration over cartesian product is not implemented.");
    }
    return this.baseDist.enumerateSupport(expand);
  }

  override toString(): string {
    return `${this.constructor.name}(${this.baseDist}, ${this.reinterpretedBatchNdims})`;
  }
}
