/** @file Samples that are drawn from a tensor of probabilities: Bernoulli and multinomial. */
import { sizeOf } from "../../../kernels/layout.ts";
import { apply } from "../../autograd/apply.ts";
import { allSamples, batchingHook, drawTensor } from "../../autograd/batching.ts";
import { noGrad } from "../../autograd/grad-mode.ts";
import { wrapLike } from "../../autograd/tensor-base.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { backendFor } from "../../core/device.ts";
import { isFloat, newTypedArray } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aBoolean, aNumber, anInteger, aTensor } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { within } from "../../core/wrap-errors.ts";
import { newFrom } from "../like.ts";
import { ops } from "../ops/index.ts";
import { bernoulliArray, checkProbabilities } from "../random/draw.ts";
import { aGenerator, defaultGenerator, type Generator } from "../random/generator.ts";
import { multinomial as multinomialIndices } from "../random/integers.ts";
import { nextBinomial, nextPoisson } from "../random/rejection.ts";
import { checkCount } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { withGradFnName } from "./grad-fn-name.ts";
import { broadcastTensors } from "./movement.ts";

/** The arguments of {@link bernoulli} by name. */
export interface BernoulliSampleOptions {
  /** Probabilities of drawing a 1, float32 or float64. */
  readonly input: Tensor;
  /** One probability for all elements, in place of those in `input`. Default: null. */
  readonly p?: number | null | undefined;
  /** Source of the random numbers. Default: {@link defaultGenerator}, which `manualSeed` seeds. */
  readonly generator?: Generator | null | undefined;
}

/** The arguments of {@link Tensor.bernoulli}. */
export type BernoulliMethodArgs = Args<[], [p: number | null], Omit<BernoulliSampleOptions, "input">>;

/** `(input, p, options)`. */
export type BernoulliSampleArgs = Args<[input: Tensor], [p: number | null], BernoulliSampleOptions>;

const BERNOULLI = signature("bernoulli", {
  input: required(aTensor),
  p: optional(aNumber, null),
  generator: keyword(aGenerator, null),
});

/**
 * Draws 0 or 1 for each element from a Bernoulli distribution: `input` holds the probabilities of a 1, unless one
 * probability `p` is given for all. The result has the shape and dtype of `input` and a gradient of zero. The numbers of
 * PyTorch for the same seed.
 *
 * @throws DTypeError unless `input` is of a floating dtype; ValueError for a probability outside [0, 1].
 * @example
 * manualSeed(0);
 * bernoulli(tensor([0, 0.5, 0.5, 1])); // tensor([0., 0., 1., 1.])
 */
export function bernoulli(...args: BernoulliSampleArgs): Tensor {
  const { input, p, generator } = BERNOULLI.read(args);
  const source = generator ?? defaultGenerator;
  const drawn = p === null ? drawEach(input, source) : drawAlike(input, p, source);
  // The draw is a step function of the probability: its gradient is zero.
  return withGradFnName("BernoulliBackward0", apply(ops.copy_, [input, drawn], null));
}

/** One probability for all elements of a tensor. */
function drawAlike(input: Tensor, p: number, generator: Generator): Tensor {
  if (!isFloat(input.dtype)) throw noProbabilities(input);
  const { dtype } = input;
  const backend = backendFor(input.device);
  return drawTensor("bernoulli", input.shape, (shape) =>
    wrapLike(
      input,
      within("bernoulli", () => bernoulliArray({ backend, dtype, shape }, p, 1, generator)),
    ),
  );
}

/** A probability for each element. */
function drawEach(input: Tensor, generator: Generator): Tensor {
  if (!isFloat(input.dtype)) throw noProbabilities(input);
  if (batchingHook !== null) {
    return drawTensor("bernoulli", input.shape, (shape) => drawFrom(allSamples(input).expand(shape), generator));
  }
  return drawFrom(input, generator);
}

function drawFrom(input: Tensor, generator: Generator): Tensor {
  const p = noGrad(() => input.contiguous());
  const backend = backendFor(p.device);
  within("bernoulli", () => checkProbabilities(backend, p));
  return wrapLike(p, backend.random(p.dtype, p.shape, { name: "bernoulli", p, one: 1 }, generator.kernelEngine));
}

function noProbabilities(input: Tensor): DTypeError {
  return new DTypeError(`[bernoulli] expected floating point probabilities, but got ${input.dtype}`);
}

function floatsOf(op: string, x: Tensor, complaint: string): Float32Array | Float64Array {
  const data = noGrad(() => x.dataSync());
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new DTypeError(`[${op}] ${complaint}`);
}

/** The arguments of {@link multinomial} by name. */
export interface MultinomialOptions {
  /** Weights, a vector or one row for each distribution; they need not sum to 1. */
  readonly input: Tensor;
  /** Number of indices to draw from each distribution. */
  readonly numSamples: number;
  /** Draw with replacement: an index may come more than once. Default: false. */
  readonly replacement?: boolean | undefined;
  /** Source of the random numbers. Default: {@link defaultGenerator}, which `manualSeed` seeds. */
  readonly generator?: Generator | null | undefined;
}

/** The arguments of {@link Tensor.multinomial}. */
export type MultinomialMethodArgs = Args<
  [numSamples: number],
  [replacement: boolean],
  Omit<MultinomialOptions, "input">
>;

/** `(input, numSamples, replacement, options)`. */
export type MultinomialArgs = Args<[input: Tensor, numSamples: number], [replacement: boolean], MultinomialOptions>;

const MULTINOMIAL = signature("multinomial", {
  input: required(aTensor),
  numSamples: required(anInteger),
  replacement: optional(aBoolean, false),
  generator: keyword(aGenerator, null),
});

/**
 * Draws `numSamples` indices with probabilities proportional to the weights in a vector, or in each row of a matrix. The
 * indices of PyTorch for the same seed.
 *
 * @returns int32 of shape [numSamples] or [rows, numSamples].
 * @throws ValueError for negative weights, or if fewer weights than samples are positive and `replacement` is false.
 * @example
 * manualSeed(0);
 * multinomial(tensor([0, 10, 3, 0]), 4, true); // tensor([2, 1, 1, 2])
 */
export function multinomial(...args: MultinomialArgs): Tensor {
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
      multinomialIndices(
        data.slice(i * width, (i + 1) * width),
        numSamples,
        replacement,
        generator ?? defaultGenerator,
      ),
    ),
  );
  const flat = new Int32Array(rows * numSamples);
  for (const [i, row] of drawn.entries()) flat.set(row, i * numSamples);
  return newFrom(input, "int32", flat, shape);
}

/** The arguments of {@link poisson} by name. */
export interface PoissonSampleOptions {
  /** Mean of each number, float32 or float64. */
  readonly input: Tensor;
  /** Source of the random numbers. Default: {@link defaultGenerator}, which `manualSeed` seeds. */
  readonly generator?: Generator | null | undefined;
}

const POISSON = signature("poisson", { input: required(aTensor), generator: optional(aGenerator, null) });

/**
 * Draws a number from a Poisson distribution for each mean in `input`. The result has its shape and dtype, and no gradient.
 * The numbers of PyTorch for the same seed.
 *
 * @throws DTypeError unless `input` is of a floating dtype; ValueError for a negative mean.
 * @example
 * manualSeed(0);
 * poisson(tensor([4, 30])); // tensor([ 7., 31.])
 */
export function poisson(...args: Args<[input: Tensor], [generator: Generator | null], PoissonSampleOptions>): Tensor {
  const { input, generator } = POISSON.read(args);
  return drawCounts("poisson", [input], ([rate = 0]) => {
    if (rate < 0)
      throw new ValueError(`[poisson] invalid Poisson rate, expected rate to be non-negative, but got ${rate}`);
    return nextPoisson(rate, generator ?? defaultGenerator);
  });
}

/** The arguments of {@link binomial} by name. */
export interface BinomialSampleOptions {
  /** Numbers of trials, float32 or float64. */
  readonly count: Tensor;
  /** Probabilities of success, of the same dtype. */
  readonly prob: Tensor;
  /** Source of the random numbers. Default: {@link defaultGenerator}, which `manualSeed` seeds. */
  readonly generator?: Generator | null | undefined;
}

const BINOMIAL = signature("binomial", {
  count: required(aTensor),
  prob: required(aTensor),
  generator: optional(aGenerator, null),
});

/**
 * Draws the number of successes in `count` trials of probability `prob`, for each pair of elements. The shapes are
 * broadcast; there is no gradient. The numbers of PyTorch for the same seed.
 *
 * @throws DTypeError unless both have one floating dtype.
 * @example binomial(tensor([10, 10]), tensor([0, 1])); // tensor([ 0., 10.])
 */
export function binomial(
  ...args: Args<[count: Tensor, prob: Tensor], [generator: Generator | null], BinomialSampleOptions>
): Tensor {
  const { count, prob, generator } = BINOMIAL.read(args);
  return drawCounts("binomial", [count, prob], ([trials = 0, p = 0]) =>
    nextBinomial(trials, p, generator ?? defaultGenerator),
  );
}

/** A number that is drawn for each element of some tensors of one dtype. */
function drawCounts(
  op: string,
  inputs: readonly [Tensor, ...Tensor[]],
  next: (elements: readonly number[]) => number,
): Tensor {
  const [first] = inputs;
  const { dtype } = first;
  for (const input of inputs) {
    if (isFloat(input.dtype) && input.dtype === dtype) continue;
    throw new DTypeError(
      `[${op}] expected tensors of one floating dtype, but got ${inputs.map((each) => each.dtype).join(" and ")}`,
    );
  }
  const all = noGrad(() => broadcastTensors(...inputs));
  const elements = all.map((each) => each.dataSync());
  const { shape } = all[0] as Tensor;
  const drawn = newTypedArray(dtype, sizeOf(shape));
  for (let i = 0; i < drawn.length; i++) drawn[i] = next(elements.map((of) => of[i] as number));
  return newFrom(first, dtype, drawn, shape);
}
