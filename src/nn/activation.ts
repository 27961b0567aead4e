/** @file Activation layers. */
import type { DType } from "../../kernels/backend.ts";
import { optional, signature, type ThenOptions } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { aNumber } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { full } from "../tensor/create.ts";
import { sigmoid, tanh } from "../tensor/functional.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  celu,
  checkRange,
  DIM,
  type DimOptions,
  ELU_ARGUMENTS,
  type EluOptions,
  elu,
  GELU_ARGUMENTS,
  type GeluApproximation,
  type GeluOptions,
  gelu,
  HARDTANH_ARGUMENTS,
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  type InplaceOptions,
  type LambdOptions,
  LEAKY_RELU_ARGUMENTS,
  type LeakyReluOptions,
  leakyRelu,
  logSoftmax,
  logsigmoid,
  mish,
  prelu,
  relu,
  relu6,
  SHRINK_ARGUMENTS,
  SOFTPLUS_ARGUMENTS,
  type SoftplusOptions,
  selu,
  silu,
  softmax,
  softmin,
  softplus,
  softshrink,
  softsign,
  THRESHOLD_ARGUMENTS,
  tanhshrink,
  threshold,
} from "./functional/activation.ts";
import { aPositiveCount, INPLACE, PLACE } from "./functional/validate.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

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

/** An activation without arguments. */
abstract class PlainActivation extends Module {
  constructor();
  constructor(...given: readonly unknown[]) {
    super();
    signature(new.target.name, {}).read(given);
  }
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
export class Sigmoid extends PlainActivation {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

export class Tanh extends PlainActivation {
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

/** x·tanh(log(1 + eˣ)) */
export class Mish extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return mish(x, this.inplace);
  }
}

/** x / (1 + |x|) */
export class Softsign extends PlainActivation {
  override forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/** x − tanh x */
export class Tanhshrink extends PlainActivation {
  override forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}

/** log(1 / (1 + e⁻ˣ)) */
export class LogSigmoid extends PlainActivation {
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
  Hardtanh: signature("Hardtanh", HARDTANH_ARGUMENTS),
  Threshold: signature("Threshold", THRESHOLD_ARGUMENTS),
};

/** min(max(x, minVal), maxVal): see {@link hardtanh}. */
export class Hardtanh extends Module {
  minVal: number;
  maxVal: number;
  inplace: boolean;

  /** @throws ValueError unless minVal < maxVal. */
  constructor(minVal?: number, maxVal?: number, inplace?: boolean);
  constructor(...rest: ThenOptions<[minVal: number, maxVal: number], HardtanhOptions>);
  constructor(...given: readonly unknown[]) {
    super();
    const { minVal, maxVal, inplace } = SIGNATURES.Hardtanh.read(given);
    checkRange("Hardtanh", minVal, maxVal);
    this.minVal = minVal;
    this.maxVal = maxVal;
    this.inplace = inplace;
  }
  override forward(x: Tensor): Tensor {
    return hardtanh(x, this.minVal, this.maxVal, this.inplace);
  }
  override extraRepr(): string {
    const range = `min_val=${pythonRepr(this.minVal, true)}, max_val=${pythonRepr(this.maxVal, true)}`;
    return range + inplaceRepr(this.inplace, ", ");
  }
}

/** min(max(x, 0), 6) */
export class ReLU6 extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return relu6(x, this.inplace);
  }
}

/** min(max(x + 3, 0), 6) / 6 */
export class Hardsigmoid extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return hardsigmoid(x, this.inplace);
  }
  override extraRepr(): string {
    return "";
  }
}

/** x where x > threshold, else `value`. */
export class Threshold extends Module {
  threshold: number;
  value: number;
  inplace: boolean;

  constructor(threshold: number, value: number, inplace?: boolean);
  constructor(threshold: number, value: number, options?: InplaceOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { threshold, value, inplace } = SIGNATURES.Threshold.read(given);
    this.threshold = threshold;
    this.value = value;
    this.inplace = inplace;
  }
  override forward(x: Tensor): Tensor {
    return threshold(x, this.threshold, this.value, this.inplace);
  }
  override extraRepr(): string {
    const numbers = `threshold=${pythonRepr(this.threshold)}, value=${pythonRepr(this.value)}`;
    return numbers + inplaceRepr(this.inplace, ", ");
  }
}

/** What the two that shrink have in common. */
abstract class Shrink extends Module {
  lambd: number;

  constructor(lambd?: number);
  constructor(options?: LambdOptions);
  constructor(...given: readonly unknown[]) {
    super();
    this.lambd = signature(new.target.name, SHRINK_ARGUMENTS).read(given).lambd;
  }
  override extraRepr(): string {
    return pythonRepr(this.lambd);
  }
}

/** x, but 0 where |x| ≤ lambd: see {@link hardshrink}. */
export class Hardshrink extends Shrink {
  override forward(x: Tensor): Tensor {
    return hardshrink(x, this.lambd);
  }
}

/** x drawn towards 0 by lambd: see {@link softshrink}. */
export class Softshrink extends Shrink {
  override forward(x: Tensor): Tensor {
    return softshrink(x, this.lambd);
  }
}
