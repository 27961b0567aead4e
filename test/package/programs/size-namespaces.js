/** @file A program with the namespaces nn and optim of the main entry point: what it carries is measured. */
import { nn, optim, tensor } from "tapegrad";

const layer = new nn.Linear(2, 1);
const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 });
layer
  .forward(tensor([1, 2]))
  .sum()
  .backward();
optimizer.step();
console.log(String(layer));
