/** @file More ways to make tensors: logarithmic scales, positions of triangles, random choices. */

import { apply } from "../autograd/apply.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { type Args, keyword, optional, required, signature } from "../core/arguments.ts";
import type { DeviceChoice } from "../core/device.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, anInteger, aTensor, oneOf } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { within } from "../core/wrap-errors.ts";
import { type RangeOptions, tensor } from "./create.ts";
import { checkSteps, TENSOR_OPTIONS } from "./create-options.ts";
import { withGradFnName } from "./functions/grad-fn-name.ts";
import { newFrom } from "./like.ts";
import { ops } from "./ops/index.ts";
import { aGenerator, defaultGenerator, type Generator } from "./random/generator.ts";
import { multinomial as choose } from "./random/integers.ts";
import { fillBernoulli } from "./random/uniform.ts";
import { checkCount } from "./range.ts";
import { logspaceValues } from "./spacing.ts";
import type { Tensor } from "./tensor.ts";

export interface LogspaceOptions extends RangeOptions {
  /** Default 10. */
  readonly base?: number | undefined;
}

const LOGSPACE = signature("logspace", {
  start: required(aNumber),
  end: required(aNumber),
  steps: required(aNumber),
  base: optional(aNumber, 10),
  ...TENSOR_OPTIONS,
});

/** `steps` powers of a base, with exponents evenly spaced from `start` to `end`. */
export function logspace(
  ...args: Args<[start: number, end: number, steps: number], [base: number], LogspaceOptions>
): Tensor {
  const { start, end, steps, base, dtype: wished, device, requiresGrad } = LOGSPACE.read(args);
  const dtype = wished ?? "float32";
  checkSteps("logspace", start, end, steps, dtype);
  const powers = logspaceValues(dtype, start, end, steps, base);
  return tensor(powers, { dtype, device: device ?? "cpu", requiresGrad });
}

export interface TriangleOptions {
  readonly row: number;
  readonly col: number;
  /** How far above the main diagonal. Default 0. */
  readonly offset?: number | undefined;
  /** Default int32, the only one. */
  readonly dtype?: "int32" | undefined;
  /** Default "cpu". */
  readonly device?: DeviceChoice | undefined;
}

export type TriangleArgs = Args<[row: number, col: number], [offset: number], TriangleOptions>;

function triangleSignature(op: string) {
  return signature(op, {
    row: required(aNumber),
    col: required(aNumber),
    offset: optional(anInteger, 0),
    dtype: keyword(oneOf("int32"), null),
    device: TENSOR_OPTIONS.device,
  });
}

const TRIL_INDICES = triangleSignature("trilIndices");
const TRIU_INDICES = triangleSignature("triuIndices");

/** Rows and columns of the lower triangle of a matrix up to a diagonal: int32 [2, count]. */
export function trilIndices(...args: TriangleArgs): Tensor {
  const given = TRIL_INDICES.read(args);
  return triangleIndices("trilIndices", given, (i) => [0, i + given.offset + 1]);
}

/** Rows and columns of the upper triangle of a matrix from a diagonal on: int32 [2, count]. */
export function triuIndices(...args: TriangleArgs): Tensor {
  const given = TRIU_INDICES.read(args);
  return triangleIndices("triuIndices", given, (i) => [i + given.offset, given.col]);
}

/** Positions of the columns of each row from `range`'s first number on, up to its second. */
function triangleIndices(
  op: string,
  { row, col, device }: ReturnType<typeof TRIL_INDICES.read>,
  range: (row: number) => readonly [number, number],
): Tensor {
  if (![row, col].every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ShapeError(`[${op}] row and col must be integers of at least 0, got ${row} and ${col}`);
  }
  const clipped = (i: number): [number, number] => {
    const [from, to] = range(i);
    return [Math.min(Math.max(from, 0), col), Math.min(Math.max(to, 0), col)];
  };
  // Row by row takes long for what is too large anyway.
  checkCount(op, [row], "int32");
  let count = 0;
  for (let i = 0; i < row; i++) {
    const [from, to] = clipped(i);
    count += Math.max(to - from, 0);
  }
  checkCount(op, [2, count], "int32");
  const positions = new Int32Array(2 * count);
  let next = 0;
  for (let i = 0; i < row; i++) {
    const [from, to] = clipped(i);
    for (let j = from; j < to; j++) {
      positions[next] = i;
      positions[count + next++] = j;
    }
  }
  return tensor(positions, { device: device ?? "cpu" }).reshape(2, count);
}

export interface ChanceOptions {
  /** Default: the generator that `manualSeed` seeds. */
  readonly generator?: Generator | null | undefined;
}

const BERNOULLI = signature("bernoulli", {
  input: required(aTensor),
  p: optional(aNumber, null),
  generator: keyword(aGenerator, null),
});

/**
 * Ones, each with the probability that stands at its place, and zeros: PyTorch's for the same seed. With a number `p` that
 * is the probability everywhere.
 */
export function bernoulli(
  ...args: Args<
    [input: Tensor],
    [p: number | null],
    { readonly input: Tensor; readonly p?: number | null } & ChanceOptions
  >
): Tensor {
  const { input, p, generator } = BERNOULLI.read(args);
  const chances = floatsOf("bernoulli", input, `expected floating point probabilities, but got ${input.dtype}`);
  const out = chances.slice();
  within("bernoulli", () => fillBernoulli(out, p ?? chances, generator ?? defaultGenerator));
  const drawn = newFrom(input, input.dtype, out, input.shape);
  // A coin's side depends on the probability by jumps only: the gradient is zero.
  return withGradFnName("BernoulliBackward0", apply(ops.copy_, [input, drawn], null));
}

function floatsOf(op: string, x: Tensor, complaint: string): Float32Array | Float64Array {
  const data = noGrad(() => x.dataSync());
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new DTypeError(`[${op}] ${complaint}`);
}

export interface MultinomialOptions extends ChanceOptions {
  readonly input: Tensor;
  readonly numSamples: number;
  /** Whether a position may be drawn again. Default false. */
  readonly replacement?: boolean | undefined;
}

const MULTINOMIAL = signature("multinomial", {
  input: required(aTensor),
  numSamples: required(anInteger),
  replacement: optional(aBoolean, false),
  generator: keyword(aGenerator, null),
});

/**
 * Positions drawn in proportion to weights, from a vector or from every row of a matrix: PyTorch's for the same seed.
 *
 * @returns int32 [numSamples] or [rows, numSamples].
 */
export function multinomial(
  ...args: Args<[input: Tensor, numSamples: number], [replacement: boolean], MultinomialOptions>
): Tensor {
  const { input, numSamples, replacement, generator } = MULTINOMIAL.read(args);
  if (input.ndim < 1 || input.ndim > 2) {
    throw new ShapeError(`[multinomial] prob_dist must be 1 or 2 dim, but got shape ${bracketed(input.shape)}`);
  }
  const complaint = `multinomial only supports floating-point dtypes for input, got: ${input.dtype}`;
  const data = floatsOf("multinomial", input, complaint);
  const rows = input.ndim === 2 ? input.size(0) : 1;
  if (input.numel() === 0) throw new ValueError("[multinomial] expected at least one weight, but got an empty tensor");
  const shape = input.ndim === 2 ? [rows, numSamples] : [numSamples];
  checkCount(
    "multinomial",
    shape.map((size) => Math.max(size, 0)),
    "int32",
  );
  const width = data.length / rows;
  const drawn = within("multinomial", () =>
    Array.from({ length: rows }, (_, i) =>
      choose(data.slice(i * width, (i + 1) * width), numSamples, replacement, generator ?? defaultGenerator),
    ),
  );
  const flat = new Int32Array(rows * numSamples);
  for (const [i, row] of drawn.entries()) flat.set(row, i * numSamples);
  return newFrom(input, "int32", flat, shape);
}
