/** @file The training of make_distributed.py: prints every rank's losses and the names of the state dictionary. */
import { arange, manualSeed, nn, optim, randn, type Tensor, tensor, zeros } from "tapegrad";
import { DataLoader, TensorDataset } from "tapegrad/data";
import {
  allGather,
  DistributedDataParallel,
  DistributedSampler,
  getRank,
  getWorldSize,
  initProcessGroup,
} from "tapegrad/distributed";

const [SAMPLES, FEATURES, HIDDEN, CLASSES, BATCH, STEPS] = [80, 20, 300, 5, 16, 10];

class Net extends nn.Module {
  fc1 = new nn.Linear(FEATURES, HIDDEN);
  norm = new nn.LayerNorm(HIDDEN);
  fc2 = new nn.Linear(HIDDEN, CLASSES);
  forward(x: Tensor): Tensor {
    return this.fc2.forward(this.norm.forward(this.fc1.forward(x)).relu());
  }
}

await initProcessGroup();
const [rank, size] = [getRank(), getWorldSize()];
manualSeed(0);
const inputs = randn(SAMPLES, FEATURES);
const targets = arange(SAMPLES, { dtype: "int32" }).remainder(CLASSES);
const dataset = new TensorDataset(inputs, targets);
const sampler = new DistributedSampler(dataset, { seed: 3 });
const loader = new DataLoader(dataset, { batchSize: BATCH / size, sampler });
manualSeed(10 + rank);
const model = new DistributedDataParallel(new Net());
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
const losses: number[] = [];
for (let epoch = 0; losses.length < STEPS; epoch++) {
  sampler.setEpoch(epoch);
  for await (const [x, y] of loader) {
    const loss = nn.functional.crossEntropy(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    losses.push(await loss.item());
  }
}
const all = Array.from({ length: size }, () => zeros(STEPS, { dtype: "float64" }));
allGather(all, tensor(losses.slice(0, STEPS), { dtype: "float64" }));
if (rank === 0)
  console.log(JSON.stringify({ losses: all.map((t) => t.toArraySync()), keys: Object.keys(model.stateDict()) }));
