/** @file Dropout as a layer. */
import { signature } from "../core/arguments.ts";
import { pythonRepr } from "../core/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DROPOUT_ARGUMENTS, type DropoutOptions, dropout, dropout1d, dropout2d } from "./functional/dropout.ts";
import { Module } from "./module.ts";

/** In training, zeroes elements at random with probability `p` and scales the others by 1/(1 − p). */
export class Dropout extends Module {
  p: number;
  inplace: boolean;

  /** @throws ValueError unless `p` is in 0 … 1. */
  constructor(p?: number, inplace?: boolean);
  constructor(p: number | undefined, options: Omit<DropoutOptions, "training"> | undefined);
  constructor(options?: Omit<DropoutOptions, "training">);
  constructor(...given: readonly unknown[]) {
    super();
    const { p, inplace } = signature(new.target.name, DROPOUT_ARGUMENTS).read(given);
    this.p = p;
    this.inplace = inplace;
  }
  override forward(x: Tensor): Tensor {
    return dropout(x, this.p, this.training, this.inplace);
  }
  override extraRepr(): string {
    return `p=${pythonRepr(this.p)}, inplace=${pythonRepr(this.inplace)}`;
  }
}

/** In training, zeroes channels of lines at random: see {@link dropout1d}. */
export class Dropout1d extends Dropout {
  override forward(x: Tensor): Tensor {
    return dropout1d(x, this.p, this.training, this.inplace);
  }
}

/** In training, zeroes channels of images at random: see {@link dropout2d}. */
export class Dropout2d extends Dropout {
  override forward(x: Tensor): Tensor {
    return dropout2d(x, this.p, this.training, this.inplace);
  }
}
