/** @file Dropout as a function. */

import { sizeOf } from "../../../kernels/layout.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { named } from "../../tensor/functions/named.ts";
import { newFrom } from "../../tensor/like.ts";
import { readArguments } from "../../tensor/options.ts";
import { fillBernoulli } from "../../tensor/random/uniform.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat } from "./check.ts";

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
  checkFloat("dropout", x);
  const noise = options.p === 1 ? x.newZeros([]) : mask(x, 1 - options.p, x.shape);
  return options.inplace ? x.mul_(noise) : x.mul(noise);
}

type FeatureOptions = readonly [
  p?: number | DropoutOptions,
  training?: boolean | Omit<DropoutOptions, "p">,
  inplace?: boolean | Pick<DropoutOptions, "inplace">,
];

/** Zeroes whole channels: the mask has one number for each of the first two sizes. */
function byChannel(op: string, x: Tensor, args: FeatureOptions): Tensor {
  const options = readArguments(op, { p: 0.5, training: true, inplace: false }, args);
  checkProbability(op, options.p);
  checkFloat(op, x);
  if (!options.training || options.p === 0 || x.numel() === 0) return x;
  const shape = x.shape.map((size, d) => (d < 2 ? size : 1));
  const noise = options.p === 1 ? x.newZeros([]) : mask(x, 1 - options.p, shape);
  return options.inplace ? x.mul_(noise) : x.mul(noise);
}

/**
 * {@link dropout} of whole channels of lines.
 *
 * @param x - [N,C,L], or [C,L].
 * @throws ShapeError for another rank.
 */
export function dropout1d(x: Tensor, ...args: FeatureOptions): Tensor {
  if (x.ndim === 3) return byChannel("dropout1d", x, args);
  if (x.ndim !== 2) {
    throw new ShapeError(`[dropout1d] Expected 2D or 3D input, but received a ${x.ndim}D input.`);
  }
  const whole = byChannel("dropout1d", x.unsqueeze(0), args);
  return named("SqueezeBackward1", whole.squeeze(0));
}

/**
 * {@link dropout} of whole channels of images.
 *
 * @param x - [N,C,H,W], or [N,C,L].
 * @throws ShapeError for fewer dimensions.
 */
export function dropout2d(x: Tensor, ...args: FeatureOptions): Tensor {
  if (x.ndim === 3 || x.ndim === 4) return byChannel("dropout2d", x, args);
  throw new ShapeError(`[dropout2d] Expected 3D or 4D input, but received a ${x.ndim}D input.`);
}

/** 1/keep with probability `keep`, else 0. */
function mask(x: Tensor, keep: number, shape: readonly number[]): Tensor {
  const single = x.dtype === "float32";
  const noise = new (single ? Float32Array : Float64Array)(sizeOf(shape));
  fillBernoulli(noise, keep);
  const scale = single ? 1 / Math.fround(keep) : 1 / keep;
  for (let i = 0; i < noise.length; i++) noise[i] = noise[i]! * scale;
  return newFrom(x, x.dtype, noise, shape);
}
