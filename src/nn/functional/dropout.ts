/** @file Dropout functions. */
import { drawTensor } from "../../autograd/batching.ts";
import { wrapLike } from "../../autograd/tensor-base.ts";
import { type Arguments, optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { describeValue } from "../../core/describe.ts";
import { backendFor } from "../../core/device.ts";
import { ShapeError } from "../../core/errors.ts";
import { aBoolean, type Kind, kind, worded } from "../../core/kinds.ts";
import { withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { bernoulliArray } from "../../tensor/random/draw.ts";
import { defaultGenerator } from "../../tensor/random/generator.ts";
import { checkCount } from "../../tensor/range.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, INPLACE, INPUT } from "./validate.ts";

/** Options of the dropout functions. */
export interface DropoutOptions {
  /** Probability of an element to be zeroed. Default 0.5. */
  readonly p?: number | undefined;
  /** Apply dropout if true, return the input if false. Default true. */
  readonly training?: boolean | undefined;
  /** If true, the result is written into the input. Default false. */
  readonly inplace?: boolean | undefined;
}

export const aProbability: Kind<number> = worded(
  kind("a number between 0 and 1", (p) => typeof p === "number" && p >= 0 && p <= 1),
  (_, p) => `dropout probability has to be between 0 and 1, but got ${describeValue(p)}`,
);

/** The arguments of the layers. */
export const DROPOUT_ARGUMENTS = { p: optional(aProbability, 0.5), ...INPLACE };

const PARAMETERS = { ...INPUT, p: DROPOUT_ARGUMENTS.p, training: optional(aBoolean, true), ...INPLACE };
const SIGNATURES = {
  dropout: signature("dropout", PARAMETERS),
  dropout1d: signature("dropout1d", PARAMETERS),
  dropout2d: signature("dropout2d", PARAMETERS),
  dropout3d: signature("dropout3d", PARAMETERS),
  // Without training by default, as in PyTorch.
  alphaDropout: signature("alphaDropout", { ...PARAMETERS, training: optional(aBoolean, false) }),
  featureAlphaDropout: signature("featureAlphaDropout", { ...PARAMETERS, training: optional(aBoolean, false) }),
};

/**
 * Dropout (Hinton et al., 2012): zeroes elements with probability `p` and scales the others by 1/(1 − p). The random
 * numbers are PyTorch's for the same seed: two draws of the default generator for each element, in row-major order.
 *
 * @param x - Any shape, floating dtype.
 * @throws ValueError for a p outside [0, 1]; DTypeError for an integer or boolean tensor.
 * @example
 * manualSeed(0);
 * nn.functional.dropout(ones(6)); // tensor([0., 0., 2., 0., 0., 0.])
 */
export function dropout(x: Tensor, p?: number, training?: boolean, inplace?: boolean): Tensor;
export function dropout(x: Tensor, ...rest: ThenOptions<[p: number, training: boolean], DropoutOptions>): Tensor;
export function dropout(...given: readonly unknown[]): Tensor {
  const { input: x, p, training, inplace } = SIGNATURES.dropout.read(given);
  if (!training || p === 0 || x.numel() === 0) return x;
  checkFloat("dropout", x);
  const noise = p === 1 ? x.newZeros([]) : sampleMask("dropout", x, 1 - p, x.shape);
  return inplace ? x.mul_(noise) : x.mul(noise);
}

/** Zeroes whole channels: one draw for each entry of the first two dimensions. */
function dropChannels(op: string, x: Tensor, { p, training, inplace }: Arguments<typeof PARAMETERS>): Tensor {
  checkFloat(op, x);
  if (!training || p === 0 || x.numel() === 0) return x;
  const shape = x.shape.map((size, d) => (d < 2 ? size : 1));
  const noise = p === 1 ? x.newZeros([]) : sampleMask(op, x, 1 - p, shape);
  return inplace ? x.mul_(noise) : x.mul(noise);
}

/**
 * {@link dropout} of entire channels of a signal.
 *
 * @param x - [N,C,L], or [C,L]; floating dtype.
 * @throws ShapeError for another rank; ValueError for a p outside [0, 1].
 * @example
 * manualSeed(0);
 * nn.functional.dropout1d(ones(3, 2));
 * // tensor([[0., 0.],
 * //         [0., 0.],
 * //         [2., 2.]])
 */
export function dropout1d(x: Tensor, p?: number, training?: boolean, inplace?: boolean): Tensor;
export function dropout1d(x: Tensor, ...rest: ThenOptions<[p: number, training: boolean], DropoutOptions>): Tensor;
export function dropout1d(...given: readonly unknown[]): Tensor {
  const options = SIGNATURES.dropout1d.read(given);
  const { input: x } = options;
  if (x.ndim === 3) return dropChannels("dropout1d", x, options);
  if (x.ndim !== 2) {
    throw new ShapeError(`[dropout1d] Expected 2D or 3D input, but received a ${x.ndim}D input.`);
  }
  const whole = dropChannels("dropout1d", x.unsqueeze(0), options);
  return withGradFnName("SqueezeBackward1", whole.squeeze(0));
}

/**
 * {@link dropout} of entire channels (feature maps) of an image.
 *
 * @param x - [N,C,H,W], or [N,C,L]; floating dtype.
 * @throws ShapeError for another rank; ValueError for a p outside [0, 1].
 * @example
 * manualSeed(0);
 * nn.functional.dropout2d(ones(1, 4, 1, 2)).view(4, 2);
 * // tensor([[0., 0.],
 * //         [0., 0.],
 * //         [2., 2.],
 * //         [0., 0.]])
 */
export function dropout2d(x: Tensor, p?: number, training?: boolean, inplace?: boolean): Tensor;
export function dropout2d(x: Tensor, ...rest: ThenOptions<[p: number, training: boolean], DropoutOptions>): Tensor;
export function dropout2d(...given: readonly unknown[]): Tensor {
  const options = SIGNATURES.dropout2d.read(given);
  const { input: x } = options;
  if (x.ndim === 3 || x.ndim === 4) return dropChannels("dropout2d", x, options);
  throw new ShapeError(`[dropout2d] Expected 3D or 4D input, but received a ${x.ndim}D input.`);
}

/**
 * {@link dropout} of entire channels of a volume.
 *
 * @param x - [N,C,D,H,W], or [C,D,H,W]; floating dtype.
 * @throws ShapeError for another rank; ValueError for a p outside [0, 1].
 * @example
 * manualSeed(0);
 * nn.functional.dropout3d(ones(1, 4, 1, 1, 2)).view(4, 2);
 * // tensor([[0., 0.],
 * //         [0., 0.],
 * //         [2., 2.],
 * //         [0., 0.]])
 */
export function dropout3d(x: Tensor, p?: number, training?: boolean, inplace?: boolean): Tensor;
export function dropout3d(x: Tensor, ...rest: ThenOptions<[p: number, training: boolean], DropoutOptions>): Tensor;
export function dropout3d(...given: readonly unknown[]): Tensor {
  const options = SIGNATURES.dropout3d.read(given);
  const { input: x } = options;
  if (x.ndim === 5) return dropChannels("dropout3d", x, options);
  if (x.ndim !== 4) throw new ShapeError(`[dropout3d] Expected 4D or 5D input, but received a ${x.ndim}D input.`);
  return withGradFnName("SqueezeBackward1", dropChannels("dropout3d", x.unsqueeze(0), options).squeeze(0));
}

/** −λ·α of SELU: the value to which units are set. */
const SELU_SATURATION = 1.7580993408473766;

/** Sets units to SELU's lower limit, and scales so that mean 0 and variance 1 stay: of `shape`, which broadcasts to x. */
function saturate(
  op: string,
  shape: readonly number[],
  { input: x, p, training, inplace }: Arguments<typeof PARAMETERS>,
): Tensor {
  checkFloat(op, x);
  if (!training || p === 0 || x.numel() === 0) return x;
  if (p === 1) return inplace ? x.mul_(x.newZeros([])) : x.mul(x.newZeros([]));
  const scale = 1 / Math.sqrt((SELU_SATURATION ** 2 * p + 1) * (1 - p));
  const kept = sampleMask(op, x, 1 - p, shape, 1);
  const shift = kept
    .sub(1)
    .mul_(SELU_SATURATION * scale)
    .add_(SELU_SATURATION * scale * p);
  const noise = kept.mul(scale);
  return inplace ? x.mul_(noise).add_(shift) : x.mul(noise).add(shift);
}

/**
 * Alpha dropout (Klambauer et al., 2017), for networks with SELU: sets elements to the lower limit of SELU with
 * probability `p`, and keeps mean and variance. The random numbers are PyTorch's for the same seed.
 *
 * @param x - Any shape, floating dtype.
 * @param training - Default false, as in PyTorch.
 * @throws ValueError for a p outside [0, 1]; DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.alphaDropout(ones(3), 0.5); // tensor([1., 1., 1.])
 */
export function alphaDropout(x: Tensor, p?: number, training?: boolean, inplace?: boolean): Tensor;
export function alphaDropout(x: Tensor, ...rest: ThenOptions<[p: number, training: boolean], DropoutOptions>): Tensor;
export function alphaDropout(...given: readonly unknown[]): Tensor {
  const options = SIGNATURES.alphaDropout.read(given);
  return saturate("alphaDropout", options.input.shape, options);
}

/**
 * {@link alphaDropout} of entire channels.
 *
 * @param x - [N,C,…], floating dtype.
 * @param training - Default false, as in PyTorch.
 * @throws ShapeError for fewer than 2 dimensions; ValueError for a p outside [0, 1].
 * @example
 * nn.functional.featureAlphaDropout(ones(1, 2, 3), { p: 1, training: true }).sum(); // tensor(0.)
 */
export function featureAlphaDropout(x: Tensor, p?: number, training?: boolean, inplace?: boolean): Tensor;
export function featureAlphaDropout(
  x: Tensor,
  ...rest: ThenOptions<[p: number, training: boolean], DropoutOptions>
): Tensor;
export function featureAlphaDropout(...given: readonly unknown[]): Tensor {
  const op = "featureAlphaDropout";
  const options = SIGNATURES.featureAlphaDropout.read(given);
  const { input: x } = options;
  if (x.ndim < 2) throw new ShapeError(`[${op}] Feature dropout requires at least 2 dimensions in the input`);
  return saturate(
    op,
    x.shape.map((size, d) => (d < 2 ? size : 1)),
    options,
  );
}

/** 1/keep, or another `value`, with probability `keep`, else 0. */
function sampleMask(op: string, x: Tensor, keep: number, shape: readonly number[], value?: number): Tensor {
  checkCount(op, shape, x.dtype);
  const scale = value ?? (x.dtype === "float32" ? 1 / Math.fround(keep) : 1 / keep);
  const backend = backendFor(x.device);
  return drawTensor(op, shape, (whole) =>
    wrapLike(x, bernoulliArray({ backend, dtype: x.dtype, shape: whole }, keep, scale, defaultGenerator)),
  );
}
