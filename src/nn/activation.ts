/** @file Activation layers. */
import type { DType } from "../../kernels/backend.ts";
import { optional, type SomeThenOptions, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { ShapeError } from "../core/errors.ts";
import { aNumber } from "../core/kinds.ts";
import { pythonRepr } from "../core/python-repr.ts";
import { full } from "../tensor/create.ts";
import { sigmoid, tanh } from "../tensor/functional.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/type-promotion.ts";
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
  GLU_ARGUMENTS,
  type GluOptions,
  gelu,
  glu,
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
  RRELU_RANGE,
  type RreluOptions,
  relu,
  relu6,
  rrelu,
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

/** Options of {@link PReLU}. */
export interface PReLUOptions {
  /** Number of slopes to learn: 1, or the number of channels, the size of dimension 1. Default 1. */
  readonly numParameters?: number | undefined;
  /** Initial value of the slopes. Default 0.25. */
  readonly init?: number | undefined;
  /** Device of the parameter. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
  /** Dtype of the parameter. Default "float32". */
  readonly dtype?: DType | undefined;
}

/** The arguments of the layers that have any of their own. */
const SIGNATURES = {
  LeakyReLU: signature("LeakyReLU", LEAKY_RELU_ARGUMENTS),
  RReLU: signature("RReLU", { ...RRELU_RANGE, ...INPLACE }),
  ELU: signature("ELU", ELU_ARGUMENTS),
  CELU: signature("CELU", ELU_ARGUMENTS),
  GELU: signature("GELU", GELU_ARGUMENTS),
  GLU: signature("GLU", GLU_ARGUMENTS),
  Softplus: signature("Softplus", SOFTPLUS_ARGUMENTS),
  PReLU: signature("PReLU", {
    numParameters: optional(aPositiveCount, 1),
    init: optional(aNumber, 0.25),
    ...PLACE,
  }),
  Hardtanh: signature("Hardtanh", HARDTANH_ARGUMENTS),
  Threshold: signature("Threshold", THRESHOLD_ARGUMENTS),
};

/** Base of the activations whose only option is `inplace`. */
abstract class InplaceActivation extends Module {
  /** Whether the operation is done in place. */
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

/** An activation without arguments. */
abstract class PlainActivation extends Module {
  constructor();
  constructor(...given: readonly unknown[]) {
    super();
    signature(new.target.name, {}).read(given);
  }
}

/** Base of the activations whose only option is a dimension. */
abstract class DimActivation extends Module {
  /** Dimension along which the result sums to one; null chooses it by the number of dimensions, as PyTorch does. */
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

/** Base of {@link Hardshrink} and {@link Softshrink}. */
abstract class Shrink extends Module {
  /** The λ of the formula. */
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

/** The `inplace=True` of the printed form, with `before` in front of it. */
function inplaceRepr(inplace: boolean, before = ""): string {
  return inplace ? `${before}inplace=True` : "";
}

/**
 * Thresholds each element: x where x > threshold, else `value`. See `functional.threshold`.
 *
 * @example
 * new nn.Threshold(0.1, 20).forward(tensor([0, 0.1, 0.2])); // tensor([20.0000, 20.0000,  0.2000])
 */
export class Threshold extends Module {
  /** The value to threshold at. */
  threshold: number;
  /** The value that replaces elements up to the threshold. */
  value: number;
  /** Whether the operation is done in place. */
  inplace: boolean;

  constructor(threshold: number, value: number, inplace?: boolean);
  constructor(options: { readonly threshold: number; readonly value: number } & InplaceOptions);
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

/**
 * Rectified linear unit, element-wise: max(0, x). See `functional.relu`.
 *
 * @example
 * new nn.ReLU().forward(tensor([-1, 0, 2])); // tensor([0., 0., 2.])
 */
export class ReLU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return this.inplace ? relu(x, true) : relu(x);
  }
}

/**
 * HardTanh, element-wise: x clamped to [minVal, maxVal]. See {@link hardtanh}.
 *
 * @throws ValueError unless minVal < maxVal.
 * @example
 * new nn.Hardtanh(-2, 2).forward(tensor([-3, 0.5, 3])); // tensor([-2.0000,  0.5000,  2.0000])
 */
export class Hardtanh extends Module {
  /** Lower end of the linear region. Default −1. */
  minVal: number;
  /** Upper end of the linear region. Default 1. */
  maxVal: number;
  /** Whether the operation is done in place. */
  inplace: boolean;

  constructor(minVal?: number, maxVal?: number, inplace?: boolean);
  constructor(...rest: SomeThenOptions<[minVal: number, maxVal: number], HardtanhOptions>);
  constructor(options?: HardtanhOptions);
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

/**
 * ReLU6, element-wise: min(max(0, x), 6). See {@link relu6}.
 *
 * @example
 * new nn.ReLU6().forward(tensor([-1, 3, 8])); // tensor([0., 3., 6.])
 */
export class ReLU6 extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return relu6(x, this.inplace);
  }
}

/**
 * Logistic sigmoid, element-wise: σ(x) = 1 / (1 + e⁻ˣ).
 *
 * @example
 * new nn.Sigmoid().forward(tensor([-1, 0, 1])); // tensor([0.2689, 0.5000, 0.7311])
 */
export class Sigmoid extends PlainActivation {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/**
 * Hardsigmoid, element-wise: min(max(x + 3, 0), 6) / 6. See {@link hardsigmoid}.
 *
 * @example
 * new nn.Hardsigmoid().forward(tensor([-3, 0, 3])); // tensor([0.0000, 0.5000, 1.0000])
 */
export class Hardsigmoid extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return hardsigmoid(x, this.inplace);
  }
  override extraRepr(): string {
    return "";
  }
}

/**
 * Hyperbolic tangent, element-wise.
 *
 * @example
 * new nn.Tanh().forward(tensor([-1, 0, 1])); // tensor([-0.7616,  0.0000,  0.7616])
 */
export class Tanh extends PlainActivation {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/**
 * Sigmoid linear unit (swish), element-wise: x·σ(x). See {@link silu}.
 *
 * @example
 * new nn.SiLU().forward(tensor([-1, 0, 1])); // tensor([-0.2689,  0.0000,  0.7311])
 */
export class SiLU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return silu(x, this.inplace);
  }
}

/**
 * Mish, element-wise: x·tanh(softplus(x)). See {@link mish}; Misra, 2019.
 *
 * @example
 * new nn.Mish().forward(tensor([-1, 0, 1])); // tensor([-0.3034,  0.0000,  0.8651])
 */
export class Mish extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return mish(x, this.inplace);
  }
}

/**
 * Hardswish, element-wise: x·min(max(x + 3, 0), 6) / 6. See {@link hardswish}; Howard et al., 2019.
 *
 * @example
 * new nn.Hardswish().forward(tensor([-3, 1, 4])); // tensor([-0.0000, 0.6667, 4.0000])
 */
export class Hardswish extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return hardswish(x, this.inplace);
  }
  override extraRepr(): string {
    return "";
  }
}

/**
 * Exponential linear unit, element-wise: x where x > 0, else alpha·(eˣ − 1). See {@link elu}; Clevert et al., 2015.
 *
 * @example
 * new nn.ELU().forward(tensor([-1, 0, 1])); // tensor([-0.6321,  0.0000,  1.0000])
 */
export class ELU extends Module {
  /** The alpha of the formula. Default 1. */
  alpha: number;
  /** Whether the operation is done in place. */
  inplace: boolean;

  constructor(alpha?: number, inplace?: boolean);
  constructor(alpha: number | undefined, options: EluOptions | undefined);
  constructor(options?: EluOptions);
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

/**
 * Continuously differentiable ELU, element-wise: x where x > 0, else alpha·(e^(x/alpha) − 1). See {@link celu}; Barron,
 * 2017.
 *
 * @example
 * new nn.CELU({ alpha: 2 }).forward(tensor([-1, 0, 1])); // tensor([-0.7869,  0.0000,  1.0000])
 */
export class CELU extends Module {
  /** The alpha of the formula. Default 1. */
  alpha: number;
  /** Whether the operation is done in place. */
  inplace: boolean;

  constructor(alpha?: number, inplace?: boolean);
  constructor(alpha: number | undefined, options: EluOptions | undefined);
  constructor(options?: EluOptions);
  constructor(...given: readonly unknown[]) {
    super();
    const { alpha, inplace } = SIGNATURES.CELU.read(given);
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

/**
 * Scaled exponential linear unit, element-wise: 1.0507·x where x > 0, else 1.7581·(eˣ − 1), so that activations
 * normalize themselves. See {@link selu}; Klambauer et al., 2017.
 *
 * @example
 * new nn.SELU().forward(tensor([-1, 0, 1])); // tensor([-1.1113,  0.0000,  1.0507])
 */
export class SELU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return selu(x, this.inplace);
  }
}

/**
 * Gaussian error linear unit, element-wise: x·Φ(x), with Φ the cumulative distribution function of the normal
 * distribution. See {@link gelu}; Hendrycks and Gimpel, 2016.
 *
 * @throws ValueError for an approximation that is neither "none" nor "tanh".
 * @example
 * new nn.GELU().forward(tensor([-1, 0, 1])); // tensor([-0.1587,  0.0000,  0.8413])
 * new nn.GELU({ approximate: "tanh" }).forward(tensor([-1, 0, 1])); // tensor([-0.1588,  0.0000,  0.8412])
 */
export class GELU extends Module {
  /** The approximation: "none" or "tanh". Default "none". */
  approximate: GeluApproximation;

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

/**
 * Hard shrinkage, element-wise: x where |x| > lambd, else 0. See {@link hardshrink}.
 *
 * @example
 * new nn.Hardshrink(0.5).forward(tensor([-1, 0.3, 1])); // tensor([-1.,  0.,  1.])
 */
export class Hardshrink extends Shrink {
  override forward(x: Tensor): Tensor {
    return hardshrink(x, this.lambd);
  }
}

/**
 * Leaky ReLU, element-wise: x where x > 0, else negativeSlope·x. See {@link leakyRelu}.
 *
 * @example
 * new nn.LeakyReLU(0.1).forward(tensor([-1, 0, 2])); // tensor([-0.1000,  0.0000,  2.0000])
 */
export class LeakyReLU extends Module {
  /** Slope for negative elements. Default 0.01. */
  negativeSlope: number;
  /** Whether the operation is done in place. */
  inplace: boolean;

  constructor(negativeSlope?: number, inplace?: boolean);
  constructor(negativeSlope: number | undefined, options: LeakyReluOptions | undefined);
  constructor(options?: LeakyReluOptions);
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

/**
 * Randomized leaky ReLU, element-wise: the slope for x ≤ 0 is drawn in training mode, and the mean of `lower` and `upper`
 * in evaluation mode. See {@link rrelu}; Xu et al., 2015.
 *
 * @example
 * new nn.RReLU(0.1, 0.3).eval().forward(tensor([-1, 2])); // tensor([-0.2000,  2.0000])
 */
export class RReLU extends Module {
  /** The smallest slope. Default 1/8. */
  lower: number;
  /** The largest slope. Default 1/3. */
  upper: number;
  /** Whether the operation is done in place. */
  inplace: boolean;

  constructor(lower?: number, upper?: number, inplace?: boolean);
  constructor(...args: SomeThenOptions<[lower: number, upper: number], Omit<RreluOptions, "training">>);
  constructor(options?: Omit<RreluOptions, "training">);
  constructor(...given: readonly unknown[]) {
    super();
    const { lower, upper, inplace } = SIGNATURES.RReLU.read(given);
    this.lower = lower;
    this.upper = upper;
    this.inplace = inplace;
  }
  override forward(x: Tensor): Tensor {
    return rrelu(x, this.lower, this.upper, this.training, this.inplace);
  }
  override extraRepr(): string {
    return `lower=${pythonRepr(this.lower)}, upper=${pythonRepr(this.upper)}${inplaceRepr(this.inplace, ", ")}`;
  }
}

/**
 * Logarithm of the sigmoid, element-wise: log(1 / (1 + e⁻ˣ)). See {@link logsigmoid}.
 *
 * @example
 * new nn.LogSigmoid().forward(tensor([-1, 0, 1])); // tensor([-1.3133, -0.6931, -0.3133])
 */
export class LogSigmoid extends PlainActivation {
  override forward(x: Tensor): Tensor {
    return logsigmoid(x);
  }
}

/**
 * Softplus, element-wise: log(1 + e^(beta·x)) / beta, a smooth ReLU. See {@link softplus}.
 *
 * @example
 * new nn.Softplus().forward(tensor([-1, 0, 1])); // tensor([0.3133, 0.6931, 1.3133])
 */
export class Softplus extends Module {
  /** The beta of the formula. Default 1. */
  beta: number;
  /** Where beta·x is above it, the result is x. Default 20. */
  threshold: number;

  constructor(beta?: number, threshold?: number);
  constructor(beta: number | undefined, options: SoftplusOptions | undefined);
  constructor(options?: SoftplusOptions);
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

/**
 * Soft shrinkage, element-wise: x moved towards 0 by lambd, and 0 where |x| ≤ lambd. See {@link softshrink}.
 *
 * @example
 * new nn.Softshrink(0.5).forward(tensor([-1, 0.3, 1])); // tensor([-0.5000,  0.0000,  0.5000])
 */
export class Softshrink extends Shrink {
  override forward(x: Tensor): Tensor {
    return softshrink(x, this.lambd);
  }
}

/**
 * Parametric ReLU, element-wise: x where x > 0, else weight·x, with one learnable slope, or one for each channel. See
 * {@link prelu}; He et al., 2015.
 *
 * Shape: `(*)`, or `(N,C,*)` with C slopes, to the same shape.
 *
 * @example
 * new nn.PReLU().forward(tensor([-1, 0, 2])); // tensor([-0.2500,  0.0000,  2.0000], grad_fn=<PreluBackward0>)
 */
export class PReLU extends Module {
  /** Number of learnable slopes. */
  numParameters: number;
  /** The learnable slopes, `(numParameters)`. */
  weight: Parameter;

  constructor(numParameters?: number, init?: number, options?: PReLUOptions);
  constructor(numParameters: number | undefined, options: PReLUOptions | undefined);
  constructor(options?: PReLUOptions);
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

/**
 * Softsign, element-wise: x / (1 + |x|). See {@link softsign}.
 *
 * @example
 * new nn.Softsign().forward(tensor([-1, 0, 3])); // tensor([-0.5000,  0.0000,  0.7500])
 */
export class Softsign extends PlainActivation {
  override forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/**
 * Tanhshrink, element-wise: x − tanh(x). See {@link tanhshrink}.
 *
 * @example
 * new nn.Tanhshrink().forward(tensor([-1, 0, 1])); // tensor([-0.2384,  0.0000,  0.2384])
 */
export class Tanhshrink extends PlainActivation {
  override forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}

/**
 * Softmin along a dimension: e⁻ˣ / Σ e⁻ˣ, the softmax of −x. See {@link softmin}.
 *
 * @example
 * new nn.Softmin(0).forward(tensor([1, 2, 3])); // tensor([0.6652, 0.2447, 0.0900])
 */
export class Softmin extends DimActivation {
  override forward(x: Tensor): Tensor {
    return softmin(x, this.dim);
  }
}

/**
 * Softmax along a dimension: eˣ / Σ eˣ, numbers between 0 and 1 that sum to 1. See `functional.softmax`.
 *
 * @example
 * new nn.Softmax(0).forward(tensor([1, 2, 3])); // tensor([0.0900, 0.2447, 0.6652])
 */
export class Softmax extends DimActivation {
  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }
}

/**
 * Logarithm of the softmax along a dimension: x − log Σ eˣ. See `functional.logSoftmax`.
 *
 * @example
 * new nn.LogSoftmax(0).forward(tensor([1, 2, 3])); // tensor([-2.4076, -1.4076, -0.4076])
 */
export class LogSoftmax extends DimActivation {
  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }
}

/**
 * Softmax over the channels of images: at each place they sum to 1.
 *
 * Shape: `(N,C,H,W)` or `(C,H,W)` to the same shape.
 *
 * @throws ShapeError for another number of dimensions.
 * @example
 * new nn.Softmax2d().forward(zeros(2, 1, 1)).view(2); // tensor([0.5000, 0.5000])
 */
export class Softmax2d extends PlainActivation {
  override forward(x: Tensor): Tensor {
    checkTensor("Softmax2d", x);
    if (x.ndim !== 3 && x.ndim !== 4) throw new ShapeError("[Softmax2d] Softmax2d requires a 3D or 4D tensor as input");
    return softmax(x, -3);
  }
}

/**
 * Gated linear unit: a·σ(b), with a and b the halves of the input along a dimension. See {@link glu}; Dauphin et al.,
 * 2016.
 *
 * Shape: `(*,2·N,*)` to `(*,N,*)`.
 *
 * @example
 * new nn.GLU().forward(tensor([1, 2, 0, 0])); // tensor([0.5000, 1.0000])
 */
export class GLU extends Module {
  /** Dimension on which to split the input. */
  dim: number;

  constructor(dim?: number);
  constructor(options?: GluOptions);
  constructor(...given: readonly unknown[]) {
    super();
    this.dim = SIGNATURES.GLU.read(given).dim;
  }
  override forward(x: Tensor): Tensor {
    return glu(x, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
