/** @file Activations as functions. */

import type { DType } from "../../../kernels/backend.ts";
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { viewBaseOf } from "../../autograd/tape-state.ts";
import { keyword, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeBare } from "../../core/describe.ts";
import { isTensor } from "../../core/identity.ts";
import { aDType, aNumber, anInteger, aTensor, nullable, oneOf, worded } from "../../core/kinds.ts";
import { ShapeError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, checkSameDType, INPLACE, INPUT } from "./check.ts";

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

const SIGNATURES = {
  relu: signature("relu", { ...INPUT, ...INPLACE }),
  leakyRelu: signature("leakyRelu", { ...INPUT, ...LEAKY_RELU_ARGUMENTS }),
  elu: signature("elu", { ...INPUT, ...ELU_ARGUMENTS }),
  gelu: signature("gelu", { ...INPUT, ...GELU_ARGUMENTS }),
  silu: signature("silu", { ...INPUT, ...INPLACE }),
  softplus: signature("softplus", { ...INPUT, ...SOFTPLUS_ARGUMENTS }),
  hardswish: signature("hardswish", { ...INPUT, ...INPLACE }),
  prelu: signature("prelu", { ...INPUT, weight: required(aTensor) }),
};

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
export function activated(
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
  return activated("leakyRelu", input, inplace, ["LeakyReluBackward0", "LeakyReluBackward1"], (v) =>
    v.where(v.gt(0), v.mul(negativeSlope)),
  );
}

/** x where x > 0, else alpha·(eˣ − 1). */
export function elu(x: Tensor, alpha?: number, inplace?: boolean): Tensor;
export function elu(x: Tensor, ...rest: ThenOptions<[alpha: number], EluOptions>): Tensor;
export function elu(...given: readonly unknown[]): Tensor {
  const { input, alpha, inplace } = SIGNATURES.elu.read(given);
  return activated("elu", input, inplace, ["EluBackward0", "EluBackward1"], (v) =>
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
  return activated("gelu", input, false, ["GeluBackward0"], (v) => {
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
  return activated("silu", input, inplace, ["SiluBackward0"], (v) => v.mul(v.sigmoid()));
}

/** log(1 + e^(x·beta)) / beta, a smooth max(0, x). */
export function softplus(x: Tensor, beta?: number, threshold?: number): Tensor;
export function softplus(x: Tensor, ...rest: ThenOptions<[beta: number], SoftplusOptions>): Tensor;
export function softplus(...given: readonly unknown[]): Tensor {
  const { input, beta, threshold } = SIGNATURES.softplus.read(given);
  return activated("softplus", input, false, ["SoftplusBackward0"], (v) => {
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
  return activated("hardswish", input, inplace, ["HardswishBackward0"], (v) => v.mul(v.add(3).clamp(0, 6)).div(6));
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
