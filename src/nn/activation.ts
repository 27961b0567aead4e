/** @file Activations as layers. */
import type { DType } from "../../kernels/backend.ts";
import { optional, signature, type ThenOptions } from "../core/arguments.ts";
import { aNumber } from "../core/kinds.ts";
import { full } from "../tensor/create.ts";
import type { DeviceChoice } from "../tensor/devices.ts";
import { sigmoid, tanh } from "../tensor/functional.ts";
import { pythonRepr } from "../tensor/python-repr.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  DIM,
  type DimOptions,
  ELU_ARGUMENTS,
  type EluOptions,
  elu,
  GELU_ARGUMENTS,
  type GeluApproximation,
  type GeluOptions,
  gelu,
  hardswish,
  type InplaceOptions,
  LEAKY_RELU_ARGUMENTS,
  type LeakyReluOptions,
  leakyRelu,
  logSoftmax,
  prelu,
  relu,
  SOFTPLUS_ARGUMENTS,
  type SoftplusOptions,
  silu,
  softmax,
  softplus,
} from "./functional/activation.ts";
import { aPositiveCount, INPLACE, PLACE } from "./functional/check.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

const SIGNATURES = {
  LeakyReLU: signature("LeakyReLU", LEAKY_RELU_ARGUMENTS),
  ELU: signature("ELU", ELU_ARGUMENTS),
  GELU: signature("GELU", GELU_ARGUMENTS),
  Softplus: signature("Softplus", SOFTPLUS_ARGUMENTS),
  PReLU: signature("PReLU", {
    numParameters: optional(aPositiveCount, 1),
    init: optional(aNumber, 0.25),
    ...PLACE,
  }),
};

/** An activation whose only argument is whether it overwrites its input. */
export abstract class InplaceActivation extends Module {
  inplace: boolean;

  constructor(inplace?: boolean);
  constructor(options?: InplaceOptions);
  constructor(...given: readonly unknown[]) {
    super();
    this.inplace = signature(new.target.name, INPLACE).read(given).inplace;
  }
  override extraRepr(): string {
    return inplaceRepr(this.inplace);
  }
}

/** What {@link InplaceOptions.inplace} adds to the printed form. */
export function inplaceRepr(inplace: boolean, before = ""): string {
  return inplace ? `${before}inplace=True` : "";
}

/** An activation whose only argument is a dimension. */
export abstract class DimActivation extends Module {
  dim: number | null;

  constructor(dim?: number | null);
  constructor(options?: DimOptions);
  constructor(...given: readonly unknown[]) {
    super();
    this.dim = signature(new.target.name, DIM).read(given).dim;
  }
  override extraRepr(): string {
    return `dim=${pythonRepr(this.dim)}`;
  }
}

/** max(0, x) */
export class ReLU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return this.inplace ? relu(x, true) : relu(x);
  }
}

/** 1 / (1 + e⁻ˣ) */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** eˣ / Σ eˣ along a dimension. */
export class Softmax extends DimActivation {
  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }
}

/** x − log Σ eˣ along a dimension. */
export class LogSoftmax extends DimActivation {
  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }
}

/** x where x > 0, else x·negativeSlope: see {@link leakyRelu}. */
export class LeakyReLU extends Module {
  negativeSlope: number;
  inplace: boolean;

  constructor(negativeSlope?: number, inplace?: boolean);
  constructor(...rest: ThenOptions<[negativeSlope: number], LeakyReluOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { negativeSlope, inplace } = SIGNATURES.LeakyReLU.read(given);
    this.negativeSlope = negativeSlope;
    this.inplace = inplace;
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

  constructor(alpha?: number, inplace?: boolean);
  constructor(...rest: ThenOptions<[alpha: number], EluOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { alpha, inplace } = SIGNATURES.ELU.read(given);
    this.alpha = alpha;
    this.inplace = inplace;
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
  constructor(approximate?: GeluApproximation);
  constructor(options?: GeluOptions);
  constructor(...given: readonly unknown[]) {
    super();
    this.approximate = SIGNATURES.GELU.read(given).approximate;
  }
  override forward(x: Tensor): Tensor {
    return gelu(x, this.approximate);
  }
  override extraRepr(): string {
    return `approximate=${pythonRepr(this.approximate)}`;
  }
}

/** x·σ(x) */
export class SiLU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return silu(x, this.inplace);
  }
}

/** log(1 + e^(x·beta)) / beta: see {@link softplus}. */
export class Softplus extends Module {
  beta: number;
  threshold: number;

  constructor(beta?: number, threshold?: number);
  constructor(...rest: ThenOptions<[beta: number], SoftplusOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { beta, threshold } = SIGNATURES.Softplus.read(given);
    this.beta = beta;
    this.threshold = threshold;
  }
  override forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }
  override extraRepr(): string {
    return `beta=${pythonRepr(this.beta)}, threshold=${pythonRepr(this.threshold)}`;
  }
}

/** x·min(max(x + 3, 0), 6) / 6 */
export class Hardswish extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return hardswish(x, this.inplace);
  }
  override extraRepr(): string {
    return "";
  }
}

export interface PReLUOptions {
  /** 1, or the number of channels: the size of dimension 1. Default 1. */
  readonly numParameters?: number | undefined;
  /** What the slopes start with. Default 0.25. */
  readonly init?: number | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Default "float32". */
  readonly dtype?: DType | undefined;
}

/** x where x > 0, else x·weight, with learned slopes: see {@link prelu}. */
export class PReLU extends Module {
  numParameters: number;
  /** [numParameters] */
  weight: Parameter;

  constructor(numParameters?: number, init?: number, options?: PReLUOptions);
  constructor(...rest: ThenOptions<[numParameters: number], PReLUOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { numParameters, init, device, dtype } = SIGNATURES.PReLU.read(given);
    this.numParameters = numParameters;
    this.weight = new Parameter(full([numParameters], init, { device, dtype }));
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
