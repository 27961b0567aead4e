/** @file Normalisation of each channel of each instance, as a function. */
import { sizeOf } from "../../../kernels/layout.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { optional, signature, type ThenOptions } from "../../core/arguments.ts";
import { aBoolean, aNumber, aTensor, nullable } from "../../core/kinds.ts";
import { ShapeError, ValueError } from "../../tensor/errors.ts";
import { fresh } from "../../tensor/functions/named.ts";
import { bracketed } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFloat, INPUT } from "./check.ts";
import { type AffineOptions, normalizeBatch } from "./normalization.ts";

export interface InstanceNormOptions extends AffineOptions {
  /** [C], or null: gets the mean over the batch, and is used without `useInputStats`. Default null. */
  readonly runningMean?: Tensor | null | undefined;
  /** As `runningMean`. */
  readonly runningVar?: Tensor | null | undefined;
  /** Normalise by the input, and let it into the running statistics if there are any. Default true. */
  readonly useInputStats?: boolean | undefined;
  /** Share of the new statistics in the running ones. Default 0.1. */
  readonly momentum?: number | undefined;
}

const NOTHING = optional(nullable(aTensor), null);
const INSTANCE_NORM = signature("instanceNorm", {
  ...INPUT,
  runningMean: NOTHING,
  runningVar: NOTHING,
  weight: NOTHING,
  bias: NOTHING,
  useInputStats: optional(aBoolean, true),
  momentum: optional(aNumber, 0.1),
  eps: optional(aNumber, 1e-5),
});

/**
 * Normalises each channel of each instance of an input [N,C,…] over the dimensions after it; then times `weight` [C],
 * plus `bias` [C].
 *
 * @param runningMean - [C], or null: gets the mean over the batch, and is used without `useInputStats`.
 * @param runningVar - likewise.
 * @throws ShapeError for vectors of another length; ValueError for a single number per channel, or missing statistics.
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
  const given = INSTANCE_NORM.read(args);
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
  return fresh("ViewBackward0", result.view(x.shape));
}
