/** @file Activations that bend smoothly, as layers. */
import { signature, type ThenOptions } from "../core/arguments.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DimActivation, InplaceActivation, inplaceRepr } from "./activation.ts";
import { ELU_ARGUMENTS, type EluOptions, softmin } from "./functional/activation.ts";
import { celu, logsigmoid, mish, selu, softsign, tanhshrink } from "./functional/smooth-activation.ts";
import { Module } from "./module.ts";

/** x·tanh(log(1 + eˣ)) */
export class Mish extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return mish(x, this.inplace);
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
export class SELU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return selu(x, this.inplace);
  }
}

/** x where x > 0, else alpha·(e^(x/alpha) − 1): see {@link celu}. */
export class CELU extends Module {
  alpha: number;
  inplace: boolean;

  constructor(alpha?: number, inplace?: boolean);
  constructor(...rest: ThenOptions<[alpha: number], EluOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { alpha, inplace } = signature("CELU", ELU_ARGUMENTS).read(given);
    this.alpha = alpha;
    this.inplace = inplace;
  }
  override forward(x: Tensor): Tensor {
    return celu(x, this.alpha, this.inplace);
  }
  override extraRepr(): string {
    return `alpha=${pythonRepr(this.alpha, true)}${inplaceRepr(this.inplace, ", ")}`;
  }
}

/** e⁻ˣ / Σ e⁻ˣ along a dimension. */
export class Softmin extends DimActivation {
  override forward(x: Tensor): Tensor {
    return softmin(x, this.dim);
  }
}
