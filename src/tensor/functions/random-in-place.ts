/** @file Tensors filled with random numbers in place: integers, exponential, geometric, Cauchy, log-normal. */
import type { NDArray } from "../../../kernels/backend.ts";
import { dense, sizeOf } from "../../../kernels/layout.ts";
import { type Args, optional, required, signature } from "../../core/arguments.ts";
import { newTypedArray } from "../../core/dtype.ts";
import { DTypeError } from "../../core/errors.ts";
import { aNumber, anInteger, aTensor, nullable } from "../../core/kinds.ts";
import type { Target } from "../random/draw.ts";
import { randintArray } from "../random/draw.ts";
import { aGenerator, defaultGenerator, type Generator } from "../random/generator.ts";
import { nextNormal } from "../random/normal.ts";
import { nextUniform } from "../random/uniform.ts";
import type { Tensor } from "../tensor.ts";
import type { DrawOptions } from "./arguments.ts";
import { fillWith } from "./in-place.ts";

type GeneratorOrNull = DrawOptions["generator"];

const generator = optional(aGenerator, null);

/** Numbers drawn one by one, in double precision. */
function drawEach({ backend, dtype, shape }: Target, next: () => number) {
  const host = newTypedArray(dtype, sizeOf(shape));
  for (let i = 0; i < host.length; i++) host[i] = next();
  return dense(backend.upload(dtype, host), shape);
}

/** Options of `random_`. */
export interface RandomInPlaceOptions extends DrawOptions {
  /** Lower bound, included. Default 0. */
  readonly from?: number | undefined;
  /** Upper bound, excluded. Default: what the dtype holds; all integers up to 2²⁴ or 2⁵³ for floats. */
  readonly to?: number | null | undefined;
}

export type RandomInPlaceArgs =
  | Args<[], [from: number, to: number | null, generator: GeneratorOrNull], RandomInPlaceOptions>
  | readonly [to: number];

const RANDOM_ = signature("random_", {
  input: required(aTensor),
  from: optional(anInteger),
  to: optional(nullable(anInteger)),
  generator,
});

/** How many integers `random_()` draws from: 0 up to this, excluded. */
const COUNTS = { float32: 2 ** 24 + 1, float64: 2 ** 53 + 1, int32: 2 ** 31, uint8: 256, bool: 2 } as const;

/**
 * Fills with random integers of [from, to), or of [0, to) if one number is given, or of all that the dtype holds. The same
 * seed gives PyTorch's numbers; int32 has those of its int32.
 *
 * @throws ValueError if `from` is not below `to`, or if a bound is out of the range of the dtype.
 * @example
 * ```ts
 * manualSeed(0);
 * zeros(3).int().random_(10); // tensor([4, 9, 3])
 * ```
 */
export function random_(x: Tensor, ...args: RandomInPlaceArgs): Tensor {
  const { input, from, to, generator: given } = RANDOM_.read([x, ...args]);
  const source = given ?? defaultGenerator;
  const [low, high] = to != null ? [from ?? 0, to] : [0, from ?? COUNTS[input.dtype]];
  if (to == null && from === undefined && input.dtype === "float64") {
    return fillWith("random_", input, (target) => drawEach(target, () => Number(source.random64() % (2n ** 53n + 1n))));
  }
  return fillWith("random_", input, (target) => randintArray(target, low, high, source), "any");
}

type OneNumber<Name extends string> = DrawOptions & { readonly [N in Name]?: number | undefined };

export type ExponentialArgs = Args<[], [lambd: number, generator: GeneratorOrNull], OneNumber<"lambd">>;

const EXPONENTIAL_ = signature("exponential_", {
  input: required(aTensor),
  lambd: optional(aNumber, 1),
  generator,
});

/**
 * Fills with samples of an exponential distribution of rate `lambd`. The same seed gives PyTorch's samples.
 *
 * @throws ValueError unless `lambd` is positive; DTypeError for integers.
 * @example
 * ```ts
 * manualSeed(0);
 * zeros(2).exponential_(); // tensor([3.5083, 1.2304])
 * ```
 */
export function exponential_(x: Tensor, ...args: ExponentialArgs): Tensor {
  const { input, lambd, generator: given } = EXPONENTIAL_.read([x, ...args]);
  const source = given ?? defaultGenerator;
  return fillWith("exponential_", input, (target) => {
    if (!(lambd > 0)) throw new RangeError(`exponential_ expects lambda > 0.0, but found lambda=${lambd}`);
    // Logarithms are in double precision, which GPUs do not have.
    if (target.backend.device === "cpu") return exponentialArray(target, lambd, source);
    return drawEach(target, () => (-1 / lambd) * Math.log1p(-nextUniform(source)));
  });
}

/** −log(1 − u)/lambd of uniform numbers u in double precision. */
function exponentialArray({ backend, dtype, shape }: Target, lambd: number, source: Generator): NDArray {
  const unit = { name: "uniform", from: 0, to: 1 } as const;
  const numbers = backend.random("float64", shape, unit, source.kernelEngine);
  const factor = dense(backend.upload("float64", Float64Array.of(-1 / lambd)), []);
  backend.map("neg", [numbers], shape, undefined, numbers);
  backend.map("log1p", [numbers], shape, undefined, numbers);
  backend.map("mul", [numbers, factor], shape, undefined, numbers);
  backend.free(factor.storage);
  if (dtype === "float64") return numbers;
  const result = backend.cast(numbers, dtype);
  backend.free(numbers.storage);
  return result;
}

export type GeometricArgs = Args<[p: number], [generator: GeneratorOrNull], DrawOptions & { readonly p: number }>;

const GEOMETRIC_ = signature("geometric_", { input: required(aTensor), p: required(aNumber), generator });

/**
 * Fills with samples of a geometric distribution: the number of trials up to the first success, each of probability `p`.
 * The same seed gives PyTorch's samples.
 *
 * @throws ValueError for a probability outside (0, 1).
 * @example
 * ```ts
 * manualSeed(0);
 * zeros(3).geometric_(0.5); // tensor([1., 1., 2.])
 * ```
 */
export function geometric_(x: Tensor, ...args: GeometricArgs): Tensor {
  const { input, p, generator: given } = GEOMETRIC_.read([x, ...args]);
  const source = given ?? defaultGenerator;
  if (input.dtype === "bool") throw new DTypeError("[geometric_] not implemented for bool tensors");
  return fillWith(
    "geometric_",
    input,
    (target) => {
      if (!(p > 0 && p < 1)) throw new RangeError(`geometric_ expects p to be in (0, 1), but got p=${p}`);
      return drawEach(target, () => Math.ceil(Math.log(nextUniform(source)) / Math.log(1 - p)));
    },
    "any",
  );
}

export type CauchyArgs = Args<
  [],
  [median: number, sigma: number, generator: GeneratorOrNull],
  OneNumber<"median" | "sigma">
>;

const CAUCHY_ = signature("cauchy_", {
  input: required(aTensor),
  median: optional(aNumber, 0),
  sigma: optional(aNumber, 1),
  generator,
});

/**
 * Fills with samples of a Cauchy distribution. The same seed gives PyTorch's samples.
 *
 * @throws ValueError unless `sigma` is positive; DTypeError for integers.
 * @example
 * ```ts
 * manualSeed(0);
 * zeros(2).cauchy_(); // tensor([10.5977,  0.7648])
 * ```
 */
export function cauchy_(x: Tensor, ...args: CauchyArgs): Tensor {
  const { input, median, sigma, generator: given } = CAUCHY_.read([x, ...args]);
  const source = given ?? defaultGenerator;
  return fillWith("cauchy_", input, (target) => {
    if (!(sigma > 0)) throw new RangeError(`cauchy_ expects sigma > 0.0, but found sigma=${sigma}`);
    return drawEach(target, () => median + sigma * Math.tan(Math.PI * (nextUniform(source) - 0.5)));
  });
}

export type LogNormalArgs = Args<
  [],
  [mean: number, std: number, generator: GeneratorOrNull],
  OneNumber<"mean" | "std">
>;

const LOG_NORMAL_ = signature("logNormal_", {
  input: required(aTensor),
  mean: optional(aNumber, 1),
  std: optional(aNumber, 2),
  generator,
});

/**
 * Fills with samples of a log-normal distribution: eˣ of normal x with this mean and standard deviation. The same seed
 * gives PyTorch's samples.
 *
 * @throws ValueError unless `std` is positive; DTypeError for integers.
 * @example
 * ```ts
 * manualSeed(0);
 * zeros(2).logNormal_(0, 1); // tensor([4.6692, 0.7457])
 * ```
 */
export function logNormal_(x: Tensor, ...args: LogNormalArgs): Tensor {
  const { input, mean, std, generator: given } = LOG_NORMAL_.read([x, ...args]);
  const source: Generator = given ?? defaultGenerator;
  return fillWith("logNormal_", input, (target) => {
    if (!(std > 0)) throw new RangeError(`log_normal_ expects std > 0.0, but found std=${std}`);
    return drawEach(target, () => Math.exp(nextNormal(source) * std + mean));
  });
}
