/** @file Element-wise functions of several arguments: clamp, where, maskedFill, lerp, addcmul and others. */

import type { DType } from "../../../kernels/backend.ts";
import { apply } from "../../autograd/apply.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { aNumber, anOperand, aScalar, aTensor, either, nullable } from "../../core/kinds.ts";
import { bracketed, broadcastShapes } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import { stored } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { type Operand, operands, resultType, scalarLike } from "../type-promotion.ts";
import { type OtherArgs, tensorPair } from "./arguments.ts";
import { cast } from "./convert.ts";
import { asNonView, withGradFnName } from "./grad-fn-name.ts";
import { nonzero } from "./selection.ts";
import { stack } from "./shape.ts";

/** Bounds of `clamp`. */
export interface ClampOptions {
  /** Lower bound. Default: none. */
  readonly min?: number | null | undefined;
  /** Upper bound. Default: none. */
  readonly max?: number | null | undefined;
}

export type ClampArgs = Args<[], [min: number | null, max: number | null], ClampOptions>;

/** The parameters of `clamp` and `clamp_`. */
export const CLAMP = {
  input: required(aTensor),
  min: optional(aScalar, null),
  max: optional(aScalar, null),
} as const;

/** The bounds for the kernels and the dtype of the result. */
export function clampBounds(op: string, x: Tensor, min: number | boolean | null, max: number | boolean | null) {
  if (min === null && max === null) throw new ValueError(`[${op}] At least one of 'min' or 'max' must not be None`);
  const float = [min, max].some((v) => v !== null && !Number.isInteger(Number(v)));
  const dtype: DType = isFloat(x.dtype) ? x.dtype : float ? "float32" : x.dtype === "bool" ? "int32" : x.dtype;
  return { dtype, low: boundFor(op, min, dtype, -1), high: boundFor(op, max, dtype, 1) };
}

/** A bound as stored in a dtype; without one, an infinity. */
function boundFor(op: string, value: number | boolean | null, dtype: DType, direction: number): number {
  if (value === null) return direction * Number.POSITIVE_INFINITY;
  const number = stored(op, value, dtype);
  return dtype === "uint8" ? number & 255 : number;
}

const CLAMP_SIGNATURE = signature("clamp", CLAMP);

/**
 * Limits each element to [min, max]; one bound may be left out or null. NaN stays NaN.
 *
 * @throws ValueError without any bound.
 * @example
 * ```ts
 * clamp(tensor([-2, 0.5, 3]), -1, 1); // tensor([-1.0000, 0.5000, 1.0000])
 * clamp(tensor([-2, 3]), { min: 0 }); // tensor([0., 3.])
 * ```
 */
export function clamp(x: Tensor, ...args: ClampArgs): Tensor {
  const { input, min, max } = CLAMP_SIGNATURE.read([x, ...args]);
  const { dtype, low, high } = clampBounds("clamp", input, min, max);
  return apply(ops.clamp, [cast(input, dtype)], [low, high]);
}

const WHERE = signature("where", {
  condition: required(aTensor),
  input: optional(anOperand),
  other: optional(anOperand),
});

/**
 * Chooses element-wise: `input` where the condition is true, else `other`; all three broadcast. With the condition
 * alone, the indices of its true elements, one int32 vector for each dimension, as {@link nonzero} with `asTuple`.
 *
 * @throws DTypeError if the condition is not a bool tensor.
 * @example
 * ```ts
 * const x = tensor([-1, 2, -3]);
 * where(x.gt(0), x, 0); // tensor([0., 2., 0.])
 * ```
 */
export function where(condition: Tensor, input: Operand, other: Operand): Tensor;
export function where(condition: Tensor): Tensor[];
export function where(options: {
  readonly condition: Tensor;
  readonly input: Operand;
  readonly other: Operand;
}): Tensor;
export function where(...args: readonly unknown[]): Tensor | Tensor[] {
  const { condition, input, other } = WHERE.read(args);
  if (input === undefined && other === undefined) return nonzero(condition, { asTuple: true });
  if (input === undefined || other === undefined) {
    throw new ValueError(`[where] missing required argument "${input === undefined ? "input" : "other"}"`);
  }
  return choose("where", condition, input, other);
}

export type WhereArgs = Args<
  [condition: Tensor, other: Operand],
  [],
  { readonly condition: Tensor; readonly other: Operand }
>;

const WHERE_METHOD = signature("where", {
  input: required(anOperand),
  condition: required(aTensor),
  other: required(anOperand),
});

/** {@link where} as a method: the input where the condition is true, else `other`. */
export function whereElse(x: Tensor, ...args: WhereArgs): Tensor {
  const { input, condition, other } = WHERE_METHOD.read([x, ...args]);
  return choose("where", condition, input, other);
}

function choose(op: string, condition: Tensor, a: Operand, b: Operand): Tensor {
  if (condition.dtype !== "bool") {
    throw new DTypeError(
      `[${op}] expected condition to be a boolean tensor, but got a tensor with dtype ${condition.dtype}. Compare it with something, e.g. .ne(0).`,
    );
  }
  if (typeof a !== "object" && typeof b !== "object") {
    const dtype = [a, b].every((v) => typeof v === "boolean") ? "bool" : "float32";
    return apply(ops.where, [condition, scalarLike(a, dtype, condition), scalarLike(b, dtype, condition)], null);
  }
  const [x, y] = operands(op, a, b);
  const dtype = resultType(x, y);
  return apply(ops.where, [condition, cast(x, dtype), cast(y, dtype)], null);
}

export type MaskedFillArgs = Args<
  [mask: Tensor, value: Operand],
  [],
  { readonly mask: Tensor; readonly value: Operand }
>;

/** The parameters of `maskedFill` and `maskedFill_`. */
export const MASKED_FILL = {
  input: required(aTensor),
  mask: required(aTensor),
  value: required(anOperand),
} as const;

const MASKED_FILL_SIGNATURE = signature("maskedFill", MASKED_FILL);

/**
 * The input with `value` where the mask is true. The mask broadcasts; a tensor as the value must be 0-d.
 *
 * @throws DTypeError if the mask is not a bool tensor; ShapeError for a value with dimensions.
 * @example
 * ```ts
 * const x = tensor([1, 2, 3]);
 * maskedFill(x, x.gt(1), 0); // tensor([1., 0., 0.])
 * ```
 */
export function maskedFill(x: Tensor, ...args: MaskedFillArgs): Tensor {
  const { input, mask, value } = MASKED_FILL_SIGNATURE.read([x, ...args]);
  return fillMasked("maskedFill", input, mask, value);
}

/** {@link maskedFill} for `op`, whose arguments have been read. */
export function fillMasked(op: string, x: Tensor, mask: Tensor, value: Operand): Tensor {
  if (mask.dtype !== "bool") {
    throw new DTypeError(`[${op}] masked_fill only supports boolean masks, but got mask with dtype ${mask.dtype}`);
  }
  broadcastShapes(op, mask.shape, x.shape);
  if (typeof value !== "object") {
    const fill = scalarLike(stored(op, value, x.dtype), x.dtype, x);
    return withGradFnName("MaskedFillBackward0", apply(ops.where, [mask, fill, x], null));
  }
  if (value.ndim > 0) {
    throw new ShapeError(
      `[${op}] masked_fill only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s): shape ${bracketed(value.shape)}`,
    );
  }
  if (value.device === "cpu" && value.dtype !== x.dtype && !isFloat(x.dtype)) stored(op, value.itemSync(), x.dtype);
  return withGradFnName("MaskedFillBackward1", apply(ops.where, [mask, cast(value, x.dtype), x], null));
}

/** Options of `nanToNum`. */
export interface NanToNumOptions {
  /** Replacement of NaN. Default 0. */
  readonly nan?: number | undefined;
  /** Replacement of ∞. Default: the largest finite number of the dtype. */
  readonly posinf?: number | null | undefined;
  /** Replacement of −∞. Default: the smallest finite number of the dtype. */
  readonly neginf?: number | null | undefined;
}

export type NanToNumArgs = Args<[], [nan: number, posinf: number | null, neginf: number | null], NanToNumOptions>;

const NAN_TO_NUM = signature("nanToNum", {
  input: required(aTensor),
  nan: optional(nullable(aNumber), 0),
  posinf: optional(aNumber, null),
  neginf: optional(aNumber, null),
});

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/**
 * Replaces NaN, ∞ and −∞, by default with 0 and the largest and smallest finite number of the dtype. Replaced elements
 * get no gradient.
 *
 * @example nanToNum(tensor([Number.NaN, Infinity, 1]), { posinf: 100 }); // tensor([0., 100., 1.])
 */
export function nanToNum(x: Tensor, ...args: NanToNumArgs): Tensor {
  const { input, nan, posinf, neginf } = NAN_TO_NUM.read([x, ...args]);
  if (!isFloat(input.dtype)) return input.clone();
  const largest = input.dtype === "float32" ? LARGEST_FLOAT32 : Number.MAX_VALUE;
  const values = input.detach();
  return withGradFnName(
    "NanToNumBackward0",
    input
      .maskedFill(values.isnan(), nan ?? 0)
      .maskedFill(values.eq(Number.POSITIVE_INFINITY), posinf ?? largest)
      .maskedFill(values.eq(Number.NEGATIVE_INFINITY), neginf ?? -largest),
  );
}

function checkSameDType(op: string, x: Tensor, other: Tensor): void {
  if (other.dtype === x.dtype) return;
  throw new DTypeError(`[${op}] expected dtype ${x.dtype}, but got dtype ${other.dtype}. Convert with .to(…).`);
}

export type LerpArgs = Args<
  [end: Tensor, weight: Tensor | number],
  [],
  { readonly end: Tensor; readonly weight: Tensor | number }
>;

/** The parameters of `lerp` and `lerp_`. */
export const LERP = {
  input: required(aTensor),
  end: required(aTensor),
  weight: required(either(aNumber, aTensor, "a Tensor or a number")),
} as const;

const LERP_SIGNATURE = signature("lerp", LERP);

/**
 * Linear interpolation, input + weight·(end − input), element-wise. `weight` is a number or a tensor that broadcasts.
 *
 * @throws DTypeError for integers, and for operands of different dtypes.
 * @example lerp(tensor([0, 10]), tensor([10, 20]), 0.5); // tensor([5., 15.])
 */
export function lerp(x: Tensor, ...args: LerpArgs): Tensor {
  const { input, end, weight } = LERP_SIGNATURE.read([x, ...args]);
  return interpolate("lerp", input, end, weight);
}

/** {@link lerp} for `op`, whose arguments have been read. */
export function interpolate(op: string, start: Tensor, end: Tensor, weight: Tensor | number): Tensor {
  checkSameDType(op, start, end);
  if (!isFloat(start.dtype)) throw new DTypeError(`[${op}] not implemented for ${start.dtype}. Convert with .float().`);
  const distance = end.sub(start);
  if (typeof weight === "number") {
    const near = Math.abs(weight) < 0.5;
    return withGradFnName("LerpBackward0", near ? start.add(distance.mul(weight)) : end.sub(distance.mul(1 - weight)));
  }
  checkSameDType(op, start, weight);
  const near = weight.detach().abs().lt(0.5);
  const fromEnd = end.sub(distance.mul(weight.neg().add(1)));
  return withGradFnName("LerpBackward1", start.add(distance.mul(weight)).where(near, fromEnd));
}

/** Option of `addcmul` and `addcdiv`. */
export interface ValueOptions {
  /** Multiplier of the product or quotient. Default 1. */
  readonly value?: number | undefined;
}

export type AddcArgs = Args<
  [tensor1: Tensor, tensor2: Tensor],
  [],
  { readonly tensor1: Tensor; readonly tensor2: Tensor } & ValueOptions
>;

/** The parameters of `addcmul`, `addcdiv` and their in-place forms. */
export const ADDC = {
  input: required(aTensor),
  tensor1: required(aTensor),
  tensor2: required(aTensor),
  value: keyword(aNumber, 1),
} as const;

const ADDCMUL = signature("addcmul", ADDC);
const ADDCDIV = signature("addcdiv", ADDC);

/**
 * Adds a scaled product, input + value·tensor1·tensor2, element-wise with broadcasting.
 *
 * @example addcmul(tensor([1]), tensor([2]), tensor([3]), { value: 10 }); // tensor([61.])
 */
export function addcmul(x: Tensor, ...args: AddcArgs): Tensor {
  const { input, tensor1, tensor2, value } = ADDCMUL.read([x, ...args]);
  return addProduct("addcmul", input, tensor1, tensor2, value);
}

/** {@link addcmul} for `op`, whose arguments have been read. */
export function addProduct(op: string, x: Tensor, a: Tensor, b: Tensor, value: number): Tensor {
  const product = a.mul(b);
  if (isFloat(product.dtype) || isFloat(x.dtype)) return withGradFnName("AddcmulBackward0", x.add(product.mul(value)));
  // For integers the multiplier is truncated, as in PyTorch.
  return x.add(product.mul(Math.trunc(stored(op, value, product.dtype))));
}

/**
 * Adds a scaled quotient, input + value·tensor1/tensor2, element-wise with broadcasting.
 *
 * @throws DTypeError if tensor1 and tensor2 are both integers.
 * @example addcdiv(tensor([1]), tensor([6]), tensor([3]), { value: 10 }); // tensor([21.])
 */
export function addcdiv(x: Tensor, ...args: AddcArgs): Tensor {
  const { input, tensor1, tensor2, value } = ADDCDIV.read([x, ...args]);
  return addQuotient("addcdiv", input, tensor1, tensor2, value);
}

/** {@link addcdiv} for `op`, whose arguments have been read. */
export function addQuotient(op: string, x: Tensor, a: Tensor, b: Tensor, value: number): Tensor {
  if (!isFloat(a.dtype) && !isFloat(b.dtype)) {
    throw new DTypeError(`[${op}] Integer division with addcdiv is not supported. Convert with .float() first.`);
  }
  return withGradFnName("AddcdivBackward0", x.add(a.div(b).mul(value)));
}

const LOGADDEXP = tensorPair("logaddexp", "other");

/**
 * Element-wise log(eᵃ + eᵇ), computed without overflow, with broadcasting.
 *
 * @throws DTypeError if neither operand has a floating dtype.
 * @example logaddexp(tensor([0]), tensor([0])); // tensor([0.6931])
 */
export function logaddexp(x: Tensor, ...args: OtherArgs): Tensor {
  const { input, other } = LOGADDEXP.read([x, ...args]);
  const dtype = resultType(input, other);
  if (!isFloat(dtype)) {
    throw new DTypeError(`[logaddexp] not implemented for ${input.dtype} and ${other.dtype}. Convert with .float().`);
  }
  const shape = broadcastShapes("logaddexp", input.shape, other.shape);
  const pair = [input, other].map((t) => cast(t, dtype).expand(shape));
  return asNonView("LogaddexpBackward0", stack(pair).logsumexp(0));
}
