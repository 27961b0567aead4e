/** @file Element-wise functions of several arguments: clamp, where, maskedFill, lerp, addcmul and others. */

import type { DType } from "../../../kernels/backend.ts";
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { batchOf } from "../../autograd/batching.ts";
import { type Args, keyword, optional, required, signature } from "../../core/arguments.ts";
import { getDefaultDtype } from "../../core/defaults.ts";
import { isFloat } from "../../core/dtype.ts";
import { DTypeError, ShapeError, ValueError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { aNumber, anOperand, aTensor, either, nullable } from "../../core/kinds.ts";
import { bracketed, broadcastShapes } from "../../core/shape.ts";
import { ops } from "../ops/index.ts";
import { stored } from "../range.ts";
import type { Tensor } from "../tensor.ts";
import { checkInPlaceDType, type Operand, operands, resultType, resultTypeOf, scalarLike } from "../type-promotion.ts";
import { refuseBool, scaleOf } from "./arithmetic.ts";
import { cast } from "./convert.ts";
import { renameInPlace, withGradFnName } from "./grad-fn-name.ts";
import { nonzero } from "./selection.ts";

/** Bounds of `clamp`: numbers, or tensors that broadcast. */
export interface ClampOptions {
  /** Lower bound. Default: none. */
  readonly min?: Tensor | number | null | undefined;
  /** Upper bound. Default: none. */
  readonly max?: Tensor | number | null | undefined;
}

export type ClampArgs = Args<[], [min: Tensor | number | null, max: Tensor | number | null], ClampOptions>;

/** The parameters of `clamp` and `clamp_`. */
export const CLAMP = {
  input: required(aTensor),
  min: optional(anOperand, null),
  max: optional(anOperand, null),
} as const;

/** The bounds for the kernels and the dtype of the result. */
function clampBounds(op: string, x: Tensor, min: number | boolean | null, max: number | boolean | null) {
  const float = [min, max].some((v) => v !== null && !Number.isInteger(Number(v)));
  const dtype: DType = isFloat(x.dtype) ? x.dtype : float ? "float32" : x.dtype === "bool" ? "int32" : x.dtype;
  return { dtype, bounds: [boundFor(op, min, dtype, -1), boundFor(op, max, dtype, 1)] };
}

/** A bound as stored in a dtype; without one, an infinity. */
function boundFor(op: string, value: number | boolean | null, dtype: DType, direction: number): number {
  if (value === null) return direction * Number.POSITIVE_INFINITY;
  const number = stored(op, value, dtype);
  return dtype === "uint8" ? number & 255 : number;
}

type Bound = Operand | null;

/** How a clamp is computed: with which bounds, null for one that is missing, and in which dtype. */
type Clamp =
  | { readonly kind: "numbers"; readonly dtype: DType; readonly bounds: readonly number[] }
  | { readonly kind: "tensors"; readonly dtype: DType; readonly low: Tensor | null; readonly high: Tensor | null };

/** Reads the bounds of a clamp: two numbers, or tensors, beside which a number becomes one. */
export function readClamp(op: string, x: Tensor, min: Bound, max: Bound): Clamp {
  if (min === null && max === null) throw new ValueError(`[${op}] At least one of 'min' or 'max' must not be None`);
  if (!isTensor(min) && !isTensor(max)) return { kind: "numbers", ...clampBounds(op, x, min, max) };
  const [low, high] = [min, max].map((bound) => (bound === null ? null : operands(op, x, bound)[1]));
  const given = [x, low, high].filter((one) => one != null);
  if (op.startsWith("clamp_") || op === "clamp") refuseBool(op, ...given);
  const dtype = resultTypeOf(given);
  return { kind: "tensors", dtype, low: low ? cast(low, dtype) : null, high: high ? cast(high, dtype) : null };
}

function clampWith(op: "clamp" | "clampMin" | "clampMax", x: Tensor, min: Bound, max: Bound): Tensor {
  const read = readClamp(op, x, min, max);
  const source = cast(x, read.dtype);
  const result =
    read.kind === "numbers" ? apply(ops.clamp, [source], read.bounds) : clampToTensors(source, read.low, read.high);
  const names = { clampMin: "ClampMinBackward", clampMax: "ClampMaxBackward", clamp: "ClampBackward" } as const;
  const overload = read.kind === "numbers" ? (op === "clamp" ? 1 : 0) : op === "clamp" ? 0 : 1;
  return withGradFnName(`${names[op]}${overload}`, result);
}

function clampToTensors(x: Tensor, low: Tensor | null, high: Tensor | null): Tensor {
  if (low !== null && high !== null) return apply(ops.clampTensors, [x, low, high], null);
  return low !== null
    ? apply(ops.clampMinTensor, [x, low], null)
    : apply(ops.clampMaxTensor, [x, high as Tensor], null);
}

const CLAMP_SIGNATURE = signature("clamp", CLAMP);

/**
 * Limits each element to [min, max]; one bound may be left out or null. NaN stays NaN. Bounds may be tensors that broadcast,
 * and get gradients then.
 *
 * @throws ValueError without any bound; DTypeError for bools with bounds that are tensors.
 * @example
 * ```ts
 * clamp(tensor([-2, 0.5, 3]), -1, 1); // tensor([-1.0000, 0.5000, 1.0000])
 * clamp(tensor([-2, 3]), { min: 0 }); // tensor([0., 3.])
 * clamp(tensor([-2, 3]), tensor([-1, 5])); // tensor([-1., 5.])
 * ```
 */
export function clamp(x: Tensor, ...args: ClampArgs): Tensor {
  const { input, min, max } = CLAMP_SIGNATURE.read([x, ...args]);
  return clampWith("clamp", input, min, max);
}

const CLAMP_MIN = signature("clampMin", { input: required(aTensor), min: required(anOperand) });
const CLAMP_MAX = signature("clampMax", { input: required(aTensor), max: required(anOperand) });

/** The bound of `clampMin`. */
export type ClampMinArgs = Args<[min: Tensor | number], [], { readonly min: Tensor | number }>;
/** The bound of `clampMax`. */
export type ClampMaxArgs = Args<[max: Tensor | number], [], { readonly max: Tensor | number }>;

/**
 * {@link clamp} with a lower bound only: the larger one of each element and `min`. NaN stays NaN.
 *
 * @example clampMin(tensor([-2, 3]), 0); // tensor([0., 3.])
 */
export function clampMin(x: Tensor, ...args: ClampMinArgs): Tensor {
  const { input, min } = CLAMP_MIN.read([x, ...args]);
  return clampWith("clampMin", input, min, null);
}

/**
 * {@link clamp} with an upper bound only: the smaller one of each element and `max`. NaN stays NaN.
 *
 * @example clampMax(tensor([-2, 3]), 1); // tensor([-2., 1.])
 */
export function clampMax(x: Tensor, ...args: ClampMaxArgs): Tensor {
  const { input, max } = CLAMP_MAX.read([x, ...args]);
  return clampWith("clampMax", input, null, max);
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
    const dtype = [a, b].every((v) => typeof v === "boolean") ? "bool" : getDefaultDtype();
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
const MASKED_FILL = {
  input: required(aTensor),
  mask: required(aTensor),
  value: required(anOperand),
} as const;

const MASKED_FILL_SIGNATURE = signature("maskedFill", MASKED_FILL);
const MASKED_FILL_ = signature("maskedFill_", MASKED_FILL);

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

/** The value of {@link maskedFill} as a 0-d tensor of the dtype of x, for `op`, whose arguments have been read. */
function maskedValue(op: string, x: Tensor, mask: Tensor, value: Operand): Tensor {
  if (mask.dtype !== "bool") {
    throw new DTypeError(`[${op}] masked_fill only supports boolean masks, but got mask with dtype ${mask.dtype}`);
  }
  if (typeof value !== "object") return scalarLike(stored(op, value, x.dtype), x.dtype, x);
  if (value.ndim > 0) {
    throw new ShapeError(
      `[${op}] masked_fill only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s): shape ${bracketed(value.shape)}`,
    );
  }
  const isReadable = value.device === "cpu" && batchOf(value) === null;
  if (isReadable && value.dtype !== x.dtype && !isFloat(x.dtype)) stored(op, value.itemSync(), x.dtype);
  return cast(value, x.dtype);
}

const maskedFillName = (value: Operand): string =>
  typeof value === "object" ? "MaskedFillBackward1" : "MaskedFillBackward0";

function fillMasked(op: string, x: Tensor, mask: Tensor, value: Operand): Tensor {
  const one = maskedValue(op, x, mask, value);
  broadcastShapes(op, mask.shape, x.shape);
  return withGradFnName(maskedFillName(value), apply(ops.maskedFill, [x, mask, one], null));
}

/**
 * In-place {@link maskedFill}.
 *
 * @example tensor([1, 2]).maskedFill_(tensor([true, false]), 0); // tensor([0., 2.])
 */
export function maskedFill_(x: Tensor, ...args: MaskedFillArgs): Tensor {
  const { input, mask, value } = MASKED_FILL_.read([x, ...args]);
  const one = maskedValue("maskedFill_", input, mask, value);
  applyInPlace(ops.maskedFill, "maskedFill_", input, [mask, one], null);
  return renameInPlace(ops.maskedFill.gradName, maskedFillName(value), input);
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
  return apply(ops.nanToNum, [input], [nan ?? 0, posinf ?? largest, neginf ?? -largest]);
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
const LERP = {
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
  const [a, b] = lerpOperands("lerp", input, end, weight);
  return apply(lerpOp(weight), [input, a, b], null);
}

const LERP_ = signature("lerp_", LERP);

/**
 * In-place {@link lerp}.
 *
 * @example tensor([0]).lerp_(tensor([10]), 0.5); // tensor([5.])
 */
export function lerp_(x: Tensor, ...args: LerpArgs): Tensor {
  const { input, end, weight } = LERP_.read([x, ...args]);
  return applyInPlace(lerpOp(weight), "lerp_", input, lerpOperands("lerp_", input, end, weight), null);
}

/** The end and the weight as tensors of the dtype of `start`. */
function lerpOperands(op: string, start: Tensor, end: Tensor, weight: Tensor | number): [Tensor, Tensor] {
  checkSameDType(op, start, end);
  if (!isFloat(start.dtype)) throw new DTypeError(`[${op}] not implemented for ${start.dtype}. Convert with .float().`);
  if (typeof weight === "number") return [end, scalarLike(weight, start.dtype, start)];
  checkSameDType(op, start, weight);
  return [end, weight];
}

const lerpOp = (weight: Tensor | number) => (typeof weight === "number" ? ops.lerpScalar : ops.lerp);

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
const ADDC = {
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
  const { operands, scale } = addcmulOperands("addcmul", input, tensor1, tensor2, value);
  return apply(ops.addcmul, operands, scale);
}

const ADDCMUL_ = signature("addcmul_", ADDC);

/**
 * In-place {@link addcmul}.
 *
 * @example tensor([1]).addcmul_(tensor([2]), tensor([3])); // tensor([7.])
 */
export function addcmul_(x: Tensor, ...args: AddcArgs): Tensor {
  const { input, tensor1, tensor2, value } = ADDCMUL_.read([x, ...args]);
  const { operands, scale } = addcmulOperands("addcmul_", input, tensor1, tensor2, value);
  return threeInPlace(ops.addcmul, "addcmul_", input, operands, scale);
}

function addcmulOperands(op: string, x: Tensor, a: Tensor, b: Tensor, value: number) {
  refuseBool(op, x, a, b);
  const operands = promoted(x, a, b);
  const { dtype } = operands[0];
  if (isFloat(dtype)) return { operands, scale: value };
  // For integers the multiplier is truncated, as in PyTorch.
  return { operands, scale: scaleOf(op, Math.trunc(value), dtype) };
}

/** Three tensors in their common dtype. */
function promoted(...given: [Tensor, Tensor, Tensor]): [Tensor, Tensor, Tensor] {
  const [x, a, b] = given;
  if (x.dtype === a.dtype && x.dtype === b.dtype) return given;
  const dtype = resultTypeOf(given);
  return [cast(x, dtype), cast(a, dtype), cast(b, dtype)];
}

/** An operation whose operands have their common dtype, into its first one. */
function threeInPlace(
  definition: typeof ops.addcmul,
  op: string,
  self: Tensor,
  [x, a, b]: readonly [Tensor, Tensor, Tensor],
  scale: number,
): Tensor {
  checkInPlaceDType(op, self, x.dtype);
  return applyInPlace(definition, op, self, [cast(a, self.dtype), cast(b, self.dtype)], scale);
}

/**
 * Adds a scaled quotient, input + value·tensor1/tensor2, element-wise with broadcasting.
 *
 * @throws DTypeError if tensor1 and tensor2 are both integers.
 * @example addcdiv(tensor([1]), tensor([6]), tensor([3]), { value: 10 }); // tensor([21.])
 */
export function addcdiv(x: Tensor, ...args: AddcArgs): Tensor {
  const { input, tensor1, tensor2, value } = ADDCDIV.read([x, ...args]);
  checkQuotient("addcdiv", tensor1, tensor2);
  return apply(ops.addcdiv, promoted(input, tensor1, tensor2), value);
}

const ADDCDIV_ = signature("addcdiv_", ADDC);

/**
 * In-place {@link addcdiv}.
 *
 * @example tensor([1]).addcdiv_(tensor([6]), tensor([3])); // tensor([3.])
 */
export function addcdiv_(x: Tensor, ...args: AddcArgs): Tensor {
  const { input, tensor1, tensor2, value } = ADDCDIV_.read([x, ...args]);
  checkQuotient("addcdiv_", tensor1, tensor2);
  return threeInPlace(ops.addcdiv, "addcdiv_", input, promoted(input, tensor1, tensor2), value);
}

function checkQuotient(op: string, a: Tensor, b: Tensor): void {
  if (isFloat(a.dtype) || isFloat(b.dtype)) return;
  throw new DTypeError(`[${op}] Integer division with addcdiv is not supported. Convert with .float() first.`);
}
