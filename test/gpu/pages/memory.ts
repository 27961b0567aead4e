/** @file For a page that has `gc`: what the GPU is, and what it holds while a network is trained there. */
import { deviceInfo, type GpuInfo, gpuAvailable, manualSeed, nn, optim, randn } from "../../../src/entry/index.ts";

/** What is held after so many steps, once the collector has run. */
const LOOKS = [10, 20, 60] as const;

/** Lets go of what nobody holds. Finalizers run in turns of their own. */
async function collect(): Promise<void> {
  const { gc } = globalThis as unknown as { readonly gc: () => void };
  for (let turn = 0; turn < 4; turn++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export type Look = GpuInfo;

export default async function run(): Promise<readonly Look[]> {
  await gpuAvailable();
  manualSeed(0);
  const model = new nn.Sequential(new nn.Linear(8, 16), new nn.ReLU(), new nn.Linear(16, 4)).to("gpu");
  const inputs = randn([32, 8]);
  const labels = inputs.narrow(1, 0, 4).argmax(1).to("gpu");
  const x = inputs.to("gpu");
  const lossFn = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const step = async () => {
    optimizer.zeroGrad();
    const loss = lossFn.forward(model.forward(x), labels);
    loss.backward();
    optimizer.step();
    await loss.item();
  };
  const looks: Look[] = [];
  for (let done = 1; looks.length < LOOKS.length; done++) {
    await step();
    if (done !== LOOKS[looks.length]) continue;
    await collect();
    const { gpu, gpuReason } = deviceInfo();
    if (gpu === null) throw new Error(gpuReason);
    looks.push(gpu);
  }
  return looks;
}
