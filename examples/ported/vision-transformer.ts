/**
 * @file A small vision transformer learns to tell four kinds of pictures apart, which are of the size of CIFAR's: patches
 * become a sequence, a class token gathers what they hold.
 *
 *   npm run ported vision-transformer
 */
import { arange, cat, manualSeed, nn, noGrad, optim, rand, randint, randn, type Tensor, zeros } from "tapegrad";
import { DataLoader, TensorDataset } from "tapegrad/data";

const [IMAGES, SIDE, PATCH, WIDTH, HEADS, DEPTH, CLASSES] = [256, 32, 8, 32, 4, 2, 4];
const { crossEntropy } = nn.functional;

class Block extends nn.Module {
  norm1 = new nn.LayerNorm(WIDTH);
  attention = new nn.MultiheadAttention(WIDTH, HEADS, { batchFirst: true });
  norm2 = new nn.LayerNorm(WIDTH);
  mlp = new nn.Sequential(new nn.Linear(WIDTH, 2 * WIDTH), new nn.GELU(), new nn.Linear(2 * WIDTH, WIDTH));

  forward(x: Tensor): Tensor {
    const y = this.norm1.forward(x);
    x = x.add(this.attention.forward(y, y, y, { needWeights: false })[0]);
    return x.add(this.mlp.forward(this.norm2.forward(x)));
  }
}

class VisionTransformer extends nn.Module {
  patches = new nn.Conv2d(3, WIDTH, PATCH, { stride: PATCH });
  token = new nn.Parameter(zeros(1, 1, WIDTH));
  position = new nn.Parameter(randn(1, (SIDE / PATCH) ** 2 + 1, WIDTH).mul(0.02));
  blocks = new nn.Sequential(...Array.from({ length: DEPTH }, () => new Block()));
  norm = new nn.LayerNorm(WIDTH);
  head = new nn.Linear(WIDTH, CLASSES);

  forward(x: Tensor): Tensor {
    const sequence = this.patches.forward(x).flatten(2).transpose(1, 2);
    const tokens = cat([this.token.expand(x.size(0), -1, -1), sequence], 1).add(this.position);
    return this.head.forward(this.norm.forward(this.blocks.forward(tokens)).at(null, 0));
  }
}

/** Stripes: level, upright, or aslant in either direction, of a random color, width and place, in noise. */
function pictures(count: number): [images: Tensor, labels: Tensor] {
  const labels = randint(CLASSES, [count]);
  const [across, down] = [arange(SIDE).float().view(1, 1, SIDE), arange(SIDE).float().view(1, SIDE, 1)];
  const is = (label: number): Tensor => labels.eq(label).float().view(-1, 1, 1);
  const along = is(0)
    .mul(down)
    .add(is(1).mul(across))
    .add(is(2).mul(across.add(down)))
    .add(is(3).mul(across.sub(down)));
  const [pitch, phase] = [rand(count, 1, 1).mul(0.4).add(0.6), rand(count, 1, 1).mul(6)];
  const stripes = along.mul(pitch).add(phase).sin().unsqueeze(1);
  const color = rand(count, 3, 1, 1).add(0.5);
  return [stripes.mul(color).add(randn(count, 3, SIDE, SIDE).mul(0.3)), labels];
}

manualSeed(0);
const loader = new DataLoader(new TensorDataset(...pictures(IMAGES)), { batchSize: 32, shuffle: true });
const [testImages, testLabels] = pictures(IMAGES);
const model = new VisionTransformer();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });

for (let epoch = 1; epoch <= 6; epoch++) {
  let total = 0;
  for await (const [images, labels] of loader) {
    const loss = crossEntropy(model.forward(images), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    total += await loss.item();
  }
  console.log(`epoch ${epoch}  loss: ${(total / loader.length).toFixed(5)}`);
}

await noGrad(async () => {
  const right = model.forward(testImages).argmax(1).eq(testLabels).float().mean();
  console.log(`accuracy: ${(100 * (await right.item())).toFixed(1)}%`);
});
