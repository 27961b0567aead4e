/** @file In-place operations, with PyTorch's rules for leaves and views. */

import { dense, sameShape, sizeOf } from "../../../kernels/layout.ts";
import { applyInPlace, checkInPlace, checkInPlaceShape } from "../../autograd/apply.ts";
import { batchOf } from "../../autograd/batching.ts";
import { isGradEnabled, noGrad } from "../../autograd/grad-mode.ts";
import { viewBaseOf } from "../../autograd/tape-state.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat, newTypedArray } from "../../core/dtype.ts";
import { DTypeError, ShapeError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aBoolean, aNumber, anOperand, aScalar, aString, aTensor, either } from "../../core/kinds.ts";
import { bracketed, broadcastShapes } from "../../core/shape.ts";
import { within } from "../../core/wrap-errors.ts";
import { ops } from "../ops/index.ts";
import { memoryOrder } from "../ops/memory-order.ts";
import { bernoulliArray, normalArray, type Target, uniformArray } from "../random/draw.ts";
import { aGenerator, defaultGenerator } from "../random/generator.ts";
import { type Draw, drawLike } from "../random/memory-order.ts";
import { fillBernoulli } from "../random/uniform.ts";
import { stored } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { arithmeticInPlace, checkInPlaceDType, type Operand, operands, resultType } from "../type-promotion.ts";
import { type DrawOptions, isTensorAndOperand, type UnaryFunction, unary } from "./arguments.ts";
import { type AddArgs, checkDifference, type DivArgs, type PowArgs, power, quotient, scaleOf } from "./arithmetic.ts";
import { cast } from "./convert.ts";
import { CLAMP, type ClampArgs, readClamp } from "./elementwise.ts";
import { withGradFnName } from "./grad-fn-name.ts";

/**
 * Writes f of the elements back to them. The graph node gets the name of f's. `others` are what f reads besides: where
 * nothing is recorded, it reads the elements where they are.
 */
export function writeBack(
  op: string,
  x: Tensor,
  f: (old: Tensor) => Tensor,
  others: readonly unknown[] | null = null,
): Tensor {
  const isRecorded =
    isGradEnabled() && (others === null || [x, ...others].some((other) => isTensor(other) && other.requiresGrad));
  const result = f(isRecorded ? x.clone() : x);
  checkInPlaceShape(op, x, result.shape);
  checkInPlaceDType(op, x, result.dtype);
  applyInPlace(ops.copy_, op, x, [cast(result, x.dtype)], null);
  const name = result.gradFn?.name;
  if (name !== undefined && viewBaseOf(x) === null) withGradFnName(name, x);
  return x;
}

function alphaInPlace(op: string) {
  return signature(op, { input: required(aTensor), other: required(anOperand), alpha: keyword(aNumber, 1) });
}

function addScaledInPlace(op: "add" | "sub", self: Tensor, other: Operand, alpha: number): Tensor {
  const name = `${op}_`;
  const [, b] = operands(name, self, other);
  const dtype = resultType(self, b);
  checkInPlaceDType(name, self, dtype);
  const scale = scaleOf(name, op === "add" ? alpha : -alpha, dtype);
  if (dtype === "bool") return arithmeticInPlace(ops.add, self, b.logicalAnd(scale !== 0));
  return applyInPlace(op === "add" ? ops.addScaled : ops.subScaled, name, self, [cast(b, self.dtype)], scale);
}

const ADD_ = alphaInPlace("add_");
const SUB_ = alphaInPlace("sub_");

/**
 * In-place {@link add}. The result must fit the shape and dtype of the tensor.
 *
 * @example tensor([1, 2]).add_(10); // tensor([11., 12.])
 */
export function add_(x: Tensor, ...args: AddArgs): Tensor {
  const { input, other, alpha } = isTensorAndOperand(x, args)
    ? { input: x, other: args[0], alpha: 1 }
    : ADD_.read([x, ...args]);
  return alpha === 1 ? arithmeticInPlace(ops.add, input, other) : addScaledInPlace("add", input, other, alpha);
}

/**
 * In-place {@link sub}. The result must fit the shape and dtype of the tensor.
 *
 * @example tensor([1, 2]).sub_(1); // tensor([0., 1.])
 */
export function sub_(x: Tensor, ...args: AddArgs): Tensor {
  const { input, other, alpha } = isTensorAndOperand(x, args)
    ? { input: x, other: args[0], alpha: 1 }
    : SUB_.read([x, ...args]);
  checkDifference("sub_", input, other);
  return alpha === 1 ? arithmeticInPlace(ops.sub, input, other) : addScaledInPlace("sub", input, other, alpha);
}

const MUL_ = signature("mul_", { input: required(aTensor), other: required(anOperand) });

/**
 * In-place {@link mul}. The result must fit the shape and dtype of the tensor.
 *
 * @example tensor([1, 2]).mul_(2); // tensor([2., 4.])
 */
export function mul_(x: Tensor, ...args: Args<[other: Operand], [], { other: Operand }>): Tensor {
  const { input, other } = isTensorAndOperand(x, args) ? { input: x, other: args[0] } : MUL_.read([x, ...args]);
  return arithmeticInPlace(ops.mul, input, other);
}

const DIV_ = signature("div_", {
  input: required(aTensor),
  other: required(anOperand),
  roundingMode: keyword(aString, null),
});

/**
 * In-place {@link div}. Integers cannot hold a true quotient: they need a `roundingMode`.
 *
 * @throws DTypeError for integers without a rounding mode.
 * @example tensor([1, 2]).div_(2); // tensor([0.5000, 1.0000])
 */
export function div_(x: Tensor, ...args: DivArgs): Tensor {
  const { input, other, roundingMode } = isTensorAndOperand(x, args)
    ? { input: x, other: args[0], roundingMode: null }
    : DIV_.read([x, ...args]);
  if (roundingMode === null) return arithmeticInPlace(ops.div, input, other, true);
  return writeBack("div_", input, (old) => quotient("div_", old, other, roundingMode));
}

const POW_ = signature("pow_", { input: required(aTensor), exponent: required(anOperand) });

/**
 * In-place {@link pow}.
 *
 * @example tensor([2, 3]).pow_(2); // tensor([4., 9.])
 */
export function pow_(x: Tensor, ...args: PowArgs): Tensor {
  const { input, exponent } = POW_.read([x, ...args]);
  return writeBack("pow_", input, (old) => power("pow_", old, exponent));
}

/**
 * Fills with zeros, in place.
 *
 * @example tensor([1, 2]).zero_(); // tensor([0., 0.])
 */
export const zero_ = unary("zero_", (x) => applyInPlace(ops.zero, "zero_", x, [], 0));

export type FillArgs = Args<[value: Operand], [], { readonly value: Operand }>;

const FILL_ = signature("fill_", {
  input: required(aTensor),
  value: required(either(aScalar, aTensor, "a number, a boolean or a Tensor without dimensions")),
});

/**
 * Fills with one value, a number or a 0-d tensor, in place.
 *
 * @throws ShapeError for a tensor with dimensions.
 * @example zeros(2).fill_(7); // tensor([7., 7.])
 */
export function fill_(x: Tensor, ...args: FillArgs): Tensor {
  const { input, value } = FILL_.read([x, ...args]);
  if (typeof value !== "object") {
    return applyInPlace(ops.fill, "fill_", input, [], stored("fill_", value, input.dtype));
  }
  if (value.ndim > 0) {
    throw new ShapeError(
      `[fill_] fill_ only supports 0-dimension value tensor but got tensor with ${value.ndim} dimensions.`,
    );
  }
  const isReadable = value.device === "cpu" && batchOf(value) === null;
  if (isReadable && !isFloat(input.dtype)) stored("fill_", value.itemSync(), input.dtype);
  return applyInPlace(ops.copy_, "fill_", input, [cast(value, input.dtype)], null);
}

export type CopyArgs = Args<[src: Tensor], [nonBlocking: boolean], { readonly src: Tensor; nonBlocking?: boolean }>;

const COPY_ = signature("copy_", {
  input: required(aTensor),
  src: required(aTensor),
  nonBlocking: optional(aBoolean, false),
});

/**
 * Copies the elements of `src` into the tensor, broadcast and converted to its dtype.
 *
 * @throws ShapeError if the shape of `src` does not broadcast to that of the tensor.
 * @example zeros(2, 2).copy_(tensor([1, 2])); // tensor([[1., 2.], [1., 2.]])
 */
export function copy_(x: Tensor, ...args: CopyArgs): Tensor {
  const { input, src } = COPY_.read([x, ...args]);
  if (!sameShape(broadcastShapes("copy_", input.shape, src.shape), input.shape)) {
    throw new ShapeError(
      `[copy_] output with shape ${bracketed(input.shape)} doesn't match the broadcast shape ${bracketed(src.shape)}`,
    );
  }
  return applyInPlace(ops.copy_, "copy_", input, [cast(src, input.dtype)], null);
}

const CLAMP_ = signature("clamp_", CLAMP);

/**
 * In-place {@link clamp}.
 *
 * @throws DTypeError for fractional bounds of an integer tensor.
 * @example tensor([-2, 3]).clamp_(-1, 1); // tensor([-1., 1.])
 */
export function clamp_(x: Tensor, ...args: ClampArgs): Tensor {
  const { input, min, max } = CLAMP_.read([x, ...args]);
  const read = readClamp("clamp_", input, min, max);
  if (read.dtype !== input.dtype) checkInPlaceDType("clamp_", input, read.dtype);
  if (read.kind === "tensors") {
    const bounds = [read.low, read.high].filter((bound) => bound !== null).map((bound) => cast(bound, input.dtype));
    const only = read.low === null ? ops.clampMaxTensor : ops.clampMinTensor;
    if (bounds.length === 1) return applyInPlace(only, "clamp_", input, bounds, null);
    return applyInPlace(ops.clampTensors, "clamp_", input, bounds, null);
  }
  return applyInPlace(ops.clamp, "clamp_", input, [], read.bounds);
}

/**
 * In-place {@link relu}.
 *
 * @example tensor([-1, 2]).relu_(); // tensor([0., 2.])
 */
export const relu_ = unary("relu_", (x) => {
  if (x.dtype === "bool") throw new DTypeError("[relu_] Boolean inputs not supported for relu");
  return applyInPlace(ops.relu, "relu_", x, [], null);
});

function unaryInPlace(op: string, f: UnaryFunction): UnaryFunction {
  return unary(op, (x) => writeBack(op, x, f));
}

/**
 * In-place {@link neg}.
 *
 * @example tensor([1, -2]).neg_(); // tensor([-1., 2.])
 */
export const neg_ = unaryInPlace("neg_", (x) => x.neg());
/**
 * In-place {@link abs}.
 *
 * @example tensor([1, -2]).abs_(); // tensor([1., 2.])
 */
export const abs_ = unaryInPlace("abs_", (x) => x.abs());
/**
 * In-place {@link exp}.
 *
 * @example tensor([0, 1]).exp_(); // tensor([1.0000, 2.7183])
 */
export const exp_ = unaryInPlace("exp_", (x) => x.exp());
/**
 * In-place {@link log}.
 *
 * @example tensor([1, 2]).log_(); // tensor([0.0000, 0.6931])
 */
export const log_ = unaryInPlace("log_", (x) => x.log());
/**
 * In-place {@link sqrt}.
 *
 * @example tensor([1, 4]).sqrt_(); // tensor([1., 2.])
 */
export const sqrt_ = unaryInPlace("sqrt_", (x) => x.sqrt());
/**
 * In-place {@link tanh}.
 *
 * @example tensor([0, 1]).tanh_(); // tensor([0.0000, 0.7616])
 */
export const tanh_ = unaryInPlace("tanh_", (x) => x.tanh());
/**
 * In-place {@link sigmoid}.
 *
 * @example tensor([0, 1]).sigmoid_(); // tensor([0.5000, 0.7311])
 */
export const sigmoid_ = unaryInPlace("sigmoid_", (x) => x.sigmoid());

/** Options of `bernoulli_`. */
export interface BernoulliOptions extends DrawOptions {
  /** Probability of a one: a number, or one for each element. Default 0.5. */
  readonly p?: number | Tensor | undefined;
}

/** Options of `uniform_`. */
export interface UniformOptions extends DrawOptions {
  /** Lower bound, included. Default 0. */
  readonly from?: number | undefined;
  /** Upper bound, excluded. Default 1. */
  readonly to?: number | undefined;
}

/** Options of `normal_`. */
export interface NormalOptions extends DrawOptions {
  /** Mean. Default 0. */
  readonly mean?: number | undefined;
  /** Standard deviation. Default 1. */
  readonly std?: number | undefined;
}

type GeneratorOrNull = DrawOptions["generator"];

export type BernoulliArgs = Args<[], [p: number | Tensor, generator: GeneratorOrNull], BernoulliOptions>;
export type UniformArgs = Args<[], [from: number, to: number, generator: GeneratorOrNull], UniformOptions>;
export type NormalArgs = Args<[], [mean: number, std: number, generator: GeneratorOrNull], NormalOptions>;

const generator = optional(aGenerator, null);

const BERNOULLI_ = signature("bernoulli_", {
  input: required(aTensor),
  p: optional(either(aNumber, aTensor, "a number or a Tensor"), 0.5),
  generator,
});

/**
 * Fills a tensor of any dtype with samples of a Bernoulli distribution: 1 with probability `p`, else 0. The same seed
 * gives PyTorch's samples.
 *
 * @throws ValueError for a probability outside [0, 1].
 * @example zeros(2, 3).bernoulli_(0.5).shape; // [2, 3]
 */
export function bernoulli_(x: Tensor, ...args: BernoulliArgs): Tensor {
  const { input, p, generator } = BERNOULLI_.read([x, ...args]);
  const source = generator ?? defaultGenerator;
  if (typeof p === "number" && isFloat(input.dtype)) {
    return fillWith("bernoulli_", input, (target) => bernoulliArray(target, p, 1, source));
  }
  const chances = typeof p === "number" ? p : probabilitiesOf(input, p);
  const draw = ({ backend, dtype, shape }: Target) => {
    const out = newTypedArray(dtype, sizeOf(shape));
    fillBernoulli(out, chances, source);
    return dense(backend.upload(dtype, out), shape);
  };
  return fillWith("bernoulli_", input, draw, "any");
}

function probabilitiesOf(x: Tensor, p: Tensor): Float32Array | Float64Array {
  const data = noGrad(() =>
    p
      .expand(x.shape)
      .permute(memoryOrder(x.shape, [x.strides]))
      .dataSync(),
  );
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new DTypeError(`[bernoulli_] expected floating point probabilities, but got ${p.dtype}`);
}

const UNIFORM_ = signature("uniform_", {
  input: required(aTensor),
  from: optional(aNumber, 0),
  to: optional(aNumber, 1),
  generator,
});

/**
 * Fills with samples of a uniform distribution on [from, to). The same seed gives PyTorch's samples.
 *
 * @throws ValueError for from > to; DTypeError for integers.
 * @example
 * ```ts
 * manualSeed(0);
 * zeros(3).uniform_(); // tensor([0.4963, 0.7682, 0.0885])
 * ```
 */
export function uniform_(x: Tensor, ...args: UniformArgs): Tensor {
  const { input, from, to, generator } = UNIFORM_.read([x, ...args]);
  return fillWith("uniform_", input, (target) => uniformArray(target, from, to, generator ?? defaultGenerator));
}

const NORMAL_ = signature("normal_", {
  input: required(aTensor),
  mean: optional(aNumber, 0),
  std: optional(aNumber, 1),
  generator,
});

/**
 * Fills with samples of a normal distribution. The same seed gives PyTorch's samples.
 *
 * @throws ValueError for a negative standard deviation; DTypeError for integers.
 * @example
 * ```ts
 * manualSeed(0);
 * zeros(2).normal_(); // tensor([1.5410, -0.2934])
 * ```
 */
export function normal_(x: Tensor, ...args: NormalArgs): Tensor {
  const { input, mean, std, generator } = NORMAL_.read([x, ...args]);
  return fillWith("normal_", input, (target, serial) =>
    normalArray(target, mean, std, generator ?? defaultGenerator, serial),
  );
}

/** Fills with drawn numbers, in the order of memory. `dtypes` are those that the tensor may have. */
export function fillWith(op: string, x: Tensor, draw: Draw, dtypes: "floats" | "any" = "floats"): Tensor {
  checkInPlace(op, x);
  const drawn = within(op, () => drawLike(op, x, draw, dtypes));
  return applyInPlace(ops.copy_, op, x, [drawn], null);
}
