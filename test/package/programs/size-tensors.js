/** @file A program that uses tensors alone: what it carries is measured. */
import { tensor } from "tapegrad";

console.log(String(tensor([1, 2], { requiresGrad: true }).mul(2).sum()));
