/**
 * @file A small network learns under differential privacy: no sample may move the weights by more than a bound, so the
 * gradient of each sample is clipped before they are added up, and noise hides what is left of it. `vmap` of `grad`
 * gives the gradients of all samples at once.
 *
 *   npm run ported private-gradients
 */
import { func, manualSeed, nn, noGrad, randn, stack, type Tensor } from "tapegrad";
import { DataLoader, TensorDataset } from "tapegrad/data";

const [SAMPLES, FEATURES, CLASSES, CLIP, NOISE, RATE] = [240, 8, 3, 1, 0.4, 0.5];

type Weights = Record<string, Tensor>;

manualSeed(0);
// Three clouds of points.
const centers = randn(CLASSES, FEATURES).mul(1.5);
const labels = randn(SAMPLES, CLASSES).argmax(1);
const points = centers.indexSelect(0, labels).add(randn(SAMPLES, FEATURES));

const model = new nn.Sequential(new nn.Linear(FEATURES, 16), new nn.Tanh(), new nn.Linear(16, CLASSES));

function sampleLoss(weights: Weights, x: Tensor, y: Tensor): Tensor {
  const scores = func.functionalCall(model, weights, x.unsqueeze(0));
  return nn.functional.crossEntropy(scores, y.unsqueeze(0));
}

/** For one sample [..] after the other: gradients and loss. Weights are shared, so their dimension is null. */
const perSample = func.vmap(func.gradAndValue(sampleLoss), [null, 0, 0]);

/** Factors that bring the gradient of every sample, over all weights together, to a norm of at most CLIP. */
function clipFactors(grads: Weights): Tensor {
  const norms = Object.values(grads).map((g) => g.flatten(1).norm(2, 1));
  const total = stack(norms).norm(2, 0);
  return total.add(1e-6).reciprocal().mul(CLIP).clamp({ max: 1 });
}

const loader = new DataLoader(new TensorDataset(points, labels), { batchSize: 40, shuffle: true });
for (let epoch = 1; epoch <= 8; epoch++) {
  let [total, clipped] = [0, 0];
  for (const [x, y] of loader) {
    const weights = Object.fromEntries(model.namedParameters().map(([name, p]) => [name, p.detach()]));
    const [grads, losses] = perSample(weights, x as Tensor, y as Tensor);
    const factors = clipFactors(grads);
    noGrad(() => {
      for (const [name, p] of model.namedParameters()) {
        const summed = (grads[name] as Tensor).mul(factors.view(-1, ...p.shape.map(() => 1))).sum(0);
        const noisy = summed.add(randn(p.shape).mul(NOISE * CLIP));
        p.sub_(noisy.mul(RATE / losses.numel()));
      }
    });
    total += losses.mean().itemSync();
    clipped += factors.lt(1).float().mean().itemSync();
  }
  const share = (100 * clipped) / loader.length;
  console.log(`epoch ${epoch}  loss: ${(total / loader.length).toFixed(5)}  clipped: ${share.toFixed(1)}%`);
}

const right = noGrad(() => model.forward(points).argmax(1).eq(labels).float().mean().itemSync());
console.log(`accuracy: ${(100 * right).toFixed(1)}%`);
