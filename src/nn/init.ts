/** @file Initialization of parameters in place, with the numbers that PyTorch draws for the same seed. */
import { erf } from "../../kernels/reference/special.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { type Arguments, optional, required, type SomeThenOptions, signature } from "../core/arguments.ts";
import { describeBare } from "../core/describe.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aNumber, aTensor, nullable, oneOf, worded } from "../core/kinds.ts";
import { eye } from "../tensor/create.ts";
import { newFrom } from "../tensor/like.ts";
import { randperm } from "../tensor/random/integers.ts";
import { arrange } from "../tensor/random/memory-order.ts";
import { fillNormal } from "../tensor/random/normal.ts";
import { fillUniform } from "../tensor/random/uniform.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { aPositiveCount } from "./functional/validate.ts";
import { erfinv, floatsFor, orthonormalColumns } from "./init-math.ts";

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
export function uniform_<T extends Tensor>(tensor: T, a: number | undefined, options: UniformOptions | undefined): T;
export function uniform_<T extends Tensor>(tensor: T, options?: UniformOptions): T;
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
export function normal_<T extends Tensor>(tensor: T, mean: number | undefined, options: NormalOptions | undefined): T;
export function normal_<T extends Tensor>(tensor: T, options?: NormalOptions): T;
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
  ...rest: SomeThenOptions<[a: number, mode: FanMode], KaimingOptions>
): T;
export function kaimingUniform_<T extends Tensor>(tensor: T, options?: KaimingOptions): T;
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
  ...rest: SomeThenOptions<[a: number, mode: FanMode], KaimingOptions>
): T;
export function kaimingNormal_<T extends Tensor>(tensor: T, options?: KaimingOptions): T;
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
  ...rest: SomeThenOptions<[mean: number, std: number, a: number], TruncNormalOptions>
): T;
export function truncNormal_<T extends Tensor>(tensor: T, options?: TruncNormalOptions): T;
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
  eye_: signature("eye_", TENSOR),
  dirac_: signature("dirac_", { ...TENSOR, groups: optional(aPositiveCount, 1) }),
  sparse_: signature("sparse_", { ...TENSOR, sparsity: required(aNumber), std: optional(aNumber, 0.01) }),
  orthogonal_: signature("orthogonal_", { ...TENSOR, gain: optional(aNumber, 1) }),
};

export interface GainOptions {
  /** Factor of the standard deviation. Default 1. */
  readonly gain?: number | undefined;
}

/** Ones on the diagonal of a matrix. @throws ShapeError unless there are two dimensions. */
export function eye_<T extends Tensor>(tensor: T): T;
export function eye_(...given: readonly unknown[]): Tensor {
  const { tensor } = SIGNATURES.eye_.read(given);
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.ndim > 2) {
    throw new ShapeError("[eye_] Only tensors with 2 dimensions are supported");
  }
  return noGrad(() => tensor.copy_(eye(rows, columns, { dtype: tensor.dtype, device: tensor.device })));
}

export interface DiracOptions {
  /** Into how many groups the output channels are divided, each of which gets the inputs anew. Default 1. */
  readonly groups?: number | undefined;
}

/**
 * The weight [out, in, …] of a convolution that passes its input channels on, as many as there is room for.
 *
 * @throws ShapeError unless there are 3 to 5 dimensions, or if the groups do not divide the first.
 */
export function dirac_<T extends Tensor>(tensor: T, groups?: number): T;
export function dirac_<T extends Tensor>(tensor: T, options?: DiracOptions): T;
export function dirac_(...given: readonly unknown[]): Tensor {
  const { tensor, groups: count } = SIGNATURES.dirac_.read(given);
  const [outputs, inputs, ...kernel] = tensor.shape;
  if (outputs === undefined || inputs === undefined || kernel.length < 1 || kernel.length > 3) {
    throw new ShapeError("[dirac_] Only tensors with 3, 4, or 5 dimensions are supported");
  }
  if (outputs % count !== 0)
    throw new ShapeError(`[dirac_] dim 0 must be divisible by groups, got ${outputs}, ${count}`);
  const values = floatsFor("dirac_", tensor, tensor.numel());
  const field = kernel.reduce((product, size) => product * size, 1);
  const middle = kernel.reduce((position, size) => position * size + Math.floor(size / 2), 0);
  const share = outputs / count;
  for (let output = 0; output < outputs; output++) {
    const input = output % share;
    if (input < inputs && field > 0) values[(output * inputs + input) * field + middle] = 1;
  }
  return noGrad(() => tensor.copy_(newFrom(tensor, tensor.dtype, values, tensor.shape)));
}

export interface SparseOptions {
  /** Share of each column that is zero. */
  readonly sparsity: number;
  /** Standard deviation of the other numbers. Default 0.01. */
  readonly std?: number | undefined;
}

/**
 * A matrix of normally distributed numbers, in each column of which a share is zero.
 *
 * @throws ShapeError unless there are two dimensions; ValueError for a share that is none.
 */
export function sparse_<T extends Tensor>(tensor: T, sparsity: number, std?: number): T;
export function sparse_<T extends Tensor>(tensor: T, sparsity: number, options?: Omit<SparseOptions, "sparsity">): T;
export function sparse_<T extends Tensor>(tensor: T, options: SparseOptions): T;
export function sparse_(...args: readonly unknown[]): Tensor {
  const given = SIGNATURES.sparse_.read(args);
  const { tensor } = given;
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.ndim !== 2) {
    throw new ShapeError("[sparse_] Only tensors with 2 dimensions are supported");
  }
  if (!(given.sparsity >= 0 && given.sparsity <= 1)) {
    throw new ValueError(`[sparse_] sparsity must be between 0 and 1, but got ${given.sparsity}`);
  }
  const zeros = Math.ceil(given.sparsity * rows);
  noGrad(() => tensor.normal_(0, given.std));
  const values = floatsFor("sparse_", tensor, tensor.numel());
  values.set(tensor.detach().dataSync());
  for (let column = 0; column < columns; column++) {
    for (const row of randperm(rows).subarray(0, zeros)) values[row * columns + column] = 0;
  }
  return noGrad(() => tensor.copy_(newFrom(tensor, tensor.dtype, values, tensor.shape)));
}

/**
 * A matrix with orthonormal rows or columns, whichever are fewer, times `gain`. Further dimensions count as columns.
 *
 * @throws ShapeError for fewer than two dimensions.
 */
export function orthogonal_<T extends Tensor>(tensor: T, gain?: number): T;
export function orthogonal_<T extends Tensor>(tensor: T, options?: GainOptions): T;
export function orthogonal_(...given: readonly unknown[]): Tensor {
  const { tensor, gain: factor } = SIGNATURES.orthogonal_.read(given);
  const rows = tensor.shape[0] ?? 0;
  if (tensor.ndim < 2) throw new ShapeError("[orthogonal_] Only tensors with 2 or more dimensions are supported");
  if (tensor.numel() === 0) return tensor;
  const columns = tensor.numel() / rows;
  const drawn = floatsFor("orthogonal_", tensor, tensor.numel());
  fillNormal(drawn);
  // Columns of the taller of the matrix and its transpose.
  const [height, width] = [Math.max(rows, columns), Math.min(rows, columns)];
  const [down, across] = rows >= columns ? [columns, 1] : [1, columns];
  const tall = Array.from({ length: width }, (_, j) =>
    Float64Array.from({ length: height }, (_, i) => drawn[i * down + j * across]!),
  );
  for (const [j, column] of orthonormalColumns(tall).entries()) {
    for (let i = 0; i < height; i++) drawn[i * down + j * across] = factor * column[i]!;
  }
  return noGrad(() => tensor.copy_(newFrom(tensor, tensor.dtype, drawn, tensor.shape)));
}
