/** @file Activations as layers. */
import type { Device, DType } from "../../kernels/backend.ts";
import { full } from "../tensor/create.ts";
import { readArguments } from "../tensor/options.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  checkApproximation,
  type DimOptions,
  ELU_DEFAULTS,
  type EluOptions,
  elu,
  GELU_DEFAULTS,
  type GeluApproximation,
  type GeluOptions,
  gelu,
  hardswish,
  type InplaceOptions,
  LEAKY_RELU_DEFAULTS,
  type LeakyReluOptions,
  leakyRelu,
  logSoftmax,
  prelu,
  relu,
  SOFTPLUS_DEFAULTS,
  type SoftplusOptions,
  silu,
  softmax,
  softplus,
} from "./functional/activation.ts";
import { checkWhole } from "./functional/check.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

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

/** What {@link InplaceOptions.inplace} adds to the printed form. */
function inplaceRepr(inplace: boolean, before = ""): string {
  return inplace ? `${before}inplace=True` : "";
}

/** x where x > 0, else x·negativeSlope: see {@link leakyRelu}. */
export class LeakyReLU extends Module {
  negativeSlope: number;
  inplace: boolean;

  constructor(negativeSlope?: number | LeakyReluOptions, inplace?: boolean | InplaceOptions) {
    super();
    const given = readArguments("LeakyReLU", LEAKY_RELU_DEFAULTS, [negativeSlope, inplace]);
    this.negativeSlope = given.negativeSlope;
    this.inplace = given.inplace;
  }
  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope, this.inplace);
  }
  override extraRepr(): string {
    return `negative_slope=${pythonRepr(this.negativeSlope)}${inplaceRepr(this.inplace, ", ")}`;
  }
}

/** x where x > 0, else alpha·(eˣ − 1): see {@link elu}. */
export class ELU extends Module {
  alpha: number;
  inplace: boolean;

  constructor(alpha?: number | EluOptions, inplace?: boolean | InplaceOptions) {
    super();
    const given = readArguments("ELU", ELU_DEFAULTS, [alpha, inplace]);
    this.alpha = given.alpha;
    this.inplace = given.inplace;
  }
  override forward(x: Tensor): Tensor {
    return elu(x, this.alpha, this.inplace);
  }
  override extraRepr(): string {
    return `alpha=${pythonRepr(this.alpha, true)}${inplaceRepr(this.inplace, ", ")}`;
  }
}

/** x·Φ(x), with Φ the distribution function of the normal distribution: see {@link gelu}. */
export class GELU extends Module {
  approximate: GeluApproximation;

  /** @throws ValueError for an approximation that is neither "none" nor "tanh". */
  constructor(approximate?: GeluApproximation | GeluOptions) {
    super();
    this.approximate = readArguments("GELU", GELU_DEFAULTS, [approximate]).approximate;
    checkApproximation("GELU", this.approximate);
  }
  override forward(x: Tensor): Tensor {
    return gelu(x, this.approximate);
  }
  override extraRepr(): string {
    return `approximate=${pythonRepr(this.approximate)}`;
  }
}

/** x·σ(x) */
export class SiLU extends Module {
  inplace: boolean;

  constructor(inplace?: boolean | InplaceOptions) {
    super();
    this.inplace = readArguments("SiLU", { inplace: false }, [inplace]).inplace;
  }
  override forward(x: Tensor): Tensor {
    return silu(x, this.inplace);
  }
  override extraRepr(): string {
    return inplaceRepr(this.inplace);
  }
}

/** log(1 + e^(x·beta)) / beta: see {@link softplus}. */
export class Softplus extends Module {
  beta: number;
  threshold: number;

  constructor(beta?: number | SoftplusOptions, threshold?: number | SoftplusOptions) {
    super();
    const given = readArguments("Softplus", SOFTPLUS_DEFAULTS, [beta, threshold]);
    this.beta = given.beta;
    this.threshold = given.threshold;
  }
  override forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }
  override extraRepr(): string {
    return `beta=${pythonRepr(this.beta)}, threshold=${pythonRepr(this.threshold)}`;
  }
}

/** x·min(max(x + 3, 0), 6) / 6 */
export class Hardswish extends Module {
  inplace: boolean;

  constructor(inplace?: boolean | InplaceOptions) {
    super();
    this.inplace = readArguments("Hardswish", { inplace: false }, [inplace]).inplace;
  }
  override forward(x: Tensor): Tensor {
    return hardswish(x, this.inplace);
  }
}

export interface PReLUOptions {
  /** 1, or the number of channels: the size of dimension 1. Default 1. */
  readonly numParameters?: number | undefined;
  /** What the slopes start with. Default 0.25. */
  readonly init?: number | undefined;
  /** Default "cpu". */
  readonly device?: Device | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

/** x where x > 0, else x·weight, with learned slopes: see {@link prelu}. */
export class PReLU extends Module {
  numParameters: number;
  /** [numParameters] */
  weight: Parameter;

  constructor(numParameters?: number | PReLUOptions, init?: number | PReLUOptions) {
    super();
    const defaults = { numParameters: 1, init: 0.25, device: "cpu" as Device, dtype: "float32" as DType };
    const given = readArguments("PReLU", defaults, [numParameters, init]);
    checkWhole("PReLU", "numParameters", given.numParameters, 1);
    this.numParameters = given.numParameters;
    this.weight = new Parameter(full([given.numParameters], given.init, { device: given.device, dtype: given.dtype }));
    this.noteMembers("weight");
  }
  override forward(x: Tensor): Tensor {
    this.checkMembers();
    return prelu(x, this.weight);
  }
  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}
