/** @file Activations as layers. */
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type DimOptions, type InplaceOptions, logSoftmax, relu, softmax } from "./functional/activation.ts";
import { Module } from "./module.ts";

/** max(0, x) */
export class ReLU extends Module {
  inplace: boolean;

  constructor(inplace?: boolean | InplaceOptions) {
    super();
    this.inplace = readArguments("ReLU", { inplace: false }, [inplace]).inplace;
  }
  override forward(x: Tensor): Tensor {
    return relu(x, this.inplace);
  }
  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** 1 / (1 + e⁻ˣ) */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** eˣ / Σ eˣ along a dimension. */
export class Softmax extends Module {
  dim: number | null;

  constructor(dim?: number | null | DimOptions) {
    super();
    this.dim = readArguments<{ dim: number | null }>("Softmax", { dim: null }, [dim]).dim;
  }
  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${pythonRepr(this.dim)}`;
  }
}

/** x − log Σ eˣ along a dimension. */
export class LogSoftmax extends Module {
  dim: number | null;

  constructor(dim?: number | null | DimOptions) {
    super();
    this.dim = readArguments<{ dim: number | null }>("LogSoftmax", { dim: null }, [dim]).dim;
  }
  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${pythonRepr(this.dim)}`;
  }
}
