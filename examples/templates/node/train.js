/** @file A classifier of three spirals: it learns, is tested, and its weights are kept. */
import { arange, cat, cos, linspace, load, manualSeed, nn, noGrad, optim, randn, save, sin, stack } from "tapegrad";
import { DataLoader, randomSplit, TensorDataset } from "tapegrad/data";

const FILE = "spirals.safetensors";

/** Points on three arms, and which arm each is on. */
function spirals(perArm) {
  const radius = linspace(0.1, 1, perArm);
  const arms = [0, 1, 2].map((arm) => {
    const angle = radius.mul(4).add((arm * 2 * Math.PI) / 3);
    return stack([radius.mul(cos(angle)), radius.mul(sin(angle))], 1);
  });
  const labels = arange(3).repeatInterleave(perArm);
  return new TensorDataset(cat(arms).add(randn(3 * perArm, 2).mul(0.03)), labels);
}

async function accuracy(model, dataset) {
  let correct = 0;
  model.eval();
  await noGrad(async () => {
    for await (const [x, y] of new DataLoader(dataset, { batchSize: 100 })) {
      correct += await model.forward(x).argmax(1).eq(y).float().sum().item();
    }
  });
  return correct / dataset.length;
}

manualSeed(0);
const [train, test] = randomSplit(spirals(300), [700, 200]);
const model = new nn.Sequential(
  new nn.Linear(2, 64),
  new nn.ReLU(),
  new nn.Linear(64, 64),
  new nn.ReLU(),
  new nn.Linear(64, 3),
);

if (process.argv.includes("--load")) {
  model.loadStateDict(await load(FILE));
} else {
  const loader = new DataLoader(train, { batchSize: 50, shuffle: true });
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
  for (let epoch = 1; epoch <= 40; epoch++) {
    model.train();
    let total = 0;
    for await (const [x, y] of loader) {
      const loss = lossFn.forward(model.forward(x), y);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      total += await loss.item();
    }
    if (epoch % 10 === 0) console.log(`epoch ${epoch}: loss ${(total / loader.length).toFixed(4)}`);
  }
  await save(model.stateDict(), FILE);
}
console.log(`accuracy ${(100 * (await accuracy(model, test))).toFixed(1)} %`);
