/**
 * @file A variational autoencoder learns to draw small pictures of crosses: the encoder gives a normal distribution for each
 * picture, a sample of it goes through the decoder, and the loss is what the picture costs beside the divergence from
 * the prior.
 *
 *   npm run ported vae
 */
import { manualSeed, nn, noGrad, optim, rand, randint, type Tensor, zeros } from "tapegrad";
import { DataLoader, TensorDataset } from "tapegrad/data";
import { Bernoulli, klDivergence, Normal } from "tapegrad/distributions";
import { utils } from "tapegrad/vision";

const [PICTURES, SIDE, HIDDEN, LATENT] = [512, 12, 64, 4];

class VAE extends nn.Module {
  encoder = new nn.Sequential(new nn.Linear(SIDE * SIDE, HIDDEN), new nn.ReLU());
  mean = new nn.Linear(HIDDEN, LATENT);
  logVariance = new nn.Linear(HIDDEN, LATENT);
  decoder = new nn.Sequential(new nn.Linear(LATENT, HIDDEN), new nn.ReLU(), new nn.Linear(HIDDEN, SIDE * SIDE));

  encode(x: Tensor): Normal {
    const hidden = this.encoder.forward(x);
    return new Normal(this.mean.forward(hidden), this.logVariance.forward(hidden).mul(0.5).exp());
  }
  decode(z: Tensor): Bernoulli {
    return new Bernoulli({ logits: this.decoder.forward(z) });
  }
  /** The negative evidence lower bound, summed over the batch: reconstruction and divergence. */
  forward(x: Tensor): Tensor {
    const posterior = this.encode(x);
    const reconstruction = this.decode(posterior.rsample()).logProb(x).sum().neg();
    return reconstruction.add(klDivergence(posterior, new Normal(0, 1)).sum());
  }
}

manualSeed(0);
// A row and a column of each picture are white, with a few white points of noise.
const noise = rand(PICTURES, SIDE, SIDE).lt(0.02);
const [row, column] = [randint(SIDE, [PICTURES, 1]), randint(SIDE, [PICTURES, 1])];
const rows = zeros(PICTURES, SIDE).scatter(1, row, 1).bool().unsqueeze(2);
const columns = zeros(PICTURES, SIDE).scatter(1, column, 1).bool().unsqueeze(1);
const pictures = rows.logicalOr(columns).logicalOr(noise).float().flatten(1);

const loader = new DataLoader(new TensorDataset(pictures), { batchSize: 64, shuffle: true });
const model = new VAE();
const optimizer = new optim.SGD(model.parameters(), { lr: 1e-4, momentum: 0.9 });

for (let epoch = 1; epoch <= 10; epoch++) {
  let total = 0;
  for await (const [x] of loader) {
    const loss = model.forward(x);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    total += await loss.item();
  }
  console.log(`epoch ${epoch}  loss: ${(total / PICTURES).toFixed(4)}`);
}

await noGrad(async () => {
  const drawn = model.decode(new Normal(zeros(8, LATENT), 1).sample()).mean;
  const grid = utils.makeGrid(drawn.view(8, 1, SIDE, SIDE), { nrow: 4 });
  console.log(`a grid of ${grid.shape.join(" x ")}, mean brightness ${(await grid.mean().item()).toFixed(4)}`);
});
