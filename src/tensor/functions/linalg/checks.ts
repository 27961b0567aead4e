/** @file What the functions of linear algebra ask of their matrices. */
import { isFloat } from "../../../core/dtype.ts";
import { DTypeError, ShapeError } from "../../../core/errors.ts";
import { bracketed } from "../../../core/shape.ts";
import type { Tensor } from "../../tensor.ts";

/** @throws DTypeError unless the dtype is floating; ShapeError for fewer than two dimensions. */
export function checkMatrix(op: string, a: Tensor, name = "A"): void {
  if (!isFloat(a.dtype)) {
    throw new DTypeError(`[${op}] Expected a floating point tensor as input. Got ${a.dtype}; use ${name}.float().`);
  }
  if (a.ndim >= 2) return;
  throw new ShapeError(
    `[${op}] The input tensor ${name} must have at least 2 dimensions, but got shape ${bracketed(a.shape)}.`,
  );
}

/** {@link checkMatrix}, and @throws ShapeError unless the matrices are square. */
export function checkSquare(op: string, a: Tensor, name = "A"): void {
  checkMatrix(op, a, name);
  const [m, n] = a.shape.slice(-2) as [number, number];
  if (m === n) return;
  throw new ShapeError(`[${op}] ${name} must be batches of square matrices, but they are ${m} by ${n} matrices`);
}

/** @throws DTypeError for two different dtypes. */
export function checkSameDType(op: string, a: Tensor, b: Tensor): void {
  if (a.dtype === b.dtype) return;
  throw new DTypeError(`[${op}] Expected A and B to have the same dtype, but found ${a.dtype} and ${b.dtype}`);
}

/** The default bound of what counts as a singular value of 0, relative to the largest one. */
export function defaultRtol(a: Tensor): number {
  const epsilon = a.dtype === "float64" ? 2 ** -52 : 2 ** -23;
  return epsilon * Math.max(a.size(-2), a.size(-1));
}
