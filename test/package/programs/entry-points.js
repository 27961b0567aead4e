/** @file Every entry point gives the same classes and functions as the main one. */
import assert from "node:assert/strict";
import * as tapegrad from "tapegrad";
import * as autograd from "tapegrad/autograd";
import * as data from "tapegrad/data";
import * as nn from "tapegrad/nn";
import * as optim from "tapegrad/optim";

const pairs = { autograd, data, nn, optim };
for (const [name, entry] of Object.entries(pairs)) assert.equal(Reflect.get(tapegrad, name), entry, name);

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

const names = { index: tapegrad, ...pairs };
console.log(
  JSON.stringify(Object.fromEntries(Object.entries(names).map(([name, entry]) => [name, Object.keys(entry).sort()]))),
);
