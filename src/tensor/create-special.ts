/** @file More ways to make tensors: logarithmic scales, positions of triangles, random choices. */

import { apply } from "../autograd/apply.ts";
import { type TensorOptions, tensor } from "./create.ts";
import { checkDType } from "./dtype.ts";
import { DTypeError, ShapeError, ValueError } from "./errors.ts";
import { named } from "./functions/named.ts";
import { within } from "./kernel-errors.ts";
import { ops } from "./ops/index.ts";
import { checkTensor } from "./promote.ts";
import { defaultGenerator, type Generator } from "./random/generator.ts";
import { multinomial as choose } from "./random/integers.ts";
import { fillBernoulli } from "./random/uniform.ts";
import { logspaceValues } from "./ranges.ts";
import { bracketed } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

export interface LogspaceOptions extends TensorOptions {
  /** Default 10. */
  readonly base?: number | undefined;
}

/** `steps` powers of a base, with exponents evenly spaced from `start` to `end`. */
export function logspace(start: number, end: number, steps: number, options: LogspaceOptions = {}): Tensor {
  const { base = 10, requiresGrad, dtype = "float32", ...rest } = options;
  checkDType("logspace", dtype);
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ValueError(`[logspace] number of steps must be non-negative, got ${steps}`);
  }
  const powers = logspaceValues(dtype, start, end, steps, base);
  return tensor(powers, { ...rest, dtype, requiresGrad });
}

function triangleIndices(op: string, rows: number, columns: number, inside: (row: number, column: number) => boolean) {
  for (const size of [rows, columns]) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ShapeError(`[${op}] row and col must be whole numbers of at least 0, got ${rows} and ${columns}`);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) if (inside(i, j)) pairs.push([i, j]);
  const positions = Int32Array.from([...pairs.map(([i]) => i), ...pairs.map(([, j]) => j)]);
  return tensor(positions).reshape(2, pairs.length);
}

/** Rows and columns of the lower triangle of a matrix up to a diagonal: int32 [2, count]. */
export function trilIndices(rows: number, columns: number, offset = 0): Tensor {
  return triangleIndices("trilIndices", rows, columns, (i, j) => j - i <= offset);
}

/** Rows and columns of the upper triangle of a matrix from a diagonal on: int32 [2, count]. */
export function triuIndices(rows: number, columns: number, offset = 0): Tensor {
  return triangleIndices("triuIndices", rows, columns, (i, j) => j - i >= offset);
}

export interface ChanceOptions {
  /** Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator | undefined;
}

/** Ones, each with the probability that stands at its place, and zeros: PyTorch's for the same seed. */
export function bernoulli(p: Tensor, { generator = defaultGenerator }: ChanceOptions = {}): Tensor {
  checkTensor("bernoulli", p);
  const chances = p.detach().dataSync();
  if (!(chances instanceof Float32Array || chances instanceof Float64Array)) {
    throw new DTypeError(`[bernoulli] expected floating point probabilities, but got ${p.dtype}`);
  }
  const out = chances.slice();
  within("bernoulli", () => fillBernoulli(out, chances, generator));
  const drawn = p.newFrom(p.dtype, out, p.shape);
  // A coin's side does not depend on the probability but by jumps: the gradient is zero.
  return named("BernoulliBackward0", apply(ops.copyFrom, [p, drawn], null));
}

/**
 * Positions drawn in proportion to weights, from a vector or from every row of a matrix: PyTorch's for the same seed.
 *
 * @param replacement - Whether a position may be drawn again.
 * @returns int32 [count] or [rows, count].
 */
export function multinomial(
  weights: Tensor,
  count: number,
  replacement = false,
  { generator = defaultGenerator }: ChanceOptions = {},
): Tensor {
  checkTensor("multinomial", weights);
  if (weights.ndim < 1 || weights.ndim > 2) {
    throw new ShapeError(`[multinomial] prob_dist must be 1 or 2 dim, but got shape ${bracketed(weights.shape)}`);
  }
  const rows = weights.ndim === 2 ? weights.size(0) : 1;
  const data = weights.detach().dataSync();
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new DTypeError(
      `[multinomial] multinomial only supports floating-point dtypes for input, got: ${weights.dtype}`,
    );
  }
  if (weights.numel() === 0) throw new ValueError("[multinomial] there is nothing to choose from");
  const width = data.length / rows;
  const drawn = within("multinomial", () =>
    Array.from({ length: rows }, (_, i) =>
      choose(data.slice(i * width, (i + 1) * width), count, replacement, generator),
    ),
  );
  const flat = Int32Array.from(drawn.flatMap((row) => [...row]));
  return weights.newFrom("int32", flat, weights.ndim === 2 ? [rows, count] : [count]);
}
