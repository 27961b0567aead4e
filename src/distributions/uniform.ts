/** @file The uniform distribution. */
import { type Args, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { rand } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, dependent, interval } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { allSync, aParameter, broadcastAll, type Parameter } from "./utils.ts";

const UNIFORM = signature("Uniform", {
  low: required(aParameter),
  high: required(aParameter),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link Uniform} by name. */
export interface UniformOptions extends DistributionOptions {
  /** Lower end, which samples can be. */
  readonly low: Parameter;
  /** Upper end, which samples are below. */
  readonly high: Parameter;
}

/**
 * Uniform distribution on [low, high).
 *
 * @throws ValueError unless `low` is below `high`.
 * @example
 * manualSeed(0);
 * new distributions.Uniform(0, tensor([5])).sample(); // tensor([2.4813])
 */
export class Uniform extends Distribution {
  /** Lower end. */
  readonly low: Tensor;
  /** Upper end. */
  readonly high: Tensor;

  constructor(...args: Args<[low: Parameter, high: Parameter], [], UniformOptions>) {
    const { validateArgs, ...given } = UNIFORM.read(args);
    const [low, high] = broadcastAll(given.low, given.high);
    super(low.shape, [], validateArgs);
    this.low = low;
    this.high = high;
    if (this.validates && !allSync(low.lt(high))) {
      throw new ValueError(`[Uniform] Uniform is not defined when low>= high, but got ${low} and ${high}`);
    }
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { low: dependent, high: dependent };
  }

  get support(): Constraint {
    return interval(this.low, this.high);
  }

  override get mean(): Tensor {
    return this.high.add(this.low).div(2);
  }

  override get mode(): Tensor {
    return this.high.mul(Number.NaN);
  }

  override get stddev(): Tensor {
    return this.high.sub(this.low).div(Math.sqrt(12));
  }

  override get variance(): Tensor {
    return this.high.sub(this.low).pow(2).div(12);
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { low: this.low.expand(batchShape), high: this.high.expand(batchShape) });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const { dtype, device } = this.low;
    const drawn = rand(this.extendedShape(sampleShape), { dtype, device });
    return this.low.add(drawn.mul(this.high.sub(this.low)));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const inside = this.low.le(value).logicalAnd(this.high.gt(value)).to(this.low.dtype);
    return inside.log().sub(this.high.sub(this.low).log());
  }

  override cdf(value: Tensor): Tensor {
    this.checkValue("cdf", value);
    return value.sub(this.low).div(this.high.sub(this.low)).clamp(0, 1);
  }

  override icdf(value: Tensor): Tensor {
    return value.mul(this.high.sub(this.low)).add(this.low);
  }

  override entropy(): Tensor {
    return this.high.sub(this.low).log();
  }
}
