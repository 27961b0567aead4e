/** @file The namespace `nn.init`: initial values, with the numbers that PyTorch draws for the seed. */
import { erf } from "../../kernels/reference/special.ts";
import { noGrad } from "../autograd/mode.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { readArguments } from "../tensor/options.ts";
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

/** Activations that {@link calculateGain} knows, under PyTorch's names. */
export type Nonlinearity =
  | "linear"
  | "conv1d"
  | "conv2d"
  | "conv3d"
  | "conv_transpose1d"
  | "conv_transpose2d"
  | "conv_transpose3d"
  | "sigmoid"
  | "tanh"
  | "relu"
  | "leaky_relu"
  | "selu";

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

/** Factor by which the standard deviation of weights before an activation should be larger. */
export function calculateGain(nonlinearity: Nonlinearity, param?: number | null): number {
  switch (nonlinearity) {
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.sqrt(2);
    case "leaky_relu": {
      const slope: unknown = param ?? 0.01;
      if (typeof slope !== "number") throw new ValueError(`[calculateGain] negative_slope ${slope} not a valid number`);
      return Math.sqrt(2 / (1 + slope ** 2));
    }
    case "selu":
      return 3 / 4;
    default:
      if (/^(linear|sigmoid|conv(_transpose)?[123]d)$/.test(nonlinearity)) return 1;
      throw new ValueError(`[calculateGain] Unsupported nonlinearity ${nonlinearity}`);
  }
}

/**
 * How many inputs an output has, and how many outputs an input has: for a weight [out, in, …] the product of all sizes
 * but the first, and of all but the second.
 *
 * @throws ShapeError for fewer than two dimensions.
 */
export function calculateFanInAndFanOut(tensor: Tensor): [fanIn: number, fanOut: number] {
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
export function uniform_<T extends Tensor>(
  tensor: T,
  a?: number | UniformOptions,
  b?: number | Pick<UniformOptions, "b">,
): T {
  const range = readArguments("uniform_", { a: 0, b: 1 }, [a, b]);
  return noGrad(() => tensor.uniform_(range.a, range.b));
}

export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number | undefined;
  /** Default 1. */
  readonly std?: number | undefined;
}

/** Normally distributed numbers. */
export function normal_<T extends Tensor>(
  tensor: T,
  mean?: number | NormalOptions,
  std?: number | Pick<NormalOptions, "std">,
): T {
  const given = readArguments("normal_", { mean: 0, std: 1 }, [mean, std]);
  return noGrad(() => tensor.normal_(given.mean, given.std));
}

/** One value everywhere. */
export function constant_<T extends Tensor>(tensor: T, value: number): T {
  return noGrad(() => tensor.fill_(value));
}

export function ones_<T extends Tensor>(tensor: T): T {
  return constant_(tensor, 1);
}

export function zeros_<T extends Tensor>(tensor: T): T {
  return constant_(tensor, 0);
}

function xavierStd(op: string, tensor: Tensor, gain: number | GainOptions | undefined): number {
  const [fanIn, fanOut] = calculateFanInAndFanOut(tensor);
  return readArguments(op, { gain: 1 }, [gain]).gain * Math.sqrt(2 / (fanIn + fanOut));
}

/** Glorot's initialisation: uniform over ±gain·√(6 / (fanIn + fanOut)). */
export function xavierUniform_<T extends Tensor>(tensor: T, gain?: number | GainOptions): T {
  const bound = Math.sqrt(3) * xavierStd("xavierUniform_", tensor, gain);
  return uniform_(tensor, -bound, bound);
}

/** Glorot's initialisation: normal with the standard deviation gain·√(2 / (fanIn + fanOut)). */
export function xavierNormal_<T extends Tensor>(tensor: T, gain?: number | GainOptions): T {
  return normal_(tensor, 0, xavierStd("xavierNormal_", tensor, gain));
}

/** Standard deviation, or null for a tensor without elements, which PyTorch leaves alone. */
function kaimingStd(op: string, tensor: Tensor, given: readonly unknown[]): number | null {
  const defaults = { a: 0, mode: "fan_in" as FanMode, nonlinearity: "leaky_relu" as Nonlinearity };
  const { a, mode, nonlinearity } = readArguments(op, defaults, given);
  if (tensor.shape.includes(0)) return null;
  if (mode !== "fan_in" && mode !== "fan_out") {
    throw new ValueError(`[${op}] Mode ${mode} not supported, please use one of ['fan_in', 'fan_out']`);
  }
  const [fanIn, fanOut] = calculateFanInAndFanOut(tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut);
}

/** He's initialisation: uniform over ±gain·√(3 / fan). */
export function kaimingUniform_<T extends Tensor>(
  tensor: T,
  a?: number | KaimingOptions,
  mode?: FanMode | KaimingOptions,
  nonlinearity?: Nonlinearity,
): T {
  const std = kaimingStd("kaimingUniform_", tensor, [a, mode, nonlinearity]);
  if (std === null) return tensor;
  const bound = Math.sqrt(3) * std;
  return uniform_(tensor, -bound, bound);
}

/** He's initialisation: normal with the standard deviation gain / √fan. */
export function kaimingNormal_<T extends Tensor>(
  tensor: T,
  a?: number | KaimingOptions,
  mode?: FanMode | KaimingOptions,
  nonlinearity?: Nonlinearity,
): T {
  const std = kaimingStd("kaimingNormal_", tensor, [a, mode, nonlinearity]);
  return std === null ? tensor : normal_(tensor, 0, std);
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
export function truncNormal_<T extends Tensor>(
  tensor: T,
  mean?: number | TruncNormalOptions,
  std?: number | TruncNormalOptions,
  a?: number | TruncNormalOptions,
  b?: number,
): T {
  const given = readArguments("truncNormal_", { mean: 0, std: 1, a: -2, b: 2 }, [mean, std, a, b]);
  const cdf = (x: number): number => (1 + erf((x - given.mean) / given.std / Math.SQRT2)) / 2;
  const values = floatsFor("truncNormal_", tensor, tensor.numel());
  fillUniform(values, 2 * cdf(given.a) - 1, 2 * cdf(given.b) - 1);
  for (let i = 0; i < values.length; i++) {
    const x = erfinv(values[i]!) * given.std * Math.SQRT2 + given.mean;
    values[i] = Math.min(Math.max(x, given.a), given.b);
  }
  return noGrad(() => tensor.copy_(arrange(tensor, values)));
}
