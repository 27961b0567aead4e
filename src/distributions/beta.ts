/** @file The beta distribution. */
import { type Args, required, signature } from "../core/arguments.ts";
import { tensor } from "../tensor/create.ts";
import { stack } from "../tensor/functions/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, positive, unitInterval } from "./constraints.ts";
import { Dirichlet } from "./dirichlet.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { aParameter, broadcastAll, type Parameter } from "./utils.ts";

const BETA = signature("Beta", {
  concentration1: required(aParameter),
  concentration0: required(aParameter),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link Beta} by name. */
export interface BetaOptions extends DistributionOptions {
  /** First concentration, α, above 0. */
  readonly concentration1: Parameter;
  /** Second concentration, β, above 0. */
  readonly concentration0: Parameter;
}

/**
 * Beta distribution with concentrations α = `concentration1` and β = `concentration0`. Its samples are those of a
 * {@link Dirichlet} distribution.
 *
 * @throws ValueError unless both are positive.
 * @example
 * const beta = new distributions.Beta(tensor([2]), tensor([3]));
 * [beta.mean, beta.variance]; // [tensor([0.4000]), tensor([0.0400])]
 */
export class Beta extends Distribution {
  /** The distribution of x and 1 − x. */
  protected readonly dirichlet: Dirichlet;

  constructor(...args: Args<[concentration1: Parameter, concentration0: Parameter], [], BetaOptions>) {
    const { concentration1, concentration0, validateArgs } = BETA.read(args);
    const both =
      typeof concentration1 === "number" && typeof concentration0 === "number"
        ? tensor([concentration1, concentration0])
        : stack([...broadcastAll(concentration1, concentration0)], -1);
    const dirichlet = new Dirichlet(both, { validateArgs });
    super(dirichlet.batchShape, [], validateArgs);
    this.dirichlet = dirichlet;
    this.checkParameters();
  }

  /** First concentration. */
  get concentration1(): Tensor {
    return this.dirichlet.concentration.select(-1, 0);
  }

  /** Second concentration. */
  get concentration0(): Tensor {
    return this.dirichlet.concentration.select(-1, 1);
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { concentration1: positive, concentration0: positive };
  }

  get support(): Constraint {
    return unitInterval;
  }

  override get mean(): Tensor {
    return this.concentration1.div(this.concentration1.add(this.concentration0));
  }

  override get mode(): Tensor {
    return this.dirichlet.mode.select(-1, 0);
  }

  override get variance(): Tensor {
    const { concentration1, concentration0 } = this;
    const total = concentration1.add(concentration0);
    return concentration1.mul(concentration0).div(total.pow(2).mul(total.add(1)));
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { dirichlet: this.dirichlet.expand(batchShape) });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    return this.dirichlet.rsample(sampleShape).select(-1, 0);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    return this.dirichlet.logProb(stack([value, value.neg().add(1)], -1));
  }

  override entropy(): Tensor {
    return this.dirichlet.entropy();
  }
}
