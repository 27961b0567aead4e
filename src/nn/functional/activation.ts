/** @file Activation functions. */
import type { DType } from "../../../kernels/backend.ts";
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { viewBaseOf } from "../../autograd/tape-state.ts";
import { keyword, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aDType, aNumber, anInteger, aTensor, nullable, oneOf, worded } from "../../core/kinds.ts";
import { named } from "../../tensor/functions/grad-fn-name.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, checkSameDType, INPLACE, INPUT } from "./validate.ts";

export interface InplaceOptions {
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean | undefined;
}

export interface LeakyReluOptions extends InplaceOptions {
  /** Slope where x ≤ 0. Default 0.01. */
  readonly negativeSlope?: number | undefined;
}

export interface EluOptions extends InplaceOptions {
  /** Minus the limit towards −∞. Default 1. */
  readonly alpha?: number | undefined;
}

/** `"none"`: with the error function; `"tanh"`: an approximation. */
export type GeluApproximation = "none" | "tanh";

export interface GeluOptions {
  /** Default "none". */
  readonly approximate?: GeluApproximation | undefined;
}

export interface SoftplusOptions {
  /** Sharpness of the bend. Default 1. */
  readonly beta?: number | undefined;
  /** Where x·beta is larger, the result is x. Default 20. */
  readonly threshold?: number | undefined;
}

export interface DimOptions {
  /** The dimension whose elements sum up to 1. Default: 0 for tensors of 0, 1 or 3 dimensions, else 1. */
  readonly dim?: number | null | undefined;
}

export interface SoftmaxOptions extends DimOptions {
  /** Dtype of the result, to which the input is converted first. Default null: that of the input. */
  readonly dtype?: DType | null | undefined;
}

/** What follows the input; the layers take the same. */
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

/** max(0, x) */
export function relu(x: Tensor, inplace?: boolean): Tensor;
export function relu(x: Tensor, options?: InplaceOptions): Tensor;
export function relu(...given: readonly unknown[]): Tensor {
  const [first] = given;
  if (given.length === 1 && isTensor(first)) return first.relu();
  const { input, inplace } = SIGNATURES.relu.read(given);
  return inplace ? input.relu_() : input.relu();
}

/** `f(x)` in a tensor of its own or, in place, in the memory of `x`; its tape node gets PyTorch's name for either. */
export function applyActivation(
  op: string,
  x: Tensor,
  inplace: boolean,
  [name, nameInPlace = name]: readonly [string, string?],
  f: (x: Tensor) => Tensor,
): Tensor {
  checkFloat(op, x);
  if (!inplace) return named(name, f(x));
  applyInPlace(ops.copyFrom, `${op}_`, x, [f(x.clone())], null);
  return viewBaseOf(x) === null ? named(nameInPlace, x) : x;
}

/** x where x > 0, else x·negativeSlope. */
export function leakyRelu(x: Tensor, negativeSlope?: number, inplace?: boolean): Tensor;
export function leakyRelu(x: Tensor, ...rest: ThenOptions<[negativeSlope: number], LeakyReluOptions>): Tensor;
export function leakyRelu(...given: readonly unknown[]): Tensor {
  const { input, negativeSlope, inplace } = SIGNATURES.leakyRelu.read(given);
  return applyActivation("leakyRelu", input, inplace, ["LeakyReluBackward0", "LeakyReluBackward1"], (v) =>
    v.where(v.gt(0), v.mul(negativeSlope)),
  );
}

/** x where x > 0, else alpha·(eˣ − 1). */
export function elu(x: Tensor, alpha?: number, inplace?: boolean): Tensor;
export function elu(x: Tensor, ...rest: ThenOptions<[alpha: number], EluOptions>): Tensor;
export function elu(...given: readonly unknown[]): Tensor {
  const { input, alpha, inplace } = SIGNATURES.elu.read(given);
  return applyActivation("elu", input, inplace, ["EluBackward0", "EluBackward1"], (v) =>
    apply(ops.elu, [v], { alpha, scale: 1, inputScale: 1 }),
  );
}

/**
 * x·Φ(x), with Φ the distribution function of the normal distribution; approximated, x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
 *
 * @throws ValueError for an approximation that is neither "none" nor "tanh".
 */
export function gelu(x: Tensor, approximate?: GeluApproximation): Tensor;
export function gelu(x: Tensor, options?: GeluOptions): Tensor;
export function gelu(...given: readonly unknown[]): Tensor {
  const { input, approximate } = SIGNATURES.gelu.read(given);
  return applyActivation("gelu", input, false, ["GeluBackward0"], (v) => {
    const inner =
      approximate === "none"
        ? v.mul(Math.SQRT1_2).erf()
        : v
            .mul(v.mul(v).mul(0.044715).add(1))
            .mul(Math.sqrt(2 / Math.PI))
            .tanh();
    return v.mul(0.5).mul(inner.add(1));
  });
}

/** x·σ(x), also known as swish. */
export function silu(x: Tensor, inplace?: boolean): Tensor;
export function silu(x: Tensor, options?: InplaceOptions): Tensor;
export function silu(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.silu.read(given);
  return applyActivation("silu", input, inplace, ["SiluBackward0"], (v) => v.mul(v.sigmoid()));
}

/** log(1 + e^(x·beta)) / beta, a smooth max(0, x). */
export function softplus(x: Tensor, beta?: number, threshold?: number): Tensor;
export function softplus(x: Tensor, ...rest: ThenOptions<[beta: number], SoftplusOptions>): Tensor;
export function softplus(...given: readonly unknown[]): Tensor {
  const { input, beta, threshold } = SIGNATURES.softplus.read(given);
  return applyActivation("softplus", input, false, ["SoftplusBackward0"], (v) => {
    const scaled = beta === 1 ? v : v.mul(beta);
    const straight = scaled.gt(threshold);
    const bent = scaled.maskedFill(straight, 0).exp().log1p();
    return v.where(straight, beta === 1 ? bent : bent.div(beta));
  });
}

/** x·min(max(x + 3, 0), 6) / 6 */
export function hardswish(x: Tensor, inplace?: boolean): Tensor;
export function hardswish(x: Tensor, options?: InplaceOptions): Tensor;
export function hardswish(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.hardswish.read(given);
  return applyActivation("hardswish", input, inplace, ["HardswishBackward0"], (v) =>
    v.mul(v.add(3).clamp(0, 6)).div(6),
  );
}

/**
 * x where x > 0, else x·weight.
 *
 * @param weight - One number, or one for each channel: shape [1] or [C] for an input [N,C,…].
 * @throws ShapeError for another shape.
 */
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
  const result = x.where(x.gt(0), x.mul(x.ndim === 0 ? slope.reshape([]) : slope));
  return named("PreluBackward0", result);
}

/** PyTorch's implicit choice of a dimension. */
function implicitDim(x: Tensor): number {
  return x.ndim === 0 || x.ndim === 1 || x.ndim === 3 ? 0 : 1;
}

/** Reads the arguments of a softmax: the input, in another dtype if one is asked for, and the dimension. */
function softmaxArguments(op: string): (given: readonly unknown[]) => readonly [x: Tensor, dim: number] {
  const declared = signature(op, { ...INPUT, ...DIM, dtype: keyword(nullable(aDType), null) });
  return (given) => {
    const { input, dim, dtype } = declared.read(given);
    return [dtype === null ? input : input.to(dtype), dim ?? implicitDim(input)];
  };
}
const softmaxOf = softmaxArguments("softmax");
const logSoftmaxOf = softmaxArguments("logSoftmax");
const softminOf = softmaxArguments("softmin");

/** eˣ / Σ eˣ along a dimension. */
export function softmax(x: Tensor, dim?: number | null, options?: SoftmaxOptions): Tensor;
export function softmax(x: Tensor, options?: SoftmaxOptions): Tensor;
export function softmax(...given: readonly unknown[]): Tensor {
  const [x, dim] = softmaxOf(given);
  return x.softmax(dim);
}

/** x − log Σ eˣ along a dimension. */
export function logSoftmax(x: Tensor, dim?: number | null, options?: SoftmaxOptions): Tensor;
export function logSoftmax(x: Tensor, options?: SoftmaxOptions): Tensor;
export function logSoftmax(...given: readonly unknown[]): Tensor {
  const [x, dim] = logSoftmaxOf(given);
  return x.logSoftmax(dim);
}

/** e⁻ˣ / Σ e⁻ˣ along a dimension. */
export function softmin(x: Tensor, dim?: number | null, options?: SoftmaxOptions): Tensor;
export function softmin(x: Tensor, options?: SoftmaxOptions): Tensor;
export function softmin(...given: readonly unknown[]): Tensor {
  const [x, dim] = softminOf(given);
  return x.neg().softmax(dim);
}

/** With these, mean 0 and variance 1 are what layers of normally distributed weights tend to (Klambauer et al., 2017). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** log(1 / (1 + e⁻ˣ)) */
export const logOfSigmoid = (x: Tensor): Tensor => apply(ops.logSigmoid, [x], null);

/** log(1 / (1 + e⁻ˣ)) */
export function logsigmoid(x: Tensor): Tensor;
export function logsigmoid(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.logsigmoid.read(given);
  return applyActivation("logsigmoid", input, false, ["LogSigmoidBackward0"], logOfSigmoid);
}

/** x·tanh(log(1 + eˣ)) */
export function mish(x: Tensor, inplace?: boolean): Tensor;
export function mish(x: Tensor, options?: InplaceOptions): Tensor;
export function mish(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.mish.read(given);
  return applyActivation("mish", input, inplace, ["MishBackward0"], (v) => v.mul(logOfSigmoid(v.neg()).neg().tanh()));
}

/** x / (1 + |x|) */
export function softsign(x: Tensor): Tensor;
export function softsign(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.softsign.read(given);
  return applyActivation("softsign", input, false, ["DivBackward0"], (v) => v.div(v.abs().add(1)));
}

/** x − tanh x */
export function tanhshrink(x: Tensor): Tensor;
export function tanhshrink(...given: readonly unknown[]): Tensor {
  const { input } = SIGNATURES.tanhshrink.read(given);
  return applyActivation("tanhshrink", input, false, ["SubBackward0"], (v) => v.sub(v.tanh()));
}

/** 1.0507·x where x > 0, else 1.0507·1.6733·(eˣ − 1). */
export function selu(x: Tensor, inplace?: boolean): Tensor;
export function selu(x: Tensor, options?: InplaceOptions): Tensor;
export function selu(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.selu.read(given);
  return applyActivation("selu", input, inplace, ["EluBackward0", "EluBackward1"], (v) =>
    apply(ops.elu, [v], { alpha: SELU_ALPHA, scale: SELU_SCALE, inputScale: 1 }),
  );
}

/** x where x > 0, else alpha·(e^(x/alpha) − 1): its slope at 0 is 1 for every alpha. */
export function celu(x: Tensor, alpha?: number, inplace?: boolean): Tensor;
export function celu(x: Tensor, ...rest: ThenOptions<[alpha: number], EluOptions>): Tensor;
export function celu(...given: readonly unknown[]): Tensor {
  const { input, alpha, inplace } = SIGNATURES.celu.read(given);
  return applyActivation("celu", input, inplace, ["CeluBackward0", "CeluBackward1"], (v) =>
    apply(ops.elu, [v], { alpha, scale: 1, inputScale: 1 / alpha }),
  );
}

export interface HardtanhOptions extends InplaceOptions {
  /** Smallest result. Default −1. */
  readonly minVal?: number | undefined;
  /** Largest result. Default 1. */
  readonly maxVal?: number | undefined;
}

export interface LambdOptions {
  /** Half the width of the band that becomes 0. Default 0.5. */
  readonly lambd?: number | undefined;
}

/** What follows the input; the layers take the same. */
export const HARDTANH_ARGUMENTS = { minVal: optional(aNumber, -1), maxVal: optional(aNumber, 1), ...INPLACE };
export const SHRINK_ARGUMENTS = { lambd: optional(aNumber, 0.5) };
export const THRESHOLD_ARGUMENTS = { threshold: required(aNumber), value: required(aNumber), ...INPLACE };

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
};

/** min(max(x, least), most), with a gradient between the bounds only: there is none for NaN, as in PyTorch. */
function clampInside(x: Tensor, least: number, most: number): Tensor {
  return x.where(x.gt(least).logicalAnd(x.lt(most)), x.detach().clamp(least, most));
}

/**
 * min(max(x, minVal), maxVal)
 *
 * @throws ValueError if minVal > maxVal.
 */
export function hardtanh(x: Tensor, minVal?: number, maxVal?: number, inplace?: boolean): Tensor;
export function hardtanh(x: Tensor, ...rest: ThenOptions<[minVal: number, maxVal: number], HardtanhOptions>): Tensor;
export function hardtanh(...given: readonly unknown[]): Tensor {
  const { input, minVal, maxVal, inplace } = SIGNATURES.hardtanh.read(given);
  if (!(minVal <= maxVal)) {
    throw new ValueError(`[hardtanh] minVal cannot be greater than maxVal, but they are ${minVal} and ${maxVal}`);
  }
  return applyActivation("hardtanh", input, inplace, ["HardtanhBackward0"], (v) => clampInside(v, minVal, maxVal));
}

/** Throws a ValueError unless `least` is less than `most`: the layer's rule. */
export function checkRange(op: string, least: number, most: number): void {
  if (least < most) return;
  throw new ValueError(`[${op}] expected minVal to be less than maxVal, but got ${least} and ${most}`);
}

/** min(max(x, 0), 6) */
export function relu6(x: Tensor, inplace?: boolean): Tensor;
export function relu6(x: Tensor, options?: InplaceOptions): Tensor;
export function relu6(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.relu6.read(given);
  return applyActivation("relu6", input, inplace, ["HardtanhBackward0"], (v) => clampInside(v, 0, 6));
}

/** min(max(x + 3, 0), 6) / 6 */
export function hardsigmoid(x: Tensor, inplace?: boolean): Tensor;
export function hardsigmoid(x: Tensor, options?: InplaceOptions): Tensor;
export function hardsigmoid(...given: readonly unknown[]): Tensor {
  const { input, inplace } = SIGNATURES.hardsigmoid.read(given);
  return applyActivation("hardsigmoid", input, inplace, ["HardsigmoidBackward0"], (v) =>
    clampInside(v.add(3), 0, 6).div(6),
  );
}

/** x where x > threshold, else `value`. */
export function threshold(x: Tensor, threshold: number, value: number, inplace?: boolean): Tensor;
export function threshold(x: Tensor, threshold: number, value: number, options?: InplaceOptions): Tensor;
export function threshold(...given: readonly unknown[]): Tensor {
  const { input, threshold: bound, value, inplace } = SIGNATURES.threshold.read(given);
  return applyActivation("threshold", input, inplace, ["ThresholdBackward0", "ThresholdBackward1"], (v) =>
    v.maskedFill(v.le(bound), value),
  );
}

/** x, but 0 where |x| ≤ lambd. */
export function hardshrink(x: Tensor, lambd?: number): Tensor;
export function hardshrink(x: Tensor, options?: LambdOptions): Tensor;
export function hardshrink(...given: readonly unknown[]): Tensor {
  const { input, lambd } = SIGNATURES.hardshrink.read(given);
  return applyActivation("hardshrink", input, false, ["HardshrinkBackward0"], (v) => {
    const size = v.abs();
    return v.where(size.gt(lambd), v.detach().maskedFill(size.le(lambd), 0));
  });
}

/**
 * x drawn towards 0 by lambd, and 0 where |x| ≤ lambd.
 *
 * @throws ValueError for a negative lambd.
 */
export function softshrink(x: Tensor, lambd?: number): Tensor;
export function softshrink(x: Tensor, options?: LambdOptions): Tensor;
export function softshrink(...given: readonly unknown[]): Tensor {
  const { input, lambd } = SIGNATURES.softshrink.read(given);
  if (!(lambd >= 0)) {
    throw new ValueError(`[softshrink] lambda must be greater or equal to 0, but found to be ${lambd}.`);
  }
  return applyActivation("softshrink", input, false, ["SoftshrinkBackward0"], (v) => {
    const outside = v.abs().gt(lambd);
    return v.sub(v.detach().sign().mul(lambd)).maskedFill(outside.logicalNot(), 0);
  });
}
