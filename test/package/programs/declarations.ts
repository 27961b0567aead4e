/** @file Names every entry point, so that all declarations are checked: with no types of Node or of the DOM about. */
import { autograd, data, nn, optim, type Tensor, tensor } from "tapegrad";
import type { grad } from "tapegrad/autograd";
import type { DataLoader } from "tapegrad/data";
import type { Linear } from "tapegrad/nn";
import type { SGD } from "tapegrad/optim";

const x: Tensor = tensor([1, 2]);
export const same: [typeof grad, typeof DataLoader, typeof Linear, typeof SGD] = [
  autograd.grad,
  data.DataLoader,
  nn.Linear,
  optim.SGD,
];
export const shape: readonly number[] = x.shape;
