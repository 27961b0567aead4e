/** @file Element-wise functions put together from others: interpolation, closeness, replacements. */
import { applyInPlace, checkInPlaceShape } from "../../autograd/apply.ts";
import { noGrad } from "../../autograd/mode.ts";
import { isFloat, resultType } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { ops } from "../ops/index.ts";
import { readArguments, withDefaults } from "../options.ts";
import { arithmetic, checkTensor, floatArithmetic, type Operand } from "../promote.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkTolerances, refuseBool, TOLERANCES, type Tolerances } from "./arithmetic.ts";
import { fresh, named } from "./named.ts";
import { stack } from "./shape.ts";

/** ⌊a/b⌋ in the common dtype, as `torch.div(a, b, rounding_mode="floor")`. @throws DTypeError for bools. */
export function floorDivide(a: Operand, b: Operand): Tensor {
  refuseBool("floorDivide", a, b);
  return arithmetic(ops.floorDivide, a, b);
}

export function atan2(y: Tensor, x: Tensor): Tensor {
  checkTensor("atan2", y);
  checkTensor("atan2", x);
  return floatArithmetic(ops.atan2, y, x);
}

/** Exclusive or of what is not zero. */
export function logicalXor(a: Tensor, b: Tensor): Tensor {
  return a.to("bool").ne(b.to("bool"));
}

export function isinf(x: Tensor): Tensor {
  const values = x.detach();
  return isFloat(x.dtype) ? values.abs().eq(Number.POSITIVE_INFINITY) : values.isnan();
}

/** Element by element what `allclose` asks of all. @throws DTypeError for unequal dtypes. */
export function isclose(a: Tensor, b: Tensor, ...tolerances: Tolerances): Tensor {
  checkTensor("isclose", b);
  const { rtol, atol, equalNan } = readArguments("isclose", TOLERANCES, tolerances);
  checkTolerances("isclose", rtol, atol);
  if (a.dtype !== b.dtype) {
    throw new DTypeError(`[isclose] ${a.dtype} did not match ${b.dtype}. Convert one of them with .to(…).`);
  }
  return noGrad(() => {
    const same = equalNan ? a.eq(b).logicalOr(a.isnan().logicalAnd(b.isnan())) : a.eq(b);
    const [x, y] = isFloat(a.dtype) ? [a, b] : [a.double(), b.double()];
    const distance = x.sub(y).abs();
    return same.logicalOr(distance.isfinite().logicalAnd(distance.le(y.mul(rtol).abs().add(atol))));
  });
}

export interface NanToNumOptions {
  /** In place of NaN. Default 0. */
  readonly nan?: number | undefined;
  /** In place of ∞. Default: the dtype's largest number. */
  readonly posinf?: number | null | undefined;
  /** In place of −∞. Default: the dtype's smallest number. */
  readonly neginf?: number | null | undefined;
}

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** Numbers in place of NaN and infinities; no gradient passes there. */
export function nanToNum(x: Tensor, nan?: number | NanToNumOptions, posinf?: number | null, neginf?: number | null) {
  const defaults = { nan: 0, posinf: null as number | null, neginf: null as number | null };
  const given = readArguments("nanToNum", defaults, [nan, posinf, neginf]);
  if (!isFloat(x.dtype)) return x.clone();
  const largest = x.dtype === "float32" ? LARGEST_FLOAT32 : Number.MAX_VALUE;
  const values = x.detach();
  return named(
    "NanToNumBackward0",
    x
      .maskedFill(values.isnan(), given.nan)
      .maskedFill(values.eq(Number.POSITIVE_INFINITY), given.posinf ?? largest)
      .maskedFill(values.eq(Number.NEGATIVE_INFINITY), given.neginf ?? -largest),
  );
}

function checkSame(op: string, x: Tensor, ...others: readonly Tensor[]): void {
  for (const other of others) {
    checkTensor(op, other);
    if (other.dtype !== x.dtype) {
      throw new DTypeError(`[${op}] expected dtype ${x.dtype}, but got dtype ${other.dtype}. Convert with .to(…).`);
    }
  }
}

/** start + weight·(end − start), counted from the nearer end. @throws DTypeError for unequal dtypes and for integers. */
export function lerp(start: Tensor, end: Tensor, weight: Tensor | number): Tensor {
  checkSame("lerp", start, end);
  if (!isFloat(start.dtype)) throw new DTypeError(`[lerp] not implemented for ${start.dtype}. Convert with .float().`);
  const distance = end.sub(start);
  if (typeof weight === "number") {
    const near = Math.abs(weight) < 0.5;
    return named("LerpBackward0", near ? start.add(distance.mul(weight)) : end.sub(distance.mul(1 - weight)));
  }
  checkSame("lerp", start, weight);
  const near = weight.detach().abs().lt(0.5);
  const fromEnd = end.sub(distance.mul(weight.neg().add(1)));
  return named("LerpBackward1", start.add(distance.mul(weight)).where(near, fromEnd));
}

export interface ValueOptions {
  /** Factor of the product or quotient. Default 1. */
  readonly value?: number | undefined;
}

/** x + value·a·b */
export function addcmul(x: Tensor, a: Tensor, b: Tensor, options: ValueOptions = {}): Tensor {
  const { value } = withDefaults("addcmul", { value: 1 }, options);
  // Beside integers the factor becomes one, as in PyTorch.
  const factor = [x, a, b].every(({ dtype }) => !isFloat(dtype)) ? Math.trunc(value) : value;
  return named("AddcmulBackward0", x.add(a.mul(b).mul(factor)));
}

/** x + value·a/b. @throws DTypeError if all are integers. */
export function addcdiv(x: Tensor, a: Tensor, b: Tensor, options: ValueOptions = {}): Tensor {
  const { value } = withDefaults("addcdiv", { value: 1 }, options);
  if (!isFloat(a.dtype) && !isFloat(b.dtype)) {
    throw new DTypeError("[addcdiv] Integer division with addcdiv is not supported. Convert with .float() first.");
  }
  return named("AddcdivBackward0", x.add(a.div(b).mul(value)));
}

/** log(eᵃ + eᵇ), without overflow. @throws DTypeError if both are integers. */
export function logaddexp(a: Tensor, b: Tensor): Tensor {
  checkTensor("logaddexp", b);
  const dtype = resultType(a, b);
  if (!isFloat(dtype)) {
    throw new DTypeError(`[logaddexp] not implemented for ${a.dtype} and ${b.dtype}. Convert with .float().`);
  }
  const shape = broadcastShapes("logaddexp", a.shape, b.shape);
  const pair = [a, b].map((x) => x.to(dtype).expand(shape));
  return fresh("LogaddexpBackward0", stack(pair).logsumexp(0));
}

/** Writes f of the old elements over them. The tape node gets the name of f's. */
export function overwrite(op: string, x: Tensor, f: (old: Tensor) => Tensor): void {
  const result = f(x.clone());
  checkInPlaceShape(op, x, result.shape);
  if (result.dtype !== x.dtype && !isFloat(x.dtype) && (isFloat(result.dtype) || x.dtype === "bool")) {
    throw new DTypeError(
      `[${op}] result type ${result.dtype} can't be cast to the desired output type ${x.dtype}. Convert the tensor first, e.g. .to("${result.dtype}").`,
    );
  }
  applyInPlace(ops.copyFrom, op, x, [result.to(x.dtype)], null);
  const name = result.gradFn?.name;
  if (name !== undefined && x.viewBase === null) named(name, x);
}
