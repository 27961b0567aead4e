/** @file The program that the page of the digits begins with. */
import { device, mnist, report, share } from "playground";
import { manualSeed, nn, noGrad, optim, type Tensor } from "tapegrad";
import { DataLoader } from "tapegrad/data";

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

manualSeed(0);
const model = new NeuralNetwork().to(device);
share(model); // it reads what you draw
console.log(model);

const trainLoader = new DataLoader(await mnist({ train: true }), { batchSize: 128, shuffle: true });
const testLoader = new DataLoader(await mnist({ train: false }), { batchSize: 500 });
const lossFn = new nn.CrossEntropyLoss();
const optimizer = new optim.RMSprop(model.parameters(), { lr: 0.001 });

const epochs = 3;
let step = 0;
for (let epoch = 1; epoch <= epochs; epoch++) {
  model.train();
  for await (const [X, y] of trainLoader) {
    const labels = y.to(device);
    const pred = model.forward(X.to(device));
    const loss = lossFn.forward(pred, labels);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();

    const accuracy = noGrad(() => pred.argmax(1).eq(labels).float().mean());
    const progress = ++step / (epochs * trainLoader.length);
    await report({ loss, accuracy }, { examples: X.size(0), progress });
  }

  model.eval();
  let correct = 0;
  await noGrad(async () => {
    for await (const [X, y] of testLoader) {
      correct += await model.forward(X.to(device)).argmax(1).eq(y.to(device)).float().sum().item();
    }
  });
  const percent = correct / 100;
  await report({ "test accuracy": percent / 100 });
  console.log(`epoch ${epoch}: ${percent.toFixed(1)} % of the test images are read right`);
}
