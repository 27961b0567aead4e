/** @file The Dirichlet distribution. */
import { type Args, required, signature } from "../core/arguments.ts";
import { ShapeError } from "../core/errors.ts";
import { aTensor } from "../core/kinds.ts";
import { where } from "../tensor/functions/elementwise.ts";
import { oneHot } from "../tensor/functions/gather-scatter.ts";
import { withGradFnName } from "../tensor/functions/grad-fn-name.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, independent, positive, simplex } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { StandardDirichlet } from "./reparameterized.ts";

const DIRICHLET = signature("Dirichlet", { concentration: required(aTensor), ...DISTRIBUTION_OPTIONS });

/** The arguments of {@link Dirichlet} by name. */
export interface DirichletOptions extends DistributionOptions {
  /** Concentrations α, above 0, along the last dimension. */
  readonly concentration: Tensor;
}

/**
 * Dirichlet distribution over probability vectors, with concentrations along the last dimension. The gradients of samples
 * are implicit, and cannot be differentiated again, as in PyTorch.
 *
 * @throws ShapeError for a 0-d tensor; ValueError unless all are positive.
 * @example
 * const dirichlet = new distributions.Dirichlet(tensor([1, 2, 5]));
 * dirichlet.mean; // tensor([0.1250, 0.2500, 0.6250])
 */
export class Dirichlet extends Distribution {
  /** Concentrations. */
  readonly concentration: Tensor;

  constructor(...args: Args<[concentration: Tensor], [], DirichletOptions>) {
    const { concentration, validateArgs } = DIRICHLET.read(args);
    if (concentration.ndim < 1) {
      throw new ShapeError("[Dirichlet] `concentration` parameter must be at least one-dimensional.");
    }
    super(concentration.shape.slice(0, -1), concentration.shape.slice(-1), validateArgs);
    this.concentration = concentration;
    this.checkParameters();
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { concentration: independent(positive, 1) };
  }

  get support(): Constraint {
    return simplex;
  }

  override get mean(): Tensor {
    return this.concentration.div(this.concentration.sum(-1, true));
  }

  override get mode(): Tensor {
    const excess = this.concentration.sub(1).clamp(0);
    const mode = excess.div(excess.sum(-1, true));
    const corner = oneHot(mode.argmax(-1), mode.size(-1)).to(mode.dtype);
    return where(this.concentration.lt(1).all(-1, true), corner, mode);
  }

  override get variance(): Tensor {
    const { concentration } = this;
    const total = concentration.sum(-1, true);
    return concentration.mul(total.sub(concentration)).div(total.pow(2).mul(total.add(1)));
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { concentration: this.concentration.expand([...batchShape, ...this.eventShape]) });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const concentration = this.concentration.expand(this.extendedShape(sampleShape));
    return withGradFnName("_DirichletBackward", StandardDirichlet.apply(concentration));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const { concentration } = this;
    return value
      .log()
      .mul(concentration.sub(1))
      .sum(-1)
      .add(concentration.sum(-1).lgamma())
      .sub(concentration.lgamma().sum(-1));
  }

  override entropy(): Tensor {
    const { concentration } = this;
    const total = concentration.sum(-1);
    return concentration
      .lgamma()
      .sum(-1)
      .sub(total.lgamma())
      .sub(total.neg().add(concentration.size(-1)).mul(total.digamma()))
      .sub(concentration.sub(1).mul(concentration.digamma()).sum(-1));
  }
}
