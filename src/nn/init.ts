/** @file The namespace `nn.init`: initial values, with the numbers that PyTorch draws for the seed. */

import { erf } from "../../kernels/reference/special.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { type Arguments, optional, required, signature, type ThenOptions } from "../core/arguments.ts";
import { describeBare } from "../core/describe.ts";
import { aNumber, aTensor, nullable, oneOf, worded } from "../core/kinds.ts";
import { ShapeError } from "../tensor/errors.ts";
import { arrange } from "../tensor/random/memory-order.ts";
import { fillUniform } from "../tensor/random/uniform.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { erfinv, floatsFor } from "./init-math.ts";
import type { GainOptions } from "./init-patterns.ts";

export {
  type DiracOptions,
  dirac_,
  eye_,
  type GainOptions,
  orthogonal_,
  type SparseOptions,
  sparse_,
} from "./init-patterns.ts";

const NAMES = [
  "linear",
  "conv1d",
  "conv2d",
  "conv3d",
  "conv_transpose1d",
  "conv_transpose2d",
  "conv_transpose3d",
  "sigmoid",
  "tanh",
  "relu",
  "leaky_relu",
  "selu",
] as const;

/** Activations that {@link calculateGain} knows, under PyTorch's names. */
export type Nonlinearity = (typeof NAMES)[number];

/** Which side of a layer keeps its variance: the forward pass or the gradients. */
export type FanMode = "fan_in" | "fan_out";

export interface KaimingOptions {
  /** Negative slope of the leaky ReLU that follows. Default 0. */
  readonly a?: number | undefined;
  /** Default "fan_in". */
  readonly mode?: FanMode | undefined;
  /** Default "leaky_relu". */
  readonly nonlinearity?: Nonlinearity | undefined;
}

const aNonlinearity = worded(oneOf(...NAMES), (_, value) => `Unsupported nonlinearity ${describeBare(value)}`);
const aFanMode = worded(
  oneOf("fan_in", "fan_out"),
  (_, value) => `Mode ${describeBare(value)} not supported, please use one of ['fan_in', 'fan_out']`,
);

const TENSOR = { tensor: required(aTensor) };
const GAIN = { gain: optional(aNumber, 1) };
const MEAN_AND_STD = { mean: optional(aNumber, 0), std: optional(aNumber, 1) };
const KAIMING = {
  a: optional(aNumber, 0),
  mode: optional(aFanMode, "fan_in"),
  nonlinearity: optional(aNonlinearity, "leaky_relu"),
};
const SIGNATURES = {
  calculateGain: signature("calculateGain", {
    nonlinearity: required(aNonlinearity),
    param: optional(
      nullable(worded(aNumber, (_, value) => `negative_slope ${describeBare(value)} not a valid number`)),
      null,
    ),
  }),
  calculateFanInAndFanOut: signature("calculateFanInAndFanOut", TENSOR),
  uniform_: signature("uniform_", { ...TENSOR, a: optional(aNumber, 0), b: optional(aNumber, 1) }),
  normal_: signature("normal_", { ...TENSOR, ...MEAN_AND_STD }),
  constant_: signature("constant_", { ...TENSOR, val: required(aNumber) }),
  ones_: signature("ones_", TENSOR),
  zeros_: signature("zeros_", TENSOR),
  xavierUniform_: signature("xavierUniform_", { ...TENSOR, ...GAIN }),
  xavierNormal_: signature("xavierNormal_", { ...TENSOR, ...GAIN }),
  kaimingUniform_: signature("kaimingUniform_", { ...TENSOR, ...KAIMING }),
  kaimingNormal_: signature("kaimingNormal_", { ...TENSOR, ...KAIMING }),
  truncNormal_: signature("truncNormal_", {
    ...TENSOR,
    ...MEAN_AND_STD,
    a: optional(aNumber, -2),
    b: optional(aNumber, 2),
  }),
};

/** Factor by which the standard deviation of weights before an activation should be larger. */
export function calculateGain(nonlinearity: Nonlinearity, param?: number | null): number;
export function calculateGain(...given: readonly unknown[]): number {
  const { nonlinearity, param } = SIGNATURES.calculateGain.read(given);
  switch (nonlinearity) {
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.sqrt(2);
    case "leaky_relu":
      return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
    case "selu":
      return 3 / 4;
    default:
      return 1;
  }
}

/**
 * How many inputs an output has, and how many outputs an input has: for a weight [out, in, …] the product of all sizes
 * but the first, and of all but the second.
 *
 * @throws ShapeError for fewer than two dimensions.
 */
export function calculateFanInAndFanOut(tensor: Tensor): [fanIn: number, fanOut: number];
export function calculateFanInAndFanOut(...given: readonly unknown[]): [fanIn: number, fanOut: number] {
  const { tensor } = SIGNATURES.calculateFanInAndFanOut.read(given);
  const [outputs, inputs, ...kernel] = tensor.shape;
  if (outputs === undefined || inputs === undefined) {
    throw new ShapeError("[init] Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
  }
  const field = kernel.reduce((product, size) => product * size, 1);
  return [inputs * field, outputs * field];
}

export interface UniformOptions {
  /** Default 0. */
  readonly a?: number | undefined;
  /** Default 1. */
  readonly b?: number | undefined;
}

/** Uniform numbers of [a, b). */
export function uniform_<T extends Tensor>(tensor: T, a?: number, b?: number): T;
export function uniform_<T extends Tensor>(tensor: T, ...rest: ThenOptions<[a: number], UniformOptions>): T;
export function uniform_(...given: readonly unknown[]): Tensor {
  const { tensor, a, b } = SIGNATURES.uniform_.read(given);
  return noGrad(() => tensor.uniform_(a, b));
}

export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number | undefined;
  /** Default 1. */
  readonly std?: number | undefined;
}

/** Normally distributed numbers. */
export function normal_<T extends Tensor>(tensor: T, mean?: number, std?: number): T;
export function normal_<T extends Tensor>(tensor: T, ...rest: ThenOptions<[mean: number], NormalOptions>): T;
export function normal_(...given: readonly unknown[]): Tensor {
  const { tensor, mean, std } = SIGNATURES.normal_.read(given);
  return noGrad(() => tensor.normal_(mean, std));
}

/** One value everywhere. */
export function constant_<T extends Tensor>(tensor: T, val: number): T;
export function constant_(...given: readonly unknown[]): Tensor {
  const { tensor, val } = SIGNATURES.constant_.read(given);
  return noGrad(() => tensor.fill_(val));
}

/** Ones everywhere. */
export function ones_<T extends Tensor>(tensor: T): T;
export function ones_(...given: readonly unknown[]): Tensor {
  return constant_(SIGNATURES.ones_.read(given).tensor, 1);
}

/** Zeros everywhere. */
export function zeros_<T extends Tensor>(tensor: T): T;
export function zeros_(...given: readonly unknown[]): Tensor {
  return constant_(SIGNATURES.zeros_.read(given).tensor, 0);
}

function xavierStd(tensor: Tensor, gain: number): number {
  const [fanIn, fanOut] = calculateFanInAndFanOut(tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** Glorot's initialisation: uniform over ±gain·√(6 / (fanIn + fanOut)). */
export function xavierUniform_<T extends Tensor>(tensor: T, gain?: number): T;
export function xavierUniform_<T extends Tensor>(tensor: T, options?: GainOptions): T;
export function xavierUniform_(...given: readonly unknown[]): Tensor {
  const { tensor, gain } = SIGNATURES.xavierUniform_.read(given);
  const bound = Math.sqrt(3) * xavierStd(tensor, gain);
  return uniform_(tensor, -bound, bound);
}

/** Glorot's initialisation: normal with the standard deviation gain·√(2 / (fanIn + fanOut)). */
export function xavierNormal_<T extends Tensor>(tensor: T, gain?: number): T;
export function xavierNormal_<T extends Tensor>(tensor: T, options?: GainOptions): T;
export function xavierNormal_(...given: readonly unknown[]): Tensor {
  const { tensor, gain } = SIGNATURES.xavierNormal_.read(given);
  return normal_(tensor, 0, xavierStd(tensor, gain));
}

/** Standard deviation, or null for a tensor without elements, which PyTorch leaves alone. */
function kaimingStd(given: Arguments<typeof TENSOR & typeof KAIMING>): number | null {
  const { tensor, a, mode, nonlinearity } = given;
  if (tensor.shape.includes(0)) return null;
  const [fanIn, fanOut] = calculateFanInAndFanOut(tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut);
}

/** He's initialisation: uniform over ±gain·√(3 / fan). */
export function kaimingUniform_<T extends Tensor>(
  tensor: T,
  a?: number,
  mode?: FanMode,
  nonlinearity?: Nonlinearity,
): T;
export function kaimingUniform_<T extends Tensor>(
  tensor: T,
  ...rest: ThenOptions<[a: number, mode: FanMode], KaimingOptions>
): T;
export function kaimingUniform_(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.kaimingUniform_.read(args);
  const std = kaimingStd(given);
  if (std === null) return given.tensor;
  const bound = Math.sqrt(3) * std;
  return uniform_(given.tensor, -bound, bound);
}

/** He's initialisation: normal with the standard deviation gain / √fan. */
export function kaimingNormal_<T extends Tensor>(tensor: T, a?: number, mode?: FanMode, nonlinearity?: Nonlinearity): T;
export function kaimingNormal_<T extends Tensor>(
  tensor: T,
  ...rest: ThenOptions<[a: number, mode: FanMode], KaimingOptions>
): T;
export function kaimingNormal_(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.kaimingNormal_.read(args);
  const std = kaimingStd(given);
  return std === null ? given.tensor : normal_(given.tensor, 0, std);
}

export interface TruncNormalOptions {
  /** Default 0. */
  readonly mean?: number | undefined;
  /** Default 1. */
  readonly std?: number | undefined;
  /** Smallest value. Default −2. */
  readonly a?: number | undefined;
  /** Largest value. Default 2. */
  readonly b?: number | undefined;
}

/**
 * Normally distributed numbers of [a, b], by the inverse of the distribution function. The draws are PyTorch's; the
 * last digits may differ, as its inverse error function works in float32.
 */
export function truncNormal_<T extends Tensor>(tensor: T, mean?: number, std?: number, a?: number, b?: number): T;
export function truncNormal_<T extends Tensor>(
  tensor: T,
  ...rest: ThenOptions<[mean: number, std: number, a: number], TruncNormalOptions>
): T;
export function truncNormal_(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.truncNormal_.read(args);
  const { tensor } = given;
  const cdf = (x: number): number => (1 + erf((x - given.mean) / given.std / Math.SQRT2)) / 2;
  const values = floatsFor("truncNormal_", tensor, tensor.numel());
  fillUniform(values, 2 * cdf(given.a) - 1, 2 * cdf(given.b) - 1);
  for (let i = 0; i < values.length; i++) {
    const x = erfinv(values[i]!) * given.std * Math.SQRT2 + given.mean;
    values[i] = Math.min(Math.max(x, given.a), given.b);
  }
  return noGrad(() => tensor.copy_(arrange(tensor, values)));
}
