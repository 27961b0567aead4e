/**
 * @file Writes files with tapegrad for `make_io.py check`, which reads them with PyTorch.
 * Run: node --conditions=tapegrad-source test/golden/write_io.ts FOLDER
 */
import { join } from "node:path";
import { io, manualSeed, nn, optim, type Tensor, tensor } from "tapegrad";
import { ioGolden } from "./io.ts";

const folder = process.argv[2] ?? ".";
manualSeed(1);
const model = new nn.Sequential(
  new nn.Linear(4, 8),
  new nn.ReLU(),
  new nn.Linear(8, 8),
  new nn.Tanh(),
  new nn.Linear(8, 3),
);
const { shape, values } = ioGolden.model.inputs;
const inputs = tensor(values as readonly number[]).reshape(shape);
const optimizer = new optim.Adam(model.parameters());
const step = (): Tensor => model.forward(inputs).pow(2).mean();
for (let i = 0; i < 3; i++) {
  optimizer.zeroGrad();
  step().backward();
  optimizer.step();
}
const state = model.stateDict();
await io.save(state, join(folder, "model.safetensors"));
await io.save(state, join(folder, "model.npz"));
await io.save(state, join(folder, "packed.npz"), { compress: true });
await io.save(model.forward(inputs), join(folder, "outputs.npy"));
const kinds = {
  single: tensor([0.1, Number.POSITIVE_INFINITY, -0]),
  double: tensor([[1.5, -2.25]], { dtype: "float64" }),
  integers: tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: "int32" }),
  bytes: tensor([0, 255], { dtype: "uint8" }),
  truth: tensor([true, false]),
  scalar: tensor(3.5),
  empty: tensor([]).reshape(0, 3),
};
await io.save(kinds, join(folder, "kinds.safetensors"), { int64: true });
await io.saveCheckpoint({ model, optimizer, epoch: 3 }, join(folder, "checkpoint.safetensors"));
