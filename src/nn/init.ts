/** @file Initialization of parameters in place, with the numbers that PyTorch draws for the same seed. */
import { systemDecompositions } from "../../kernels/linalg/index.ts";
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
import { floatsFor } from "./init-math.ts";

/** The layers and activations that {@link calculateGain} knows. */
const NONLINEARITIES = [
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

/** A layer or activation that {@link calculateGain} knows, under PyTorch's name. */
export type Nonlinearity = (typeof NONLINEARITIES)[number];

/** Whether the variance is preserved in the forward pass ("fan_in") or in the backward pass ("fan_out"). */
export type FanMode = "fan_in" | "fan_out";

const aNonlinearity = worded(oneOf(...NONLINEARITIES), (_, value) => `Unsupported nonlinearity ${describeBare(value)}`);

const aFanMode = worded(
  oneOf("fan_in", "fan_out"),
  (_, value) => `Mode ${describeBare(value)} not supported, please use one of ['fan_in', 'fan_out']`,
);

/** Options of {@link uniform_}. */
export interface UniformOptions {
  /** Lower bound of the uniform distribution. Default 0. */
  readonly a?: number | undefined;
  /** Upper bound of the uniform distribution. Default 1. */
  readonly b?: number | undefined;
}

/** Options of {@link normal_}. */
export interface NormalOptions {
  /** Mean of the normal distribution. Default 0. */
  readonly mean?: number | undefined;
  /** Standard deviation of the normal distribution. Default 1. */
  readonly std?: number | undefined;
}

/** Options of {@link truncNormal_}. */
export interface TruncNormalOptions {
  /** Mean of the normal distribution. Default 0. */
  readonly mean?: number | undefined;
  /** Standard deviation of the normal distribution. Default 1. */
  readonly std?: number | undefined;
  /** Minimum cutoff value. Default −2. */
  readonly a?: number | undefined;
  /** Maximum cutoff value. Default 2. */
  readonly b?: number | undefined;
}

/** Options of {@link xavierUniform_}, {@link xavierNormal_} and {@link orthogonal_}. */
export interface GainOptions {
  /** Scaling factor. Default 1. */
  readonly gain?: number | undefined;
}

/** Options of {@link kaimingUniform_} and {@link kaimingNormal_}. */
export interface KaimingOptions {
  /** Negative slope of the rectifier that follows, with "leaky_relu". Default 0. */
  readonly a?: number | undefined;
  /**
   * "fan_in" preserves the variance of the weights in the forward pass, "fan_out" in the backward pass. Default
   * "fan_in".
   */
  readonly mode?: FanMode | undefined;
  /** The nonlinearity that follows. Default "leaky_relu". */
  readonly nonlinearity?: Nonlinearity | undefined;
}

/** Options of {@link dirac_}. */
export interface DiracOptions {
  /** Number of groups of the convolution. Default 1. */
  readonly groups?: number | undefined;
}

/** Options of {@link sparse_}. */
export interface SparseOptions {
  /** Fraction of the elements of each column that are zero. */
  readonly sparsity: number;
  /** Standard deviation of the normal distribution of the other elements. Default 0.01. */
  readonly std?: number | undefined;
}

/** The first argument of every function. */
const TENSOR = { tensor: required(aTensor) };

const GAIN = { gain: optional(aNumber, 1) };

const MEAN_AND_STD = { mean: optional(aNumber, 0), std: optional(aNumber, 1) };

const KAIMING = {
  a: optional(aNumber, 0),
  mode: optional(aFanMode, "fan_in"),
  nonlinearity: optional(aNonlinearity, "leaky_relu"),
};

/** The arguments of the functions. */
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
  orthogonal_: signature("orthogonal_", { ...TENSOR, ...GAIN }),
};

/**
 * Recommended gain for a nonlinearity: the factor that keeps the variance of activations, √2 for ReLU.
 *
 * @param param - negative slope of a leaky ReLU. Default 0.01.
 * @throws ValueError for an unknown nonlinearity.
 *
 * @example
 * nn.init.calculateGain("leaky_relu", 0.2); // 1.3867504905630728
 */
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
 * Fan in and fan out of a weight `(out,in,…)`: the product of all sizes but the first, and of all but the second.
 *
 * @throws ShapeError for fewer than two dimensions.
 *
 * @example
 * nn.init.calculateFanInAndFanOut(empty(16, 3, 5, 5)); // [75, 400]
 */
export function calculateFanInAndFanOut(tensor: Tensor): [fanIn: number, fanOut: number];
export function calculateFanInAndFanOut(...given: readonly unknown[]): [fanIn: number, fanOut: number] {
  const { tensor } = SIGNATURES.calculateFanInAndFanOut.read(given);
  const [outputs, inputs, ...kernel] = tensor.shape;
  if (outputs === undefined || inputs === undefined) {
    throw new ShapeError("[init] Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
  }
  const receptiveField = kernel.reduce((product, size) => product * size, 1);
  return [inputs * receptiveField, outputs * receptiveField];
}

/**
 * Fills a tensor with values from the uniform distribution U(a, b), in place.
 *
 * @returns the tensor itself.
 *
 * @example
 * manualSeed(0);
 * nn.init.uniform_(empty(3)); // tensor([0.4963, 0.7682, 0.0885])
 */
export function uniform_<T extends Tensor>(tensor: T, a?: number, b?: number): T;
export function uniform_<T extends Tensor>(tensor: T, a: number | undefined, options: UniformOptions | undefined): T;
export function uniform_<T extends Tensor>(tensor: T, options?: UniformOptions): T;
export function uniform_(...given: readonly unknown[]): Tensor {
  const { tensor, a, b } = SIGNATURES.uniform_.read(given);
  return noGrad(() => tensor.uniform_(a, b));
}

/**
 * Fills a tensor with values from the normal distribution N(mean, std²), in place.
 *
 * @returns the tensor itself.
 *
 * @example
 * manualSeed(0);
 * nn.init.normal_(empty(3)); // tensor([ 1.5410, -0.2934, -2.1788])
 */
export function normal_<T extends Tensor>(tensor: T, mean?: number, std?: number): T;
export function normal_<T extends Tensor>(tensor: T, mean: number | undefined, options: NormalOptions | undefined): T;
export function normal_<T extends Tensor>(tensor: T, options?: NormalOptions): T;
export function normal_(...given: readonly unknown[]): Tensor {
  const { tensor, mean, std } = SIGNATURES.normal_.read(given);
  return noGrad(() => tensor.normal_(mean, std));
}

/**
 * Fills a tensor with values from the normal distribution N(mean, std²) truncated to [a, b], in place, by inversion of
 * the cumulative distribution function. The last digits may differ from PyTorch's, whose inverse error function is
 * computed in float32.
 *
 * @returns the tensor itself.
 *
 * @example
 * manualSeed(0);
 * nn.init.truncNormal_(empty(3), { std: 0.02 }); // tensor([-0.0002,  0.0147, -0.0270])
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
  return noGrad(() => {
    const drawn = arrange(tensor, newFrom(tensor, tensor.dtype, values, tensor.shape));
    return tensor.copy_(
      drawn
        .erfinv()
        .mul(given.std * Math.SQRT2)
        .add(given.mean)
        .clamp(given.a, given.b),
    );
  });
}

/**
 * Fills a tensor with a value, in place.
 *
 * @returns the tensor itself.
 *
 * @example
 * nn.init.constant_(empty(3), 0.3); // tensor([0.3000, 0.3000, 0.3000])
 */
export function constant_<T extends Tensor>(tensor: T, val: number): T;
export function constant_(...given: readonly unknown[]): Tensor {
  const { tensor, val } = SIGNATURES.constant_.read(given);
  return noGrad(() => tensor.fill_(val));
}

/**
 * Fills a tensor with ones, in place.
 *
 * @returns the tensor itself.
 *
 * @example
 * nn.init.ones_(empty(3)); // tensor([1., 1., 1.])
 */
export function ones_<T extends Tensor>(tensor: T): T;
export function ones_(...given: readonly unknown[]): Tensor {
  return constant_(SIGNATURES.ones_.read(given).tensor, 1);
}

/**
 * Fills a tensor with zeros, in place.
 *
 * @returns the tensor itself.
 *
 * @example
 * nn.init.zeros_(empty(3)); // tensor([0., 0., 0.])
 */
export function zeros_<T extends Tensor>(tensor: T): T;
export function zeros_(...given: readonly unknown[]): Tensor {
  return constant_(SIGNATURES.zeros_.read(given).tensor, 0);
}

/**
 * Fills a matrix with the identity matrix, in place.
 *
 * @returns the tensor itself.
 * @throws ShapeError unless there are two dimensions.
 *
 * @example
 * nn.init.eye_(empty(2, 3));
 * // tensor([[1., 0., 0.],
 * //         [0., 1., 0.]])
 */
export function eye_<T extends Tensor>(tensor: T): T;
export function eye_(...given: readonly unknown[]): Tensor {
  const { tensor } = SIGNATURES.eye_.read(given);
  const [rows, columns] = tensor.shape;
  if (rows === undefined || columns === undefined || tensor.ndim > 2) {
    throw new ShapeError("[eye_] Only tensors with 2 dimensions are supported");
  }
  return noGrad(() => tensor.copy_(eye(rows, columns, { dtype: tensor.dtype, device: tensor.device })));
}

/**
 * Fills the weight `(out,in,…)` of a convolution with the Dirac delta function, in place: the convolution then
 * preserves as many input channels as possible, in each group.
 *
 * @returns the tensor itself.
 * @throws ShapeError unless there are 3 to 5 dimensions, the first divisible by `groups`.
 *
 * @example
 * nn.init.dirac_(empty(1, 1, 3)); // tensor([[[0., 1., 0.]]])
 */
export function dirac_<T extends Tensor>(tensor: T, groups?: number): T;
export function dirac_<T extends Tensor>(tensor: T, options?: DiracOptions): T;
export function dirac_(...given: readonly unknown[]): Tensor {
  const { tensor, groups } = SIGNATURES.dirac_.read(given);
  const [outputs, inputs, ...kernel] = tensor.shape;
  if (outputs === undefined || inputs === undefined || kernel.length < 1 || kernel.length > 3) {
    throw new ShapeError("[dirac_] Only tensors with 3, 4, or 5 dimensions are supported");
  }
  if (outputs % groups !== 0) {
    throw new ShapeError(`[dirac_] dim 0 must be divisible by groups, got ${outputs}, ${groups}`);
  }
  const values = floatsFor("dirac_", tensor, tensor.numel());
  const kernelSize = kernel.reduce((product, size) => product * size, 1);
  const center = kernel.reduce((position, size) => position * size + Math.floor(size / 2), 0);
  const groupSize = outputs / groups;
  for (let output = 0; output < outputs; output++) {
    const input = output % groupSize;
    if (input < inputs && kernelSize > 0) values[(output * inputs + input) * kernelSize + center] = 1;
  }
  return noGrad(() => tensor.copy_(newFrom(tensor, tensor.dtype, values, tensor.shape)));
}

function xavierStd(tensor: Tensor, gain: number): number {
  const [fanIn, fanOut] = calculateFanInAndFanOut(tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Xavier (Glorot) initialization: values from U(−a, a) with a = gain·√(6 / (fanIn + fanOut)), in place. Glorot and
 * Bengio, 2010.
 *
 * @returns the tensor itself.
 * @throws ShapeError for fewer than two dimensions.
 *
 * @example
 * manualSeed(0);
 * nn.init.xavierUniform_(empty(1, 3)); // tensor([[-0.0092,  0.6570, -1.0080]])
 */
export function xavierUniform_<T extends Tensor>(tensor: T, gain?: number): T;
export function xavierUniform_<T extends Tensor>(tensor: T, options?: GainOptions): T;
export function xavierUniform_(...given: readonly unknown[]): Tensor {
  const { tensor, gain } = SIGNATURES.xavierUniform_.read(given);
  const bound = Math.sqrt(3) * xavierStd(tensor, gain);
  return uniform_(tensor, -bound, bound);
}

/**
 * Xavier (Glorot) initialization: values from N(0, std²) with std = gain·√(2 / (fanIn + fanOut)), in place. Glorot and
 * Bengio, 2010.
 *
 * @returns the tensor itself.
 * @throws ShapeError for fewer than two dimensions.
 *
 * @example
 * manualSeed(0);
 * nn.init.xavierNormal_(empty(1, 3)); // tensor([[ 1.0896, -0.2075, -1.5406]])
 */
export function xavierNormal_<T extends Tensor>(tensor: T, gain?: number): T;
export function xavierNormal_<T extends Tensor>(tensor: T, options?: GainOptions): T;
export function xavierNormal_(...given: readonly unknown[]): Tensor {
  const { tensor, gain } = SIGNATURES.xavierNormal_.read(given);
  return normal_(tensor, 0, xavierStd(tensor, gain));
}

/** Standard deviation, or null for a tensor without elements, which stays as it is. */
function kaimingStd(given: Arguments<typeof TENSOR & typeof KAIMING>): number | null {
  const { tensor, a, mode, nonlinearity } = given;
  if (tensor.shape.includes(0)) return null;
  const [fanIn, fanOut] = calculateFanInAndFanOut(tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut);
}

/**
 * Kaiming (He) initialization: values from U(−bound, bound) with bound = gain·√(3 / fan), in place. He et al., 2015.
 *
 * @returns the tensor itself.
 * @throws ShapeError for fewer than two dimensions.
 *
 * @example
 * manualSeed(0);
 * nn.init.kaimingUniform_(empty(1, 3), { nonlinearity: "relu" }); // tensor([[-0.0106,  0.7586, -1.1640]])
 */
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

/**
 * Kaiming (He) initialization: values from N(0, std²) with std = gain / √fan, in place. He et al., 2015.
 *
 * @returns the tensor itself.
 * @throws ShapeError for fewer than two dimensions.
 *
 * @example
 * manualSeed(0);
 * nn.init.kaimingNormal_(empty(1, 3), { nonlinearity: "relu" }); // tensor([[ 1.2582, -0.2396, -1.7790]])
 */
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

/**
 * Fills a tensor with a (semi-)orthogonal matrix, in place: orthonormal rows or columns, whichever are fewer, times
 * `gain`. Dimensions after the first are flattened. Saxe et al., 2013.
 *
 * @returns the tensor itself.
 * @throws ShapeError for fewer than two dimensions.
 *
 * @example
 * const w = nn.init.orthogonal_(empty(2, 3));
 * expect(w.matmul(w.t()).allclose(eye(2), { atol: 1e-6 })).toBe(true);
 */
export function orthogonal_<T extends Tensor>(tensor: T, gain?: number): T;
export function orthogonal_<T extends Tensor>(tensor: T, options?: GainOptions): T;
export function orthogonal_(...given: readonly unknown[]): Tensor {
  const { tensor, gain } = SIGNATURES.orthogonal_.read(given);
  const rows = tensor.shape[0] ?? 0;
  if (tensor.ndim < 2) throw new ShapeError("[orthogonal_] Only tensors with 2 or more dimensions are supported");
  if (tensor.numel() === 0) return tensor;
  const columns = tensor.numel() / rows;
  const drawn = floatsFor("orthogonal_", tensor, tensor.numel());
  fillNormal(drawn);
  // Rows of the taller of the matrix and its transpose.
  const [height, width] = [Math.max(rows, columns), Math.min(rows, columns)];
  const [down, across] = rows >= columns ? [columns, 1] : [1, columns];
  const tall = new Float64Array(height * width);
  for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) tall[i * width + j] = drawn[i * down + j * across]!;
  const { q, r } = systemDecompositions().qr(tall, height, width, false);
  for (let j = 0; j < width; j++) {
    // The decomposition whose R has a positive diagonal.
    const factor = r[j * width + j]! < 0 ? -gain : gain;
    for (let i = 0; i < height; i++) drawn[i * down + j * across] = factor * q[i * width + j]!;
  }
  return noGrad(() => tensor.copy_(newFrom(tensor, tensor.dtype, drawn, tensor.shape)));
}

/**
 * Fills a matrix as a sparse one, in place: in each column a fraction of the elements is zero, the others are from
 * N(0, std²). Martens, 2010.
 *
 * @returns the tensor itself.
 * @throws ShapeError unless there are two dimensions; ValueError for a sparsity outside [0, 1].
 *
 * @example
 * nn.init.sparse_(empty(10, 4), 0.3).eq(0).sum(0); // tensor([3, 3, 3, 3])
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

// PyTorch's names from before version 0.4, which it still has.
export {
  constant_ as constant,
  dirac_ as dirac,
  eye_ as eye,
  kaimingNormal_ as kaimingNormal,
  kaimingUniform_ as kaimingUniform,
  normal_ as normal,
  orthogonal_ as orthogonal,
  sparse_ as sparse,
  uniform_ as uniform,
  xavierNormal_ as xavierNormal,
  xavierUniform_ as xavierUniform,
};
