/** @file A program for tests: prints the losses of the first steps of the reference program as JSON. `node first-losses.ts SEED STEPS` */
import { manualSeed, nn, optim, type Tensor } from "tapegrad";
import { DataLoader, datasets } from "tapegrad/data";

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

const [seed = 0, steps = 100] = process.argv.slice(2).map(Number);
manualSeed(seed);
const loader = new DataLoader(new datasets.MNIST({ train: true }), { batchSize: 128, shuffle: true });
const model = new NeuralNetwork();
const lossFn = new nn.CrossEntropyLoss();
const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.001 });
const losses: number[] = [];
for (const [X, y] of loader) {
  const loss = lossFn.forward(model.forward(X), y);
  loss.backward();
  optimizer.step();
  optimizer.zeroGrad();
  losses.push(loss.itemSync());
  if (losses.length === steps) break;
}
console.log(JSON.stringify(losses));
