/**
 * @file A deep convolutional GAN, small: a generator of transposed convolutions learns to paint bright discs, and a
 * discriminator to tell them from those of the data.
 *
 *   npm run ported dcgan
 */
import { arange, manualSeed, nn, noGrad, ones, optim, rand, randn, randperm, type Tensor, zeros } from "tapegrad";

const [LATENT, IMAGES, BATCH, EPOCHS] = [16, 256, 32, 6];

/** Images of one bright disc each, somewhere, of some size, in [−1, 1]. */
function discs(count: number): Tensor {
  const center = rand(count, 2, 1, 1).mul(8).add(4);
  const radius = rand(count, 1, 1).mul(2).add(2);
  const places = arange(16).float();
  const down = places.view(1, 16, 1).sub(center.select(1, 0));
  const across = places.view(1, 1, 16).sub(center.select(1, 1));
  return radius.sub(down.square().add(across.square()).sqrt()).tanh().unsqueeze(1);
}

function initWeights(module: nn.AnyModule): void {
  if (module instanceof nn.Conv2d || module instanceof nn.ConvTranspose2d) nn.init.normal_(module.weight, 0, 0.02);
  else if (module instanceof nn.BatchNorm2d && module.weight !== null && module.bias !== null) {
    nn.init.normal_(module.weight, 1, 0.02);
    nn.init.zeros_(module.bias);
  }
}

manualSeed(0);
const real = discs(IMAGES).double();
const plain = { bias: false };
const generator = new nn.Sequential(
  ...[new nn.ConvTranspose2d(LATENT, 32, 4, 1, 0, plain), new nn.BatchNorm2d(32), new nn.ReLU()],
  ...[new nn.ConvTranspose2d(32, 16, 4, 2, 1, plain), new nn.BatchNorm2d(16), new nn.ReLU()],
  ...[new nn.ConvTranspose2d(16, 1, 4, 2, 1, plain), new nn.Tanh()],
);
const discriminator = new nn.Sequential(
  ...[new nn.Conv2d(1, 16, 4, 2, 1, plain), new nn.LeakyReLU(0.2)],
  ...[new nn.Conv2d(16, 32, 4, 2, 1, plain), new nn.BatchNorm2d(32), new nn.LeakyReLU(0.2)],
  ...[new nn.Conv2d(32, 1, 4, plain), new nn.Flatten(0)],
);
// In float64, since the game of two networks enlarges every rounding.
generator.apply(initWeights).double();
discriminator.apply(initWeights).double();
const criterion = new nn.BCEWithLogitsLoss();
const optimizerG = new optim.Adam(generator.parameters(), { lr: 2e-3, betas: [0.5, 0.999] });
const optimizerD = new optim.Adam(discriminator.parameters(), { lr: 2e-3, betas: [0.5, 0.999] });
const fixed = randn(16, LATENT, 1, 1).double();
const [yes, no] = [ones(BATCH).double(), zeros(BATCH).double()];

for (let epoch = 1; epoch <= EPOCHS; epoch++) {
  let [lossD, lossG] = [0, 0];
  for (const images of real.indexSelect(0, randperm(IMAGES)).split(BATCH)) {
    const fake = generator.forward(randn(BATCH, LATENT, 1, 1).double());
    optimizerD.zeroGrad();
    const onReal = criterion.forward(discriminator.forward(images), yes);
    const both = onReal.add(criterion.forward(discriminator.forward(fake.detach()), no));
    both.backward();
    optimizerD.step();

    optimizerG.zeroGrad();
    const fooled = criterion.forward(discriminator.forward(fake), yes);
    fooled.backward();
    optimizerG.step();
    [lossD, lossG] = [await both.item(), await fooled.item()];
  }
  console.log(`epoch ${epoch}  discriminator: ${lossD.toFixed(4)}  generator: ${lossG.toFixed(4)}`);
}

generator.eval();
const images = noGrad(() => generator.forward(fixed));
const [painted, given] = [await images.mean().item(), await real.mean().item()];
console.log(`mean brightness: ${painted.toFixed(3)}, of the data: ${given.toFixed(3)}`);
