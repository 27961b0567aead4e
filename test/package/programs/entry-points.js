/** @file Every entry point gives the same classes and functions as the main one. */
import assert from "node:assert/strict";
import * as tapegrad from "tapegrad";
import * as autograd from "tapegrad/autograd";
import * as data from "tapegrad/data";
import * as nn from "tapegrad/nn";
import * as optim from "tapegrad/optim";

for (const [inside, alone] of [
  [tapegrad.autograd, autograd],
  [tapegrad.data, data],
  [tapegrad.nn, nn],
  [tapegrad.optim, optim],
]) {
  assert.deepEqual({ ...inside }, { ...alone });
  assert.ok(Object.keys(alone).length > 0);
}

// A parameter is made by one entry point, used by a second, differentiated by a third and changed by a fourth.
const { tensor, Tensor } = tapegrad;
const layer = new nn.Linear(2, 1);
assert.ok(layer.weight instanceof Tensor);
const samples = new data.TensorDataset(tensor([[1, 2]]), tensor([[3]]));
const [[x, y]] = new data.DataLoader(samples);
const loss = () => new nn.MSELoss().forward(layer.forward(x), y);
const before = loss();
const [gradient] = autograd.grad(before, [layer.weight]);
loss().backward();
assert.deepEqual(layer.weight.grad.toArraySync(), gradient.toArraySync());
new optim.SGD(layer.parameters(), { lr: 0.01 }).step();
assert.ok(loss().itemSync() < before.itemSync());
