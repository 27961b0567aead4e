/** @file A program with one layer and one optimizer, from their entry points: what it carries is measured. */
import { tensor } from "tapegrad";
import { Linear } from "tapegrad/nn";
import { SGD } from "tapegrad/optim";

const layer = new Linear(2, 1);
const optimizer = new SGD(layer.parameters(), { lr: 0.1 });
layer
  .forward(tensor([1, 2]))
  .sum()
  .backward();
optimizer.step();
console.log(String(layer));
