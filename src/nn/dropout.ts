/** @file Dropout as a layer. */
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkProbability, type DropoutOptions, dropout } from "./functional/dropout.ts";
import { Module } from "./module.ts";

/** In training, zeroes elements at random with probability `p` and scales the others by 1/(1 − p). */
export class Dropout extends Module {
  p: number;
  inplace: boolean;

  /** @throws ValueError unless `p` is in 0 … 1. */
  constructor(p?: number | Omit<DropoutOptions, "training">, inplace?: boolean | Pick<DropoutOptions, "inplace">) {
    super();
    const options = readArguments("Dropout", { p: 0.5, inplace: false }, [p, inplace]);
    checkProbability("Dropout", options.p);
    this.p = options.p;
    this.inplace = options.inplace;
  }
  override forward(x: Tensor): Tensor {
    return dropout(x, this.p, this.training, this.inplace);
  }
  override extraRepr(): string {
    return `p=${pythonRepr(this.p)}, inplace=${pythonRepr(this.inplace)}`;
  }
}
