/** @file Mixtures of distributions of one family. */
import { noGrad } from "../autograd/grad-mode.ts";
import { type Args, required, signature } from "../core/arguments.ts";
import { ShapeError } from "../core/errors.ts";
import { type Kind, kind } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Categorical } from "./categorical.ts";
import type { Constraint } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { aDistribution } from "./independent.ts";
import { sizeText } from "./utils.ts";

const aCategorical: Kind<Categorical> = {
  ...kind<Categorical>("a Categorical", (value) => value instanceof Categorical),
  message: () => "The Mixture distribution needs to be an instance of torch.distributions.Categorical",
};

const MIXTURE = signature("MixtureSameFamily", {
  mixtureDistribution: required(aCategorical),
  componentDistribution: required(aDistribution),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link MixtureSameFamily} by name. */
export interface MixtureSameFamilyOptions extends DistributionOptions {
  /** The distribution of the component. */
  readonly mixtureDistribution: Categorical;
  /** The components, along the rightmost batch dimension. */
  readonly componentDistribution: Distribution;
}

/**
 * A mixture: a {@link Categorical} distribution chooses one of the components, which lie along the rightmost batch dimension
 * of another distribution.
 *
 * @throws ShapeError if the numbers of components or the batch shapes do not match.
 * @example
 * const { Categorical, MixtureSameFamily, Normal } = distributions;
 * const mixture = new MixtureSameFamily(new Categorical(tensor([0.5, 0.5])), new Normal(tensor([-1, 1]), 1));
 * mixture.mean; // tensor(0.)
 */
export class MixtureSameFamily extends Distribution {
  /** The distribution of the component. */
  readonly mixtureDistribution: Categorical;
  /** The components. */
  readonly componentDistribution: Distribution;

  constructor(
    ...args: Args<[mixtureDistribution: Categorical, componentDistribution: Distribution], [], MixtureSameFamilyOptions>
  ) {
    const { mixtureDistribution: mixture, componentDistribution: component, validateArgs } = MIXTURE.read(args);
    const batch = component.batchShape.slice(0, -1);
    const fits = mixture.batchShape.every((size, i) => {
      const other = batch.at(i - mixture.batchShape.length);
      return other === undefined || size === 1 || other === 1 || size === other;
    });
    if (!fits) {
      throw new ShapeError(
        `[MixtureSameFamily] \`mixture_distribution.batch_shape\` (${sizeText(mixture.batchShape)}) is not compatible with ` +
          `\`component_distribution.batch_shape\`(${sizeText(batch)})`,
      );
    }
    const [choices, components] = [mixture.logits.size(-1), component.batchShape.at(-1)];
    if (choices !== components) {
      throw new ShapeError(
        `[MixtureSameFamily] \`mixture_distribution component\` (${choices}) does not equal ` +
          `\`component_distribution.batch_shape[-1]\` (${components})`,
      );
    }
    super(batch, component.eventShape, validateArgs);
    this.mixtureDistribution = mixture;
    this.componentDistribution = component;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return {};
  }

  get support(): Constraint {
    return this.componentDistribution.support;
  }

  override get mean(): Tensor {
    return this.averaged(this.componentDistribution.mean);
  }

  /** By the law of total variance. */
  override get variance(): Tensor {
    const within = this.averaged(this.componentDistribution.variance);
    const between = this.averaged(this.componentDistribution.mean.sub(this.padded(this.mean)).pow(2));
    return within.add(between);
  }

  expand(batchShape: readonly number[]): this {
    const components = this.mixtureDistribution.paramShape.at(-1) as number;
    return this.expanded(batchShape, {
      mixtureDistribution: this.mixtureDistribution.expand(batchShape),
      componentDistribution: this.componentDistribution.expand([...batchShape, components]),
    });
  }

  override cdf(value: Tensor): Tensor {
    return this.componentDistribution.cdf(this.padded(value)).mul(this.mixtureDistribution.probs).sum(-1);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const each = this.componentDistribution.logProb(this.padded(value));
    return each.add(this.mixtureDistribution.logits.logSoftmax(-1)).logsumexp(-1);
  }

  override sample(sampleShape: readonly number[] = []): Tensor {
    return noGrad(() => {
      const dim = sampleShape.length + this.batchShape.length;
      const chosen = this.mixtureDistribution.sample(sampleShape);
      const components = this.componentDistribution.sample(sampleShape);
      const ones = this.eventShape.map(() => 1);
      const index = chosen
        .reshape([...chosen.shape, 1, ...ones])
        .expand([...components.shape.slice(0, dim), 1, ...this.eventShape]);
      return components.gather(dim, index.contiguous()).squeeze(dim);
    });
  }

  override toString(): string {
    return `MixtureSameFamily(\n  ${this.mixtureDistribution},\n  ${this.componentDistribution})`;
  }

  /** With a dimension for the components. */
  private padded(x: Tensor): Tensor {
    return x.unsqueeze(-1 - this.eventShape.length);
  }

  /** The mean over the components. */
  private averaged(x: Tensor): Tensor {
    const { probs } = this.mixtureDistribution;
    const weights = probs.reshape([...probs.shape, ...this.eventShape.map(() => 1)]);
    return weights.mul(x).sum(-1 - this.eventShape.length);
  }
}
