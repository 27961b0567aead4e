/** @file Activation functions. */
import type { DType } from "../../../kernels/backend.ts";
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { viewBaseOf } from "../../autograd/tape-state.ts";
import {
  type Arguments,
  type ByName,
  keyword,
  optional,
  required,
  signature,
  type ThenOptions,
} from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { isFloat, newTypedArray } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aDType, aNumber, anInteger, aTensor, nullable, oneOf, worded } from "../../core/kinds.ts";
import { normalizeDim } from "../../core/shape.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { newFrom } from "../../tensor/like.ts";
import { ops } from "../../tensor/ops/index.ts";
import { fillExponential, fillUniform } from "../../tensor/random/uniform.ts";
import { stored } from "../../tensor/range.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, checkSameDType, INPLACE, INPUT } from "./validate.ts";

/** The arguments after the input, in PyTorch's order; the layers take the same. */
export const LEAKY_RELU_ARGUMENTS = { negativeSlope: optional(aNumber, 0.01), ...INPLACE };
export const ELU_ARGUMENTS = { alpha: optional(aNumber, 1), ...INPLACE };
export const GELU_ARGUMENTS = {
  approximate: optional(
    worded(
      oneOf("none", "tanh"),
      (_, value) => `approximate argument must be either none or tanh. Got: ${describeBare(value)}`,
    ),
    "none",
  ),
};
export const SOFTPLUS_ARGUMENTS = { beta: optional(aNumber, 1), threshold: optional(aNumber, 20) };
export const DIM = { dim: optional(nullable(anInteger), null) };
export const HARDTANH_ARGUMENTS = { minVal: optional(aNumber, -1), maxVal: optional(aNumber, 1), ...INPLACE };
export const SHRINK_ARGUMENTS = { lambd: optional(aNumber, 0.5) };
export const THRESHOLD_ARGUMENTS = { threshold: required(aNumber), value: required(aNumber), ...INPLACE };
export const RRELU_RANGE = { lower: optional(aNumber, 1 / 8), upper: optional(aNumber, 1 / 3) };
export const GLU_ARGUMENTS = { dim: optional(anInteger, -1) };

const RRELU_ARGUMENTS = { ...RRELU_RANGE, training: optional(aBoolean, false), ...INPLACE };
const SOFTMAX_ARGUMENTS = { ...INPUT, ...DIM, dtype: keyword(nullable(aDType), null) };

const SIGNATURES = {
  relu: signature("relu", { ...INPUT, ...INPLACE }),
  leakyRelu: signature("leakyRelu", { ...INPUT, ...LEAKY_RELU_ARGUMENTS }),
  elu: signature("elu", { ...INPUT, ...ELU_ARGUMENTS }),
  gelu: signature("gelu", { ...INPUT, ...GELU_ARGUMENTS }),
  silu: signature("silu", { ...INPUT, ...INPLACE }),
  softplus: signature("softplus", { ...INPUT, ...SOFTPLUS_ARGUMENTS }),
  hardswish: signature("hardswish", { ...INPUT, ...INPLACE }),
  prelu: signature("prelu", { ...INPUT, weight: required(aTensor) }),
  logsigmoid: signature("logsigmoid", INPUT),
  mish: signature("mish", { ...INPUT, ...INPLACE }),
  softsign: signature("softsign", INPUT),
  tanhshrink: signature("tanhshrink", INPUT),
  selu: signature("selu", { ...INPUT, ...INPLACE }),
  celu: signature("celu", { ...INPUT, ...ELU_ARGUMENTS }),
  hardtanh: signature("hardtanh", { ...INPUT, ...HARDTANH_ARGUMENTS }),
  relu6: signature("relu6", { ...INPUT, ...INPLACE }),
  hardsigmoid: signature("hardsigmoid", { ...INPUT, ...INPLACE }),
  threshold: signature("threshold", { ...INPUT, ...THRESHOLD_ARGUMENTS }),
  hardshrink: signature("hardshrink", { ...INPUT, ...SHRINK_ARGUMENTS }),
  softshrink: signature("softshrink", { ...INPUT, ...SHRINK_ARGUMENTS }),
  softmax: signature("softmax", SOFTMAX_ARGUMENTS),
  logSoftmax: signature("logSoftmax", SOFTMAX_ARGUMENTS),
  softmin: signature("softmin", SOFTMAX_ARGUMENTS),
  glu: signature("glu", { ...INPUT, ...GLU_ARGUMENTS }),
  rrelu: signature("rrelu", { ...INPUT, ...RRELU_ARGUMENTS }),
  gumbelSoftmax: signature("gumbelSoftmax", {
    logits: required(aTensor),
    tau: optional(aNumber, 1),
    hard: optional(aBoolean, false),
    eps: optional(aNumber, 1e-10),
    dim: optional(anInteger, -1),
  }),
};

/** Options of activations that can work in place. */
export interface InplaceOptions {
  /** If true, the result is written into the input. Default false. */
  readonly inplace?: boolean | undefined;
}

/**
 * Rectified linear unit, element-wise: max(0, x).
 *
 * @param x - Any shape, any numeric dtype; the result has the same.
 * @example
 * nn.functional.relu(tensor([-2, 0, 2.5])); // tensor([0.0000, 0.0000, 2.5000])
 */
export function relu(x: Tensor, inplace?: boolean): Tensor;
export function relu(x: Tensor, options?: InplaceOptions): Tensor;
export function relu(...given: readonly unknown[]): Tensor {
  const [first] = given;
  if (given.length === 1 && isTensor(first)) return first.relu();
  const { input, inplace } = SIGNATURES.relu.read(given);
  return inplace ? input.relu_() : input.relu();
}

/**
 * ReLU6, element-wise: min(max(0, x), 6).
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.relu6(tensor([-1, 3, 8.5])); // tensor([0., 3., 6.])
 */
export function relu6(x: Tensor, inplace?: boolean): Tensor;
export function relu6(x: Tensor, options?: InplaceOptions): Tensor;
export function relu6(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.relu6.read(given);
  return applyActivation("relu6", input, inplace, ["HardtanhBackward0"], (v) => apply(ops.hardtanh, [v], [0, 6]), true);
}

/** Options of {@link leakyRelu}. */
export interface LeakyReluOptions extends InplaceOptions {
  /** Slope for x ≤ 0. Default 0.01. */
  readonly negativeSlope?: number | undefined;
}

/**
 * Leaky ReLU, element-wise: max(0, x) + negativeSlope · min(0, x).
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.leakyRelu(tensor([-2, 0, 2.5]), 0.1); // tensor([-0.2000, 0.0000, 2.5000])
 */
export function leakyRelu(x: Tensor, negativeSlope?: number, inplace?: boolean): Tensor;
export function leakyRelu(x: Tensor, ...rest: ThenOptions<[negativeSlope: number], LeakyReluOptions>): Tensor;
export function leakyRelu(...given: readonly unknown[]): Tensor {
  const { input, negativeSlope, inplace } = SIGNATURES.leakyRelu.read(given);
  return applyActivation("leakyRelu", input, inplace, ["LeakyReluBackward0", "LeakyReluBackward1"], (v) =>
    apply(ops.leakyRelu, [v], [negativeSlope]),
  );
}

/**
 * Parametric ReLU (He et al., 2015): max(0, x) + weight · min(0, x), with a learnable slope.
 *
 * @param x - [N, C, …], floating dtype.
 * @param weight - One slope, shape [1], or one for each channel, shape [C]; the dtype of x.
 * @throws ShapeError for a weight of another shape; DTypeError for another dtype.
 * @example
 * nn.functional.prelu(tensor([-2.5, 2.5]), tensor([0.2])); // tensor([-0.5000, 2.5000])
 */
export function prelu(
  ...args: ByName<["input", "weight"], { readonly input: Tensor; readonly weight: Tensor }>
): Tensor;
export function prelu(x: Tensor, weight: Tensor): Tensor;
export function prelu(...given: readonly unknown[]): Tensor {
  const op = "prelu";
  const { input: x, weight } = SIGNATURES.prelu.read(given);
  checkFloat(op, x);
  checkSameDType(op, x, weight, "weight");
  const count = weight.numel();
  if (weight.ndim > 1) throw new ShapeError(`[${op}] expected a weight of one dimension, but it has ${weight.ndim}`);
  const channels = x.ndim > 1 ? x.size(1) : 1;
  if (count !== 1 && count !== channels) {
    throw new ShapeError(
      `[${op}] Mismatch of parameter numbers and input channel size. Found parameter numbers = ${count} and channel size = ${channels}.`,
    );
  }
  const slope = count === 1 ? weight.reshape(1) : weight.view(count, ...new Array<number>(x.ndim - 2).fill(1));
  return apply(ops.prelu, [x, x.ndim === 0 ? slope.reshape([]) : slope], null);
}

/**
 * Threshold, element-wise: x where x > threshold, `value` elsewhere.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.threshold(tensor([-1, 0.5, 2]), 0.5, 0); // tensor([0., 0., 2.])
 */
export function threshold(x: Tensor, threshold: number, value: number, inplace?: boolean): Tensor;
export function threshold(
  ...args: ByName<
    ["input", "threshold", "value"],
    { readonly input: Tensor; readonly threshold: number; readonly value: number } & InplaceOptions
  >
): Tensor;
export function threshold(x: Tensor, threshold: number, value: number, options?: InplaceOptions): Tensor;
export function threshold(...given: readonly unknown[]): Tensor {
  const { input, threshold: bound, value, inplace } = SIGNATURES.threshold.read(given);
  const numbers = boundsFor("threshold", input, bound, value);
  const names = ["ThresholdBackward0", "ThresholdBackward1"] as const;
  return applyActivation("threshold", input, inplace, names, (v) => apply(ops.threshold, [v], numbers), true);
}

/** Options of {@link elu} and {@link celu}. */
export interface EluOptions extends InplaceOptions {
  /** The α of the formula: the result tends to −α for x → −∞. Default 1. */
  readonly alpha?: number | undefined;
}

/**
 * Exponential linear unit (Clevert et al., 2016): x where x > 0, alpha · (eˣ − 1) elsewhere.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.elu(tensor([-2, 0, 2.5])); // tensor([-0.8647, 0.0000, 2.5000])
 */
export function elu(x: Tensor, alpha?: number, inplace?: boolean): Tensor;
export function elu(x: Tensor, ...rest: ThenOptions<[alpha: number], EluOptions>): Tensor;
export function elu(...given: readonly unknown[]): Tensor {
  const { input, alpha, inplace } = SIGNATURES.elu.read(given);
  return applyActivation("elu", input, inplace, ["EluBackward0", "EluBackward1"], (v) =>
    apply(ops.elu, [v], [alpha, 1, 1]),
  );
}

/**
 * Continuously differentiable ELU (Barron, 2017): x where x > 0, alpha · (e^(x/alpha) − 1) elsewhere.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.celu(tensor([-2, 0, 2.5])); // tensor([-0.8647, 0.0000, 2.5000])
 */
export function celu(x: Tensor, alpha?: number, inplace?: boolean): Tensor;
export function celu(x: Tensor, ...rest: ThenOptions<[alpha: number], EluOptions>): Tensor;
export function celu(...given: readonly unknown[]): Tensor {
  const { input, alpha, inplace } = SIGNATURES.celu.read(given);
  return applyActivation("celu", input, inplace, ["CeluBackward0", "CeluBackward1"], (v) =>
    apply(ops.elu, [v], [alpha, 1, 1 / alpha]),
  );
}

/** The fixed point of mean 0 and variance 1, appendix A1 of Klambauer et al. (2017). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/**
 * Scaled ELU (Klambauer et al., 2017): scale · elu(x, α), with α ≈ 1.6733 and scale ≈ 1.0507.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.selu(tensor([-2, 0, 2])); // tensor([-1.5202, 0.0000, 2.1014])
 */
export function selu(x: Tensor, inplace?: boolean): Tensor;
export function selu(x: Tensor, options?: InplaceOptions): Tensor;
export function selu(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.selu.read(given);
  return applyActivation("selu", input, inplace, ["EluBackward0", "EluBackward1"], (v) =>
    apply(ops.elu, [v], [SELU_ALPHA * SELU_SCALE, SELU_SCALE, 1]),
  );
}

/** `"none"`: exact, by the error function; `"tanh"`: the approximation by tanh. */
export type GeluApproximation = "none" | "tanh";

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** The approximation to use. Default "none". */
  readonly approximate?: GeluApproximation | undefined;
}

/**
 * Gaussian error linear unit (Hendrycks and Gimpel, 2016): x · Φ(x), with Φ the cumulative distribution function of the
 * standard normal distribution. With `"tanh"`: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))).
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor; ValueError for an unknown approximation.
 * @example
 * nn.functional.gelu(tensor([-2, 0, 2])); // tensor([-0.0455, 0.0000, 1.9545])
 */
export function gelu(x: Tensor, approximate?: GeluApproximation): Tensor;
export function gelu(x: Tensor, options?: GeluOptions): Tensor;
export function gelu(...given: readonly unknown[]): Tensor {
  const { input, approximate } = SIGNATURES.gelu.read(given);
  return applyActivation("gelu", input, false, ["GeluBackward0"], (v) =>
    apply(approximate === "none" ? ops.gelu : ops.geluTanh, [v], []),
  );
}

/**
 * Sigmoid linear unit, also known as swish: x · σ(x).
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.silu(tensor([-2, 0, 2])); // tensor([-0.2384, 0.0000, 1.7616])
 */
export function silu(x: Tensor, inplace?: boolean): Tensor;
export function silu(x: Tensor, options?: InplaceOptions): Tensor;
export function silu(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.silu.read(given);
  return applyActivation("silu", input, inplace, ["SiluBackward0"], (v) => apply(ops.silu, [v], []));
}

/**
 * Mish (Misra, 2019): x · tanh(softplus(x)).
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.mish(tensor([-2, 0, 2])); // tensor([-0.2525, 0.0000, 1.9440])
 */
export function mish(x: Tensor, inplace?: boolean): Tensor;
export function mish(x: Tensor, options?: InplaceOptions): Tensor;
export function mish(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.mish.read(given);
  return applyActivation("mish", input, inplace, ["MishBackward0"], (v) => apply(ops.mish, [v], []));
}

/** Options of {@link softplus}. */
export interface SoftplusOptions {
  /** The β of the formula. Default 1. */
  readonly beta?: number | undefined;
  /** The result is x, the linear function, where x · beta is above this. Default 20. */
  readonly threshold?: number | undefined;
}

/**
 * Softplus, a smooth ReLU: log(1 + e^(x · beta)) / beta.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.softplus(tensor([-2, 0, 2])); // tensor([0.1269, 0.6931, 2.1269])
 */
export function softplus(x: Tensor, beta?: number, threshold?: number): Tensor;
export function softplus(x: Tensor, ...rest: ThenOptions<[beta: number], SoftplusOptions>): Tensor;
export function softplus(...given: readonly unknown[]): Tensor {
  const { input, beta, threshold } = SIGNATURES.softplus.read(given);
  return applyActivation("softplus", input, false, ["SoftplusBackward0"], (v) =>
    apply(ops.softplus, [v], [beta, threshold]),
  );
}

/** {@link logsigmoid} without reading of arguments. */
export const logOfSigmoid = (x: Tensor): Tensor => apply(ops.logSigmoid, [x], []);

/**
 * Logarithm of the sigmoid: log(1 / (1 + e⁻ˣ)). Does not underflow for large negative x.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.logsigmoid(tensor([-2, 0, 2])); // tensor([-2.1269, -0.6931, -0.1269])
 */
export function logsigmoid(x: Tensor): Tensor;
export function logsigmoid(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.logsigmoid.read(given);
  return applyActivation("logsigmoid", input, false, ["LogSigmoidBackward0"], logOfSigmoid);
}

/** Options of {@link hardtanh}. */
export interface HardtanhOptions extends InplaceOptions {
  /** Minimum of the linear region. Default −1. */
  readonly minVal?: number | undefined;
  /** Maximum of the linear region. Default 1. */
  readonly maxVal?: number | undefined;
}

/**
 * Hard tanh, element-wise: min(max(x, minVal), maxVal). Integers stay integers.
 *
 * @param x - Any shape, any dtype but bool.
 * @throws DTypeError for a boolean tensor, and for bytes with negative bounds.
 * @example
 * nn.functional.hardtanh(tensor([-2, 0.5, 2])); // tensor([-1.0000, 0.5000, 1.0000])
 */
export function hardtanh(x: Tensor, minVal?: number, maxVal?: number, inplace?: boolean): Tensor;
export function hardtanh(x: Tensor, ...rest: ThenOptions<[minVal: number, maxVal: number], HardtanhOptions>): Tensor;
export function hardtanh(...given: readonly unknown[]): Tensor {
  const { input, minVal, maxVal, inplace } = SIGNATURES.hardtanh.read(given);
  if (input.dtype === "uint8" && (minVal < 0 || maxVal < 0)) {
    throw new DTypeError("[hardtanh] cannot do hardtanh on an unsigned type with negative limits");
  }
  const bounds = boundsFor("hardtanh", input, minVal, maxVal);
  return applyActivation(
    "hardtanh",
    input,
    inplace,
    ["HardtanhBackward0"],
    (v) => apply(ops.hardtanh, [v], bounds),
    true,
  );
}

/** Checks minVal < maxVal, the condition of the layer. @throws ValueError otherwise. */
export function checkRange(op: string, least: number, most: number): void {
  if (least < most) return;
  throw new ValueError(`[${op}] expected minVal to be less than maxVal, but got ${least} and ${most}`);
}

/**
 * Hard sigmoid, a piecewise linear sigmoid: min(max(x + 3, 0), 6) / 6.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.hardsigmoid(tensor([-2, 0, 2])); // tensor([0.1667, 0.5000, 0.8333])
 */
export function hardsigmoid(x: Tensor, inplace?: boolean): Tensor;
export function hardsigmoid(x: Tensor, options?: InplaceOptions): Tensor;
export function hardsigmoid(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.hardsigmoid.read(given);
  return applyActivation("hardsigmoid", input, inplace, ["HardsigmoidBackward0"], (v) =>
    apply(ops.hardsigmoid, [v], []),
  );
}

/**
 * Hard swish (Howard et al., 2019): x · min(max(x + 3, 0), 6) / 6.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.hardswish(tensor([-2, 0, 2])); // tensor([-0.3333, 0.0000, 1.6667])
 */
export function hardswish(x: Tensor, inplace?: boolean): Tensor;
export function hardswish(x: Tensor, options?: InplaceOptions): Tensor;
export function hardswish(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.hardswish.read(given);
  return applyActivation("hardswish", input, inplace, ["HardswishBackward0"], (v) => apply(ops.hardswish, [v], []));
}

/**
 * Softsign, element-wise: x / (1 + |x|).
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.softsign(tensor([-2, 0, 2])); // tensor([-0.6667, 0.0000, 0.6667])
 */
export function softsign(x: Tensor): Tensor;
export function softsign(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.softsign.read(given);
  return applyActivation("softsign", floatOf(input), false, ["DivBackward0"], (v) => apply(ops.softsign, [v], []));
}

/**
 * Tanhshrink, element-wise: x − tanh(x).
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.tanhshrink(tensor([-2, 0, 2])); // tensor([-1.0360, 0.0000, 1.0360])
 */
export function tanhshrink(x: Tensor): Tensor;
export function tanhshrink(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.tanhshrink.read(given);
  return applyActivation("tanhshrink", floatOf(input), false, ["SubBackward0"], (v) => apply(ops.tanhshrink, [v], []));
}

/** Options of {@link hardshrink} and {@link softshrink}. */
export interface LambdOptions {
  /** The λ of the formula: |x| ≤ λ becomes 0. Default 0.5. */
  readonly lambd?: number | undefined;
}

/**
 * Hard shrinkage: x where |x| > lambd, 0 elsewhere.
 *
 * @param x - Any shape, floating dtype.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.hardshrink(tensor([-2, 0.25, 2])); // tensor([-2., 0., 2.])
 */
export function hardshrink(x: Tensor, lambd?: number): Tensor;
export function hardshrink(x: Tensor, options?: LambdOptions): Tensor;
export function hardshrink(...given: readonly unknown[]): Tensor {
  const { input, lambd } = SIGNATURES.hardshrink.read(given);
  return applyActivation("hardshrink", input, false, ["HardshrinkBackward0"], (v) =>
    apply(ops.hardshrink, [v], [lambd]),
  );
}

/**
 * Soft shrinkage: x − lambd where x > lambd, x + lambd where x < −lambd, 0 elsewhere.
 *
 * @param x - Any shape, floating dtype.
 * @throws ValueError for a negative lambd; DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.softshrink(tensor([-2, 0.25, 2])); // tensor([-1.5000, 0.0000, 1.5000])
 */
export function softshrink(x: Tensor, lambd?: number): Tensor;
export function softshrink(x: Tensor, options?: LambdOptions): Tensor;
export function softshrink(...given: readonly unknown[]): Tensor {
  const { input, lambd } = SIGNATURES.softshrink.read(given);
  if (!(lambd >= 0)) {
    throw new ValueError(`[softshrink] lambda must be greater or equal to 0, but found to be ${lambd}.`);
  }
  return applyActivation("softshrink", input, false, ["SoftshrinkBackward0"], (v) =>
    apply(ops.softshrink, [v], [lambd]),
  );
}

/** Options of {@link softmin} and of the softmax layers. */
export interface DimOptions {
  /** Dimension along which the results sum to 1. Default null: 0 for tensors of 0, 1 or 3 dimensions, 1 for others. */
  readonly dim?: number | null | undefined;
}

/** Options of {@link softmax}, {@link logSoftmax} and {@link softmin}. */
export interface SoftmaxOptions extends DimOptions {
  /** Dtype of the result; the input is converted to it first. Default null: the dtype of the input. */
  readonly dtype?: DType | null | undefined;
}

/**
 * Softmax: eˣ / Σ eˣ along a dimension. Shifted by the maximum, so that large x do not overflow.
 *
 * @param x - Any shape, floating dtype.
 * @returns probabilities of the same shape.
 * @example
 * nn.functional.softmax(tensor([1, 2, 3]), 0); // tensor([0.0900, 0.2447, 0.6652])
 */
export function softmax(x: Tensor, dim?: number | null, options?: SoftmaxOptions): Tensor;
export function softmax(x: Tensor, options?: SoftmaxOptions): Tensor;
export function softmax(...given: readonly unknown[]): Tensor {
  const [x, dim] = readSoftmax(SIGNATURES.softmax.read(given));
  return x.softmax(dim);
}

/**
 * Logarithm of the softmax, x − log Σ eˣ, along a dimension. More accurate than softmax followed by log.
 *
 * @param x - Any shape, floating dtype.
 * @returns log-probabilities of the same shape.
 * @example
 * nn.functional.logSoftmax(tensor([1, 2, 3]), 0); // tensor([-2.4076, -1.4076, -0.4076])
 */
export function logSoftmax(x: Tensor, dim?: number | null, options?: SoftmaxOptions): Tensor;
export function logSoftmax(x: Tensor, options?: SoftmaxOptions): Tensor;
export function logSoftmax(...given: readonly unknown[]): Tensor {
  const [x, dim] = readSoftmax(SIGNATURES.logSoftmax.read(given));
  return x.logSoftmax(dim);
}

/**
 * Softmin: e⁻ˣ / Σ e⁻ˣ along a dimension, the softmax of −x.
 *
 * @param x - Any shape, floating dtype.
 * @returns probabilities of the same shape.
 * @example
 * nn.functional.softmin(tensor([1, 2, 3]), 0); // tensor([0.6652, 0.2447, 0.0900])
 */
export function softmin(x: Tensor, dim?: number | null, options?: SoftmaxOptions): Tensor;
export function softmin(x: Tensor, options?: SoftmaxOptions): Tensor;
export function softmin(...given: readonly unknown[]): Tensor {
  const [x, dim] = readSoftmax(SIGNATURES.softmin.read(given));
  return x.neg().softmax(dim);
}

/** The input, converted if a dtype is given, and the dimension. */
function readSoftmax({ input, dim, dtype }: Arguments<typeof SOFTMAX_ARGUMENTS>): readonly [x: Tensor, dim: number] {
  return [dtype === null ? input : input.to(dtype), dim ?? implicitDim(input)];
}

/** PyTorch's implicit choice of a dimension. */
function implicitDim(x: Tensor): number {
  return x.ndim === 0 || x.ndim === 1 || x.ndim === 3 ? 0 : 1;
}

/** Integers as float32; bools stay what they are, and are refused. */
function floatOf(x: Tensor): Tensor {
  return x.dtype === "int32" || x.dtype === "uint8" ? x.float() : x;
}

/** Numbers as they are held against the elements of x: of integers without what lies behind the point. */
function boundsFor(op: string, x: Tensor, ...numbers: readonly number[]): readonly number[] {
  return isFloat(x.dtype) ? numbers : numbers.map((number) => stored(op, Math.trunc(number), "int32"));
}

/** `f(x)` as a new tensor or, in place, in the memory of `x`; the tape node gets PyTorch's name for either. */
export function applyActivation(
  op: string,
  x: Tensor,
  inplace: boolean,
  [name, nameInPlace = name]: readonly [string, string?],
  f: (x: Tensor) => Tensor,
  takesIntegers = false,
): Tensor {
  if (!takesIntegers || x.dtype === "bool") checkFloat(op, x);
  if (!inplace) return withGradFnName(name, f(x));
  applyInPlace(ops.copy_, `${op}_`, x, [f(x.clone())], null);
  return viewBaseOf(x) === null ? withGradFnName(nameInPlace, x) : x;
}

/** Options of {@link glu}. */
export interface GluOptions {
  /** Dimension on which to split the input. Default −1. */
  readonly dim?: number | undefined;
}

/**
 * Gated linear unit (Dauphin et al., 2016): a · σ(b), with a and b the halves of x along a dimension.
 *
 * @param x - At least one dimension, floating dtype.
 * @returns x with half the size in that dimension.
 * @throws ShapeError for an odd size or a number without dimensions; DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.glu(tensor([1, 2, 0, 0])); // tensor([0.5000, 1.0000])
 */
export function glu(x: Tensor, dim?: number): Tensor;
export function glu(x: Tensor, options?: GluOptions): Tensor;
export function glu(...given: readonly unknown[]): Tensor {
  const op = "glu";
  const { input: x, dim } = SIGNATURES.glu.read(given);
  checkFloat(op, x);
  if (x.ndim === 0) throw new ShapeError(`[${op}] glu does not support scalars because halving size must be even`);
  const d = normalizeDim(op, dim, x.ndim);
  const size = x.size(d);
  if (size % 2 !== 0) {
    throw new ShapeError(`[${op}] Halving dimension must be even, but dimension ${d} is size ${size}`);
  }
  const half = size / 2;
  return withGradFnName("GluBackward0", x.narrow(d, 0, half).mul(x.narrow(d, half, half).sigmoid()));
}

/** Options of {@link gumbelSoftmax}. */
export interface GumbelSoftmaxOptions {
  /** Temperature. Default 1. */
  readonly tau?: number | undefined;
  /** If true, the result is one-hot, and differentiated as the soft sample. Default false. */
  readonly hard?: boolean | undefined;
  /** Not used, as in PyTorch. */
  readonly eps?: number | undefined;
  /** Dimension along which the softmax is computed. Default −1. */
  readonly dim?: number | undefined;
}

/**
 * Samples from the Gumbel-softmax distribution (Jang et al., 2016; Maddison et al., 2016): softmax((x + g) / tau) with
 * Gumbel noise g. The random numbers are PyTorch's for the same seed.
 *
 * @param logits - Unnormalized log-probabilities [...,classes], floating dtype.
 * @returns samples of the same shape; one-hot with `hard`.
 * @throws DTypeError for an integer or boolean tensor.
 * @example
 * manualSeed(0);
 * nn.functional.gumbelSoftmax(tensor([[1, 2, 3]]), { hard: true }).sum(-1); // tensor([1.])
 */
export function gumbelSoftmax(logits: Tensor, tau?: number, hard?: boolean, eps?: number, dim?: number): Tensor;
export function gumbelSoftmax(
  logits: Tensor,
  ...rest: ThenOptions<[tau: number, hard: boolean, eps: number], GumbelSoftmaxOptions>
): Tensor;
export function gumbelSoftmax(...given: readonly unknown[]): Tensor {
  const op = "gumbelSoftmax";
  const { logits, tau, hard, dim } = SIGNATURES.gumbelSoftmax.read(given);
  checkFloat(op, logits);
  const noise = newTypedArray(logits.dtype, logits.numel()) as Float32Array | Float64Array;
  fillExponential(noise);
  const gumbels = newFrom(logits, logits.dtype, noise, logits.shape).log().neg();
  const soft = logits.add(gumbels).div(tau).softmax(dim);
  if (!hard) return soft;
  const index = soft.detach().argmax(dim, true);
  const oneHot = soft.newZeros(soft.shape).scatter(dim, index, 1);
  return oneHot.sub(soft.detach()).add(soft);
}

/** Options of {@link rrelu}. */
export interface RreluOptions extends InplaceOptions {
  /** The smallest slope. Default 1/8. */
  readonly lower?: number | undefined;
  /** The largest slope. Default 1/3. */
  readonly upper?: number | undefined;
  /** If true, each slope is drawn; else it is the mean of the two. Default false. */
  readonly training?: boolean | undefined;
}

/**
 * Randomized leaky ReLU, element-wise (Xu et al., 2015): the slope for x ≤ 0 is drawn for each element in training, and
 * the mean of `lower` and `upper` otherwise. On the CPU the random numbers are PyTorch's for the same seed.
 *
 * @param x - Any shape, floating dtype.
 * @throws ValueError for lower > upper; DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.rrelu(tensor([-24, 2])); // tensor([-5.5000,  2.0000])
 */
export function rrelu(x: Tensor, lower?: number, upper?: number, training?: boolean, inplace?: boolean): Tensor;
export function rrelu(
  x: Tensor,
  ...rest: ThenOptions<[lower: number, upper: number, training: boolean], RreluOptions>
): Tensor;
export function rrelu(...given: readonly unknown[]): Tensor {
  const { input: x, lower, upper, training, inplace } = SIGNATURES.rrelu.read(given);
  checkFloat("rrelu", x);
  if (!(lower <= upper)) {
    throw new ValueError(
      `[rrelu] Lower bound should be less than or equal to the upper bound, but got ${lower} and ${upper}`,
    );
  }
  const name = `RreluWithNoiseBackward${inplace ? 1 : 0}`;
  if (!training) {
    const result = leakyRelu(x, { negativeSlope: (lower + upper) / 2, inplace });
    return viewBaseOf(result) === null ? withGradFnName(name, result) : result;
  }
  const slopes = drawnSlopes(x, lower, upper);
  const result = inplace ? x.mul_(slopes) : x.mul(slopes);
  return viewBaseOf(result) === null ? withGradFnName(name, result) : result;
}

/** 1 for positive elements, a drawn slope for the others: PyTorch draws for these alone, in double precision. */
function drawnSlopes(x: Tensor, lower: number, upper: number): Tensor {
  const isNegative = x.detach().le(0);
  const fitted = x.dtype === "float32" ? Math.fround : Number;
  if (x.device !== "cpu") {
    const all = x.detach().newZeros(x.shape).uniform_(fitted(lower), fitted(upper));
    return all.maskedFill(isNegative.logicalNot(), 1);
  }
  const drawn = new Float64Array(isNegative.sum().itemSync<number>());
  fillUniform(drawn, fitted(lower), fitted(upper));
  const slopes = newTypedArray(x.dtype, drawn.length);
  slopes.set(drawn);
  return x
    .detach()
    .newOnes(x.shape)
    .maskedScatter(isNegative, newFrom(x, x.dtype, slopes, [drawn.length]));
}

/**
 * In-place {@link celu}.
 *
 * @example nn.functional.celu_(tensor([-1, 1])); // tensor([-0.6321,  1.0000])
 */
export function celu_(x: Tensor, alpha = 1): Tensor {
  return celu(x, alpha, true);
}

/**
 * In-place {@link elu}.
 *
 * @example nn.functional.elu_(tensor([-1, 1])); // tensor([-0.6321,  1.0000])
 */
export function elu_(x: Tensor, alpha = 1): Tensor {
  return elu(x, alpha, true);
}

/**
 * In-place {@link hardtanh}.
 *
 * @example nn.functional.hardtanh_(tensor([-3, 0.5])); // tensor([-1.0000,  0.5000])
 */
export function hardtanh_(x: Tensor, minVal = -1, maxVal = 1): Tensor {
  return hardtanh(x, minVal, maxVal, true);
}

/**
 * In-place {@link leakyRelu}.
 *
 * @example nn.functional.leakyRelu_(tensor([-1, 1]), 0.5); // tensor([-0.5000,  1.0000])
 */
export function leakyRelu_(x: Tensor, negativeSlope = 0.01): Tensor {
  return leakyRelu(x, negativeSlope, true);
}

/**
 * In-place {@link rrelu}.
 *
 * @example nn.functional.rrelu_(tensor([-24, 2])); // tensor([-5.5000,  2.0000])
 */
export function rrelu_(x: Tensor, lower = 1 / 8, upper = 1 / 3, training = false): Tensor {
  return rrelu(x, lower, upper, training, true);
}

/**
 * In-place {@link selu}.
 *
 * @example nn.functional.selu_(tensor([-1, 1])); // tensor([-1.1113,  1.0507])
 */
export function selu_(x: Tensor): Tensor {
  return selu(x, true);
}

/** The parameter of that name hides the function in {@link threshold_}. */
const inPlaceThreshold = threshold;

/**
 * In-place {@link threshold}.
 *
 * @example nn.functional.threshold_(tensor([1, 3]), 2, 0); // tensor([0., 3.])
 */
export function threshold_(x: Tensor, threshold: number, value: number): Tensor {
  return inPlaceThreshold(x, threshold, value, true);
}
