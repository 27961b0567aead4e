/**
 * @file A siamese network learns to tell writers apart by their signatures, from pairs: one network looks at both, and
 * the contrastive loss pulls two signatures of one writer together and pushes those of two writers apart.
 *
 *   npm run ported siamese
 */
import { arange, cat, manualSeed, nn, noGrad, optim, rand, randint, randn, type Tensor, where } from "tapegrad";
import { DataLoader, Dataset } from "tapegrad/data";

const { maxPool2d, pairwiseDistance, relu } = nn.functional;
const [WRITERS, SIGNATURES, PAIRS, MARGIN] = [10, 12, 512, 2];

/** Pairs of signatures, and 1 for a pair of two writers, 0 for one. Every second pair is one writer's. */
class Pairs extends Dataset<[Tensor, Tensor, Tensor]> {
  readonly length = PAIRS;
  readonly #images: Tensor;
  readonly #first = randint(WRITERS, [PAIRS]);
  readonly #second: Tensor;
  readonly #numbers = randint(SIGNATURES, [PAIRS, 2]);

  constructor(images: Tensor) {
    super();
    this.#images = images;
    const other = this.#first.add(randint(1, WRITERS, [PAIRS])).remainder(WRITERS);
    this.#second = where(arange(PAIRS).remainder(2).eq(0), this.#first, other);
  }
  get(i: number): [Tensor, Tensor, Tensor] {
    const [a, b] = [this.#first.at(i), this.#second.at(i)];
    const [m, n] = [this.#numbers.at(i, 0), this.#numbers.at(i, 1)];
    return [this.#images.at(a, m), this.#images.at(b, n), a.ne(b).float()];
  }
}

class SiameseNetwork extends nn.Module {
  conv1 = new nn.Conv2d(1, 8, 3);
  conv2 = new nn.Conv2d(8, 16, 3);
  fc1 = new nn.Linear(16 * 2 * 2, 64);
  fc2 = new nn.Linear(64, 8);

  embed(x: Tensor): Tensor {
    x = maxPool2d(relu(this.conv1.forward(x)), 2);
    x = maxPool2d(relu(this.conv2.forward(x)), 2);
    return this.fc2.forward(relu(this.fc1.forward(x.flatten(1))));
  }
  forward(a: Tensor, b: Tensor): Tensor {
    // Both in one batch: the same network sees them in one pass.
    const [one, other] = this.embed(cat([a, b])).chunk(2) as [Tensor, Tensor];
    return pairwiseDistance(one, other);
  }
}

function contrastiveLoss(distance: Tensor, different: Tensor): Tensor {
  const together = different.neg().add(1).mul(distance.square());
  const apart = different.mul(distance.neg().add(MARGIN).clamp({ min: 0 }).square());
  return together.add(apart).mean();
}

manualSeed(0);
// A writer's signature is always the same few strokes, in ink of varying strength on paper with stains.
const strokes = rand(WRITERS, 1, 1, 14, 14).gt(0.8).float();
const ink = rand(WRITERS, SIGNATURES, 1, 1, 1).mul(0.5).add(0.75);
const images = strokes.mul(ink).add(randn(WRITERS, SIGNATURES, 1, 14, 14).mul(0.3));

const [trainData, testData] = [new Pairs(images), new Pairs(images)];
const loader = new DataLoader(trainData, { batchSize: 32, shuffle: true });
const model = new SiameseNetwork();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.02, momentum: 0.9 });

for (let epoch = 1; epoch <= 8; epoch++) {
  let total = 0;
  for await (const [a, b, different] of loader) {
    const loss = contrastiveLoss(model.forward(a, b), different);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    total += await loss.item();
  }
  console.log(`epoch ${epoch}  loss: ${(total / loader.length).toFixed(6)}`);
}

await noGrad(async () => {
  for await (const [a, b, different] of new DataLoader(testData, { batchSize: PAIRS })) {
    const distance = model.forward(a, b);
    const right = distance.gt(MARGIN / 2).eq(different.bool());
    const [same, apart] = [distance.at(different.eq(0)).mean(), distance.at(different.eq(1)).mean()];
    console.log(`mean distance: one writer ${(await same.item()).toFixed(3)}, two ${(await apart.item()).toFixed(3)}`);
    console.log(`accuracy: ${(100 * (await right.float().mean().item())).toFixed(1)}%`);
  }
});
