/** @file Trains a small network on the CPU and the same one on the GPU, wherever it runs: in Node or in a page. */
import { gpuAvailable, manualSeed, nn, optim, randn } from "tapegrad";

async function losses(device, steps) {
  manualSeed(0);
  const model = new nn.Sequential(new nn.Linear(8, 16), new nn.ReLU(), new nn.Linear(16, 4)).to(device);
  const inputs = randn([32, 8]);
  const labels = inputs.narrow(1, 0, 4).argmax(1).to(device);
  const x = inputs.to(device);
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 });
  const all = [];
  for (let step = 0; step < steps; step++) {
    optimizer.zeroGrad();
    const loss = lossFn.forward(model.forward(x), labels);
    loss.backward();
    optimizer.step();
    all.push(await loss.item());
  }
  return all;
}

export default async function train(steps = 20) {
  const gpu = await gpuAvailable();
  return { gpu, onCpu: await losses("cpu", steps), onGpu: gpu.available ? await losses("gpu", steps) : [] };
}
