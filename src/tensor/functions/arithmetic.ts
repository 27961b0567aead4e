/** @file Powers, bounds, choices, comparisons of whole tensors, conversions and copies. */
import type { Device, DType, NDArray, TypedArray } from "../../../kernels/backend.ts";
import { GpuError } from "../../../kernels/gpu/runtime.ts";
import { sameShape } from "../../../kernels/layout.ts";
import { apply, applyInPlace } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/mode.ts";
import type { Op } from "../../autograd/op.ts";
import { backendFor, type DeviceChoice } from "../devices.ts";
import { checkDType, isDType, isFloat, resultType } from "../dtype.ts";
import { DeviceError, DTypeError, ShapeError, ValueError } from "../errors.ts";
import { ops } from "../ops/index.ts";
import { readArguments, withDefaults } from "../options.ts";
import { arithmetic, checkTensor, floatArithmetic, type Operand, operands, scalarLike } from "../promote.ts";
import { bracketed, broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { ClampOptions, RoundingOption } from "./arguments.ts";
import { named } from "./named.ts";

function isBool(x: Operand): boolean {
  return typeof x === "boolean" || (typeof x === "object" && x?.dtype === "bool");
}

/** Throws a DTypeError for bools on either side of a difference. */
export function checkDifference(op: string, a: Operand, b: Operand): void {
  if (!isBool(a) && !isBool(b)) return;
  throw new DTypeError(
    isBool(a) && isBool(b)
      ? `[${op}] Subtraction, the \`-\` operator, with two bool tensors is not supported. Use ne() for exclusive or, or convert with .int().`
      : `[${op}] Subtraction, the \`-\` operator, with a bool tensor is not supported. Use logicalNot() to invert a mask, or convert with .int().`,
  );
}

export function sub(a: Operand, b: Operand): Tensor {
  checkDifference("sub", a, b);
  return arithmetic(ops.sub, a, b);
}

/** Throws a DTypeError for a function that PyTorch does not have for bools. */
export function refuseBool(op: string, ...operands: readonly Operand[]): void {
  if (operands.every(isBool)) {
    throw new DTypeError(`[${op}] not implemented for bool tensors. Convert with .int() or .float() first.`);
  }
}

/** Division's rest with the sign of the divisor. */
export function remainder(a: Operand, b: Operand): Tensor {
  refuseBool("remainder", a, b);
  const result = arithmetic(ops.remainder, a, b);
  return typeof b === "object" ? result : named("RemainderBackward0", result);
}

/** A function of one tensor that keeps the dtype and that PyTorch does not have for bools. */
export function numeric(op: Op<[NDArray], null>, x: Tensor): Tensor {
  refuseBool(op.name, x);
  return apply(op, [x], null);
}

/** base ** exponent; a number as the exponent has a gradient of its own. */
export function pow(base: Operand, exponent: Operand): Tensor {
  refuseBool("pow", base, exponent);
  if (typeof exponent === "boolean") return pow(base, Number(exponent));
  if (typeof base === "number") return named("PowBackward2", arithmetic(ops.pow, base, exponent));
  if (typeof exponent !== "number" || typeof base === "boolean") return arithmetic(ops.pow, base, exponent);
  const [a, b] = operands("pow", base, exponent);
  const dtype = resultType(a, b);
  if (!isFloat(dtype) && exponent < 0) {
    throw new ValueError("[pow] Integers to negative integer powers are not allowed. Convert with .float() first.");
  }
  return apply(ops.powScalar, [to(a, dtype), to(b, dtype)], exponent);
}

/** Throws a ValueError for anything but a number or a boolean. */
export function checkNumber(op: string, value: unknown): asserts value is number | boolean {
  if (typeof value === "number" || typeof value === "boolean") return;
  throw new ValueError(`[${op}] expected a number, but got ${value === null ? "null" : typeof value}`);
}

/** a / b: the true quotient, of integers as float32, or one rounded towards 0 or down in the common dtype. */
export function div(a: Operand, b: Operand, options?: RoundingOption): Tensor {
  if (options === undefined) return floatArithmetic(ops.div, a, b);
  const { roundingMode } = withDefaults("div", { roundingMode: null as "trunc" | "floor" | null }, options);
  if (roundingMode === null) return floatArithmetic(ops.div, a, b);
  refuseBool("div", a, b);
  if (roundingMode === "floor") return arithmetic(ops.floorDivide, a, b);
  if (roundingMode !== "trunc") {
    throw new ValueError(
      `[div] div expected rounding_mode to be one of null, "trunc", or "floor" but found ${JSON.stringify(roundingMode)}`,
    );
  }
  const [x, y] = operands("div", a, b);
  const dtype = resultType(x, y);
  if (isFloat(dtype)) return arithmetic(ops.truncDivide, a, b);
  // ⌊|a|/|b|⌋ with the sign of the quotient, of operands in their common dtype: exact, where float32 would round.
  const [left, right] = [to(x, dtype), to(y, dtype)];
  const size = left.abs().floorDivide(right.abs());
  return size.mul(left.sign()).mul(right.sign());
}

const NO_BOUNDS = { min: null as number | null, max: null as number | null };

/** Both bounds of a clamp, ±Infinity for one that is missing, and whether one that is given needs a floating dtype. */
function bounds(
  op: string,
  lower?: number | null | ClampOptions,
  upper?: number | null | ClampOptions,
): { low: number; high: number; float: boolean } {
  const { min, max } = readArguments(op, NO_BOUNDS, [lower, upper]);
  if (min == null && max == null) throw new ValueError(`[${op}] At least one of 'min' or 'max' must not be None`);
  const limits = { low: min ?? Number.NEGATIVE_INFINITY, high: max ?? Number.POSITIVE_INFINITY };
  checkNumber(op, limits.low);
  checkNumber(op, limits.high);
  return { ...limits, float: [min, max].some((v) => v != null && !Number.isInteger(Number(v))) };
}

/** Bounds as a dtype stores them: bytes wrap, as PyTorch's do. */
function boundsIn(dtype: DType, { low, high }: { low: number; high: number }): { low: number; high: number } {
  const wrap = (v: number) => (dtype === "uint8" && Number.isInteger(v) ? v & 255 : v);
  return { low: wrap(low), high: wrap(high) };
}

/** Writes the clamped elements over the old ones. */
export function clampInPlace(x: Tensor, min?: number | null | ClampOptions, max?: number | null | ClampOptions): void {
  const limits = bounds("clamp_", min, max);
  if (x.dtype === "bool" || (limits.float && !isFloat(x.dtype))) {
    const result = limits.float ? "float32" : "int32";
    throw new DTypeError(`[clamp_] result type ${result} can't be cast to the desired output type ${x.dtype}`);
  }
  applyInPlace(ops.clamp, "clamp_", x, [], boundsIn(x.dtype, limits));
}

export function clamp(x: Tensor, min?: number | null | ClampOptions, max?: number | null | ClampOptions): Tensor {
  const limits = bounds("clamp", min, max);
  const source = isFloat(x.dtype) ? x : limits.float ? to(x, "float32") : x.dtype === "bool" ? to(x, "int32") : x;
  return apply(ops.clamp, [source], boundsIn(source.dtype, limits));
}

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  checkTensor("where", condition);
  if (condition.dtype !== "bool") {
    throw new DTypeError(
      `[where] expected condition to be a boolean tensor, but got a tensor with dtype ${condition.dtype}. Compare it with something, e.g. .ne(0).`,
    );
  }
  if (typeof a !== "object" && typeof b !== "object") {
    const dtype = [a, b].every((v) => typeof v === "boolean") ? "bool" : "float32";
    return apply(ops.where, [condition, scalarLike(a, dtype, condition), scalarLike(b, dtype, condition)], null);
  }
  const [x, y] = operands("where", a, b);
  const dtype = resultType(x, y);
  return apply(ops.where, [condition, to(x, dtype), to(y, dtype)], null);
}

export function maskedFill(x: Tensor, mask: Tensor, value: number | boolean | Tensor): Tensor {
  if (mask.dtype !== "bool") {
    throw new DTypeError(`[maskedFill] masked_fill only supports boolean masks, but got mask with dtype ${mask.dtype}`);
  }
  if (typeof value === "object" && value.ndim > 0) {
    throw new ShapeError(
      `[maskedFill] masked_fill only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s). Use where() for a value each.`,
    );
  }
  const fill = typeof value === "object" ? to(value, x.dtype) : scalarLike(value, x.dtype, x);
  broadcastShapes("maskedFill", mask.shape, x.shape);
  return named(
    typeof value === "object" ? "MaskedFillBackward1" : "MaskedFillBackward0",
    apply(ops.where, [mask, fill, x], null),
  );
}

export interface AllcloseOptions {
  /** Default 1e-5. */
  readonly rtol?: number;
  /** Default 1e-8. */
  readonly atol?: number;
  /** Whether NaN equals NaN. Default false. */
  readonly equalNan?: boolean;
}

/** rtol, atol and whether NaN equals NaN, by position or by name. */
export type Tolerances = readonly [
  rtol?: number | AllcloseOptions,
  atol?: number | AllcloseOptions,
  equalNan?: boolean | AllcloseOptions,
];

export const TOLERANCES = { rtol: 1e-5, atol: 1e-8, equalNan: false };

/** Throws a ValueError for a negative tolerance, or one that is no number. */
export function checkTolerances(op: string, rtol: number, atol: number): void {
  for (const [name, value] of [
    ["rtol", rtol],
    ["atol", atol],
  ] as const) {
    if (!(value >= 0)) throw new ValueError(`[${op}] ${name} must be greater than or equal to zero, but got ${value}`);
  }
}

/** |a − b| ≤ atol + rtol·|b| everywhere. Infinities must be equal. */
export function allclose(a: Tensor, b: Tensor, ...tolerances: Tolerances): boolean {
  const { rtol, atol, equalNan } = readArguments("allclose", TOLERANCES, tolerances);
  checkTolerances("allclose", rtol, atol);
  if (a.dtype !== b.dtype) {
    throw new DTypeError(`[allclose] ${a.dtype} did not match ${b.dtype}. Convert one of them with .to(…).`);
  }
  const shape = broadcastShapes("allclose", a.shape, b.shape);
  const [x, y] = noGrad(() => [a.expand(shape).dataSync(), b.expand(shape).dataSync()] as const);
  return x.every((p, i) => {
    const q = y[i] as number;
    if (p === q) return true;
    if (Number.isNaN(p) || Number.isNaN(q)) return equalNan && Number.isNaN(p) && Number.isNaN(q);
    return Number.isFinite(p) && Number.isFinite(q) && Math.abs(p - q) <= atol + rtol * Math.abs(q);
  });
}

/** Same shape, same elements. */
export function equal(a: Tensor, b: Tensor): boolean {
  if (!sameShape(a.shape, b.shape)) return false;
  const [x, y] = noGrad(() => [a.dataSync(), b.dataSync()] as const);
  return x.every((p, i) => p === y[i]);
}

/** A device, a dtype, or both. */
export type Target =
  | DeviceChoice
  | DType
  | { readonly device?: DeviceChoice | undefined; readonly dtype?: DType | undefined };

/** Another device or dtype. A copy is recorded, so gradients find the way back. */
export function to(x: Tensor, target: Target): Tensor {
  const wish = typeof target === "object" ? target : isDType(target) ? { dtype: target } : { device: target };
  let result = x;
  if (wish.dtype !== undefined && wish.dtype !== x.dtype) {
    checkDType("to", wish.dtype);
    if (!isFloat(wish.dtype) && x.requiresGrad) {
      result = noGrad(() => apply(ops.cast, [x], { from: x.dtype, to: wish.dtype as DType }));
    } else {
      result = apply(ops.cast, [x], { from: x.dtype, to: wish.dtype });
    }
  }
  if (wish.device === undefined || wish.device === result.device) return result;
  const { device } = backendFor(wish.device);
  return device === result.device ? result : moved(result, device);
}

function moved(x: Tensor, device: Device): Tensor {
  try {
    return apply(ops.transfer, [x], { from: x.device, to: device });
  } catch (error) {
    if (!(error instanceof DeviceError && error.cause instanceof GpuError) || device !== "cpu") throw error;
    throw new DeviceError(
      `${error.message}. Use \`await tensor.cpu()\` instead, and give gradients to tensors that are on the "${x.device}" themselves.`,
      { cause: error },
    );
  }
}

/** A tensor of another device on the CPU; `elements` are those that were read there. */
export function toCpu(x: Tensor, elements: TypedArray): Tensor {
  backendFor("cpu");
  return apply(ops.transfer, [x], { from: x.device, to: "cpu", host: elements });
}

/** Writes `source`, broadcast and converted, into `self`. */
export function copyInto(self: Tensor, source: Tensor): void {
  checkTensor("copy_", source);
  if (!sameShape(broadcastShapes("copy_", self.shape, source.shape), self.shape)) {
    throw new ShapeError(
      `[copy_] output with shape ${bracketed(self.shape)} doesn't match the broadcast shape ${bracketed(source.shape)}`,
    );
  }
  applyInPlace(ops.copyFrom, "copy_", self, [to(source, self.dtype)], null);
}
