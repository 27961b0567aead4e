/** @file A program for a page: the bundle has to train where there is nothing of Node. */
import { manualSeed, nn, optim, tensor } from "tapegrad";
import { DataLoader, TensorDataset } from "tapegrad/data";

manualSeed(0);
const inputs = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const labels = tensor([0, 1, 1, 0], { dtype: "int32" });
const model = new nn.Sequential(new nn.Linear(2, 8), new nn.ReLU(), new nn.Linear(8, 2));
const lossFn = new nn.CrossEntropyLoss();
const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 });
const loader = new DataLoader(new TensorDataset(inputs, labels), { batchSize: 4, shuffle: true });
for (let epoch = 0; epoch < 100; epoch++) {
  for await (const [x, y] of loader) {
    lossFn.forward(model.forward(x), y).backward();
    optimizer.step();
    optimizer.zeroGrad();
  }
}
globalThis.learned = await model.forward(inputs).argmax(1).toArray();
