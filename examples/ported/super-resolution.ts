/**
 * @file Super-resolution with an efficient sub-pixel network: convolutions of the small image make the pixels of the large
 * one as channels, and a pixel shuffle puts them into place.
 *
 *   npm run ported super-resolution
 */
import { arange, manualSeed, nn, noGrad, optim, rand, randperm, type Tensor } from "tapegrad";

const F = nn.functional;
const [FACTOR, IMAGES, BATCH, EPOCHS] = [2, 96, 16, 10];

/** Images of three waves each, whose directions and lengths differ, in [0, 1]. */
function textures(count: number): Tensor {
  const waves = rand(count, 3, 3, 1, 1).mul(2).sub(1);
  const places = arange(24).float().div(4);
  const down = waves.select(2, 0).mul(places.view(24, 1)).mul(3);
  const across = waves.select(2, 1).mul(places.view(1, 24)).mul(3);
  const sum = down.add(across).add(waves.select(2, 2).mul(3)).sin().sum(1, true);
  return sum.div(3).add(1).div(2);
}

class SuperResolution extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 5, { padding: 2 });
  conv2 = new nn.Conv2d(16, 16, 3, { padding: 1 });
  conv3 = new nn.Conv2d(16, FACTOR ** 2, 3, { padding: 1 });
  shuffle = new nn.PixelShuffle(FACTOR);

  forward(x: Tensor): Tensor {
    const features = F.relu(this.conv2.forward(F.relu(this.conv1.forward(x))));
    // What the nearest pixels lack.
    return F.interpolate(x, { scaleFactor: FACTOR }).add(this.shuffle.forward(this.conv3.forward(features)));
  }
}

/** Peak signal-to-noise ratio in decibels. */
async function psnr(images: Tensor, truth: Tensor): Promise<number> {
  return -10 * Math.log10(await F.mseLoss(images, truth).item());
}

manualSeed(0);
const truth = textures(IMAGES);
const small = F.avgPool2d(truth, FACTOR);
const trained = IMAGES - BATCH;
const [testSmall, testTruth] = [small.narrow(0, trained, BATCH), truth.narrow(0, trained, BATCH)];
const model = new SuperResolution();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
const criterion = new nn.MSELoss();

for (let epoch = 1; epoch <= EPOCHS; epoch++) {
  let total = 0;
  for (const batch of randperm(trained).split(BATCH)) {
    const loss = criterion.forward(model.forward(small.indexSelect(0, batch)), truth.indexSelect(0, batch));
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    total += await loss.item();
  }
  const quality = await psnr(
    noGrad(() => model.forward(testSmall)),
    testTruth,
  );
  console.log(`epoch ${epoch}  loss: ${(total / 5).toFixed(6)}  PSNR: ${quality.toFixed(3)} dB`);
}
const nearest = F.interpolate(testSmall, { scaleFactor: FACTOR });
console.log(`PSNR of the nearest pixels: ${(await psnr(nearest, testTruth)).toFixed(3)} dB`);
