/**
 * @file A normalizing flow learns the density of two moons: affine coupling layers (RealNVP) are a `Transform`, and the flow
 * is a `TransformedDistribution` of a normal distribution.
 *
 *   npm run ported normalizing-flow
 */
import { cat, manualSeed, nn, noGrad, ones, optim, rand, randn, stack, type Tensor, where, zeros } from "tapegrad";
import { constraints, Independent, Normal, Transform, TransformedDistribution } from "tapegrad/distributions";

const [POINTS, HIDDEN, LAYERS, STEPS] = [256, 32, 4, 200];

/** One coordinate is scaled and shifted by functions of the other one. */
class Coupling extends Transform {
  readonly domain = constraints.realVector;
  readonly codomain = constraints.realVector;
  readonly net = new nn.Sequential(new nn.Linear(1, HIDDEN), new nn.Tanh(), new nn.Linear(HIDDEN, 2));
  readonly fixed: number;

  constructor(fixed: number) {
    super();
    this.fixed = fixed;
  }
  override get bijective(): boolean {
    return true;
  }
  #parts(x: Tensor): { known: Tensor; other: Tensor; logScale: Tensor; shift: Tensor } {
    const known = x.narrow(-1, this.fixed, 1);
    const [logScale, shift] = this.net.forward(known).chunk(2, -1) as [Tensor, Tensor];
    return { known, other: x.narrow(-1, 1 - this.fixed, 1), logScale: logScale.tanh(), shift };
  }
  #joined(known: Tensor, other: Tensor): Tensor {
    return cat(this.fixed === 0 ? [known, other] : [other, known], -1);
  }
  call(x: Tensor): Tensor {
    const { known, other, logScale, shift } = this.#parts(x);
    return this.#joined(known, other.mul(logScale.exp()).add(shift));
  }
  inverse(y: Tensor): Tensor {
    const { known, other, logScale, shift } = this.#parts(y);
    return this.#joined(known, other.sub(shift).mul(logScale.neg().exp()));
  }
  logAbsDetJacobian(x: Tensor): Tensor {
    return this.#parts(x).logScale.squeeze(-1);
  }
}

/** Points on two half circles that reach into each other. */
function twoMoons(count: number): Tensor {
  const angle = rand(count).mul(Math.PI);
  const isUpper = rand(count).lt(0.5);
  const x = where(isUpper, angle.cos(), angle.cos().neg().add(1));
  const y = where(isUpper, angle.sin(), angle.sin().neg().add(0.5));
  return stack([x, y], 1).add(randn(count, 2).mul(0.1));
}

manualSeed(0);
const layers = Array.from({ length: LAYERS }, (_, i) => new Coupling(i % 2));
const base = new Independent(new Normal(zeros(2), ones(2)), 1);
const flow = new TransformedDistribution(base, layers);
const optimizer = new optim.SGD(
  layers.flatMap(({ net }) => net.parameters()),
  { lr: 0.005, momentum: 0.9 },
);

for (let step = 1; step <= STEPS; step++) {
  const loss = flow.logProb(twoMoons(POINTS)).mean().neg();
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  if (step % 20 === 0) console.log(`step ${step}  loss: ${(await loss.item()).toFixed(5)}`);
}

await noGrad(async () => {
  const points = flow.sample([1000]);
  const [x, y] = (await points.mean(0).toArray()) as [number, number];
  console.log(`mean of samples: ${x.toFixed(3)}, ${y.toFixed(3)}`);
  const there =
    (await flow.logProb(twoMoons(POINTS)).mean().item()) - (await base.logProb(twoMoons(POINTS)).mean().item());
  console.log(`gain over a normal distribution: ${there.toFixed(3)} nats`);
});
