/** @file The von Mises distribution of angles. */
import { noGrad } from "../autograd/grad-mode.ts";
import { type Args, required, signature } from "../core/arguments.ts";
import { zeros } from "../tensor/create.ts";
import { where } from "../tensor/functions/elementwise.ts";
import { rand } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Constraint, positive, real } from "./constraints.ts";
import { DISTRIBUTION_OPTIONS, Distribution, type DistributionOptions } from "./distribution.ts";
import { aParameter, broadcastAll, type Parameter } from "./utils.ts";

/** Polynomials of Abramowitz and Stegun, 9.8.1 to 9.8.4, with the constant first: below and above 3.75, of I₀ and of I₁. */
const POLYNOMIALS = [
  {
    small: [1, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813],
    large: [
      ...[0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281],
      ...[-0.02057706, 0.02635537, -0.01647633, 0.00392377],
    ],
  },
  {
    small: [0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411],
    large: [
      ...[0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555],
      ...[0.02282967, -0.02895312, 0.01787654, -0.00420059],
    ],
  },
] as const;

/** Where the polynomials change. */
const BORDER = 3.75;

function polynomial(y: Tensor, coefficients: readonly number[]): Tensor {
  const [last = 0, before = 0, ...others] = [...coefficients].reverse();
  return others.reduce((sum, coefficient) => sum.mul(y).add(coefficient), y.mul(last).add(before));
}

/** log I₀(x) or log I₁(x) for x > 0. */
function logBessel(x: Tensor, order: 0 | 1): Tensor {
  const { small, large } = POLYNOMIALS[order];
  const below = polynomial(x.div(BORDER).square(), small);
  const above = polynomial(x.reciprocal().mul(BORDER), large);
  return where(
    x.lt(BORDER),
    (order === 0 ? below : below.mul(x.abs())).log(),
    x.sub(x.log().mul(0.5)).add(above.log()),
  );
}

const VON_MISES = signature("VonMises", {
  loc: required(aParameter),
  concentration: required(aParameter),
  ...DISTRIBUTION_OPTIONS,
});

/** The arguments of {@link VonMises} by name. */
export interface VonMisesOptions extends DistributionOptions {
  /** The angle around which samples lie, in radians. */
  readonly loc: Parameter;
  /** How close to it, above 0. */
  readonly concentration: Parameter;
}

/**
 * Von Mises distribution of angles in radians: a normal distribution on the circle. Angles are taken modulo 2π; samples lie
 * between −π and π.
 *
 * @throws ValueError unless `concentration` is positive.
 * @example new distributions.VonMises(0, 1).logProb(tensor([0, 3])); // tensor([-1.0738, -3.0638])
 */
export class VonMises extends Distribution {
  /** The angle around which samples lie. */
  readonly loc: Tensor;
  /** How close to it. */
  readonly concentration: Tensor;

  constructor(...args: Args<[loc: Parameter, concentration: Parameter], [], VonMisesOptions>) {
    const { validateArgs, ...given } = VON_MISES.read(args);
    const [loc, concentration] = broadcastAll(given.loc, given.concentration);
    super(loc.shape, [], validateArgs);
    this.loc = loc;
    this.concentration = concentration;
    this.checkParameters();
  }

  get argConstraints(): Readonly<Record<string, Constraint>> {
    return { loc: real, concentration: positive };
  }

  get support(): Constraint {
    return real;
  }

  /** The circular mean. */
  override get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  /** The circular variance. */
  override get variance(): Tensor {
    return this.lazily("variance", () =>
      logBessel(this.concentration, 1).sub(logBessel(this.concentration, 0)).exp().neg().add(1),
    );
  }

  expand(batchShape: readonly number[]): this {
    return this.expanded(batchShape, {
      loc: this.loc.expand(batchShape),
      concentration: this.concentration.expand(batchShape),
    });
  }

  /** By rejection (Best and Fisher, 1979). */
  override sample(sampleShape: readonly number[] = []): Tensor {
    const shape = this.extendedShape(sampleShape);
    return noGrad(() => this.draw(shape));
  }

  private draw(shape: readonly number[]): Tensor {
    const { loc, concentration } = this;
    const { dtype, device } = loc;
    const tau = concentration.square().mul(4).add(1).sqrt().add(1);
    const rho = tau.sub(tau.mul(2).sqrt()).div(concentration.mul(2));
    const r = rho.square().add(1).div(rho.mul(2));
    let x = zeros([...shape], { dtype, device });
    let done = zeros([...shape], { dtype: "bool", device });
    while (!done.all().itemSync()) {
      const [u1, u2, u3] = rand([3, ...shape], { dtype, device }).unbind() as [Tensor, Tensor, Tensor];
      const z = u1.mul(Math.PI).cos();
      const f = r.mul(z).add(1).div(r.add(z));
      const c = concentration.mul(r.sub(f));
      const accept = c.mul(c.neg().add(2)).sub(u2).gt(0).logicalOr(c.div(u2).log().add(1).sub(c).ge(0));
      x = where(accept, u3.sub(0.5).sign().mul(f.acos()), x);
      done = done.logicalOr(accept);
    }
    return x
      .add(Math.PI)
      .add(loc)
      .remainder(2 * Math.PI)
      .sub(Math.PI);
  }

  logProb(value: Tensor): Tensor {
    this.checkValue("logProb", value);
    const { loc, concentration } = this;
    return concentration
      .mul(value.sub(loc).cos())
      .sub(Math.log(2 * Math.PI))
      .sub(logBessel(concentration, 0));
  }
}
