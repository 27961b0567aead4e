/** @file The program that the page of the two moons begins with. */
import { report, show } from "playground";
import {
  cat,
  cos,
  linspace,
  manualSeed,
  meshgrid,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  sin,
  stack,
  type Tensor,
  zeros,
} from "tapegrad";

manualSeed(0);
const n = 150;
const angle = linspace(0, Math.PI, n);
const upper = stack([cos(angle), sin(angle)], 1);
const lower = stack([cos(angle).neg().add(1), sin(angle).neg().add(0.5)], 1);
const points = cat([upper, lower]).add(randn(2 * n, 2).mul(0.12));
const labels = cat([zeros(n), ones(n)]);
await show("points", cat([points, labels.unsqueeze(1)], 1));

const model = new nn.Sequential(
  new nn.Linear(2, 24),
  new nn.Tanh(),
  new nn.Linear(24, 24),
  new nn.Tanh(),
  new nn.Linear(24, 1),
);
const lossFn = new nn.BCEWithLogitsLoss();
const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });

// The picture is 64 by 48 points of the plane.
const [rows, columns] = meshgrid([linspace(1.4, -0.9, 48), linspace(-1.5, 2.5, 64)]) as [Tensor, Tensor];
const plane = stack([columns.flatten(), rows.flatten()], 1);

for (let step = 1; step <= 600; step++) {
  const logits = model.forward(points).flatten();
  const loss = lossFn.forward(logits, labels);
  loss.backward();
  optimizer.step();
  optimizer.zeroGrad();

  const accuracy = noGrad(() => logits.gt(0).eq(labels.gt(0)).float().mean());
  if (step % 5 === 0)
    await show(
      "plane",
      noGrad(() => model.forward(plane).sigmoid()),
    );
  await report({ loss, accuracy }, { examples: 2 * n, progress: step / 600 });
}
