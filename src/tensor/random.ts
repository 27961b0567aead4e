/** @file Random tensors: uniform, normal, integers, permutations. */

import type { NDArray } from "../../kernels/backend.ts";
import { apply } from "../autograd/apply.ts";
import { drawTensor } from "../autograd/batching.ts";
import { type Args, type ByName, keyword, required, rest, signature } from "../core/arguments.ts";
import { getDefaultDevice, getDefaultDtype } from "../core/defaults.ts";
import { backendFor } from "../core/device.ts";
import { isFloat } from "../core/dtype.ts";
import { DTypeError, ValueError } from "../core/errors.ts";
import { anInteger, aTensor, numbers } from "../core/kinds.ts";
import { checkSizes } from "../core/shape.ts";
import { within } from "../core/wrap-errors.ts";
import type { LikeArgs, SizesAndOptions, TensorOptions } from "./create.ts";
import { LIKE_OPTIONS, likeInput, RANDOM_OPTIONS, type ReadTensorOptions } from "./create-options.ts";
import { finish, upload } from "./from-host.ts";
import { ops } from "./ops/index.ts";
import { memoryOrder } from "./ops/memory-order.ts";
import { normalArray, permutationArray, randintArray, type Target, uniformArray } from "./random/draw.ts";
import { defaultGenerator, type Generator } from "./random/generator.ts";
import { randperm as permutation } from "./random/integers.ts";
import { checkCount } from "./range.ts";
import { Tensor } from "./tensor.ts";

/** The options of every function that creates a tensor of random numbers. */
export interface RandomOptions extends TensorOptions {
  /** Source of the random numbers. Default: {@link defaultGenerator}, which `manualSeed` seeds. */
  readonly generator?: Generator | undefined;
}

function randomSignature(op: string) {
  return signature(op, { size: rest(numbers), ...RANDOM_OPTIONS });
}

const RAND = randomSignature("rand");
const RANDN = randomSignature("randn");

/**
 * Random numbers from the uniform distribution on [0, 1), float32 or float64: the numbers of PyTorch for the same seed.
 *
 * @example
 * manualSeed(0);
 * rand(2, 3);
 * // tensor([[0.4963, 0.7682, 0.0885],
 * //         [0.1320, 0.3074, 0.6341]])
 */
export function rand(...args: SizesAndOptions<RandomOptions>): Tensor {
  return uniform("rand", RAND.read(args));
}

/**
 * Random numbers from the standard normal distribution, mean 0 and variance 1, float32 or float64: the numbers of PyTorch
 * for the same seed.
 *
 * @example
 * manualSeed(0);
 * randn(2, 3);
 * // tensor([[ 1.5410, -0.2934, -2.1788],
 * //         [ 0.5684, -1.0845, -1.3986]])
 */
export function randn(...args: SizesAndOptions<RandomOptions>): Tensor {
  return normal("randn", RANDN.read(args));
}

type DrawOptions = ReadTensorOptions & { readonly size: readonly number[]; readonly generator: Generator | null };

function uniform(op: string, given: DrawOptions): Tensor {
  return draw(op, given, (target, generator) => uniformArray(target, 0, 1, generator));
}

function normal(op: string, given: DrawOptions, serial = false): Tensor {
  return draw(op, given, (target, generator) => normalArray(target, 0, 1, generator, serial));
}

function draw(op: string, given: DrawOptions, fill: (target: Target, generator: Generator) => NDArray): Tensor {
  const dtype = given.dtype ?? getDefaultDtype();
  checkSizes(op, given.size);
  if (!isFloat(dtype)) throw new DTypeError(`[${op}] expected a floating point dtype, but got ${dtype}`);
  checkCount(op, given.size, dtype);
  const backend = backendFor(given.device ?? getDefaultDevice());
  const source = given.generator ?? defaultGenerator;
  const drawn = drawTensor(
    op,
    [...given.size],
    (shape) => new Tensor(within(op, () => fill({ backend, dtype, shape }, source))),
  );
  return finish(op, drawn, given);
}

const RANDINT = signature("randint", {
  high: required(anInteger),
  size: required(numbers),
  low: keyword(anInteger, 0),
  ...RANDOM_OPTIONS,
});
const RANDINT_FROM = signature("randint", {
  low: required(anInteger),
  high: required(anInteger),
  size: required(numbers),
  ...RANDOM_OPTIONS,
});

/**
 * Random integers from the uniform distribution on [low, high), with low = 0 by default; int32 unless `dtype` says
 * otherwise. The numbers of PyTorch for the same seed.
 *
 * @throws ValueError if `low` is not below `high`, or if a bound is out of the range of the dtype.
 * @example
 * manualSeed(0);
 * randint(3, 10, [4]); // tensor([7, 6, 3, 5])
 */
export function randint(low: number, high: number, size: readonly number[], options?: RandomOptions): Tensor;
export function randint(
  low: number,
  high: number,
  options: RandomOptions & { readonly size: readonly number[] },
): Tensor;
export function randint(
  ...args: ByName<
    ["high", "size"],
    { readonly high: number; readonly size: readonly number[]; readonly low?: number | undefined } & RandomOptions
  >
): Tensor;
export function randint(high: number, size: readonly number[], options?: RandomOptions): Tensor;
export function randint(...args: readonly unknown[]): Tensor {
  const [, second] = args;
  const hasLow = typeof second === "number" || args.length > 3;
  if (args.length === 1 && typeof args[0] === "number") {
    throw new ValueError("[randint] expected randint(high, shape) or randint(low, high, shape), the shape as an array");
  }
  const { low, high, size, generator, ...given } = hasLow ? RANDINT_FROM.read(args) : RANDINT.read(args);
  checkSizes("randint", size);
  const dtype = given.dtype ?? "int32";
  checkCount("randint", size, dtype);
  if (dtype === "bool" && (low < 0 || high > 2)) {
    throw new ValueError(`[randint] bounds of bools are 0 to 2, but got ${low} and ${high}`);
  }
  const backend = backendFor(given.device ?? getDefaultDevice());
  const source = generator ?? defaultGenerator;
  const integers = drawTensor(
    "randint",
    [...size],
    (shape) => new Tensor(within("randint", () => randintArray({ backend, dtype, shape }, low, high, source))),
  );
  return finish("randint", integers, given);
}

const RANDPERM = signature("randperm", { n: required(anInteger), ...RANDOM_OPTIONS });

/**
 * A random permutation of the integers from 0 to n − 1, int32: the one of PyTorch for the same seed.
 *
 * @example
 * manualSeed(0);
 * randperm(5); // tensor([4, 0, 1, 3, 2])
 */
export function randperm(...args: Args<[n: number], [], { readonly n: number } & RandomOptions>): Tensor {
  const { n, generator, ...given } = RANDPERM.read(args);
  checkCount("randperm", [Math.max(n, 0)], "int32");
  const source = generator ?? defaultGenerator;
  if ((given.dtype ?? "int32") !== "int32") {
    const order = within("randperm", () => permutation(n, source));
    return upload("randperm", order, [n], "int32", given);
  }
  const backend = backendFor(given.device ?? getDefaultDevice());
  const one = (): Tensor => new Tensor(within("randperm", () => permutationArray(backend, n, source)));
  const drawn = drawTensor("randperm", [n], (shape) =>
    shape.length === 1 ? one() : apply(ops.cat, rowsOf(shape, one), 0).view(shape),
  );
  return finish("randperm", drawn, given);
}

/** As many vectors as a shape [..., n] has rows. */
function rowsOf(shape: readonly number[], row: () => Tensor): Tensor[] {
  return Array.from({ length: shape.slice(0, -1).reduce((a, b) => a * b, 1) }, row);
}

function randomLikeSignature(op: string) {
  return signature(op, { input: required(aTensor), ...RANDOM_OPTIONS, memoryFormat: LIKE_OPTIONS.memoryFormat });
}

const RANDINT_LIKE = signature("randintLike", {
  input: required(aTensor),
  high: required(anInteger),
  low: keyword(anInteger, 0),
  ...RANDOM_OPTIONS,
});
const RANDINT_LIKE_FROM = signature("randintLike", {
  input: required(aTensor),
  low: required(anInteger),
  high: required(anInteger),
  ...RANDOM_OPTIONS,
});

/**
 * {@link randint} with the shape, dtype and device of `input`.
 *
 * @example
 * manualSeed(0);
 * randintLike(zeros(4), 3, 10); // tensor([7., 6., 3., 5.])
 */
export function randintLike(input: Tensor, low: number, high: number, options?: RandomOptions): Tensor;
export function randintLike(input: Tensor, high: number, options?: RandomOptions): Tensor;
export function randintLike(...args: readonly unknown[]): Tensor {
  const hasLow = typeof args[2] === "number";
  const { input, low, high, generator, requiresGrad, ...given } = hasLow
    ? RANDINT_LIKE_FROM.read(args)
    : RANDINT_LIKE.read(args);
  const { size, dtype, device } = likeInput({ input, requiresGrad, ...given });
  return randint(low, high, size, { dtype, device, requiresGrad, ...(generator === null ? {} : { generator }) });
}

const RAND_LIKE = randomLikeSignature("randLike");
const RANDN_LIKE = randomLikeSignature("randnLike");

/**
 * {@link rand} with the shape, dtype and device of `input`.
 *
 * @example
 * manualSeed(0);
 * randLike(ones(3)); // tensor([0.4963, 0.7682, 0.0885])
 */
export function randLike(...args: LikeArgs<RandomOptions>): Tensor {
  const { input, ...given } = RAND_LIKE.read(args);
  return drawLike(input, likeInput({ input, ...given }), (options) => uniform("randLike", options));
}

/**
 * {@link randn} with the shape, dtype and device of `input`.
 *
 * @example randnLike(ones(2, 3, { dtype: "float64" })).dtype; // float64
 */
export function randnLike(...args: LikeArgs<RandomOptions>): Tensor {
  const { input, ...given } = RANDN_LIKE.read(args);
  return drawLike(input, likeInput({ input, ...given }), (options, serial) => normal("randnLike", options, serial));
}

/**
 * Draws random numbers in the memory order of `t`, as PyTorch fills a tensor of the same strides; the result is
 * row-major. `serial` says that the two orders differ.
 */
function drawLike(t: Tensor, given: DrawOptions, fill: (given: DrawOptions, serial: boolean) => Tensor): Tensor {
  const order = memoryOrder(t.shape, [t.strides]);
  const serial = order.filter((d) => t.shape[d] !== 1).some((d, i, all) => i > 0 && d < (all[i - 1] as number));
  if (!serial) return fill(given, false);
  const inMemory = fill({ ...given, size: order.map((d) => t.size(d)), requiresGrad: false }, true);
  const result = inMemory.permute(order.map((_, d) => order.indexOf(d))).contiguous();
  return given.requiresGrad === true ? result.requiresGrad_() : result;
}
