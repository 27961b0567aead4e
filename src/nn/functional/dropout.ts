/** @file Dropout as a function. */
import { DTypeError, ValueError } from "../../tensor/errors.ts";
import { readArguments } from "../../tensor/options.ts";
import { fillBernoulli } from "../../tensor/random/uniform.ts";
import type { Tensor } from "../../tensor/tensor.ts";

export interface DropoutOptions {
  /** Probability of an element to be zeroed. Default 0.5. */
  readonly p?: number | undefined;
  /** Without training the input is passed on as it is. Default true. */
  readonly training?: boolean | undefined;
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean | undefined;
}

/** Throws a ValueError unless `p` is in 0 … 1. */
export function checkProbability(op: string, p: number): void {
  if (typeof p === "number" && p >= 0 && p <= 1) return;
  throw new ValueError(`[${op}] dropout probability has to be between 0 and 1, but got ${p}`);
}

/**
 * Zeroes elements at random, each with probability `p`, and scales the others by 1/(1 − p). The random numbers are
 * PyTorch's for the same seed: two draws of the default generator for each element, in row-major order.
 *
 * @example F.dropout(x, 0.2, { training: this.training })
 */
export function dropout(
  x: Tensor,
  p?: number | DropoutOptions,
  training?: boolean | Omit<DropoutOptions, "p">,
  inplace?: boolean | Pick<DropoutOptions, "inplace">,
): Tensor {
  const options = readArguments("dropout", { p: 0.5, training: true, inplace: false }, [p, training, inplace]);
  checkProbability("dropout", options.p);
  if (!options.training || options.p === 0 || x.numel() === 0) return x;
  if (x.dtype !== "float32" && x.dtype !== "float64") {
    throw new DTypeError(`[dropout] expected a floating dtype, but got ${x.dtype}. Convert with .float().`);
  }
  const noise = options.p === 1 ? x.zerosOfShape([]) : mask(x, 1 - options.p);
  return options.inplace ? x.mul_(noise) : x.mul(noise);
}

/** 1/keep with probability `keep`, else 0. */
function mask(x: Tensor, keep: number): Tensor {
  const single = x.dtype === "float32";
  const noise = new (single ? Float32Array : Float64Array)(x.numel());
  fillBernoulli(noise, keep);
  const scale = single ? 1 / Math.fround(keep) : 1 / keep;
  for (let i = 0; i < noise.length; i++) noise[i] = noise[i]! * scale;
  return x.newFrom(x.dtype, noise, x.shape);
}
