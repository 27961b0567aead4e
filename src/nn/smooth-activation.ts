/** @file Activations that bend smoothly, as layers. */
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { DimOptions, EluOptions, InplaceOptions } from "./functional/activation.ts";
import { celu, logsigmoid, mish, selu, softmin, softsign, tanhshrink } from "./functional/smooth-activation.ts";
import { Module } from "./module.ts";

/** x·tanh(log(1 + eˣ)) */
export class Mish extends Module {
  inplace: boolean;

  constructor(inplace?: boolean | InplaceOptions) {
    super();
    this.inplace = readArguments("Mish", { inplace: false }, [inplace]).inplace;
  }
  override forward(x: Tensor): Tensor {
    return mish(x, this.inplace);
  }
  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** x / (1 + |x|) */
export class Softsign extends Module {
  override forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/** x − tanh x */
export class Tanhshrink extends Module {
  override forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}

/** log(1 / (1 + e⁻ˣ)) */
export class LogSigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return logsigmoid(x);
  }
}

/** A scaled {@link ELU} under which activations normalise themselves: see {@link selu}. */
export class SELU extends Module {
  inplace: boolean;

  constructor(inplace?: boolean | InplaceOptions) {
    super();
    this.inplace = readArguments("SELU", { inplace: false }, [inplace]).inplace;
  }
  override forward(x: Tensor): Tensor {
    return selu(x, this.inplace);
  }
  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** x where x > 0, else alpha·(e^(x/alpha) − 1): see {@link celu}. */
export class CELU extends Module {
  alpha: number;
  inplace: boolean;

  constructor(alpha?: number | EluOptions, inplace?: boolean | InplaceOptions) {
    super();
    const given = readArguments("CELU", { alpha: 1, inplace: false }, [alpha, inplace]);
    this.alpha = given.alpha;
    this.inplace = given.inplace;
  }
  override forward(x: Tensor): Tensor {
    return celu(x, this.alpha, this.inplace);
  }
  override extraRepr(): string {
    return `alpha=${pythonRepr(this.alpha, true)}${this.inplace ? ", inplace=True" : ""}`;
  }
}

/** e⁻ˣ / Σ e⁻ˣ along a dimension. */
export class Softmin extends Module {
  dim: number | null;

  constructor(dim?: number | null | DimOptions) {
    super();
    this.dim = readArguments<{ dim: number | null }>("Softmin", { dim: null }, [dim]).dim;
  }
  override forward(x: Tensor): Tensor {
    return softmin(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${pythonRepr(this.dim)}`;
  }
}
