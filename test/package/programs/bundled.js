/** @file A program for bundlers: it leaves in `globalThis.found` what a bundle could have broken. */
import { autograd, gpuAvailable, manualSeed, nn, optim, randn, tensor } from "tapegrad";
import { DataLoader, TensorDataset } from "tapegrad/data";

async function train(model) {
  const x = randn([32, 8]);
  const loader = new DataLoader(new TensorDataset(x, x.narrow(1, 0, 4).argmax(1)), { batchSize: 32 });
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 });
  const losses = [];
  for (let epoch = 0; epoch < 5; epoch++) {
    for await (const [inputs, labels] of loader) {
      const loss = lossFn.forward(model.forward(inputs), labels);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      losses.push(await loss.item());
    }
  }
  return losses;
}

function messageOf(fn) {
  try {
    fn();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return "";
}

/** How often a timer fires while a loop awaits its losses, until that is enough. */
async function turns() {
  const layer = new nn.Linear(8, 4);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  for (let step = 0; ticks < 3 && step < 100_000; step++) await layer.forward(randn(32, 8)).mean().item();
  clearInterval(timer);
  return ticks;
}

async function run() {
  manualSeed(0);
  const model = new nn.Sequential(new nn.Linear(8, 16), new nn.ReLU(), new nn.Linear(16, 4));
  return {
    losses: await train(model),
    turns: await turns(),
    gpu: await gpuAvailable(),
    anomaly: messageOf(() =>
      autograd.detectAnomaly(() => tensor([0], { requiresGrad: true }).sqrt().mul(0).sum().backward()),
    ),
    names: [String(model), String(new optim.SGD(model.parameters(), { lr: 0.1 })).slice(0, 5)],
    error: messageOf(() => model.forward(tensor([1, 2]))),
  };
}

globalThis.found = run();
globalThis.found.then((found) => console.log(JSON.stringify(found)));
