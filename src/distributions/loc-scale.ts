/** @file Cauchy and Laplace distributions. */

import { signature } from "../core/arguments.ts";
import { newTypedArray } from "../core/dtype.ts";
import { finfo } from "../core/numeric-limits.ts";
import { full, zeros } from "../tensor/create.ts";
import { fromTypedArray } from "../tensor/from-host.ts";
import { defaultGenerator } from "../tensor/random/generator.ts";
import { nextUniform } from "../tensor/random/uniform.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, positive, real } from "./constraints.ts";
import { Distribution } from "./distribution.ts";
import { LOC_SCALE, type LocScaleArgs } from "./normal.ts";
import { broadcastAll, type Parameter } from "./utils.ts";

/** A distribution of real numbers with a location and a scale. */
abstract class LocScale extends Distribution {
  /** Location. */
  readonly loc: Tensor;
  /** Scale. */
  readonly scale: Tensor;

  constructor(given: { readonly loc: Parameter; readonly scale: Parameter; readonly validateArgs: boolean | null }) {
    const [loc, scale] = broadcastAll(given.loc, given.scale);
    super(loc.shape, [], given.validateArgs);
    this.loc = loc;
    this.scale = scale;
    this.checkParameters();
  }

  override get hasRsample(): boolean {
    return true;
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { loc: real, scale: positive };
  }

  get support(): Constraint {
    return real;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, { loc: this.loc.expand(batchShape), scale: this.scale.expand(batchShape) });
  }
}

const CAUCHY = signature("Cauchy", LOC_SCALE);

/**
 * Cauchy (Lorentz) distribution with median `loc` and half width at half maximum `scale`. It has no mean.
 *
 * @throws ValueError unless `scale` is positive.
 * @example new distributions.Cauchy(0, 1).cdf(tensor([0, 1])); // tensor([0.5000, 0.7500])
 */
export class Cauchy extends LocScale {
  constructor(...args: LocScaleArgs) {
    super(CAUCHY.read(args));
  }

  override get mean(): Tensor {
    return this.constant(Number.NaN);
  }

  override get variance(): Tensor {
    return this.constant(Number.POSITIVE_INFINITY);
  }

  private constant(value: number): Tensor {
    const { dtype, device } = this.loc;
    return full(this.batchShape, value, { dtype, device });
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    const drawn = newTypedArray(
      this.loc.dtype,
      shape.reduce((a, b) => a * b, 1),
    );
    for (let i = 0; i < drawn.length; i++) drawn[i] = Math.tan(Math.PI * (nextUniform(defaultGenerator) - 0.5));
    return this.loc.add(fromTypedArray(this.loc.dtype, drawn, shape, this.loc.device).mul(this.scale));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const distance = value.sub(this.loc).div(this.scale).pow(2).add(1).log();
    return this.scale.log().neg().sub(Math.log(Math.PI)).sub(distance);
  }

  override cdf(value: Tensor): Tensor {
    this.checkValue("cdf", value);
    return value.sub(this.loc).div(this.scale).atan().div(Math.PI).add(0.5);
  }

  override icdf(value: Tensor): Tensor {
    return value.sub(0.5).mul(Math.PI).tan().mul(this.scale).add(this.loc);
  }

  override entropy(): Tensor {
    return this.scale.log().add(Math.log(4 * Math.PI));
  }
}

const LAPLACE = signature("Laplace", LOC_SCALE);

/**
 * Laplace distribution with mean `loc` and scale `scale`.
 *
 * @throws ValueError unless `scale` is positive.
 * @example new distributions.Laplace(0, 1).logProb(tensor([0, 2])); // tensor([-0.6931, -2.6931])
 */
export class Laplace extends LocScale {
  constructor(...args: LocScaleArgs) {
    super(LAPLACE.read(args));
  }

  override get mean(): Tensor {
    return this.loc;
  }

  override get stddev(): Tensor {
    return this.scale.mul(Math.SQRT2);
  }

  override get variance(): Tensor {
    return this.scale.pow(2).mul(2);
  }

  override rsample(sampleShape: readonly number[] = []): Tensor {
    const { dtype, device } = this.loc;
    const { eps } = finfo(dtype);
    const u = zeros(this.extendedShape(sampleShape), { dtype, device }).uniform_(eps - 1, 1);
    return this.loc.sub(this.scale.mul(u.sign()).mul(u.abs().neg().log1p()));
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    return this.scale.mul(2).log().neg().sub(value.sub(this.loc).abs().div(this.scale));
  }

  override cdf(value: Tensor): Tensor {
    this.checkValue("cdf", value);
    const distance = value.sub(this.loc);
    return distance.sign().mul(distance.abs().neg().div(this.scale).expm1()).mul(-0.5).add(0.5);
  }

  override icdf(value: Tensor): Tensor {
    const term = value.sub(0.5);
    return this.loc.sub(this.scale.mul(term.sign()).mul(term.abs().mul(-2).log1p()));
  }

  override entropy(): Tensor {
    return this.scale.mul(2).log().add(1);
  }
}
