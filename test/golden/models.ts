/** @file Reader of models.json, and the same network here: trained, saved by either side, loaded by the other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load, nn, noGrad, optim, save, type Tensor, tensor } from "../../src/entry/index.ts";
import type { Contents } from "./io.ts";

/** Files are in base64. */
export const modelsGolden = JSON.parse(readFileSync(new URL("data/models.json", import.meta.url), "utf8")) as {
  readonly names: readonly string[];
  readonly safetensors: string;
  readonly npz: string;
  readonly inputs: Contents;
  readonly outputs: Contents;
};

/** The network of make_models.py. */
export function convolutional(): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(2, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(4, 3, 3, { bias: false }),
    new nn.BatchNorm2d(3),
    new nn.PReLU(3),
    new nn.Flatten(),
    new nn.Linear(12, 5),
    new nn.BatchNorm1d(5),
    new nn.LayerNorm(5),
    new nn.Linear(5, 3),
  );
}

export function images(): Tensor {
  const { shape, values } = modelsGolden.inputs;
  return tensor(values as readonly number[]).reshape(shape);
}

/** Four steps, and then evaluation. */
export function trained(model: nn.Sequential): nn.Sequential {
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const classes = tensor([0, 2, 1], { dtype: "int32" });
  for (let step = 0; step < 4; step++) {
    optimizer.zeroGrad();
    nn.functional.crossEntropy(model.forward(images()), classes).backward();
    optimizer.step();
  }
  return model.eval();
}

/** What `make_models.py check` reads. */
export async function writeModels(folder: string): Promise<void> {
  const model = trained(convolutional());
  await save(model.stateDict(), join(folder, "model.safetensors"));
  await save(model.stateDict(), join(folder, "model.npz"), { compress: true });
  await save(
    noGrad(() => model.forward(images())),
    join(folder, "outputs.npy"),
  );
}

/** The network with the state of a file. */
export async function loaded(file: string): Promise<nn.Sequential> {
  const model = convolutional().eval();
  model.loadStateDict(await load(file));
  return model;
}
