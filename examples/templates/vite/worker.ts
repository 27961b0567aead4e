/** @file The worker trains: the page stays alive, and gets the curve now and then. */
import { linspace, manualSeed, nn, noGrad, optim, sin } from "tapegrad";
import type { Progress } from "./messages.ts";

const STEPS = 500;

manualSeed(0);
const x = linspace(-1, 1, 100).unsqueeze(1);
const y = sin(x.mul(5)).mul(x);
const model = new nn.Sequential(
  new nn.Linear(1, 32),
  new nn.Tanh(),
  new nn.Linear(32, 32),
  new nn.Tanh(),
  new nn.Linear(32, 1),
);
const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });

for (let step = 1; step <= STEPS; step++) {
  const loss = nn.functional.mseLoss(model.forward(x), y);
  loss.backward();
  optimizer.step();
  optimizer.zeroGrad();
  if (step % 10 !== 0) continue;
  const curve = Float32Array.from(await noGrad(() => model.forward(x)).data());
  const progress: Progress = { step, loss: await loss.item(), curve, isDone: step === STEPS };
  self.postMessage(progress);
}
