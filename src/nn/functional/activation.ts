/** @file Activations as functions. */
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { ops } from "../../tensor/ops/index.ts";
import { readArguments } from "../../tensor/options.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, checkSameDType } from "./check.ts";

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

/** PyTorch's defaults, in the order of its arguments. */
export const LEAKY_RELU_DEFAULTS = { negativeSlope: 0.01, inplace: false };
export const ELU_DEFAULTS = { alpha: 1, inplace: false };
export const GELU_DEFAULTS = { approximate: "none" as GeluApproximation };
export const SOFTPLUS_DEFAULTS = { beta: 1, threshold: 20 };

/** max(0, x) */
export function relu(x: Tensor, inplace?: boolean | InplaceOptions): Tensor {
  return readArguments("relu", { inplace: false }, [inplace]).inplace ? x.relu_() : x.relu();
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
  return x.viewBase === null ? named(nameInPlace, x) : x;
}

/** x where x > 0, else x·negativeSlope. */
export function leakyRelu(
  x: Tensor,
  negativeSlope?: number | LeakyReluOptions,
  inplace?: boolean | InplaceOptions,
): Tensor {
  const given = readArguments("leakyRelu", LEAKY_RELU_DEFAULTS, [negativeSlope, inplace]);
  return activated("leakyRelu", x, given.inplace, ["LeakyReluBackward0", "LeakyReluBackward1"], (v) =>
    v.where(v.gt(0), v.mul(given.negativeSlope)),
  );
}

/** x where x > 0, else alpha·(eˣ − 1). */
export function elu(x: Tensor, alpha?: number | EluOptions, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("elu", ELU_DEFAULTS, [alpha, inplace]);
  return activated("elu", x, given.inplace, ["EluBackward0", "EluBackward1"], (v) =>
    apply(ops.elu, [v], { alpha: given.alpha, scale: 1, inputScale: 1 }),
  );
}

/**
 * x·Φ(x), with Φ the distribution function of the normal distribution; approximated, x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
 *
 * @throws ValueError for an approximation that is neither "none" nor "tanh".
 */
export function gelu(x: Tensor, approximate?: GeluApproximation | GeluOptions): Tensor {
  const given = readArguments("gelu", GELU_DEFAULTS, [approximate]);
  checkApproximation("gelu", given.approximate);
  return activated("gelu", x, false, ["GeluBackward0"], (v) => {
    const inner =
      given.approximate === "none"
        ? v.mul(Math.SQRT1_2).erf()
        : v
            .mul(v.mul(v).mul(0.044715).add(1))
            .mul(Math.sqrt(2 / Math.PI))
            .tanh();
    return v.mul(0.5).mul(inner.add(1));
  });
}

/** Throws a ValueError unless it is one. */
export function checkApproximation(op: string, approximate: unknown): void {
  if (approximate === "none" || approximate === "tanh") return;
  throw new ValueError(`[${op}] approximate argument must be either none or tanh. Got: ${String(approximate)}`);
}

/** x·σ(x), also known as swish. */
export function silu(x: Tensor, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("silu", { inplace: false }, [inplace]);
  return activated("silu", x, given.inplace, ["SiluBackward0"], (v) => v.mul(v.sigmoid()));
}

/** log(1 + e^(x·beta)) / beta, a smooth max(0, x). */
export function softplus(x: Tensor, beta?: number | SoftplusOptions, threshold?: number | SoftplusOptions): Tensor {
  const given = readArguments("softplus", SOFTPLUS_DEFAULTS, [beta, threshold]);
  return activated("softplus", x, false, ["SoftplusBackward0"], (v) => {
    const scaled = given.beta === 1 ? v : v.mul(given.beta);
    const straight = scaled.gt(given.threshold);
    const bent = scaled.maskedFill(straight, 0).exp().log1p();
    return v.where(straight, given.beta === 1 ? bent : bent.div(given.beta));
  });
}

/** x·min(max(x + 3, 0), 6) / 6 */
export function hardswish(x: Tensor, inplace?: boolean | InplaceOptions): Tensor {
  const given = readArguments("hardswish", { inplace: false }, [inplace]);
  return activated("hardswish", x, given.inplace, ["HardswishBackward0"], (v) => v.mul(v.add(3).clamp(0, 6)).div(6));
}

/**
 * x where x > 0, else x·weight.
 *
 * @param weight - One number, or one for each channel: shape [1] or [C] for an input [N,C,…].
 * @throws ShapeError for another shape.
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const op = "prelu";
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

function dimOf(op: string, x: Tensor, dim: number | null | undefined | DimOptions): number {
  return readArguments<{ dim: number | null }>(op, { dim: null }, [dim]).dim ?? implicitDim(x);
}

/** eˣ / Σ eˣ along a dimension. */
export function softmax(x: Tensor, dim?: number | null | DimOptions): Tensor {
  return x.softmax(dimOf("softmax", x, dim));
}

/** x − log Σ eˣ along a dimension. */
export function logSoftmax(x: Tensor, dim?: number | null | DimOptions): Tensor {
  return x.logSoftmax(dimOf("logSoftmax", x, dim));
}
