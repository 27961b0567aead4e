/** @file Batch, instance, group and layer normalization. */

import type { ChannelStatistics, DType } from "../../../kernels/backend.ts";
import { sameShape, sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { composite } from "../../autograd/batching.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { wrapLike } from "../../autograd/tensor-base.ts";
import { type ByName, optional, required, signature, type ThenOptions } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, aTensor, dims, integers, nullable } from "../../core/kinds.ts";
import { bracketed, normalizeDims } from "../../core/shape.ts";
import { asNonView, withGradFnName } from "../../tensor/functions/grad-fn-name.ts";
import { pad } from "../../tensor/functions/shape.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { GroupNormParams } from "../../tensor/ops/normalization.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { avgPool2d } from "./pooling.ts";
import { aPositiveCount, checkFloat, checkSameDType, INPUT } from "./validate.ts";

/** Affine weight and bias, and the numerical stability of normalization. */
export interface AffineOptions {
  /** Affine weight that the normalized values are multiplied by, or null. Default null. */
  readonly weight?: Tensor | null | undefined;
  /** Affine bias that is added, or null. Default null. */
  readonly bias?: Tensor | null | undefined;
  /** Value added to the variance for numerical stability. Default 1e-5. */
  readonly eps?: number | undefined;
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions extends AffineOptions {
  /** Normalize by the statistics of the batch, and update the running ones. Default false. */
  readonly training?: boolean | undefined;
  /** Weight of the batch statistics in the running average. Default 0.1. */
  readonly momentum?: number | undefined;
}

const WEIGHT_AND_BIAS = { weight: optional(nullable(aTensor), null), bias: optional(nullable(aTensor), null) };
const MOMENTUM = { momentum: optional(aNumber, 0.1) };
const EPS = { eps: optional(aNumber, 1e-5) };

/** The arguments after the input; the layer takes the same. */
export const LOCAL_RESPONSE_ARGUMENTS = {
  size: required(aPositiveCount),
  alpha: optional(aNumber, 1e-4),
  beta: optional(aNumber, 0.75),
  k: optional(aNumber, 1),
};

const SIGNATURES = {
  layerNorm: signature("layerNorm", { ...INPUT, normalizedShape: required(integers), ...WEIGHT_AND_BIAS, ...EPS }),
  groupNorm: signature("groupNorm", { ...INPUT, numGroups: required(aPositiveCount), ...WEIGHT_AND_BIAS, ...EPS }),
  batchNorm: signature("batchNorm", {
    ...INPUT,
    runningMean: required(nullable(aTensor)),
    runningVar: required(nullable(aTensor)),
    ...WEIGHT_AND_BIAS,
    training: optional(aBoolean, false),
    ...MOMENTUM,
    ...EPS,
  }),
  rmsNorm: signature("rmsNorm", {
    ...INPUT,
    normalizedShape: required(integers),
    weight: optional(nullable(aTensor), null),
    eps: optional(nullable(aNumber), null),
  }),
  normalize: signature("normalize", {
    ...INPUT,
    p: optional(aNumber, 2),
    dim: optional(dims, 1),
    eps: optional(aNumber, 1e-12),
  }),
  localResponseNorm: signature("localResponseNorm", { ...INPUT, ...LOCAL_RESPONSE_ARGUMENTS }),
  instanceNorm: signature("instanceNorm", {
    ...INPUT,
    runningMean: optional(nullable(aTensor), null),
    runningVar: optional(nullable(aTensor), null),
    ...WEIGHT_AND_BIAS,
    useInputStats: optional(aBoolean, true),
    ...MOMENTUM,
    ...EPS,
  }),
};

/** The inputs of a normalization: weight and bias are both there or both missing. */
function withAffine(x: Tensor, weight: Tensor | null, bias: Tensor | null): readonly Tensor[] {
  const one = weight ?? bias;
  if (one === null) return [x];
  return [x, weight ?? one.newZeros(one.shape).add(1), bias ?? one.newZeros(one.shape)];
}

/** Statistics for each group of channels of each sample. */
function normalizeGroups(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  params: Omit<GroupNormParams, "affine">,
): Tensor {
  const inputs = withAffine(x, weight, bias);
  return apply(ops.groupNorm, inputs, { ...params, affine: inputs.length > 1 });
}

/** Throws unless x ends in `normalizedShape`, and weights have it. */
function checkNormalizedShape(
  op: string,
  x: Tensor,
  normalizedShape: readonly number[],
  weights: Readonly<Record<string, Tensor | null>>,
): void {
  const count = normalizedShape.length;
  if (count === 0) {
    throw new ShapeError(
      `[${op}] Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []`,
    );
  }
  for (const [name, t] of Object.entries(weights)) {
    if (t === null) continue;
    checkSameDType(op, x, t, name);
    if (sameShape(t.shape, normalizedShape)) continue;
    throw new ShapeError(
      `[${op}] Expected ${name} to be of same shape as normalized_shape, but got ${name} of shape ${bracketed(t.shape)} and normalized_shape = ${bracketed(normalizedShape)}`,
    );
  }
  if (!sameShape(x.shape.slice(-count), normalizedShape)) {
    throw new ShapeError(
      `[${op}] Given normalized_shape=${bracketed(normalizedShape)}, expected input with shape [*, ${normalizedShape.join(", ")}], but got input of size${bracketed(x.shape)}`,
    );
  }
}

/**
 * Layer normalization (Ba et al., 2016): (x − mean) / √(variance + eps) · weight + bias, over the last dimensions.
 *
 * @param x - [..., normalizedShape], floating dtype.
 * @param normalizedShape - Sizes of the dimensions to normalize over; weight and bias have this shape.
 * @throws ShapeError for shapes that do not match; DTypeError for different dtypes.
 * @example
 * nn.functional.layerNorm(tensor([[1, 2, 3]]), [3]); // tensor([[-1.2247, 0.0000, 1.2247]])
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: readonly number[],
  weight?: Tensor | null,
  bias?: Tensor | null,
  eps?: number,
): Tensor;
export function layerNorm(
  ...args: ByName<
    ["input", "normalizedShape"],
    { readonly input: Tensor; readonly normalizedShape: readonly number[] } & AffineOptions
  >
): Tensor;
export function layerNorm(
  x: Tensor,
  normalizedShape: readonly number[],
  ...rest: ThenOptions<[weight: Tensor | null, bias: Tensor | null], AffineOptions>
): Tensor;
export function layerNorm(...given: readonly unknown[]): Tensor {
  const op = "layerNorm";
  const { input: x, normalizedShape, weight, bias, eps } = SIGNATURES.layerNorm.read(given);
  checkFloat(op, x);
  checkNormalizedShape(op, x, normalizedShape, { weight, bias });
  const count = normalizedShape.length;
  const rows = sizeOf(x.shape.slice(0, -count));
  const sizes = [rows, sizeOf(normalizedShape), 1] as const;
  return withGradFnName("NativeLayerNormBackward0", normalizeGroups(x, weight, bias, { sizes, groups: 1, eps }));
}

/** Throws unless a channel has more than one number to normalise. */
function checkCount(op: string, count: number, shape: string): void {
  if (count !== 1) return;
  throw new ValueError(`[${op}] Expected more than 1 value per channel when training, got input size ${shape}`);
}

/**
 * Group normalization (Wu and He, 2018): each of `numGroups` groups of channels is normalized over its channels and all
 * spatial dimensions.
 *
 * @param x - [N,C,…], floating dtype; weight and bias are [C].
 * @throws ShapeError for channels that `numGroups` does not divide, or a weight or bias of another length; ValueError for
 * one value per group.
 * @example
 * nn.functional.groupNorm(tensor([[1, 3, 10, 30]]), 2); // tensor([[-1.0000, 1.0000, -1.0000, 1.0000]])
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  weight?: Tensor | null,
  bias?: Tensor | null,
  eps?: number,
): Tensor;
export function groupNorm(
  ...args: ByName<["input", "numGroups"], { readonly input: Tensor; readonly numGroups: number } & AffineOptions>
): Tensor;
export function groupNorm(
  x: Tensor,
  numGroups: number,
  ...rest: ThenOptions<[weight: Tensor | null, bias: Tensor | null], AffineOptions>
): Tensor;
export function groupNorm(...given: readonly unknown[]): Tensor {
  const op = "groupNorm";
  const { input: x, numGroups, weight, bias, eps } = SIGNATURES.groupNorm.read(given);
  checkFloat(op, x);
  const [batch, channels] = x.shape;
  if (batch === undefined || channels === undefined) {
    throw new ShapeError(`[${op}] Expected at least 2 dimensions for input tensor but received ${x.ndim}`);
  }
  const groups = [(batch * channels) / numGroups, numGroups, ...x.shape.slice(2)];
  checkCount(op, sizeOf(groups) / numGroups, bracketed(groups));
  if (channels % numGroups !== 0) {
    throw new ShapeError(
      `[${op}] Expected number of channels in input to be divisible by num_groups, but got input of shape ${bracketed(x.shape)} and num_groups=${numGroups}`,
    );
  }
  for (const [name, t] of [["weight", weight] as const, ["bias", bias] as const]) {
    if (t === null) continue;
    checkSameDType(op, x, t, name);
    if (t.ndim === 1 && t.numel() === channels) continue;
    throw new ShapeError(
      `[${op}] Expected ${name} to be a vector of size equal to the number of channels in input, but got ${name} of shape ${bracketed(t.shape)} and input of shape ${bracketed(x.shape)}`,
    );
  }
  const sizes = [batch, channels, sizeOf(x.shape.slice(2))] as const;
  return normalizeGroups(x, weight, bias, { sizes, groups: numGroups, eps });
}

/**
 * Batch normalization (Ioffe and Szegedy, 2015): each channel is normalized over all other dimensions. In training by the
 * mean and variance of the batch, which update the running statistics; in evaluation by the running ones.
 *
 * @param x - [N,C,…], floating dtype; the vectors are [C].
 * @param runningMean - Updated in training, used in evaluation; null only in training.
 * @param runningVar - As `runningMean`; gets the unbiased variance.
 * @throws ShapeError for vectors of another length; ValueError for one value per channel in training, or missing
 * statistics in evaluation.
 * @example
 * const x = tensor([[1, 10], [3, 30]]);
 * nn.functional.batchNorm(x, null, null, { training: true });
 * // tensor([[-1.0000, -1.0000],
 * //         [ 1.0000,  1.0000]])
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  weight?: Tensor | null,
  bias?: Tensor | null,
  training?: boolean,
  momentum?: number,
  eps?: number,
): Tensor;
export function batchNorm(
  ...args: ByName<
    ["input", "runningMean", "runningVar"],
    {
      readonly input: Tensor;
      readonly runningMean: Tensor | null;
      readonly runningVar: Tensor | null;
    } & BatchNormOptions
  >
): Tensor;
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  ...rest: ThenOptions<
    [weight: Tensor | null, bias: Tensor | null, training: boolean, momentum: number],
    BatchNormOptions
  >
): Tensor;
export function batchNorm(...given: readonly unknown[]): Tensor {
  const { input, ...options } = SIGNATURES.batchNorm.read(given);
  return normalizeBatch(input, options);
}

/** {@link batchNorm} with its arguments read; a momentum that is a 0-d tensor is never read back from the device. */
export function normalizeBatch(
  x: Tensor,
  options: {
    readonly runningMean: Tensor | null;
    readonly runningVar: Tensor | null;
    readonly weight: Tensor | null;
    readonly bias: Tensor | null;
    readonly training: boolean;
    readonly momentum: number | Tensor;
    readonly eps: number;
  },
): Tensor {
  const op = "batchNorm";
  const { runningMean, runningVar, weight, bias, training, momentum, eps } = options;
  checkFloat(op, x);
  const [batch, channels] = x.shape;
  if (batch === undefined || channels === undefined) {
    throw new ShapeError(`[${op}] expected an input [N, C, …], but got shape ${bracketed(x.shape)}`);
  }
  const count = batch * sizeOf(x.shape.slice(2));
  if (training) checkCount(op, count, `torch.Size(${bracketed(x.shape)})`);
  for (const [name, t] of Object.entries({ running_mean: runningMean, running_var: runningVar, weight, bias })) {
    if (t === null) continue;
    checkSameDType(op, x, t, name);
    if (t.numel() !== channels) {
      throw new ShapeError(`[${op}] ${name} should contain ${channels} elements not ${t.numel()}`);
    }
  }
  const inputs = withAffine(x, weight, bias);
  const sizes = [batch, channels, sizeOf(x.shape.slice(2))] as const;
  const params = { sizes, affine: inputs.length > 1, eps, given: !training };
  if (!training) {
    if (runningMean === null) throw new ValueError(`[${op}] running_mean must be defined in evaluation mode`);
    if (runningVar === null) throw new ValueError(`[${op}] running_var must be defined in evaluation mode`);
    return apply(ops.batchNorm, [...inputs, runningMean.detach(), runningVar.detach()], params);
  }
  const observe = ({ mean, variance }: ChannelStatistics): void =>
    noGrad(() => {
      updateRunning(runningMean, wrapLike(x, mean), momentum);
      // The running variance is the unbiased one.
      updateRunning(runningVar, wrapLike(x, variance), momentum, count / (count - 1));
    });
  const observed = runningMean === null && runningVar === null ? undefined : observe;
  return apply(ops.batchNorm, inputs, { ...params, observe: observed });
}

/** running ← (1 − momentum) · running + momentum · fresh, in place. */
export function updateRunning(running: Tensor | null, fresh: Tensor, momentum: number | Tensor, scale = 1): void {
  if (running === null) return;
  const rest = typeof momentum === "number" ? 1 - momentum : momentum.neg().add(1);
  running.mul_(rest).add_((scale === 1 ? fresh : fresh.mul(scale)).mul(momentum));
}

/** Options of {@link instanceNorm}. */
export interface InstanceNormOptions extends AffineOptions {
  /** Running mean [C], or null. Default null. */
  readonly runningMean?: Tensor | null | undefined;
  /** Running variance [C], or null. Default null. */
  readonly runningVar?: Tensor | null | undefined;
  /** Normalize by the statistics of the input, and update the running ones. Default true. */
  readonly useInputStats?: boolean | undefined;
  /** Weight of the input's statistics in the running average. Default 0.1. */
  readonly momentum?: number | undefined;
}

/**
 * Instance normalization (Ulyanov et al., 2016): each channel of each sample is normalized over the spatial dimensions.
 *
 * @param x - [N,C,…], floating dtype; the vectors are [C].
 * @param runningMean - Or null: gets the mean over the batch; used if `useInputStats` is false.
 * @param runningVar - As `runningMean`.
 * @throws ShapeError for vectors of another length; ValueError for one spatial element, or missing statistics.
 * @example
 * nn.functional.instanceNorm(tensor([[[1, 3], [10, 30]]]));
 * // tensor([[[-1.0000, 1.0000],
 * //          [-1.0000, 1.0000]]])
 */
export function instanceNorm(
  x: Tensor,
  runningMean?: Tensor | null,
  runningVar?: Tensor | null,
  weight?: Tensor | null,
  bias?: Tensor | null,
  useInputStats?: boolean,
  momentum?: number,
  eps?: number,
): Tensor;
export function instanceNorm(
  x: Tensor,
  ...rest: ThenOptions<
    [runningMean: Tensor | null, runningVar: Tensor | null, weight: Tensor | null, bias: Tensor | null],
    InstanceNormOptions
  >
): Tensor;
export function instanceNorm(...args: readonly unknown[]): Tensor {
  const op = "instanceNorm";
  const given = SIGNATURES.instanceNorm.read(args);
  const { input, weight, bias, runningMean, runningVar } = given;
  return composite(op, [input, weight, bias, runningMean, runningVar], given, () => instanceNormNow(op, given));
}

function instanceNormNow(op: string, given: ReturnType<typeof SIGNATURES.instanceNorm.read>): Tensor {
  const { input: x } = given;
  checkFloat(op, x);
  const [batch, channels, ...rest] = x.shape;
  if (batch === undefined || channels === undefined) {
    throw new ShapeError(`[${op}] expected an input [N, C, …], but got shape ${bracketed(x.shape)}`);
  }
  if (given.useInputStats && sizeOf(rest) === 1) {
    throw new ValueError(
      `[${op}] Expected more than 1 spatial element when training, got input size torch.Size(${bracketed(x.shape)})`,
    );
  }
  if (!given.useInputStats && (given.runningMean === null || given.runningVar === null)) {
    throw new ValueError(`[${op}] Expected running_mean and running_var to be defined when use_input_stats is false`);
  }
  // Instances become channels of a batch of one.
  const each = (vector: Tensor | null): Tensor | null => vector?.repeat(batch) ?? null;
  const [mean, variance] = noGrad(() => [each(given.runningMean), each(given.runningVar)]);
  const result = normalizeBatch(x.reshape(1, batch * channels, ...rest), {
    runningMean: mean ?? null,
    runningVar: variance ?? null,
    weight: each(given.weight),
    bias: each(given.bias),
    training: given.useInputStats,
    momentum: given.momentum,
    eps: given.eps,
  });
  if (given.useInputStats) {
    noGrad(() => {
      given.runningMean?.copy_((mean as Tensor).view(batch, channels).mean(0));
      given.runningVar?.copy_((variance as Tensor).view(batch, channels).mean(0));
    });
  }
  return asNonView("ViewBackward0", result.view(x.shape));
}

/** Options of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** Affine weight that the normalized values are multiplied by, or null. Default null. */
  readonly weight?: Tensor | null | undefined;
  /** Value added to the mean square for numerical stability. Default null: the smallest step of the dtype above 1. */
  readonly eps?: number | null | undefined;
}

/** The distance of 1 to the next number. */
const EPSILON: Readonly<Partial<Record<DType, number>>> = { float32: 2 ** -23, float64: 2 ** -52 };

/**
 * Root mean square layer normalization (Zhang and Sennrich, 2019): x / √(mean(x²) + eps) · weight, over the last
 * dimensions. As in PyTorch 2.4.
 *
 * @param x - [..., normalizedShape], floating dtype.
 * @param normalizedShape - Sizes of the dimensions to normalize over; the weight has this shape.
 * @throws ShapeError for shapes that do not match; DTypeError for different dtypes.
 * @example
 * nn.functional.rmsNorm(tensor([[3, 4]]), [2]); // tensor([[0.8485, 1.1314]])
 */
export function rmsNorm(
  x: Tensor,
  normalizedShape: readonly number[],
  weight?: Tensor | null,
  eps?: number | null,
): Tensor;
export function rmsNorm(
  ...args: ByName<
    ["input", "normalizedShape"],
    { readonly input: Tensor; readonly normalizedShape: readonly number[] } & RmsNormOptions
  >
): Tensor;
export function rmsNorm(
  x: Tensor,
  normalizedShape: readonly number[],
  ...rest: ThenOptions<[weight: Tensor | null], RmsNormOptions>
): Tensor;
export function rmsNorm(...given: readonly unknown[]): Tensor {
  const op = "rmsNorm";
  const { input: x, normalizedShape, weight, eps } = SIGNATURES.rmsNorm.read(given);
  checkFloat(op, x);
  checkNormalizedShape(op, x, normalizedShape, { weight });
  const n = normalizedShape.reduce((size, length) => size * length, 1);
  const sizes = [n === 0 ? 0 : x.numel() / n, n] as const;
  const params = { sizes, affine: weight !== null, eps: eps ?? EPSILON[x.dtype] ?? 0 };
  return apply(ops.rmsNorm, weight === null ? [x] : [x, weight], params);
}

/** Options of {@link normalize}. */
export interface NormalizeOptions {
  /** The p of the p-norm. Default 2. */
  readonly p?: number | undefined;
  /** The dimension, or dimensions, of the vectors. Default 1. */
  readonly dim?: number | readonly number[] | undefined;
  /** Least norm that is divided by. Default 1e-12. */
  readonly eps?: number | undefined;
}

/**
 * Divides vectors along a dimension by their p-norm: x / max(‖x‖, eps).
 *
 * @param x - Any shape, floating dtype.
 * @throws ShapeError for a dimension that x does not have; DTypeError for an integer or boolean tensor.
 * @example
 * nn.functional.normalize(tensor([[3, 4], [0, 2]]));
 * // tensor([[0.6000, 0.8000],
 * //         [0.0000, 1.0000]])
 */
export function normalize(x: Tensor, p?: number, dim?: number | readonly number[], eps?: number): Tensor;
export function normalize(
  x: Tensor,
  ...rest: ThenOptions<[p: number, dim: number | readonly number[]], NormalizeOptions>
): Tensor;
export function normalize(...given: readonly unknown[]): Tensor {
  const op = "normalize";
  const { input: x, p, dim, eps } = SIGNATURES.normalize.read(given);
  checkFloat(op, x);
  normalizeDims(op, dim, x.ndim);
  return x.div(x.norm(p, dim, true).clampMin(eps));
}

/** Options of {@link localResponseNorm}. */
export interface LocalResponseNormOptions {
  /** Factor of the mean square. Default 1e-4. */
  readonly alpha?: number | undefined;
  /** Exponent. Default 0.75. */
  readonly beta?: number | undefined;
  /** Summand. Default 1. */
  readonly k?: number | undefined;
}

/**
 * Local response normalization (Krizhevsky et al., 2012): x / (k + alpha · mean of the squares of `size` neighbouring
 * channels)^beta.
 *
 * @param x - [N,C,…], with at least one dimension after the channels; floating dtype.
 * @throws ShapeError for fewer than 3 dimensions.
 * @example
 * nn.functional.localResponseNorm(ones(1, 2, 1), 2, { alpha: 1, beta: 1 }).view(2); // tensor([0.6667, 0.5000])
 */
export function localResponseNorm(x: Tensor, size: number, alpha?: number, beta?: number, k?: number): Tensor;
export function localResponseNorm(
  ...args: ByName<["input", "size"], { readonly input: Tensor; readonly size: number } & LocalResponseNormOptions>
): Tensor;
export function localResponseNorm(
  x: Tensor,
  size: number,
  ...rest: ThenOptions<[alpha: number, beta: number], LocalResponseNormOptions>
): Tensor;
export function localResponseNorm(...given: readonly unknown[]): Tensor {
  const op = "localResponseNorm";
  const { input: x, size, alpha, beta, k } = SIGNATURES.localResponseNorm.read(given);
  checkFloat(op, x);
  const [batch, channels] = x.shape;
  if (batch === undefined || channels === undefined || x.ndim < 3) {
    throw new ShapeError(`[${op}] Expected 3D or higher dimensionality input (got ${x.ndim} dimensions)`);
  }
  if (x.numel() === 0) return x;
  // The windows of channels are those of images whose rows are the channels.
  const squares = pad(x.mul(x).reshape([batch, 1, channels, -1]), [
    0,
    0,
    Math.floor(size / 2),
    Math.floor((size - 1) / 2),
  ]);
  const means = avgPool2d(squares, [size, 1], 1).reshape(x.shape);
  return x.div(means.mul(alpha).add(k).pow(beta));
}
